"""Where a pod may run: what its spec says of nodes."""

from typing import Any

import pytest

from reconcile.model.json import freeze
from reconcile.model.node import Node
from reconcile.model.placement import pinned, selects

NODE = Node({"kind": "Node", "metadata": {"name": "n", "labels": {"size": "7", "zone": "a"}}})


def required(*terms: dict[str, Any]) -> Any:
    rules = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}
    return freeze({"affinity": {"nodeAffinity": rules}})


def labelled(operator: str, *values: str, key: str = "size") -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def named(operator: str, *values: str, key: str = "metadata.name") -> dict[str, Any]:
    return {"matchFields": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (labelled("In", "7", "8"), True),
        (labelled("NotIn", "7"), False),
        (labelled("NotIn", "7", key="none"), True),
        (labelled("Exists"), True),
        (labelled("DoesNotExist"), False),
        (labelled("Gt", "6"), True),
        (labelled("Lt", "7"), False),
        (labelled("Gt", "6", key="zone"), False),
        (labelled("Gt", "6", key="none"), False),
        (labelled("Gt", "6", "5"), False),
        (named("In", "n"), True),
        (named("NotIn", "n"), False),
        (named("In", "n", "m"), False),
        (named("In", "n", key="metadata.uid"), False),
        ({}, False),
    ],
)
def test_a_term_selects_by_labels_and_by_name(term: dict[str, Any], expected: bool) -> None:
    """Each operator asks its own question; what makes no sense, and an empty term, selects nothing."""
    assert expected == selects(required(term), NODE)


def test_one_term_is_enough() -> None:
    """Terms are alternatives."""
    assert selects(required(named("In", "m"), named("In", "n")), NODE)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ((named("In", "n"),), "n"),
        ((named("NotIn", "m"), named("In", "n")), "n"),
        ((named("In", "n", "m"),), None),
        ((labelled("Exists"),), None),
        ((), None),
    ],
)
def test_the_node_that_a_pod_is_made_for(terms: tuple[dict[str, Any], ...], expected: str | None) -> None:
    """It is named alone by the first requirement that asks for a name to be among some."""
    assert expected == pinned(required(*terms))

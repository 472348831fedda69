"""The serialised form of a pod template, and which templates are the same."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from reconcile.model.json import freeze, put
from reconcile.model.template_form import same_template, serialised

VECTORS = Path(__file__).parents[1] / "vectors"
TEMPLATE = freeze(
    {
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "containers": [{"name": "c", "image": "nginx", "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}}}],
            "securityContext": {},
            "automountServiceAccountToken": False,
        },
    }
)


def templates(name: str) -> list[dict[str, Any]]:
    with gzip.open(VECTORS / name, "rt", encoding="utf-8") as lines:
        parents = [json.loads(line)["parent"] for line in lines]
    return [parent["spec"]["template"] for parent in parents if parent and "template" in parent["spec"]]


@pytest.mark.parametrize("kind", ["deployment", "statefulset", "daemonset", "replicaset"])
def test_what_the_server_sent_is_serialised_already(kind: str) -> None:
    """Serialising a template of a recorded object changes nothing."""
    frozen = [freeze(template) for template in templates(f"{kind}.jsonl.gz")]
    changed = [template for template in frozen if serialised(template) != template]

    assert len(frozen) > 500
    assert changed[:3] == []


def test_what_needs_no_change_is_not_copied() -> None:
    """A template in serialised form is given back as the same object."""
    template = put(TEMPLATE, ("spec", "nodeName"), "only-here")

    assert serialised(template) is template


def test_empty_optional_fields_are_left_out_but_pointers_are_kept() -> None:
    """A plain false or empty text goes, what stands behind a pointer stays."""
    template = put(TEMPLATE, ("spec", "hostNetwork"), False)
    template = put(template, ("spec", "nodeName"), "")
    template = put(template, ("metadata", "creationTimestamp"), None)
    template = put(template, ("spec", "unknown"), 1)

    assert serialised(template) == TEMPLATE


def test_structs_that_are_not_optional_are_always_there() -> None:
    """A container has resources and a divisor has its zero, whether or not they were given."""
    reference = {"resourceFieldRef": {"resource": "limits.cpu"}}
    container = {"name": "c", "env": [{"name": "E", "valueFrom": reference}]}
    form = serialised({"spec": {"containers": [container]}})
    actual = form["spec"]["containers"][0]

    assert actual["resources"] == {}
    assert actual["env"][0]["valueFrom"]["resourceFieldRef"]["divisor"] == "0"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("metadata", "labels", "pod-template-hash"), "abc"),
        (("metadata", "annotations"), {}),
        (("spec", "volumes"), []),
        (("spec", "nodeSelector"), None),
        (("spec", "hostNetwork"), False),
        (("spec", "containers"), [{**TEMPLATE["spec"]["containers"][0], "args": []}]),
        (
            ("spec", "containers"),
            [{"name": "c", "image": "nginx", "resources": {"limits": {"cpu": "0.5", "memory": "1024Mi"}}}],
        ),
    ],
)
def test_same(path: tuple[str, ...], value: Any) -> None:
    """The hash label, empty lists and maps, and the spelling of quantities make no difference."""
    other = put(TEMPLATE, path, value)

    assert same_template(TEMPLATE, other)
    assert same_template(other, TEMPLATE)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("metadata", "labels", "app"), "api"),
        (("metadata", "annotations"), {"a": ""}),
        (("spec", "securityContext"), None),
        (("spec", "automountServiceAccountToken"), True),
        (("spec", "automountServiceAccountToken"), None),
        (("spec", "affinity"), {}),
        (("spec", "hostNetwork"), True),
        (
            ("spec", "containers"),
            [{"name": "c", "image": "nginx", "resources": {"limits": {"cpu": "500m", "memory": "1G"}}}],
        ),
    ],
)
def test_different(path: tuple[str, ...], value: Any) -> None:
    """Any other value, and an object that is empty rather than absent, makes another template."""
    other = put(TEMPLATE, path, value)

    assert not same_template(TEMPLATE, other)
    assert not same_template(other, TEMPLATE)


def test_required_lists_may_be_absent_or_empty() -> None:
    """A required list is serialised as it was given, but null and empty are the same."""
    absent, empty = freeze({"spec": {}}), freeze({"spec": {"containers": []}})

    assert serialised(absent) != serialised(empty)
    assert same_template(absent, empty)

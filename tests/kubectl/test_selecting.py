"""Selectors as users write them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.kubectl.failures import Refused
from reconcile.kubectl.selecting import field_selector, label_selector
from reconcile.model.resource import Resource


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("", [{}, {"a": "b"}], []),
        ("a=b", [{"a": "b"}], [{}, {"a": "c"}]),
        ("a==b", [{"a": "b"}], [{"a": "c"}]),
        ("a!=b", [{}, {"a": "c"}], [{"a": "b"}]),
        ("a", [{"a": ""}, {"a": "x"}], [{}, {"b": "a"}]),
        ("!a", [{}], [{"a": "b"}]),
        ("a=", [{"a": ""}], [{}, {"a": "b"}]),
        ("a in (b, c)", [{"a": "b"}, {"a": "c"}], [{}, {"a": "d"}]),
        ("a notin (b,c)", [{}, {"a": "d"}], [{"a": "b"}]),
        ("a in (b),c=d", [{"a": "b", "c": "d"}], [{"a": "b"}, {"c": "d"}]),
        ("a in ()", [{"a": ""}], [{}, {"a": "b"}]),
        ("example.com/a=b", [{"example.com/a": "b"}], [{"a": "b"}]),
        (" a = b , c ", [{"a": "b", "c": ""}], [{"a": "b"}]),
        ("in=b,notin", [{"in": "b", "notin": ""}], [{"in": "b"}]),
    ],
)
def test_labels(text: str, yes: list[dict[str, str]], no: list[dict[str, str]]) -> None:
    """All requirements must hold; a label that is not there is not equal to anything."""
    selector = label_selector(text)

    assert all(selector.matches(labels) for labels in yes)
    assert not any(selector.matches(labels) for labels in no)


@pytest.mark.parametrize("text", ["a=b=c", "a in b", "a in (b", "(a)", "a,,b", "=b", "a b", "-a=b", "a=b c", "!"])
def test_no_selector(text: str) -> None:
    """What is no selector is refused in one line."""
    with pytest.raises(Refused) as refused:
        label_selector(text)

    assert str(refused.value).startswith("unable to parse requirement: ")


@given(st.text(alphabet="ab=!,() in", max_size=12))
def test_any_text(text: str) -> None:
    """Any text at all is a selector or is refused; a selector is one again in its own text."""
    try:
        selector = label_selector(text)
    except Refused:
        return

    assert selector.matches({}) == label_selector(str(selector)).matches({})


POD: dict[str, Any] = {
    "kind": "Pod",
    "metadata": {"name": "a", "namespace": "x"},
    "spec": {"nodeName": "n", "hostNetwork": True},
    "status": {"phase": "Running"},
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", True),
        ("metadata.name=a", True),
        ("metadata.name==a,metadata.namespace=x", True),
        ("metadata.name!=a", False),
        ("status.phase=Running,spec.nodeName=m", False),
        ("spec.nodeName=", False),
        ("spec.schedulerName=", True),
        ("spec.hostNetwork=true", True),
    ],
)
def test_fields(text: str, holds: bool) -> None:
    """A field that is not there is the empty text."""

    assert holds is field_selector(text, "pods", "Pod")(Resource(POD))


@pytest.mark.parametrize("text", ["metadata.labels=a", "status.phase", "spec.replicas=1"])
def test_fields_that_cannot_be_compared(text: str) -> None:
    """The server compares a few fields only."""
    with pytest.raises(Refused):
        field_selector(text, "pods", "Pod")

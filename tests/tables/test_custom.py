"""Columns and orders of the user's own."""

from typing import Any

import pytest

from reconcile.tables.custom import custom_text, parse_columns, sorted_by
from reconcile.tables.jsonpath import JsonPathError


def _pod(name: str, **fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, **fields}


def test_custom_columns() -> None:
    """Several values are joined, none is said to be none, structures are printed as Go does."""
    items = [_pod("a", spec={"c": [{"i": "x"}, {"i": "y"}], "m": {"k": True, "l": [1]}}), _pod("b")]
    columns = parse_columns("NAME:.metadata.name,IMAGES:.spec.c[*].i,MAP:spec.m")
    expected = "NAME   IMAGES   MAP\na      x,y      map[k:true l:[1]]\nb      <none>   <none>\n"

    assert expected == custom_text(items, columns)
    assert custom_text(items[1:], columns, headers=False) == "b     <none>   <none>\n"


@pytest.mark.parametrize("spec", ["", "NAME", "NAME:", "NAME:.a,"])
def test_malformed_columns(spec: str) -> None:
    """A column needs a header and a path."""
    with pytest.raises(ValueError, match="custom-columns"):
        parse_columns(spec)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["x-10", "x-2"], ["x-2", "x-10"]),
        ([3, None, 1], [None, 1, 3]),
        (["1Gi", "500Mi"], ["500Mi", "1Gi"]),
        (["2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z"], ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"]),
    ],
)
def test_sorting(values: list[Any], expected: list[Any]) -> None:
    """Values are compared as what they mean; missing ones come first."""
    items = [_pod(str(n), **({} if value is None else {"v": value})) for n, value in enumerate(values)]

    assert expected == [item.get("v") for item in sorted_by(items, ".v")]


def test_equals_keep_their_order() -> None:
    """Sorting is stable, so ties stay sorted by name."""
    items = [_pod("a", v=1), _pod("b", v=0), _pod("c", v=1)]

    assert ["b", "a", "c"] == [item["metadata"]["name"] for item in sorted_by(items, "{.v}")]


def test_sorting_by_nothing() -> None:
    """A field that no object has is a mistake; no objects at all are none."""
    assert sorted_by([], ".v") == []
    with pytest.raises(JsonPathError, match=r'find any field with path "\{.v\}" in the list'):
        sorted_by([_pod("a")], ".v")


def test_sorting_mixed_types() -> None:
    """Numbers and texts cannot be put in one order."""
    with pytest.raises(JsonPathError, match="unsortable"):
        sorted_by([_pod("a", v=1), _pod("b", v="x")], ".v")

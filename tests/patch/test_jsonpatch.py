"""JSON patch: the operations, and how paths and indices are read."""

from typing import Any

import pytest

from reconcile.model.json import freeze
from reconcile.patch.errors import BadPatch
from reconcile.patch.jsonpatch import json_patch

OBJECT: dict[str, Any] = {"labels": {"a": "b"}, "list": ["x", "y"], "n": 1, "deep": {"er": {"est": 0}}}


def change(op: str, path: str, value: Any = None, **more: Any) -> Any:
    """Return `OBJECT` after one operation."""
    return json_patch(OBJECT, [{"op": op, "path": path, "value": value, **more}])


def code(*operations: Any) -> int:
    """Return the code of the refusal that *operations* meet."""
    with pytest.raises(BadPatch) as refused:
        json_patch(OBJECT, list(operations))
    return refused.value.code


LISTS = [
    ("add", "/list/-", ["x", "y", "new"]),
    ("add", "/list/0", ["new", "x", "y"]),
    ("add", "/list/2", ["x", "y", "new"]),
    ("add", "/list/01", ["x", "new", "y"]),
    ("add", "/list/-1", ["x", "y", "new"]),
    ("add", "/list/-3", ["new", "x", "y"]),
    ("replace", "/list/1", ["x", "new"]),
    ("replace", "/list/-2", ["new", "y"]),
    ("remove", "/list/0", ["y"]),
    ("remove", "/list/-1", ["x"]),
]


@pytest.mark.parametrize(("op", "path", "items"), LISTS)
def test_indices(op: str, path: str, items: list[str]) -> None:
    """An index may be negative and have leading zeros; an addition counts in the list that it makes."""

    assert items == change(op, path, "new")["list"]


MEMBERS = [
    ("add", "/labels/c", {"labels": {"a": "b", "c": "new"}}),
    ("add", "/labels/a", {"labels": {"a": "new"}}),
    ("add", "/labels/c~1d~0e", {"labels": {"a": "b", "c/d~e": "new"}}),
    ("add", "labels/c", {"c": "new"}),
    ("add", "/", {"": "new"}),
    ("replace", "/labels/a", {"labels": {"a": "new"}}),
    ("replace", "/labels/absent", {"labels": {"a": "b", "absent": "new"}}),
    ("remove", "/labels/a", {"labels": {}}),
    ("test", "/absent", None),
]


@pytest.mark.parametrize(("op", "path", "result"), MEMBERS)
def test_members(op: str, path: str, result: dict[str, Any] | None) -> None:
    """Members are added or replaced; what stands before the first slash does not count."""
    if result is None:
        assert change(op, path) == OBJECT
    else:
        assert {**OBJECT, **result} == change(op, path, "new")


def test_moves_and_copies() -> None:
    """A move removes and adds, a copy from a member that is absent adds a null."""

    assert change("move", "/labels", **{"from": "/deep/er"}) == {**OBJECT, "labels": {"est": 0}, "deep": {}}
    assert change("move", "/deep", **{"from": "/deep/er"})["deep"] == {"est": 0}
    assert change("move", "/n", **{"from": "/n"}) == OBJECT
    assert change("copy", "/list/0", **{"from": "/n"})["list"] == [1, "x", "y"]
    assert change("copy", "/labels/c", **{"from": "/absent"})["labels"] == {"a": "b", "c": None}


REFUSALS = [
    {"op": "ADD", "path": "/labels/c"},
    {"path": "/labels/c"},
    {"op": "add"},
    {"op": "add", "path": ""},
    {"op": "remove", "path": ""},
    {"op": "add", "path": "/absent/c", "value": 1},
    {"op": "add", "path": "/labels/a/b", "value": 1},
    {"op": "add", "path": "/list/3", "value": 1},
    {"op": "add", "path": "/list/-4", "value": 1},
    {"op": "add", "path": "/list/1_0", "value": 1},
    {"op": "remove", "path": "/absent"},
    {"op": "remove", "path": "/list/-"},
    {"op": "remove", "path": "/list/2"},
    {"op": "replace", "path": "/list/2", "value": 1},
    {"op": "replace", "path": "", "value": [1]},
    {"op": "test", "path": "/n", "value": "1"},
    {"op": "test", "path": "/n", "value": True},
    {"op": "test", "path": "/list/2", "value": None},
    {"op": "move", "path": "/labels", "from": "/absent"},
    {"op": "move", "path": "/deep/er", "from": "/deep"},
    {"op": "copy", "path": "/labels/c", "from": "/absent/c"},
    None,
]


@pytest.mark.parametrize("operation", REFUSALS)
def test_refuses(operation: Any) -> None:
    """An operation that cannot be carried out fails the whole patch."""

    assert code({"op": "remove", "path": "/n"}, operation) == 422


def test_refuses_what_is_no_patch() -> None:
    """The body is a list of objects whose op, path and from are texts, at most ten thousand; null is no operation."""
    none: list[Any] = []

    assert json_patch(OBJECT, None) == OBJECT == json_patch(OBJECT, none)
    assert code({"op": 5, "path": "/n"}) == code({"op": "add", "path": 5}) == code("x") == 400
    assert code(*[{"op": "test", "path": "/n", "value": 1}] * 10_001) == 413
    with pytest.raises(BadPatch) as refused:
        json_patch(OBJECT, {"op": "add"})
    assert refused.value.code == 400


def test_compares_documents() -> None:
    """A test of the whole document ignores the order of members."""

    assert change("test", "", dict(reversed(OBJECT.items()))) == OBJECT


def test_shares_what_it_does_not_touch() -> None:
    """Unchanged members are the same objects, and a patch without changes gives back the target."""
    target = freeze(OBJECT)

    assert json_patch(target, [{"op": "add", "path": "/labels/c", "value": "d"}])["deep"] is target["deep"]
    assert json_patch(target, [{"op": "test", "path": "/n", "value": 1}]) is target

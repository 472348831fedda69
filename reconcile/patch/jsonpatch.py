"""JSON patch (RFC 6902), with the particulars of the API server.

Rules (contract patch 3, patch-algorithms A.5)
1. Operations run in order; the first that fails fails the patch, and nothing of it is kept.
2. A path is split at its slashes, and what stands before the first slash does not count. `~1` is a slash, `~0` a tilde.
3. A list index is a decimal number, of which negative ones count from the end; `-` is the end, for `add` alone.
4. A missing `value` is null, and so is a member that `test` or `copy` does not find. `replace` adds a member that is
   not there; `remove` and `move` must find theirs. A list item must be there for all of them.
5. What no operation touches is shared with the target.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from reconcile.model.json import FrozenList, FrozenMap, Json, freeze
from reconcile.patch.equality import same
from reconcile.patch.errors import BAD_REQUEST, TOO_LARGE, UNPROCESSABLE, BadPatch

MOST_OPERATIONS: Final = 10_000

_INDEX: Final = re.compile(r"[+-]?[0-9]+")
_MEMBERS: Final = ("op", "path", "from")

Change = Callable[[Json, str], Json]
"""What to do with the object or list that holds the last step of a path."""


def json_patch(target: Json, operations: Json) -> FrozenMap:
    """Return *target* changed by *operations*.

    >>> json_patch({"a": [1, 2]}, [{"op": "add", "path": "/a/-", "value": 3}, {"op": "remove", "path": "/a/0"}])
    {'a': [2, 3]}

    Raises `BadPatch` if an operation cannot be carried out.
    """
    document = freeze(target)
    for operation in _checked(operations):
        document = _operate(document, operation)
    if not isinstance(document, FrozenMap):
        raise _impossible("what the patch leaves is no object")
    return document


def _checked(operations: Json) -> list[Mapping[str, Json]]:
    """Return the operations of a body, each an object with texts where texts belong; null is no operation."""
    if operations is None:
        return []
    if not isinstance(operations, list):
        raise BadPatch(BAD_REQUEST, "a JSON patch is a list of operations")
    if len(operations) > MOST_OPERATIONS:
        raise BadPatch(TOO_LARGE, f"a JSON patch has at most {MOST_OPERATIONS} operations, not {len(operations)}")
    for operation in operations:
        if not isinstance(operation, dict | None):
            raise BadPatch(BAD_REQUEST, "an operation is a JSON object")
        for name in _MEMBERS:
            if not isinstance((operation or {}).get(name), str | None):
                raise BadPatch(BAD_REQUEST, f'"{name}" of an operation is a text')
    return [operation or {} for operation in operations]


def _operate(document: Json, operation: Mapping[str, Json]) -> Json:
    known = _OPERATIONS.get(operation.get("op") or "")
    if known is None:
        raise _impossible(f'there is no operation "{operation.get("op")}"')
    if operation.get("path") is None:
        raise _impossible("an operation has a path")
    return known(document, operation)


def _impossible(message: str) -> BadPatch:
    return BadPatch(UNPROCESSABLE, message)


# --- operations ------------------------------------------------------------------------------------------------


def _add(document: Json, operation: Mapping[str, Json]) -> Json:
    return _change(document, operation["path"], _adding(freeze(operation.get("value"))))


def _remove(document: Json, operation: Mapping[str, Json]) -> Json:
    return _change(document, operation["path"], _removing)


def _replace(document: Json, operation: Mapping[str, Json]) -> Json:
    value = freeze(operation.get("value"))
    if not operation["path"]:
        return value
    return _change(document, operation["path"], _putting(value))


def _move(document: Json, operation: Mapping[str, Json]) -> Json:
    source = operation.get("from") or ""
    value = _read(document, source, _child)
    return _change(_change(document, source, _removing), operation["path"], _adding(value))


def _copy(document: Json, operation: Mapping[str, Json]) -> Json:
    value = _read(document, operation.get("from") or "", _child_or_null)
    return _change(document, operation["path"], _adding(value))


def _test(document: Json, operation: Mapping[str, Json]) -> Json:
    path = operation["path"]
    found = _read(document, path, _child_or_null) if path else document
    if not same(found, freeze(operation.get("value"))):
        raise _impossible(f"{path} has another value")
    return document


_OPERATIONS: Final[Mapping[str, Callable[[Json, Mapping[str, Json]], Json]]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


# --- paths -----------------------------------------------------------------------------------------------------


def _steps(path: str) -> list[str]:
    """Return the steps of *path*.

    >>> _steps("/metadata/annotations/a~1b"), _steps("spec/replicas"), _steps("/")
    (['metadata', 'annotations', 'a/b'], ['replicas'], [''])
    """
    steps = path.split("/")[1:]
    if not steps:
        raise _impossible(f'"{path}" is not the path of a member')
    return [step.replace("~1", "/").replace("~0", "~") for step in steps]


def _read(document: Json, path: str, last: Change) -> Json:
    *way, key = _steps(path)
    for step in way:
        document = _child(document, step)
    return last(document, key)


def _change(document: Json, path: str, change: Change) -> Json:
    *way, key = _steps(path)
    return _descend(document, way, key, change)


def _descend(node: Json, way: list[str], key: str, change: Change) -> Json:
    if not way:
        return change(node, key)
    place = _found(node, way[0])
    return _with(node, place, _descend(node[place], way[1:], key, change))


def _child(holder: Json, key: str) -> Json:
    return holder[_found(holder, key)]


def _child_or_null(holder: Json, key: str) -> Json:
    if isinstance(holder, FrozenMap):
        return holder.get(key)
    return _child(holder, key)


def _found(holder: Json, key: str) -> str | int:
    """Return *key* as a member or an index that *holder* has."""
    if isinstance(holder, FrozenList):
        return _index(key, len(holder))
    if not isinstance(holder, FrozenMap) or key not in holder:
        raise _impossible(f'there is no "{key}"')
    return key


def _index(key: str, length: int) -> int:
    """Return the place that the index *key* means in a list of *length* items.

    >>> _index("-1", 3), _index("01", 3)
    (2, 1)
    """
    if not _INDEX.fullmatch(key) or not -length <= int(key) < length:
        raise _impossible(f"{key} is no index of a list of {length}")
    return int(key) % length


# --- changes ---------------------------------------------------------------------------------------------------


def _with(holder: Json, place: str | int, value: Json) -> Json:
    if isinstance(holder, FrozenList):
        return FrozenList([value if at == place else item for at, item in enumerate(holder)])
    return FrozenMap({**holder, str(place): value})


def _putting(value: Json) -> Change:
    def put(holder: Json, key: str) -> Json:
        return _with(holder, key if isinstance(holder, FrozenMap) else _found(holder, key), value)

    return put


def _adding(value: Json) -> Change:
    def add(holder: Json, key: str) -> Json:
        if isinstance(holder, FrozenMap):
            return FrozenMap({**holder, key: value})
        if not isinstance(holder, FrozenList):
            raise _impossible(f'there is nothing to add "{key}" to')
        # A negative index counts in the longer list that the addition makes.
        place = len(holder) if key == "-" else _index(key, len(holder) + 1)
        return FrozenList([*holder[:place], value, *holder[place:]])

    return add


def _removing(holder: Json, key: str) -> Json:
    place = _found(holder, key)
    if isinstance(holder, FrozenMap):
        return FrozenMap({name: item for name, item in holder.items() if name != place})
    return FrozenList([item for at, item in enumerate(holder) if at != place])

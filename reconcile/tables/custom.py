"""`-o custom-columns=...` and `--sort-by=...`: what users read out of objects by themselves.

Rules
1. A column is `HEADER:path`; several values stand joined by commas, none is `<none>`.
2. Lists and maps are printed as Go prints them: `[a b]`, `map[k:v]`.
3. Sorting puts objects without the field first, compares quantities by amount and texts by the numbers in them
   (`x-2` before `x-10`), and leaves equals in their order.
"""

import json
import re
from collections.abc import Iterable, Sequence
from functools import cmp_to_key
from typing import Any, Final

from reconcile.model.json import Json
from reconcile.model.quantity import Quantity
from reconcile.tables.aligned import aligned, escaped
from reconcile.tables.jsonpath import JsonPathError, find
from reconcile.tables.table import NONE


def parse_columns(spec: str) -> tuple[tuple[str, str], ...]:
    """Return header and path of each column that *spec* asks for; raise ValueError if it is malformed.

    >>> parse_columns("NAME:.metadata.name,KIND:kind")
    (('NAME', '.metadata.name'), ('KIND', 'kind'))
    """
    if not spec:
        raise ValueError("custom-columns format specified but no custom columns given")
    columns = []
    for part in spec.split(","):
        header, colon, path = part.partition(":")
        if not colon or not path:
            raise ValueError(f"unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>")
        columns.append((header, path))
    return tuple(columns)


def custom_text(items: Iterable[Json], columns: Sequence[tuple[str, str]], *, headers: bool = True) -> str:
    """Return what `-o custom-columns` prints.

    >>> print(custom_text([{"metadata": {"name": "a"}}], parse_columns("NAME:.metadata.name,IP:.status.ip")), end="")
    NAME   IP
    a      <none>
    """
    head = ["\t".join(header for header, _ in columns)] if headers else []
    return aligned([*head, *("\t".join(_cell(item, path) for _, path in columns) for item in items)])


def _cell(item: Json, path: str) -> str:
    found = find(path, item)
    return ",".join(escaped(go_text(value)) for value in found) if found else NONE


_SCALARS: Final[dict[Any, str]] = {None: "<nil>", True: "true", False: "false"}


def go_text(value: Json) -> str:
    """Return *value* as Go prints it.

    >>> go_text({"b": [1, True], "a": None})
    'map[a:<nil> b:[1 true]]'
    """
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{go_text(value[key])}' for key in sorted(value))}]"
    if isinstance(value, list):
        return f"[{' '.join(map(go_text, value))}]"
    return _SCALARS[value] if value is None or isinstance(value, bool) else str(value)


def sorted_by(items: Iterable[Json], path: str) -> list[Json]:
    """Return *items* in the order of what *path* finds in each; raise ValueError if it finds nothing in any.

    >>> [item["n"] for item in sorted_by([{"n": "x-10"}, {"n": "x-2"}], ".n")]
    ['x-2', 'x-10']
    """
    found = [(_first(item, path), item) for item in items]
    if found and all(value is None for value, _ in found):
        shown = json.dumps(_braced(path), ensure_ascii=False)
        raise JsonPathError(f"couldn't find any field with path {shown} in the list of objects")
    return [item for _, item in sorted(found, key=lambda pair: _BY_VALUE(pair[0]))]


def _first(item: Json, path: str) -> Json:
    found = find(path, item)
    return found[0] if found else None


def _braced(path: str) -> str:
    inner = path[1:-1] if path[:1] == "{" else path
    return f"{{.{inner.removeprefix('.')}}}"


def _compare(left: Json, right: Json) -> int:
    if left is None or right is None:
        return (left is not None) - (right is not None)
    ours, theirs = _keys(left, right)
    return int(ours > theirs) - int(ours < theirs)


_BY_VALUE: Final = cmp_to_key(_compare)


def _keys(left: Json, right: Json) -> tuple[Any, Any]:
    """Return what stands for two values when they are compared."""
    if isinstance(left, str) and isinstance(right, str):
        try:
            return Quantity.parse(left), Quantity.parse(right)
        except ValueError:
            return _natural(left), _natural(right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left, right
    raise JsonPathError(f"unsortable type: {type(left).__name__}")


_NUMBERS: Final = re.compile(r"([0-9]+)")


def _natural(text: str) -> list[Any]:
    """Return a key by which numbers within texts are compared by value."""
    # The pieces alternate: text at even places, a number at odd ones, so like meets like.
    parts = _NUMBERS.split(text)
    return [int(part) if index % 2 else part for index, part in enumerate(parts)]

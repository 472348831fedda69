"""What the server sends for `kubectl get`: columns, and rows of cells (contract api 10).

Rules
1. A table is data: strings and integers, not yet text. Wide columns are always there; whoever prints leaves them out.
2. A column is a name and the rule for its cell; the tables of `*_cells` modules are lists of columns.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from attrs import frozen

from reconcile.model.clock import Instant
from reconcile.model.json import Json, look
from reconcile.tables.durations import since

Cell = str | int | None

NONE: Final = "<none>"
UNSET: Final = "<unset>"


@frozen
class Column:
    """One column of a table."""

    name: str
    """As the server spells it, e.g. `Up-to-date`; printed in upper case."""
    cell: Callable[[Json, Instant], Cell]
    """The cell for an object, seen at an instant."""
    type: str = "string"
    priority: int = 0
    """1 for a column that only `-o wide` shows."""


@frozen
class Row:
    """The cells of one object, and the object."""

    cells: tuple[Cell, ...]
    object: Json


@frozen
class Table:
    """One resource's rows."""

    qualified: str
    """What stands before the slash where kinds are shown, e.g. `deployment.apps`."""
    columns: tuple[str, ...]
    priorities: tuple[int, ...]
    rows: tuple[Row, ...]
    namespaced: bool = True


def column(name: str, *path: str | int, default: Cell = "", type: str = "string", wide: bool = False) -> Column:  # noqa: A002 - the API's word
    """Return a column whose cell is what lies at *path*, or *default*."""
    return Column(name, lambda item, _: look(item, *path, default=default), type, int(wide))


def count(name: str, *path: str | int, default: int = 0) -> Column:
    """Return a column whose cell is the number at *path*."""
    return column(name, *path, default=default, type="integer")


def wide(name: str, cell: Callable[[Json, Instant], Cell]) -> Column:
    """Return a column that only `-o wide` shows."""
    return Column(name, cell, priority=1)


def age_of(item: Json, now: Instant) -> str:
    """Return how long *item* exists."""
    return since(look(item, "metadata", "creationTimestamp"), now)


NAME: Final = column("Name", "metadata", "name")
AGE: Final = Column("Age", age_of)


def joined(parts: Iterable[Any], *, empty: str = NONE) -> str:
    """Return *parts* joined by commas; *empty* if there are none.

    >>> joined(["a", "b"]), joined([])
    ('a,b', '<none>')
    """
    return ",".join(map(str, parts)) or empty


def pairs(labels: Json, *, empty: str = NONE) -> str:
    """Return *labels* as `k=v`, sorted and joined.

    >>> pairs({"b": "2", "a": "1"})
    'a=1,b=2'
    """
    return joined((f"{key}={value}" for key, value in sorted((labels or {}).items())), empty=empty)


def shortened(parts: Sequence[str], *, limit: int = 3, empty: str = NONE) -> str:
    """Return the first *limit* of *parts*, and how many more there are.

    >>> shortened(["a", "b", "c", "d"])
    'a,b,c + 1 more...'
    """
    text = joined(parts[:limit], empty=empty)
    return f"{text} + {len(parts) - limit} more..." if len(parts) > limit else text

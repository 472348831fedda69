"""`kubectl get`: tables as text (contract api 11.2).

Rules
1. Columns stand three blanks apart and are at least six wide; the last one is not padded.
2. Without rows there is no header either: a table that is empty is left out.
3. Each resource is a table of its own, with its own widths, an empty line before the next - unless there are no
   headers, where nothing stands between them.
4. Where several kinds may be listed, the names say which kind it is.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from attrs import frozen

from reconcile.model.json import Json, look
from reconcile.model.kinds import BY_NAME, Kind
from reconcile.tables.aligned import aligned, escaped
from reconcile.tables.table import Cell, Row, Table, pairs

_LINE_END: Final = re.compile("[\n\r\f]")


@frozen
class Shape:
    """How tables are to be shown: the flags of `kubectl get`."""

    wide: bool = False
    headers: bool = True
    namespaces: bool = False
    """Whether the first column is the namespace, as with `-A`."""
    kinds: bool = False
    """Whether names are preceded by their kind, as with `--show-kind` or several resources."""
    labels: bool = False
    """Whether the last column is the labels, as with `--show-labels`."""
    label_columns: tuple[str, ...] = ()
    """The labels that have a column of their own, as with `-L`."""


PLAIN: Final = Shape()


def get_text(tables: Iterable[Table], *, shape: Shape = PLAIN) -> str:
    """Return what `kubectl get` prints for *tables*; empty if none has a row."""
    separator = "\n" if shape.headers else ""
    return separator.join(table_text(table, shape=shape) for table in tables if table.rows)


def table_text(table: Table, *, shape: Shape = PLAIN) -> str:
    """Return one table as text, with its header."""
    header = [_header(table, shape)] if shape.headers else []
    return aligned(["\t".join(line) for line in (*header, *(_row(table, row, shape) for row in table.rows))])


def _shown(table: Table, cells: Sequence[Cell], shape: Shape) -> list[Cell]:
    # A row may have fewer cells than columns, or more: what has no partner is not shown.
    pairs_ = zip(cells, table.priorities, strict=False)
    return [cell for cell, priority in pairs_ if shape.wide or priority == 0]


def _header(table: Table, shape: Shape) -> list[str]:
    return [
        *(["NAMESPACE"] if shape.namespaces and table.namespaced else []),
        *(str(name).upper() for name in _shown(table, table.columns, shape)),
        *(label.rpartition("/")[2].upper() for label in shape.label_columns),
        *(["LABELS"] if shape.labels else []),
    ]


def _row(table: Table, row: Row, shape: Shape) -> list[str]:
    metadata = look(row.object, "metadata", default={})
    labels = metadata.get("labels") or {}
    first, *rest = row.cells or ("",)
    named = (f"{table.qualified}/{first}", *rest) if shape.kinds else row.cells
    return [
        *([metadata.get("namespace") or ""] if shape.namespaces and table.namespaced else []),
        *(_text(cell) for cell in _shown(table, named, shape)),
        *(labels.get(label, "") for label in shape.label_columns),
        *([pairs(labels)] if shape.labels else []),
    ]


def _text(cell: Cell) -> str:
    """Return *cell* as one line.

    >>> _text("two\\nlines"), _text(3), _text(None)
    ('two...', '3', '')
    """
    if cell is None:
        return ""
    first, *more = _LINE_END.split(str(cell), maxsplit=1)
    return escaped(first) + ("..." if more else "")


def listed(items: Iterable[Json]) -> list[Json]:
    """Return *items* in the order in which the server lists one resource.

    It is the order of the keys under which they are stored, so `a-b/x` comes before `a/x`.

    >>> [item["metadata"]["name"] for item in listed([{"metadata": {"name": "b"}}, {"metadata": {"name": "a"}}])]
    ['a', 'b']
    """
    return sorted(items, key=_key)


def _key(item: Json) -> str:
    namespace, name = look(item, "metadata", "namespace"), look(item, "metadata", "name", default="")
    return f"{namespace}/{name}" if namespace else str(name)


def named(item: Json) -> str:
    """Return what `-o name` prints for *item*.

    >>> named({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}})
    'deployment.apps/web'
    """
    kind = BY_NAME.get(item["kind"])
    group = look(item, "apiVersion", default="").rpartition("/")[0]
    word = kind.qualified if kind else ".".join(filter(None, (item["kind"].lower(), group)))
    return f"{word}/{look(item, 'metadata', 'name', default='')}"


def names_text(items: Iterable[Json]) -> str:
    """Return the text of `-o name`."""
    return "".join(named(item) + "\n" for item in items)


def nothing_found(namespace: str | None) -> str:
    """Return what kubectl says, on stderr, if there are no rows; None stands for all namespaces.

    >>> nothing_found("default"), nothing_found(None)
    ('No resources found in default namespace.', 'No resources found')
    """
    return "No resources found" if namespace is None else f"No resources found in {namespace} namespace."


def not_found(kind: Kind, name: str) -> str:
    """Return what kubectl says, on stderr, if there is no object called *name*.

    >>> not_found(BY_NAME["Deployment"], "x")
    'Error from server (NotFound): deployments.apps "x" not found'
    """
    return f'Error from server (NotFound): {kind.resource} "{name}" not found'

"""The mutation run as a table: who caught what, and why the rest was not caught."""

from collections.abc import Iterable, Sequence
from typing import Any

from tests.mutation.explained import EXPLAINED
from tests.mutation.suites import KINDS

Row = dict[str, Any]


def folded(lines: Iterable[Row]) -> list[Row]:
    """Return one row a mutant of *lines*, each of which says what one suite says of one mutant; the later ones hold.

    What no suite has judged yet is left out.
    """
    rows: dict[tuple[str, ...], Row] = {}
    for line in lines:
        mutant = {name: line[name] for name in ("kind", "source", "name", "module")}
        rows.setdefault(tuple(mutant.values()), mutant)[line["suite"]] = line["caught"]
    return [row for row in rows.values() if "vectors" in row and "properties" in row]


def report(rows: Sequence[Row]) -> str:
    """Return *rows* as Markdown: the figures, each semantic mutant, and each survivor with its reason."""
    parts = [_figures(rows), _semantic(rows), _survivors(rows)]
    return "\n\n".join(part for part in parts if part)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def caught(row: Row) -> bool:
    """Return whether any suite noticed."""
    return bool(row["vectors"] or row["properties"])


def _figures(rows: Sequence[Row]) -> str:
    lines = []
    for source in ("semantic", "generated"):
        for kind in (*KINDS, ""):
            some = [row for row in rows if row["source"] == source and kind in ("", row["kind"])]
            if some:
                lines.append((source, kind or "all", *_counts(some)))
    lines.append(("all", "all", *_counts(rows)))
    return _table(("mutants", "kind", "number", "vectors alone", "properties alone", "both together", ""), lines)


def _counts(rows: Sequence[Row]) -> tuple[object, ...]:
    together = sum(map(caught, rows))
    share = f"{100 * together / len(rows):.1f} %" if rows else ""
    return (
        len(rows),
        sum(bool(row["vectors"]) for row in rows),
        sum(bool(row["properties"]) for row in rows),
        together,
        share,
    )


def _semantic(rows: Sequence[Row]) -> str:
    lines = [
        (row["kind"], row["name"], "yes" if row["vectors"] else "no", "yes" if row["properties"] else "no")
        for row in rows
        if row["source"] == "semantic"
    ]
    return _table(("kind", "defect", "vectors", "properties"), sorted(lines)) if lines else ""


def _survivors(rows: Sequence[Row]) -> str:
    left = sorted((row["kind"], row["module"], row["name"]) for row in rows if not caught(row))
    lines = [(kind, f"`{module}`", name, EXPLAINED.get((module, name), "unexplained")) for kind, module, name in left]
    return _table(("kind", "module", "not caught", "why"), lines) if lines else ""

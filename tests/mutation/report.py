"""The mutation run as Markdown: how many are caught by what, each semantic mutant by name, and what nobody catches.

It is the page docs/pages/reference/mutants.md, which `test_report.py` holds to the results.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from tests.mutation.explained import EXPLAINED
from tests.mutation.suites import CLASSES, KINDS

Row = dict[str, Any]

HEAD = """# Mutants

Every defect that the [mutation run](../explanation/mutation.md) plants, and which tests notice it. This page is what
`python -m tests.mutation report` prints.
"""


def folded(lines: Iterable[Row]) -> list[Row]:
    """Return one row a mutant of *lines*, each of which says what one suite says of one mutant; the later ones hold.

    A suite that has not judged a mutant yet says None. A mutant that one suite let through and the other has not judged
    is left out: nothing is known of it.
    """
    rows: dict[tuple[str, ...], Row] = {}
    for line in lines:
        mutant = {name: line[name] for name in ("kind", "source", "name", "module")}
        rows.setdefault(tuple(mutant.values()), mutant)[line["suite"]] = line["caught"]
    full: list[Row] = [{"vectors": None, "properties": None, **row} for row in rows.values()]
    return [row for row in full if caught(row) or None not in (row["vectors"], row["properties"])]


def report(rows: Sequence[Row]) -> str:
    """Return *rows* as a page."""
    semantic = [row for row in rows if row["source"] == "semantic"]
    generated = [row for row in rows if row["source"] == "generated"]
    parts = [
        HEAD,
        f"## Made by hand\n\n{_figures(semantic)}\n",
        f"## Made by rule\n\n{_figures(generated)}\n" if generated else "",
        f"## What nobody notices\n\n{_survivors(rows)}\n",
        *(f"## {CLASSES[kind]}, made by hand\n\n{_named(semantic, kind)}\n" for kind in KINDS),
    ]
    return "\n".join(part for part in parts if part)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def caught(row: Row) -> bool:
    """Return whether any suite noticed."""
    return bool(row["vectors"] or row["properties"])


def _figures(rows: Sequence[Row]) -> str:
    head = (
        "kind",
        "mutants",
        "caught by properties",
        "of those judged",
        "caught by vectors",
        "of those judged",
        "neither",
    )
    lines = [(CLASSES[kind], *_counts([row for row in rows if row["kind"] == kind])) for kind in KINDS]
    return _table(head, [*(line for line in lines if line[1]), ("all", *_counts(rows))])


def _counts(rows: Sequence[Row]) -> tuple[object, ...]:
    sides = [[row[suite] for row in rows if row[suite] is not None] for suite in ("properties", "vectors")]
    judged = [figure for side in sides for figure in (sum(map(bool, side)), len(side))]
    return (len(rows), *judged, len(rows) - sum(map(caught, rows)))


def _named(rows: Sequence[Row], kind: str) -> str:
    some = sorted(
        (row["module"], row["name"], row["properties"], row["vectors"]) for row in rows if row["kind"] == kind
    )
    lines = [(name, f"`{module}`", _test(properties), _test(vectors)) for module, name, properties, vectors in some]
    return _table(("defect", "module", "first property that fails", "first recording that fails"), lines)


def _test(name: str | None) -> str:
    """Return the test called *name* as a page shows it; None if nobody has looked yet."""
    if name is None:
        return "not judged yet"
    if not name:
        return "none"
    place = name.rpartition("::")[2] if "test_builtin_laws" not in name else name.partition("::")[2]
    return f"`{place}`" if "::" in name else name


def _survivors(rows: Sequence[Row]) -> str:
    left = sorted((row["kind"], row["module"], row["name"]) for row in rows if not caught(row))
    lines = [
        (CLASSES[kind], f"`{module}`", _plain(name), EXPLAINED.get((module, name), "unexplained"))
        for kind, module, name in left
    ]
    return _table(("kind", "module", "defect", "why"), lines) if lines else "Nothing."


def _plain(name: str) -> str:
    """Return what a mutant made by rule is called, its code marked as code."""
    rule, colon, code = name.partition(": ")
    return f"{rule}: `{code}`" if colon and rule[-1].isdigit() else name

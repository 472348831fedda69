"""The page that lists laws, invariants, strategies and faults has them all, in the words of their docstrings.

`python -m tests.testing.test_reference` writes its tables anew.
"""

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import Phase, find, settings

from reconcile.engine import faults
from reconcile.model.json import thaw
from reconcile.testing import invariants, laws, strategies
from reconcile.testing.compact import flow
from reconcile.testing.laws.case import ALL_LAWS, seed_blind
from reconcile.testing.moves import EDITS
from reconcile.testing.stage import FAULTS
from reconcile.testing.strategies.moves import NODE_MOVES, POD_FATES, edits_by_word, faults_by_word, time_by_word

PAGE: Final = Path(__file__).parents[2] / "docs" / "pages" / "reference" / "testing.md"

GROUPS: Final = {"*": "all objects", "Pod": "pods and nodes"}
"""What the invariants of kinds that are none are about."""


def said(thing: Any) -> str:
    """The first paragraph of a docstring, in one line of a table."""
    first = (inspect.getdoc(thing) or "").partition("\n\n")[0]
    return re.sub(r"\*(\w+)\*", r"`\1`", " ".join(first.split())).replace("|", "\\|")


def counted(thing: Any) -> str:
    """The rest of it: what is counted."""
    return " ".join((inspect.getdoc(thing) or "").partition("\n\n")[2].split()).replace("|", "\\|")


def _functions(module: Any, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        thing = getattr(module, name)
        keywords = ", ".join(inspect.signature(inspect.unwrap(thing)).parameters)
        yield f"{name}({keywords})", said(thing)


def tables() -> Mapping[str, list[str]]:
    """The tables of the page by their headings."""
    told = {**ALL_LAWS, "hash_seed_blind": seed_blind}
    found = {
        "Laws": _table(("law", "what it asks"), [(name, said(told[name])) for name in laws.LAWS]),
        "Exceptions": _table(("controller", "law or kind", "why"), _exceptions()),
        "Strategies": _table(("strategy", "what it draws"), _functions(strategies, strategies.__all__)),
        "Faults": _table(("fault", "what happens"), _functions(faults, FAULT_NAMES)),
        "Moves": _table(("word", "for example"), _moves()),
    }
    for kind, group in invariants.BY_KIND.items():
        rows = [(one.__name__, said(one), counted(one)) for one in group]
        found[f"Of {GROUPS.get(kind, kind + 's')}"] = _table(
            ("invariant", "what must be true", "what is counted"), rows
        )
    return found


def _exceptions() -> Iterator[tuple[str, str, str]]:
    for table in (laws.WAIVED, laws.ASIDE):
        for controller, reasons in sorted(table.items()):
            yield from ((controller, f"`{name}`", why) for name, why in reasons.items())


@cache
def _examples() -> Mapping[str, str]:
    words = {**edits_by_word(kinds=("Deployment",)), **POD_FATES, **NODE_MOVES, **time_by_word(), **faults_by_word()}
    least = {word: find(drawn, lambda move: True, settings=QUICK) for word, drawn in words.items()}
    told = {word: flow({word: thaw(move.args)})[1:-1] for word, move in least.items()}
    return told | {"apply": "apply: {manifest: {...}}", "delete_child": "delete_child: {kind: Widget, child: 0}"}


def _moves() -> Iterator[tuple[str, str]]:
    for word in sorted({*EDITS, *FAULTS}):
        yield word, f"`{_examples()[word]}`"


QUICK: Final = settings(database=None, derandomize=True, phases=[Phase.generate, Phase.shrink])

FAULT_NAMES: Final = sorted(
    name for name, thing in vars(faults).items()
    if inspect.isfunction(thing) and thing.__module__ == faults.__name__ and not name.startswith("_")
)  # fmt: skip


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [f"| `{first}` | {' | '.join(rest)} |" for first, *rest in rows]
    return [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *lines]


@pytest.mark.parametrize("heading", tables())
def test_the_page_is_complete(heading: str) -> None:
    """Every row stands there, in order, and no other."""
    assert "\n".join(tables()[heading]) == section(PAGE.read_text(encoding="utf-8"), heading)


def section(text: str, heading: str) -> str:
    """The table below *heading*."""
    below = re.split(rf"^#+ {re.escape(heading)}$", text, flags=re.MULTILINE)[1]
    return "\n".join(
        line for line in re.split(r"^#", below, flags=re.MULTILINE)[0].splitlines() if line.startswith("|")
    )


def write() -> None:
    """Put the tables into the page, each at the end of its section."""
    text = PAGE.read_text(encoding="utf-8")
    for heading, lines in tables().items():
        parts = re.split(rf"(^#+ {re.escape(heading)}$)", text, flags=re.MULTILINE)
        own, mark, rest = re.split(r"(^#|\Z)", parts[2], maxsplit=1, flags=re.MULTILINE)
        prose = "\n".join(line for line in own.splitlines() if not line.startswith("|")).strip()
        body = f"\n\n{prose}\n\n" if prose else "\n\n"
        text = "".join([*parts[:2], body, "\n".join(lines), "\n\n" if mark else "\n", mark, rest])
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()

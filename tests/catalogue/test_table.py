"""The page of known behaviours and the tests that play them: each row has its tests, each test has its row."""

import ast
import re
from pathlib import Path

from tests.catalogue.mutants import MUTANTS

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs/pages/reference/catalogue.md"

COUNTS = {"R": 7, "D": 22, "S": 14, "N": 9, "J": 11, "C": 10}
"""How many rows each kind has, by the letter of their ids."""
IDS = {f"D-{letter}{number}" for letter, count in COUNTS.items() for number in range(1, count + 1)} | {"KEP-5647"}


def rows() -> dict[str, list[str]]:
    """The cells of each row of the page, by id."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(("| D-", "| KEP-"))]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {first: rest for first, *rest in cells}


def played() -> dict[str, set[str]]:
    """The tests that say which row they are about, by its id."""
    found: dict[str, set[str]] = {}
    for path in HERE.glob("test_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                told = re.match(r"(D-[A-Z]\d+|KEP-\d+): ", ast.get_docstring(node) or "")
                if told:
                    found.setdefault(told[1], set()).add(node.name)
    return found


def test_every_behaviour_has_a_row() -> None:
    """The page has the whole catalogue, each id once, with a behaviour, its source and its state."""
    assert IDS == set(rows())
    assert [] == [first for first, cells in rows().items() if len(cells) != 4 or not all(cells)]


def test_rows_and_tests_agree() -> None:
    """Each row names just the tests that carry its id, and they carry it in their names too."""
    named = {first: set(re.findall(r"`(test_\w+)`", cells[-1])) for first, cells in rows().items()}
    assert played() == named

    wrong = [
        name
        for first, names in named.items()
        for name in names
        if not name.startswith(f"test_{first.lower().replace('-', '_')}_")
    ]
    assert [] == wrong


def test_rows_and_mutants_agree() -> None:
    """Each row that promises a mutant has one, and each mutant its row."""
    promised = {first for first, cells in rows().items() if "mutant" in cells[2]}

    assert set(MUTANTS) == promised

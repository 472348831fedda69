"""The page about mutants says what was found, about the defects that there are."""

from pathlib import Path

from tests.mutation.explained import EXPLAINED
from tests.mutation.report import caught, folded, report
from tests.mutation.run import read_rows
from tests.mutation.semantic import SEMANTIC
from tests.mutation.suites import RESULTS

PAGE = Path(__file__).parents[2] / "docs" / "pages" / "reference" / "mutants.md"
ROWS = folded(read_rows([RESULTS]))


def test_the_page_shows_the_results() -> None:
    """It is what `python -m tests.mutation report` prints."""
    assert report(ROWS) == PAGE.read_text(encoding="utf-8").rstrip("\n") + "\n"


def test_only_known_mutants_are_among_the_results() -> None:
    """Each result is about one of the list; which have not been judged yet can be seen from the page's figures."""
    known = {(row.kind, row.module, row.meaning) for row in SEMANTIC}

    assert {(row["kind"], row["module"], row["name"]) for row in ROWS if row["source"] == "semantic"} <= known


def test_what_is_explained_is_a_survivor() -> None:
    """A mutant that is said to make no difference was caught by nobody."""
    seen = {(row["module"], row["name"]) for row in ROWS if caught(row)}

    assert set() == seen & set(EXPLAINED)

"""The page about mutants says what was found, about the defects that there are."""

from pathlib import Path

import pytest

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


SEMANTIC_ROWS = [row for row in ROWS if row["source"] == "semantic"]


def test_every_mutant_made_by_hand_was_judged() -> None:
    """The results are about those of the list, all of them and no others."""
    known = {(row.kind, row.module, row.meaning) for row in SEMANTIC}

    assert known == {(row["kind"], row["module"], row["name"]) for row in SEMANTIC_ROWS}


def test_nearly_all_are_caught_and_the_rest_is_explained() -> None:
    """At least 95 % of those made by hand; and each of either sort that nobody notices has its reason."""
    left = {(row["module"], row["name"]) for row in ROWS if not caught(row)}

    assert 0.95 * len(SEMANTIC_ROWS) <= sum(map(caught, SEMANTIC_ROWS))
    assert left == set(EXPLAINED)


@pytest.mark.parametrize("side", ["vectors", "properties"])
def test_each_side_alone_catches_most(side: str) -> None:
    """Four of five of those made by hand, of what it has judged."""
    judged = [row[side] for row in SEMANTIC_ROWS if row[side] is not None]

    assert 0.8 * len(judged) <= sum(map(bool, judged))

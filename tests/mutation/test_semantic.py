"""The hand-made mutants are changes of the code as it is."""

import ast
from pathlib import Path

import pytest

from tests.mutation.semantic import SEMANTIC, Semantic

ROOT = Path(__file__).parents[2] / "reconcile"


@pytest.mark.parametrize("row", SEMANTIC, ids=lambda row: f"{row.kind}: {row.meaning}")
def test_every_row_changes_one_place(row: Semantic) -> None:
    """The old text stands in the module once, and the module compiles with the new one."""
    source = (ROOT / row.module).read_text(encoding="utf-8")

    assert 1 == source.count(row.old)
    ast.parse(source.replace(row.old, row.new))


def test_there_are_many() -> None:
    """At least sixty of meaning, and no two that do the same."""
    assert len(SEMANTIC) >= 60
    assert len(SEMANTIC) == len({(row.module, row.old, row.new) for row in SEMANTIC})

"""The 49 titles and the tests: each title has one test in the file of its kind, and each test has a title."""

import ast
from pathlib import Path

import pytest

from tests.conformance.titles import TITLES

HERE = Path(__file__).parent


def told(kind: str) -> list[str]:
    """The titles that the tests of a file carry: what stands in brackets at the beginning of their docstrings."""
    tree = ast.parse((HERE / f"test_{kind}.py").read_text(encoding="utf-8"))
    tests = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    docstrings = [" ".join((ast.get_docstring(test) or "").split()) for test in tests]
    return [text.removeprefix("[").partition("]")[0] for text in docstrings]


def test_there_are_49_titles() -> None:
    """All that are about the six workload kinds and their revisions."""
    assert 49 == sum(map(len, TITLES.values()))


@pytest.mark.parametrize("kind", sorted(TITLES))
def test_each_title_has_one_test(kind: str) -> None:
    """Scenarios are re-expressed one by one; none is left out, none is told twice."""
    assert sorted(TITLES[kind]) == sorted(told(kind))

"""Mutants get into a module that is imported already, or are said not to."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.mutation.swap import swap

TEXT = """
from functools import lru_cache

LIMIT = 3


@lru_cache
def twice(number):
    def inner(factor):
        return factor * number
    return inner(2)


class Box:
    def __init__(self, size):
        self.size = size

    def fits(self, size):
        return size <= self.size


TABLE = {"fits": lambda box: box.fits(LIMIT)}
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    (tmp_path / "swapped_here.py").write_text(TEXT, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("swapped_here")
    del sys.modules["swapped_here"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("factor * number", "factor + number", (12, True, True)),
        ("size <= self.size", "size < self.size", (20, False, False)),
        ("box.fits(LIMIT)", "not box.fits(LIMIT)", (20, True, False)),
        ("LIMIT = 3", "LIMIT = 3\n", (20, True, True)),
    ],
)
def test_what_stands_in_functions_is_swapped(
    module: ModuleType, old: str, new: str, expected: tuple[int, bool, bool]
) -> None:
    """Under decorators, in classes and in tables, for whoever has got hold of them before."""
    twice, box, fits = module.twice, module.Box(3), module.TABLE["fits"]

    assert swap("swapped_here", TEXT.replace(old, new))
    assert expected == (twice(10), box.fits(3), fits(box))


@pytest.mark.parametrize(("old", "new"), [("LIMIT = 3", "LIMIT = 4"), ("Box:", "Box(dict):"), ('"fits"', '"fit"')])
def test_what_is_made_at_import_is_not(module: ModuleType, old: str, new: str) -> None:
    """Then nothing is changed, and whoever asked is told."""
    assert not swap("swapped_here", TEXT.replace(old, new))
    assert 20 == module.twice(10)


def test_what_is_not_imported_is_not_swapped() -> None:
    """There is nothing to swap."""
    assert not swap("never_imported", "")

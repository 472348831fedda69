"""Every scenario prints what it says: the tutorial, chapter by chapter, and more."""

import os
from pathlib import Path

import pytest

from reconcile.cli.main import main

FOLDER = Path(__file__).parent.parent / "scenarios"
SCENARIOS = sorted(path.name for path in FOLDER.glob("*.txt"))


def test_there_are_scenarios() -> None:
    """The folder of scenarios is found."""

    assert "replicaset.txt" in SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What the commands print is what the file says."""
    code = main(["play", "--check", os.fspath(FOLDER / name)])
    printed = capsys.readouterr().out

    assert 0 == code, printed

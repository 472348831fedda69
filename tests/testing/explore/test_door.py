"""The door from the command line: `python -m reconcile.testing.explore`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from reconcile.testing.explore.__main__ import main, named
from reconcile.testing.explore.scopes import wedge
from tests.testing.explore import worlds

ROOT = Path(__file__).parent.parent.parent.parent
USERS = "tests.testing.explore.worlds"


def test_what_is_found_is_the_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    """1 if anything was found, with figures and a trace; 0 if nothing was."""
    assert 1 == main(["wedge"])
    told = capsys.readouterr()
    assert told.out.startswith("states              92 (all of them)\n")
    assert "\nstuck: from 14 of 92 states no steps lead to the goal" in told.out
    assert "depth 1: 2 states, 1 of them new\n" in told.err

    assert 0 == main([f"{USERS}:pair", "--quiet"])
    assert "" == capsys.readouterr().err


def test_pages_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is found is written into a folder, for `reconcile play`."""
    assert 1 == main(["wedge", "--quiet", "--pages", os.fspath(tmp_path)])

    page = tmp_path / "stuck.md"
    assert f"written: {page}\n" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8").startswith("# stuck\n")


def test_a_scope_of_the_users(capsys: pytest.CaptureFixture[str]) -> None:
    """`package.module:function` is a scope like ours, bounded and shared out like ours."""
    assert 1 == main([f"{USERS}:greedy", "--quiet", "--processes", "2", "--max-depth", "4"])
    assert "(not all of them)" in capsys.readouterr().out
    assert 0 == main([f"{USERS}:pair", "--quiet", "--max-states", "5"])
    assert "(not all of them)" in capsys.readouterr().out


def test_walks(capsys: pytest.CaptureFixture[str]) -> None:
    """Random walks instead, drawn from a seed."""
    assert 0 == main([f"{USERS}:pair", "--walks", "3", "--length", "5", "--seed", "7"])
    once = capsys.readouterr().out
    assert once.startswith("walks                3\n")
    assert 1 == main([f"{USERS}:greedy", "--walks", "10", "--length", "20"])
    assert "found     replicaset_creates_no_more" in capsys.readouterr().out


def test_names() -> None:
    """A name of ours, or a module and a function in it."""
    assert wedge is named("wedge")
    assert worlds.pair is named(f"{USERS}:pair")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (
            "wedges",
            "unknown scope 'wedges'; expected one of deployment, statefulset, wedge, or package.module:function",
        ),
        ("no.such.module:make", "no.such.module:make cannot be imported: No module named 'no'"),
        (f"{USERS}:nothing", f"{USERS}:nothing cannot be imported: "),
    ],
)
def test_unknown_names(name: str, why: str) -> None:
    """A name that stands for nothing is refused in a line."""
    with pytest.raises(SystemExit) as refused:
        main([name])

    assert str(refused.value).startswith(why)


def test_as_a_program() -> None:
    """The module runs, and so does its exit code."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, "-m", "reconcile.testing.explore", "wedge", "--quiet", "--max-depth", "2"]

    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=ROOT, env={**environ, "PYTHONPATH": os.fspath(ROOT)}
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert "states               4 (not all of them)" in done.stdout

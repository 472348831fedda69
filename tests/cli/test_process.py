"""The command line as a process: killed, interrupted, cut off, and beside others."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import filelock
import pytest

from reconcile.cli.main import main
from reconcile.cli.state import MANUAL, Settings, State, StateFile, fresh, read_text

ROOT = Path(__file__).parent.parent.parent
COMMAND = (sys.executable, "-m", "reconcile")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A small cluster in a file."""
    path = tmp_path / "state.json"
    StateFile(path, made).replace(made())
    return path


def made() -> State:
    return fresh(Settings(clock=MANUAL, nodes=2))


def environ(state: Path, **more: str) -> Mapping[str, str]:
    # Without what makes a process measure its coverage: it would say so on the standard error.
    usual = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    return {**usual, "PYTHONPATH": os.fspath(ROOT), "RECONCILE_STATE": os.fspath(state)} | more


def finished(command: Sequence[str], state: Path, **how: Any) -> subprocess.CompletedProcess[str]:
    """A process that ran to its end."""
    return subprocess.run(command, env=environ(state), capture_output=True, text=True, timeout=120, check=False, **how)


def number(state: Path) -> int:
    """Which of the annotating commands the file holds."""
    return int(read_text(state.read_text()).cluster.get("Node", "node-0").meta.annotations.get("number", "0"))


def annotate(number: int) -> list[str]:
    return ["annotate", "node", "node-0", f"number={number}", "--overwrite"]


# --- killed ------------------------------------------------------------------------------------------------------


def test_killed_at_any_moment(state: Path) -> None:
    """A command that is killed at a random moment has happened or has not: the file holds no third thing."""
    _killed(state, times=8)


@pytest.mark.slow
def test_killed_two_hundred_times(state: Path) -> None:
    """The same, two hundred times."""
    _killed(state, times=200)


def _killed(state: Path, *, times: int) -> None:
    begun = time.monotonic()
    assert 0 == finished([*COMMAND, *annotate(1)], state).returncode
    usual, dice, stored = time.monotonic() - begun, random.Random(5), 1
    for turn in range(2, times + 2):
        process = subprocess.Popen([*COMMAND, *annotate(turn)], env=environ(state), stdout=subprocess.DEVNULL)
        try:
            code = process.wait(dice.uniform(0, 1.1 * usual))
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        assert number(state) in ({turn} if code == 0 else {stored, turn})
        stored = number(state)
    assert {state.name, f".{state.name}.new", f"{state.name}.lock"} >= {path.name for path in state.parent.iterdir()}


DYING = """
import os, pathlib, signal, sys
from reconcile.cli import state
from reconcile.cli.main import main

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

class Half:
    def __init__(self, file): self.file = file
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def write(self, data):
        self.file.write(data[: len(data) // 2])
        self.file.flush()
        die()

def opened(path, mode="r", *rest, **more):
    file = open(path, mode, *rest, **more) if mode != "wb" or moment == "write" else die()
    return Half(file) if mode == "wb" else file

def folder(path, *rest):
    return die() if os.path.isdir(path) else real(path, *rest)

moment, real = sys.argv[1], os.open
if moment in ("open", "write"): pathlib.Path.open = opened
if moment == "sync": os.fsync = die
if moment == "replace": pathlib.Path.replace = die
if moment == "folder": os.open = folder
if moment == "release": state.filelock.FileLock.release = die
main(sys.argv[2:])
"""


@pytest.mark.parametrize(
    ("moment", "kept"),
    [("open", 1), ("write", 1), ("sync", 1), ("replace", 1), ("folder", 2), ("release", 2)],
)
def test_killed_at_every_step_of_a_write(state: Path, moment: str, kept: int) -> None:
    """Before the new file is in its place the old one counts; afterwards the new one does; the next command works."""
    assert 0 == main([*annotate(1), "--state", os.fspath(state)])

    died = finished([sys.executable, "-c", DYING, moment, *annotate(2)], state)

    assert -signal.SIGKILL == died.returncode
    assert kept == number(state)
    assert 0 == main([*annotate(3), "--state", os.fspath(state)])
    assert 3 == number(state)


# --- beside others -----------------------------------------------------------------------------------------------


HOLDER = """
import sys
from pathlib import Path
from attrs import evolve
from reconcile.cli.state import StateFile

def work(state):
    print("held", flush=True)
    sys.stdin.readline()
    cluster = state.cluster.patch("Node", "node-0", {"metadata": {"annotations": {"number": "7"}}})
    return evolve(state, cluster=cluster), None

StateFile(Path(sys.argv[1]), lambda: None).change(work)
"""


def holder(state: Path) -> subprocess.Popen[str]:
    """A process that has the lock, until it is given a line; then it writes."""
    command = [sys.executable, "-c", HOLDER, os.fspath(state)]
    process = subprocess.Popen(
        command, env=environ(state), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert process.stdout is not None
    assert "held\n" == process.stdout.readline()
    return process


def test_a_command_waits_for_another(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second command begins when the first has ended, and finds what that one wrote."""
    first = holder(state)
    acquire = filelock.FileLock.acquire

    def let_go(lock: Any, *args: Any, **how: Any) -> Any:
        assert first.stdin is not None
        first.stdin.write("\n")  # only now that the second one is at the lock
        return acquire(lock, *args, **how)

    monkeypatch.setattr(filelock.FileLock, "acquire", let_go)

    assert 0 == main(["label", "node", "node-0", "second=yes", "--state", os.fspath(state)])
    first.communicate()
    node = read_text(state.read_text()).cluster.get("Node", "node-0")
    assert ("7", "yes") == (node.meta.annotations["number"], node.meta.labels["second"])


def test_a_command_does_not_wait_for_ever(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who does not get the lock says so in one line and changes nothing."""
    first = holder(state)
    monkeypatch.setattr("reconcile.cli.state._PATIENCE", 0.1)

    assert 1 == main(["label", "node", "node-0", "second=yes", "--state", os.fspath(state)])
    told = capsys.readouterr().err
    assert f"error: {state}: another reconcile is at work on this cluster; waited 0.1 seconds for it\n" == told
    first.communicate("\n")
    assert "second" not in read_text(state.read_text()).cluster.get("Node", "node-0").meta.labels


def test_nothing_is_lost_among_many(state: Path) -> None:
    """Commands that are started at once all count."""
    processes = [
        subprocess.Popen([*COMMAND, "label", "node", "node-0", f"by-{n}=yes"], env=environ(state)) for n in range(3)
    ]

    assert [0] * 3 == [process.wait() for process in processes]
    assert {f"by-{n}" for n in range(3)} <= set(read_text(state.read_text()).cluster.get("Node", "node-0").meta.labels)


# --- interrupted -------------------------------------------------------------------------------------------------


WHILE_IMPORTING = """
import builtins, os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background begins without
from reconcile.__main__ import main

real = builtins.__import__
def interrupted(name, *rest):
    if name == "reconcile.cli":
        os.kill(os.getpid(), signal.SIGINT)
    return real(name, *rest)

builtins.__import__ = interrupted
sys.exit(main())
"""
WHILE_WORKING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from reconcile.__main__ import main
from reconcile.cluster import Cluster

Cluster.settle = lambda *_, **__: os.kill(os.getpid(), signal.SIGINT)
sys.exit(main())
"""


@pytest.mark.parametrize(("script", "code"), [(WHILE_IMPORTING, -signal.SIGINT), (WHILE_WORKING, 130)])
def test_an_interrupt_is_quiet(state: Path, script: str, code: int) -> None:
    """Ctrl-C ends a command without a word, and without a trace in the cluster."""
    before = state.read_bytes()

    done = finished([sys.executable, "-c", script, *annotate(1)], state)

    assert (code, "", "") == (done.returncode, done.stdout, done.stderr)
    assert before == state.read_bytes()


def test_an_interrupt_of_the_editor_is_the_editors(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C reaches everybody at the terminal; an editor goes on, and so do we."""
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nkill -INT $PPID\nsed -i \'s/^  labels:/  labels:\\n    edited: "yes"/\' "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("KUBE_EDITOR", os.fspath(editor))

    done = finished([*COMMAND, "edit", "node", "node-0"], state)

    assert (0, "node/node-0 edited\n", "") == (done.returncode, done.stdout, done.stderr)


# --- cut off -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["get", "nodes"], ["get", "nothing"]])
def test_a_broken_pipe_is_quiet(state: Path, command: list[str]) -> None:
    """`reconcile get pods | head -1` says nothing about the lines that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = subprocess.run(
            [*COMMAND, *command], env=environ(state), stdout=pipe, stderr=subprocess.PIPE, check=False, timeout=60
        )
    told = b'error: the server doesn\'t have a resource type "nothing"\n' if "nothing" in command else b""

    assert (1, told) == (done.returncode, done.stderr)


def test_both_pipes_broken(state: Path) -> None:
    """Nor does it if the errors go into the same pipe."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        command = [*COMMAND, "get", "nothing"]
        done = subprocess.run(command, env=environ(state), stdout=pipe, stderr=pipe, check=False, timeout=60)

    assert 1 == done.returncode


def test_what_was_done_is_kept_though_nobody_reads(state: Path) -> None:
    """The state is written before anything is printed."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        subprocess.run([*COMMAND, *annotate(3)], env=environ(state), stdout=pipe, check=False, timeout=60)

    assert 3 == number(state)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is full")
def test_a_full_disk(state: Path) -> None:
    """Output that cannot be written is one line; errors that cannot be told are not told."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "get", "nodes"], env=environ(state), stdout=full, stderr=subprocess.PIPE, check=False
        )
        silent = subprocess.run([*COMMAND, "get", "nothing"], env=environ(state), stderr=full, check=False)

    assert (1, b"error: cannot write the output: No space left on device\n") == (done.returncode, done.stderr)
    assert 1 == silent.returncode


@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ('"$@" get nodes >&-', 0, ""),
        ('"$@" apply -f - <&-', 1, "error: no objects passed to apply\n"),
        ('"$@" get nothing 2>&-', 1, ""),
    ],
)
def test_closed_streams(state: Path, line: str, code: int, told: str) -> None:
    """A stream that the user closed is no reason to fail."""
    done = finished(["/bin/sh", "-c", line, "sh", *COMMAND], state)

    assert (code, "", told) == (done.returncode, done.stdout, done.stderr)


def test_a_terminal_that_knows_no_such_letters(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be shown is told by its number."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")

    done = finished([*COMMAND, "get", "é"], state)

    assert 'error: the server doesn\'t have a resource type "\\xe9"\n' == done.stderr


def test_devices_are_no_state(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is locked, renamed or read without end in the place of a device."""

    assert 1 == main(["reset", "--state", os.devnull])
    assert f"error: {os.devnull}: no regular file\n" == capsys.readouterr().err
    assert not Path(f"{os.devnull}.lock").exists()

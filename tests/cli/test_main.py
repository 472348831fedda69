"""The command line as a whole: one line for every mistake, and a cluster that stays as it was."""

import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve

from reconcile.cli.main import main, state_path, terminal
from reconcile.cli.run import run
from reconcile.cli.verbs import COMMANDS, VERBS

MANIFESTS = Path(__file__).parent.parent / "scenarios" / "manifests"


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state file with the tutorial's ReplicaSet."""
    path = tmp_path / "state.json"
    monkeypatch.setenv("RECONCILE_STATE", os.fspath(path))
    monkeypatch.setenv("RECONCILE_CLOCK", "manual")
    main(["apply", "-f", os.fspath(MANIFESTS / "myreplicaset.yaml"), "-oname"])
    return path


class _Input:
    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def given(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", _Input(data))


def test_commands_meet_in_the_state_file(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What one command leaves, the next one finds."""
    assert 0 == main(["scale", "rs", "--replicas", "4", "myreplicaset"])
    assert 0 == main(["advance", "3s"])
    capsys.readouterr()

    assert 0 == main(["get", "rs"])
    assert ["NAME", "DESIRED", "CURRENT", "READY", "AGE", "myreplicaset", "4", "4", "4", "3s"] == (
        capsys.readouterr().out.split()
    )


def test_variables_from_the_input(
    state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `-` among the changes stands for the lines of the input that set something."""
    given(monkeypatch, b"A=1\n# B=2\nnothing\nC=3# three\n")
    assert 0 == main(["set", "env", "rs/myreplicaset", "D=4", "-"])
    capsys.readouterr()

    assert 0 == main(["set", "env", "rs/myreplicaset", "--list"])
    assert ["D=4", "A=1", "C=3"] == capsys.readouterr().out.splitlines()[1:]


def test_output_and_errors_go_apart(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was found is on the standard output, what is missing on the standard error."""
    assert 1 == main(["get", "rs", "myreplicaset", "other", "-o", "name"])

    printed = capsys.readouterr()

    assert "replicaset.apps/myreplicaset\n" == printed.out
    assert 'Error from server (NotFound): replicasets.apps "other" not found\n' == printed.err


BOMB = b"a: &a [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (ord("b") + n, ord("b") + n, b", ".join([b"*%c" % (ord("a") + n)] * 9)) for n in range(9)
)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"a": ' * 100_000,
        b"a: [",
        b"a: b: c",
        b"kind: ReplicaSet\nkind: ReplicaSet",
        b"kind: ReplicaSet\napiVersion: apps/v1\nmetadata: {name: x}\nspec: {replicas: 1e400}",
        b"kind: ReplicaSet\napiVersion: apps/v1\nmetadata: {name: x}\nspec: {replicas: 99999999999999999999}",
        b"kind: ReplicaSet\napiVersion: apps/v1\nmetadata: {name: x}\nspec: [1]",
        b"kind: ReplicaSet\napiVersion: apps/v1\nmetadata: 3",
        b"kind: [a]\napiVersion: {b: c}",
        b"!!python/object/apply:os.system ['true']",
        b'{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "\\ud800"}}',
        b"3",
        b"kind: \x00",
        b"x: " + b"y" * 4_000_000,
        BOMB,
    ],
    ids=lambda data: data[:20].decode("latin-1"),
)
def test_hostile_manifests(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    """A text that is no manifest is one line, exit code 1, and a state that stays as it was."""
    before = state.read_bytes()
    given(monkeypatch, data)
    capsys.readouterr()

    assert 1 == main(["apply", "-f", "-"])
    told = capsys.readouterr().err
    assert 1 == told.count("\n"), told
    assert "Traceback" not in told
    assert before == state.read_bytes()


@pytest.mark.parametrize(
    "line",
    [
        "get",
        "get nothing",
        "get pods -l a=b=c",
        "get pods -o jsonpath={.a",
        "get pods --sort-by {",
        "get rs myreplicaset -o custom-columns=a",
        "scale rs myreplicaset --replicas=-2",
        "scale rs myreplicaset --replicas=99999999999",
        "scale rs other --replicas=1",
        "patch rs myreplicaset -p {",
        "patch rs myreplicaset -p []",
        "patch rs myreplicaset --type=json -p [{}]",
        "label rs myreplicaset a=b c",
        "label rs myreplicaset -=x",
        "label rs myreplicaset a= a-",
        "label rs myreplicaset a=-bad-",
        "wait rs/myreplicaset --for=jsonpath={.x",
        "wait rs/myreplicaset --for=condition=",
        "advance 5",
        "advance -1s",
        "advance 1s 2s",
        "reset --nodes=-1",
        "reset --behaviours=nowhere.yaml",
        "reset --clock=sundial",
        "get pods --clock=sundial",
        "play nowhere.txt",
        "edit rs nothing",
        "nodes add node-0",
        "taint node node-0 a=b:Sometimes",
        "trace -o yaml",
    ],
)
def test_mistakes(state: Path, capsys: pytest.CaptureFixture[str], line: str) -> None:
    """A mistake is told without a traceback, exit code 1, and the cluster stays as it was."""
    before = state.read_bytes()
    capsys.readouterr()

    assert 1 == main(line.split())
    told = capsys.readouterr().err
    assert told.startswith(("error: ", "Error from server", "The "))
    assert "internal error" not in told
    assert before == state.read_bytes()


def test_an_unexpected_exception(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even a fault of ours is one line, exit code 1, and a state that stays as it was."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("two\nlines")

    before = state.read_bytes()
    monkeypatch.setitem(VERBS, "get", type(VERBS["get"])("get", "", run=broken))  # type: ignore[call-arg]
    capsys.readouterr()

    assert 1 == main(["get", "pods"])
    assert "error: internal error: ZeroDivisionError: two lines\n" == capsys.readouterr().err
    assert before == state.read_bytes()


def test_every_command_has_help(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` says what a command does, and with which flags."""
    for name, command in VERBS.items():
        assert 0 == main([*name.split(), "--help"])
        printed = capsys.readouterr().out
        assert command.help in printed
        assert all(f"--{flag.long}" in printed for flag in command.flags if not flag.hidden)


def test_overview(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command, all commands are listed."""
    assert 0 == main([])
    printed = capsys.readouterr().out

    assert all(f"  {command.name} " in printed for command in COMMANDS)


def test_help_about_a_group(capsys: pytest.CaptureFixture[str]) -> None:
    """Help about a word that begins several commands lists those."""
    assert 0 == main(["rollout", "--help"])
    printed = capsys.readouterr().out

    assert "Usage: reconcile rollout COMMAND" in printed
    assert ("  rollout undo " in printed, "  apply " in printed) == (True, False)


def test_sync_is_a_filter(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each line of snapshots is answered by a line; one that is no snapshot is refused, and the others are answered."""
    parent = {"kind": "ReplicaSet", "apiVersion": "apps/v1", "metadata": {"name": "a", "namespace": "b", "uid": "c"}}
    snapshot = {"controller": "replicaset", "now": "2026-01-01T00:00:00Z", "parent": parent, "observed": {}}
    given(monkeypatch, f"{json.dumps(snapshot)}\n\nnonsense\n{json.dumps(snapshot)}\n".encode())

    assert 1 == main(["sync"])
    first, second, third = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == third
    assert "requests" in first
    assert second["refused"].startswith("line 3: ")


SNAPSHOT = {
    "controller": "replicaset",
    "now": "2026-01-01T00:00:00Z",
    "parent": {
        "kind": "ReplicaSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": "a", "namespace": "b", "uid": "c", "annotations": {"x": "two\u2028lines"}},
        "spec": {"replicas": 0, "selector": {}, "template": {}},
    },
    "observed": {},
}


def test_sync_answers_before_the_next_question() -> None:
    """A program that asks, reads the answer and asks again is answered line by line."""
    said: list[str] = []
    answers: list[int] = []

    def questions() -> Iterator[bytes]:
        for _ in range(3):
            answers.append(len(said))
            yield json.dumps(SNAPSHOT).encode() + b"\n"

    host = evolve(terminal(), stdin=questions, write=lambda piece: said.append(piece.text))

    assert 0 == run(host, ["sync"])
    assert [0, 1, 2] == answers
    assert 3 == len(said)


def test_what_is_written_is_seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every piece of output goes through a pipe as soon as it is written."""
    pipe = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", pipe)

    terminal().say("here")
    assert b"here\n" == pipe.buffer.getvalue()


@pytest.mark.parametrize("line", ["two\u2028lines", "next\x85line"])
def test_sync_takes_lines_of_bytes(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Characters at which a text may break, but JSON need not escape, end no line, from a pipe or in a file."""
    snapshot = {**SNAPSHOT, "note": line}
    data = json.dumps(snapshot, ensure_ascii=False).encode() + b"\n"
    file = tmp_path / "snapshots.jsonl"
    file.write_bytes(data)
    given(monkeypatch, data)

    assert 0 == main(["sync"])
    assert 0 == main(["sync", os.fspath(file)])
    first, second = capsys.readouterr().out.splitlines()
    assert first == second


def test_sync_refuses_bytes_that_are_no_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line that is no UTF-8 is refused; the others are answered."""
    given(monkeypatch, b"\xef\xbb\xbf" + json.dumps(SNAPSHOT).encode() + b"\n\xff\n" + json.dumps(SNAPSHOT).encode())

    assert 1 == main(["sync"])
    first, second, third = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == third
    assert "line 2: error parsing this line: byte 1 is no UTF-8 text" == second["refused"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"now": "a", "now": "b"}', 'column 14: duplicate key "now"'),
        ('{"now": NaN}', "column 9: NaN is no JSON number"),
        ('{"now": 1e999}', "column 9: 1e999 is out of range"),
        ("[" * 5000 + "]" * 5000, "column 101: nested too deep; at most 100 levels are taken"),
        ("null", "snapshot: expected an object, got NoneType"),
        ("{} {}", "Extra data: line 1 column 4 (char 3)"),
    ],
)
def test_sync_is_strict(
    line: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What JSON leaves open is refused with its place, as in manifests."""
    given(monkeypatch, line.encode())

    assert 1 == main(["sync"])
    assert {"refused": f"line 1: {told}"} == json.loads(capsys.readouterr().out)


def test_where_the_state_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flag goes before the environment, and that before the user's folder."""
    monkeypatch.setenv("RECONCILE_STATE", "/b")

    assert Path("/a") == state_path("/a")
    assert Path("/b") == state_path("")
    monkeypatch.delenv("RECONCILE_STATE")
    assert ("reconcile", "state.json") == state_path("").parts[-2:]


def test_reading_leaves_the_file_alone(state: Path) -> None:
    """With a manual clock, looking writes nothing."""
    before = state.stat().st_mtime_ns
    for line in ("get all", "describe rs myreplicaset", "tree rs/myreplicaset", "events", "trace", "version"):
        assert 0 == main(line.split())

    assert before == state.stat().st_mtime_ns

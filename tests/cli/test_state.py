"""The state file: what a command did is there, whole, whatever happens."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from reconcile.cli.main import main
from reconcile.cli.state import (
    MANUAL,
    Held,
    Settings,
    State,
    StateFile,
    decode,
    encode,
    fresh,
    read_text,
    write_atomically,
)
from reconcile.engine.saved import SavedError
from reconcile.kubectl.failures import Refused

ROOT = Path(__file__).parent.parent.parent
RS = {
    "apiVersion": "apps/v1",
    "kind": "ReplicaSet",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "image": "nginx"}]},
        },
    },
}


def new(**settings: Any) -> State:
    return fresh(Settings(clock=MANUAL, nodes=2, **settings))


def test_a_state_survives_the_file() -> None:
    """Settings and world come back as they were written."""
    rows = [{"image": "*", "start": "2s"}]
    state = new(seed=3, behaviours=rows, volume_binder=False)

    back = decode(json.loads(json.dumps(encode(state))))

    assert state.settings == back.settings
    assert encode(state) == encode(back)


def test_behaviours_travel_with_the_state(tmp_path: Path) -> None:
    """A cluster goes on with the behaviours that it was made with, without their file."""
    state = new(behaviours=[{"image": "*", "start": "2s"}])
    file = StateFile(tmp_path / "state.json", lambda: state)
    file.replace(evolve(state, cluster=state.cluster.apply(RS).settle()))

    later = file.change(lambda found: (None, found.cluster.advance(1)))

    assert ["Pending"] == [pod.look("status", "phase") for pod in later.all("Pod")]
    assert ["Running"] == [pod.look("status", "phase") for pod in later.advance(1).all("Pod")]


def test_nothing_is_written_unless_something_changed(tmp_path: Path) -> None:
    """A command that looks leaves no file behind."""
    file = StateFile(tmp_path / "state.json", new)

    assert 2 == file.change(lambda state: (None, state.settings.nodes))
    assert not (tmp_path / "state.json").exists()


def test_folders_are_made(tmp_path: Path) -> None:
    """The folder of a new state need not be there."""
    path = tmp_path / "a" / "b" / "state.json"
    StateFile(path, new).replace(new())

    assert new().settings == read_text(path.read_text()).settings


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        ("[]", "no state of reconcile"),
        ('{"version": "1"}', "no state of reconcile"),
        ('{"version": true}', "no state of reconcile"),
        ('{"version": 1}', "'settings' is missing"),
        ('{"version": 99}', "newer version"),
        ('{"version": NaN}', "no JSON number"),
        ("[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_state_is_refused(tmp_path: Path, text: str, why: str) -> None:
    """A file that cannot be read is told in one line, and left as it is."""
    path = tmp_path / "state.json"
    path.write_text(text)

    with pytest.raises(Refused) as refused:
        StateFile(path, new).change(lambda state: (state, None))

    assert why in str(refused.value)
    assert "\n" not in str(refused.value)
    assert text == path.read_text()


def test_every_cut_is_noticed() -> None:
    """A state that lost its end is no state."""
    text = json.dumps(encode(new()))

    for size in range(0, len(text) - 1, 97):
        with pytest.raises(SavedError):
            read_text(text[:size])


def test_a_damaged_state_is_kept_aside(tmp_path: Path) -> None:
    """`reset` begins anew, and the file that could not be read is still there."""
    path = tmp_path / "state.json"
    path.write_text("{")

    assert 0 == main(["reset", "--clock", "manual", "--state", os.fspath(path)])
    assert "{" == (tmp_path / "state.json.damaged").read_text()
    assert MANUAL == read_text(path.read_text()).settings.clock


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    """The old content stays until the new one is whole."""
    path = tmp_path / "state.json"
    write_atomically(path, b"old")
    (tmp_path / ".state.json.new").mkdir()

    with pytest.raises(OSError, match="directory"):
        write_atomically(path, b"new")

    assert b"old" == path.read_bytes()


def test_a_write_that_fails_leaves_nothing_else(tmp_path: Path) -> None:
    """A file that cannot be put in its place is not left beside it: on a full disk it would only take more room."""
    path = tmp_path / "state.json"
    path.mkdir()

    with pytest.raises(OSError, match="directory"):
        write_atomically(path, b"new")

    assert [path] == list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no state can be kept, the command says so in one line."""
    (tmp_path / "file").write_text("")

    assert 1 == main(["get", "pods", "--state", os.fspath(tmp_path / "file" / "state.json")])
    assert capsys.readouterr().err.count("\n") == 1


def test_in_memory(tmp_path: Path) -> None:
    """A held state is changed like one on disk."""
    held = Held(new())
    held.change(lambda state: (evolve(state, cluster=state.cluster.apply(RS)), None))

    assert "web" == held.state.cluster.get("rs", "web").name


WORKER = """
import sys
from reconcile.cli.main import main

for number in range(1, 10_000):
    if main(["annotate", "rs", "web", f"number={number}", "--overwrite", "-o", "name"]):
        sys.exit(1)
    print(f"done {number}", flush=True)
"""


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """After kill -9 at random moments the file holds the last command that came to its end, or the one after it."""
    _killed(tmp_path, times=4)


@pytest.mark.slow
def test_killed_two_hundred_times(tmp_path: Path) -> None:
    """The same, two hundred times."""
    _killed(tmp_path, times=200)


def _killed(folder: Path, *, times: int) -> None:
    path = folder / "state.json"
    state = new()
    StateFile(path, new).replace(evolve(state, cluster=state.cluster.apply(RS).settle()))
    environ = {**os.environ, "PYTHONPATH": os.fspath(ROOT), "RECONCILE_STATE": os.fspath(path)}
    dice = random.Random(4)
    for _ in range(times):
        worker = subprocess.Popen([sys.executable, "-c", WORKER], env=environ, stdout=subprocess.PIPE, text=True)
        assert worker.stdout is not None
        last = _wait_for_work(worker.stdout)
        time.sleep(dice.uniform(0, 0.08))  # so that the kill may fall into any part of a command
        os.kill(worker.pid, signal.SIGKILL)
        done = [int(line.split()[1]) for line in worker.stdout.read().splitlines() if line.startswith("done ")]
        worker.stdout.close()
        worker.wait()
        stored = int(read_text(path.read_text()).cluster.get("rs", "web").meta.annotations["number"])

        assert stored - max([last, *done]) in (0, 1)


def _wait_for_work(lines: Any) -> int:
    for line in lines:
        if line.startswith("done "):
            return int(line.split()[1])
    raise AssertionError("the worker ended by itself")

"""`reconcile step`, and clusters that are moved by hand."""

import json
import os
from pathlib import Path

import pytest

from reconcile.cli.main import main
from reconcile.cli.state import MANUAL, Settings, decode, encode, fresh

MANIFEST = """
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: "app:1"}]}
"""


@pytest.fixture(autouse=True)
def by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A cluster that is moved by hand, with a ReplicaSet that nobody has looked at."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RECONCILE_STATE", os.fspath(tmp_path / "state.json"))
    Path("web.yaml").write_text(MANIFEST)
    assert 0 == main(["reset", "--clock", "manual", "--by-hand", "--nodes", "1"])
    assert 0 == main(["create", "-f", "web.yaml"])
    capsys.readouterr()


def pods(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The names of all pods."""
    capsys.readouterr()
    main(["get", "pods", "-o", "name"])
    return capsys.readouterr().out.split()


def test_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing happens until a controller is told to look; then one look, from command to command."""
    assert 0 == main(["advance", "60s"])
    assert [] == pods(capsys)
    assert 0 == main(["step", "replicaset", "replicaset/web"])
    made = capsys.readouterr().out
    assert made.startswith("create Pod/web-*: 2 of 2 pods are missing\n")
    first, second = pods(capsys)
    assert 0 == main(["step", "kubelet", first, "--fate", "becomes ready"])
    assert f"Pod/{first.removeprefix('pod/')} becomes ready\n" == capsys.readouterr().out
    assert 0 == main(["get", "pods", "--no-headers"])
    assert ["1/1", "0/1"] == [line.split()[1] for line in capsys.readouterr().out.splitlines()]
    assert [first, second] == pods(capsys)


def test_a_crash_before_a_request(capsys: pytest.CaptureFixture[str]) -> None:
    """The process of a controller ends before its second request: one pod of two."""
    assert 0 == main(["step", "replicaset", "rs/web", "--crash-before", "2"])

    assert "replicaset starts again\n" == capsys.readouterr().out.splitlines(keepends=True)[-1]
    assert 1 == len(pods(capsys))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "step needs a controller and an object, such as `step deployment deployment/web`"),
        (["replicaset"], "step needs a controller and an object"),
        (["replicaset", "rs/web", "rs/app"], "step needs a controller and an object"),
        (["replicaset", "pod/web", "--fate", "starts"], "only the kubelet decides on the fate of pods"),
        (["kubelet", "rs/web", "--fate", "starts"], '"starts" is not possible for ReplicaSet/web now'),
        (["kubelet", "pod/web", "--fate", "flies"], 'unknown fate "flies"; expected one of starts, '),
        (["kubelet", "pod/web", "--fate", "starts"], 'pods "web" not found'),
        (["kubelet", "pod/web"], 'pods "web" not found'),
        (["nobody", "rs/web"], 'there is no controller "nobody"; expected one of '),
        (["replicaset", "web"], 'expected TYPE/NAME, got "web"'),
        (["replicaset", "rs/app"], 'replicasets.apps "app" not found'),
        (["replicaset", "rs/web", "--crash-before", "soon"], "soon"),
        (["replicaset", "rs/web", "--crash-before", "0"], "--crash-before counts requests from 1"),
        (["kubelet", "pod/web", "--fate", "starts", "--crash-before", "1"], "a fate is of one piece"),
    ],
)
def test_refused(words: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be meant is refused with exit code 1, and changes nothing."""
    before = Path("state.json").read_bytes()

    assert 1 == main(["step", *words])

    assert why in capsys.readouterr().err
    assert before == Path("state.json").read_bytes()


def test_waiting_for_what_nobody_does(capsys: pytest.CaptureFixture[str]) -> None:
    """`wait` waits in vain for what nobody brings about, and time has passed."""
    assert 1 == main(["wait", "--for", "jsonpath={.status.replicas}=2", "rs/web", "--timeout", "60s"])

    assert "error: timed out waiting for the condition on replicasets/web\n" == capsys.readouterr().err
    assert 0 == main(["get", "rs", "--no-headers"])
    assert ["web", "2", "0", "0", "60s"] == capsys.readouterr().out.split()


def test_the_state_says_that_it_is_moved_by_hand() -> None:
    """The setting travels with the state, and the cluster that comes back is moved by hand."""
    state = fresh(Settings(clock=MANUAL, nodes=1, by_hand=True))

    back = decode(json.loads(json.dumps(encode(state))))

    assert back.settings.by_hand
    assert back.cluster.engine.by_hand
    assert encode(state) == encode(back)


def test_states_of_before_act_of_their_own_accord() -> None:
    """A file that does not say whether it is moved by hand is not."""
    document = json.loads(json.dumps(encode(fresh(Settings(clock=MANUAL, nodes=1)))))
    del document["settings"]["byHand"]

    assert not decode(document).settings.by_hand
    assert not decode(document).cluster.engine.by_hand

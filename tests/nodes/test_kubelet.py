"""The kubelet's table: what becomes of pods, told through a whole cluster."""

from typing import Any

import pytest

from reconcile.cluster import Cluster
from reconcile.model.pod import Pod
from reconcile.nodes.behaviour import Behaviour, choose, draw, read_behaviours


def pod(name: str = "p", *, image: str = "app:1", policy: str = "Always", **meta: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, **meta},
        "spec": {"restartPolicy": policy, "containers": [{"name": "c", "image": image}]},
    }


def running(*rows: Behaviour, **more: Any) -> Cluster:
    return Cluster.new(nodes=1, behaviours=rows).create(pod(**more))


def state(cluster: Cluster, name: str = "p") -> tuple[str, bool, int]:
    found = cluster.find("pod", name)
    assert isinstance(found, Pod)
    return (found.phase, found.ready, found.restarts)


def waiting(cluster: Cluster) -> str:
    return str(cluster.get("pod", "p").look("status", "containerStatuses", 0, "state", "waiting", "reason"))


def test_a_pod_starts_at_once_by_default() -> None:
    """Without delays a pod is running and ready in the instant in which it was bound."""
    assert ("Running", True, 0) == state(Cluster.new().create(pod()).settle())


def test_delays_to_start_and_to_become_ready() -> None:
    """A pod runs after its start delay, and is ready after its ready delay."""
    cluster = running(Behaviour(start=2, ready=3))
    phases = [state(cluster.advance(seconds))[:2] for seconds in (1.9, 2.1, 4.9, 5.1)]

    assert [("Pending", False), ("Running", False), ("Running", False), ("Running", True)] == phases


def test_jitter_is_drawn_from_the_seed() -> None:
    """Equal seeds give a pod the same fate, another seed another one."""
    draws = [draw(seed, "uid", "start", 10.0) for seed in (1, 1, 2)]

    assert draws[0] == draws[1] != draws[2]
    assert all(0 <= number < 10 for number in draws)


def test_an_image_that_cannot_be_pulled() -> None:
    """The pod stays pending and says why."""
    cluster = running(Behaviour(image="*:*bad*", pull=False), image="app:bad").advance(60)

    assert ("Pending", False, 0) == state(cluster)
    assert "ImagePullBackOff" == waiting(cluster)


def test_a_crashing_container_is_started_again_later_each_time() -> None:
    """The back-off is 10 s, then 20 s, then 40 s."""
    cluster = running(Behaviour(exit_code=1, runs=1))
    assert "CrashLoopBackOff" == waiting(cluster.advance(2))

    restarts = [state(cluster.advance(seconds))[2] for seconds in (10, 12, 31, 33, 72, 74)]

    assert [0, 1, 1, 2, 2, 3] == restarts


@pytest.mark.parametrize(
    ("policy", "code", "phase"),
    [("Never", 0, "Succeeded"), ("Never", 3, "Failed"), ("OnFailure", 0, "Succeeded"), ("OnFailure", 3, "Running")],
)
def test_the_restart_policy_decides_what_an_exit_means(policy: str, code: int, phase: str) -> None:
    """A pod that must not be started again has succeeded or failed."""
    assert phase == state(running(Behaviour(exit_code=code, runs=5), policy=policy).advance(6))[0]


def test_exit_codes_by_attempt() -> None:
    """The first run fails, the second succeeds."""
    cluster = running(Behaviour(exit_codes=[1, 0], runs=1), policy="OnFailure")

    assert ("Succeeded", False, 1) == state(cluster.advance(30))


def test_slow_termination() -> None:
    """A deleted pod is there until its containers have ended, at the latest after its grace period."""
    cluster = running(Behaviour(terminates=8)).settle().delete("pod", "p")
    slow = running(Behaviour(terminates=300)).settle().delete("pod", "p")

    assert cluster.advance(7).find("pod", "p") is not None
    assert cluster.advance(9).find("pod", "p") is None
    assert slow.advance(31).find("pod", "p") is None


@pytest.mark.parametrize("seconds", [None, 0])
def test_a_held_pod_shows_that_it_ended(seconds: int | None) -> None:
    """A pod with a finalizer is Failed before its kubelet lets it go, and stays; with no time to end in, too."""
    held = running(Behaviour(), finalizers=["example.com/hold"]).settle()
    cluster = held.delete("pod", "p", grace_period_seconds=seconds).settle()

    assert "Failed" == state(cluster)[0]
    assert cluster.settle().world == cluster.world


def test_a_disruption() -> None:
    """After its time the pod fails with the condition DisruptionTarget."""
    cluster = running(Behaviour(disrupted=5), policy="Never").advance(6)
    types = [entry["type"] for entry in cluster.get("pod", "p").status["conditions"]]

    assert "Failed" == state(cluster)[0]
    assert "DisruptionTarget" in types


def test_an_active_deadline() -> None:
    """A pod that runs longer than its spec allows has failed."""
    body = pod(policy="Never")
    body["spec"]["activeDeadlineSeconds"] = 5
    cluster = Cluster.new(behaviours=[Behaviour(exit_code=0, runs=60)]).create(body).advance(61)

    assert "DeadlineExceeded" == cluster.get("pod", "p").status["reason"]


def test_a_pods_own_annotations_override_its_row() -> None:
    """One pod can be told apart without a row of its own."""
    cluster = running(Behaviour(start=100), annotations={"kubelet.reconcile/start": "1s"})
    absent = running(Behaviour(), annotations={"kubelet.reconcile/pull": "false"})

    assert "Running" == state(cluster.advance(2))[0]
    assert "Pending" == state(absent.advance(2))[0]


@pytest.mark.parametrize(
    ("row", "matches"),
    [
        (Behaviour(image="app:*"), True),
        (Behaviour(image="web:*"), False),
        (Behaviour(labels={"a": "b"}), True),
        (Behaviour(labels={"a": "c"}), False),
        (Behaviour(annotations={"x": "y"}), False),
        (Behaviour(owner="Job"), False),
    ],
)
def test_rows_match_by_image_label_annotation_and_owner(row: Behaviour, matches: bool) -> None:
    """The first row that matches decides; none is the default."""
    marked = Behaviour(start=7)
    item = Pod(pod(labels={"a": "b"}))

    assert (row if matches else marked) == choose([row, marked], item)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({}, "behaviours: expected a list of rows, got dict"),
        ([1], r"behaviours\[0\]: expected a map, got int"),
        ([{"strat": 1}], r"behaviours\[0\]\.strat: unknown field; expected one of annotations, becomesReady"),
        ([{"start": "soon"}], r"behaviours\[0\]\.start: 'soon' is not a duration"),
        ([{"start": -1}], r"behaviours\[0\]\.start: -1 is before it begins"),
        ([{"pull": "maybe"}], r"behaviours\[0\]\.pull: 'maybe' is neither true nor false"),
    ],
)
def test_a_bad_table_is_one_clear_error(rows: Any, message: str) -> None:
    """The error names the row, the field, and what was expected."""
    with pytest.raises(ValueError, match=message):
        read_behaviours(rows)


def test_a_table_from_a_file() -> None:
    """Keys are in camelCase, times are numbers or durations, codes a list or text."""
    (row,) = read_behaviours([{"image": "x*", "readyJitter": "1.5s", "exitCodes": [1, 0], "pull": False}])

    assert Behaviour(image="x*", ready_jitter=1.5, exit_codes=[1, 0], pull=False) == row


def test_init_containers_and_sidecars() -> None:
    """Init containers have completed when the pod runs; restartable ones run with it."""
    body = pod()
    body["spec"]["initContainers"] = [
        {"name": "init", "image": "i"},
        {"name": "side", "image": "s", "restartPolicy": "Always"},
    ]
    cluster = Cluster.new().create(body).settle()
    statuses = {entry["name"]: entry["state"] for entry in cluster.get("pod", "p").status["initContainerStatuses"]}

    assert "terminated" in statuses["init"]
    assert "running" in statuses["side"]

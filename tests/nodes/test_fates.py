"""What may become of pods: which fate is possible when, and what is written."""

from typing import Any

import pytest

from reconcile.cluster import Cluster
from reconcile.engine.step import submit
from reconcile.model.objects import read
from reconcile.model.pod import Pod
from reconcile.nodes.behaviour import Behaviour
from reconcile.nodes.fates import FATES, NODE, USUAL, Fate, fates
from reconcile.outcome import Applied

JOBS = [Behaviour(image="*:ok", exit_code=0, runs=1.0), Behaviour(image="*:no", exit_code=3, runs=1.0), Behaviour()]


def pod(**more: Any) -> Pod:
    spec = {
        "restartPolicy": more.pop("policy", "Always"),
        "containers": [{"name": "c", "image": more.pop("image", "a:1")}],
    }
    if node := more.pop("node", ""):
        spec["nodeName"] = node
    status = more.pop("status", {"phase": "Pending"})
    item = read({"kind": "Pod", "metadata": {"name": "p", "uid": "1", **more}, "spec": spec, "status": status})
    assert isinstance(item, Pod)
    return item


def running(*, ready: bool = True, **more: Any) -> Pod:
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}]}
    return pod(node=NODE, status=status, **more)


GOING: dict[str, Any] = {"deletionTimestamp": "2026-01-01T00:00:30Z"}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (pod(), ["starts"]),
        (pod(image="a:bad"), ["cannot pull its image"]),
        (pod(node=NODE), []),
        (pod(node=NODE, image="a:bad"), []),
        (running(ready=False), ["becomes ready", "fails"]),
        (running(), ["crashes", "fails"]),
        (pod(status={"phase": "Failed"}), []),
        (pod(**GOING, deletionGracePeriodSeconds=30), ["is gone"]),
        (running(**GOING, deletionGracePeriodSeconds=30), ["is gone"]),
        (running(**GOING, deletionGracePeriodSeconds=0, finalizers=["a/b"]), []),
    ],
)
def test_what_is_possible(item: Pod, expected: list[str]) -> None:
    """A pod starts, becomes ready, and goes when it is deleted; the usual table says which image cannot be pulled."""
    assert expected == [fate.name for fate in FATES if fate.possible(item)]


def test_not_gradual() -> None:
    """A pod that need not start first becomes ready at once, but not if its image cannot be pulled."""
    prompt = fates(gradual=False)

    assert ["becomes ready"] == [fate.name for fate in prompt if fate.possible(pod())]
    assert ["cannot pull its image"] == [fate.name for fate in prompt if fate.possible(pod(image="a:bad"))]
    assert ["becomes ready", "fails"] == [fate.name for fate in prompt if fate.possible(running(ready=False))]


def test_the_table_decides() -> None:
    """Who never becomes ready, or ends, is said by the rows of behaviours."""
    never = fates([Behaviour(becomes_ready=False)])
    assert ["fails"] == [fate.name for fate in never if fate.possible(running(ready=False))]

    ending = fates(JOBS)
    assert ["crashes", "ends", "fails"] == sorted(
        f.name for f in ending if f.possible(running(image="a:ok", policy="Never"))
    )
    # Who restarts does not end, and neither does who runs for ever.
    assert ["crashes", "fails"] == sorted(f.name for f in ending if f.possible(running(image="a:ok")))
    assert ["crashes", "fails"] == sorted(f.name for f in ending if f.possible(running(image="a:1", policy="Never")))


def test_mishaps() -> None:
    """What no table asks for is a mishap of its kind; the rest is none."""
    assert {"crashes": "crash", "fails": "fail"} == {fate.name: fate.mishap for fate in FATES if fate.mishap}


def test_the_usual_fates_by_name() -> None:
    """By name a pod may become ready without starting first."""
    assert [fate.name for fate in FATES] == list(USUAL)
    assert USUAL["becomes ready"].possible(pod())


# --- what is written ---------------------------------------------------------------------------------------------


def suffered(fate: Fate, cluster: Cluster) -> Cluster:
    """The cluster after a fate of pod p, each of whose requests the API takes."""
    found = cluster.get("pod", "p")
    assert isinstance(found, Pod)
    world = cluster.world
    assert fate.possible(found)
    for action in fate.writes(found, cluster.now):
        world, outcome = submit(cluster.engine, world, action, actor="kubelet")
        assert isinstance(outcome, Applied)
    return Cluster(cluster.engine, world)


def alone(**more: Any) -> Cluster:
    """A cluster in which nobody acts, with pod p."""
    manifest = pod(**more).raw
    return Cluster.new(nodes=1, by_hand=True).create(
        {**manifest, "apiVersion": "v1", "metadata": {"name": "p"}, "status": {}}
    )


def summary(cluster: Cluster) -> tuple[str, str, bool, str]:
    found = cluster.get("pod", "p")
    assert isinstance(found, Pod)
    state = found.status["containerStatuses"][0]["state"]
    (kind,) = state
    return (found.node, found.phase, found.ready, state[kind].get("reason", kind))


def test_a_life() -> None:
    """Bound and started, ready, crashed, failed."""
    by_name = {fate.name: fate for fate in FATES}
    cluster = suffered(by_name["starts"], alone())
    assert (NODE, "Running", False, "running") == summary(cluster)
    cluster = suffered(by_name["becomes ready"], cluster)
    assert (NODE, "Running", True, "running") == summary(cluster)
    assert (NODE, "Running", False, "CrashLoopBackOff") == summary(suffered(by_name["crashes"], cluster))
    assert (NODE, "Failed", False, "Error") == summary(suffered(by_name["fails"], cluster))


def test_an_image_that_cannot_be_pulled() -> None:
    """The pod is bound, and waits."""
    cluster = suffered(USUAL["cannot pull its image"], alone(image="a:bad"))

    assert (NODE, "Pending", False, "ImagePullBackOff") == summary(cluster)
    assert not [fate.name for fate in FATES if fate.possible(cluster.get("pod", "p"))]  # type: ignore[arg-type]


@pytest.mark.parametrize(("image", "expected"), [("a:ok", ("Succeeded", "Completed")), ("a:no", ("Failed", "Error"))])
def test_ends(image: str, expected: tuple[str, str]) -> None:
    """The exit code says how a pod ends."""
    by_name = {fate.name: fate for fate in fates(JOBS)}
    cluster = suffered(by_name["ends"], suffered(by_name["starts"], alone(image=image, policy="Never")))

    _, phase, _, reason = summary(cluster)
    assert expected == (phase, reason)


def test_gone() -> None:
    """A deleted pod is gone at once; one that a finalizer holds has failed first, and stays until it is let go."""
    free = suffered(USUAL["starts"], alone()).delete("pod", "p")
    assert free.find("pod", "p") is not None
    assert suffered(USUAL["is gone"], free).find("pod", "p") is None

    held = (
        suffered(USUAL["starts"], alone()).patch("pod", "p", {"metadata": {"finalizers": ["a/b"]}}).delete("pod", "p")
    )
    after = suffered(USUAL["is gone"], held)
    assert (NODE, "Failed", False, "Error") == summary(after)
    assert not USUAL["is gone"].possible(after.get("pod", "p"))  # type: ignore[arg-type]

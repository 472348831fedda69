"""The catalogue, ReplicaSet: behaviours that users met and reported, as Kubernetes 1.36 has them."""

from itertools import pairwise
from typing import Any

import pytest

from reconcile import Applied, Cluster, Reason, Rejected, read
from reconcile.actions import MERGE, Action, Create, Delete, Patch, WakeAt
from reconcile.controller import Controller
from reconcile.controllers.replicaset import REPLICASET
from reconcile.engine.run import step
from reconcile.engine.world import START
from reconcile.model.clock import later, stamp
from reconcile.model.pod import Pod
from reconcile.outcome import Outcome
from reconcile.store.store import Store
from reconcile.view import Observed
from tests.catalogue.direct import NoLiveReads
from tests.catalogue.mutants import script_of
from tests.checked import checked, deployment, names, pods, replicaset

REJECTED_AFTER = 1.0
"""After how many seconds the kubelet below turns a pod away."""


def turn_away(pod: Pod, observed: Observed) -> list[Action]:
    """A kubelet that admits no pod, as one that forbids a sysctl: it fails them all."""
    if not pod.node or pod.finished or pod.meta.created is None:
        return []
    due = later(pod.meta.created, REJECTED_AFTER)
    if due > observed.now:
        return [WakeAt(due, "the pod is turned away then")]
    body = {"status": {"phase": "Failed", "reason": "SysctlForbidden"}}
    return [Patch(*pod.key, body, "forbidden sysctl", patch_type=MERGE, subresource="status")]


def test_d_r1_rejected_pods_are_replaced_without_a_pause() -> None:
    """D-R1: pods that the kubelet turns away are replaced at once, for ever, and the failed ones pile up: thirty
    replicas turned away after a second make 1,800 failed pods a minute (upstream #72593, #131116). Here three."""
    strict = Controller("kubelet", "Pod", turn_away)
    cluster = checked(instead=[strict]).apply(replicaset(replicas=3))

    for second in (1, 5, 10, 20):
        later_on = cluster.advance(second)
        assert 3 * second == sum(pod.phase == "Failed" for pod in pods(later_on))
        assert 3 == later_on.get("rs", "web").status["replicas"]


def test_d_r2_scale_down_empties_the_crowded_node() -> None:
    """D-R2: with three pods on one node and two on another, scaling to two deletes all three of the crowded one: the
    crowd is counted once, before the first goes (upstream #102948)."""
    cluster = checked(nodes=2).apply(deployment(replicas=5)).settle()
    assert ["node-0", "node-0", "node-0", "node-1", "node-1"] == sorted(pod.node for pod in pods(cluster))

    assert ["node-1", "node-1"] == [pod.node for pod in pods(cluster.scale("deploy", "web", 2).settle())]


def pod(
    name: str, owner: Any, *, node: str = "n1", phase: str = "Running", ready: float | None = 100, **more: Any
) -> Any:
    """A pod of *owner*, ready for so many seconds (None: not ready)."""
    since = stamp(later(START, -(ready if ready is not None else 100)))
    reference = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": owner.name,
        "uid": owner.uid,
        "controller": True,
    }
    meta = {
        "name": name,
        "namespace": "default",
        "uid": more.get("uid", name),
        "labels": {"app": "web"},
        "annotations": {"controller.kubernetes.io/pod-deletion-cost": str(more.get("cost", 0))},
        "creationTimestamp": stamp(later(START, -more.get("age", 200))),
        "ownerReferences": [reference],
    }
    told = {
        "phase": phase,
        "conditions": [{"type": "Ready", "status": "False" if ready is None else "True", "lastTransitionTime": since}],
        "containerStatuses": [{"name": "app", "restartCount": more.get("restarts", 0)}],
    }
    spec = {"nodeName": node, "containers": [{"name": "app", "image": "app"}]}
    return read({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": told})


def owner(replicas: int) -> Any:
    raw = replicaset(replicas=replicas)
    controller = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "d", "controller": True}
    raw["metadata"] |= {"namespace": "default", "uid": "rs", "generation": 1, "ownerReferences": [controller]}
    return read(raw)


def view(*items: Any) -> Observed:
    return Observed(START, Store.of(items), NoLiveReads())


def order(*candidates: Any) -> list[str]:
    """In which order the pods go: by how many are wanted, one fewer each time, what is deleted more."""
    gone: list[str] = []
    for wanted in range(len(candidates) - 1, 0, -1):
        rs = owner(wanted)
        plan = REPLICASET.reconcile(rs, view(rs, *candidates))
        gone += sorted({action.name for action in plan if isinstance(action, Delete)} - set(gone))
    return [*gone, *sorted({item.name for item in candidates} - set(gone))]


def test_d_r3_the_order_of_deletion_spreads_over_nodes() -> None:
    """D-R3: unassigned pods go first, then by phase, unready ones, those of lower cost, those on crowded nodes (so
    that no node is emptied; upstream #138718), those ready for a shorter time, restarted more often, created later."""
    rs = owner(1)
    expected = [
        pod("j-unassigned", rs, node="", phase="Pending", ready=None),
        pod("i-pending", rs, phase="Pending", ready=None),
        pod("h-unknown", rs, phase="Unknown", ready=None),
        pod("g-unready", rs, ready=None),
        pod("f-cheap", rs, cost=-1),
        pod("e-crowded", rs, node="n1", ready=5000),
        pod("d-young", rs, node="n2", ready=10),
        pod("c-restarted", rs, node="n2", ready=1000, restarts=3),
        pod("b-newer", rs, node="n2", ready=1000, age=1100),
        pod("a-older", rs, node="n2", ready=1000, age=9000),
    ]
    crowd = [pod(f"zz-{number}", rs, node="n1", ready=9000, cost=5) for number in range(3)]

    assert names(expected) == order(*expected, *crowd)[: len(expected)]


@pytest.mark.parametrize("ages", [(100, 120), (120, 100)])
def test_d_r4_within_one_magnitude_of_age_the_uid_decides(ages: tuple[int, int]) -> None:
    """D-R4: ages are compared by magnitude, powers of two of a nanosecond; within one the uid decides, which looks
    random (upstream #111443). Between two the younger goes."""
    rs = owner(1)
    first, second = (pod(name, rs, ready=age, uid=uid) for name, age, uid in zip("ab", ages, "01", strict=True))
    assert ["a", "b"] == order(first, second)

    young, old = pod("y", rs, ready=130, uid="9"), pod("x", rs, ready=140, uid="1")
    assert ["y", "x"] == order(young, old)


def test_d_r5_a_cost_that_comes_after_the_decrease_is_not_looked_at() -> None:
    """D-R5: the cost counts as it is when the size is lowered; a cost set afterwards finds the pods chosen already
    (upstream #126138)."""
    cluster = checked().apply(replicaset(replicas=3)).settle().advance(100)
    chosen = set(names(pods(cluster))) - set(names(pods(cluster.scale("rs", "web", 2).settle())))
    dear = {"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "10"}}}
    (victim,) = chosen

    before = cluster.patch("pod", victim, dear).scale("rs", "web", 2).settle()
    assert victim in names(pods(before))
    gone = cluster.scale("rs", "web", 2).settle()
    assert victim not in names(pods(gone))


def issued(count: int, rejected_from: int) -> int:
    """How many pods a ReplicaSet that lacks *count* asks for if the API refuses from that request on."""
    steps, sent = script_of(REPLICASET)(owner(count), view(owner(count))), 0
    answer: Outcome | None = None
    while True:
        try:
            action = next(steps) if answer is None else steps.send(answer)
        except StopIteration:
            return sent
        sent += isinstance(action, Create)
        answer = Rejected(Reason.FORBIDDEN, "quota") if sent >= rejected_from else Applied()


def test_d_r6_creation_starts_slowly_and_comes_in_bursts() -> None:
    """D-R6: pods are created in batches of 1, 2, 4, ... and the first batch with an error is the last; one sync
    creates at most 500, so 1,200 replicas take three."""
    assert [1, 3, 7, 15, 40] == [issued(40, first) for first in (1, 2, 5, 8, 99)]

    cluster = Cluster.new(nodes=0, builtin=[REPLICASET]).apply(replicaset(replicas=1200))
    made, world = [0], cluster.world
    while (after := step(cluster.engine, world)) is not None:
        world = after
        made.append(len(world.store.owned("Pod", cluster.get("rs", "web").uid)))
    assert [500, 500, 200] == [new - old for old, new in pairwise(made) if new > old]


def test_d_r7_a_label_releases_a_pod_and_takes_it_back() -> None:
    """D-R7: a pod whose label changes is released and replaced; when the label comes back the pod is adopted again,
    and one pod is too many."""
    cluster = checked().apply(replicaset(replicas=2)).settle()
    stray = pods(cluster)[0].name
    released = cluster.patch("pod", stray, {"metadata": {"labels": {"app": "debug"}}}).settle()
    assert (3, None) == (len(pods(released)), released.get("pod", stray).meta.controller)

    back = released.patch("pod", stray, {"metadata": {"labels": {"app": "web"}}}).settle()
    assert 2 == len(pods(back))
    assert all(item.meta.controller is not None for item in pods(back))

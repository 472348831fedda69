"""Draining: who goes, who stays, what budgets say, and how kubectl tells it."""

from typing import Any

import pytest

from reconcile.cluster import Cluster
from reconcile.kubectl.drain import Drain, drain
from reconcile.kubectl.session import Session
from reconcile.nodes.behaviour import Behaviour
from tests.checked import status

LABELS = {"app": "web"}
BEGIN = Cluster.new().now


def web(replicas: int) -> dict[str, Any]:
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "c", "image": "x"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": LABELS}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web"}, "spec": spec}


def budget(**spec: Any) -> dict[str, Any]:
    spec = {"selector": {"matchLabels": LABELS}, **spec}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": spec}


def pod(**spec: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": "c", "image": "x"}], "nodeName": "node-0", **spec}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bare"}, "spec": spec}


def begun(*manifests: dict[str, Any]) -> Session:
    slow = (Behaviour(start=2, terminates=3),)
    cluster = Cluster.new(nodes=2, behaviours=slow).apply(manifests).settle().advance(10)
    return Session(cluster)


def out(session: Session) -> list[str]:
    return [piece.text.strip() for piece in session.printed if not piece.error]


def err(session: Session) -> list[str]:
    return [line for piece in session.pieces if piece.error for line in piece.text.splitlines()]


def daemons() -> dict[str, Any]:
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "c", "image": "x"}]}}
    spec = {"selector": {"matchLabels": LABELS}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "web"}, "spec": spec}


def here(session: Session, node: str = "node-0") -> list[str]:
    return sorted(item.name for item in session.cluster.all("Pod") if item.spec.get("nodeName") == node)


def test_pods_move() -> None:
    """The node is cordoned, its pods go, and others come elsewhere."""
    done = drain(begun(web(4)), ["node-0"], Drain())

    assert ["node/node-0 cordoned", "node/node-0 drained"] == [out(done)[0], out(done)[-1]]
    assert 2 == sum(line.endswith(" evicted") for line in out(done))
    assert {"node-1"} == {item.spec["nodeName"] for item in done.cluster.all("Pod")}


def test_a_budget_makes_it_slow() -> None:
    """One pod after the other: the next may go when the first has been replaced."""
    done = drain(begun(web(4), budget(maxUnavailable=1)), ["node-0"], Drain())
    evicted = {row.at for row in done.cluster.trace if row.actor == "user" and row.what.startswith("delete Pod")}

    assert 2 == len(evicted)
    assert 0 == done.code


def test_a_budget_forbids() -> None:
    """What a budget never allows is given up after the timeout, and the pods are still there."""
    done = drain(begun(web(4), budget(minAvailable="100%")), ["node-0"], Drain(timeout=20))

    assert 1 == done.code
    assert "global timeout reached" in done.failures[0].message
    assert 2 == sum(item.spec["nodeName"] == "node-0" for item in done.cluster.all("Pod"))


def test_without_eviction() -> None:
    """Who disables eviction disables budgets."""
    done = drain(begun(web(4), budget(minAvailable=4)), ["node-0"], Drain(disable_eviction=True))

    assert 0 == done.code


def test_bare_pods() -> None:
    """A pod that nobody would replace goes only by force."""
    start = begun(pod())
    refused = drain(start, ["node-0"], Drain())

    fault = "cannot delete Pods that declare no controller (use --force to override): default/bare"
    assert [
        f'error: unable to drain node "node-0" due to error: {fault}, continuing command...',
        "There are pending nodes to be drained:",
        " node-0",
        fault,
    ] == err(refused)
    assert 1 == len(refused.cluster.all("Pod"))
    forced = drain(start, ["node-0"], Drain(force=True))
    assert ["Warning: deleting Pods that declare no controller: default/bare"] == err(forced)
    assert [] == forced.cluster.all("Pod")


def test_local_storage() -> None:
    """A pod with an emptyDir wants a flag of its own."""
    start = begun(pod(volumes=[{"name": "v", "emptyDir": {}}]))
    refused = drain(start, ["node-0"], Drain(force=True))

    assert "--delete-emptydir-data" in refused.failures[0].message
    assert 0 == drain(start, ["node-0"], Drain(force=True, delete_emptydir_data=True)).code


def test_daemon_pods_stay() -> None:
    """Pods of a DaemonSet stand against draining, or are left where they are; one that has ended goes."""
    start = begun(daemons(), pod())
    (daemon,) = [name for name in here(start) if name != "bare"]
    refused = drain(start, ["node-0"], Drain())
    left = drain(start, ["node-0"], Drain(ignore_daemonsets=True, force=True))

    fault = (
        f"[cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): default/{daemon}, "
        "cannot delete Pods that declare no controller (use --force to override): default/bare]"
    )
    assert fault == err(refused)[-1]
    forced, ignored = "deleting Pods that declare no controller", "ignoring DaemonSet-managed Pods"
    assert [f"Warning: {forced}: default/bare; {ignored}: default/{daemon}"] == err(left)
    assert [daemon] == here(left)

    ended = start.on(status(start.cluster, "Pod", daemon, {"phase": "Failed"}))
    assert f"evicting pod default/{daemon}" in out(drain(ended, ["node-0"], Drain(force=True)))


def test_a_daemon_pod_without_its_set() -> None:
    """A pod whose DaemonSet is gone goes only by force."""
    start = begun(daemons())
    orphaned = start.on(start.cluster.delete("ds", "web", propagation="Orphan").settle())
    (daemon,) = here(orphaned)
    owner = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "web", "uid": "gone", "controller": True}
    body = {"metadata": {"ownerReferences": [owner]}}
    lost = orphaned.on(orphaned.cluster.patch("Pod", daemon, body))

    assert (
        f'cannot delete daemonsets.apps "web" not found: default/{daemon}' == err(drain(lost, ["node-0"], Drain()))[-1]
    )
    assert f"evicting pod default/{daemon}" in out(drain(lost, ["node-0"], Drain(force=True)))


def test_a_static_pod_is_nobodys_to_delete() -> None:
    """The copy of a pod that a kubelet runs by itself is left, without a word."""
    mirror = pod()
    mirror["metadata"]["annotations"] = {"kubernetes.io/config.mirror": "x"}
    done = drain(begun(mirror), ["node-0"], Drain())

    assert ["node/node-0 cordoned", "node/node-0 drained"] == out(done)
    assert ["bare"] == here(done)


def test_ended_pods_stand_against_nothing() -> None:
    """A bare pod with an emptyDir that has ended goes without any flag."""
    start = begun(pod(volumes=[{"name": "v", "emptyDir": {}}]))
    ended = start.on(status(start.cluster, "Pod", "bare", {"phase": "Succeeded"}))

    assert "node/node-0 drained" == out(drain(ended, ["node-0"], Drain()))[-1]


def test_nodes_are_cordoned_before_any_is_emptied() -> None:
    """So what leaves the first one does not come to the second; one that fails does not keep the others waiting."""
    done = drain(begun(web(2), pod()), ["node-0", "node-1"], Drain())

    assert ["node/node-0 cordoned", "node/node-1 cordoned"] == out(done)[:2]
    assert "node/node-1 drained" == out(done)[-1]
    assert " node-0" == err(done)[-2]


def test_all_pods_are_asked_at_once() -> None:
    """Nobody waits for the end of another; each is told of when it is gone."""
    done = drain(begun(web(4)), ["node-0"], Drain())

    assert ["evicting", "evicting"] == [line.split()[0] for line in out(done)[1:3]]
    assert 10 + 3 == (done.cluster.now - BEGIN).total_seconds()


def test_what_a_budget_forbids_is_asked_for_again() -> None:
    """Every 5 seconds, until the timeout; then kubectl says which pods are left."""
    start = begun(web(2), budget(minAvailable="100%"))
    (name,) = here(start)
    done = drain(start, ["node-0"], Drain(timeout=9))

    place, over = f'pods/"{name}" -n "default"', "global timeout reached: 9s"
    why = "Cannot evict pod as it would violate the pod's disruption budget."
    assert 2 * [f"error when evicting {place} (will retry after 5s): {why}"] == err(done)[:2]
    assert 2 == out(done).count(f"evicting pod default/{name}")
    assert [
        f'There are pending pods in node "node-0" when an error occurred: error when evicting {place}: {over}',
        f"pod/{name}",
    ] == err(done)[2:4]
    assert 19 == (done.cluster.now - BEGIN).total_seconds()


@pytest.mark.parametrize(
    ("policy", "kept", "code"), [("IfHealthyBudget", 1, 0), ("IfHealthyBudget", 2, 1), ("AlwaysAllow", 2, 0)]
)
def test_a_pod_that_is_not_ready_costs_a_budget_nothing(policy: str, kept: int, code: int) -> None:
    """It may go if enough others are healthy, or always if the budget says so."""
    start = begun(web(2), budget(minAvailable=kept, unhealthyPodEvictionPolicy=policy))
    (name,) = here(start)
    sick = status(start.cluster, "Pod", name, {"conditions": [{"type": "Ready", "status": "False"}]})

    assert code == drain(start.on(sick), ["node-0"], Drain(timeout=4)).code


def test_pods_that_do_not_end_in_time() -> None:
    """Asked to go is not gone."""
    start = begun(pod())
    evicted = drain(start, ["node-0"], Drain(force=True, timeout=1))
    deleted = drain(start, ["node-0"], Drain(force=True, timeout=1, disable_eviction=True))

    waiting = 'error when waiting for pod "bare" in namespace "default" to terminate: context deadline exceeded'
    assert waiting == err(evicted)[-1]
    assert "context deadline exceeded" == err(deleted)[-1]
    assert "evicting pod default/bare" not in out(deleted)

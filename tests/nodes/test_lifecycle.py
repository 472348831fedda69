"""Node lifecycle: nodes that go down, come back, are cordoned, tainted, or leave."""

from typing import Any

from reconcile.cluster import Cluster
from reconcile.model.node import STOPPED, Node
from reconcile.model.pod import Pod


def web(replicas: int = 2) -> dict[str, Any]:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "app"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"a": "b"}}, "template": template},
    }


def stop(cluster: Cluster, since: str | None) -> Cluster:
    return cluster.patch("node", "node-0", {"metadata": {"annotations": {STOPPED: since}}})


def pods(cluster: Cluster) -> list[Pod]:
    return [item for item in cluster.all("pod") if isinstance(item, Pod)]


def test_a_node_that_is_down_is_noticed_after_fifty_seconds() -> None:
    """It becomes unreachable, its pods are not ready; after five minutes they are evicted and replaced elsewhere."""
    cluster = stop(Cluster.new(nodes=2).apply(web()).settle(), "2026-01-01T00:00:00Z")
    noticed, evicted = cluster.advance(51), cluster.advance(400)
    node = noticed.get("node", "node-0")
    assert isinstance(node, Node)

    assert not cluster.advance(49).get("node", "node-0").spec.get("taints")
    assert {"NoSchedule", "NoExecute"} == {taint["effect"] for taint in node.taints}
    assert not node.ready
    assert [False, True] == sorted(pod.ready for pod in pods(noticed))
    assert ["node-1", "node-1"] == [pod.node for pod in pods(evicted) if pod.active]
    assert [True] == [pod.meta.deleting for pod in pods(evicted) if pod.node == "node-0"]


def test_a_node_that_comes_back() -> None:
    """Its taints go, it is ready again, and pods that were to go from it are gone."""
    cluster = stop(Cluster.new(nodes=2).apply(web()).settle(), "2026-01-01T00:00:00Z").advance(400)
    back = stop(cluster, None).advance(5)
    node = back.get("node", "node-0")
    assert isinstance(node, Node)

    assert node.ready
    assert not node.taints
    assert all(pod.ready for pod in pods(back))


def test_a_cordoned_node_is_tainted() -> None:
    """The taint follows the cordon, and goes with it."""
    cordoned = Cluster.new(nodes=1).patch("node", "node-0", {"spec": {"unschedulable": True}}).settle()
    taints = cordoned.get("node", "node-0").spec["taints"]

    assert ["node.kubernetes.io/unschedulable"] == [taint["key"] for taint in taints]
    freed = cordoned.patch("node", "node-0", {"spec": {"unschedulable": None}}).settle()
    assert not freed.get("node", "node-0").spec.get("taints")


def test_a_taint_that_is_not_tolerated_evicts() -> None:
    """Pods leave a node with a NoExecute taint; tolerationSeconds give them time."""
    cluster = Cluster.new(nodes=1).apply(web(1)).settle()
    tainted = cluster.patch("node", "node-0", {"spec": {"taints": [{"key": "x", "effect": "NoExecute"}]}}).settle()

    assert all(not pod.node for pod in pods(tainted))


def test_pods_of_a_node_that_left_go() -> None:
    """A pod on a node that does not exist any more is removed and replaced."""
    left = Cluster.new(nodes=2).apply(web()).settle().delete("node", "node-0").settle()

    assert ["node-1", "node-1"] == [pod.node for pod in pods(left)]


HELD = {"metadata": {"finalizers": ["example.com/held"]}}


def test_a_pod_that_is_held_on_a_node_that_left_has_failed() -> None:
    """It is not ready any more, says that the garbage collector of pods gave it up, and goes when it is let go."""
    cluster = Cluster.new(nodes=2).apply(web()).settle()
    name = next(pod.name for pod in pods(cluster) if pod.node == "node-0")
    left = cluster.patch("pod", name, HELD).delete("node", "node-0").settle()
    (pod,) = (pod for pod in pods(left) if pod.node == "node-0")

    assert ("Failed", True, False) == (pod.phase, pod.meta.deleting, pod.ready)
    assert "DeletionByPodGC" in [entry.get("reason") for entry in pod.conditions]
    assert name not in [pod.name for pod in pods(left.patch("pod", name, {"metadata": {"finalizers": None}}))]


def test_a_pod_that_goes_before_it_has_a_node_has_failed() -> None:
    """As long as a finalizer holds it, it says so: a Job may wait for that to replace it."""
    cluster = Cluster.new(nodes=0).apply(web(1)).settle()
    (pod,) = pods(cluster)
    gone = cluster.patch("pod", pod.name, HELD).delete("pod", pod.name).settle()

    assert [("Failed", True), ("Pending", False)] == sorted((pod.phase, pod.meta.deleting) for pod in pods(gone))

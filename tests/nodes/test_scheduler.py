"""The scheduler: who goes where, and why not."""

from collections import Counter
from typing import Any

import pytest

from reconcile.cluster import Cluster
from reconcile.model import condition
from reconcile.model.clock import instant
from reconcile.model.pod import Pod
from reconcile.store.seed import node

NOW = instant("2026-01-01T00:00:00Z")


def pod(name: str, **spec: Any) -> dict[str, Any]:
    containers = [{"name": "c", "image": "app", "resources": spec.pop("resources", {})}]
    return {"kind": "Pod", "metadata": {"name": name}, "spec": {"containers": containers, **spec}}


def nodes_of(cluster: Cluster) -> Counter[str]:
    return Counter(item.node for item in cluster.all("pod") if isinstance(item, Pod))


def why_not(cluster: Cluster, name: str) -> str:
    found = condition.find(cluster.get("pod", name).status.get("conditions"), "PodScheduled")
    assert found is not None
    return str(found.get("message"))


def test_pods_spread_over_the_nodes() -> None:
    """The node with the fewest pods is next."""
    cluster = Cluster.new(nodes=3)
    for index in range(6):
        cluster = cluster.create(pod(f"p{index}")).settle()

    assert {"node-0": 2, "node-1": 2, "node-2": 2} == nodes_of(cluster)


def test_a_full_node_takes_no_more() -> None:
    """Pods that do not fit by number, CPU or memory wait, and say what is missing."""
    small = node("small", NOW, capacity={"pods": "1", "cpu": "1", "memory": "1Gi"})
    cluster = Cluster.new(nodes=[small]).create(pod("a")).create(pod("b")).settle()
    hungry = Cluster.new(nodes=[small]).create(pod("c", resources={"requests": {"cpu": "2", "memory": "2Gi"}})).settle()

    assert {"small": 1, "": 1} == nodes_of(cluster)
    assert "0/1 nodes are available: 1 Too many pods." == why_not(cluster, "b")
    assert "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory." == why_not(hungry, "c")


def test_a_waiting_pod_goes_when_there_is_room() -> None:
    """A pod that fits nowhere is tried again when another one goes, or when a node comes."""
    small = node("small", NOW, capacity={"pods": "1"})
    cluster = Cluster.new(nodes=[small]).create(pod("a")).create(pod("b")).settle()

    assert {"small": 1} == nodes_of(cluster.delete("pod", "a").settle())
    assert {"small": 1, "new": 1} == nodes_of(cluster.create(node("new", NOW)).settle())


def test_a_pod_waits_for_its_claims() -> None:
    """It says which one is missing, or on its way out, and goes when all are there; a claim is not asked for more."""
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "disk"}}
    claim = {"kind": "PersistentVolumeClaim", "metadata": {"name": "disk"}}
    claim["spec"] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    waiting = Cluster.new(nodes=1).create(pod("p", volumes=[volume])).create(pod("q")).settle()
    held = Cluster.new(nodes=1).create(claim).patch("pvc", "disk", {"metadata": {"finalizers": ["a/b"]}}).settle()
    going = held.delete("pvc", "disk").create(pod("p", volumes=[volume])).settle()
    gone = going.patch("pvc", "disk", {"metadata": {"finalizers": None}}).settle()

    assert '0/1 nodes are available: persistentvolumeclaim "disk" not found.' == why_not(waiting, "p")
    assert {"node-0": 1, "": 1} == nodes_of(waiting)
    assert {"node-0": 2} == nodes_of(waiting.create(claim).settle())
    assert '0/1 nodes are available: persistentvolumeclaim "disk" is being deleted.' == why_not(going, "p")
    assert '0/1 nodes are available: persistentvolumeclaim "disk" not found.' == why_not(gone, "p")
    assert {"node-0": 1} == nodes_of(gone.create(claim).settle())


TAINTED = node("tainted", NOW, taints=[{"key": "gpu", "value": "yes", "effect": "NoSchedule"}])
TOLERATION = {"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("target", "spec", "reason"),
    [
        (TAINTED, {}, "1 node(s) had untolerated taint(s) {gpu: yes}"),
        (TAINTED, {"tolerations": [TOLERATION]}, ""),
        (node("n", NOW, labels={"zone": "a"}), {"nodeSelector": {"zone": "a"}}, ""),
        (node("n", NOW), {"nodeSelector": {"zone": "a"}}, "1 node(s) didn't match Pod's node affinity/selector"),
    ],
)
def test_selectors_and_taints(target: Any, spec: dict[str, Any], reason: str) -> None:
    """A node must be selected, and its taints tolerated."""
    cluster = Cluster.new(nodes=[target]).create(pod("p", **spec)).settle()

    assert (reason == "") == (nodes_of(cluster)[""] == 0)
    if reason:
        assert reason in why_not(cluster, "p")


def test_a_cordoned_node_takes_nothing() -> None:
    """A node that is cordoned is passed over until it is uncordoned."""
    cluster = Cluster.new(nodes=1).patch("node", "node-0", {"spec": {"unschedulable": True}}).create(pod("p")).settle()

    assert {"": 1} == nodes_of(cluster)
    assert {"node-0": 1} == nodes_of(cluster.patch("node", "node-0", {"spec": {"unschedulable": None}}).settle())


def test_gated_pods_wait() -> None:
    """A pod with scheduling gates is left alone."""
    cluster = Cluster.new().create(pod("p", schedulingGates=[{"name": "example.com/wait"}])).settle()

    assert {"": 1} == nodes_of(cluster)


def test_a_cluster_without_nodes() -> None:
    """There is nowhere to go."""
    assert "no nodes available" in why_not(Cluster.new(nodes=0).create(pod("p")).settle(), "p")

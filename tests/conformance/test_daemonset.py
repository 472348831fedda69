"""Conformance scenarios of the DaemonSet, re-expressed in virtual time; the titles are Kubernetes' own."""

from typing import Any

from reconcile import Cluster
from tests.checked import checked, condition, daemonset, images, names, pods, status, with_image
from tests.conformance.api import delete_collection, listed, works_as_status

NODES = ["node-0", "node-1", "node-2"]


def places(cluster: Cluster) -> list[str]:
    """On which nodes there are pods."""
    return sorted(pod.node for pod in pods(cluster))


def colour(cluster: Cluster, node: str, value: str | None) -> Cluster:
    return cluster.patch("Node", node, {"metadata": {"labels": {"color": value}}}).settle()


def test_creation() -> None:
    """[DaemonSet-Creation] A pod on each node, and another one where it is deleted; with the set all of them go."""
    cluster = checked().apply(daemonset()).settle()
    assert NODES == places(cluster)

    victim = pods(cluster)[0]
    revived = cluster.delete("pod", victim.name).settle()
    assert NODES == places(revived)
    assert victim.name not in names(pods(revived))

    assert [] == pods(revived.delete("ds", "web").settle())


def test_node_selection() -> None:
    """[DaemonSet-NodeSelection] Pods go where the label is, leave where it is not any more, and follow the selector."""
    item = daemonset()
    item["spec"]["template"]["spec"]["nodeSelector"] = {"color": "blue"}
    cluster = checked().apply(item).settle()
    assert [] == places(cluster)

    blue = colour(cluster, "node-1", "blue")
    assert ["node-1"] == places(blue)
    green = colour(blue, "node-1", "green")
    assert [] == places(green)

    body: dict[str, Any] = {"spec": {"template": {"spec": {"nodeSelector": {"color": "green"}}}}}
    assert ["node-1"] == places(green.patch("ds", "web", body).settle())


def test_failed_pod_creation() -> None:
    """[DaemonSet-FailedPodCreation] A pod that failed is deleted and made again on its node."""
    cluster = checked().apply(daemonset()).settle()
    victim = pods(cluster)[0]
    revived = status(cluster, "Pod", victim.name, {"phase": "Failed"}).advance(60)

    assert NODES == places(revived)
    assert victim.name not in names(pods(revived))
    assert ["Running"] * 3 == [pod.phase for pod in pods(revived)]


def test_rolling_update() -> None:
    """[DaemonSet-RollingUpdate] A new template gives each node a new pod, and the set a second revision."""
    cluster = checked().apply(daemonset(updateStrategy={"type": "RollingUpdate"})).settle()
    first = {pod.meta.labels["controller-revision-hash"] for pod in pods(cluster)}
    updated = with_image(cluster, "ds", "web", "app:2").settle()

    assert ["2", "2", "2"] == images(updated)
    assert [1, 2] == [item.raw["revision"] for item in _revisions(updated)]
    assert first.isdisjoint({pod.meta.labels["controller-revision-hash"] for pod in pods(updated)})


def _revisions(cluster: Cluster) -> list[Any]:
    return sorted(cluster.all("ControllerRevision"), key=lambda item: item.raw["revision"])


def test_rollback() -> None:
    """[DaemonSet-Rollback] Going back while the new template fails restarts no pod that still has the old one."""
    cluster = checked().apply(daemonset()).settle()
    before = {pod.name: pod.uid for pod in pods(cluster)}
    stuck = with_image(cluster, "ds", "web", "app:bad").settle()
    assert ["1", "1", "bad"] == sorted(images(stuck))

    back = with_image(stuck, "ds", "web", "app:1").settle()
    assert ["1", "1", "1"] == images(back)
    kept = {pod.name: pod.uid for pod in pods(back) if pod.name in before}
    assert 2 == len(kept)
    assert all(before[name] == uid for name, uid in kept.items())


def test_collection() -> None:
    """[DaemonSet, list and delete a collection of DaemonSets] Listed by their label, and gone with their pods."""
    item = daemonset()
    item["metadata"]["labels"]["e2e"] = "all"
    cluster = checked().apply([item, daemonset("kept")]).settle()
    assert ["web"] == names(listed(cluster, "DaemonSet", e2e="all"))

    after = delete_collection(cluster, "DaemonSet", e2e="all").settle()
    assert ["kept"] == names(after.all("DaemonSet"))
    assert NODES == places(after)


def test_status_subresource() -> None:
    """[DaemonSet, status sub-resource] What is written to the status is read from it, and the controller keeps it."""
    cluster = checked().apply(daemonset()).settle()
    after = colour(works_as_status(cluster, "DaemonSet", "web"), "node-0", "red")

    assert "True" == condition(after.get("ds", "web"), "StatusPatched")["status"]
    assert 3 == after.get("ds", "web").status["numberReady"]

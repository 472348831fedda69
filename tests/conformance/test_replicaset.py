"""Conformance scenarios of the ReplicaSet, re-expressed in virtual time; the titles are Kubernetes' own."""

from reconcile.model.resource import Resource
from tests.checked import checked, images, names, pods, replicaset, template
from tests.conformance.api import delete_collection, listed, works_as_scale, works_as_status


def owners(item: Resource) -> list[str]:
    return [owner["name"] for owner in item.look("metadata", "ownerReferences", default=[])]


def test_run_basic_image() -> None:
    """[Replica Set, run basic image] Each replica runs the image, is ready, and has an address to be asked at."""
    cluster = checked().apply(replicaset(image="agnhost:2.53", replicas=2)).settle()

    assert ["2.53", "2.53"] == images(cluster)
    assert [("Running", True)] * 2 == [(pod.phase, pod.ready) for pod in pods(cluster)]
    assert 2 == len({pod.status["podIP"] for pod in pods(cluster)})


def test_adopt_and_release() -> None:
    """[Replica Set, adopt matching pods and release non matching pods] A pod that is there already is taken; one whose
    label changes is let go, and replaced."""
    alone = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "alone", "labels": {"app": "web"}}}
    adopted = checked().apply({**alone, "spec": template()["spec"]}).settle().apply(replicaset(replicas=1)).settle()
    assert ["alone"] == names(pods(adopted))
    assert ["web"] == owners(adopted.get("pod", "alone"))

    released = adopted.patch("pod", "alone", {"metadata": {"labels": {"app": "other"}}}).settle()
    assert [] == owners(released.get("pod", "alone"))
    assert [["web"]] == [owners(pod) for pod in pods(released) if pod.name != "alone"]


def test_scale_subresource() -> None:
    """[ReplicaSet, completes the scaling of a ReplicaSet subresource] It is read, replaced and patched, and the pods
    follow."""
    cluster = works_as_scale(checked().apply(replicaset(replicas=1)).settle(), "ReplicaSet", "web").settle()

    assert 4 == len(pods(cluster))


def test_replace_and_patch() -> None:
    """[ReplicaSet, is created, Replaced and Patched] Replaced with two replicas it has two; patched with three and
    another image it makes one more, of that image, and keeps what runs."""
    one = checked().apply(replicaset(replicas=1)).settle()
    two = one.update(one.get("rs", "web").put(("spec", "replicas"), 2)).settle()
    assert 2 == two.get("rs", "web").status["readyReplicas"]

    container = {"name": "app", "image": "app:2"}
    body = {
        "metadata": {"labels": {"test-rs": "patched"}},
        "spec": {
            "replicas": 3,
            "template": {"spec": {"terminationGracePeriodSeconds": 0, "containers": [container]}},
        },
    }
    three = two.patch("rs", "web", body).settle()
    assert "patched" == three.get("rs", "web").meta.labels["test-rs"]
    assert 3 == three.get("rs", "web").status["readyReplicas"]
    assert ["1", "1", "2"] == sorted(images(three))


def test_collection() -> None:
    """[ReplicaSet, list and delete a collection of ReplicaSets] Listed by their label, and gone with their pods."""
    cluster = checked()
    for name in ("web-a", "web-b", "web-c"):
        item = replicaset(name, replicas=2)
        item["metadata"]["labels"]["e2e"] = "all"
        cluster = cluster.apply(item)
    cluster = cluster.apply(replicaset("kept", replicas=1)).settle()
    assert ["web-a", "web-b", "web-c"] == names(listed(cluster, "ReplicaSet", e2e="all"))

    after = delete_collection(cluster, "ReplicaSet", e2e="all").settle()
    assert ["kept"] == names(after.all("ReplicaSet"))
    assert [["kept"]] == [owners(pod) for pod in pods(after)]


def test_status_subresource() -> None:
    """[ReplicaSet, status sub-resource] What is written to the status is read from it, and the controller keeps it."""
    cluster = checked().apply(replicaset(replicas=1)).settle()
    after = works_as_status(cluster, "ReplicaSet", "web").settle().scale("rs", "web", 2).settle()

    assert ["StatusPatched"] == [entry["type"] for entry in after.get("rs", "web").status["conditions"]]

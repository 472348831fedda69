"""Conformance scenarios of the StatefulSet, re-expressed in virtual time; the titles are Kubernetes' own."""

from functools import reduce
from typing import Any

from reconcile import Cluster
from tests.checked import checked, deeds, images, names, pods, sick, statefulset, status, well, with_image
from tests.conformance.api import delete_collection, listed, works_as_scale, works_as_status

ORDINALS = ["web-0", "web-1", "web-2"]


def told(cluster: Cluster) -> tuple[Any, Any]:
    """The current and the update revision that the status tells."""
    found = cluster.get("sts", "web").status
    return found["currentRevision"], found["updateRevision"]


def partition(number: int) -> dict[str, Any]:
    return {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": number}}}


def test_rolling_update() -> None:
    """[StatefulSet, Rolling Update] Pods are replaced one at a time from the highest ordinal down; the status tells
    both revisions; a template that was there before is a rollback, without a new revision."""
    first = checked().apply(statefulset(replicas=3, image="app:1")).settle()
    old, same = told(first)
    assert old == same

    second = with_image(first, "sts", "web", "app:2").settle()
    new = told(second)[1]
    assert (new, new) == told(second)
    assert ["2", "2", "2"] == images(second)
    assert [f"delete Pod/web-{ordinal}" for ordinal in (2, 1, 0)] == deeds(second, "statefulset", "delete Pod")

    back = with_image(second, "sts", "web", "app:1").settle()
    assert (old, old) == told(back)
    assert 2 == len(back.all("ControllerRevision"))
    assert 3 == back.get("controllerrevision", old).raw["revision"]
    assert ["1", "1", "1"] == images(back)


def test_partition() -> None:
    """[StatefulSet, Rolling Update with Partition] A canary, then phases; pods that are deleted meanwhile come back at
    the revision of their side of the partition."""
    first = checked().apply(statefulset(replicas=3, image="app:1", **partition(3))).settle()
    held = with_image(first, "sts", "web", "app:2").settle()
    assert ["1", "1", "1"] == images(held)

    canary = held.patch("sts", "web", {"spec": partition(2)}).settle()
    assert ["1", "1", "2"] == images(canary)

    restored = canary.delete("pod", "web-0").delete("pod", "web-2").settle()
    assert ["1", "1", "2"] == images(restored)

    phased = restored
    for number, expected in ((1, ["1", "2", "2"]), (0, ["2", "2", "2"])):
        phased = phased.patch("sts", "web", {"spec": partition(number)}).settle()
        assert expected == images(phased)
    assert told(phased)[0] == told(phased)[1]


def test_scaling() -> None:
    """[StatefulSet, Scaling] Up in ascending order, down in descending order, and neither while a pod is unhealthy."""
    up = checked().apply(statefulset(replicas=1)).settle()
    halted = sick(up, "web-0").scale("sts", "web", 3).settle()
    assert ["web-0"] == names(pods(halted))

    healthy = well(halted, "web-0").settle()
    assert ["create Pod/web-0", "create Pod/web-1", "create Pod/web-2"] == deeds(healthy, "statefulset", "create Pod")

    stays = reduce(sick, ORDINALS, healthy).scale("sts", "web", 0).settle()
    assert ORDINALS == names(pods(stays))

    down = reduce(well, ORDINALS, stays).settle()
    assert [] == pods(down)
    assert [f"delete Pod/web-{ordinal}" for ordinal in (2, 1, 0)] == deeds(down, "statefulset", "delete Pod")


def test_burst_scaling() -> None:
    """[StatefulSet, Burst Scaling] With Parallel management unhealthy pods hold up neither scaling up nor down."""
    first = statefulset(image="app:unready", replicas=1, podManagementPolicy="Parallel")
    up = checked().apply(first).settle().scale("sts", "web", 3).settle()
    assert ["web-0", "web-1", "web-2"] == names(pods(up))
    assert 0 == up.get("sts", "web").status.get("readyReplicas", 0)

    assert [] == pods(up.scale("sts", "web", 0).settle())


def test_recreate_failed_pod() -> None:
    """[StatefulSet, Recreate Failed Pod] A pod that its node turned away is deleted, and made again under its name."""
    first = checked().apply(statefulset(replicas=1)).settle()
    failed = status(first, "Pod", "web-0", {"phase": "Failed", "reason": "Evicted"})
    again = failed.settle()

    assert ["web-0"] == names(pods(again))
    assert first.get("pod", "web-0").uid != again.get("pod", "web-0").uid
    assert ("Running", True) == (pods(again)[0].phase, pods(again)[0].ready)


def test_scale_subresource() -> None:
    """[StatefulSet resource Replica scaling] It is read, replaced and patched, and the pods follow."""
    cluster = works_as_scale(checked().apply(statefulset(replicas=1)).settle(), "StatefulSet", "web").settle()

    assert 4 == len(pods(cluster))


def test_collection() -> None:
    """[StatefulSet, list, patch and delete a collection of StatefulSets] Listed by their label, patched, and gone."""
    item = statefulset(replicas=1)
    item["metadata"]["labels"]["e2e"] = "all"
    cluster = checked().apply([item, statefulset("kept", replicas=1)]).settle()
    assert ["web"] == names(listed(cluster, "StatefulSet", e2e="all"))

    patched = with_image(cluster.patch("sts", "web", {"spec": {"replicas": 2}}), "sts", "web", "app:2").settle()
    assert 2 == patched.get("sts", "web").status["updatedReplicas"]

    after = delete_collection(patched, "StatefulSet", e2e="all").settle()
    assert (["kept"], ["kept-0"]) == (names(after.all("StatefulSet")), names(pods(after)))


def test_status_subresource() -> None:
    """[StatefulSet, status sub-resource] What is written to the status is read from it, and stays while no count
    changes; the next status that the controller writes has no conditions (contract statefulset 8)."""
    cluster = checked().apply(statefulset(replicas=1)).settle()
    after = works_as_status(cluster, "StatefulSet", "web").settle()
    assert ["StatusPatched"] == [entry["type"] for entry in after.get("sts", "web").status["conditions"]]

    assert "conditions" not in after.scale("sts", "web", 2).settle().get("sts", "web").status

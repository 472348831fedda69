"""The garbage collector: background, foreground, orphan."""

from typing import Any

import pytest

from reconcile.cluster import Cluster
from reconcile.model.pod import controller_reference


def web() -> dict[str, Any]:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "app"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "web"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"a": "b"}}, "template": template},
    }


CLUSTER = Cluster.new(nodes=1).apply(web()).settle()


@pytest.mark.parametrize(("propagation", "pods"), [("Background", 0), ("Foreground", 0), ("Orphan", 2)])
def test_what_becomes_of_the_dependents(propagation: str, pods: int) -> None:
    """They go with their owner, after it or before it, or stay without one."""
    after = CLUSTER.delete("rs", "web", propagation=propagation).settle()

    assert after.find("rs", "web") is None
    assert pods == len(after.all("pod"))
    assert all(not item.meta.owners for item in after.all("pod"))


def test_foreground_waits_for_the_dependents() -> None:
    """The owner is there, on its way out, until its last pod is gone."""
    held = CLUSTER.all("pod")[0]
    cluster = CLUSTER.patch("pod", held.name, {"metadata": {"finalizers": ["example.com/hold"]}})
    waiting = cluster.delete("rs", "web", propagation="Foreground").settle()

    assert waiting.get("rs", "web").meta.deleting
    assert [held.name] == [item.name for item in waiting.all("pod")]
    freed = waiting.patch("pod", held.name, {"metadata": {"finalizers": None}}).settle()
    assert freed.find("rs", "web") is None


def test_an_object_whose_owner_is_not_there_is_deleted() -> None:
    """A dependent that comes after its owner went does not stay."""
    reference = {**controller_reference(CLUSTER.get("rs", "web")), "uid": "another"}
    orphan = {"kind": "Pod", "metadata": {"name": "late", "ownerReferences": [reference]}}
    late = CLUSTER.create({**orphan, "spec": {"containers": [{"name": "c", "image": "app"}]}}).settle()

    assert late.find("pod", "late") is None


def test_of_several_owners_one_is_enough() -> None:
    """Only the reference to the owner that is gone is removed."""
    other = {"apiVersion": "v1", "kind": "Node", "name": "node-0", "uid": CLUSTER.get("node", "node-0").uid}
    first = CLUSTER.all("pod")[0]
    references = [*first.raw["metadata"]["ownerReferences"], other]
    shared = CLUSTER.patch("pod", first.name, {"metadata": {"ownerReferences": references}})
    after = shared.delete("rs", "web").settle()

    assert [["Node"]] == [[owner.kind for owner in item.meta.owners] for item in after.all("pod")]

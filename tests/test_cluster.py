"""The library's cluster: what its methods do, and that the old one stays."""

from typing import Any

import pytest

from reconcile import ApiError, Cluster, NotSettled, Reason
from reconcile.model.clock import later


def web(replicas: int = 2) -> dict[str, Any]:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "app"}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "web"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"a": "b"}}, "template": template},
    }


def test_a_new_cluster_has_what_clusters_have() -> None:
    """Namespaces, nodes, and the API's own Service."""
    cluster = Cluster.new()

    assert "default" in [item.name for item in cluster.all("ns")]
    assert 5 == len(cluster.all("nodes"))
    assert "10.0.0.1" == cluster.get("svc", "kubernetes").spec["clusterIP"]


def test_apply_creates_then_changes_then_leaves_alone() -> None:
    """A second apply changes what the manifest changes; a third one nothing at all."""
    first = Cluster.new().apply(web())
    second = first.apply(web(3))

    assert [2, 3] == [c.get("rs", "web").spec["replicas"] for c in (first, second)]
    assert second.apply(web(3)) is second


def test_apply_keeps_what_others_set() -> None:
    """What the manifest never named stays; what it named and no longer does goes."""
    first, second = web(), web()
    first["metadata"]["labels"] = {"mine": "1", "kept": "1"}
    second["metadata"]["labels"] = {"kept": "1"}
    cluster = Cluster.new().apply(first).patch("rs", "web", {"metadata": {"labels": {"theirs": "2"}}})

    assert {"kept": "1", "theirs": "2"} == cluster.apply(second).get("rs", "web").meta.labels


def test_scale_update_patch_delete() -> None:
    """Each gives a new cluster; the old one stays what it was."""
    cluster = Cluster.new().apply(web()).settle()
    scaled = cluster.scale("rs", "web", 4).settle()
    updated = scaled.update(scaled.get("rs", "web").put(("spec", "replicas"), 1)).settle()
    deleted = updated.delete("rs", "web").settle()

    assert [2, 4, 1, 0] == [len(c.all("pod")) for c in (cluster, scaled, updated, deleted)]


def test_what_is_refused_raises_with_the_answer() -> None:
    """The error holds the answer of the API; `send` gives it as a value."""
    with pytest.raises(ApiError, match=r'replicasets\.apps "web" not found') as caught:
        Cluster.new().get("rs", "web")
    assert Reason.NOT_FOUND is caught.value.outcome.reason
    with pytest.raises(ApiError, match=r"spec\.replicas"):
        Cluster.new().create(web(-1))


def test_time() -> None:
    """Settling takes none, advancing takes what it is told, running goes to the last wake-up."""
    cluster = Cluster.new().apply(web())

    assert cluster.now == cluster.settle().now
    assert later(cluster.now, 90) == cluster.advance(90).now
    assert 2 == len(cluster.run().all("pod"))
    ready = cluster.run_until(lambda c: c.get("rs", "web").status.get("readyReplicas") == 2, within=60)
    assert 2 == ready.get("rs", "web").status["readyReplicas"]
    with pytest.raises(NotSettled):
        cluster.run_until(lambda c: len(c.all("pod")) == 5, within=60)


def test_events_tell_what_happened() -> None:
    """Events are kept for an hour, by object."""
    cluster = Cluster.new().apply(web()).settle()
    told = cluster.events(cluster.get("rs", "web"))

    assert {"SuccessfulCreate"} == {note.reason for note in told}
    assert all("web-" in note.message for note in told)
    assert [] == cluster.advance(3700).events(cluster.get("rs", "web"))


def test_the_trace_can_be_kept_short() -> None:
    """With a limit only the newest rows are kept."""
    cluster = Cluster.new(trace_limit=3).apply(web()).settle()

    assert 3 == len(cluster.trace)

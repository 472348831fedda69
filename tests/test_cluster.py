"""The library's cluster: what its methods do, and that the old one stays."""

from typing import Any

import pytest

from reconcile import ApiError, Cluster, Controller, NotSettled, Reason
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


def test_it_is_shown_in_a_line() -> None:
    """A cluster that is printed tells its time and its size, not its thousand parts."""
    assert "<Cluster at 2026-01-01T00:00:00Z: 6 objects, 0 syncs>" == repr(Cluster.new(nodes=1))


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_time_passes_forward(seconds: float) -> None:
    """Nothing is played backwards, and no such wish is passed over."""
    with pytest.raises(ValueError, match="time passes forward"):
        Cluster.new(nodes=0).advance(seconds)


def test_controllers_have_names_of_their_own() -> None:
    """A second controller of one name would share the other's place in the queue."""
    with pytest.raises(ValueError, match=r"same name: replicaset$"):
        Cluster.new(controllers=[Controller("replicaset", "Thing", lambda item, observed: [])])


@pytest.mark.parametrize(
    ("manifest", "error", "told"),
    [
        ("kind: Pod", TypeError, r"read it with loads\(\)"),
        ({"metadata": {"name": "x"}}, ValueError, "a manifest names its kind"),
        ({"kind": "Pod", "apiVersion": "v1"}, ApiError, r"metadata\.name"),
    ],
)
def test_what_is_no_manifest(manifest: Any, error: type[Exception], told: str) -> None:
    """The error says what was expected."""
    with pytest.raises(error, match=told):
        Cluster.new(nodes=0).apply(manifest)


def test_an_unknown_propagation_is_refused() -> None:
    """Nothing is deleted in a way that nobody knows."""
    cluster = Cluster.new().apply(web()).settle()

    with pytest.raises(ApiError, match="propagationPolicy"):
        cluster.delete("rs", "web", propagation="foreground")


@pytest.mark.parametrize(
    ("plan", "told"),
    [(None, "not iterable"), ([5], "expected an action such as Create or Patch, got 5"), ("x", "got 'x'")],
)
def test_what_goes_wrong_in_a_controller_tells_which_one(plan: Any, told: str) -> None:
    """The error of a controller says in a note whose it is, and at what it looked."""
    broken = Controller("broken", "Thing", lambda item, observed: plan)
    cluster = Cluster.new(nodes=0, controllers=[broken]).create({"kind": "Thing", "metadata": {"name": "t"}})

    with pytest.raises(TypeError, match=told) as caught:
        cluster.settle()

    assert ["when the controller 'broken' looked at Thing/t"] == caught.value.__notes__

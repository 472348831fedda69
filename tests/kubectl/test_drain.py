"""Draining: who goes, who stays, and what budgets say."""

from typing import Any

from reconcile.cluster import Cluster
from reconcile.kubectl.drain import Drain, drain
from reconcile.kubectl.session import Session
from reconcile.nodes.behaviour import Behaviour

LABELS = {"app": "web"}


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

    assert "declare no controller (use --force to override): default/bare" in refused.failures[0].message
    assert 1 == len(refused.cluster.all("Pod"))
    assert [] == drain(start, ["node-0"], Drain(force=True)).cluster.all("Pod")


def test_local_storage() -> None:
    """A pod with an emptyDir wants a flag of its own."""
    start = begun(pod(volumes=[{"name": "v", "emptyDir": {}}]))
    refused = drain(start, ["node-0"], Drain(force=True))

    assert "--delete-emptydir-data" in refused.failures[0].message
    assert 0 == drain(start, ["node-0"], Drain(force=True, delete_emptydir_data=True)).code

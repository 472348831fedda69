"""A store without indexes answers as the real one does."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.children import Children
from reconcile.cluster import Cluster
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.store.store import Store
from reconcile.testing.explore.small import Small
from reconcile.testing.explore.traced import ALL, Log, Traced
from tests.checked import daemonset, deployment, replicaset


def cluster() -> Cluster:
    """Three nodes with a Deployment, a DaemonSet and what nobody owns, on other nodes and in other namespaces."""
    world = Cluster.new(nodes=3).create(deployment("web", replicas=3)).create(daemonset("agent")).settle()
    return world.create(replicaset("other", replicas=1), namespace="kube-system").settle().create(ALONE)


ALONE = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "alone", "labels": {"app": "web"}},
    "spec": {"containers": [{"name": "app", "image": "app:1", "resources": {"requests": {"cpu": "1"}}}]},
}
REAL: Store = cluster().world.store
ITEMS = [item for kind in REAL.kinds for item in REAL.all(kind)]
SMALL = Small.over(ITEMS)
TRACED = Traced(objects=SMALL.objects, log=Log())
UIDS = [item.uid for item in ITEMS]
NODES = ["node-0", "node-1", "node-2", "", "?", "elsewhere"]


def plain(found: Any) -> Any:
    """What is found, as a value to compare."""
    if isinstance(found, Children):
        return list(found)
    if isinstance(found, Resource) or found is None or isinstance(found, int | str | tuple):
        return found
    return list(found)


QUESTIONS: list[Callable[[Store], Any]] = [
    *(lambda s, k=k: s.all(k) for k in (*REAL.kinds, "Job")),
    *(lambda s, k=k: s.all(k, "kube-system") for k in REAL.kinds),
    *(lambda s, k=k: s.count(k) for k in REAL.kinds),
    *(lambda s, i=i: s.get(*i.key) for i in ITEMS),
    *(lambda s, u=u: s.owned("Pod", u) for u in UIDS),
    *(lambda s, u=u: s.dependents(u) for u in UIDS),
    *(lambda s, n=n: s.on_node(n) for n in NODES),
    *(lambda s, n=n: s.used(n) for n in NODES),
    lambda s: s.orphans("Pod", "default"),
    lambda s: s.orphans("Pod", "kube-system"),
    lambda s: s.kinds,
    lambda s: s.get("Pod", "default", "nobody"),
    lambda s: s.nodes_by_load(),
]


@pytest.mark.parametrize("number", range(len(QUESTIONS)))
def test_the_same_answers(number: int) -> None:
    """Whatever is asked, the real store, the small one and the one that notes it say the same."""
    ask = QUESTIONS[number]

    assert plain(ask(REAL)) == plain(ask(SMALL)) == plain(ask(TRACED))
    assert TRACED.log.readings


def test_pods_that_are_alike() -> None:
    """How many active pods with the same labels each node has: as the real store counts them."""
    for hashed in (None, "", REAL.all("ReplicaSet")[0].meta.labels.get("pod-template-hash", "")):
        for namespace in ("default", "kube-system"):
            real = {labels: dict(counts) for labels, counts in REAL.alike(namespace, hashed)}
            for store in (SMALL, TRACED):
                found = {labels: dict(counts) for labels, counts in store.alike(namespace, hashed)}
                assert {k: v for k, v in real.items() if any(v.values())} == found


def test_a_daemon() -> None:
    """What a DaemonSet has on which node; None if there is no such DaemonSet."""
    uid = REAL.all("DaemonSet")[0].uid
    real = REAL.daemon(uid)
    assert real is not None
    for store in (SMALL, TRACED):
        found = store.daemon(uid)
        assert found is not None
        assert real == found
        assert store.daemon("nobody") is None
    assert ALL in TRACED.log.readings


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(ITEMS)), max_size=12))
def test_writing(writes: list[tuple[bool, Resource]]) -> None:
    """After any writes both hold the same; what changes nothing gives the same store."""
    real: Store = Store.of(ITEMS)
    small: Store = SMALL
    for puts, item in writes:
        new = item.put(("metadata", "labels"), {"written": "yes"})
        real = real.put(new) if puts else real.remove(*item.key)
        small = small.put(new) if puts else small.remove(*item.key)

    assert [item for kind in real.kinds for item in real.all(kind)] == [
        item for kind in sorted(small.kinds) for item in small.all(kind)
    ]
    assert small is small.remove("Pod", "default", "nobody")
    first = next(iter(small.all("Namespace")), None)
    assert first is None or small is small.put(first)


def test_nothing_is_shared_by_writing() -> None:
    """A store that was written from stays as it is."""
    before = list(SMALL.all("Pod"))
    SMALL.put(read({"kind": "Pod", "metadata": {"name": "new", "namespace": "default"}}))
    SMALL.remove("Pod", "default", "alone")

    assert before == SMALL.all("Pod")


def test_nameless_objects_are_not_noted_by_name() -> None:
    """That one of the nameless objects was read by its name says nothing; nor does a name that is being made up."""
    log = Log([("Pod", "default", "alone")])
    store = Traced(objects=SMALL.objects, log=log)

    assert store.get("Pod", "default", "alone") == store.there("Pod", "default", "alone")
    new, letters = store.next_suffix()
    assert new.get("Pod", "default", f"web-{letters}") is None
    assert store.there("Pod", "default", f"web-{letters}") is None
    assert {} == log.readings

    assert store.peek("Node", "", "node-0") == store.there("Node", "", "node-0")
    assert [("there", ("Node", "", "node-0"))] == list(log.readings)

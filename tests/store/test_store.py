"""The store: every index equals the one rebuilt from scratch, and old stores stay what they were."""

from collections import Counter
from typing import Any

from attrs import fields
from hypothesis import given
from hypothesis import strategies as st

from reconcile.model.objects import read
from reconcile.model.pod import UNSCHEDULABLE
from reconcile.model.requests import NO_AMOUNT, of_pod
from reconcile.model.resource import Resource
from reconcile.store.store import Store

NAMES = st.sampled_from(["a", "b", "c", "d"])
NODES = st.sampled_from(["", "node-0", "node-1", "gone"])
UIDS = st.sampled_from(["u1", "u2", "u3"])


@st.composite
def pods(draw: st.DrawFn) -> Resource:
    owners = draw(st.lists(UIDS, max_size=2, unique=True))
    controller = draw(st.integers(-1, len(owners) - 1))
    refs = [
        {"apiVersion": "v1", "kind": "Owner", "name": uid, "uid": uid, "controller": index == controller}
        for index, uid in enumerate(owners)
    ]
    meta: dict[str, Any] = {
        "name": draw(NAMES),
        "namespace": draw(st.sampled_from(["x", "y"])),
        "ownerReferences": refs,
    }
    meta["uid"] = f"uid-{meta['namespace']}-{meta['name']}"
    meta["labels"] = draw(
        st.dictionaries(st.sampled_from(["app", "pod-template-hash"]), st.sampled_from("12"), max_size=2)
    )
    if draw(st.booleans()):
        meta["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    ready = {"type": "Ready", "status": draw(st.sampled_from(["True", "False"]))}
    ready["lastTransitionTime"] = draw(st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01T00:00:09Z"]))
    told = draw(st.sampled_from([[], [{"type": "PodScheduled", "status": "False"}]]))
    return read(
        {
            "kind": "Pod",
            "metadata": meta,
            "spec": {"nodeName": draw(NODES), "containers": [{"resources": {"requests": {"cpu": "100m"}}}]},
            "status": {"phase": draw(st.sampled_from(["Pending", "Running", "Failed"])), "conditions": [ready, *told]},
        }
    )


@st.composite
def writes(draw: st.DrawFn) -> tuple[str, Any]:
    kind = draw(st.sampled_from(["put", "put", "remove", "node", "lose node"]))
    if kind == "put":
        return kind, draw(pods())
    if kind == "remove":
        return kind, ("Pod", draw(st.sampled_from(["x", "y"])), draw(NAMES))
    return kind, draw(st.sampled_from(["node-0", "node-1"]))


def written(store: Store, write: tuple[str, Any]) -> Store:
    kind, what = write
    if kind == "put":
        return store.put(what)
    if kind == "remove":
        return store.remove(*what)
    if kind == "lose node":
        return store.remove("Node", "", what)
    return store.put(read({"kind": "Node", "metadata": {"name": what}}))


@given(st.lists(writes(), max_size=25))
def test_indexes_equal_the_ones_rebuilt(history: list[tuple[str, Any]]) -> None:
    """After any history each index is what putting in what is left gives."""
    store = Store()
    for write in history:
        store = written(store, write)
    rebuilt = Store.of(item for kind in store.kinds for item in store.all(kind))

    for part in fields(Store):
        if part.name not in ("objects", "load"):
            assert getattr(rebuilt, part.name) == getattr(store, part.name), part.name
    assert rebuilt.load.used == store.load.used
    assert list(rebuilt.load.order) == list(store.load.order)


@given(st.lists(writes(), max_size=25))
def test_indexes_say_what_a_scan_says(history: list[tuple[str, Any]]) -> None:
    """Children, orphans, pods by node, dependents and load are what looking at every object finds."""
    store = Store()
    for write in history:
        store = written(store, write)
    everything: list[Any] = store.all("Pod")

    for uid in ("u1", "u2", "u3"):
        controlled = [p for p in everything if p.meta.controller is not None and p.meta.controller.uid == uid]
        assert sorted(controlled, key=lambda p: p.name) == sorted(store.owned("Pod", uid), key=lambda p: p.name)
        assert [p for p in everything if uid in {r.uid for r in p.meta.owners}] == store.dependents(uid)
    for place in ("", UNSCHEDULABLE, "node-0", "gone"):
        assert Counter(p.key for p in everything if p.standing == place) == Counter(p.key for p in store.on_node(place))
    for node in ("node-0", "gone"):
        asked = NO_AMOUNT
        for pod in everything:
            asked = asked.plus(of_pod(pod.spec)) if pod.node == node and not pod.finished else asked
        assert asked == store.used(node)


@given(st.lists(writes(), min_size=1, max_size=10))
def test_an_old_store_stays_what_it_was(history: list[tuple[str, Any]]) -> None:
    """Writing gives a new store and leaves the old one alone."""
    store = Store()
    for write in history[:-1]:
        store = written(store, write)
    before = [item.raw for item in store.all("Pod")]
    written(store, history[-1])

    assert before == [item.raw for item in store.all("Pod")]


def test_the_same_object_again_is_the_same_store() -> None:
    """Putting in what is there already gives the very same store."""
    item = read({"kind": "Pod", "metadata": {"name": "a"}})
    store = Store().put(item)

    assert store.put(item) is store
    assert store.remove("Pod", "", "b") is store


def test_names_follow_from_the_seed() -> None:
    """Equal seeds give equal uids and suffixes; another seed gives others."""
    draws = [[Store(seed=seed).next_uid()[1], Store(seed=seed).next_suffix()[1]] for seed in (1, 1, 2)]

    assert draws[0] == draws[1]
    assert draws[0] != draws[2]


def test_draws_differ() -> None:
    """No two uids are equal, and a suffix has five letters of the API server's alphabet."""
    store = Store()
    uids = set()
    for _ in range(1000):
        store, uid = store.next_uid()
        uids.add(uid)
    _, suffix = store.next_suffix()

    assert 1000 == len(uids)
    assert 5 == len(set(suffix) & set("bcdfghjklmnpqrstvwxz2456789")) or len(suffix) == 5


def test_namesakes_on_one_node_are_two() -> None:
    """Two pods that differ in nothing but their namespace are two on the node that they share, and go one by one."""
    one, other = (
        read({"kind": "Pod", "metadata": {"name": "a", "namespace": namespace}, "spec": {"nodeName": "node-0"}})
        for namespace in ("x", "y")
    )
    store = Store.of([one, other])

    assert [one, other] == list(store.on_node("node-0"))
    assert [other] == list(store.remove(*one.key).on_node("node-0"))
    assert [] == list(store.remove(*one.key).remove(*other.key).on_node("node-0"))


def test_namesakes_with_one_owner_are_two() -> None:
    """So are two ReplicaSets with the name and the owner of each other: an owner is found by its uid alone."""
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "u", "controller": True}
    sets = [
        read({"kind": "ReplicaSet", "metadata": {"name": "a", "namespace": namespace, "ownerReferences": [owner]}})
        for namespace in ("x", "y")
    ]

    assert sets == list(Store.of(sets).owned("ReplicaSet", "u"))

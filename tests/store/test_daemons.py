"""DaemonSets on all nodes: what is folded in is what looking at everything finds."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reconcile.daemons import Daemon, Entry, matured
from reconcile.model.clock import instant
from reconcile.model.daemonset import DaemonSet, eligible, target_node
from reconcile.model.node import Node
from reconcile.model.objects import read
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.model.selector import Selector
from reconcile.store.store import Store

NODES = st.sampled_from(["n0", "n1", "n2"])
TIMES = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:09Z", None]
TAINTS = [{"key": "gpu", "effect": effect} for effect in ("NoSchedule", "NoExecute", "PreferNoSchedule")]


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """What is *usual* in two of three draws."""
    return st.sampled_from([usual] * 2 * len(others) + list(others))


LABELS = mostly({"app": "a"}, {"app": "b"}, {"app": "a", "pod-template-generation": "1"})


def pinned(node: str) -> dict[str, Any]:
    terms = [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return {"affinity": {"nodeAffinity": required}}


@st.composite
def daemon_sets(draw: st.DrawFn) -> Resource:
    name = draw(st.sampled_from("dde"))
    spec: dict[str, Any] = draw(st.sampled_from([{}, {"nodeSelector": {"zone": "x"}}, {"nodeName": "n1"}]))
    tolerations = draw(st.sampled_from([[], [{"operator": "Exists"}]]))
    selector = draw(mostly({"matchLabels": {"app": "a"}}, {"matchExpressions": [{"operator": "Nonsense"}]}))
    return read(
        {
            "kind": "DaemonSet",
            "metadata": {"name": name, "namespace": "x", "uid": draw(mostly(f"u-{name}", f"again-{name}"))},
            "spec": {"selector": selector, "template": {"spec": {**spec, "tolerations": tolerations}}},
            "status": {"numberReady": draw(st.integers(0, 1))},
        }
    )


@st.composite
def nodes(draw: st.DrawFn) -> Resource:
    labels = draw(st.sampled_from([{}, {"zone": "x"}]))
    taints = draw(st.lists(st.sampled_from(TAINTS), max_size=1))
    return read({"kind": "Node", "metadata": {"name": draw(NODES), "labels": labels}, "spec": {"taints": taints}})


@st.composite
def pods(draw: st.DrawFn) -> Resource:
    owner = draw(st.sampled_from("dde"))
    uid = draw(mostly(f"u-{owner}", "u-e", f"again-{owner}"))
    kind = draw(mostly("DaemonSet", "ReplicaSet"))
    reference = {"kind": kind, "name": owner, "uid": uid, "controller": draw(mostly(True, False))}
    meta: dict[str, Any] = {"name": draw(st.sampled_from("pqrs")), "namespace": draw(mostly("x", "y"))}
    meta |= {"uid": "p", "labels": draw(LABELS), "ownerReferences": [reference]}
    meta |= {"creationTimestamp": draw(st.sampled_from(TIMES))}
    meta |= draw(mostly({}, {"deletionTimestamp": TIMES[0]}))
    ready: dict[str, Any] = {"type": "Ready", "status": draw(mostly("True", "False"))}
    ready |= {"lastTransitionTime": draw(st.sampled_from(TIMES))}
    spec: dict[str, Any] = draw(st.sampled_from([{}, {"nodeName": "n0"}, {"nodeName": "gone"}, pinned("n1")]))
    status = {"phase": draw(st.sampled_from(["Pending", "Running", "Failed"])), "conditions": [ready]}
    return read({"kind": "Pod", "metadata": meta, "spec": spec, "status": status})


KEYS = st.one_of(
    st.tuples(st.just("Pod"), st.sampled_from("xy"), st.sampled_from("pqrs")),
    st.tuples(st.just("Node"), st.just(""), NODES),
    st.tuples(st.just("DaemonSet"), st.just("x"), st.sampled_from("de")),
)
WRITES = st.one_of(daemon_sets(), nodes(), pods(), pods(), pods(), KEYS)
HISTORIES = st.lists(WRITES, min_size=5, max_size=25)


def written(history: Sequence[Resource | tuple[str, str, str]]) -> Store:
    store = Store()
    for write in history:
        store = store.put(write) if isinstance(write, Resource) else store.remove(*write)
    return store


def owned(store: Store, ds: Resource) -> list[Pod]:
    """The pods that *ds* controls, found by looking at all."""
    found = [pod for pod in store.all("Pod") if isinstance(pod, Pod)]
    owners = [(pod, pod.meta.controller) for pod in found if pod.namespace == ds.namespace]
    return [pod for pod, o in owners if o is not None and (o.kind, o.name, o.uid) == ("DaemonSet", ds.name, ds.uid)]


@given(HISTORIES)
def test_folding_equals_looking_at_everything(history: list[Any]) -> None:
    """After any history each DaemonSet is on its nodes as a look at all nodes and pods finds it, and no other is."""
    store = written(history)
    sets = [ds for ds in store.all("DaemonSet") if isinstance(ds, DaemonSet)]
    everywhere = [node for node in store.all("Node") if isinstance(node, Node)]

    assert {ds.uid for ds in sets} == set(store.daemons)
    for ds in sets:
        assert Daemon.of(ds, everywhere, owned(store, ds)) == store.daemon(ds.uid)


@given(HISTORIES, st.sampled_from([0, 1, 10]))
def test_groups_say_what_entries_say(history: list[Any], seconds: int) -> None:
    """Entries hold the pods that are selected, not on their way out after their end, by node; groups hold entries."""
    now = instant("2026-01-01T00:00:10Z")
    for uid, daemon in written(history).daemons.items():
        grouped = [(trait, entry) for trait, group in daemon.groups.items() for entry in group.entries.values()]
        assert {entry.node: entry for _, entry in grouped} == dict(daemon.entries), uid
        for trait, entry in grouped:
            assert trait == entry.trait
            places = [(place, pod) for place, pod in enumerate(entry.pods) if pod.available(seconds, now)]
            group, end = daemon.groups[trait], matured(seconds, now)
            mature = [place for place in range(len(entry.pods)) if entry in group.mature(place, end)]
            assert [place for place, _ in places] == mature
            for place, pod in enumerate(entry.pods):
                assert (pod.ready and place not in mature) == (entry in group.young(place, end))
                assert len(group.mature(place, end)) == group.available(place, end)


@given(st.lists(st.one_of(nodes(), pods(), pods()), min_size=5, max_size=15), daemon_sets())
def test_an_entry_says_what_is_on_its_node(history: list[Any], item: Resource) -> None:
    """Every node has an entry that says whether it takes pods, and every selected pod with a node is on an entry."""
    store = written([item, *history])
    (ds,) = (each for each in store.all("DaemonSet") if isinstance(each, DaemonSet))
    daemon = store.daemons[ds.uid]

    for node in store.all("Node"):
        assert isinstance(node, Node)
        entry = daemon.entries[node.name]
        assert (True, *eligible(ds.pod_spec, node)) == (entry.exists, entry.should_run, entry.should_continue)
    here = {pod.name: entry.node for entry in daemon.entries.values() for pod in entry.pods}
    assert {pod.name: target_node(pod) for pod in owned(store, ds) if counts(daemon, pod)} == here


def counts(daemon: Daemon, pod: Pod) -> bool:
    ended = pod.finished and pod.meta.deleting
    return daemon.selector.matches(pod.meta.labels) and not ended and target_node(pod) != ""


def pod(name: str, **change: Any) -> Pod:
    meta = {"name": name, "namespace": "x", "labels": {"app": "a"}, "creationTimestamp": TIMES[0], **change}
    return Pod({"kind": "Pod", "metadata": meta, "spec": change.get("spec") or {}})


def test_the_senior_pod_is_first() -> None:
    """Bound pods come before unbound ones, older before younger, and of one age the first by name."""
    entry = Entry("n0")
    for each in (pod("d", spec={"nodeName": "n0"}), pod("c"), pod("b", creationTimestamp=TIMES[1]), pod("a")):
        entry = entry.put(each)

    assert ["d", "a", "c", "b"] == [each.name for each in entry.pods]
    assert ["d", "c", "b"] == [each.name for each in entry.discard(pod("a")).pods]


def test_a_change_that_means_nothing_gives_the_same_value() -> None:
    """A node that stays as eligible as it was, or one that is not there and leaves, changes nothing."""
    node = Node({"kind": "Node", "metadata": {"name": "n0"}})
    daemon = Daemon(("DaemonSet", "x", "d"), read({"spec": {}}).spec, Selector.parse({})).put_node(node)

    assert daemon.put_node(Node({"kind": "Node", "metadata": {"name": "n0", "labels": {"a": "b"}}})) is daemon
    assert daemon.remove_node("n1") is daemon
    assert daemon.remove_pod(pod("a", spec={"nodeName": "n1"})) is daemon


def test_a_pod_that_ended_and_goes_leaves_its_place() -> None:
    """A pod on its way out counts as long as it may still run, and no longer."""
    daemon = Daemon(("DaemonSet", "x", "d"), read({"spec": {}}).spec, Selector.parse({"matchLabels": {"app": "a"}}))
    going = pod("a", spec={"nodeName": "n0"}, deletionTimestamp=TIMES[0])
    held = daemon.put_pod(going)

    assert (going,) == held.entries["n0"].pods
    assert daemon == daemon.put_pod(going.put(("status", "phase"), "Failed"))
    assert daemon == held.remove_pod(going)

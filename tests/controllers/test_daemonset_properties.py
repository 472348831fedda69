"""What must be true of a DaemonSet whatever happens: one pod a node, only where it belongs, and everywhere it does.

A random DaemonSet lives on a random cluster, whose nodes come, go, are cordoned, tainted and labelled, and whose pods
fail, end and are deleted; the controllers act in random order. Whether a node takes a pod is worked out here anew.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from reconcile.actions import MERGE, Delete, Patch
from reconcile.cluster import Cluster
from reconcile.engine.run import Policy, scrambled, shuffled
from reconcile.engine.world import START, World
from reconcile.model.daemonset import target_node
from reconcile.model.json import freeze
from reconcile.model.node import Node
from reconcile.model.pod import Pod
from reconcile.nodes.behaviour import Behaviour
from reconcile.store.seed import node
from reconcile.store.store import Store

NAMES = ["n0", "n1", "n2", "n3"]
ZONES = [{}, {"zone": "x"}, {"zone": "y"}]
GPU = {"key": "gpu", "value": "yes"}
TAINTS: list[list[dict[str, str]]] = [
    [],
    [{**GPU, "effect": "NoSchedule"}],
    [{**GPU, "effect": "NoExecute"}],
    [{**GPU, "effect": "PreferNoSchedule"}],
    [{"key": "node.kubernetes.io/disk-pressure", "effect": "NoSchedule"}],
]
STRATEGIES: list[dict[str, Any]] = [
    {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
    {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "50%"}},
    {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
    {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "60%"}},
    {"type": "OnDelete"},
]


@st.composite
def daemon_sets(draw: st.DrawFn) -> dict[str, Any]:
    pods: dict[str, Any] = {"containers": [{"name": "main", "image": "agent:1"}], "terminationGracePeriodSeconds": 3}
    pods |= draw(st.sampled_from([{}, {"nodeSelector": {"zone": "x"}}, {"tolerations": [{"key": "gpu"} | EXISTS]}]))
    spec = {
        "selector": {"matchLabels": {"app": "agent"}},
        "template": {"metadata": {"labels": {"app": "agent"}}, "spec": pods},
        "updateStrategy": draw(st.sampled_from(STRATEGIES)),
        "minReadySeconds": draw(st.sampled_from([0, 5])),
    }
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": spec}


EXISTS = {"operator": "Exists"}


def nodes() -> st.SearchStrategy[list[dict[str, Any]]]:
    one = st.tuples(st.sampled_from(NAMES), st.sampled_from(ZONES), st.sampled_from(TAINTS))
    return st.lists(one, max_size=4, unique_by=lambda each: each[0]).map(
        lambda found: [node(name, START, labels=labels, taints=taints) for name, labels, taints in found]
    )


# --- what happens ------------------------------------------------------------------------------------------------

Event = tuple[str, Any, Any]
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.tuples(st.just("node"), st.sampled_from(NAMES), st.tuples(st.sampled_from(ZONES), st.sampled_from(TAINTS))),
    st.tuples(st.just("remove"), st.sampled_from(NAMES), st.none()),
    st.tuples(st.just("cordon"), st.sampled_from(NAMES), st.booleans()),
    st.tuples(st.just("pod"), st.integers(0, 3), st.sampled_from(["Failed", "Succeeded", "delete", "kill"])),
    st.tuples(st.just("image"), st.sampled_from(["agent:1", "agent:2", "agent:3"]), st.none()),
    st.tuples(st.just("wait"), st.sampled_from([1.0, 4.0, 30.0]), st.none()),
)


def happen(cluster: Cluster, event: Event) -> Cluster:
    """Return *cluster* after *event*, before anybody has noticed."""
    word, what, how = event
    return _HAPPEN[word](cluster, what, how)


def _node(cluster: Cluster, name: str, how: tuple[dict[str, str], list[dict[str, str]]]) -> Cluster:
    labels, taints = how
    if cluster.find("Node", name) is None:
        return cluster.create(node(name, cluster.now, labels=labels, taints=taints))
    body = {"metadata": {"labels": {"zone": None, **labels}}, "spec": {"taints": taints or None}}
    return cluster.patch("Node", name, body)


def _remove(cluster: Cluster, name: str, _: None) -> Cluster:
    return cluster.delete("Node", name) if cluster.find("Node", name) else cluster


def _cordon(cluster: Cluster, name: str, to: bool) -> Cluster:
    if cluster.find("Node", name) is None:
        return cluster
    return cluster.patch("Node", name, {"spec": {"unschedulable": to or None}})


def _pod(cluster: Cluster, index: int, fate: str) -> Cluster:
    pods = [pod for pod in pods_of(cluster.world.store) if not pod.meta.deleting]
    if not pods:
        return cluster
    pod = pods[index % len(pods)]
    if fate in ("delete", "kill"):
        return cluster.done(Delete(*pod.key, "a user", grace_period_seconds=0 if fate == "kill" else None))
    conditions = [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-01T00:00:00Z"}]
    body = freeze({"status": {"phase": fate, "conditions": conditions}})
    return cluster.done(Patch(*pod.key, body, "a kubelet", patch_type=MERGE, subresource="status"))


def _image(cluster: Cluster, image: str, _: None) -> Cluster:
    containers = [{"name": "main", "image": image}]
    return cluster.patch("DaemonSet", "agent", {"spec": {"template": {"spec": {"containers": containers}}}})


_HAPPEN: dict[str, Callable[[Cluster, Any, Any], Cluster]] = {
    "node": _node,
    "remove": _remove,
    "cordon": _cordon,
    "pod": _pod,
    "image": _image,
    "wait": lambda cluster, seconds, _: cluster,
}


# --- what must be true -------------------------------------------------------------------------------------------


def pods_of(store: Store) -> list[Pod]:
    return [pod for pod in store.all("Pod") if isinstance(pod, Pod)]


def takes(item: Node, manifest: dict[str, Any]) -> tuple[bool, bool]:
    """Return whether *item* should have a pod of *manifest*, and whether one may stay there."""
    pods = manifest["spec"]["template"]["spec"]
    if "nodeSelector" in pods and item.meta.labels.get("zone") != "x":
        return False, False
    effects = {taint["effect"] for taint in item.taints if taint["key"] == "gpu" and "tolerations" not in pods}
    return not effects & {"NoSchedule", "NoExecute"}, "NoExecute" not in effects


def surges(manifest: dict[str, Any]) -> bool:
    return bool(manifest["spec"]["updateStrategy"].get("rollingUpdate", {}).get("maxSurge"))


class Guard:
    """Looks at every world of a run: the policy of a run that lets controllers act in random order."""

    def __init__(self, manifest: dict[str, Any], seed: int) -> None:
        self._manifest = manifest
        self._policy: Policy = shuffled(seed)
        self._pods: dict[str, Pod] = {}

    def __call__(self, world: World, ready: int) -> int:
        self.look(world)
        return self._policy(world, ready)

    def look(self, world: World) -> None:
        """Check what was done since the last look."""
        pods = {pod.uid: pod for pod in pods_of(world.store)}
        for uid in sorted(set(pods) - set(self._pods)):
            item = world.store.get("Node", "", target_node(pods[uid]))
            assert isinstance(item, Node), f"{pods[uid]} is meant for a node that is not there"
            assert takes(item, self._manifest)[0], f"{pods[uid]} is meant for {item}, which does not take it"
        self._pods = pods
        two = surges(self._manifest)
        held = [pod for pod in pods.values() if not pod.finished and not (two and pod.meta.deleting)]
        here = Counter(target_node(pod) for pod in held)
        assert max(here.values(), default=0) <= (2 if two else 1), here


def lived(manifest: dict[str, Any], start: list[dict[str, Any]], history: Iterable[Event], seed: int) -> Cluster:
    """Return the cluster after *history*, and after all that follows from it, looked at all the way."""
    slow = (Behaviour(start=1, ready=1, ready_jitter=2, terminates=2),)
    cluster = Cluster.new(nodes=start, behaviours=slow, seed=seed)
    cluster = evolve(cluster, engine=evolve(cluster.engine, hashed=scrambled(seed)))
    guard = Guard(manifest, seed)
    cluster = cluster.apply(manifest).settle(policy=guard)
    for event in history:
        cluster = happen(cluster, event).advance(event[1] if event[0] == "wait" else 0.25, policy=guard)
    # Upstream is not woken by every change of a node (nodes that go, taints that only keep pods away).
    touched = cluster.patch("DaemonSet", "agent", {"metadata": {"annotations": {"touched": "yes"}}})
    ended = touched.run(policy=guard)
    guard.look(ended.world)
    return ended


LIVES = {
    "manifest": daemon_sets(),
    "start": nodes(),
    "history": st.lists(EVENTS, max_size=12),
    "seed": st.integers(0, 2**16),
}


@given(**LIVES)
def test_never_two_never_astray_and_everywhere(
    manifest: dict[str, Any], start: list[dict[str, Any]], history: list[Event], seed: int
) -> None:
    """On the way no node ever has a pod too many, nor a new one that it does not take; in the end each that takes one
    has one, ready and made from the newest template, and those that must not have any have none."""
    cluster = lived(manifest, start, history, seed)

    image = cluster.get("DaemonSet", "agent").look("spec", "template", "spec", "containers", 0, "image")
    rolls = manifest["spec"]["updateStrategy"]["type"] == "RollingUpdate"
    pods = pods_of(cluster.world.store)
    for item in cluster.all("Node"):
        assert isinstance(item, Node)
        should, may = takes(item, manifest)
        here = [pod for pod in pods if target_node(pod) == item.name]
        assert len(here) == 1 if should else len(here) <= may, (item, here)
        assert all(pod.ready for pod in here)
        assert all(pod.look("spec", "containers", 0, "image") == image for pod in here) or not rolls


@given(**LIVES)
def test_the_status_tells_what_is_there(
    manifest: dict[str, Any], start: list[dict[str, Any]], history: list[Event], seed: int
) -> None:
    """When nothing is left to do, the numbers are those that one counts."""
    cluster = lived(manifest, start, history, seed)
    ds = cluster.get("DaemonSet", "agent")
    image = ds.look("spec", "template", "spec", "containers", 0, "image")
    wanted = {item.name for item in cluster.all("Node") if isinstance(item, Node) and takes(item, manifest)[0]}
    here = {target_node(pod): pod for pod in pods_of(cluster.world.store)}
    served = [pod for name, pod in here.items() if name in wanted]

    counts = {
        "desiredNumberScheduled": len(wanted),
        "currentNumberScheduled": len(served),
        "numberReady": len(served),
        "numberAvailable": len(served),
        "numberUnavailable": 0,
        "updatedNumberScheduled": sum(pod.look("spec", "containers", 0, "image") == image for pod in served),
        "numberMisscheduled": len(here) - len(served),
        "observedGeneration": ds.meta.generation,
    }
    assert counts == {name: ds.status.get(name, 0) for name in counts}


@given(**LIVES)
def test_the_same_seed_gives_the_same_life(
    manifest: dict[str, Any], start: list[dict[str, Any]], history: list[Event], seed: int
) -> None:
    """Nothing is left to chance but what is drawn from the seed."""
    one, other = (lived(manifest, start, history, seed) for _ in range(2))

    assert [(row.at, row.what, row.why) for row in one.trace] == [(row.at, row.what, row.why) for row in other.trace]

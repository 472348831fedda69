"""What must be true of a DaemonSet whatever happens: one pod a node, only where it belongs, and everywhere it does.

A random DaemonSet lives on a random cluster, whose nodes come, go, are cordoned, tainted and labelled, and whose pods
fail, end and are deleted; the controllers act in random order. Whether a node takes a pod is worked out here anew.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from reconcile.actions import MERGE, Action, Create, Delete, Patch, UpdateStatus
from reconcile.cluster import Cluster
from reconcile.controller import Controller
from reconcile.engine.faults import unprotected
from reconcile.engine.run import Policy, scrambled, shuffled
from reconcile.engine.world import START, World
from reconcile.model.daemonset import target_node
from reconcile.model.json import freeze
from reconcile.model.node import Node
from reconcile.model.pod import Pod
from reconcile.nodes.behaviour import Behaviour
from reconcile.store.seed import node
from reconcile.store.store import Store
from reconcile.testing import invariants
from reconcile.testing.moves import Move
from reconcile.testing.stage import Stage
from reconcile.testing.strategies.moves import fault_moves, move, node_moves, pod_fates, time_moves
from reconcile.view import Observed

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
    {"type": "OnDelete", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
]


@st.composite
def daemon_sets(draw: st.DrawFn) -> dict[str, Any]:
    pods = PLAIN | {"terminationGracePeriodSeconds": 3}
    pods |= draw(st.sampled_from([{}, {"nodeSelector": {"zone": "x"}}, {"tolerations": [{"key": "gpu"} | EXISTS]}]))
    strategy, seconds = draw(st.sampled_from(STRATEGIES)), draw(st.sampled_from([0, 5]))
    return daemon_set(pods, updateStrategy=strategy, minReadySeconds=seconds)


EXISTS = {"operator": "Exists"}
PLAIN: dict[str, Any] = {"containers": [{"name": "main", "image": "agent:1"}]}


def daemon_set(pods: dict[str, Any], **more: Any) -> dict[str, Any]:
    labels = {"app": "agent"}
    template = {"metadata": {"labels": labels}, "spec": pods}
    spec = {"selector": {"matchLabels": labels}, "template": template, **more}
    return {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": spec}


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
    strategy = manifest["spec"]["updateStrategy"]
    return strategy["type"] == "RollingUpdate" and bool(strategy["rollingUpdate"].get("maxSurge"))


class Guard:
    """Looks at every world of a run: the policy of a run that lets controllers act in random order."""

    def __init__(self, manifest: dict[str, Any], seed: int) -> None:
        self._manifest = manifest
        self._policy: Policy = shuffled(seed)
        self._before: World | None = None

    def __call__(self, world: World, ready: int) -> int:
        self.look(world)
        return self._policy(world, ready)

    def look(self, world: World, *, stepped: bool = True) -> None:
        """Check the world, and the step to it from the one looked at last, unless several lie between."""
        two = surges(self._manifest)
        held = [pod for pod in pods_of(world.store) if not pod.finished and not (two and pod.meta.deleting)]
        here = Counter(target_node(pod) for pod in held)
        assert max(here.values(), default=0) <= (2 if two else 1), here
        if stepped and self._before is not None:
            # The clock may have moved since the one sync that lies between.
            after = evolve(world, now=self._before.now)
            violation = invariants.check(self._before, after, RULES)
            assert violation is None, str(violation)
            self._look_at(self._before, after)
        self._before = world

    def _look_at(self, before: World, after: World) -> None:
        """Check what the DaemonSet did: only it makes pods here."""
        new = sorted(set(by_uid(after)) - set(by_uid(before)))
        for pod in (by_uid(after)[uid] for uid in new):
            item = after.store.get("Node", "", target_node(pod))
            assert isinstance(item, Node), f"{pod} is meant for a node that is not there"
            assert takes(item, self._manifest)[0], f"{pod} is meant for {item}, which does not take it"
        if surges(self._manifest) and before.trace != after.trace and after.trace.right.actor == "daemonset":
            wanted = len([item for item in nodes_of(before.store) if takes(item, self._manifest)[0]])
            assert self._served(after) >= min(self._served(before), wanted)

    def _served(self, world: World) -> int:
        """Return on how many nodes that may keep a pod one is available."""
        may = {item.name for item in nodes_of(world.store) if takes(item, self._manifest)[1]}
        seconds = self._manifest["spec"]["minReadySeconds"]
        good = [pod for pod in pods_of(world.store) if not pod.meta.deleting and pod.available(seconds, world.now)]
        return len({target_node(pod) for pod in good if not pod.finished} & may)


RULES = (*invariants.OBJECTS, *invariants.PODS, *invariants.DAEMONSETS)


def by_uid(world: World) -> dict[str, Pod]:
    return {pod.uid: pod for pod in pods_of(world.store)}


def nodes_of(store: Store) -> list[Node]:
    return [item for item in store.all("Node") if isinstance(item, Node)]


def lived(manifest: dict[str, Any], start: list[dict[str, Any]], history: Iterable[Event], seed: int) -> Cluster:
    """Return the cluster after *history*, and after all that follows from it, looked at all the way."""
    slow = (Behaviour(start=1, ready=1, ready_jitter=2, terminates=2),)
    cluster = Cluster.new(nodes=start, behaviours=slow, seed=seed)
    cluster = evolve(cluster, engine=evolve(cluster.engine, hashed=scrambled(seed)))
    guard = Guard(manifest, seed)
    cluster = cluster.apply(manifest).settle(policy=guard)
    for event in history:
        cluster = happen(cluster, event)
        guard.look(cluster.world, stepped=False)
        cluster = cluster.advance(event[1] if event[0] == "wait" else 0.25, policy=guard)
    # Upstream is not woken by every change of a node (nodes that go, taints that only keep pods away).
    touched = cluster.patch("DaemonSet", "agent", {"metadata": {"annotations": {"touched": "yes"}}})
    guard.look(touched.world, stepped=False)
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
    for item in nodes_of(cluster.world.store):
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
    wanted = {item.name for item in nodes_of(cluster.world.store) if takes(item, manifest)[0]}
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


# --- faults ------------------------------------------------------------------------------------------------------

FAULTY = ("daemonset", "scheduler", "garbage-collector")
IMAGES = st.sampled_from(["app:1", "app:2"]).map(lambda image: Move("image", {"target": 0, "image": image}))
DELETES = move("delete_pod", pod=st.integers(0, 3), grace=st.sampled_from([None, 0]))
TROUBLE = st.one_of(fault_moves(controllers=FAULTY), time_moves(max_steps=8))
MOVES = st.lists(st.one_of(TROUBLE, TROUBLE, node_moves(), pod_fates(), IMAGES, DELETES), max_size=12)


@pytest.mark.parametrize("protected", [True, False])
@given(manifest=daemon_sets(), moves=MOVES)
def test_faults_delay_and_do_no_harm(manifest: dict[str, Any], moves: list[Move], *, protected: bool) -> None:
    """Crashes, refusals, lost answers and caches that lag break no rule on the way; when they cease, all is well.

    Nor do they without the protection of 1.36 against stale caches: a sync that does not see its own writes yet makes
    and removes nothing.
    """
    cluster = Cluster.new(nodes=3, behaviours=[Behaviour(start=1, terminates=2)])
    engine = cluster.engine if protected else unprotected(cluster.engine)
    stage = Stage(Cluster(engine, cluster.world), checks=RULES)
    stage.world = stage.cluster.create(manifest).world
    for each in moves:
        stage.do(each)

    stage.converge()


# --- strangers, refusals, crowds ---------------------------------------------------------------------------------


@given(places=st.lists(st.sampled_from(NAMES), max_size=8), seed=st.integers(0, 2**16))
def test_strangers_are_taken_in_and_one_stays(places: list[str], seed: int) -> None:
    """Pods of nobody that the selector takes are adopted; of several on one node the oldest stays, with OnDelete for
    ever."""
    cluster = Cluster.new(nodes=[node(name, START) for name in NAMES])
    oldest: dict[str, str] = {}
    for index, place in enumerate(places):
        name = f"stranger-{(index * 5 + seed) % 8}"
        meta = {"name": name, "labels": {"app": "agent"}}
        spec = {"nodeName": place, "containers": [{"name": "main", "image": "agent:0"}]}
        cluster = cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}).advance(2)
        oldest.setdefault(place, name)
    ended = cluster.apply(daemon_set(PLAIN, updateStrategy={"type": "OnDelete"})).run(policy=shuffled(seed))
    left = {target_node(pod): pod for pod in pods_of(ended.world.store)}

    assert len(left) == len(pods_of(ended.world.store)) == len(NAMES)
    assert oldest == {place: pod.name for place, pod in left.items() if pod.name.startswith("stranger")}
    assert {"agent"} == {pod.meta.controller.name for pod in left.values() if pod.meta.controller is not None}


def _refuse(pod: Pod, observed: Observed) -> list[Action]:
    """The kubelet of a node that takes no pod: it fails at once."""
    if pod.meta.deleting:
        return [Delete(*pod.key, "a kubelet", grace_period_seconds=0)]
    if not pod.node or pod.finished:
        return []
    body = freeze({"status": {"phase": "Failed"}})
    return [Patch(*pod.key, body, "the node has no room", patch_type=MERGE, subresource="status")]


def test_a_node_that_refuses_pods_is_left_alone_for_longer_and_longer() -> None:
    """Failed pods are deleted after 1, 2, 4 ... seconds, at most 15 minutes; after a good while it starts over."""
    cluster = Cluster.new(nodes=1)
    kubelets = tuple(each for each in cluster.engine.controllers if each.name != "kubelet")
    engine = evolve(cluster.engine, controllers=(*kubelets, Controller("kubelet", "Pod", _refuse)))
    refused = Cluster(engine, cluster.world).apply(daemon_set(PLAIN)).advance(3600)

    assert [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] == gaps(refused)
    # A node that takes pods for more than half an hour is trusted again.
    trusted = evolve(refused, engine=cluster.engine).advance(3600)
    (pod,) = pods_of(trusted.world.store)
    assert pod.ready
    again = evolve(trusted, engine=engine).patch("Pod", pod.name, {"metadata": {"labels": {"b": "c"}}}).advance(10)
    assert [1, 2, 4] == gaps(again)[-3:]


def gaps(cluster: Cluster) -> list[int]:
    """Return the seconds between deletions by the DaemonSet, rounded."""
    times = [row.at for row in cluster.trace if row.actor == "daemonset" and isinstance(row.action, Delete)]
    return [round((later - earlier).total_seconds()) for earlier, later in pairwise(times)]


def test_crowds_come_and_go_in_portions() -> None:
    """One sync makes at most 250 pods, and removes at most 250."""
    there = Cluster.new(nodes=520).apply(daemon_set(PLAIN)).settle()
    selects = {"spec": {"template": {"spec": {"nodeSelector": {"no": "node"}}}}}
    gone = there.patch("DaemonSet", "agent", selects).settle()

    assert [250, 250, 20] == portions(there, Create)
    assert [250, 250, 20] == portions(gone, Delete)


def portions(cluster: Cluster, kind: type[Any]) -> list[int]:
    """Return how many pods the DaemonSet made or removed between two writes of its status."""
    counts = [0]
    for row in cluster.trace:
        if row.actor == "daemonset" and isinstance(row.action, UpdateStatus):
            counts.append(0)
        counts[-1] += row.actor == "daemonset" and isinstance(row.action, kind) and row.what.split()[1][:4] == "Pod/"
    return [count for count in counts if count]

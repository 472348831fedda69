"""Which nodes lack a pod, and which pods have to go whatever they were made from (contract daemonset 6).

Rules
1. A node that should run a pod and has none gets one; a pod that is on its way out but has not ended holds its place.
   With surge nothing holds a place but a pod that runs or still may.
2. A pod that ended is deleted, a failed one after the back-off of its node. Without surge the next one comes in a later
   sync, when it is gone.
3. Of several pods that run on a node the senior one stays; with surge the senior one of the wanted revision and the
   senior one of any other, until the new one is available or the old one is not ready.
4. A node that must not run a pod loses all of its pods; one that only should not get one keeps it.
5. A pod that waits for a node that is gone is deleted; a bound one is left to the garbage collector of pods.
6. What nodes need follows from their trait, so only those groups are looked into that need something.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from attrs import field, frozen

from reconcile.actions import Event, Remember, WakeAt
from reconcile.controllers.daemonset.backoff import Wait, failed, key_of, memory_of, waits_of
from reconcile.controllers.daemonset.carry import BURST, Doomed, Work
from reconcile.controllers.daemonset.scene import Scene, named
from reconcile.daemons import DaemonPod, Entry, NodeGroup, NodeTrait
from reconcile.model.clock import later
from reconcile.model.pod import Pod
from reconcile.script import Steps

FAILED: Final = "Failed"


def manage(scene: Scene) -> Steps[Work]:
    """Tell of pods that ended, and return what has to be made and removed."""
    ended = yield from _ended(scene)
    lacking = (group.entries.values() for trait, group in scene.groups if _lacks(scene, trait))
    creates = [entry.node for entry in scene.first(BURST, *lacking)]
    return Work(creates, _deletes(scene, ended))


# --- what nodes with one trait need -------------------------------------------------------------------------------


def running(trait: NodeTrait) -> list[int]:
    """Return the places of the pods that run or still may, and stay."""
    return [place for place, pod in enumerate(trait.pods) if not pod.deleting and not pod.ended]


def _lacks(scene: Scene, trait: NodeTrait) -> bool:
    if not trait.exists or not trait.should_run:
        return False
    return not running(trait) if scene.surges else not trait.pods


def _over(pod: DaemonPod) -> bool:
    return bool(pod.ended) and not pod.deleting


def _has_ended(trait: NodeTrait) -> bool:
    return trait.exists and trait.should_continue and any(map(_over, trait.pods))


@frozen
class _Pair:
    """The pods of a node that may have two during a rollout, by place: the one to come, the one to go, and others."""

    new: int | None
    old: int | None
    others: list[int] = field(factory=list)


def _pair(scene: Scene, trait: NodeTrait) -> _Pair:
    places = running(trait)
    # 6: the label alone decides here; the generation of the template does not
    news = [place for place in places if trait.pods[place].revision == scene.hash]
    olds = [place for place in places if trait.pods[place].revision != scene.hash]
    return _Pair(next(iter(news), None), next(iter(olds), None), sorted([*news[1:], *olds[1:]]))


# --- pods that ended ---------------------------------------------------------------------------------------------


def _ended(scene: Scene) -> Steps[dict[str, list[Pod]]]:
    """Tell of the pods that ended on nodes that may have one; return, by node, those that go now."""
    memory = waits_of(scene.observed.memory)
    waits, delays = dict(memory), []
    gone: dict[str, list[Pod]] = {}
    groups = (group.entries.values() for trait, group in scene.groups if _has_ended(trait))
    for entry in scene.each(*groups):
        over = [pod for pod in entry.pods if pod.finished and not pod.meta.deleting]
        gone[entry.node] = []
        for pod in sorted(over, key=scene.observed.place):
            wait = _hold(scene, waits, entry.node) if pod.phase == FAILED else None
            if wait is not None:
                delays.append(wait.seconds)
                continue
            gone[entry.node].append(pod)
            yield _told(scene, pod, entry.node)
    if waits != memory:
        yield Remember(memory_of(waits, scene.observed.now), "pods failed; the next ones have to wait")
    if delays:
        # 6: after the whole wait, not after what is left of it
        yield WakeAt(later(scene.observed.now, min(delays)), "a failed pod is left alone for a while")
    return gone


def _hold(scene: Scene, waits: dict[str, Wait], node: str) -> Wait | None:
    """Return the wait that runs on *node*; if none does, start one in *waits*."""
    key, now = key_of(scene.ds, node), scene.observed.now
    if key in waits and not waits[key].over(now):
        return waits[key]
    waits[key] = failed(waits, key, now)
    return None


def _told(scene: Scene, pod: Pod, node: str) -> Event:
    if pod.phase == FAILED:
        return Event(
            "Warning", "FailedDaemonPod", scene.ds, f"Found failed daemon pod {pod.name} on {node}; deleting it"
        )
    return Event("Normal", "SucceededDaemonPod", scene.ds, f"Found ended daemon pod {pod.name} on {node}; deleting it")


# --- pods that have to go ----------------------------------------------------------------------------------------


def _deletes(scene: Scene, ended: dict[str, list[Pod]]) -> Iterator[Doomed]:
    """Yield the pods that have to go, in the order in which they do, as they are asked for."""
    on_nodes = (_suspects(scene, trait, group) for trait, group in scene.groups if trait.exists)
    for entry in scene.each(*on_nodes):
        for pod in ended.get(entry.node, ()):
            yield Doomed(pod, f"{pod.name} has ended ({pod.phase})")
        yield from _doomed(scene, entry)
    lost = (group.entries.values() for trait, group in scene.groups if not trait.exists)
    # By name in any case: upstream sorts these.
    for entry in named(entry for entries in lost for entry in entries):
        for pod in entry.pods:
            if not pod.node:
                yield Doomed(pod, f"{pod.name} waits for {entry.node}, which is gone")


def _suspects(scene: Scene, trait: NodeTrait, group: NodeGroup) -> Iterable[Entry]:
    """Return the entries of a group that may have pods that have to go, in the order of names."""
    if not trait.should_continue:
        return group.entries.values() if any(not pod.deleting for pod in trait.pods) else ()
    if _has_ended(trait):
        return group.entries.values()
    if not scene.surges:
        return group.entries.values() if len(running(trait)) > 1 else ()
    pair = _pair(scene, trait)
    if pair.others:
        return group.entries.values()
    if pair.new is None or pair.old is None:
        return ()
    if not trait.pods[pair.old].ready:
        return group.entries.values()
    return named(group.mature(pair.new, scene.matured))


def _doomed(scene: Scene, entry: Entry) -> Iterator[Doomed]:
    """Yield the pods of one node that have to go and have not ended."""
    if not entry.should_continue:
        yield from _all(entry)
    elif scene.surges:
        yield from _superseded(scene, entry)
    else:
        for place in running(entry.trait)[1:]:
            yield Doomed(entry.pods[place], f"{entry.node} has another pod already")


def _all(entry: Entry) -> Iterator[Doomed]:
    for pod in entry.pods:
        if not pod.meta.deleting:
            yield Doomed(pod, f"{entry.node} must not run a pod")


def _superseded(scene: Scene, entry: Entry) -> Iterator[Doomed]:
    pair = _pair(scene, entry.trait)
    for place in pair.others:
        yield Doomed(entry.pods[place], f"{entry.node} has pods of both revisions already")
    if pair.new is None or pair.old is None:
        return
    new, old = entry.pods[pair.new], entry.pods[pair.old]
    if not old.ready:
        yield Doomed(old, f"it is not ready, and {new.name} comes in its place")
    elif new.available(scene.ds.min_ready_seconds, scene.observed.now):
        yield Doomed(old, f"{new.name} is available in its place")

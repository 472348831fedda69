"""Replacing the pods of old revisions (contract daemonset 7).

Rules
1. On each node the pods that are not on their way out count: one that is up to date is *new*, any other one *old*. A
   node with several of either is left to `manage` and counts as one that is being worked on.
2. Without surge an old pod is deleted, and its successor made in a later sync, as long as fewer nodes than
   maxUnavailable are without an available pod. Old pods that are not available go at once, however many they are.
3. With surge a new pod is made beside the old one, on at most maxSurge nodes at a time; the old one goes once the new
   one is available. Old pods that are not available get a successor at once, however many they are.
4. With surge an old pod on a node that should not have one goes at once if it is not available; otherwise only while
   more pods are available than nodes want one.
5. Both limits are shares of the nodes that should have a pod, rounded up. If both are 0, one node may be unavailable.
6. The counts come from the groups. Looked into are only groups that give candidates, and no further than needed.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from attrs import frozen

from reconcile.controllers.daemonset.carry import BURST, Doomed, Work
from reconcile.controllers.daemonset.scene import Scene, named, share
from reconcile.daemons import Entry, NodeGroup, NodeTrait


@frozen
class _Stand:
    """How far nodes with one trait have come."""

    trait: NodeTrait
    group: NodeGroup
    new: int | None
    """The place of the new pod."""
    old: int | None
    excess: bool
    """Whether there are several new or several old ones."""


def _stands(scene: Scene) -> Iterator[_Stand]:
    for trait, group in scene.groups:
        if not trait.pods and not (trait.exists and trait.should_run):
            continue
        staying = [place for place, pod in enumerate(trait.pods) if not pod.deleting]
        news = [place for place in staying if scene.updated(trait.pods[place])]
        olds = [place for place in staying if not scene.updated(trait.pods[place])]
        excess = len(news) > 1 or len(olds) > 1
        yield _Stand(trait, group, next(iter(news), None), next(iter(olds), None), excess)


def roll(scene: Scene) -> Work:
    """Return which pods to make and to remove for the sake of the wanted revision.

    Raises ValueError if it cannot be told: a limit is no number, or a node with a pod to replace is gone.
    """
    ds, desired = scene.ds, scene.desired
    unavailable, surge = share(ds, ds.max_unavailable, desired), share(ds, ds.max_surge, desired)
    if desired > 0 and unavailable == 0 and surge == 0:
        unavailable = 1
    stands = list(_stands(scene))
    return _surge(scene, stands, surge) if surge else _replace(scene, stands, unavailable)


# --- available or not --------------------------------------------------------------------------------------------


def _available(scene: Scene, stand: _Stand, place: int) -> int:
    return stand.group.available(place, scene.matured)


def _missing(scene: Scene, stand: _Stand, place: int) -> int:
    return len(stand.group) - _available(scene, stand, place)


def _with_unavailable(scene: Scene, stand: _Stand, place: int) -> Iterable[Entry]:
    """Return the entries whose pod at *place* is not available, in the order of names."""
    if not stand.trait.pods[place].ready:
        return stand.group.entries.values()
    return named(stand.group.young(place, scene.matured))


def _with_available(scene: Scene, stand: _Stand, place: int) -> Iterable[Entry]:
    """Return the entries whose pod at *place* is available, in the order of names."""
    if not stand.trait.pods[place].ready:
        return ()
    young = {entry.node for entry in stand.group.young(place, scene.matured)}
    return (entry for entry in stand.group.entries.values() if entry.node not in young)


def _doomed(scene: Scene, entries: Iterable[Entry], why: str) -> Iterator[Doomed]:
    """Yield the old pods of *entries*."""
    for entry in entries:
        for pod, trait in zip(entry.pods, entry.trait.pods, strict=True):
            if not trait.deleting and not scene.updated(trait):
                yield Doomed(pod, why)


# --- without surge -----------------------------------------------------------------------------------------------


def _replace(scene: Scene, stands: Sequence[_Stand], limit: int) -> Work:
    olds = [stand for stand in stands if not stand.excess and stand.new is None and stand.old is not None]
    without = sum(_without(scene, stand) for stand in stands)
    broken = (_with_unavailable(scene, stand, stand.old) for stand in olds if stand.old is not None)
    candidates = (_with_available(scene, stand, stand.old) for stand in olds if stand.old is not None)
    lost = scene.first(BURST, *broken)
    spared = scene.first(min(limit - without, BURST - len(lost)), *candidates)
    why = f"it is of an old revision; {without} of {scene.desired} nodes are without an available pod, {limit} may be"
    return Work(
        (), chain(_doomed(scene, lost, "it is of an old revision and not available"), _doomed(scene, spared, why))
    )


def _without(scene: Scene, stand: _Stand) -> int:
    """Return how many nodes of *stand* count as being without an available pod."""
    alone = stand.old if stand.new is None else stand.new if stand.old is None else None
    if stand.excess or alone is None:
        return len(stand.group)
    return _missing(scene, stand, alone)


# --- with surge --------------------------------------------------------------------------------------------------


def _surge(scene: Scene, stands: Sequence[_Stand], limit: int) -> Work:
    single = [stand for stand in stands if not stand.excess]
    _need_nodes(single)
    alone = [(stand, stand.old) for stand in single if stand.old is not None and stand.new is None]
    both = [(stand, stand.new) for stand in single if stand.old is not None and stand.new is not None]
    busy = sum(len(stand.group) for stand in stands if stand.excess) + sum(_missing(scene, *pair) for pair in both)
    spare = sum(_serving(scene, stand) for stand in single) - scene.desired
    stay = [pair for pair in alone if pair[0].trait.should_run]
    leave = [pair for pair in alone if not pair[0].trait.should_run]

    broken = scene.first(BURST, *(_with_unavailable(scene, *pair) for pair in stay))
    candidates = (_with_available(scene, *pair) for pair in stay)
    creates = [*broken, *scene.first(min(limit - busy, BURST - len(broken)), *candidates)]
    replaced = (named(stand.group.mature(new, scene.matured)) for stand, new in both)
    unwanted = (_with_unavailable(scene, *pair) for pair in leave)
    gone = scene.first(BURST, *replaced, *unwanted)
    extra = scene.first(min(spare, BURST - len(gone)), *(_with_available(scene, *pair) for pair in leave))
    why = "its node should not have one, and more pods are available than nodes want one"
    doomed = chain(_doomed(scene, gone, "it is of an old revision and not needed any more"), _doomed(scene, extra, why))
    return Work([entry.node for entry in creates], doomed)


def _need_nodes(stands: Iterable[_Stand]) -> None:
    """Raise ValueError if a node that could get a new pod is gone."""
    for stand in stands:
        if not stand.trait.exists and stand.old is not None and stand.new is None:
            raise ValueError(f"node {next(iter(stand.group.entries))} is gone, and a pod is still there")


def _serving(scene: Scene, stand: _Stand) -> int:
    """Return on how many nodes of *stand* the pod that counts is available: the old one if there is one."""
    place = stand.old if stand.old is not None else stand.new
    return 0 if place is None else _available(scene, stand, place)

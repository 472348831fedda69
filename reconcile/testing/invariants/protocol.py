"""What an invariant is, and what it looks at.

Rules
1. An invariant is a function of two worlds with at most one step between them: one request of a user's, one sync of one
   controller, or a fault. It returns what is wrong in words, or None. Of a first world, which has nothing before it,
   only invariants of the kind `state` have something to say.
2. Who acted is read from the trace: the rows that the later world has beyond those of the earlier one. Whoever keeps no
   traces may empty the earlier world's before a step, and gets the step's own rows in the later one.
3. What was *written* is read from the stores, not from the answers: an answer can be lost.
4. What a controller *knew* is its cache: the store before the step unless a fault holds the cache back (`Sync.seen`).

Three kinds, by what they are about:

    @state                      one world                  "no two pods have one node ..."
    @change                     two worlds, whoever acted  "a pod that ended stays ended"
    @decision("deployment")     one sync of a controller   "never more than replicas + surge"
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, wraps
from typing import Final

from attrs import frozen

from reconcile.engine.world import Row, World
from reconcile.model.clock import Instant
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.model.selector import Selector
from reconcile.store.store import Store

Invariant = Callable[[World | None, World], str | None]
"""From the world before a step (None before the first) and the world after it to what is wrong; None if nothing is."""

Change = tuple[Resource | None, Resource | None]
"""An object before and after; None where it was not there."""

_NO_OBJECTS: Final[Mapping[tuple[str, str], Resource]] = {}


@frozen
class Step:
    """What happened between two worlds."""

    before: World
    after: World

    @cached_property
    def rows(self) -> list[Row]:
        """What was done, in order."""
        return rows(self.before, self.after)

    @property
    def now(self) -> Instant:
        """When it was done."""
        return self.after.now

    def changes(self, kind: str) -> list[Change]:
        """Return the objects of *kind* that are not what they were, sorted by namespace and name."""
        return changes(self.before.store, self.after.store, kind)

    def created(self, kind: str) -> list[Resource]:
        """Return the objects of *kind* that are new; one that took the place of another of its name is, too."""
        return [new for old, new in self.changes(kind) if new is not None and (old is None or old.uid != new.uid)]

    def removed(self, kind: str) -> list[Resource]:
        """Return the objects of *kind*, as they were, that are gone or were asked to go: terminating from here on."""
        return [old for old, new in self.changes(kind) if old is not None and not old.meta.deleting and _goes(old, new)]


def _goes(old: Resource, new: Resource | None) -> bool:
    return new is None or new.uid != old.uid or new.meta.deleting


@frozen
class Sync(Step):
    """A step that was one sync of one controller."""

    controller: str
    key: tuple[str, str, str]
    """Kind, namespace and name of the object that it looked at."""

    @cached_property
    def seen(self) -> Store:
        """What the controller's cache showed."""
        return self.before.caches.get(self.controller, self.before.store)

    @cached_property
    def desired(self) -> Resource | None:
        """The object, as the cache showed it."""
        return self.seen.get(*self.key)


def sync_of(before: World, after: World) -> Sync | None:
    """Return the step between two worlds as a sync; None if nobody acted."""
    if len(after.trace) == len(before.trace):
        return None
    last: Row = after.trace.right
    kind, _, place = last.subject.partition("/")
    namespace, _, name = place.rpartition("/")
    return Sync(before, after, last.actor, (kind, namespace, name))


def rows(before: World, after: World) -> list[Row]:
    """Return the rows of the trace that *after* has beyond those of *before*."""
    count = len(after.trace) - len(before.trace)
    found: list[Row] = []
    trace = after.trace
    for _ in range(count):
        found.append(trace.right)
        trace = trace.pop()
    return found[::-1]


def changes(before: Store, after: Store, kind: str) -> list[Change]:
    """Return the objects of *kind* that are not the same in both stores, sorted by namespace and name.

    Costs nothing if no object of the kind was written, and otherwise as much as there are.
    """
    old, new = before.objects.get(kind, _NO_OBJECTS), after.objects.get(kind, _NO_OBJECTS)
    if old is new:
        return []
    places = {place for place, item in new.items() if old.get(place) is not item}
    places |= {place for place in old if place not in new}
    return [(old.get(place), new.get(place)) for place in sorted(places)]


def changed_kinds(before: World, after: World) -> list[str]:
    """Return the kinds of which some object was written, sorted."""
    old, new = before.store.objects, after.store.objects
    return sorted(kind for kind in {*old, *new} if old.get(kind) is not new.get(kind))


# --- making invariants -------------------------------------------------------------------------------------------

_OF_STATES: Final[set[Invariant]] = set()


def of_states(invariant: Invariant) -> bool:
    """Return whether *invariant* is about one world alone, the later one: whether `state` made it."""
    return invariant in _OF_STATES


def state(rule: Callable[[World], Iterable[str]]) -> Invariant:
    """Make an invariant of what *rule* finds wrong with one world."""

    @wraps(rule)
    def invariant(before: World | None, after: World) -> str | None:
        return next(iter(rule(after)), None)

    _OF_STATES.add(invariant)
    return invariant


def change(rule: Callable[[Step], Iterable[str]]) -> Invariant:
    """Make an invariant of what *rule* finds wrong with what happened, whoever did it."""

    @wraps(rule)
    def invariant(before: World | None, after: World) -> str | None:
        return None if before is None or before is after else next(iter(rule(Step(before, after))), None)

    return invariant


def decision(controller: str) -> Callable[[Callable[[Sync], Iterable[str]]], Invariant]:
    """Make an invariant of what *rule* finds wrong with one sync of *controller*; `*` stands for any."""

    def decorate(rule: Callable[[Sync], Iterable[str]]) -> Invariant:
        @wraps(rule)
        def invariant(before: World | None, after: World) -> str | None:
            sync = sync_of(before, after) if before is not None else None
            if sync is None or controller not in ("*", sync.controller):
                return None
            return next(iter(rule(sync)), None)

        return invariant

    return decorate


# --- what many of them count -------------------------------------------------------------------------------------


def owned(store: Store, kind: str, owner: Resource) -> list[Resource]:
    """Return the objects of *kind* that *owner* controls, by uid, terminating and finished ones included."""
    return list(store.owned(kind, owner.uid))


def pods_of(store: Store, owner: Resource) -> list[Pod]:
    """Return the pods that *owner* controls, terminating and finished ones included."""
    return store.owned("Pod", owner.uid).of(Pod)


def claimed(sync: Sync) -> list[Pod]:
    """Return the pods that the controller saw as its own, less those that its selector takes no longer: it lets go."""
    if sync.desired is None:
        return []
    selector = Selector.parse(sync.desired.spec.get("selector"))
    return [pod for pod in pods_of(sync.seen, sync.desired) if selector.matches(pod.meta.labels)]


def active(pods: Iterable[Pod]) -> list[Pod]:
    """Return those of *pods* that run or may still run: neither terminating nor finished."""
    return [pod for pod in pods if pod.meta.deleted is None and pod.status.get("phase") not in ("Succeeded", "Failed")]


def ready(pod: Pod) -> bool:
    """Return whether the Ready condition of *pod* is True; terminating pods may well be ready."""
    found = [entry.get("status") for entry in pod.status.get("conditions") or () if entry.get("type") == "Ready"]
    return found[:1] == ["True"]


def available(pod: Pod, min_ready_seconds: int, now: Instant) -> bool:
    """Return whether *pod* has been ready for *min_ready_seconds*."""
    if not ready(pod) or min_ready_seconds == 0:
        return ready(pod)
    since = pod.ready_time
    return since is not None and (now - since).total_seconds() >= min_ready_seconds


def names(items: Iterable[Resource]) -> str:
    """Return the names of *items* in one line."""
    return ", ".join(sorted(item.name for item in items))


def of_kind(items: Iterable[Resource], owner: Resource) -> Iterator[Resource]:
    """Yield those of *items* that *owner* controls."""
    for item in items:
        controller = item.meta.controller
        if controller is not None and controller.uid == owner.uid:
            yield item

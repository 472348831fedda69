"""Invariants of all objects, whatever their kind: what the API and the garbage collector promise."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from reconcile.actions import WRITES, Create, Delete, Patch, Update, UpdateStatus, WakeAt
from reconcile.engine.world import Row, World
from reconcile.model.resource import Resource
from reconcile.testing.invariants.protocol import Step, Sync, change, changed_kinds, decision, state

COLLECTOR: Final = "garbage-collector"


@change
def unique_uids(step: Step) -> Iterator[str]:
    """No two objects ever have one uid; counted: every object in the store when a new one comes.

    Kubernetes API conventions, metadata.uid.
    """
    kinds = changed_kinds(step.before, step.after)
    new = [item for kind in kinds for item in step.created(kind)]
    if new:
        uids = [item.uid for kind in step.before.store.kinds for item in step.before.store.all(kind)]
        taken = set(uids)
        for item in new:
            if item.uid in taken:
                yield f"{item} was created with the uid of another object, {item.uid}"
            taken.add(item.uid)


@change
def unique_names(step: Step) -> Iterator[str]:
    """No two objects of one kind in one namespace have one name at a time.

    Counted: every object that was written; a terminating one holds its name until it is gone. So it stands under the
    name that it carries, and if it took the place of another one, that was let go in the same step.
    """
    deletes = any(isinstance(row.action, Delete | Patch | Update) and not row.refused for row in step.rows)
    for kind in changed_kinds(step.before, step.after):
        for _, new in step.changes(kind):
            if new is not None and step.after.store.get(*new.key) is not new:
                yield f"{new} of namespace {new.namespace or 'none'} stands in the store under another name"
        for old, new in step.changes(kind):
            if old is not None and new is not None and old.uid != new.uid and not deletes:
                yield f"{new} was created while another one had its name"


@change
def versions_rise(step: Step) -> Iterator[str]:
    """An object that was written has a greater resourceVersion than any object had before the step (API
    conventions)."""
    for kind in changed_kinds(step.before, step.after):
        for _, new in step.changes(kind):
            if new is not None and int(new.meta.resource_version or 0) <= step.before.store.version:
                yield f"{new} was written as resourceVersion {new.meta.resource_version}, which was given out before"


@change
def deletion_is_final(step: Step) -> Iterator[str]:
    """An object that was asked to go does not come back: its deletionTimestamp is never taken away or moved to later,
    and it never gets another uid (contract api 9)."""
    for kind in changed_kinds(step.before, step.after):
        for old, new in step.changes(kind):
            if old is None or new is None or old.meta.deleted is None or old.uid != new.uid:
                continue
            if new.meta.deleted is None or new.meta.deleted > old.meta.deleted:
                yield f"{new} was to go at {old.meta.deleted}, and is now at {new.meta.deleted}"


@change
def one_controller(step: Step) -> Iterator[str]:
    """An object has at most one owner that is its controller; terminating objects included (API validation)."""
    for kind in changed_kinds(step.before, step.after):
        for _, new in step.changes(kind):
            if new is not None and sum(owner.controller for owner in new.meta.owners) > 1:
                yield f"{new} has several controllers"


@change
def generation_counts_specs(step: Step) -> Iterator[str]:
    """The generation of an object never falls, and a status never reports one that has not been (contract api 2)."""
    for kind in changed_kinds(step.before, step.after):
        for old, new in step.changes(kind):
            if new is None or old is None or old.uid != new.uid:
                continue
            if new.meta.generation < old.meta.generation:
                yield f"the generation of {new} fell from {old.meta.generation} to {new.meta.generation}"
            if new.meta.generation and _observed(new) > new.meta.generation:
                yield f"{new} has generation {new.meta.generation}, and its status is about {_observed(new)}"


def _observed(item: Resource) -> int:
    return int(item.status.get("observedGeneration") or 0)


@state
def no_orphan_after_cascade(world: World) -> Iterator[str]:
    """An object all of whose owners are gone is on the garbage collector's list, or on its way out.

    Counted: objects with at least one owner, none of whose owners is in the store under its kind, name and uid. So
    once the garbage collector has nothing to do, no such object is left (contract api 9). While its cache lags it may
    not know yet; it hears of it when it catches up.
    """
    if COLLECTOR in world.caches:
        return
    for kind in world.store.kinds:
        for item in world.store.all(kind):
            if not item.meta.owners or item.meta.deleting or _waits_for_collector(world, item):
                continue
            if not any(_stands(world, item, ref.kind, ref.name, ref.uid) for ref in item.meta.owners):
                yield f"{item} is left without any of its owners, and nobody is about to collect it"


def _stands(world: World, item: Resource, kind: str, name: str, uid: str) -> bool:
    found = world.store.get(kind, item.namespace, name) or world.store.get(kind, "", name)
    return found is not None and found.uid == uid


def _waits_for_collector(world: World, item: Resource) -> bool:
    return any(slot[0] == COLLECTOR and slot[1:] == item.key for slot in world.queue.places)


@decision(COLLECTOR)
def collects_only_garbage(sync: Sync) -> Iterator[str]:
    """The garbage collector deletes an object only if each of its owners is gone or is itself on its way out.

    So what was orphaned, and what never had an owner, stays (contract api 9).
    """
    for kind in changed_kinds(sync.before, sync.after):
        for item in sync.removed(kind):
            living = [ref for ref in item.meta.owners if _lives(sync, item, ref.kind, ref.name, ref.uid)]
            waits = item.key == sync.key and item.meta.deleting
            if (living or not item.meta.owners) and not waits:
                yield (
                    f"{item} was collected, but {living[0].kind}/{living[0].name} is alive"
                    if living
                    else (f"{item} was collected, but never had an owner")
                )


def _lives(sync: Sync, item: Resource, kind: str, name: str, uid: str) -> bool:
    found = sync.seen.get(kind, item.namespace, name) or sync.seen.get(kind, "", name)
    return found is not None and found.uid == uid and not found.meta.deleting


# --- what every controller promises ------------------------------------------------------------------------------


@decision("*")
def wakes_ahead(sync: Sync) -> Iterator[str]:
    """A controller that asks to be woken at an instant names one in the future; a past one would make it spin."""
    for row in sync.rows:
        if isinstance(row.action, WakeAt) and row.action.at is not None and row.action.at <= sync.now:
            yield f"{row.actor} looked at {row.subject} at {sync.now} and asked to be woken at {row.action.at}"


@decision("*")
def touches_only_its_own(sync: Sync) -> Iterator[str]:
    """A workload controller writes the object that it looks at and what that object controls, and nothing else.

    Counted: every write that was carried out. Adopting an orphan and releasing a stray are patches of metadata, and
    allowed. Of the claims of a StatefulSet's pods only the owners are touched, as the retention policy asks.
    """
    allowed = TOUCHES.get(sync.controller)
    if allowed is None or sync.desired is None:
        return
    adopted: set[str] = set()
    for row in sync.rows:
        if row.action is None or not isinstance(row.action, WRITES) or row.refused:
            continue
        kind, item = _touched(sync, row.action)
        if item is not None and item.uid == sync.desired.uid:
            continue
        if kind not in allowed:
            yield f"{sync.controller} wrote a {kind}: {row.what}"
        elif item is not None and item.uid not in adopted and not _may_touch(sync, item, row.action):
            yield f"{sync.controller} wrote {item}, which {sync.desired} does not control: {row.what}"
        elif item is not None and _adopts(sync, item, row.action):
            adopted.add(item.uid)


TOUCHES: Final = {
    "replicaset": frozenset({"Pod"}),
    "deployment": frozenset({"ReplicaSet"}),
    "statefulset": frozenset({"Pod", "ControllerRevision", "PersistentVolumeClaim"}),
    "daemonset": frozenset({"Pod", "ControllerRevision"}),
    "job": frozenset({"Pod"}),
    "cronjob": frozenset({"Job"}),
    "ttlafterfinished": frozenset({"Job"}),
}
"""Which kinds, besides its own object, a controller writes."""


def _touched(sync: Sync, action: Any) -> tuple[str, Resource | None]:
    if isinstance(action, Create):
        return action.kind, None
    key = (action.kind, action.namespace, action.name) if isinstance(action, Delete | Patch) else action.object.key
    return key[0], sync.seen.get(*key) or sync.before.store.get(*key)


def _may_touch(sync: Sync, item: Resource, action: Any) -> bool:
    controller = item.meta.controller
    if sync.desired is not None and controller is not None and controller.uid == sync.desired.uid:
        return True
    return _EXCEPT.get((sync.controller, item.kind), _adopts)(sync, item, action)


def _adopts(sync: Sync, item: Resource, action: Any) -> bool:
    return item.meta.controller is None and isinstance(action, Patch) and "metadata" in action.body


def _same_name(sync: Sync, item: Resource, action: Any) -> bool:
    controller = item.meta.controller
    return controller is not None and controller.name == sync.key[2]


_EXCEPT: Final[dict[tuple[str, str], Callable[[Sync, Resource, Any], bool]]] = {
    ("statefulset", "PersistentVolumeClaim"): lambda sync, item, action: not isinstance(action, Delete),
    ("statefulset", "Pod"): lambda sync, item, action: item.name.rpartition("-")[0] == sync.key[2],
    # contract cronjob 1: children are told by the name in the reference alone
    ("cronjob", "Job"): _same_name,
}


@decision("*")
def no_idle_status(sync: Sync) -> Iterator[str]:
    """A workload controller writes a status only if it differs from the one that it saw.

    A Deployment's sync may write twice, and a Job's does (contracts deployment 14, job 9), so the whole sync counts:
    it is idle if every status that it sent for its own object is the one that it saw. Not bound: a CronJob that has
    deleted Jobs (contract cronjob 3), and a Deployment whose ReplicaSet was refused (contract deployment 5): they write
    their status in any case.
    """
    if sync.controller not in TOUCHES or sync.desired is None:
        return
    if any(_TOLD_ANYWAY.get(sync.controller, _never)(row) for row in sync.rows):
        return
    sent = [row.action.object for row in sync.rows if isinstance(row.action, UpdateStatus)]
    own = [item for item in sent if item.uid == sync.desired.uid]
    if own and all(item.status == sync.desired.status and _metadata(item) == _metadata(sync.desired) for item in own):
        yield f"{sync.controller} wrote the status of {sync.desired} as it was"


def _never(row: Row) -> bool:
    return False


_TOLD_ANYWAY: Final[dict[str, Callable[[Row], bool]]] = {
    "cronjob": lambda row: isinstance(row.action, Delete),
    "deployment": lambda row: isinstance(row.action, Create) and row.refused,
}
"""After what a controller writes its status, changed or not."""


def _metadata(item: Resource) -> Any:
    return item.meta.annotations

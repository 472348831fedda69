"""Garbage collector: what becomes of objects whose owners go.

Rules
1. An object all of whose owners are gone is deleted; if some are left, only the references to the gone ones are
   removed. An owner is gone if no object has its kind, name and uid.
2. Orphan: an owner that is deleted so first takes itself out of its dependents, then goes; they stay.
3. Foreground: an owner that is deleted so waits until the dependents that block it are gone, and deletes them first.
4. How an object is deleted follows from how it was asked to go: with the finalizer `orphan` its own dependents are
   orphaned, with `foregroundDeletion` they go first, otherwise they go after it.
"""

from collections.abc import Iterable
from typing import Final

from reconcile.actions import MERGE, Action, Delete, Patch
from reconcile.controller import Change, Controller, Key, Watch
from reconcile.model.json import FrozenMap, freeze
from reconcile.model.kinds import BY_NAME
from reconcile.model.meta import OwnerReference
from reconcile.model.resource import Resource
from reconcile.view import Observed, Reader

ORPHAN: Final = "orphan"
FOREGROUND: Final = "foregroundDeletion"


def reconcile(item: Resource, observed: Observed) -> list[Action]:
    """Return what has to be done to *item*, or for its sake to its dependents."""
    if item.meta.deleting and ORPHAN in item.meta.finalizers:
        return _orphan_dependents(item, observed.cache)
    if item.meta.deleting and FOREGROUND in item.meta.finalizers:
        return _delete_dependents(item, observed.cache)
    return _follow_owners(item, observed.cache)


def _orphan_dependents(owner: Resource, reader: Reader) -> list[Action]:
    dependents = reader.dependents(owner.uid)
    if dependents:
        why = f"{owner} is deleted and leaves its dependents"
        return [*(_release(child, {owner.uid}, why) for child in dependents), _drop_finalizer(owner, ORPHAN, why)]
    return [_drop_finalizer(owner, ORPHAN, f"no dependent of {owner} is left")]


def _delete_dependents(owner: Resource, reader: Reader) -> list[Action]:
    blocking = [child for child in reader.dependents(owner.uid) if _blocks(child, owner)]
    if not blocking:
        return [_drop_finalizer(owner, FOREGROUND, f"no dependent of {owner} is left")]
    waiting = [child for child in blocking if not child.meta.deleting]
    return [_delete(child, reader, f"{owner} goes when its dependents are gone") for child in waiting]


def _blocks(child: Resource, owner: Resource) -> bool:
    return any(ref.uid == owner.uid and ref.block_owner_deletion for ref in child.meta.owners)


def _follow_owners(item: Resource, reader: Reader) -> list[Action]:
    gone = {ref.uid for ref in item.meta.owners if not _exists(ref, item.namespace, reader)}
    if not gone or item.meta.deleting:
        return []
    if any(ref.uid not in gone for ref in item.meta.owners):
        return [_release(item, gone, "one of several owners is gone")]
    owner = item.meta.owners[0]
    return [_delete(item, reader, f"its owner {owner.kind}/{owner.name} is gone")]


def _exists(ref: OwnerReference, namespace: str, reader: Reader) -> bool:
    kind = BY_NAME.get(ref.kind)
    place = namespace if kind is None or kind.namespaced else ""
    owner = reader.get(ref.kind, place, ref.name)
    return owner is not None and owner.uid == ref.uid


def _delete(item: Resource, reader: Reader, why: str) -> Delete:
    if FOREGROUND in item.meta.finalizers or (_in_foreground(item, reader) and reader.dependents(item.uid)):
        policy = "Foreground"
    else:
        policy = "Orphan" if ORPHAN in item.meta.finalizers else "Background"
    return Delete(*item.key, why, propagation=policy, uid=item.uid)


def _in_foreground(item: Resource, reader: Reader) -> bool:
    """Whether an owner of *item* waits for it; its dependents then have to go before it, too."""
    owners = (reader.get(ref.kind, item.namespace, ref.name) for ref in item.meta.owners)
    return any(owner is not None and FOREGROUND in owner.meta.finalizers for owner in owners)


def _release(item: Resource, uids: set[str], why: str) -> Patch:
    left = [ref for ref in item.raw["metadata"].get("ownerReferences") or () if ref.get("uid") not in uids]
    body = freeze({"metadata": {"uid": item.uid, "ownerReferences": left or None}})
    return Patch(*item.key, body, why, patch_type=MERGE)


def _drop_finalizer(item: Resource, finalizer: str, why: str) -> Patch:
    left = [name for name in item.meta.finalizers if name != finalizer]
    return Patch(*item.key, FrozenMap(metadata=freeze({"finalizers": left or None})), why, patch_type=MERGE)


# --- what wakes it -----------------------------------------------------------------------------------------------


def _interest(change: Change, reader: Reader) -> bool:
    """Objects that wait for it, and new or changed ones with an owner that is not there."""
    old, new = change
    if new is None:
        return False
    if new.meta.deleting and (ORPHAN in new.meta.finalizers or FOREGROUND in new.meta.finalizers):
        return True
    if not new.meta.owners or (old is not None and old.meta.owners == new.meta.owners):
        return False
    return not all(_exists(ref, new.namespace, reader) for ref in new.meta.owners)


def _relatives(change: Change, reader: Reader) -> Iterable[Key]:
    """Dependents of what is gone; owners that wait for a dependent that changed or is gone."""
    old, new = change
    if new is None and old is not None:
        yield from (child.key for child in reader.dependents(old.uid))
    if old is not None and (new is None or new.meta.owners != old.meta.owners):
        for ref in old.meta.owners:
            owner = reader.get(ref.kind, old.namespace, ref.name)
            if owner is not None and owner.meta.deleting and FOREGROUND in owner.meta.finalizers:
                yield owner.key


GARBAGE_COLLECTOR: Final = Controller(
    "garbage-collector", "*", reconcile, watches=(Watch("*", _relatives),), interest=_interest
)

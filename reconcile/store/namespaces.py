"""What the API server does about namespaces: what the admission NamespaceLifecycle refuses, and how one goes.

Rules
1. Nothing is created in a namespace that is not there, or that is being deleted: neither objects nor bindings of pods.
2. The namespaces that a cluster cannot do without are not deleted.
3. One that is deleted is Terminating until the finalizers of its spec are gone as well as those of its metadata.
"""

from collections.abc import Sequence
from typing import Final

from reconcile.actions import Create
from reconcile.model.clock import Instant, stamp
from reconcile.model.json import FrozenMap, put
from reconcile.model.kinds import resource
from reconcile.model.resource import Resource
from reconcile.outcome import Cause, Reason, Rejected
from reconcile.store.store import Store

IMMORTAL: Final = ("default", "kube-public", "kube-system")
"""The namespaces that are never deleted."""


def homeless(store: Store, action: Create) -> Rejected | None:
    """Return why nothing can be created where *action* wants it; None if it can, or needs no namespace."""
    if not action.namespace:
        return None
    home = store.get("Namespace", "", action.namespace)
    if home is None:
        return Rejected(Reason.NOT_FOUND, f'namespaces "{action.namespace}" not found')
    return _closing(action) if home.meta.deleting else None


def _closing(action: Create) -> Rejected:
    meta, place = action.body.get("metadata") or {}, action.namespace
    # Admission comes before a name is generated, so what is told is the prefix.
    name = meta.get("name") or meta.get("generateName") or "Unknown"
    why = f"unable to create new content in namespace {place} because it is being terminated"
    cause = Cause("NamespaceTerminating", "metadata.namespace", f"namespace {place} is being terminated")
    message = f'{resource(action.kind)} "{name}" is forbidden: {why}'
    return Rejected(Reason.NAMESPACE_TERMINATING, message, (cause,))


def immortal(item: Resource) -> Rejected | None:
    """Return the refusal to delete *item* if it is a namespace that a cluster cannot do without."""
    if item.kind != "Namespace" or item.name not in IMMORTAL:
        return None
    return Rejected(Reason.FORBIDDEN, f'namespaces "{item.name}" is forbidden: this namespace may not be deleted')


def own_finalizers(item: Resource) -> Sequence[str]:
    """Return the finalizers that *item* has in its spec, as only a namespace does."""
    return item.spec.get("finalizers") or () if item.kind == "Namespace" else ()


def terminating(raw: FrozenMap, now: Instant) -> FrozenMap:
    """Return a namespace that was asked to go; unlike other objects it is not told how long it has."""
    return put(put(raw, ("metadata", "deletionTimestamp"), stamp(now)), ("status", "phase"), "Terminating")

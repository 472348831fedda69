"""The API server's side of an action: `apply(store, action, now) -> (store, outcome)`.

Rules
1. A refusal is a value; the store is then the very one that was given.
2. A write that changes nothing gives the same store: no new resourceVersion, nobody is woken.
3. The main resource and the status are written apart: each keeps the other's part as it is stored.
4. An update that names a resourceVersion other than the stored one, or another uid, is a Conflict.
5. An object with finalizers that is deleted stays, with a deletionTimestamp, until the last finalizer is removed
   (contract api 9). A bound pod that has not ended stays for its grace period; the kubelet ends it. A namespace has
   finalizers of its own besides (`reconcile.store.namespaces`).
"""

from collections.abc import Callable
from typing import Any, Final

from attrs import frozen

from reconcile.actions import Action, Create, Delete, Event, Patch, Remember, Update, UpdateStatus, WakeAt
from reconcile.admission.admit import scale_of
from reconcile.model.clock import Instant, later, stamp
from reconcile.model.json import FrozenMap, drop, freeze, put
from reconcile.model.kinds import resource
from reconcile.model.objects import read
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.outcome import Applied, Cause, Outcome, Reason, Rejected
from reconcile.patch.errors import BadPatch
from reconcile.patch.request import patched, same_object
from reconcile.store.gate import VERBATIM, Gate, Stamp
from reconcile.store.namespaces import homeless, immortal, own_finalizers, terminating
from reconcile.store.store import Store

Answer = tuple[Store, Outcome]

ORPHAN: Final = "orphan"
FOREGROUND: Final = "foregroundDeletion"
_NAME_TRIES: Final = 8
"""How often a generated name that is taken is drawn again, as the API server does since 1.30."""
_PROPAGATION_FINALIZERS: Final[dict[str, str | None]] = {
    "Orphan": ORPHAN,
    "Foreground": FOREGROUND,
    "Background": None,
}


@frozen
class Rules:
    """How strictly the API treats a write."""

    gate: Gate = VERBATIM
    """What is stored, or why nothing is."""
    conflicts: bool = True
    """Whether an update that names another resourceVersion or uid than the stored one is refused."""
    uids: bool = True
    """Whether, where conflicts are refused, another uid is one."""


def apply(store: Store, action: Action, now: Instant, rules: Rules) -> Answer:
    """Carry out *action* on *store* and return the new store with the API's answer."""
    return _APPLY[type(action)](store, action, now, rules)


# --- create ----------------------------------------------------------------------------------------------------


def _create(store: Store, action: Create, now: Instant, rules: Rules) -> Answer:
    refused = homeless(store, action) if rules.gate.housed else None
    if refused is not None:
        return store, refused
    if action.subresource:
        return _POSTS[action.subresource](store, action, now, rules)
    named, name = _name(store, action)
    if store.get(action.kind, action.namespace, name) is not None:
        return store, already_exists(action.kind, name)
    with_uid, uid = named.next_uid()
    stored = rules.gate.create(action.kind, action.body, Stamp(action.namespace, name, uid, now))
    if isinstance(stored, Rejected):
        return store, stored
    return _save(with_uid, stored)


def _name(store: Store, action: Create) -> tuple[Store, str]:
    """Return the name of a new object; one that is generated is drawn anew while it is taken."""
    meta = action.body.get("metadata") or {}
    name, prefix = meta.get("name") or "", meta.get("generateName") or ""
    if name or not prefix:
        return store, name
    for _ in range(_NAME_TRIES):
        store, suffix = store.next_suffix()
        # contract api 2.1: the base of a generated name is cut to 58 characters
        name = f"{prefix[:58]}{suffix}"
        if store.get(action.kind, action.namespace, name) is None:
            break
    return store, name


def _bind(store: Store, action: Create, now: Instant, rules: Rules) -> Answer:
    name = action.body["metadata"]["name"]
    pod = store.get("Pod", action.namespace, name)
    if pod is None:
        return store, not_found("Pod", name)
    if pod.meta.deleting or pod.spec.get("nodeName"):
        state = "being deleted" if pod.meta.deleting else f"already assigned to node {pod.spec['nodeName']}"
        return store, Rejected(Reason.CONFLICT, f'pod "{name}" is {state}')
    raw = put(pod.raw, ("spec", "nodeName"), action.body["target"]["name"])
    scheduled = FrozenMap(type="PodScheduled", status="True", lastProbeTime=None, lastTransitionTime=stamp(now))
    others = [entry for entry in pod.status.get("conditions") or () if entry["type"] != "PodScheduled"]
    return _save(store, put(raw, ("status", "conditions"), [*others, scheduled]))


_POSTS: Final[dict[str, Callable[[Store, Create, Instant, Rules], Answer]]] = {"binding": _bind}


# --- update ----------------------------------------------------------------------------------------------------


def _update(store: Store, action: Update, now: Instant, rules: Rules) -> Answer:
    admit = rules.gate.finalize if action.subresource == "finalize" else rules.gate.update
    return _replace(store, action.object, rules, admit)


def _update_status(store: Store, action: UpdateStatus, now: Instant, rules: Rules) -> Answer:
    return _replace(store, action.object, rules, rules.gate.status)


def _replace(
    store: Store,
    new: Resource,
    rules: Rules,
    admit: Callable[[str, FrozenMap, FrozenMap], FrozenMap | Rejected],
) -> Answer:
    old = store.get(*new.key)
    if old is None:
        return store, not_found(new.kind, new.name)
    conflict = _conflict(old, new.meta.uid if rules.uids else "", new.meta.resource_version)
    if conflict is not None and rules.conflicts:
        return store, conflict
    stored = admit(new.kind, new.raw, old.raw)
    if isinstance(stored, Rejected):
        return store, stored
    return _settle(store, old, stored)


def _conflict(old: Resource, uid: str, version: str) -> Rejected | None:
    if version not in ("", "0", old.meta.resource_version):
        return Rejected(
            Reason.CONFLICT,
            f'Operation cannot be fulfilled on {resource(old.kind)} "{old.name}": the object has been modified; '
            "please apply your changes to the latest version and try again",
        )
    if uid not in ("", old.uid):
        return Rejected(
            Reason.CONFLICT, f"Precondition failed: UID in precondition: {uid}, UID in object meta: {old.uid}"
        )
    return None


def _settle(store: Store, old: Resource, stored: FrozenMap) -> Answer:
    """Save *stored* in the place of *old*, or let it go if its last finalizer went with this write."""
    new = read(stored)
    if new.meta.deleting and _held(old) and not _held(new) and not _lingers(new):
        return store.remove(*old.key), Applied(new)
    if stored == old.raw:
        return store, Applied(old)
    return _save(store, stored)


def _save(store: Store, raw: FrozenMap) -> Answer:
    store, version = store.next_version()
    item = read(put(raw, ("metadata", "resourceVersion"), version))
    return store.put(item), Applied(item)


# --- patch -----------------------------------------------------------------------------------------------------


def _patch(store: Store, action: Patch, now: Instant, rules: Rules) -> Answer:
    old = store.get(action.kind, action.namespace, action.name)
    if old is None:
        return store, not_found(action.kind, action.name)
    scales = action.subresource == "scale"
    target = scale_of(old.raw) if scales else old.raw
    try:
        new = freeze(patched("Scale" if scales else action.kind, action.patch_type, target, action.body))
        if not scales:
            same_object(new, old.raw)
    except BadPatch as error:
        return store, _bad_patch(action, error)
    meta = new.get("metadata") or {}
    conflict = _conflict(old, meta.get("uid") or "", meta.get("resourceVersion") or "")
    if conflict is not None and rules.conflicts:
        return store, conflict
    stored = _door(rules, action.subresource)(action.kind, new, old.raw)
    if isinstance(stored, Rejected):
        return store, stored
    return _settle(store, old, stored)


def _door(rules: Rules, subresource: str) -> Callable[[str, FrozenMap, FrozenMap], FrozenMap | Rejected]:
    return {"status": rules.gate.status, "scale": rules.gate.scale}.get(subresource, rules.gate.update)


_BAD_PATCH: Final = {422: Reason.INVALID, 500: Reason.INTERNAL_ERROR}


def _bad_patch(action: Patch, error: BadPatch) -> Rejected:
    reason = _BAD_PATCH.get(error.code, Reason.BAD_REQUEST)
    causes = (Cause("FieldValueInvalid", error.field, str(error)),) if error.field else ()
    return Rejected(reason, f"the patch of {action.kind}/{action.name} does not apply: {error}", causes)


# --- delete ----------------------------------------------------------------------------------------------------


def _delete(store: Store, action: Delete, now: Instant, rules: Rules) -> Answer:
    old = store.get(action.kind, action.namespace, action.name)
    if old is None:
        return store, not_found(action.kind, action.name)
    if action.propagation is not None and action.propagation not in _PROPAGATION_FINALIZERS:
        return store, _unknown_propagation(action.propagation)
    refused = _conflict(old, action.uid or "", action.resource_version or "") or immortal(old)
    if refused is not None:
        return store, refused
    finalizers = _finalizers(old, action.propagation)
    grace = _grace(old, action.grace_period_seconds)
    if not finalizers and not own_finalizers(old) and grace == 0:
        return store.remove(*old.key), Applied(old)
    raw = _with_finalizers(old.raw, finalizers)
    if old.kind == "Namespace":
        raw = raw if old.meta.deleting else terminating(raw, now)
    elif not old.meta.deleting:
        raw = put(raw, ("metadata", "deletionTimestamp"), stamp(later(now, grace)))
        raw = put(raw, ("metadata", "deletionGracePeriodSeconds"), grace)
        if old.meta.generation:
            raw = put(raw, ("metadata", "generation"), old.meta.generation + 1)
    elif grace < (old.look("metadata", "deletionGracePeriodSeconds", default=0)):
        # A second delete may shorten the wait, never lengthen it.
        raw = put(raw, ("metadata", "deletionTimestamp"), stamp(later(now, grace)))
        raw = put(raw, ("metadata", "deletionGracePeriodSeconds"), grace)
    return (store, Applied(old)) if raw is old.raw else _save(store, raw)


def _unknown_propagation(wanted: str) -> Rejected:
    known = ", ".join(f'"{name}"' for name in sorted(_PROPAGATION_FINALIZERS))
    cause = Cause(
        "FieldValueNotSupported", "propagationPolicy", f'Unsupported value: "{wanted}": supported values: {known}'
    )
    return Rejected(Reason.INVALID, f"{cause.field}: {cause.message}", (cause,))


def _finalizers(old: Resource, propagation: str | None) -> list[str]:
    kept = [name for name in old.meta.finalizers if propagation is None or name not in (ORPHAN, FOREGROUND)]
    added = _PROPAGATION_FINALIZERS.get(propagation or "Background")
    return [*kept, added] if added is not None and added not in kept else kept


def _with_finalizers(raw: FrozenMap, finalizers: list[str]) -> FrozenMap:
    if finalizers:
        return put(raw, ("metadata", "finalizers"), finalizers)
    dropped: FrozenMap = drop(raw, ("metadata", "finalizers"))
    return dropped


def _held(item: Resource) -> bool:
    return bool(item.meta.finalizers or own_finalizers(item))


def _grace(old: Resource, wanted: int | None) -> int:
    """Return the seconds that *old* is given to end; only a bound pod that has not ended gets any."""
    if not isinstance(old, Pod) or not old.node or old.finished:
        return 0
    grace = wanted if wanted is not None else old.spec.get("terminationGracePeriodSeconds", 30)
    return max(int(grace), 1) if grace < 0 else int(grace)


def _lingers(item: Resource) -> bool:
    """Whether a pod without finalizers still waits for its kubelet."""
    return bool(item.look("metadata", "deletionGracePeriodSeconds", default=0)) and isinstance(item, Pod)


# --- answers ---------------------------------------------------------------------------------------------------


def not_found(kind: str, name: str) -> Rejected:
    """Return the answer for an object that is not there.

    >>> not_found("Pod", "web").message
    'pods "web" not found'
    """
    return Rejected(Reason.NOT_FOUND, f'{resource(kind)} "{name}" not found')


def already_exists(kind: str, name: str) -> Rejected:
    """Return the answer for a name in use.

    >>> already_exists("Deployment", "web").message
    'deployments.apps "web" already exists'
    """
    return Rejected(Reason.ALREADY_EXISTS, f'{resource(kind)} "{name}" already exists')


def _nothing(store: Store, action: Action, now: Instant, rules: Rules) -> Answer:
    return store, Applied()


_APPLY: Final[dict[type[Any], Callable[[Store, Any, Instant, Rules], Answer]]] = {
    Create: _create,
    Update: _update,
    UpdateStatus: _update_status,
    Patch: _patch,
    Delete: _delete,
    Event: _nothing,
    WakeAt: _nothing,
    Remember: _nothing,
}

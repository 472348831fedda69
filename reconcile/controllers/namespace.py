"""Namespaces: what becomes of one that is deleted, and of what is in it.

Rules
1. All that is in it is deleted: first the pods, and what else there is when the last of them is gone
   (OrderedNamespaceDeletion, always on since 1.34).
2. What does not go at once is waited for: a pod has its grace period, and what has a finalizer stays until somebody
   takes that away. The conditions of the namespace tell how much of what is left, and behind which finalizers.
3. When nothing is left, the finalizer `kubernetes` is taken from the namespace's spec; if it is the last, it goes.

Nothing is created in such a namespace, so a cache that lags shows too much, never too little: an empty one is right.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from reconcile.actions import Delete, Update, UpdateStatus, WakeAt
from reconcile.controller import Change, Controller, Key, Watch
from reconcile.model.clock import Instant, stamp
from reconcile.model.condition import Condition, find
from reconcile.model.json import FrozenMap
from reconcile.model.kinds import resource
from reconcile.model.resource import Resource
from reconcile.outcome import Outcome, Reason, Rejected
from reconcile.script import Script, Steps, scripted
from reconcile.view import Observed, Reader

FINALIZER: Final = "kubernetes"
SOON: Final = 1.0
"""For how many seconds what goes may wait for more of it, so that many pods that end are few syncs. Upstream looks
again after half of the longest grace period, and a second."""

Told = tuple[str, str]
"""Reason and message of a condition."""
WELL: Final[Mapping[str, Told]] = {
    "NamespaceDeletionDiscoveryFailure": ("ResourcesDiscovered", "all kinds of objects are known"),
    "NamespaceDeletionGroupVersionParsingFailure": ("ParsedGroupVersions", "all versions of kinds can be read"),
    "NamespaceDeletionContentFailure": ("ContentDeleted", "no deletion was refused"),
    "NamespaceContentRemaining": ("ContentRemoved", "nothing is left"),
    "NamespaceFinalizersRemaining": ("ContentHasNoFinalizers", "nothing is held by a finalizer"),
}
"""The conditions that are told, by type, with what they say if all is well."""


@scripted
def reconcile(namespace: Resource, observed: Observed) -> Script:
    """Empty *namespace* if it is being deleted, and let it go once nothing is left in it."""
    if not namespace.meta.deleting or FINALIZER not in (namespace.spec.get("finalizers") or ()):
        return
    left, faults = yield from _emptied(namespace, observed.cache)
    fresh = yield from _told(namespace, _conditions(namespace, _ill(left, faults), observed.now))
    answer = fresh if isinstance(fresh, Rejected) or left else (yield from _finalized(fresh))
    if isinstance(answer, Rejected):
        faults.append(str(answer))
    if faults:
        yield WakeAt(None, "the namespace could not be emptied", error="; ".join(faults))


def _emptied(namespace: Resource, reader: Reader) -> Steps[tuple[list[Resource], list[str]]]:
    """Delete what is in *namespace*; return what is left all the same, and what went wrong."""
    left: list[Resource] = []
    faults: list[str] = []
    for kind in ("Pod", *(kind for kind in reader.kinds if kind != "Pod")):
        for item in reader.all(kind, namespace.name):
            answer = None if item.meta.deleting else (yield _deletion(item, namespace))
            if isinstance(answer, Rejected) and answer.reason is not Reason.NOT_FOUND:
                faults.append(str(answer))
            left += _remains(item, answer)
        if left and kind == "Pod":
            break
    return left, faults


def _deletion(item: Resource, namespace: Resource) -> Delete:
    return Delete(*item.key, f"{namespace} is being deleted", propagation="Background", uid=item.uid)


def _remains(item: Resource, answer: Outcome | None) -> list[Resource]:
    """Return what is left of *item* after the answer to its deletion; None if it was being deleted before."""
    if answer is None:
        return [item]
    if isinstance(answer, Rejected):
        return [] if answer.reason is Reason.NOT_FOUND else [item]
    return [answer.object] if answer.object is not None and answer.object.meta.deleting else []


def _finalized(namespace: Resource) -> Steps[Outcome]:
    """Take the finalizer away from *namespace*."""
    kept = [name for name in namespace.spec["finalizers"] if name != FINALIZER]
    path = ("spec", "finalizers")
    new = namespace.put(path, kept) if kept else namespace.drop(path)
    answer = yield Update(new, "nothing is left in the namespace", subresource="finalize")
    return answer


# --- what is told ------------------------------------------------------------------------------------------------


def _told(namespace: Resource, conditions: list[Condition]) -> Steps[Resource | Rejected]:
    """Tell *conditions* if they are news; return the namespace after that, or why they could not be told."""
    if conditions == namespace.status.get("conditions"):
        return namespace
    new = namespace.put(("status", "conditions"), conditions)
    answer = yield UpdateStatus(new, find(conditions, "NamespaceContentRemaining")["message"])  # type: ignore[index]
    return answer if isinstance(answer, Rejected) else answer.object or new


def _ill(left: list[Resource], faults: list[str]) -> dict[str, Told]:
    """Return what is told of conditions that are not well."""
    found: dict[str, Told] = {}
    if faults:
        message = f"{len(faults)} deletions were refused: {'; '.join(sorted(faults))}"
        found["NamespaceDeletionContentFailure"] = ("ContentDeletionFailed", message)
    if left:
        kinds = Counter(resource(item.kind) for item in left)
        found["NamespaceContentRemaining"] = ("SomeResourcesRemain", f"still there: {_counted(kinds)}")
    names = Counter(name for item in left for name in item.meta.finalizers)
    if names:
        found["NamespaceFinalizersRemaining"] = ("SomeFinalizersRemain", f"held by finalizers: {_counted(names)}")
    return found


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{name} ({counts[name]})" for name in sorted(counts))


def _conditions(namespace: Resource, ill: Mapping[str, Told], now: Instant) -> list[Condition]:
    """Return the conditions of *namespace*; those that are somebody else's stay behind ours."""
    known = namespace.status.get("conditions") or ()
    own = [_condition(kind, ill.get(kind), find(known, kind), now) for kind in WELL]
    return [*own, *(condition for condition in known if condition.get("type") not in WELL)]


def _condition(kind: str, ill: Told | None, old: Condition | None, now: Instant) -> Condition:
    status = "True" if ill is not None else "False"
    reason, message = ill if ill is not None else WELL[kind]
    turned = old.get("lastTransitionTime") if old is not None and old.get("status") == status else stamp(now)
    return FrozenMap(type=kind, status=status, lastTransitionTime=turned, reason=reason, message=message)


# --- what wakes it -----------------------------------------------------------------------------------------------


def _interest(change: Change, reader: Reader) -> bool:
    return change[1] is not None and change[1].meta.deleting


def _home(change: Change, reader: Reader) -> Iterable[Key]:
    """A namespace that is being deleted, when something in it is gone or is rid of a finalizer."""
    old, new = change
    if old is None or not old.namespace or (new is not None and new.meta.finalizers == old.meta.finalizers):
        return ()
    home = reader.get("Namespace", "", old.namespace)
    return ((home.namespace, home.name),) if home is not None and home.meta.deleting else ()


NAMESPACE: Final = Controller(
    "namespace", "Namespace", reconcile, watches=(Watch("*", _home, delay=SOON),), interest=_interest
)

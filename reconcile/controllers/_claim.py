"""Adoption and release: which objects are whose.

Rules (contract replicaset 3; the other controllers differ only in which objects they consider)
1. A child that the owner controls but no longer selects is released; an orphan that it selects is adopted.
2. Before the first adoption of a sync the owner is read past the cache: if it is gone, was replaced, or is being
   deleted, nothing is adopted and the sync fails; releases go out all the same.
3. All patches are tried. A child that vanished in the meantime is no error, nor is a refused release of one that
   changed.
"""

from collections.abc import Iterable
from typing import Final, TypeVar

from reconcile.actions import Patch
from reconcile.model.json import FrozenMap, freeze
from reconcile.model.pod import controller_reference
from reconcile.model.resource import Resource
from reconcile.model.selector import Selector
from reconcile.outcome import Reason, Rejected
from reconcile.script import Steps
from reconcile.view import Observed

R = TypeVar("R", bound=Resource)

_RELEASE_IGNORES: Final = (Reason.NOT_FOUND, Reason.INVALID)


def claim(
    owner: Resource,
    strays: Iterable[Resource],
    orphans: Iterable[R],
    observed: Observed,
    *,
    finalizer: str | None = None,
) -> Steps[tuple[list[R], str | None]]:
    """Release *strays*, adopt *orphans*; return those adopted, and what went wrong if anything did.

    With *finalizer* an adopted child gets it, and a released one loses it.
    """
    errors = []
    for stray in strays:
        answer = yield _release(owner, stray, finalizer)
        if isinstance(answer, Rejected) and answer.reason not in _RELEASE_IGNORES:
            errors.append(str(answer))
    adopted = []
    waiting = list(orphans)
    refusal = may_adopt(owner, observed) if waiting else None
    if refusal is not None:
        return [], refusal
    for orphan in waiting:
        answer = yield adoption(owner, orphan, finalizer=finalizer)
        if not isinstance(answer, Rejected):
            adopted.append(orphan)
        elif answer.reason is not Reason.NOT_FOUND:
            errors.append(str(answer))
    return adopted, "; ".join(errors) or None


def may_adopt(owner: Resource, observed: Observed) -> str | None:
    """Return why *owner* must not adopt anything now; None if it may."""
    fresh = observed.reread(owner)
    if isinstance(fresh, Rejected):
        return f"{owner} could not be read before adopting: {fresh}"
    if fresh.uid != owner.uid:
        return f"{owner} was replaced: its uid is {fresh.uid}, not {owner.uid}"
    if fresh.meta.deleting:
        return f"{owner} is being deleted"
    return None


def adoption(owner: Resource, child: Resource, *, finalizer: str | None = None) -> Patch:
    """Return the patch that makes *owner* the controller of *child*."""
    meta = {"uid": child.uid, "ownerReferences": [controller_reference(owner)]}
    if finalizer is not None:
        meta["finalizers"] = [finalizer]
    return _patch(child, freeze(meta), f"{child} has no controller and matches the selector of {owner}")


def selects(owner: Resource, child: Resource) -> bool:
    """Return whether the selector of *owner* matches *child*; one that the server could not convert matches nothing."""
    try:
        return Selector.parse(owner.spec.get("selector")).matches(child.meta.labels)
    except ValueError:
        return False


def _release(owner: Resource, child: Resource, finalizer: str | None) -> Patch:
    meta = {"uid": child.uid, "ownerReferences": [{"$patch": "delete", "uid": owner.uid}]}
    if finalizer is not None:
        meta["$deleteFromPrimitiveList/finalizers"] = [finalizer]
    return _patch(child, freeze(meta), f"{child} no longer matches the selector of {owner}")


def _patch(child: Resource, meta: FrozenMap, why: str) -> Patch:
    return Patch(child.kind, child.namespace, child.name, FrozenMap(metadata=meta), why)

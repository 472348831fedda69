"""Who owns a claim: how persistentVolumeClaimRetentionPolicy is carried out (contract statefulset 6).

Rules
1. The garbage collector deletes a claim with its owner. So a claim is owned by the set if it goes with the set, by its
   pod if it goes with a pod that is scaled away, and by nobody if it stays: `OWNERS`.
2. Hands off where an owner of the same name but another uid stands: what it owned belongs to an earlier life.
3. Where somebody else controls the claim, our references are taken away and none is added, and the user is told.
4. A reference is *about* the set or the pod by apiVersion, kind and name; an object *owns* a claim by uid.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from reconcile.actions import Event, Update
from reconcile.controllers.statefulset.claims import Claims, claim_name
from reconcile.controllers.statefulset.identity import in_range, ordinal_of
from reconcile.model.meta import OwnerReference
from reconcile.model.pod import Pod, controller_reference
from reconcile.model.resource import Resource
from reconcile.model.statefulset import StatefulSet
from reconcile.outcome import Rejected
from reconcile.script import Steps

SET: Final = "set"
POD: Final = "pod"
NOBODY: Final = ""

OWNERS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("Retain", "Retain"): (NOBODY, NOBODY),
    ("Retain", "Delete"): (SET, SET),
    ("Delete", "Retain"): (NOBODY, POD),
    ("Delete", "Delete"): (SET, POD),
}
"""From whenScaled and whenDeleted to who owns the claims of a wanted pod, and those of a pod that is scaled away."""

_KEPT: Final = ("Retain", "Retain")


def _policy(sts: StatefulSet) -> tuple[str, str]:
    return (sts.when_scaled, sts.when_deleted)


def _wanted_owner(sts: StatefulSet, pod: Pod) -> str:
    # A policy that nobody knows keeps the claims.
    wanted, scaled_away = OWNERS.get(_policy(sts), OWNERS[_KEPT])
    return wanted if in_range(sts, ordinal_of(pod)) else scaled_away


def _about_set(sts: StatefulSet, owner: OwnerReference) -> bool:
    return (owner.api_version, owner.kind, owner.name) == ("apps/v1", "StatefulSet", sts.name)


def _about_pod(pod: Pod, owner: OwnerReference) -> bool:
    return (owner.api_version, owner.kind, owner.name) == ("v1", "Pod", pod.name)


def _owns(claim: Resource, uid: str) -> bool:
    return any(owner.uid == uid for owner in claim.meta.owners)


def _foreign(owners: Iterable[OwnerReference], uid: str) -> bool:
    """Return whether the first of *owners* has another uid."""
    return next((owner.uid != uid for owner in owners), False)


def _of_earlier_set(sts: StatefulSet, claim: Resource) -> bool:
    return _foreign((owner for owner in claim.meta.owners if _about_set(sts, owner)), sts.uid)


def of_earlier_pod(pod: Pod, claim: Resource) -> bool:
    """Return whether *claim* belongs to another pod of the same name; to a pod not made yet, any other is another."""
    return _foreign((owner for owner in claim.meta.owners if _about_pod(pod, owner)), pod.uid)


def contested(sts: StatefulSet, pod: Pod, claim: Resource) -> bool:
    """Return whether somebody else controls *claim*."""
    return _policy(sts) != _KEPT and any(_contests(sts, pod, owner) for owner in claim.meta.owners)


def _contests(sts: StatefulSet, pod: Pod, owner: OwnerReference) -> bool:
    if _about_set(sts, owner):
        return owner.uid != sts.uid
    if _about_pod(pod, owner):
        return owner.uid != pod.uid
    return owner.controller


def owned_rightly(sts: StatefulSet, pod: Pod, claim: Resource) -> bool:
    """Return whether *claim* has the owners that the policy asks for."""
    if _of_earlier_set(sts, claim) or of_earlier_pod(pod, claim):
        return True
    by_set, by_pod = _owns(claim, sts.uid), _owns(claim, pod.uid)
    if contested(sts, pod, claim):
        return not (by_set or by_pod)
    if any(owner.uid in (sts.uid, pod.uid) and not owner.controller for owner in claim.meta.owners):
        return False
    wanted = _wanted_owner(sts, pod)
    return (by_set, by_pod) == (wanted == SET, wanted == POD)


def all_owned_rightly(sts: StatefulSet, pod: Pod, claims: Claims) -> bool:
    """Return whether all claims of *pod* that exist have the right owners."""
    return all(owned_rightly(sts, pod, claim) for claim in _existing(sts, pod, claims))


def _existing(sts: StatefulSet, pod: Pod, claims: Claims) -> list[Resource]:
    ordinal = ordinal_of(pod)
    found = (claims.get(claim_name(sts, template, ordinal)) for template in sts.claim_templates)
    return [claim for claim in found if claim is not None]


def _with_owners(sts: StatefulSet, pod: Pod, claim: Resource) -> Resource:
    # The typed owners stand in the order of the JSON entries.
    entries = zip(claim.meta.owners, claim.look("metadata", "ownerReferences", default=()), strict=True)
    kept = [raw for ref, raw in entries if not (_about_set(sts, ref) or _about_pod(pod, ref))]
    owner = {SET: sts, POD: pod, NOBODY: None}[_wanted_owner(sts, pod)]
    if owner is not None and not contested(sts, pod, claim):
        kept.append(controller_reference(owner))
    return claim.put(("metadata", "ownerReferences"), kept) if kept else claim.drop(("metadata", "ownerReferences"))


def adjust_owners(sts: StatefulSet, pod: Pod, claims: Claims) -> Steps[Rejected | None]:
    """Give the claims of *pod* the owners that the policy asks for; return the first refusal."""
    for claim in _existing(sts, pod, claims):
        if contested(sts, pod, claim):
            told = f"Claim {claim.name} of pod {pod.name} is controlled by something else, so the policy cannot apply"
            yield Event("Warning", "ConflictingController", sts, told)
        if owned_rightly(sts, pod, claim):
            continue
        answer = yield Update(_with_owners(sts, pod, claim), _why(sts, pod, claim))
        if isinstance(answer, Rejected):
            return answer
        claims.wrote(answer.object)
    return None


def _why(sts: StatefulSet, pod: Pod, claim: Resource) -> str:
    fate = {SET: "goes with the set", POD: f"goes with {pod.name}, which is scaled away", NOBODY: "stays"}
    policy = f"whenDeleted {sts.when_deleted}, whenScaled {sts.when_scaled}"
    return f"{claim.name} {fate[_wanted_owner(sts, pod)]} ({policy})"

"""A wanted pod: made if it is not there, replaced if it has ended, kept in shape (contract statefulset 5).

Rules
1. A pod that has ended is deleted; the next one is made when it is gone, because both have the same name.
2. A pod is made after its claims. A claim that still belongs to an earlier pod of that name is waited for.
3. In order, the next pod has to wait until this one runs, is ready and available.
4. The pod has its name as a label, mounts its claims, and its claims have the owners that the policy asks for;
   otherwise it is updated, even if only its claims had to change.
"""

from typing import Final

from attrs import frozen

from reconcile.actions import Create, Delete, Event, Update
from reconcile.controllers.statefulset.claims import Claims, claim_names, claim_volumes, create_missing, mounts_claims
from reconcile.controllers.statefulset.identity import (
    created,
    has_identity,
    ordinal_of,
    running_available,
    with_identity,
)
from reconcile.controllers.statefulset.lineup import Lineup
from reconcile.controllers.statefulset.retention import adjust_owners, all_owned_rightly, of_earlier_pod
from reconcile.controllers.statefulset.visit import WAIT, Halt, halted
from reconcile.model.pod import Pod
from reconcile.model.statefulset import StatefulSet
from reconcile.outcome import Reason, Rejected
from reconcile.script import Steps
from reconcile.view import Observed

UPDATE_TRIES: Final = 4


def keep(lineup: Lineup, index: int, claims: Claims, observed: Observed) -> Steps[Halt | None]:
    """Bring the pod at *index* closer to what it should be; return what the others have to wait for."""
    sts, pod = lineup.sts, lineup.pod(index)
    if pod.finished:
        return (yield from _replace(sts, pod))
    if not created(pod):
        halt = yield from _create(sts, pod, claims)
        if halt is not None:
            return halt
    elif pod.phase == "Pending":
        halt = halted((yield from _complete_claims(sts, pod, claims)))
        if halt is not None:
            return halt
    if not sts.parallel and not _settled(sts, pod, observed):
        return WAIT
    if _in_shape(sts, pod, claims):
        return None
    return halted((yield from _put_in_shape(sts, pod, claims, observed)))


def _settled(sts: StatefulSet, pod: Pod, observed: Observed) -> bool:
    return not pod.meta.deleting and running_available(sts, pod, observed.now)


def _replace(sts: StatefulSet, pod: Pod) -> Steps[Halt | None]:
    if pod.meta.deleting:
        return WAIT
    error = yield from delete_pod(sts, pod.name, f"{pod.name} has ended ({pod.phase}); a new pod takes its place")
    return Halt(error)


def delete_pod(sts: StatefulSet, name: str, why: str) -> Steps[str | None]:
    """Delete the pod called *name* and tell; return what went wrong. A pod that is gone already is no error."""
    answer = yield Delete("Pod", sts.namespace, name, why)
    gone = isinstance(answer, Rejected) and answer.reason is Reason.NOT_FOUND
    error = None if gone or not isinstance(answer, Rejected) else str(answer)
    yield _event(sts, "Delete", name, error)
    return error


def _event(sts: StatefulSet, verb: str, name: str, error: str | None) -> Event:
    if error is None:
        return Event("Normal", f"Successful{verb}", sts, f"{verb} pod {name}: done")
    return Event("Warning", f"Failed{verb}", sts, f"{verb} pod {name} failed: {error}")


# --- making a pod --------------------------------------------------------------------------------------------------


def _create(sts: StatefulSet, pod: Pod, claims: Claims) -> Steps[Halt | None]:
    if sts.when_scaled == "Delete" and _claim_is_stale(sts, pod, claims):
        return WAIT
    error = yield from create_missing(sts, pod, ordinal_of(pod), claims)
    if error is not None:
        yield _event(sts, "Create", pod.name, error)
        return Halt(error)
    answer = yield Create("Pod", sts.namespace, pod.raw, f"{sts.replicas} wanted, and {pod.name} is not there")
    failure = str(answer) if isinstance(answer, Rejected) else None
    if isinstance(answer, Rejected) and answer.reason is Reason.ALREADY_EXISTS:
        # 5, 2c: usually the cache has not seen the pod yet, so nobody is told
        return Halt(failure)
    refusal = yield from adjust_owners(sts, pod, claims)
    if refusal is not None:
        yield _event(sts, "Update", pod.name, str(refusal))
        return Halt(str(refusal))
    yield _event(sts, "Create", pod.name, failure)
    if failure is not None:
        return Halt(failure)
    return None if sts.parallel else WAIT


def _claim_is_stale(sts: StatefulSet, pod: Pod, claims: Claims) -> bool:
    found = (claims.get(name) for name in claim_names(sts, ordinal_of(pod)).values())
    return any(of_earlier_pod(pod, claim) for claim in found if claim is not None)


def _complete_claims(sts: StatefulSet, pod: Pod, claims: Claims) -> Steps[str | None]:
    error = yield from create_missing(sts, pod, ordinal_of(pod), claims)
    if error is not None:
        return error
    refusal = yield from adjust_owners(sts, pod, claims)
    if refusal is None:
        return None
    yield _event(sts, "Update", pod.name, str(refusal))
    return str(refusal)


# --- keeping it in shape -------------------------------------------------------------------------------------------


def _in_shape(sts: StatefulSet, pod: Pod, claims: Claims) -> bool:
    return (
        has_identity(sts, pod)
        and mounts_claims(sts, pod, ordinal_of(pod))
        and (not sts.claim_templates or all_owned_rightly(sts, pod, claims))
    )


def _put_in_shape(sts: StatefulSet, pod: Pod, claims: Claims, observed: Observed) -> Steps[str | None]:
    """Update *pod* and its claims; a conflict is tried again on fresh copies, up to four times in all."""
    sent, error = False, None
    for _ in range(UPDATE_TRIES):
        attempt = yield from _attempt(sts, pod, claims)
        pod, sent, error = attempt.pod, sent or attempt.sent, attempt.error
        if not attempt.conflict:
            break
        claims = claims.later()
        fresh = observed.reread(pod) if attempt.sent else pod
        pod = pod if isinstance(fresh, Rejected) else fresh
    if sent:
        yield _event(sts, "Update", pod.name, error)
    return error


@frozen
class _Attempt:
    """How far one attempt has come."""

    pod: Pod
    """The pod as it should be."""
    sent: bool = False
    """Whether the pod itself was updated, or at least tried to."""
    error: str | None = None
    conflict: bool = False


def _attempt(sts: StatefulSet, pod: Pod, claims: Claims) -> Steps[_Attempt]:
    ordinal, reasons = ordinal_of(pod), []
    if not has_identity(sts, pod):
        pod = with_identity(sts, pod)
        reasons.append("it does not carry its name as a label")
    if not mounts_claims(sts, pod, ordinal):
        pod = pod.put(("spec", "volumes"), claim_volumes(sts, ordinal, pod.spec.get("volumes")))
        reasons.append("it does not mount its claims")
        error = yield from create_missing(sts, pod, ordinal, claims)
        if error is not None:
            yield _event(sts, "Update", pod.name, error)
            return _Attempt(pod, error=error)
    if not all_owned_rightly(sts, pod, claims):
        refusal = yield from adjust_owners(sts, pod, claims)
        if refusal is not None:
            yield _event(sts, "Update", pod.name, str(refusal))
            return _Attempt(pod, error=str(refusal), conflict=refusal.reason is Reason.CONFLICT)
        reasons.append("its claims got other owners")
    if not reasons:
        return _Attempt(pod)
    answer = yield Update(pod, f"{pod.name}: {', and '.join(reasons)}")
    if isinstance(answer, Rejected):
        return _Attempt(pod, sent=True, error=str(answer), conflict=answer.reason is Reason.CONFLICT)
    return _Attempt(pod, sent=True)

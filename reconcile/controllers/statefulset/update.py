"""Scaling down and rolling out: which pods go (contract statefulset 6 and 7).

Rules
1. Condemned pods go from the highest ordinal down: in order one at a time, in Parallel all at once.
2. In order, an unhealthy pod blocks the scale-down, unless it is the lowest unhealthy one and its turn has come.
3. A rollout deletes the pod with the highest index that has another revision, one a sync, and waits for each pod that
   is not available. Pods below the partition are left alone.
4. In order, neither starts before all wanted pods are ready. That is why a rollout whose pod never gets ready stays
   stuck when the template is put right: nobody deletes the broken pod. In Parallel it heals.

`maxUnavailable` changes nothing: its gate, MaxUnavailableStatefulSet, is off by default in 1.36.
"""

from attrs import frozen

from reconcile.controllers.statefulset.claims import Claims
from reconcile.controllers.statefulset.identity import running_available, unavailable
from reconcile.controllers.statefulset.lineup import Lineup
from reconcile.controllers.statefulset.replicas import delete_pod
from reconcile.controllers.statefulset.retention import adjust_owners, all_owned_rightly
from reconcile.controllers.statefulset.visit import WAIT, Halt, halted, visit
from reconcile.model.clock import Instant
from reconcile.model.pod import Pod
from reconcile.model.revision import revision_label
from reconcile.model.statefulset import StatefulSet
from reconcile.script import Steps


def scale_down(lineup: Lineup, claims: Claims, now: Instant) -> Steps[Halt | None]:
    """Hand the claims of the condemned pods over, then delete the pods; return what ended it early."""
    sts, condemned = lineup.sts, lineup.condemned
    halt = yield from visit(sts, condemned, lambda pod: _hand_over(sts, pod, claims))
    if halt is not None:
        return halt
    # No wanted pod is unavailable here if pods go in order, so the first unavailable one is a condemned one.
    first = next((pod for pod in reversed(condemned) if unavailable(sts, pod, now)), None)
    return (yield from visit(sts, condemned, lambda pod: _condemn(sts, pod, first, now)))


def _hand_over(sts: StatefulSet, pod: Pod, claims: Claims) -> Steps[Halt | None]:
    if not sts.claim_templates or all_owned_rightly(sts, pod, claims):
        return None
    refusal = yield from adjust_owners(sts, pod, claims)
    return halted(None if refusal is None else str(refusal))


def _condemn(sts: StatefulSet, pod: Pod, first: Pod | None, now: Instant) -> Steps[Halt | None]:
    if pod.meta.deleting:
        return None if sts.parallel else WAIT
    if not sts.parallel and pod is not first and not running_available(sts, pod, now):
        return WAIT
    where = f"above the {sts.replicas} wanted" if sts.start == 0 else f"outside of the {sts.replicas} wanted"
    which = "one of the ordinals" if sts.parallel else "the highest ordinal"
    error = yield from delete_pod(sts, pod.name, f"{pod.name} is {which} {where}")
    return Halt(error) if error is not None or not sts.parallel else None


@frozen
class Rolled:
    """What a step of the rollout did."""

    replaced: int = 0
    """How many pods fewer have the current revision."""
    error: str | None = None


NOTHING_ROLLED = Rolled()


def roll_out(lineup: Lineup, now: Instant) -> Steps[Rolled]:
    """Delete the last pod that does not have the update revision, if its turn has come."""
    sts, wanted = lineup.sts, lineup.revisions.update.name
    # The partition counts indexes: the first ordinal does not shift it.
    for index in range(sts.replicas - 1, (sts.partition or 0) - 1, -1):
        pod = lineup.replicas.get(index)
        has = revision_label(pod.meta.labels) if pod is not None else lineup.revision(index).name
        if has != wanted and not (pod is not None and pod.meta.deleting):
            name = lineup.name(index)
            why = f"{name} runs revision {has or 'none'}, {wanted} is wanted"
            error = yield from delete_pod(sts, name, why)
            return Rolled(error=error) if error is not None else Rolled(replaced=1)
        if unavailable(sts, pod, now):
            return NOTHING_ROLLED
    return NOTHING_ROLLED

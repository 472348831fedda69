"""Whether a rollout gets anywhere, as the condition Progressing tells.

Rules (contract deployment 11)
1. A rollout is complete when all pods are updated, available, and there are no others.
2. It has progressed if more pods are updated, ready or available, or fewer old ones are left, than was last reported;
   each time the deadline starts anew. Without progress until then it has timed out, which stops nothing.
3. A complete rollout never times out.
4. A status that stays the same would wake nobody, so the deadline itself is what the Deployment is looked at again for.
"""

from typing import Final

from reconcile.actions import WakeAt
from reconcile.controllers.deployment.answers import write_status
from reconcile.controllers.deployment.conditions import (
    COMPLETE,
    PROGRESSING,
    REPLICA_FAILURE,
    TIMED_OUT,
    UPDATED,
    condition,
    progressing,
    replaced,
    with_condition,
)
from reconcile.controllers.deployment.replicasets import Sets
from reconcile.controllers.deployment.status import changes, new_status, same_status
from reconcile.model.clock import EPOCH, Instant, between, later, parse
from reconcile.model.condition import Condition, find, without
from reconcile.model.deployment import Deployment
from reconcile.model.json import FrozenList, FrozenMap, put
from reconcile.script import Script
from reconcile.view import Observed


def report_progress(d: Deployment, sets: Sets, observed: Observed) -> Script:
    """Write the status of *d* if it differs, with what is known about the rollout; else wait for the deadline."""
    status = new_status(d, sets, observed.now)
    conditions = _with_progress(d, status, sets, observed)
    status = put(status, ("conditions",), _with_failure(conditions, sets))
    if not same_status(d.status, status):
        yield from write_status(d.put(("status",), status), changes(d.status, status))
    else:
        yield from _await_deadline(d, status, observed)


def complete(d: Deployment, status: FrozenMap) -> bool:
    """Return whether the rollout of *d* is complete by *status* (11.1)."""
    counts = (status.get(key) or 0 for key in ("updatedReplicas", "replicas", "availableReplicas"))
    return all(count == d.replicas for count in counts) and (status.get("observedGeneration") or 0) >= d.meta.generation


_GROWING: Final = ("updatedReplicas", "readyReplicas", "availableReplicas")


def progressed(old: FrozenMap, new: FrozenMap) -> bool:
    """Return whether a rollout has got further from one status to the next.

    >>> progressed(FrozenMap(replicas=3, updatedReplicas=1), FrozenMap(replicas=3, updatedReplicas=2))
    True
    """
    return any((new.get(key) or 0) > (old.get(key) or 0) for key in _GROWING) or _outdated(new) < _outdated(old)


def _outdated(status: FrozenMap) -> int:
    return (status.get("replicas") or 0) - (status.get("updatedReplicas") or 0)


# --- the conditions ----------------------------------------------------------------------------------------------


def _with_progress(d: Deployment, status: FrozenMap, sets: Sets, observed: Observed) -> FrozenList:
    """Return the conditions of *status* with the one that tells of progress as it is now (11, steps 1 and 2)."""
    conditions: FrozenList = status["conditions"]
    now = observed.now
    if d.progress_deadline is None:
        return FrozenList(without(conditions, PROGRESSING))
    current = progressing(d)
    if current is not None and current.get("reason") == COMPLETE and _outdated(status) == 0:
        return conditions
    subject = f'ReplicaSet "{sets.new.name}"' if sets.new is not None else f'Deployment "{d.name}"'
    if complete(d, status):
        done = condition(PROGRESSING, "True", COMPLETE, f"{subject} has successfully progressed.", now)
        return with_condition(conditions, done)
    if progressed(d.status, status):
        return replaced(conditions, condition(PROGRESSING, "True", UPDATED, f"{subject} is progressing.", now))
    if timed_out(d, current, observed):
        late = condition(PROGRESSING, "False", TIMED_OUT, f"{subject} has timed out progressing.", now)
        return with_condition(conditions, late)
    return conditions


def timed_out(d: Deployment, current: Condition | None, observed: Observed) -> bool:
    """Return whether a rollout that is at *current* and shows no progress is too late."""
    if current is None or d.progress_deadline is None or current.get("reason") == COMPLETE:
        return False
    deadline = later(_updated(d, current, observed), d.progress_deadline)
    return current.get("reason") == TIMED_OUT or deadline < observed.now


def _with_failure(conditions: FrozenList, sets: Sets) -> FrozenList:
    """Return *conditions* with the first failure that a ReplicaSet reports, the new one's first (11, step 3)."""
    order = sets.all if sets.new is None else (sets.new, *sets.old)
    failure = next((found for rs in order if (found := find(rs.conditions, REPLICA_FAILURE)) is not None), None)
    if failure is None:
        return FrozenList(without(conditions, REPLICA_FAILURE))
    turned = failure.get("lastTransitionTime")
    copied = {key: failure.get(key) for key in ("type", "status", "reason", "message")}
    return with_condition(conditions, FrozenMap(copied, lastUpdateTime=turned, lastTransitionTime=turned))


# --- the deadline ------------------------------------------------------------------------------------------------


def _await_deadline(d: Deployment, status: FrozenMap, observed: Observed) -> Script:
    """Come back when the rollout of *d* is too late (11, step 4)."""
    current = progressing(d)
    if current is None or d.progress_deadline is None or complete(d, status) or current.get("reason") == TIMED_OUT:
        return
    left = between(observed.now, later(_updated(d, current, observed), d.progress_deadline))
    if left < 1:
        yield WakeAt(None, "the progress deadline is about to pass")
    else:
        yield WakeAt(later(observed.now, left + 1), "the progress deadline passes if nothing moves until then")


def _updated(d: Deployment, current: Condition, observed: Observed) -> Instant:
    stored = observed.get(Deployment, d.namespace, d.name)
    if stored is not None and current not in stored.conditions:
        # Noted earlier in this sync: in memory it still has the fraction of a second that no stored time has.
        return observed.now
    return parse(current.get("lastUpdateTime")) or EPOCH

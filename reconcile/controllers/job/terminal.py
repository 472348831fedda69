"""Whether a Job is over before its pods are looked after (contract job 5).

Rules, the first that hits decides
1. What an earlier sync found stays: SuccessCriteriaMet as it is, FailureTarget as the reason of the coming Failed.
2. The pod failure policy says FailJob. 3. Too many failures, or restarts in place. 4. The deadline has passed.
5. Too many indexes failed, or all are decided and some failed. 6. The success policy is met.
Completion is no part of this: it is looked at after the pods were managed.
"""

from typing import Final

from reconcile.actions import WakeAt
from reconcile.controllers.job.conditions import FAILURE_TARGET, SUCCESS_MET, condition, turned
from reconcile.controllers.job.policy import FAIL_JOB, has_rule, judge, met
from reconcile.controllers.job.tally import Tally, failed
from reconcile.model.clock import between, later
from reconcile.model.condition import Condition
from reconcile.model.job import FAILED
from reconcile.model.job_pod import restarts
from reconcile.script import Steps

_RUNNING: Final = ("Running", "Pending")


def terminal(tally: Tally) -> Steps[Condition | None]:
    """Return the condition that ends the Job, None if it goes on; ask to be woken at the deadline if there is one."""
    found = _settled(tally) or _job_failed(tally) or _limit_reached(tally)
    if found is not None:
        return found
    found = yield from _deadline(tally)
    return found or _indexes_failed(tally) or _policy_met(tally)


def _settled(tally: Tally) -> Condition | None:
    target = tally.job.condition(FAILURE_TARGET)
    return tally.job.condition(SUCCESS_MET) or (turned(target, FAILED, tally.now) if target is not None else None)


def _job_failed(tally: Tally) -> Condition | None:
    job = tally.job
    if not has_rule(job, FAIL_JOB):
        return None
    # Traps: pods that were counted long ago are looked at too
    for pod in tally.claimed.not_succeeded:
        if failed(job, pod):
            verdict = judge(job, pod)
            if verdict.action == FAIL_JOB:
                return _failure(tally, "PodFailurePolicy", verdict.message)
    return None


def _limit_reached(tally: Tally) -> Condition | None:
    if tally.failures > tally.job.backoff_limit or _restarted_too_often(tally):
        return _failure(tally, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
    return None


def _restarted_too_often(tally: Tally) -> bool:
    if not tally.job.restarts_in_place:
        return False
    total = sum(restarts(pod) for pod in tally.claimed.unfinished if pod.phase in _RUNNING)
    return total >= max(tally.job.backoff_limit, 1)


def _deadline(tally: Tally) -> Steps[Condition | None]:
    job = tally.job
    if job.active_deadline is None or job.suspended or tally.start is None:
        return None
    left = job.active_deadline - between(tally.start, tally.now)
    if left <= 0:
        return _failure(tally, "DeadlineExceeded", "Job was active longer than specified deadline")
    yield WakeAt(later(tally.now, left), f"the Job may be active for {job.active_deadline} s")
    return None


def _indexes_failed(tally: Tally) -> Condition | None:
    if tally.failed_indexes is None:
        return None
    count, most = tally.failed_indexes.total, tally.job.max_failed_indexes
    if most is not None and count > most:
        message = "Job has exceeded the specified maximal number of failed indexes"
        return _failure(tally, "MaxFailedIndexesExceeded", message)
    if count > 0 and count + tally.completed.total >= tally.job.limit:
        return _failure(tally, "FailedIndexes", "Job has failed indexes")
    return None


def _policy_met(tally: Tally) -> Condition | None:
    number = met(tally.job, tally.completed) if tally.job.indexed and tally.job.success_rules else None
    if number is None:
        return None
    return condition(SUCCESS_MET, "SuccessPolicy", f"Matched rules at index {number}", tally.now)


def _failure(tally: Tally, reason: str, message: str) -> Condition:
    return condition(FAILURE_TARGET, reason, message, tally.now)

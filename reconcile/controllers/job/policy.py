"""The two policies of a Job: what a failed pod means, and when enough indexes have succeeded.

Rules (contract job 10, 11)
1. The first rule that matches a failed pod decides. An exit code of 0 matches nothing, not even `NotIn`.
2. `Ignore` keeps the failure from being counted; `FailIndex` fails the pod's index at once; `FailJob` the Job; `Count`,
   and no match, count it.
3. The first success rule that is met decides. A rule whose indexes all lie beyond the completions is skipped.
"""

from collections.abc import Iterable
from typing import Any, Final

from attrs import frozen

from reconcile.model.indexes import Intervals
from reconcile.model.job import Job
from reconcile.model.job_pod import exit_code
from reconcile.model.json import NOTHING
from reconcile.model.pod import Pod

IGNORE: Final = "Ignore"
FAIL_INDEX: Final = "FailIndex"
FAIL_JOB: Final = "FailJob"


@frozen
class Verdict:
    """What the pod failure policy makes of a failed pod."""

    action: str | None = None
    """The action of the rule that matched; None if none did."""
    message: str = ""
    """For FailJob: why the Job fails."""

    @property
    def counts(self) -> bool:
        """Whether the failure is held against the Job."""
        return self.action != IGNORE


COUNTED: Final = Verdict()


def judge(job: Job, pod: Pod) -> Verdict:
    """Return what the pod failure policy of *job* makes of the failed *pod*."""
    for number, rule in enumerate(job.failure_rules or NOTHING):
        reason = _reason(rule, pod)
        if reason is not None:
            return Verdict(rule.get("action"), f"{reason} matching FailJob rule at index {number}")
    return COUNTED


def has_rule(job: Job, action: str) -> bool:
    """Return whether the pod failure policy of *job* has a rule with *action*."""
    return any(rule.get("action") == action for rule in job.failure_rules or NOTHING)


def _reason(rule: dict[str, Any], pod: Pod) -> str | None:
    """Return what *rule* sees in *pod*; None if it does not match. A rule with exit codes looks at nothing else."""
    if rule.get("onExitCodes") is not None:
        status = _failing(rule["onExitCodes"], pod)
        if status is None:
            return None
        what = f"Container {status.get('name')} for pod {pod.namespace}/{pod.name}"
        return f"{what} failed with exit code {exit_code(status)}"
    kind = _condition(rule.get("onPodConditions") or NOTHING, pod)
    return None if kind is None else f"Pod {pod.namespace}/{pod.name} has condition {kind}"


def _failing(wanted: dict[str, Any], pod: Pod) -> dict[str, Any] | None:
    # 10: app containers before init containers
    for key in ("containerStatuses", "initContainerStatuses"):
        for status in pod.status.get(key) or NOTHING:
            if wanted.get("containerName") in (None, status.get("name")) and _code_matches(wanted, exit_code(status)):
                found: dict[str, Any] = status
                return found
    return None


def _code_matches(wanted: dict[str, Any], code: int | None) -> bool:
    if not code:
        return False
    listed = code in (wanted.get("values") or NOTHING)
    return listed if wanted.get("operator") == "In" else not listed


def _condition(patterns: Iterable[dict[str, Any]], pod: Pod) -> str | None:
    wanted = {(pattern.get("type"), pattern.get("status")) for pattern in patterns}
    for condition in pod.conditions:
        if (condition.get("type"), condition.get("status")) in wanted:
            return str(condition["type"])
    return None


def met(job: Job, succeeded: Intervals) -> int | None:
    """Return the number of the first success rule of *job* that the *succeeded* indexes meet; None if none is met."""
    if not succeeded.total:
        return None
    for number, rule in enumerate(job.success_rules):
        if _meets(rule, job, succeeded):
            return number
    return None


def _meets(rule: dict[str, Any], job: Job, succeeded: Intervals) -> bool:
    count = rule.get("succeededCount")
    if rule.get("succeededIndexes") is None:
        return count is not None and succeeded.total >= count
    wanted = Intervals.parse(rule["succeededIndexes"], job.limit)
    if not wanted.total:
        return False
    common = wanted.overlap(succeeded)
    return common == wanted.total or (count is not None and common >= count)

"""Invariants of CronJobs (contract cronjob).

*Running* is what `status.active` lists, because that is what the controller decides on; a Job that it does not list
does not count, even if it runs (contract 7, Traps). A stale list therefore lets two runs overlap; the controller has
no protection against that in 1.36 (D-C7).
"""

from collections.abc import Iterator
from typing import Any

from reconcile.model.clock import parse
from reconcile.model.resource import Resource
from reconcile.testing.invariants.jobs import finished
from reconcile.testing.invariants.protocol import Sync, decision, names, of_kind, owned


def _started(sync: Sync) -> list[Resource]:
    return list(of_kind(sync.created("Job"), sync.desired)) if sync.desired is not None else []


def _listed(cronjob: Resource) -> set[str]:
    return {entry.get("uid") for entry in cronjob.status.get("active") or ()}


@decision("cronjob")
def never_overlapping_forbid(sync: Sync) -> Iterator[str]:
    """Under Forbid a run starts only when no Job that the CronJob lists as active, as it saw itself, still runs.

    Counted: Jobs in the store that it controls and lists, and that are neither finished nor gone. One that terminates
    has not ended.
    """
    cronjob = sync.desired
    if cronjob is None or cronjob.spec.get("concurrencyPolicy") != "Forbid" or not _started(sync):
        return
    jobs = [
        job for job in owned(sync.before.store, "Job", cronjob) if job.uid in _listed(cronjob) and not finished(job)
    ]
    if jobs:
        yield f"{cronjob} forbids overlaps, and started {names(_started(sync))} beside {names(jobs)}"


@decision("cronjob")
def replace_leaves_one(sync: Sync) -> Iterator[str]:
    """Under Replace a run that starts is the only one of those that the CronJob listed: the others were asked to go."""
    cronjob = sync.desired
    if cronjob is None or cronjob.spec.get("concurrencyPolicy") != "Replace" or not _started(sync):
        return
    jobs = [job for job in owned(sync.after.store, "Job", cronjob) if job.uid in _listed(cronjob)]
    left = [job for job in jobs if not job.meta.deleting and not finished(job)]
    if left:
        yield f"{cronjob} replaces its runs, and started {names(_started(sync))} beside {names(left)}"


@decision("cronjob")
def one_run_a_sync(sync: Sync) -> Iterator[str]:
    """One sync starts at most one run, and none while the CronJob is suspended or being deleted, as it saw itself."""
    cronjob, started = sync.desired, _started(sync)
    if cronjob is None or not started:
        return
    if len(started) > 1:
        yield f"{cronjob} started {names(started)} in one sync"
    if cronjob.spec.get("suspend") or cronjob.meta.deleting:
        yield f"{cronjob} must not start runs, and started {names(started)}"


@decision("cronjob")
def runs_move_on(sync: Sync) -> Iterator[str]:
    """A run that starts is of a slot that is due, after the last one, and within startingDeadlineSeconds."""
    cronjob = sync.desired
    for job in _started(sync):
        assert cronjob is not None
        slot = parse(job.meta.annotations.get("batch.kubernetes.io/cronjob-scheduled-timestamp"))
        last = parse(cronjob.status.get("lastScheduleTime"))
        deadline: Any = cronjob.spec.get("startingDeadlineSeconds")
        if slot is None or slot > sync.now or (last is not None and slot <= last):
            yield f"{job} runs slot {slot}; the last one was {last}, and it is {sync.now}"
        elif deadline is not None and (sync.now - slot).total_seconds() > deadline:
            yield f"{job} runs slot {slot} at {sync.now}, {deadline} s late is the limit"


@decision("cronjob")
def history_limits_hold(sync: Sync) -> Iterator[str]:
    """A CronJob deletes a finished Job only if more than its limit of that outcome are left, and running ones only
    under Replace.

    Counted: the Jobs that the CronJob controls, as it saw them, by outcome; terminating ones count.
    """
    cronjob = sync.desired
    gone = list(of_kind(sync.removed("Job"), cronjob)) if cronjob is not None else []
    if cronjob is None or not gone:
        return
    seen = owned(sync.seen, "Job", cronjob)
    for outcome, field in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
        limit = cronjob.spec.get(field)
        of_outcome = [job for job in seen if outcome_of(job) == outcome]
        taken = [job for job in gone if outcome_of(job) == outcome]
        if taken and (limit is None or len(of_outcome) - len(taken) < limit) and not _replaces(cronjob):
            yield f"{cronjob} keeps {len(of_outcome) - len(taken)} Jobs that are {outcome}, its limit is {limit}"
    running = [job for job in gone if outcome_of(job) == "" and job.uid in {item.uid for item in seen}]
    if running and not _replaces(cronjob):
        yield f"{cronjob} deleted {names(running)}, which has not ended"


def _replaces(cronjob: Resource) -> bool:
    return cronjob.spec.get("concurrencyPolicy") == "Replace"


def outcome_of(job: Resource) -> str:
    """Return `Complete` or `Failed` if the Job has ended, by the first such condition; empty if it has not."""
    for entry in job.status.get("conditions") or ():
        if entry.get("type") in ("Complete", "Failed") and entry.get("status") == "True":
            return str(entry["type"])
    return ""

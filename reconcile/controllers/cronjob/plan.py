"""One sync of a CronJob, from its history to its next wake-up.

Rules (contract cronjob 2)
1. Jobs are the CronJob's if their controller has its *name*: those left by a deleted CronJob of that name are, too.
2. History and the list of active Jobs are looked after first, always. Then nothing starts if the CronJob is being
   deleted, is suspended, or has a time zone or a schedule that cannot be read; it sleeps until somebody changes it.
3. Of the runs that are due the most recent one starts, the others never do. More than a hundred are worth a warning.
4. A run that is due can be lost if the distances between runs are uneven: after `0 9-17 * * 1-5` was missed at 17:00,
   a controller that comes back at 18:30 finds nothing to do, and says nothing (catalogue D-C5). So does a cluster, and
   so does `CRONJOB`. The controller of `cronjob(exact=True)` starts that run, and counts missed ones instead of
   estimating them, as Kubernetes' documentation promises; where the distances are even the two do the same.
5. The status is written last, and only if something happened; also if the sync failed on the way.
6. The CronJob is looked at again a moment after its next slot, on the timetable that its status now has.
7. Another schedule or time zone is no reason to look at once, only at its next slot (section 8).
"""

from functools import partial
from typing import Final

from reconcile.actions import Event, UpdateStatus, WakeAt
from reconcile.controller import Change, Controller, owned
from reconcile.controllers._slots import Due, most_recent, next_sync
from reconcile.controllers.cronjob.active import settle
from reconcile.controllers.cronjob.draft import Draft
from reconcile.controllers.cronjob.history import trim
from reconcile.controllers.cronjob.start import start
from reconcile.model import schedule as schedules
from reconcile.model import zones
from reconcile.model.clock import Instant, between, later
from reconcile.model.cronjob import CronJob
from reconcile.model.job import Job
from reconcile.model.schedule import Schedule
from reconcile.outcome import Rejected
from reconcile.script import Script, Steps, scripted
from reconcile.view import Observed

_LONGEST: Final = 292 * 365 * 86400
"""Seconds; a starting deadline beyond it is as good as none."""


def _reconcile(cronjob: CronJob, observed: Observed, *, exact: bool) -> Script:
    """Return the actions that keep *cronjob* on its schedule."""
    jobs = _children(cronjob, observed)
    draft = yield from trim(Draft(cronjob), jobs)
    draft = yield from settle(draft, jobs, observed)
    wake = None
    if draft.error is None:
        draft, wake = yield from _keep_time(draft, observed, exact)
    yield from _finish(cronjob, draft, wake)


def _children(cronjob: CronJob, observed: Observed) -> list[Job]:
    jobs = [
        job
        for job in observed.cache.all("Job", cronjob.namespace)
        if isinstance(job, Job) and job.meta.controller is not None and job.meta.controller.name == cronjob.name
    ]
    return sorted(jobs, key=observed.order)


# --- 2.4 to 2.9: what is due ---------------------------------------------------------------------------------------


def _keep_time(draft: Draft, observed: Observed, exact: bool) -> Steps[tuple[Draft, WakeAt | None]]:
    """Start the run that is due; return also when to look again, if at all."""
    schedule = yield from _schedule(draft.cronjob)
    due = None if schedule is None else (yield from _due(draft.cronjob, schedule, observed.now, exact))
    if schedule is None or due is None:
        return draft, None
    if due.slot is not None:
        draft = yield from start(draft, due.slot, observed)
    return draft, _next(draft.cronjob, schedule, observed.now)


def _schedule(cronjob: CronJob) -> Steps[Schedule | None]:
    """Return the schedule to follow; None if the CronJob is to sleep."""
    if cronjob.meta.deleting:
        return None
    if cronjob.time_zone is not None and not zones.known(cronjob.time_zone):
        yield Event("Warning", "UnknownTimeZone", cronjob, f"unknown time zone {cronjob.time_zone!r}")
        return None
    if cronjob.suspended:
        return None
    if schedules.carries_zone(cronjob.schedule):
        yield Event(
            "Warning", "UnsupportedSchedule", cronjob, "a time zone in the schedule is not officially supported"
        )
    try:
        return schedules.parse(cronjob.schedule, cronjob.time_zone)
    except ValueError as error:
        yield Event("Warning", "UnparseableSchedule", cronjob, f"unparseable schedule {cronjob.schedule!r}: {error}")
        return None


def _due(cronjob: CronJob, schedule: Schedule, now: Instant, exact: bool) -> Steps[Due | None]:
    """Return the slot to run, if there is one; None if the schedule has come to its end."""
    earliest, deadline = cronjob.last_look, cronjob.starting_deadline
    if deadline is not None:
        earliest = max(earliest, later(now, -min(deadline, _LONGEST)))
    try:
        due = most_recent(schedule, earliest, now, exact=exact)
    except ValueError as error:
        yield Event("Warning", "InvalidSchedule", cronjob, f"invalid schedule {cronjob.schedule!r}: {error}")
        return None
    if due.slot is not None and due.missed == "many":
        message = "too many missed start times; set or decrease startingDeadlineSeconds, or check for clock skew"
        yield Event("Warning", "TooManyMissedTimes", cronjob, message)
    return due


def _next(cronjob: CronJob, schedule: Schedule, now: Instant) -> WakeAt | None:
    at = next_sync(schedule, cronjob.last_look, now)
    return None if at is None else WakeAt(at, f"the next run: schedule {cronjob.schedule}")


# --- 2.10: the end -------------------------------------------------------------------------------------------------


def _finish(cronjob: CronJob, draft: Draft, wake: WakeAt | None) -> Script:
    """Write the status, then say when to look again or what went wrong."""
    error = draft.error
    if draft.changed:
        answer = yield UpdateStatus(draft.to_write, _changes(cronjob, draft.to_write))
        if isinstance(answer, Rejected):
            wake, error = None, f"the status was not written: {answer}"
    if error is not None:
        yield WakeAt(None, "the sync did not succeed", error=error)
    elif wake is not None:
        yield wake


def _changes(old: CronJob, new: CronJob) -> str:
    changed = [f"active Jobs {len(old.active)} -> {len(new.active)}"] if old.active != new.active else []
    for field, words in (("lastScheduleTime", "last run"), ("lastSuccessfulTime", "last success")):
        if old.status.get(field) != new.status.get(field):
            changed.append(f"{words} {new.status.get(field)}")
    return ", ".join(changed) or "Jobs were deleted"


# --- what wakes it -------------------------------------------------------------------------------------------------


def _patience(change: Change, now: Instant) -> float:
    """Return how long *change* may wait: until the next slot, if the schedule or the time zone is another one."""
    old, new = change
    if not (isinstance(old, CronJob) and isinstance(new, CronJob)) or _timetable(old) == _timetable(new):
        return 0.0
    try:
        schedule = schedules.parse(*_timetable(new))
    except ValueError:
        # Upstream tells the user and does not look; here it is the sync that tells.
        return 0.0
    at = next_sync(schedule, new.last_look, now)
    return 0.0 if at is None else between(now, at)


def _timetable(cronjob: CronJob) -> tuple[str, str | None]:
    return cronjob.schedule, cronjob.time_zone


def cronjob(*, exact: bool = False) -> Controller:
    """Return the CronJob controller.

    With *exact* no run that is due is lost (rule 4): what the documentation promises, and a cluster does not do.
    """
    return Controller(
        "cronjob",
        "CronJob",
        scripted(partial(_reconcile, exact=exact)),
        watches=(owned("Job", "CronJob"),),
        delay=_patience,
    )


CRONJOB: Final = cronjob()

"""The run that is due: whether it starts, and as which Job.

Rules (contract cronjob 7)
1. A run that was started is not started again: it is the last one, or a Job of its name is in the list of active Jobs.
2. Forbid waits while the list of active Jobs is not empty, and does not count the run as started: it still may, late.
   Replace deletes the Jobs in the list first. Neither looks at Jobs that are not in the list.
3. The Job is called after the minute of its slot, so a slot cannot run twice. If the name is in use, whoever made
   that Job, the sync fails, and so does every further one until the next slot is due.
4. The Job carries its slot as an annotation, in the time zone of `spec.timeZone` even if the schedule has its own.
"""

from datetime import timedelta
from typing import Final, cast

from reconcile.actions import Create, Event
from reconcile.controllers.cronjob.draft import Draft
from reconcile.controllers.cronjob.history import delete
from reconcile.model import zones
from reconcile.model.clock import EPOCH, Instant, later, stamp
from reconcile.model.cronjob import FORBID, REPLACE, CronJob
from reconcile.model.job import Job
from reconcile.model.json import FrozenMap, compact, freeze, look
from reconcile.model.pod import controller_reference
from reconcile.model.resource import Resource
from reconcile.outcome import Reason, Rejected
from reconcile.script import Steps
from reconcile.view import Observed

SCHEDULED: Final = "batch.kubernetes.io/cronjob-scheduled-timestamp"
"""The annotation that tells which slot a Job is the run of."""

_MINUTE: Final = timedelta(minutes=1)


def start(draft: Draft, slot: Instant, observed: Observed) -> Steps[Draft]:
    """Start the run of *slot*, unless something is in its way."""
    cronjob = draft.cronjob
    deadline = cronjob.starting_deadline
    if deadline is not None and later(slot, deadline) < observed.now:
        yield Event("Warning", "MissSchedule", cronjob, f"Missed scheduled time to start a job: {stamp(slot)}")
        return draft
    if _started(cronjob, slot):
        return draft
    if cronjob.concurrency == FORBID and cronjob.active:
        yield Event("Normal", "JobAlreadyActive", cronjob, f"{_running(cronjob)} and concurrencyPolicy is Forbid")
        return draft
    if cronjob.concurrency == REPLACE:
        draft = yield from _replace(draft, slot, observed)
    return draft if draft.error is not None else (yield from _create(draft, slot, observed.now))


def _started(cronjob: CronJob, slot: Instant) -> bool:
    place = (cronjob.namespace, job_name(cronjob, slot))
    listed = any((entry.get("namespace", ""), entry.get("name")) == place for entry in cronjob.active)
    return listed or cronjob.last_schedule_time == slot


def job_name(cronjob: CronJob, slot: Instant) -> str:
    """Return the name of the Job that runs *slot*.

    >>> from reconcile.model.clock import instant
    >>> job_name(CronJob({"metadata": {"name": "report"}}), instant("2026-06-25T00:03:00Z"))
    'report-29705763'
    """
    return f"{cronjob.name}-{(slot - EPOCH) // _MINUTE}"


def _running(cronjob: CronJob) -> str:
    names = [entry.get("name", "") for entry in cronjob.active]
    return f"Job {', '.join(names)} is still active" if len(names) == 1 else f"Jobs {', '.join(names)} are still active"


def _replace(draft: Draft, slot: Instant, observed: Observed) -> Steps[Draft]:
    """Delete the active Jobs to make room for the run of *slot*."""
    why = f"the run of {stamp(slot)} takes its place: concurrencyPolicy is Replace"
    for entry in draft.cronjob.active:
        job = observed.live.get("Job", entry.get("namespace", ""), entry.get("name", ""))
        if isinstance(job, Rejected):
            yield Event("Warning", "FailedGet", draft.cronjob, f"Get job: {job}")
            return draft.failed(f"the active Job {entry.get('name')} could not be read: {job}")
        draft, gone = yield from delete(draft, cast(Job, job), why)
        if not gone:
            return draft.failed(f"the active Job {job.name} could not be replaced")
    return draft


def _create(draft: Draft, slot: Instant, now: Instant) -> Steps[Draft]:
    cronjob = draft.cronjob
    why = f"{_shown(cronjob, slot, now)} is due: schedule {cronjob.schedule}"
    answer = yield Create("Job", cronjob.namespace, job_from_template(cronjob, slot), why, awaits=True)
    if isinstance(answer, Rejected):
        # Of a Job that exists upstream wants to know whether it is its own, but asks for it in no namespace (7.5).
        if answer.reason not in (Reason.NAMESPACE_TERMINATING, Reason.ALREADY_EXISTS):
            yield Event("Warning", "FailedCreate", cronjob, f"Error creating job: {answer}")
        return draft.failed(f"the Job was not created: {answer}")
    job = cast(Job, answer.object)
    yield Event("Normal", "SuccessfulCreate", cronjob, f"Created job {job.name}")
    return draft.noted(cronjob.started(_reference(job), slot))


def _shown(cronjob: CronJob, slot: Instant, now: Instant) -> str:
    """Return *slot* on the clock of the CronJob, with the date if it is not of today."""
    zone = zones.find(cronjob.time_zone or "")
    local = slot.astimezone(zone)
    today = local.date() == now.astimezone(zone).date()
    return local.strftime("%H:%M" if today else "%Y-%m-%d %H:%M")


def job_from_template(cronjob: CronJob, slot: Instant) -> FrozenMap:
    """Return the Job that runs *slot*, as it is sent: nothing of the template's metadata but labels and annotations."""
    template = cronjob.job_template
    annotations = {**look(template, "metadata", "annotations", default={}), SCHEDULED: _local(cronjob, slot)}
    meta = {
        "name": job_name(cronjob, slot),
        "creationTimestamp": stamp(slot),
        "labels": look(template, "metadata", "labels"),
        "annotations": annotations,
        "ownerReferences": [controller_reference(cronjob)],
    }
    spec = look(template, "spec", default={})
    return cast(FrozenMap, freeze({"apiVersion": "batch/v1", "kind": "Job", "metadata": compact(meta), "spec": spec}))


def _local(cronjob: CronJob, slot: Instant) -> str:
    """Return *slot* in RFC 3339 with the offset of the CronJob's zone; `Z` where that is none."""
    local = slot.astimezone(zones.find(cronjob.time_zone or ""))
    return local.isoformat(timespec="seconds") if local.utcoffset() else stamp(slot)


def _reference(job: Resource) -> FrozenMap:
    """Return the entry of the list of active Jobs for *job*."""
    return compact(
        {
            "kind": job.kind,
            "apiVersion": job.api_version,
            "namespace": job.namespace,
            "name": job.name,
            "uid": job.uid,
            "resourceVersion": job.meta.resource_version,
        }
    )

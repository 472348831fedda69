"""The list of active Jobs, brought up to date.

Rules (contract cronjob 4)
1. A Job of ours that has ended leaves the list. The latest completion is noted, of Jobs that never were in it too.
2. A Job that runs and is not in the list is not taken in. The CronJob is read past the cache: if the list there
   has it, that copy is used from here on. If not, the user is told, in every sync.
3. An entry whose Job is not among ours is looked up past the cache by its name. It stays if there is any Job of that
   name.
"""

from collections.abc import Sequence

from reconcile.actions import Event
from reconcile.controllers.cronjob.draft import Draft
from reconcile.model.clock import stamp
from reconcile.model.cronjob import CronJob
from reconcile.model.job import Job
from reconcile.outcome import Reason, Rejected
from reconcile.script import Steps
from reconcile.view import Observed


def settle(draft: Draft, jobs: Sequence[Job], observed: Observed) -> Steps[Draft]:
    """Compare the list with *jobs*, those of the CronJob when the sync began."""
    for job in jobs:
        if job.finished:
            draft = yield from _ended(draft, job)
        elif not draft.cronjob.lists(job.uid):
            draft = yield from _unexpected(draft, job, observed)
            if draft.error is not None:
                return draft
    return (yield from _missing(draft, {job.uid for job in jobs}, observed))


def _ended(draft: Draft, job: Job) -> Steps[Draft]:
    if draft.cronjob.lists(job.uid):
        draft = draft.noted(draft.cronjob.without(job.uid))
        message = f"Saw completed job: {job.name}, condition: {job.end}"
        yield Event("Normal", "SawCompletedJob", draft.cronjob, message)
    return _succeeded(draft, job) if job.succeeded else draft


def _succeeded(draft: Draft, job: Job) -> Draft:
    """Note when *job* succeeded, if no other did so later."""
    cronjob, time = draft.cronjob, job.completion_time
    last = cronjob.last_successful_time
    if time is not None and (last is None or time > last):
        return draft.noted(cronjob.put(("status", "lastSuccessfulTime"), stamp(time)))
    # A Job that does not tell its time is worth a write all the same, as long as there is no other.
    return draft.noted(cronjob) if last is None else draft


def _unexpected(draft: Draft, job: Job, observed: Observed) -> Steps[Draft]:
    fresh: CronJob | Rejected = observed.reread(draft.cronjob)
    if isinstance(fresh, Rejected):
        return draft.failed(f"the CronJob could not be read again: {fresh}")
    if fresh.lists(job.uid):
        return draft.replaced(fresh)
    message = f"Saw a job that the controller did not create or forgot: {job.name}"
    yield Event("Warning", "UnexpectedJob", draft.cronjob, message)
    return draft


def _missing(draft: Draft, uids: set[str], observed: Observed) -> Steps[Draft]:
    """Strike the entries whose Job is gone."""
    for entry in draft.cronjob.active:
        if entry.get("uid") in uids:
            continue
        found = observed.live.get("Job", entry.get("namespace", ""), entry.get("name", ""))
        if not isinstance(found, Rejected):
            continue
        if found.reason is not Reason.NOT_FOUND:
            return draft.failed(f"the active Job {entry.get('name')} could not be read: {found}")
        draft = draft.noted(draft.cronjob.without(entry.get("uid", "")))
        yield Event("Normal", "MissingJob", draft.cronjob, f"Active job went missing: {entry.get('name')}")
    return draft

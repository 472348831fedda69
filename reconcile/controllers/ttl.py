"""Time to live: finished Jobs are deleted some time after their end.

Rules (contract ttlafterfinished)
1. A Job is due `ttlSecondsAfterFinished` seconds after the last turn of the first of its conditions that says it ended.
   Without that field, without an end, or if it is being deleted already, it never is.
2. Before it is deleted it is read once more past the cache: it may have been replaced, changed or deleted meanwhile.
3. It is deleted with its pods first (Foreground), and only if it is still the object that was read.
"""

from typing import Final

from reconcile.actions import Delete, WakeAt
from reconcile.controller import Change, Controller
from reconcile.model.clock import Instant, later
from reconcile.model.job import Job
from reconcile.outcome import Reason, Rejected
from reconcile.script import Script, scripted
from reconcile.view import Observed, Reader


@scripted
def reconcile(job: Job, observed: Observed) -> Script:
    """Delete *job* if its time is up, else come back when it is."""
    if not expires(job):
        return
    wait = _wait(job, observed.now)
    if wait is not None:
        yield wait
        return
    fresh = observed.reread(job)
    if isinstance(fresh, Rejected):
        if fresh.reason is not Reason.NOT_FOUND:
            yield WakeAt(None, "the Job could not be read again", error=str(fresh))
    elif expires(fresh):
        wait = _wait(fresh, observed.now)
        yield from _delete(fresh) if wait is None else _only(wait)


def expires(job: Job) -> bool:
    """Return whether *job* is to be deleted at some time."""
    return not job.meta.deleting and job.ttl is not None and job.finished


def _wait(job: Job, now: Instant) -> WakeAt | None:
    """Return when to look at *job* again; None if its time is up."""
    end = job.finish_time
    if end is None:
        return WakeAt(None, "nobody knows when the Job ended", error=f"{job} has no time of its end")
    due = later(end, job.ttl or 0)
    return WakeAt(due, f"the Job is deleted {job.ttl} s after its end") if due > now else None


def _delete(job: Job) -> Script:
    why = f"the Job ended {job.ttl} s ago or earlier"
    answer = yield Delete("Job", job.namespace, job.name, why, propagation="Foreground", uid=job.uid)
    if isinstance(answer, Rejected):
        yield WakeAt(None, "the Job could not be deleted", error=str(answer))


def _only(wait: WakeAt) -> Script:
    yield wait


def _interest(change: Change, reader: Reader) -> bool:
    return isinstance(change[1], Job) and expires(change[1])


TTL: Final = Controller("ttlafterfinished", "Job", reconcile, interest=_interest)

"""Orphans of Jobs: pods that carry the tracking finalizer though no Job will count them any more.

Rules (contract job 12)
1. A pod whose controller is no Job is left alone, finalizer or not.
2. So is a pod whose Job is there, by uid, and goes on, or is managed by somebody else.
3. Any other pod loses the tracking finalizer, so that it can be deleted.
"""

from collections.abc import Iterable
from typing import Final

from reconcile.actions import WakeAt
from reconcile.controller import Change, Controller, Key, mapped
from reconcile.controllers.job.removal import untrack
from reconcile.model.job import Job
from reconcile.model.job_pod import tracked
from reconcile.model.meta import OwnerReference
from reconcile.model.pod import Pod
from reconcile.outcome import Reason, Rejected
from reconcile.script import Script, scripted
from reconcile.view import Observed, Reader

_KIND: Final = ("batch/v1", "Job")


@scripted
def reconcile(pod: Pod, observed: Observed) -> Script:
    """Return the patch that releases *pod*, if no Job is going to count it."""
    why = why_orphaned(pod, observed.cache)
    if why is None:
        return
    answer = yield untrack(pod, why)
    if isinstance(answer, Rejected) and answer.reason is not Reason.NOT_FOUND:
        yield WakeAt(None, "the finalizer could not be removed", error=str(answer))


def why_orphaned(pod: Pod, reader: Reader) -> str | None:
    """Return why no Job is going to count *pod*; None if one will, or if there is nothing to release."""
    if not tracked(pod):
        return None
    owner = pod.meta.controller
    if owner is None:
        return "the pod has no controller that could count it"
    if (owner.api_version, owner.kind) != _KIND:
        return None
    job = _job(owner, pod.namespace, reader)
    if job is None:
        return f"the Job of the pod, {owner.name}, is gone"
    return f"{job} has ended and counts no pods any more" if job.finished and not job.managed_elsewhere else None


def _job(owner: OwnerReference, namespace: str, reader: Reader) -> Job | None:
    job = reader.get("Job", namespace, owner.name)
    return job if isinstance(job, Job) and job.uid == owner.uid else None


def _interest(change: Change, reader: Reader) -> bool:
    return isinstance(change[1], Pod) and why_orphaned(change[1], reader) is not None


def _left_behind(change: Change, reader: Reader) -> Iterable[Key]:
    """Return the pods that are still to be counted when their Job ends or goes."""
    old, new = change
    ended = isinstance(new, Job) and new.finished and isinstance(old, Job) and not old.finished
    if not isinstance(old, Job) or not (new is None or ended):
        return []
    return [(pod.namespace, pod.name) for pod in reader.owned("Pod", old.uid) if isinstance(pod, Pod) and tracked(pod)]


JOB_ORPHAN: Final = Controller(
    "job-orphan", "Pod", reconcile, watches=(mapped("Job", _left_behind),), interest=_interest
)

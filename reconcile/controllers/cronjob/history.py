"""Old Jobs go: of those that have ended only some are kept.

Rules (contract cronjob 3)
1. Successful and failed Jobs are counted apart, each against a limit of its own. Those that started first go first;
   one that never started goes last.
2. This is done first in every sync, whatever else is the matter: suspended, being deleted, a schedule nobody can read.
3. A Job that is being deleted already counts, and is deleted again. A refusal is told, and does not end the sync.
"""

from collections.abc import Sequence

from reconcile.actions import Delete, Event
from reconcile.controllers.cronjob.draft import Draft
from reconcile.model.clock import EPOCH, Instant
from reconcile.model.job import COMPLETE, FAILED, Job
from reconcile.outcome import Rejected
from reconcile.script import Steps


def trim(draft: Draft, jobs: Sequence[Job]) -> Steps[Draft]:
    """Delete the Jobs among *jobs* that are beyond the limits of history."""
    cronjob = draft.cronjob
    for end, word, limit in (
        (COMPLETE, "successful", cronjob.successful_limit),
        (FAILED, "failed", cronjob.failed_limit),
    ):
        ended = [job for job in jobs if job.end == end]
        if limit is not None and len(ended) > limit:
            why = f"{len(ended)} {word} Jobs, {limit} {'is' if limit == 1 else 'are'} kept"
            for job in sorted(ended, key=_by_start)[: len(ended) - limit]:
                draft, _ = yield from delete(draft, job, why)
    return draft


def _by_start(job: Job) -> tuple[bool, Instant, str]:
    start = job.start_time
    return start is None, start or EPOCH, job.name


def delete(draft: Draft, job: Job, why: str) -> Steps[tuple[Draft, bool]]:
    """Delete *job* and strike it from the list of active Jobs; return also whether that went well."""
    answer = yield Delete("Job", job.namespace, job.name, why, propagation="Background")
    if isinstance(answer, Rejected):
        yield Event("Warning", "FailedDelete", draft.cronjob, f"Deleted job: {answer}")
        return draft, False
    yield Event("Normal", "SuccessfulDelete", draft.cronjob, f"Deleted job {job.name}")
    # The status is written even if the list had no such Job.
    return draft.noted(draft.cronjob.without(job.uid)), True

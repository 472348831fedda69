"""Writing the status of a Job and letting its pods go (contract job 9).

A pod is counted exactly once, whatever fails in between, because
1. its uid is written to the status as uncounted first (for an Indexed Job the index is enough),
2. then its tracking finalizer is removed,
3. and only then the uid gives way to a larger counter.
A sync writes the status once for 1, and once more for 3 and for the end of the Job; each only if it changes. The Job
ends when no uid is uncounted and no pod is on its way out.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import frozen

from reconcile.actions import Event, Remember, UpdateStatus
from reconcile.controllers.job.conditions import FAILURE_TARGET, SUCCESS_MET, ensure, turned
from reconcile.controllers.job.manage import Managed
from reconcile.controllers.job.policy import judge
from reconcile.controllers.job.removal import side_by_side, untrack
from reconcile.controllers.job.tally import Tally, failed, uncounted
from reconcile.model.clock import Instant
from reconcile.model.condition import Condition
from reconcile.model.job import COMPLETE, FAILED, Job
from reconcile.model.job_pod import completion_index
from reconcile.model.pod import Pod
from reconcile.outcome import Reason, Rejected
from reconcile.script import Script, Steps

SUCCEEDED: Final = "succeeded"
FAILURES: Final = "failed"
INDEXES: Final = "indexes"

CAP: Final = 500
"""How many pods one sync counts at most: it bounds the uids in the status."""


@frozen
class Counters:
    """The counters of a status, and the uids that are on their way into them."""

    succeeded: int
    failed: int
    waiting_succeeded: tuple[str, ...]
    waiting_failed: tuple[str, ...]

    @classmethod
    def of(cls, job: Job) -> "Counters":
        """Return what the status of *job* says."""
        status = job.status
        return cls(
            status.get("succeeded") or 0,
            status.get("failed") or 0,
            tuple(uncounted(job, SUCCEEDED)),
            tuple(uncounted(job, FAILURES)),
        )

    @property
    def waiting(self) -> int:
        """How many uids are on their way."""
        return len(self.waiting_succeeded) + len(self.waiting_failed)

    def settled(self, gone: Callable[[str], bool]) -> "Counters":
        """Return the counters with those uids moved into them whose pods are *gone*, or have lost their finalizer."""
        succeeded = tuple(uid for uid in self.waiting_succeeded if not gone(uid))
        failed = tuple(uid for uid in self.waiting_failed if not gone(uid))
        return Counters(
            self.succeeded + len(self.waiting_succeeded) - len(succeeded),
            self.failed + len(self.waiting_failed) - len(failed),
            succeeded,
            failed,
        )

    def into(self, status: dict[str, Any]) -> dict[str, Any]:
        """Return *status* with these counters; the API leaves out those that are 0."""
        uids = {"succeeded": [*self.waiting_succeeded], "failed": [*self.waiting_failed]}
        counts = {"succeeded": self.succeeded, "failed": self.failed}
        rest = {key: value for key, value in status.items() if key not in counts}
        return {
            **rest,
            **{key: count for key, count in counts.items() if count},
            "uncountedTerminatedPods": {key: value for key, value in uids.items() if value},
        }


@frozen
class Counted:
    """The pods that a sync lets go, and the counters with their uids on the way."""

    counters: Counters
    pods: tuple[Pod, ...]
    """The pods whose finalizer is removed."""
    capped: bool
    """Whether pods were left for the next sync."""


def flush(tally: Tally, draft: Job, managed: Managed, end: Condition | None) -> Steps[str | None]:
    """Report what was counted and done, let the counted pods go, and end the Job if it can; return what went wrong.

    *draft* is the Job with what the sync changed in its status so far; *end* is the terminal condition that was found.
    """
    counted = _count(tally, end)
    conditions, final = announce(draft, end, tally.now)
    new = draft.put(("status",), _status(tally, draft, managed, counted.counters, conditions))
    if _differs(tally.job, new):
        answer = yield UpdateStatus(new, changes(tally.job, new))
        if isinstance(answer, Rejected):
            return f"the status could not be written: {answer}"
        new = answer.object if isinstance(answer.object, Job) else new
        yield from _remember(tally)
    gone, error = yield from _release(tally, counted.pods)
    counters = counted.counters.settled(gone.__contains__)
    if error is None and final is not None and not (counted.capped or counters.waiting or managed.terminating):
        return (yield from _finish(new, counters, final))
    if counters != counted.counters:
        refusal = yield from _write(new, new.put(("status",), counters.into(new.status)))
        return refusal or error
    return error


# --- 9.1, 9.2: counting --------------------------------------------------------------------------------------------


def _count(tally: Tally, end: Condition | None) -> Counted:
    """Return which pods can go, and what they add to the counters."""
    before = Counters.of(tally.job)
    if before.waiting:
        known = frozenset(pod.uid for pod in tally.countable(tally.claimed.tracked))
        before = before.settled(lambda uid: uid not in known)
    news: dict[str, list[str]] = {
        SUCCEEDED: [*before.waiting_succeeded],
        FAILURES: [*before.waiting_failed],
        INDEXES: [],
    }
    pods: list[Pod] = []
    capped = False
    for pod in _leaving(tally, end):
        pods.append(pod)
        meaning = _meaning(tally, pod, end)
        if meaning is not None:
            news[meaning].append(pod.uid)
        capped = sum(map(len, news.values())) >= CAP
        if capped:
            break
    succeeded = tally.completed.total if tally.job.indexed else before.succeeded
    counters = Counters(succeeded, before.failed, tuple(news[SUCCEEDED]), tuple(news[FAILURES]))
    return Counted(counters, tuple(pods), capped)


def _leaving(tally: Tally, end: Condition | None) -> list[Pod]:
    """Return the pods whose finalizer may go, in the order in which they are counted."""
    if tally.job.meta.deleting or end is not None:
        pods = tally.countable(tally.claimed.tracked)
    else:
        pods = [pod for pod in tally.ended if _may_go(tally, pod)]
    return sorted(pods, key=completion_index) if tally.job.indexed else pods


def _may_go(tally: Tally, pod: Pod) -> bool:
    if pod.phase == "Succeeded":
        return True
    held = tally.delayed.get(completion_index(pod))
    return failed(tally.job, pod) and (held is None or held.uid != pod.uid)


def _meaning(tally: Tally, pod: Pod, end: Condition | None) -> str | None:
    """Return what *pod* newly counts as; None if it is counted already, or counts for nothing."""
    job = tally.job
    known = uncounted(job, FAILURES)
    if pod.uid in known:
        return None
    if pod.phase == "Succeeded":
        if job.indexed:
            return INDEXES if tally.valid(pod) and not tally.reported_completed.has(completion_index(pod)) else None
        return SUCCEEDED if pod.uid not in uncounted(job, SUCCEEDED) else None
    # When a Job has failed, pods that still run have failed with it.
    lost = end is not None and end["type"] != SUCCESS_MET
    counts = (lost or failed(job, pod)) and tally.valid(pod) and judge(job, pod).counts
    return FAILURES if counts else None


# --- 9.3 - 9.5: the first write ------------------------------------------------------------------------------------


def announce(draft: Job, end: Condition | None, now: Instant) -> tuple[Sequence[Any], Condition | None]:
    """Return the conditions with what announces the *end*, and the condition that makes it final.

    The announcement comes first, so that everybody sees why the pods go; the end itself once they are gone.
    """
    conditions = draft.conditions
    if end is None:
        return conditions, None
    if end["type"] == FAILURE_TARGET:
        return [*conditions, end], turned(end, FAILED, now)
    if end["type"] == SUCCESS_MET:
        told = draft.condition(SUCCESS_MET) is not None
        return conditions if told else [*conditions, end], turned(end, COMPLETE, now)
    return conditions, end


def _status(
    tally: Tally, draft: Job, managed: Managed, counters: Counters, conditions: Sequence[Any]
) -> dict[str, Any]:
    rewritten = ("conditions", "active", *(_INDEX_LISTS if tally.job.indexed else ()))
    status = {key: value for key, value in draft.status.items() if key not in rewritten}
    if conditions:
        status["conditions"] = conditions
    # The API leaves out an `active` of 0; the other two are pointers and always written.
    if managed.active:
        status["active"] = managed.active
    status |= {"ready": managed.ready, "terminating": managed.terminating}
    if tally.job.indexed:
        status |= _indexes(tally)
    return counters.into(status)


_INDEX_LISTS: Final = ("completedIndexes", "failedIndexes")


def _indexes(tally: Tally) -> dict[str, str]:
    completed, failed = tally.completed.text, tally.failed_indexes
    return ({"completedIndexes": completed} if completed else {}) | (
        {"failedIndexes": failed.text} if failed is not None else {}
    )


def _differs(old: Job, new: Job) -> bool:
    """Return whether *new* is worth a write: a start time and an index total are not by themselves (Traps)."""
    before, after = old.status, new.status
    same = all(before.get(key) == after.get(key) for key in ("ready", "terminating", "failedIndexes"))
    same = same and old.conditions == new.conditions and (before.get("active") or 0) == (after.get("active") or 0)
    same = same and (before.get("completedIndexes") or "") == (after.get("completedIndexes") or "")
    return not same or any(uncounted(old, key) != uncounted(new, key) for key in (SUCCEEDED, FAILURES))


def changes(old: Job, new: Job) -> str:
    """Return in words how the status of *new* differs from that of *old*."""
    counts = [(key, old.status.get(key) or 0, new.status.get(key) or 0) for key in _COUNTS]
    words = [f"{key} {before} -> {after}" for key, before, after in counts if before != after]
    words += [f"{c.get('type')} is {c.get('status')}" for c in new.conditions if c not in old.conditions]
    ended = Counters.of(new).waiting
    words += [f"{ended} ended {'pod is' if ended == 1 else 'pods are'} noted, to be counted"] if ended else []
    return ", ".join(words) or "the status is not up to date"


_COUNTS: Final = ("active", "ready", "terminating", "succeeded", "failed")


def _remember(tally: Tally) -> Script:
    """Keep the back-off record; it is known to be right once the status that goes with it is written (8)."""
    record = tally.record.json()
    if tally.memory.get("backoff") != record:
        yield Remember({**tally.memory, "backoff": record}, "how long to wait before the next pod after failures")


# --- 9.6 - 9.8: letting go, and the second write -------------------------------------------------------------------


def _release(tally: Tally, pods: Sequence[Pod]) -> Steps[tuple[set[str], str | None]]:
    """Remove the tracking finalizer of *pods*; return the uids of those that lost it, and what went wrong first."""
    gone: set[str] = set()
    errors: list[str] = []
    for pod in side_by_side(pods):
        answer = yield untrack(pod, f"{pod} is {pod.phase.lower() or 'on its way out'} and accounted for")
        if isinstance(answer, Rejected) and answer.reason is not Reason.NOT_FOUND:
            errors.append(str(answer))
        else:
            gone.add(pod.uid)
    return gone, next(iter(errors), None)


def _write(old: Job, new: Job) -> Steps[str | None]:
    answer = yield UpdateStatus(new, changes(old, new))
    return f"the status could not be written: {answer}" if isinstance(answer, Rejected) else None


def _finish(job: Job, counters: Counters, final: Condition) -> Steps[str | None]:
    status = counters.into(job.status)
    status["conditions"] = ensure(job.conditions, final) or job.conditions
    if final["type"] == COMPLETE:
        status["completionTime"] = final["lastTransitionTime"]
    done = job.put(("status",), status)
    refusal = yield from _write(job, done)
    if refusal is None:
        yield from _tell(done, final)
    return refusal


def _tell(job: Job, final: Condition) -> Script:
    if final["type"] == FAILED:
        yield Event("Warning", final["reason"], job, final["message"])
        return
    if job.completions is not None and (job.status.get("succeeded") or 0) > job.completions:
        yield Event("Warning", "TooManySucceededPods", job, "More pods have succeeded than completions were asked for")
    yield Event("Normal", "Completed", job, "Job completed")

"""Job: run pods until enough of them have succeeded.

Rules, in the order of a sync (contract job 2)
1. A Job that somebody else manages, or that has ended, is left alone; the pods of the latter too (see `job_orphan`).
2. Pods are claimed: adopted with the tracking finalizer, or released from it.
3. What is known of them is added up; then it is decided whether the Job is over.
4. If it is, its active pods are deleted. If not, pods are removed or made, unless earlier ones have not all shown up
   yet or the Job is being deleted; then it may turn out to be complete, or to have been suspended or resumed.
5. The status is written, counted pods are let go, and the Job ends. What went wrong in 4 is reported only then.
"""

from typing import Final

from reconcile.actions import Event, Remember, WakeAt
from reconcile.controller import Change, Controller, owned
from reconcile.controllers._claim import selects
from reconcile.controllers.job.claimed import claim_pods
from reconcile.controllers.job.conditions import SUCCESS_MET, SUSPENDED, condition, ensure
from reconcile.controllers.job.flush import flush
from reconcile.controllers.job.manage import Managed, end, manage, untouched
from reconcile.controllers.job.tally import Tally
from reconcile.controllers.job.terminal import terminal
from reconcile.model.clock import Instant, stamp
from reconcile.model.condition import Condition
from reconcile.model.job import INDEXED, NON_INDEXED, Job
from reconcile.model.json import EMPTY, FrozenMap
from reconcile.model.selector import Selector
from reconcile.script import Script, Steps, scripted
from reconcile.view import Observed


@scripted
def reconcile(job: Job, observed: Observed) -> Script:
    """Return the actions that bring *job* closer to its completions, or to its end."""
    memory = observed.memory or EMPTY
    if job.managed_elsewhere:
        return
    if job.finished:
        yield from _forget(memory)
    elif job.mode not in (NON_INDEXED, INDEXED):
        yield Event("Warning", "UnknownCompletionMode", job, f"The completion mode {job.mode} is unknown")
    else:
        yield from _sync(job, observed, memory)


def _forget(memory: FrozenMap) -> Script:
    if "backoff" in memory:
        rest = {key: value for key, value in memory.items() if key != "backoff"}
        yield Remember(rest or None, "the Job has ended; nothing waits any more")


def _sync(job: Job, observed: Observed, memory: FrozenMap) -> Script:
    try:
        selector = Selector.parse(job.selector)
    except ValueError as error:
        yield WakeAt(None, "the selector cannot be read", error=str(error))
        return
    claimed, problem = yield from claim_pods(job, selector, observed)
    if problem is not None:
        yield WakeAt(None, "pods could not be claimed", error=problem)
        return
    tally = Tally(job, observed.now, claimed, memory)
    over = yield from terminal(tally)
    seen = observed.settled and not memory.get("expectationsPending")
    step = _wind_up(tally, over, seen) if over is not None else _go_on(tally, seen)
    draft, managed, over = yield from step
    problem = (yield from flush(tally, draft, managed, over)) or managed.error
    if problem is not None:
        yield WakeAt(None, "the sync did not succeed", error=problem)


def _started(tally: Tally) -> Job:
    """Return the Job with a start time, once it may run; it is stored with the next write of the status."""
    job = tally.job
    if tally.start is None or job.start_time is not None:
        return job
    return job.put(("status", "startTime"), stamp(tally.start))


Stand = tuple[Job, Managed, Condition | None]
"""The Job with its status so far, how many pods there are, and the condition that ends it."""


def _wind_up(tally: Tally, over: Condition, seen: bool) -> Steps[Stand]:
    managed = yield from end(tally, over)
    # 6: as long as pods are left, or may be there unseen, the end is not announced
    complete = managed.terminating - tally.claimed.terminating == tally.claimed.active and seen
    return _started(tally), managed, over if complete else None


def _go_on(tally: Tally, seen: bool) -> Steps[Stand]:
    draft = _started(tally)
    acts = seen and not draft.meta.deleting
    managed = (yield from manage(tally)) if acts else untouched(tally)
    if _complete(tally, managed.active):
        message = "Reached expected number of succeeded pods"
        return draft, managed, condition(SUCCESS_MET, "CompletionsReached", message, tally.now)
    return (yield from _suspension(draft, tally.now)) if acts else draft, managed, None


def _complete(tally: Tally, active: int) -> bool:
    completions = tally.job.completions
    enough = tally.successes > 0 if completions is None else tally.successes >= completions
    return enough and active == 0


def _suspension(job: Job, now: Instant) -> Steps[Job]:
    """Return *job* with what its status says of being suspended brought up to date (7.5)."""
    status, reason, message, event = _SUSPENSION[job.suspended]
    conditions = ensure(job.conditions, condition(SUSPENDED, reason, message, now, status=status))
    if conditions is None:
        return job
    yield Event("Normal", event, job, message)
    job = job.put(("status", "conditions"), conditions)
    if job.suspended:
        return job.drop(("status", "startTime"))
    return job.put(("status", "startTime"), stamp(now))


_SUSPENSION: Final = {
    True: ("True", "JobSuspended", "Job suspended", "Suspended"),
    False: ("False", "JobResumed", "Job resumed", "Resumed"),
}


def _patience(change: Change, now: Instant) -> float:
    """Return how long *change* may wait: a while, if the Job asks for the same as before and only reports more (14)."""
    old, new = change
    same = old is not None and new is not None and old.meta.generation == new.meta.generation
    return _BATCH if same else 0.0


_BATCH: Final = 1.0
"""How long changes of pods and of the status may wait, so that a burst of them is one sync; in seconds."""

JOB: Final = Controller(
    "job",
    "Job",
    reconcile,
    watches=(owned("Pod", "Job", selector=selects, delay=_BATCH),),
    settles=True,
    delay=_patience,
)

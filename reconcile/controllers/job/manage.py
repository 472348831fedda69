"""Looking after the pods of a Job that goes on (contract job 7).

Rules
1. A suspended Job has no active pods.
2. Otherwise as many as completions are missing, at most `parallelism`. A work queue (no completions) starts none once
   one pod has succeeded, and lets the others run.
3. One sync either removes or makes pods; removing comes first.
4. With podReplacementPolicy Failed, or a pod failure policy, a pod on its way out still takes its place.
"""

from collections.abc import Iterable
from itertools import islice

from attrs import frozen

from reconcile.controllers._pods import BURST
from reconcile.controllers.job.creation import create
from reconcile.controllers.job.removal import delete_active, remove, superfluous
from reconcile.controllers.job.tally import Tally
from reconcile.model.condition import Condition
from reconcile.model.pod import Pod
from reconcile.script import Steps


@frozen
class Managed:
    """How many pods there are after a sync has done its part."""

    active: int
    ready: int
    terminating: int
    error: str | None = None
    """What went wrong first."""


def untouched(tally: Tally) -> Managed:
    """Return how many pods there are as long as nothing is done."""
    return Managed(tally.claimed.active, tally.claimed.ready, tally.claimed.terminating)


def end(tally: Tally, condition: Condition) -> Steps[Managed]:
    """Delete the active pods of a Job that is over for the reason of *condition*."""
    removed = yield from delete_active(tally, f"the Job is over: {condition.get('reason')}")
    return _less(untouched(tally), removed.pods, removed.ready, removed.error)


def manage(tally: Tally) -> Steps[Managed]:
    """Remove what is too many or make what is missing."""
    job = tally.job
    active = tally.claimed.active
    if job.suspended:
        return (yield from _remove(tally, superfluous(tally, active, "the Job is suspended")))
    wanted = want_active(tally)
    too_many = max(0, active - wanted)
    victims = list(islice(superfluous(tally, too_many, f"{too_many} too many: {wanted} wanted"), BURST))
    if victims:
        return (yield from _remove(tally, victims))
    missing = wanted - (tally.claimed.terminating if job.replaces_only_failed else 0) - active
    return (yield from _create(tally, missing)) if missing > 0 else untouched(tally)


def want_active(tally: Tally) -> int:
    """Return how many pods should be active now (7.2)."""
    job = tally.job
    if job.completions is None:
        return tally.claimed.active if tally.successes > 0 else job.parallelism
    return max(0, min(job.completions - tally.successes, job.parallelism))


def _remove(tally: Tally, victims: Iterable[tuple[Pod, str]]) -> Steps[Managed]:
    pods, reasons = [], {}
    for pod, why in victims:
        pods.append(pod)
        reasons[pod.name] = why
    removed = yield from remove(tally, reasons, pods)
    return _less(untouched(tally), removed.pods, removed.ready, removed.error)


def _create(tally: Tally, missing: int) -> Steps[Managed]:
    now = untouched(tally)
    created = yield from create(tally, missing, _state(tally, now.active))
    # Traps: a Job that waits after failures reports no active pods, even if some run
    active = created.pods if created.pods is not None else 0
    return Managed(active, now.ready, now.terminating, created.error)


def _state(tally: Tally, active: int) -> str:
    running = f"{active} {'pod' if active == 1 else 'pods'} active"
    completions = tally.job.completions
    if completions is None:
        return f"a work queue with {running} of {tally.job.parallelism}"
    missing = completions - tally.successes
    return f"{missing} of {completions} completions {'is' if missing == 1 else 'are'} missing, {running}"


def _less(before: Managed, pods: int, ready: int, error: str | None) -> Managed:
    return Managed(before.active - pods, before.ready - ready, before.terminating + pods, error)

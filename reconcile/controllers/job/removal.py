"""Removing the active pods of a Job (contract job 6, 7.2, 7.6).

Rules
1. When the Job is over, its active pods are just deleted: their finalizers stay, so that they can be counted.
2. When there are too many, or the Job is suspended, a pod loses its finalizer first, so that it is never counted.
3. Of an Indexed Job, pods that no index needs go in any case: those without a valid index, and all but one of those
   that share one. Beyond that, and without indexes, the pods go first that are least far along and lose the least.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from reconcile.actions import Delete, Event, Patch
from reconcile.controllers._ranking import rank_class
from reconcile.controllers.job.tally import Tally
from reconcile.model.clock import Instant
from reconcile.model.job import Job
from reconcile.model.job_pod import UNKNOWN, completion_index, tracked
from reconcile.model.json import FrozenMap, freeze
from reconcile.model.pod import JOB_TRACKING, Pod
from reconcile.outcome import Reason, Rejected
from reconcile.script import Steps

UNTRACK: Final[FrozenMap] = freeze({"metadata": {"$deleteFromPrimitiveList/finalizers": [JOB_TRACKING]}})
"""The patch that takes the tracking finalizer off a pod."""


@frozen
class Removed:
    """What became of pods that were to go."""

    pods: int
    """How many are gone, or going."""
    ready: int
    """How many fewer are ready."""
    error: str | None
    """What went wrong first."""


def delete_active(tally: Tally, why: str) -> Steps[Removed]:
    """Delete the active pods of a Job that is over."""
    errors: list[str] = []
    for pod in sorted(tally.claimed.active_pods, key=lambda pod: pod.name):
        refusal = yield from _delete(tally.job, pod, why)
        errors += [str(refusal)] if refusal is not None else []
    # 6: a pod whose delete failed is no longer reported as ready all the same
    return Removed(tally.claimed.active - len(errors), tally.claimed.ready, next(iter(errors), None))


def remove(tally: Tally, reasons: Mapping[str, str], pods: Sequence[Pod]) -> Steps[Removed]:
    """Release *pods* from counting and delete them; *reasons* says why, by name of the pod."""
    errors: list[str] = []
    ready = 0
    for pod in side_by_side(pods):
        why = reasons[pod.name]
        if tracked(pod):
            answer = yield untrack(pod, why)
            if isinstance(answer, Rejected):
                # 7.6: not deleted then; one that is not there any more counts as removed
                errors += [] if answer.reason is Reason.NOT_FOUND else [str(answer)]
                continue
        refusal = yield from _delete(tally.job, pod, why)
        errors += [str(refusal)] if refusal is not None else []
        ready += pod.ready
    return Removed(len(pods) - len(errors), ready, next(iter(errors), None))


def side_by_side(pods: Sequence[Pod]) -> Sequence[Pod]:
    """Return *pods* in the order in which upstream comes to them when it starts a thread for each: the last one first.

    It shows only where some of the requests are refused: which ones these are depends on it.
    """
    return (*pods[-1:], *pods[:-1])


def untrack(pod: Pod, why: str) -> Patch:
    """Return the patch that takes the tracking finalizer off *pod*."""
    return Patch("Pod", pod.namespace, pod.name, UNTRACK, why)


def _delete(job: Job, pod: Pod, why: str) -> Steps[Rejected | None]:
    """Delete *pod*; return the refusal, if it was one that matters."""
    answer = yield Delete("Pod", pod.namespace, pod.name, why)
    if not isinstance(answer, Rejected):
        yield Event("Normal", "SuccessfulDelete", job, f"Deleted pod: {pod.name}")
        return None
    if answer.reason is Reason.NOT_FOUND:
        return None
    yield Event("Warning", "FailedDelete", job, f"Error deleting: {answer}")
    return answer


# --- 7.2: which ones -----------------------------------------------------------------------------------------------


def superfluous(tally: Tally, at_least: int, why: str) -> Iterator[tuple[Pod, str]]:
    """Yield the active pods that have to go, each with the reason: *at_least* so many, for *why* if no other."""
    if not at_least and not tally.job.indexed:
        return
    rest = tally.claimed.active_pods
    count = 0
    if tally.job.indexed:
        unneeded, rest = _by_index(rest, tally.job.limit)
        count = len(unneeded)
        yield from unneeded
    if at_least > count:
        yield from ((pod, why) for pod in sorted(rest, key=first_to_go)[: at_least - count])


def _by_index(pods: Sequence[Pod], limit: int) -> tuple[list[tuple[Pod, str]], list[Pod]]:
    """Divide *pods* into those that no index needs, and one for each index."""
    by_index: dict[int, list[Pod]] = {}
    for pod in pods:
        by_index.setdefault(completion_index(pod), []).append(pod)
    *lower, highest = sorted(index for index in by_index if index < limit) or [UNKNOWN]
    unneeded: list[tuple[Pod, str]] = []
    needed: list[Pod] = []
    for index in lower:
        _divide(index, by_index[index], unneeded, needed)
    for index in sorted(index for index in by_index if index >= limit):
        unneeded += [(pod, f"index {index} is beyond the {limit} completions") for pod in by_index[index]]
    # The order shows only beyond 500 pods; it is upstream's.
    _divide(highest, by_index.get(highest, []), unneeded, needed)
    return unneeded, needed


def _divide(index: int, pods: list[Pod], unneeded: list[tuple[Pod, str]], needed: list[Pod]) -> None:
    """Divide the *pods* of one index: one is needed, but not without an index."""
    if index == UNKNOWN:
        unneeded += [(pod, "the pod has no completion index") for pod in pods]
    elif len(pods) == 1:
        needed += pods
    else:
        *others, last = sorted(pods, key=first_to_go)
        unneeded += [(pod, f"index {index} has another pod, {last.name}") for pod in others]
        needed.append(last)


def first_to_go(pod: Pod) -> tuple[Any, ...]:
    """Return a key that sorts first the pod whose loss costs least."""
    # pod-deletion-cost, the last part of the class, means nothing to a Job
    return (
        *rank_class(pod.trait)[:3],
        _newest_first(pod.ready_time) if pod.ready else (),
        -pod.restarts,
        -pod.sidecar_restarts,
        _newest_first(pod.meta.created),
    )


def _newest_first(moment: Instant | None) -> tuple[float, ...]:
    return (0.0,) if moment is None else (1.0, -moment.timestamp())

"""What the pods of a Job add up to (contract job 4, 7.7, 8).

Rules
1. A pod counts while it carries the tracking finalizer; pods whose removal was asked for already do not count again.
2. Uids that the status holds as uncounted are counted, and are not counted again as new.
3. An Indexed Job counts indexes instead of pods. Pods without a valid index count for nothing.
4. Where failures are counted by index, the last failed pod of an index that is to be tried again keeps its finalizer:
   its annotations hold the count that the next pod of the index goes on from.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property

from attrs import frozen

from reconcile.controllers.job.claimed import Claimed
from reconcile.controllers.job.policy import FAIL_INDEX, judge
from reconcile.model.backoff import Record, finish_time
from reconcile.model.clock import Instant
from reconcile.model.indexes import Intervals
from reconcile.model.job import Job
from reconcile.model.job_pod import UNKNOWN, all_index_failures, completion_index, index_failures, tracked
from reconcile.model.json import FrozenMap
from reconcile.model.pod import Pod


@frozen
class Tally:
    """A Job, its pods, and what follows from them before anything is done."""

    job: Job
    now: Instant
    claimed: Claimed
    memory: FrozenMap
    """What earlier syncs remembered."""

    @cached_property
    def removed(self) -> frozenset[str]:
        """Uids of the pods whose finalizer was removed, though the cache does not show it yet."""
        return frozenset(self.memory.get("expectedFinalizerRemovals") or ())

    @property
    def start(self) -> Instant | None:
        """Since when the Job runs; from now on if it is free to run for the first time."""
        # 5: the time that is stored later is cut to the second, this one is not
        return self.job.start_time or (None if self.job.suspended else self.now)

    # --- which pods count ------------------------------------------------------------------------------------------

    def countable(self, pods: Iterable[Pod]) -> list[Pod]:
        """Return those of *pods* that are still to be counted."""
        return [pod for pod in pods if tracked(pod) and pod.uid not in self.removed]

    @cached_property
    def ended(self) -> list[Pod]:
        """The countable pods that are finished or on their way out."""
        return self.countable(self.claimed.ended)

    def valid(self, pod: Pod) -> bool:
        """Return whether *pod* can count: any pod, or for an Indexed Job one with an index below the completions."""
        return not self.job.indexed or UNKNOWN < completion_index(pod) < self.job.limit

    @cached_property
    def new_succeeded(self) -> list[Pod]:
        """The pods whose success is news."""
        known = frozenset(uncounted(self.job, "succeeded"))
        return [p for p in self.ended if p.phase == "Succeeded" and p.uid not in known and self.valid(p)]

    @cached_property
    def new_failed(self) -> list[Pod]:
        """The pods whose failure is news."""
        known = frozenset(uncounted(self.job, "failed"))
        return [p for p in self.ended if failed(self.job, p) and p.uid not in known and self.valid(p)]

    # --- how many --------------------------------------------------------------------------------------------------

    @cached_property
    def failures(self) -> int:
        """How many pods have failed so far, without those that the policy ignores."""
        fresh = sum(judge(self.job, pod).counts for pod in self.new_failed)
        return (self.job.status.get("failed") or 0) + fresh + len(uncounted(self.job, "failed"))

    @cached_property
    def successes(self) -> int:
        """How many pods, or indexes, have succeeded so far."""
        if self.job.indexed:
            return self.completed.total
        old = self.job.status.get("succeeded") or 0
        return old + len(self.new_succeeded) + len(uncounted(self.job, "succeeded"))

    @cached_property
    def reported_completed(self) -> Intervals:
        """The indexes that the status says have succeeded."""
        return Intervals.parse(self.job.status.get("completedIndexes") or "", self.job.limit)

    @cached_property
    def completed(self) -> Intervals:
        """The indexes that have succeeded so far."""
        # 4: pods whose finalizer is already on its way out are taken in all the same
        fresh = {completion_index(p) for p in self.claimed.ended if p.phase == "Succeeded" and self.valid(p)}
        return self.reported_completed.add(sorted(fresh))

    @cached_property
    def failed_indexes(self) -> Intervals | None:
        """The indexes that were given up; None if failures are not counted by index."""
        if not self.job.per_index:
            return None
        fresh = {completion_index(p) for p in self.claimed.ended if self.valid(p) and _fails_index(self.job, p)}
        return Intervals.parse(self.job.status.get("failedIndexes") or "", self.job.limit).add(sorted(fresh))

    @cached_property
    def active_indexes(self) -> frozenset[int]:
        """The indexes that an active pod works on. Costs as much as there are active pods."""
        return frozenset(completion_index(pod) for pod in self.claimed.active_pods) - {UNKNOWN}

    @cached_property
    def terminating_indexes(self) -> frozenset[int]:
        """The indexes that a pod on its way out works on."""
        return frozenset(completion_index(pod) for pod in self.claimed.terminating_pods) - {UNKNOWN}

    # --- what was learnt about waiting ------------------------------------------------------------------------------

    @cached_property
    def record(self) -> Record:
        """The back-off record with the news in it."""
        return Record.of(self.memory.get("backoff")).after(self.new_succeeded, self.new_failed)

    @cached_property
    def delayed(self) -> Mapping[int, Pod]:
        """By index, the failed pod that is kept until its successor is there."""
        if not self.job.per_index:
            return {}
        held: dict[int, Pod] = {}
        for pod in self.ended:
            index = completion_index(pod)
            if self.valid(pod) and failed(self.job, pod) and self._open(index):
                held[index] = _later(held[index], pod) if index in held else pod
        return held

    def _open(self, index: int) -> bool:
        done = self.completed.has(index) or (self.failed_indexes is not None and self.failed_indexes.has(index))
        return not done and index not in self.active_indexes


def failed(job: Job, pod: Pod) -> bool:
    """Return whether *pod* has failed in the eyes of *job*."""
    if pod.phase == "Failed":
        return True
    # A pod that is deleted may never come to report a phase, so it has failed at once, unless it is to be waited for.
    return not job.replaces_only_failed and pod.terminating


def uncounted(job: Job, key: str) -> list[str]:
    """Return the uids that the status of *job* holds as ended but not counted; *key* is succeeded or failed."""
    return (job.status.get("uncountedTerminatedPods") or {}).get(key) or []


def _fails_index(job: Job, pod: Pod) -> bool:
    if not failed(job, pod):
        return False
    verdict = judge(job, pod)
    limit = job.backoff_limit_per_index or 0
    return verdict.action == FAIL_INDEX or (verdict.counts and index_failures(pod) >= limit)


def _later(held: Pod, pod: Pod) -> Pod:
    """Return which of two failed pods of one index knows more."""
    newer = all_index_failures(pod) >= all_index_failures(held) and finish_time(pod) >= finish_time(held)
    return pod if newer else held

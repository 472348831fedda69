"""Jobs, as controllers see them.

Absent fields read as the API defaults them. A count of the status that is absent is 0; where the difference matters
(`ready`, `terminating`) the controller looks at the JSON.
"""

from functools import cached_property
from typing import Final

from attrs import frozen

from reconcile.model.clock import Instant, parse
from reconcile.model.condition import find
from reconcile.model.json import EMPTY, NOTHING, FrozenList, FrozenMap
from reconcile.model.workload import Workload

OURS: Final = "kubernetes.io/job-controller"
"""The value of `managedBy` that means the built-in controller."""

NON_INDEXED: Final = "NonIndexed"
INDEXED: Final = "Indexed"

COMPLETE: Final = "Complete"
FAILED: Final = "Failed"
_FINAL: Final = (COMPLETE, FAILED)


@frozen
class Job(Workload):
    """A Job."""

    # --- what it asks for ------------------------------------------------------------------------------------------

    @property
    def parallelism(self) -> int:
        """How many pods may run side by side."""
        return _number(self.spec, "parallelism", 1)

    @property
    def completions(self) -> int | None:
        """How many pods have to succeed; None for a work queue, which is done when one succeeded and all ended."""
        return self.spec.get("completions")

    @property
    def mode(self) -> str:
        """The completion mode."""
        mode: str = self.spec.get("completionMode") or NON_INDEXED
        return mode

    @property
    def indexed(self) -> bool:
        """Whether each completion has an index of its own."""
        return self.mode == INDEXED

    @property
    def limit(self) -> int:
        """One more than the largest index of an Indexed Job."""
        return self.completions or 0

    @property
    def backoff_limit(self) -> int:
        """How many pods may fail."""
        return _number(self.spec, "backoffLimit", 6)

    @property
    def backoff_limit_per_index(self) -> int | None:
        """How often each index may be tried again; None if failures are counted for the whole Job."""
        return self.spec.get("backoffLimitPerIndex")

    @property
    def per_index(self) -> bool:
        """Whether failures are counted, and waited for, index by index."""
        return self.backoff_limit_per_index is not None

    @property
    def max_failed_indexes(self) -> int | None:
        """How many indexes may fail before the Job is given up."""
        return self.spec.get("maxFailedIndexes")

    @property
    def active_deadline(self) -> int | None:
        """How many seconds the Job may be active."""
        return self.spec.get("activeDeadlineSeconds")

    @property
    def suspended(self) -> bool:
        """Whether no pods shall run."""
        return bool(self.spec.get("suspend"))

    @property
    def failure_rules(self) -> FrozenList | None:
        """The rules of the pod failure policy; None if there is no policy."""
        policy = self.spec.get("podFailurePolicy")
        return None if policy is None else policy.get("rules") or NOTHING

    @property
    def success_rules(self) -> FrozenList:
        """The rules of the success policy."""
        rules: FrozenList = (self.spec.get("successPolicy") or EMPTY).get("rules") or NOTHING
        return rules

    @cached_property
    def replaces_only_failed(self) -> bool:
        """Whether a pod that is on its way out has not failed, nor is replaced, before it has ended."""
        return self.spec.get("podReplacementPolicy") == "Failed" or self.failure_rules is not None

    @property
    def restarts_in_place(self) -> bool:
        """Whether the kubelet restarts failed containers of its pods."""
        return self.template.spec.get("restartPolicy") == "OnFailure"

    @property
    def ttl(self) -> int | None:
        """How many seconds after its end the Job is deleted."""
        return self.spec.get("ttlSecondsAfterFinished")

    @property
    def managed_elsewhere(self) -> bool:
        """Whether another controller has taken charge of the Job."""
        return self.spec.get("managedBy") not in (None, OURS)

    # --- what was reported -----------------------------------------------------------------------------------------

    @property
    def final_condition(self) -> FrozenMap | None:
        """The condition that says how the Job ended; None while it has not."""
        found = (entry for entry in self.conditions if entry.get("type") in _FINAL and entry.get("status") == "True")
        return next(found, None)

    @property
    def finished(self) -> bool:
        """Whether the Job has ended for good."""
        return self.final_condition is not None

    @property
    def end(self) -> str:
        """How the Job ended, Complete or Failed; empty if it has not."""
        end: str = (self.final_condition or EMPTY).get("type", "")
        return end

    @property
    def succeeded(self) -> bool:
        """Whether the Job is complete."""
        return self.condition(COMPLETE) is not None

    @property
    def finish_time(self) -> Instant | None:
        """When the Job ended; None if it has not, or if its condition does not tell."""
        time = parse((self.final_condition or EMPTY).get("lastTransitionTime"))
        return time if time is not None and time.year > 1 else None

    @property
    def start_time(self) -> Instant | None:
        """When the Job was first, or again, free to run."""
        return parse(self.status.get("startTime"))

    @property
    def completion_time(self) -> Instant | None:
        """When the Job succeeded."""
        return parse(self.status.get("completionTime"))

    def condition(self, kind: str) -> FrozenMap | None:
        """Return the condition of type *kind* if it is True.

        Only the first one of the type counts: a False one hides a True one behind it (contract job, Traps).
        """
        found = find(self.conditions, kind)
        return found if found is not None and found.get("status") == "True" else None


def _number(fields: FrozenMap, name: str, absent: int) -> int:
    value = fields.get(name)
    return absent if value is None else int(value)

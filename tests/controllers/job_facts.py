"""The pods of a Job and what they count for, worked out anew from contract job 1, 3, 4, 8 and 10, from plain JSON."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any, Final

from attrs import frozen

from reconcile.model.clock import Instant, instant
from reconcile.model.json import thaw
from reconcile.model.resource import Resource
from reconcile.testing.invariants.jobs import INDEX, TRACKING, indexes
from reconcile.testing.scenes import Scene

FAILURES: Final = "batch.kubernetes.io/job-index-failure-count"
IGNORED: Final = "batch.kubernetes.io/job-index-ignored-failure-count"
ENDED: Final = ("Succeeded", "Failed")
PHASES: Final = ("Pending", "Unknown", "Running")

Json = dict[str, Any]


def text(found: Iterable[int]) -> str:
    """Return the list that names the indexes *found*.

    >>> text([5, 0, 1, 3, 4])
    '0,1,3-5'
    """
    runs: list[list[int]] = []
    for index in sorted(set(found)):
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs)


@frozen
class Facts:
    """What is so: the pods of a Job and what they count for (3, 4, 8, 10)."""

    scene: Scene

    @property
    def job(self) -> Resource:
        return self.scene.desired

    @cached_property
    def spec(self) -> Json:
        return dict(thaw(self.job.spec))

    @cached_property
    def status(self) -> Json:
        return dict(thaw(self.job.status))

    @cached_property
    def memory(self) -> Json:
        return dict(thaw(self.scene.memory or {}))

    # --- the spec ----------------------------------------------------------------------------------------------------

    @property
    def indexed(self) -> bool:
        return bool(self.spec["completionMode"] == "Indexed")

    @property
    def completions(self) -> int | None:
        return self.spec.get("completions")

    @property
    def per_index(self) -> int | None:
        return self.spec.get("backoffLimitPerIndex")

    @property
    def only_failed(self) -> bool:
        return self.spec["podReplacementPolicy"] == "Failed" or "podFailurePolicy" in self.spec

    # --- whose pods --------------------------------------------------------------------------------------------------

    def _mine(self, pod: Resource) -> bool:
        return pod.meta.controller is not None and pod.meta.controller.uid == self.job.uid

    def _selected(self, pod: Resource) -> bool:
        return bool(pod.meta.labels.get("job") == "work")

    @cached_property
    def adopted(self) -> list[Resource]:
        found = [pod for pod in self.scene.others if pod.meta.controller is None and self._selected(pod)]
        return [pod for pod in found if not (pod.meta.deleting or self.job.meta.deleting)]

    @cached_property
    def released(self) -> list[Resource]:
        found = [pod for pod in self.scene.others if self._mine(pod) and not self._selected(pod)]
        return [] if self.job.meta.deleting else found

    @cached_property
    def pods(self) -> list[Resource]:
        return [*(pod for pod in self.scene.others if self._mine(pod) and self._selected(pod)), *self.adopted]

    @cached_property
    def active(self) -> list[Resource]:
        return [pod for pod in self.pods if phase(pod) not in ENDED and not pod.meta.deleting]

    @cached_property
    def terminating(self) -> list[Resource]:
        return [pod for pod in self.pods if phase(pod) not in ENDED and pod.meta.deleting]

    # --- what they count for -----------------------------------------------------------------------------------------

    def failed(self, pod: Resource) -> bool:
        gone = pod.meta.deleting and phase(pod) != "Succeeded" and not self.only_failed
        return phase(pod) == "Failed" or gone

    def tracked(self, pod: Resource) -> bool:
        return TRACKING in pod.meta.finalizers or pod in self.adopted

    def countable(self, pod: Resource) -> bool:
        return self.tracked(pod) and pod.uid not in self.memory.get("expectedFinalizerRemovals", [])

    def valid(self, pod: Resource) -> bool:
        return not self.indexed or 0 <= number(pod, INDEX, -1) < (self.completions or 0)

    def waiting(self, what: str) -> list[str]:
        return list((self.status.get("uncountedTerminatedPods") or {}).get(what) or [])

    def verdict(self, pod: Resource) -> tuple[str, str]:
        """Return what the failure policy does to *pod*, and in which words."""
        for place, rule in enumerate(self.spec.get("podFailurePolicy", {}).get("rules", [])):
            found = matched(rule, pod)
            if found:
                return rule["action"], f"{found} matching FailJob rule at index {place}"
        return "", ""

    def ignored(self, pod: Resource) -> bool:
        return self.verdict(pod)[0] == "Ignore"

    def _news(self, what: str) -> list[Resource]:
        known = self.waiting(what)
        return [pod for pod in self.pods if self.countable(pod) and self.valid(pod) and pod.uid not in known]

    @cached_property
    def new_succeeded(self) -> list[Resource]:
        return [pod for pod in self._news("succeeded") if phase(pod) == "Succeeded"]

    @cached_property
    def new_failed(self) -> list[Resource]:
        return [pod for pod in self._news("failed") if self.failed(pod)]

    @cached_property
    def failures(self) -> int:
        counted = [pod for pod in self.new_failed if not self.ignored(pod)]
        return int(self.status.get("failed", 0)) + len(counted) + len(self.waiting("failed"))

    @cached_property
    def completed_before(self) -> set[int]:
        return {index for index in indexes(self.status.get("completedIndexes")) if index < (self.completions or 0)}

    @cached_property
    def completed(self) -> set[int]:
        pods = [pod for pod in self.pods if phase(pod) == "Succeeded" and self.tracked(pod) and self.valid(pod)]
        return self.completed_before | {number(pod, INDEX) for pod in pods}

    @cached_property
    def successes(self) -> int:
        if self.indexed:
            return len(self.completed)
        return int(self.status.get("succeeded", 0)) + len(self.new_succeeded) + len(self.waiting("succeeded"))

    def _fails_index(self, pod: Resource) -> bool:
        limit = self.per_index or 0
        spent = not self.ignored(pod) and number(pod, FAILURES) >= limit
        return self.failed(pod) and (self.verdict(pod)[0] == "FailIndex" or spent)

    @cached_property
    def failed_indexes(self) -> set[int]:
        if self.per_index is None:
            return set()
        before = {index for index in indexes(self.status.get("failedIndexes")) if index < (self.completions or 0)}
        pods = [pod for pod in self.pods if self.tracked(pod) and self.valid(pod) and self._fails_index(pod)]
        return before | {number(pod, INDEX) for pod in pods}

    @cached_property
    def delayed(self) -> dict[int, Resource]:
        """By index, the failed pod whose successor is still to come (7.7)."""
        held: dict[int, Resource] = {}
        busy = self.completed | self.failed_indexes | {number(pod, INDEX, -1) for pod in self.active}
        for pod in self.pods if self.per_index is not None else []:
            index = number(pod, INDEX, -1)
            if self.countable(pod) and self.valid(pod) and self.failed(pod) and index not in busy:
                rival = held.get(index)
                if rival is None or (count(pod) >= count(rival) and finish(pod) >= finish(rival)):
                    held[index] = pod
        return held

    # --- the back-off ------------------------------------------------------------------------------------------------

    @cached_property
    def record(self) -> tuple[int, Instant | None]:
        """How many pods failed in a row, and when the last one did (8)."""
        old = self.memory.get("backoff", {})
        failures, last = old.get("failuresAfterLastSuccess", 0), old.get("lastFailureTime")
        ends = [finish(pod) for pod in self.new_failed]
        if self.new_succeeded:
            latest = max(finish(pod) for pod in self.new_succeeded)
            ends = [end for end in ends if end > latest]
            return len(ends), max(ends, default=None)
        return (failures + len(ends), max(ends)) if ends else (failures, instant(last) if last else None)

    def left(self, failures: int, last: Instant | None) -> float:
        """Return the seconds still to wait."""
        if failures < 1 or last is None:
            return 0.0
        return max(0.0, float(min(600, 10 * 2 ** (failures - 1))) - (self.scene.now - last).total_seconds())

    @cached_property
    def start(self) -> Instant | None:
        told = self.status.get("startTime")
        return instant(told) if told else None if self.spec["suspend"] else self.scene.now


# --- what a pod says -------------------------------------------------------------------------------------------------


def phase(pod: Resource) -> str:
    return str(pod.status.get("phase", ""))


def ready(pod: Resource) -> bool:
    return any(entry["type"] == "Ready" and entry["status"] == "True" for entry in pod.status.get("conditions", ()))


def number(pod: Resource, note: str, absent: int = 0) -> int:
    return int(pod.meta.annotations.get(note, absent))


def count(pod: Resource) -> int:
    """Return how many pods of its index had failed in any way when *pod* was made."""
    return number(pod, FAILURES) + number(pod, IGNORED)


def codes(pod: Resource, field: str) -> list[tuple[str, int]]:
    statuses = [entry for entry in pod.status.get(field, ()) if "terminated" in entry["state"]]
    return [(entry["name"], entry["state"]["terminated"]["exitCode"]) for entry in statuses]


def matched(rule: Mapping[str, Any], pod: Resource) -> str:
    """Return what *rule* of a failure policy sees in *pod*; nothing if it does not match (10)."""
    named = f"{pod.namespace}/{pod.name}"
    wanted = rule.get("onExitCodes")
    if wanted:
        for name, code in [*codes(pod, "containerStatuses"), *codes(pod, "initContainerStatuses")]:
            fits = (code in wanted["values"]) == (wanted["operator"] == "In")
            if code and fits and wanted.get("containerName", name) == name:
                return f"Container {name} for pod {named} failed with exit code {code}"
        return ""
    patterns = [(entry["type"], entry["status"]) for entry in rule.get("onPodConditions") or ()]
    found = [e["type"] for e in pod.status.get("conditions", ()) if (e["type"], e["status"]) in patterns]
    return f"Pod {named} has condition {found[0]}" if found else ""


def finish(pod: Resource) -> Instant:
    """Return when *pod* ended (8); the pods here have one container that is not an init container."""
    ends = [entry["state"].get("terminated", {}).get("finishedAt") for entry in pod.status.get("containerStatuses", ())]
    if ends and all(ends):
        return max(map(instant, ends))
    turned = [e for e in pod.status.get("conditions", ()) if (e["type"], e["status"]) == ("Ready", "False")]
    if turned:
        return instant(turned[0]["lastTransitionTime"])
    if pod.meta.deleted is not None:
        return pod.meta.deleted - timedelta(seconds=pod.raw["metadata"].get("deletionGracePeriodSeconds", 0))
    assert pod.meta.created is not None
    return pod.meta.created


def restarts(pod: Resource, *fields: str) -> list[int]:
    return [entry["restartCount"] for field in fields for entry in pod.status.get(field, ())]


def usefulness(pod: Resource) -> tuple[Any, ...]:
    """Sort the pods of a Job in the order in which they go (7.2)."""
    since = [e["lastTransitionTime"] for e in pod.status.get("conditions", ()) if e["type"] == "Ready"]
    assert pod.meta.created is not None
    return (
        bool(pod.spec.get("nodeName")),
        PHASES.index(phase(pod)),
        ready(pod),
        -instant(since[0]).timestamp() if ready(pod) else 0,
        -max(restarts(pod, "containerStatuses"), default=0),
        -pod.meta.created.timestamp(),
    )

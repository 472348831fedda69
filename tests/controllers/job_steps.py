"""What a Job does in one sync, worked out anew from contract job 5 to 9, for few pods and in no hurry."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cached_property
from typing import Any, NamedTuple

from attrs import frozen

from reconcile.model.clock import Instant, stamp
from reconcile.model.resource import Resource
from reconcile.testing.invariants.jobs import INDEX, indexes
from tests.controllers.job_facts import (
    FAILURES,
    IGNORED,
    Facts,
    Json,
    count,
    finish,
    number,
    phase,
    ready,
    restarts,
    text,
    usefulness,
)


class Made(NamedTuple):
    """A pod that is made: its index or -1, and how many of that index failed before, counted and ignored ones."""

    at: int
    failures: str
    ignored: str


class End(NamedTuple):
    """Why a Job is over."""

    kind: str
    reason: str
    message: str


@frozen
class Expected:
    """What a sync does about it (5, 6, 7, 9)."""

    facts: Facts

    @property
    def pending(self) -> bool:
        """Whether earlier creations or deletions have not all been seen."""
        return bool(self.facts.memory.get("expectationsPending"))

    @cached_property
    def acts(self) -> bool:
        return self.over is None and not self.pending and not self.facts.job.meta.deleting

    # --- 5: the end --------------------------------------------------------------------------------------------------

    def first(self, kind: str) -> Json | None:
        """Return the first condition of the *kind*."""
        return next((entry for entry in self.facts.status.get("conditions", []) if entry["type"] == kind), None)

    def _met(self, kind: str) -> End | None:
        found = self.first(kind)
        return End(kind, found["reason"], found["message"]) if found and found["status"] == "True" else None

    @cached_property
    def over(self) -> End | None:
        """Why the Job is over before its pods are looked after."""
        told = self._met("SuccessCriteriaMet") or self._met("FailureTarget")
        return told or self._failed() or self._late() or self._decided()

    def _failed(self) -> End | None:
        facts = self.facts
        for pod in facts.pods:
            action, message = facts.verdict(pod)
            if facts.failed(pod) and action == "FailJob":
                return End("FailureTarget", "PodFailurePolicy", message)
        running = [pod for pod in facts.pods if phase(pod) in ("Running", "Pending")]
        again = sum(sum(restarts(pod, "containerStatuses", "initContainerStatuses")) for pod in running)
        limit = facts.spec["backoffLimit"]
        in_place = facts.spec["template"]["spec"]["restartPolicy"] == "OnFailure"
        if facts.failures > limit or (in_place and (again > 0 if limit == 0 else again >= limit)):
            return End("FailureTarget", "BackoffLimitExceeded", "Job has reached the specified backoff limit")
        return None

    @cached_property
    def deadline(self) -> float | None:
        """In how many seconds the Job has been active for too long; None if that does not matter."""
        limit, start = self.facts.spec.get("activeDeadlineSeconds"), self.facts.start
        if limit is None or start is None or self.facts.spec["suspend"]:
            return None
        return float(limit - (self.facts.scene.now - start).total_seconds())

    def _late(self) -> End | None:
        late = self.deadline is not None and self.deadline <= 0
        message = "Job was active longer than specified deadline"
        return End("FailureTarget", "DeadlineExceeded", message) if late else None

    def _decided(self) -> End | None:
        facts = self.facts
        lost, most = len(facts.failed_indexes), facts.spec.get("maxFailedIndexes")
        if most is not None and lost > most:
            message = "Job has exceeded the specified maximal number of failed indexes"
            return End("FailureTarget", "MaxFailedIndexesExceeded", message)
        if lost and lost + len(facts.completed) >= (facts.completions or 0):
            return End("FailureTarget", "FailedIndexes", "Job has failed indexes")
        rules = facts.spec.get("successPolicy", {}).get("rules", []) if facts.indexed and facts.completed else []
        for place, rule in enumerate(rules):
            if self._meets(rule):
                return End("SuccessCriteriaMet", "SuccessPolicy", f"Matched rules at index {place}")
        return None

    def _meets(self, rule: Json) -> bool:
        done, wanted = self.facts.completed, rule.get("succeededIndexes")
        if wanted is None:
            return len(done) >= int(rule["succeededCount"])
        of_these = {index for index in indexes(wanted) if index < (self.facts.completions or 0)}
        enough = "succeededCount" in rule and len(done & of_these) >= rule["succeededCount"]
        return bool(of_these) and (of_these <= done or enough)

    # --- 6, 7: the pods ----------------------------------------------------------------------------------------------

    @cached_property
    def wanted(self) -> int:
        facts = self.facts
        if facts.completions is None:
            return len(facts.active) if facts.successes else int(facts.spec["parallelism"])
        return max(0, min(facts.completions - facts.successes, int(facts.spec["parallelism"])))

    @cached_property
    def removed(self) -> list[Resource]:
        """The pods that lose their finalizer and go: those beyond what is wanted, by index and by use."""
        facts = self.facts
        if not self.acts:
            return []
        if facts.spec["suspend"]:
            return facts.active
        rest = sorted(facts.active, key=usefulness)
        chosen: list[Resource] = []
        if facts.indexed:
            best = {number(pod, INDEX): pod for pod in rest if facts.valid(pod)}
            chosen = [pod for pod in rest if best.get(number(pod, INDEX, -1)) is not pod]
            rest = [pod for pod in rest if pod not in chosen]
        return chosen + rest[: max(0, len(facts.active) - self.wanted - len(chosen))]

    @cached_property
    def deleted(self) -> list[Resource]:
        return self.facts.active if self.over is not None else self.removed

    @cached_property
    def missing(self) -> int:
        facts = self.facts
        if not self.acts or self.removed or facts.spec["suspend"]:
            return 0
        return max(0, self.wanted - len(facts.active) - (len(facts.terminating) if facts.only_failed else 0))

    @cached_property
    def turn(self) -> list[int]:
        """The indexes whose turn it is, whether they may start yet or not."""
        facts = self.facts
        working = facts.active + (facts.terminating if facts.only_failed else [])
        busy = facts.completed | facts.failed_indexes | {number(pod, INDEX, -1) for pod in working}
        free = [index for index in range(facts.completions or 0) if index not in busy]
        return free[: self.missing]

    def _index_wait(self, index: int) -> float:
        pod = self.facts.delayed.get(index)
        return 0.0 if pod is None else self.facts.left(count(pod) + 1, finish(pod))

    @cached_property
    def wait(self) -> float:
        """How many seconds no pod is made after failures."""
        if not self.missing:
            return 0.0
        if self.facts.per_index is None:
            return self.facts.left(*self.facts.record)
        return min(map(self._index_wait, self.turn), default=0.0)

    @cached_property
    def created(self) -> list[Made]:
        """The pods that are made; their index is -1 if they have none."""
        if self.wait:
            return []
        if not self.facts.indexed:
            return [Made(-1, "", "")] * self.missing
        return [self._made(index) for index in self.turn if not self._index_wait(index)]

    def _made(self, index: int) -> Made:
        if self.facts.per_index is None:
            return Made(index, "", "")
        before = self.facts.delayed.get(index)
        if before is None:
            return Made(index, "0", "")
        spared = self.facts.ignored(before)
        ignored = number(before, IGNORED) + spared
        return Made(index, str(number(before, FAILURES) + (not spared)), str(ignored or ""))

    @cached_property
    def wakes(self) -> Instant | None:
        asked = [max(self.wait, 1.0)] if self.wait else []
        told = self._met("SuccessCriteriaMet") or self._met("FailureTarget") or self._failed()
        if self.deadline is not None and self.deadline > 0 and not told:
            asked.append(self.deadline)
        return self.facts.scene.now + timedelta(seconds=min(asked)) if asked else None

    # --- 7.4, 9: what is told ----------------------------------------------------------------------------------------

    @cached_property
    def numbers(self) -> Json:
        """How many pods there are after that."""
        gone = self.deleted
        active = 0 if self.wait else len(self.facts.active) - len(gone) + len(self.created)
        well = sum(map(ready, self.facts.active)) - sum(map(ready, gone))
        return {"active": active, "ready": well, "terminating": len(self.facts.terminating) + len(gone)}

    @cached_property
    def end(self) -> End | None:
        """Why the Job ends; unlike `over` also because it is complete."""
        if self.over is not None:
            return None if self.pending else self.over
        facts = self.facts
        enough = facts.successes > 0 if facts.completions is None else facts.successes >= facts.completions
        if enough and not self.numbers["active"]:
            return End("SuccessCriteriaMet", "CompletionsReached", "Reached expected number of succeeded pods")
        return None

    def _condition(self, kind: str, reason: str, message: str, status: str = "True") -> Json:
        at = stamp(self.facts.scene.now)
        times = {"lastProbeTime": at, "lastTransitionTime": at}
        return {"type": kind, "status": status, "reason": reason, "message": message, **times}

    @cached_property
    def suspension(self) -> Json | None:
        """The new condition Suspended, if there is news."""
        old, on = self.first("Suspended"), self.facts.spec["suspend"]
        if not self.acts or self.end is not None or (old is None and not on):
            return None
        words = ("JobSuspended", "Job suspended", "True") if on else ("JobResumed", "Job resumed", "False")
        new = self._condition("Suspended", *words)
        return None if old and all(old[key] == new[key] for key in ("status", "reason", "message")) else new

    @cached_property
    def leaving(self) -> list[Resource]:
        """The pods that lose their finalizer after they were noted."""
        facts = self.facts
        return [pod for pod in facts.pods if facts.countable(pod) and self._may_go(pod)]

    def _may_go(self, pod: Resource) -> bool:
        held = self.facts.delayed.get(number(pod, INDEX, -1)) is pod
        every = self.facts.job.meta.deleting or self.end is not None
        return every or phase(pod) == "Succeeded" or (self.facts.failed(pod) and not held)

    def _settled(self, status: Json, gone: Iterable[str]) -> Json:
        """Return *status* with the uids that are *gone* moved into its counters."""
        lost = set(gone)
        waiting = {key: list(uids) for key, uids in status["uncountedTerminatedPods"].items()}
        moved = {key: len(lost & set(uids)) for key, uids in waiting.items()}
        kept = {key: [uid for uid in uids if uid not in lost] for key, uids in waiting.items()}
        return {**status, **{key: status[key] + n for key, n in moved.items()}, "uncountedTerminatedPods": kept}

    @cached_property
    def noted(self) -> Json:
        """The status with the pods that leave noted."""
        facts = self.facts
        told = {key: facts.status.get(key, 0) for key in ("succeeded", "failed")}
        waiting = {key: facts.waiting(key) for key in told}
        known = {pod.uid for pod in facts.pods if facts.countable(pod)}
        status = {**facts.status, **told, "uncountedTerminatedPods": waiting}
        status = self._settled(status, {uid for uids in waiting.values() for uid in uids} - known)
        kept = status["uncountedTerminatedPods"]
        lost = self.end is not None and self.end.kind == "FailureTarget"
        for pod in self.leaving:
            if phase(pod) == "Succeeded" and pod.uid not in waiting["failed"]:
                kept["succeeded"] += [] if facts.indexed or pod.uid in waiting["succeeded"] else [pod.uid]
            elif pod.uid not in waiting["failed"] and (lost or facts.failed(pod)) and facts.valid(pod):
                kept["failed"] += [] if facts.ignored(pod) else [pod.uid]
        return status

    @cached_property
    def reported(self) -> Json:
        """The status as it is written before pods are let go."""
        facts = self.facts
        status = {**self.noted, **self.numbers}
        if facts.start is not None:
            status.setdefault("startTime", stamp(facts.start))
        if facts.indexed:
            status |= {"completedIndexes": text(facts.completed), "succeeded": len(facts.completed)}
            status.pop("failedIndexes", None)
            status |= {"failedIndexes": text(facts.failed_indexes)} if facts.per_index is not None else {}
        conditions = list(facts.status.get("conditions", []))
        if self.suspension is not None:
            conditions = [e for e in conditions if e["type"] != "Suspended"] + [self.suspension]
            status.pop("startTime", None)
            status |= {} if facts.spec["suspend"] else {"startTime": stamp(facts.scene.now)}
        if self.end is not None and not self._met(self.end.kind):
            conditions.append(self._condition(*self.end))
        return {**status, "conditions": conditions}

    @property
    def final(self) -> bool:
        """Whether the Job ends for good: no pod is left, and all are counted."""
        last = self._settled(self.reported, [pod.uid for pod in self.leaving])
        left = self.numbers["terminating"] or any(last["uncountedTerminatedPods"].values())
        return self.end is not None and not left

    @property
    def events(self) -> list[str]:
        """The reasons that users are told once the status is written."""
        if self.end is None or not self.final:
            return []
        if self.end.kind == "FailureTarget":
            return [self.end.reason]
        most, succeeded = self.facts.completions, self.writes[-1].get("succeeded", 0)
        return ["Completed", *(["TooManySucceededPods"] if most is not None and succeeded > most else [])]

    @cached_property
    def writes(self) -> list[Json]:
        """The statuses that are written, one after the other."""
        first = shown(self.reported)
        found = [first] if self.worth else []
        last = self._settled(self.reported, [pod.uid for pod in self.leaving])
        if self.end is not None and self.final:
            final = "Complete" if self.end.kind == "SuccessCriteriaMet" else "Failed"
            last["conditions"] = [*last["conditions"], self._condition(final, self.end.reason, self.end.message)]
            last |= {"completionTime": stamp(self.facts.scene.now)} if final == "Complete" else {}
        return [*found, shown(last)] if shown(last) != first else found

    @cached_property
    def remembers(self) -> tuple[int, str | None] | None:
        """The record of failures, where it is new; it is kept once the status that goes with it is written."""
        failures, last = self.facts.record
        new = failures, None if last is None else stamp(last)
        old = self.facts.memory.get("backoff")
        known = old is not None and (old["failuresAfterLastSuccess"], old["lastFailureTime"]) == new
        return None if known or not self.worth else new

    @property
    def worth(self) -> bool:
        """Whether the status is written for the news in it: a start time alone is none, nor is a total."""
        first = shown(self.reported)
        old = shown({"uncountedTerminatedPods": {}, **self.facts.status})
        silent = ("startTime", "succeeded", "failed")
        return any(old.get(key) != first.get(key) for key in {*old, *first} - {*silent})


def shown(status: Mapping[str, Any]) -> Json:
    """Return *status* as the API shows it: without counts of 0, which are not told; lists of uids in any order."""
    waiting = {key: sorted(uids) for key, uids in (status.get("uncountedTerminatedPods") or {}).items() if uids}
    told = {key: value for key, value in status.items() if value or key in ("ready", "terminating", "failedIndexes")}
    conditions = sorted(status.get("conditions") or (), key=lambda entry: (entry["type"], entry["status"]))
    return {**told, "uncountedTerminatedPods": waiting, "conditions": conditions}

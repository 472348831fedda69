"""Status writes: what a controller may not report.

Rules (contract api 8.1)
1. Counters are not negative, and parts are not larger than the whole. collisionCount never falls.
2. A Job's end is announced (SuccessCriteriaMet, FailureTarget) before it has come (Complete, Failed), and is final. The
   two outcomes exclude each other. What has ended has no active or terminating pods and none left to count.
3. What a Job has counted stays counted; only an elastic one (Indexed, completions equal to parallelism) may have fewer
   successes.
4. Most rules of Jobs look only at what the write changes: who holds an old, unsound status may still write the rest.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from attrs import frozen

from reconcile.admission.causes import (
    IMMUTABLE,
    Causes,
    at_least_zero,
    broken,
    duplicate,
    forbidden,
    invalid,
    one_of,
    required,
)
from reconcile.admission.validation.job import count_indexes
from reconcile.admission.validation.pod import address, is_address
from reconcile.model import names
from reconcile.model.clock import parse
from reconcile.model.json import EMPTY, FrozenMap, Json

COUNTERS: Final[Mapping[str, tuple[str, ...]]] = {
    "ReplicaSet": (
        "replicas",
        "fullyLabeledReplicas",
        "readyReplicas",
        "availableReplicas",
        "terminatingReplicas",
        "observedGeneration",
    ),
    "Deployment": (
        "observedGeneration",
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas",
        "unavailableReplicas",
        "terminatingReplicas",
        "collisionCount",
    ),
    "StatefulSet": (
        "replicas",
        "readyReplicas",
        "currentReplicas",
        "updatedReplicas",
        "availableReplicas",
        "observedGeneration",
        "collisionCount",
    ),
    "DaemonSet": (
        "currentNumberScheduled",
        "numberMisscheduled",
        "desiredNumberScheduled",
        "numberReady",
        "observedGeneration",
        "updatedNumberScheduled",
        "numberAvailable",
        "numberUnavailable",
        "collisionCount",
    ),
    "Job": ("active", "succeeded", "failed", "ready", "terminating"),
    "PodDisruptionBudget": ("disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"),
}
"""Fields that may not be negative."""

_WITHIN: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "ReplicaSet": (
        ("fullyLabeledReplicas", "replicas"),
        ("readyReplicas", "replicas"),
        ("availableReplicas", "replicas"),
        ("availableReplicas", "readyReplicas"),
    ),
    "Deployment": (
        ("updatedReplicas", "replicas"),
        ("readyReplicas", "replicas"),
        ("availableReplicas", "replicas"),
        ("availableReplicas", "readyReplicas"),
    ),
    "StatefulSet": (
        ("readyReplicas", "replicas"),
        ("currentReplicas", "replicas"),
        ("updatedReplicas", "replicas"),
        ("availableReplicas", "replicas"),
        ("availableReplicas", "readyReplicas"),
    ),
}
"""Counters that may not exceed another one."""

_NEVER_LESS: Final = ("Deployment", "StatefulSet", "DaemonSet")


def status(kind: str, new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what is wrong with the status of *new*, which replaces that of *old*."""
    given, stored = new.get("status") or EMPTY, old.get("status") or EMPTY
    for field in COUNTERS.get(kind, ()):
        yield from at_least_zero(f"status.{field}", given.get(field))
    for small, large in _WITHIN.get(kind, ()):
        if given.get(small, 0) > given.get(large, 0):
            yield invalid(f"status.{small}", given.get(small), f"cannot be greater than status.{large}")
    if kind in _NEVER_LESS:
        yield from _collisions(given.get("collisionCount"), stored.get("collisionCount"))


def _collisions(new: int | None, old: int | None) -> Causes:
    if old is not None and (new is None or new < old):
        yield invalid("status.collisionCount", new, "cannot be decremented")


# --- single kinds ----------------------------------------------------------------------------------------------


def budget_status(new: FrozenMap, _: FrozenMap) -> Causes:
    """Yield what is wrong with a PodDisruptionBudget's new status."""
    for index, condition in enumerate((new.get("status") or EMPTY).get("conditions") or ()):
        for field in ("lastTransitionTime", "reason"):
            if not condition.get(field):
                yield required(f"status.conditions[{index}].{field}")


def service_status(new: FrozenMap, _: FrozenMap) -> Causes:
    """Yield what is wrong with a Service's new status."""
    ingress = ((new.get("status") or EMPTY).get("loadBalancer") or EMPTY).get("ingress") or ()
    if ingress and new["spec"].get("type") != "LoadBalancer":
        why = "may only be used when `spec.type` is LoadBalancer"
        yield forbidden("status.loadBalancer.ingress", why)
        return
    for index, entry in enumerate(ingress):
        yield from _ingress(f"status.loadBalancer.ingress[{index}]", entry)


def _ingress(path: str, entry: FrozenMap) -> Causes:
    text, mode, host = entry.get("ip", ""), entry.get("ipMode"), entry.get("hostname", "")
    if text:
        yield from address(f"{path}.ip", text)
    elif mode is not None:
        yield forbidden(f"{path}.ipMode", "may not be specified when `ip` is not set")
    if text and mode is not None:
        yield from one_of(f"{path}.ipMode", mode, ("Proxy", "VIP"))
    if host:
        yield from broken(f"{path}.hostname", host, names.dns_subdomain(host))
        if is_address(host):
            yield invalid(f"{path}.hostname", host, "must be a DNS name, not an IP address")


# --- Job -------------------------------------------------------------------------------------------------------

_FINISHED: Final = frozenset({"Complete", "Failed"})
_FINAL: Final = ("Failed", "Complete", "FailureTarget", "SuccessCriteriaMet")
_EXCLUSIVE: Final = (
    ("Complete", "Failed"),
    ("Complete", "FailureTarget"),
    ("SuccessCriteriaMet", "Failed"),
    ("SuccessCriteriaMet", "FailureTarget"),
)
_PRECEDED: Final = (("Complete", "SuccessCriteriaMet"), ("Failed", "FailureTarget"))


@frozen
class _Write:
    """A Job's status before and after a write; most rules only look at what the write changes."""

    new: FrozenMap
    old: FrozenMap
    spec: FrozenMap
    holds: frozenset[str]
    """The conditions that are True."""
    held: frozenset[str]
    """The conditions that were True."""

    def turned(self, *conditions: str) -> bool:
        """Return whether one of *conditions* became true or ceased to be."""
        return any((name in self.holds) != (name in self.held) for name in conditions)

    def changed(self, *fields: str) -> bool:
        """Return whether one of *fields* changed."""
        return any(self.new.get(field) != self.old.get(field) for field in fields)

    @property
    def finished(self) -> bool:
        """Whether the Job is finished now."""
        return bool(self.holds & _FINISHED)

    @property
    def finishes(self) -> bool:
        """Whether this write finishes the Job."""
        return self.finished != bool(self.held & _FINISHED)


def job_status(new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what is wrong with a Job's new status."""
    given, stored = new.get("status") or EMPTY, old.get("status") or EMPTY
    write = _Write(given, stored, new["spec"], _true(given), _true(stored))
    yield from _uncounted(given)
    yield from _conditions(write)
    if write.finished:
        yield from _finished(write)
    yield from _completion_time(write)
    yield from _start_time(write)
    yield from _counts(write)
    yield from _indexes(write)


def _true(status: FrozenMap) -> frozenset[str]:
    return frozenset(
        condition.get("type", "") for condition in status.get("conditions") or () if condition.get("status") == "True"
    )


def _conditions(write: _Write) -> Causes:
    field, conditions = "status.conditions", write.new.get("conditions")
    for one, other in _EXCLUSIVE:
        if {one, other} <= write.holds and write.turned(one, other):
            yield invalid(field, conditions, f"{one} and {other} cannot be both true")
    for name, before in _PRECEDED:
        if name in write.holds and before not in write.holds and write.turned(name, before):
            yield invalid(field, conditions, f"{name} cannot be true without {before}")
    for name in _FINAL:
        if name in write.held - write.holds:
            yield invalid(field, conditions, f"{name} cannot be turned off")


def _finished(write: _Write) -> Causes:
    new, spec = write.new, write.spec
    never_to_start = spec.get("suspend") is True and spec.get("completions") == 0
    if "startTime" not in new and not never_to_start and (write.finishes or write.changed("startTime")):
        yield required("status.startTime", "must be set for finished jobs")
    for name in ("active", "terminating"):
        if new.get(name) and (write.finishes or write.changed(name)):
            yield invalid(f"status.{name}", new[name], "must be 0 for finished jobs")
    uncounted = new.get("uncountedTerminatedPods") or EMPTY
    pending = uncounted.get("succeeded") or uncounted.get("failed")
    if pending and (write.finishes or write.changed("uncountedTerminatedPods")):
        yield invalid("status.uncountedTerminatedPods", uncounted, "must be empty for finished jobs")


def _completion_time(write: _Write) -> Causes:
    field, time, was = "status.completionTime", write.new.get("completionTime"), write.old.get("completionTime")
    complete = "Complete" in write.holds
    if write.turned("Complete") or write.changed("completionTime"):
        if complete and time is None:
            yield required(field, "must be set for Complete jobs")
        if time is not None and not complete:
            yield invalid(field, time, "cannot be set when there is no Complete=True condition")
    if time is not None and was is not None and time != was:
        yield invalid(field, time, IMMUTABLE)
    ended, started = parse(time), parse(write.new.get("startTime"))
    if ended is not None and started is not None and ended < started and write.changed("startTime", "completionTime"):
        yield invalid(field, time, "cannot be before startTime")


def _start_time(write: _Write) -> Causes:
    resumed = "Suspended" in write.held - write.holds
    if "startTime" in write.old and write.changed("startTime") and not write.spec.get("suspend") and not resumed:
        yield required("status.startTime", "cannot be removed or changed for an unsuspended job")


def _counts(write: _Write) -> Causes:
    new, spec = write.new, write.spec
    if new.get("ready", 0) > new.get("active", 0) and write.changed("ready", "active"):
        yield invalid("status.ready", new.get("ready"), "cannot be more than active")
    elastic = spec.get("completionMode") == "Indexed" and spec.get("completions") == spec.get("parallelism")
    for name in ("failed",) if elastic else ("failed", "succeeded"):
        if new.get(name, 0) < write.old.get(name, 0):
            yield invalid(f"status.{name}", new.get(name, 0), f"cannot decrease the {name} counter")


def _indexes(write: _Write) -> Causes:
    new, completions = write.new, write.spec.get("completions")
    allowed = {
        "completedIndexes": write.spec.get("completionMode") == "Indexed",
        "failedIndexes": "backoffLimitPerIndex" in write.spec,
    }
    for name, fits in allowed.items():
        text = new.get(name)
        if not write.changed(name) or text is None:
            continue
        if not fits:
            yield invalid(f"status.{name}", text, "cannot be set for a job of this kind")
        elif completions is not None:
            yield from _index_list(f"status.{name}", text, completions)
    if completions is not None and write.changed(*allowed) and _overlap(new):
        yield invalid("status.failedIndexes", new["failedIndexes"], "overlaps with completedIndexes")


def _index_list(field: str, text: str, completions: int) -> Causes:
    try:
        count_indexes(text, completions)
    except ValueError as error:
        yield invalid(field, text, str(error))


def _overlap(status: FrozenMap) -> bool:
    """Return whether an index is both completed and failed; lists that cannot be read are reported elsewhere."""
    try:
        lists = [list(_intervals(status.get(name) or "")) for name in ("completedIndexes", "failedIndexes")]
    except ValueError:
        return False
    return any(first <= end and start <= last for first, last in lists[0] for start, end in lists[1])


def _intervals(text: str) -> Iterator[tuple[int, int]]:
    for interval in text.split(",") if text else ():
        first, _, last = interval.partition("-")
        yield int(first), int(last or first)


def _uncounted(given: FrozenMap) -> Causes:
    pods: Mapping[str, Json] = given.get("uncountedTerminatedPods") or EMPTY
    seen: set[str] = set()
    for group in ("succeeded", "failed"):
        uids: Sequence[str] = pods.get(group) or ()
        for index, uid in enumerate(uids):
            here = f"status.uncountedTerminatedPods.{group}[{index}]"
            if not uid:
                yield invalid(here, uid, "must not be empty")
            elif uid in seen:
                yield duplicate(here, uid)
            seen.add(uid)


def namespace_status(new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what is wrong with the status of a namespace: its phase says whether it is being deleted."""
    phase = "Terminating" if new["metadata"].get("deletionTimestamp") else "Active"
    told = new["status"].get("phase", "")
    if told != phase:
        yield invalid("status.phase", told, f"must be {phase} of a namespace that is {_FATES[phase]}")


_FATES: Final = {"Active": "not being deleted", "Terminating": "being deleted"}

"""Status writes (contract api 8.1)."""

from collections.abc import Mapping, Sequence
from typing import Final

from reconcile.admission.causes import (
    IMMUTABLE,
    Causes,
    at_least_zero,
    duplicate,
    forbidden,
    invalid,
    required,
)
from reconcile.admission.validation.job import count_indexes
from reconcile.admission.validation.pod import address
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


def pod_status(new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what is wrong with a Pod's new status."""
    given = new.get("status") or EMPTY
    if given.get("nominatedNodeName") and new["spec"].get("nodeName"):
        stored = (old.get("status") or EMPTY).get("nominatedNodeName")
        if given["nominatedNodeName"] != stored:
            yield forbidden("status.nominatedNodeName", "may not be set on a pod that is bound to a node")
    for index, entry in enumerate(given.get("podIPs") or ()):
        yield from address(f"status.podIPs[{index}]", entry.get("ip", ""))


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
        if entry.get("ip"):
            yield from address(f"status.loadBalancer.ingress[{index}].ip", entry["ip"])


# --- Job -------------------------------------------------------------------------------------------------------

_FINAL: Final = ("Failed", "Complete", "FailureTarget", "SuccessCriteriaMet")
_FLAGS: Final = (
    ("Complete", "Failed", "cannot be both true"),
    ("SuccessCriteriaMet", "Failed", "cannot be both true"),
    ("SuccessCriteriaMet", "FailureTarget", "cannot be both true"),
    ("Complete", "FailureTarget", "cannot be both true"),
)


def job_status(new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what is wrong with a Job's new status; most rules only look at what the write changes."""
    given, stored, spec = new.get("status") or EMPTY, old.get("status") or EMPTY, new["spec"]
    is_true, was_true = _true(given), _true(stored)
    turned = is_true != was_true
    if turned:
        yield from _conditions(given, is_true, was_true)
    if is_true & {"Complete", "Failed"} and not was_true & {"Complete", "Failed"}:
        yield from _finished(given, spec)
    yield from _completion_time(given, stored, is_true, was_true)
    yield from _start_time(given, stored, spec, is_true, was_true)
    yield from _counts(given, stored, spec)
    yield from _indexes(given, stored, spec)
    yield from _uncounted(given)


def _true(status: FrozenMap) -> frozenset[str]:
    return frozenset(
        condition.get("type", "") for condition in status.get("conditions") or () if condition.get("status") == "True"
    )


def _conditions(given: FrozenMap, is_true: frozenset[str], was_true: frozenset[str]) -> Causes:
    conditions = given.get("conditions") or ()
    for one, other, why in _FLAGS:
        if one in is_true and other in is_true:
            yield invalid("status.conditions", conditions, f"{one} and {other} {why}")
    for name in _FINAL:
        if name in was_true and name not in is_true:
            yield invalid("status.conditions", conditions, f"{name} cannot be turned off")
    for name, before in (("Complete", "SuccessCriteriaMet"), ("Failed", "FailureTarget")):
        if name in is_true and name not in was_true and before not in is_true:
            yield invalid("status.conditions", conditions, f"cannot set {name} without {before}")


def _finished(given: FrozenMap, spec: FrozenMap) -> Causes:
    if "startTime" not in given and not (spec.get("suspend") and spec.get("completions") == 0):
        yield required("status.startTime", "must be set for finished jobs")
    for field in ("active", "terminating"):
        if given.get(field):
            yield invalid(f"status.{field}", given[field], "must be 0 for finished jobs")
    if _uids(given):
        why = "must be empty for finished jobs"
        yield invalid("status.uncountedTerminatedPods", given["uncountedTerminatedPods"], why)


def _completion_time(given: FrozenMap, stored: FrozenMap, is_true: frozenset[str], was_true: frozenset[str]) -> Causes:
    field, time, was = "status.completionTime", given.get("completionTime"), stored.get("completionTime")
    if "Complete" in is_true and time is None and "Complete" not in was_true:
        yield required(field, "completionTime is required for Complete jobs")
    if time is None and was is None:
        return
    if time is not None and "Complete" not in is_true and (time != was or "Complete" in was_true):
        yield invalid(field, time, "cannot be set when there is no Complete=True condition")
    if was is not None and time != was:
        yield invalid(field, time, IMMUTABLE)
    start = given.get("startTime")
    if time is not None and start is not None and (time, start) != (was, stored.get("startTime")):
        ended, started = parse(time), parse(start)
        if ended is not None and started is not None and ended < started:
            yield invalid(field, time, "cannot be set before startTime")


def _start_time(
    given: FrozenMap, stored: FrozenMap, spec: FrozenMap, is_true: frozenset[str], was_true: frozenset[str]
) -> Causes:
    was, time = stored.get("startTime"), given.get("startTime")
    resumed = "Suspended" in was_true and "Suspended" not in is_true
    if was is not None and time != was and not spec.get("suspend") and not resumed:
        if time is None:
            yield required("status.startTime", "startTime cannot be removed for unsuspended job")
        else:
            yield invalid("status.startTime", time, "startTime cannot be changed for unsuspended job")


def _counts(given: FrozenMap, stored: FrozenMap, spec: FrozenMap) -> Causes:
    if given.get("ready", 0) > given.get("active", 0) and _changed(given, stored, "ready", "active"):
        yield invalid("status.ready", given.get("ready"), "cannot be set to more than active")
    elastic = spec.get("completionMode") == "Indexed" and spec.get("completions") == spec.get("parallelism")
    for field in ("failed", "succeeded"):
        shrinks = given.get(field, 0) < stored.get(field, 0)
        if shrinks and not (field == "succeeded" and elastic):
            yield invalid(f"status.{field}", given.get(field, 0), f"cannot decrease the {field} counter")


def _changed(given: FrozenMap, stored: FrozenMap, *fields: str) -> bool:
    return any(given.get(field) != stored.get(field) for field in fields)


def _indexes(given: FrozenMap, stored: FrozenMap, spec: FrozenMap) -> Causes:
    completions = spec.get("completions", 0)
    allowed = {
        "completedIndexes": spec.get("completionMode") == "Indexed",
        "failedIndexes": "backoffLimitPerIndex" in spec,
    }
    sound = True
    for field, fits in allowed.items():
        text = given.get(field)
        if not text or not _changed(given, stored, field):
            continue
        if not fits:
            yield invalid(f"status.{field}", text, "cannot be set for this kind of job")
            continue
        try:
            count_indexes(text, completions)
        except ValueError as error:
            sound = False
            yield invalid(f"status.{field}", text, f"error parsing {field}: {error}")
    if sound and _changed(given, stored, *allowed):
        yield from _disjoint(given)


def _disjoint(given: FrozenMap) -> Causes:
    completed, failed = given.get("completedIndexes", ""), given.get("failedIndexes")
    if completed and failed:
        try:
            common = _listed(completed) & _listed(failed)
        except ValueError:
            return
        if common:
            yield invalid("status.failedIndexes", failed, f"overlaps with completedIndexes: {sorted(common)[:5]}")


def _listed(text: str) -> set[int]:
    found: set[int] = set()
    for interval in text.split(","):
        first, _, last = interval.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def _uids(given: FrozenMap) -> list[str]:
    pods = given.get("uncountedTerminatedPods") or EMPTY
    return [uid for field in ("succeeded", "failed") for uid in pods.get(field) or ()]


def _uncounted(given: FrozenMap) -> Causes:
    pods: Mapping[str, Json] = given.get("uncountedTerminatedPods") or EMPTY
    seen: set[str] = set()
    for field in ("succeeded", "failed"):
        uids: Sequence[str] = pods.get(field) or ()
        for index, uid in enumerate(uids):
            here = f"status.uncountedTerminatedPods.{field}[{index}]"
            if not uid:
                yield invalid(here, uid, "must not be empty")
            elif uid in seen:
                yield duplicate(here, uid)
            seen.add(uid)

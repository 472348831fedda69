"""The status of a StatefulSet (contract statefulset 8).

Rules
1. The counts say what was seen at the start of the sync; pods that the sync made or deleted are counted as they were.
2. Everything is computed anew and nothing is kept: conditions that somebody else wrote are dropped.
3. A rollout is complete when the *numbers* of updated, ready, seen and wanted pods agree; then the update revision
   becomes the current one. With 0 replicas they always agree, so scaling to 0 completes a rollout at once.
4. It is written only if something differs that upstream compares; collisionCount is not among that.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from reconcile.actions import UpdateStatus
from reconcile.controllers.statefulset.identity import created, running_ready
from reconcile.controllers.statefulset.revisions import Revisions
from reconcile.model.clock import Instant
from reconcile.model.json import FrozenMap
from reconcile.model.pod import Pod
from reconcile.model.revision import revision_label
from reconcile.model.statefulset import StatefulSet
from reconcile.outcome import Reason, Rejected
from reconcile.script import Steps
from reconcile.view import Observed

TRIES: Final = 5

COMPARED: Final = (
    "replicas",
    "currentReplicas",
    "readyReplicas",
    "updatedReplicas",
    "currentRevision",
    "availableReplicas",
    "updateRevision",
)
_ALWAYS_WRITTEN: Final = frozenset({"replicas", "availableReplicas", "collisionCount"})
_REVISIONS: Final = frozenset({"currentRevision", "updateRevision"})


def status_of(sts: StatefulSet, pods: Iterable[Pod], revisions: Revisions, replaced: int, now: Instant) -> FrozenMap:
    """Return the status of *sts* with *pods*, of which the sync has *replaced* some that had the current revision."""
    status: dict[str, Any] = {
        "observedGeneration": sts.meta.generation,
        "currentRevision": revisions.current.name,
        "updateRevision": revisions.update.name,
        "collisionCount": revisions.collisions,
    }
    status |= _counts(sts, pods, revisions, now)
    status["currentReplicas"] -= replaced
    if sts.strategy == "RollingUpdate" and _complete(sts, status):
        status |= {"currentReplicas": status["updatedReplicas"], "currentRevision": status["updateRevision"]}
    return FrozenMap({key: value for key, value in status.items() if value or key in _ALWAYS_WRITTEN})


def _complete(sts: StatefulSet, status: dict[str, Any]) -> bool:
    counts = ("updatedReplicas", "readyReplicas", "replicas")
    return all(status[count] == sts.replicas for count in counts)


def _counts(sts: StatefulSet, pods: Iterable[Pod], revisions: Revisions, now: Instant) -> dict[str, int]:
    """Count *pods*; costs as much as there are, because the labels of no two of them are alike."""
    seen = [pod for pod in pods if created(pod)]
    ready = [pod for pod in seen if running_ready(pod)]
    staying = Counter(revision_label(pod.meta.labels) for pod in seen if not pod.meta.deleting)
    return {
        "replicas": len(seen),
        "readyReplicas": len(ready),
        "availableReplicas": sum(pod.available(sts.min_ready_seconds, now) for pod in ready),
        "currentReplicas": staying[revisions.current.name],
        "updatedReplicas": staying[revisions.update.name],
    }


def write_status(sts: StatefulSet, status: FrozenMap, observed: Observed) -> Steps[str | None]:
    """Write *status* if it differs; return what went wrong. Five tries, as long as the object changed meanwhile."""
    changed = _changes(sts, status)
    if not changed:
        return None
    answer = yield UpdateStatus(sts.put(("status",), status), ", ".join(changed))
    for _ in range(TRIES - 1):
        if not isinstance(answer, Rejected) or answer.reason is not Reason.CONFLICT:
            break
        fresh = observed.reread(sts)
        sts = sts if isinstance(fresh, Rejected) else fresh
        answer = yield UpdateStatus(sts.put(("status",), status), "it changed meanwhile; trying on a fresh copy")
    return str(answer) if isinstance(answer, Rejected) else None


def _changes(sts: StatefulSet, status: FrozenMap) -> list[str]:
    """Return in words what differs from the stored status, as far as it is compared."""
    old = sts.status
    changed = [name for name in COMPARED if _value(old, name) != _value(status, name)]
    words = [f"{name} {_value(old, name)} -> {_value(status, name)}" for name in changed]
    if status.get("observedGeneration", 0) > sts.observed_generation:
        words.append(f"generation {status['observedGeneration']} was seen")
    return words


def _value(status: FrozenMap, name: str) -> Any:
    return status.get(name) or ("" if name in _REVISIONS else 0)

"""What a Deployment reports about its ReplicaSets.

Rules (contract deployment 10)
1. The counts are sums over the ReplicaSets' own reports, as the sync began to see them; only `unavailableReplicas` is
   measured against the sizes that they had then.
2. It is available if at least as many pods are as a rolling update would leave.
3. A status is written only if it differs from the one in memory.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from reconcile.controllers.deployment.answers import write_status
from reconcile.controllers.deployment.conditions import AVAILABLE, ENOUGH, TOO_FEW, condition, with_condition
from reconcile.controllers.deployment.replicasets import Sets, total
from reconcile.model.clock import Instant
from reconcile.model.condition import Condition
from reconcile.model.deployment import Deployment
from reconcile.model.json import FrozenMap
from reconcile.model.replicaset import ReplicaSet
from reconcile.script import Script

COUNTS: Final = (
    "observedGeneration",
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
)
"""Fields that are left out when they are 0."""
_POINTERS: Final = ("terminatingReplicas", "collisionCount")
"""Fields whose absence is something else than 0."""


def report(d: Deployment, sets: Sets, now: Instant) -> Script:
    """Write the status of *d* if it differs, without looking at the progress of a rollout."""
    status = new_status(d, sets, now)
    if not same_status(d.status, status):
        yield from write_status(d.put(("status",), status), changes(d.status, status))


def new_status(d: Deployment, sets: Sets, now: Instant) -> FrozenMap:
    """Return the status of *d* by what *sets* report."""
    every = sets.all
    available = sum(rs.available_replicas for rs in every)
    counts = {
        "observedGeneration": d.meta.generation,
        "replicas": sum(rs.current_replicas for rs in every),
        "updatedReplicas": sets.new.current_replicas if sets.new is not None else 0,
        "readyReplicas": sum(rs.ready_replicas for rs in every),
        "availableReplicas": available,
        "unavailableReplicas": max(0, total(every) - available),
    }
    pointers = {"terminatingReplicas": terminating(every), "collisionCount": d.collision_count}
    return FrozenMap(
        {key: value for key, value in counts.items() if value}
        | {key: value for key, value in pointers.items() if value is not None},
        conditions=with_condition(d.conditions, _availability(d, available, now)),
    )


def _availability(d: Deployment, available: int, now: Instant) -> Condition:
    if available >= d.least:
        return condition(AVAILABLE, "True", ENOUGH, "Deployment has minimum availability.", now)
    return condition(AVAILABLE, "False", TOO_FEW, "Deployment does not have minimum availability.", now)


def terminating(sets: Iterable[ReplicaSet]) -> int | None:
    """Return how many pods are on their way out; None if a ReplicaSet whose controller has seen it does not say."""
    counts = [rs.terminating_replicas for rs in sets if rs.terminating_replicas is not None or rs.observed_generation]
    return None if None in counts else sum(count or 0 for count in counts)


def same_status(one: FrozenMap, other: FrozenMap) -> bool:
    """Return whether two statuses say the same, times and the order of conditions included."""
    return (
        all((one.get(key) or 0) == (other.get(key) or 0) for key in COUNTS)
        and all(one.get(key) == other.get(key) for key in _POINTERS)
        and (one.get("conditions") or []) == (other.get("conditions") or [])
    )


def changes(old: FrozenMap, new: FrozenMap) -> str:
    """Return in words how two statuses differ.

    >>> changes(FrozenMap(replicas=3), FrozenMap(replicas=4, readyReplicas=1))
    'replicas 3 -> 4, readyReplicas 0 -> 1'
    """
    fields = (*COUNTS, *_POINTERS)
    words = [f"{key} {old.get(key, 0)} -> {new.get(key, 0)}" for key in fields if old.get(key, 0) != new.get(key, 0)]
    words += _turned(old.get("conditions") or (), new.get("conditions") or ())
    return ", ".join(words) or "the status is not up to date"


def _turned(old: Sequence[Condition], new: Sequence[Condition]) -> list[str]:
    added = [f"{entry['type']} is {entry.get('status')} ({entry.get('reason')})" for entry in new if entry not in old]
    types = {entry["type"] for entry in new}
    return added + [f"{entry['type']} is gone" for entry in old if entry["type"] not in types]

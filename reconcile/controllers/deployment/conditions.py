"""Conditions of a Deployment.

Rules (contract deployment 4.3)
1. A condition with the same status and reason as the one that is there changes nothing: neither message nor times.
2. Otherwise it goes to the end of the list; the time of its last turn stays if its status does.
"""

from collections.abc import Sequence
from typing import Any, Final

from reconcile.model.clock import Instant, stamp
from reconcile.model.condition import Condition, find, without
from reconcile.model.deployment import Deployment
from reconcile.model.json import FrozenList, FrozenMap, freeze, put

AVAILABLE: Final = "Available"
PROGRESSING: Final = "Progressing"
REPLICA_FAILURE: Final = "ReplicaFailure"

# Reasons of Available
ENOUGH: Final = "MinimumReplicasAvailable"
TOO_FEW: Final = "MinimumReplicasUnavailable"

# Reasons of Progressing
CREATED: Final = "NewReplicaSetCreated"
FOUND: Final = "FoundNewReplicaSet"
UPDATED: Final = "ReplicaSetUpdated"
COMPLETE: Final = "NewReplicaSetAvailable"
CREATE_ERROR: Final = "ReplicaSetCreateError"
TIMED_OUT: Final = "ProgressDeadlineExceeded"
PAUSED: Final = "DeploymentPaused"
RESUMED: Final = "DeploymentResumed"


def condition(kind: str, status: str, reason: str, message: str, now: Instant) -> Condition:
    """Return a condition that turned *now*."""
    return FrozenMap(
        type=kind,
        status=status,
        lastUpdateTime=stamp(now),
        lastTransitionTime=stamp(now),
        reason=reason,
        message=message,
    )


def with_condition(conditions: Sequence[Any], new: Condition) -> FrozenList:
    """Return *conditions* with *new* among them.

    >>> from reconcile.model.clock import EPOCH
    >>> paused = condition(PROGRESSING, "Unknown", PAUSED, "", EPOCH)
    >>> later = condition(PROGRESSING, "Unknown", PAUSED, "again", EPOCH)
    >>> with_condition([paused], later) == [paused]
    True
    """
    old = find(conditions, new["type"])
    if old is None:
        return FrozenList([*conditions, new])
    if (old.get("status"), old.get("reason")) == (new["status"], new["reason"]):
        same: FrozenList = freeze(conditions)
        return same
    return replaced(conditions, new)


def replaced(conditions: Sequence[Any], new: Condition) -> FrozenList:
    """Return *conditions* with *new* at the end in the place of the one of its type, whatever that says."""
    old = find(conditions, new["type"])
    if old is not None and old.get("status") == new["status"]:
        new = put(new, ("lastTransitionTime",), old.get("lastTransitionTime"))
    return FrozenList([*without(conditions, new["type"]), new])


def set_condition(d: Deployment, new: Condition) -> Deployment:
    """Return *d* with *new* among its conditions."""
    return d.put(("status", "conditions"), with_condition(d.conditions, new))


def progressing(d: Deployment) -> Condition | None:
    """Return what *d* says about the progress of its rollout; None if nothing."""
    return find(d.conditions, PROGRESSING)

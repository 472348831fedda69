"""The conditions of a Job (contract job 5, 7.5, 9)."""

from collections.abc import Sequence
from typing import Any, Final

from reconcile.model.clock import Instant, stamp
from reconcile.model.condition import Condition
from reconcile.model.json import FrozenList, FrozenMap

SUCCESS_MET: Final = "SuccessCriteriaMet"
FAILURE_TARGET: Final = "FailureTarget"
SUSPENDED: Final = "Suspended"


def condition(kind: str, reason: str, message: str, now: Instant, *, status: str = "True") -> Condition:
    """Return a condition that turned just now."""
    at = stamp(now)
    return FrozenMap(type=kind, status=status, lastProbeTime=at, lastTransitionTime=at, reason=reason, message=message)


def turned(found: Condition, kind: str, now: Instant) -> Condition:
    """Return the condition of type *kind* that follows from *found*: for the same reason, as of now."""
    return condition(kind, found.get("reason") or "", found.get("message") or "", now)


def ensure(conditions: Sequence[Any], new: Condition) -> FrozenList | None:
    """Return *conditions* with *new* in the place of the first of its type, or at the end; None if nothing changes.

    A condition that is False is not added where there was none.
    """
    for place, old in enumerate(conditions):
        if old.get("type") == new["type"]:
            return None if _alike(old, new) else FrozenList([*conditions[:place], new, *conditions[place + 1 :]])
    return FrozenList([*conditions, new]) if new["status"] != "False" else None


def _alike(old: Condition, new: Condition) -> bool:
    same = all(old.get(key) == new[key] for key in ("status", "reason"))
    # A message that is missing tells nothing; one that says something else is put right.
    return same and old.get("message") in (None, "", new["message"])

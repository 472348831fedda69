"""Conditions of a status: a list of facts, each with a type, a status and the time of its last turn.

The lists stay JSON. The rule of how a condition replaces an older one differs from kind to kind, so it lives with the
kind's controller; here is only what all of them share.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from reconcile.model.json import FrozenMap

Condition = FrozenMap


def find(conditions: Iterable[Any] | None, kind: str) -> Condition | None:
    """Return the first condition of type *kind*; None if there is none.

    >>> find([{"type": "Ready", "status": "True"}], "Ready")
    {'type': 'Ready', 'status': 'True'}
    """
    for condition in conditions or ():
        if condition.get("type") == kind:
            found: Condition = condition
            return found
    return None


def holds(conditions: Iterable[Any] | None, kind: str) -> bool:
    """Return whether the first condition of type *kind* has status True."""
    condition = find(conditions, kind)
    return condition is not None and condition.get("status") == "True"


def without(conditions: Sequence[Any] | None, kind: str) -> list[Any]:
    """Return the conditions that are not of type *kind*, in order."""
    return [condition for condition in conditions or () if condition.get("type") != kind]

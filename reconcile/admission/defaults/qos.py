"""The quality of service class that the server derives from a pod's resources (contract api 5.2)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from reconcile.admission.once import once
from reconcile.model.json import EMPTY, FrozenMap
from reconcile.model.quantity import ZERO, Quantity

_COUNTED: Final = ("cpu", "memory")


@once
def qos_class(spec: FrozenMap) -> str:
    """Return Guaranteed, Burstable or BestEffort.

    >>> qos_class(FrozenMap(containers=[{"resources": {"limits": {"cpu": "1"}}}]))
    'Burstable'
    """
    holders = _holders(spec)
    asked = [_amounts(holder, "requests") for holder in holders]
    capped = [_amounts(holder, "limits") for holder in holders]
    if not any(asked) and not any(capped):
        return "BestEffort"
    full = all(len(limits) == len(_COUNTED) for limits in capped)
    requests, limits = _total(asked), _total(capped)
    return "Guaranteed" if full and requests == limits else "Burstable"


def _holders(spec: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return whose resources count: the pod's own if it has any, else its containers'."""
    if spec.get("resources"):
        return [spec]
    return [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]


def _amounts(holder: Mapping[str, Any], side: str) -> dict[str, Quantity]:
    given = (holder.get("resources") or EMPTY).get(side) or EMPTY
    amounts = {name: Quantity.parse(given[name]) for name in _COUNTED if name in given}
    return {name: amount for name, amount in amounts.items() if amount.nano > 0}


def _total(holders: Sequence[dict[str, Quantity]]) -> dict[str, Quantity]:
    total: dict[str, Quantity] = {}
    for amounts in holders:
        for name, amount in amounts.items():
            total[name] = total.get(name, ZERO) + amount
    return total

"""What a pod asks of its node, and what a node has: pods, CPU and memory as whole numbers.

CPU is counted in thousandths of a core, memory in bytes.
"""

from functools import lru_cache
from typing import Any, Final, NamedTuple

from reconcile.model.json import FrozenMap
from reconcile.model.quantity import Quantity


class Amount(NamedTuple):
    """An amount of what nodes have."""

    pods: int = 0
    cpu: int = 0
    memory: int = 0

    def plus(self, other: "Amount") -> "Amount":
        """Return the sum."""
        return Amount(self.pods + other.pods, self.cpu + other.cpu, self.memory + other.memory)

    def minus(self, other: "Amount") -> "Amount":
        """Return the difference."""
        return Amount(self.pods - other.pods, self.cpu - other.cpu, self.memory - other.memory)

    def lacks(self, other: "Amount") -> list[str]:
        """Return what *other* needs more of than there is, in the scheduler's words."""
        words = (("pods", "Too many pods"), ("cpu", "Insufficient cpu"), ("memory", "Insufficient memory"))
        return [text for name, text in words if getattr(other, name) > getattr(self, name)]


NO_AMOUNT: Final = Amount()


def of_pod(spec: FrozenMap) -> Amount:
    """Return what a pod with *spec* asks for: the sum of its containers, or its largest init container if that is
    more."""
    return _of_pod(spec.get("containers") or (), spec.get("initContainers") or ())


@lru_cache(maxsize=1024)
def _of_pod(containers: Any, inits: Any) -> Amount:
    sidecars = [_of_container(entry) for entry in inits if entry.get("restartPolicy") == "Always"]
    total = NO_AMOUNT
    for amount in [*map(_of_container, containers), *sidecars]:
        total = total.plus(amount)
    for amount in map(_of_container, inits):
        total = Amount(0, max(total.cpu, amount.cpu), max(total.memory, amount.memory))
    return Amount(1, total.cpu, total.memory)


def _of_container(container: FrozenMap) -> Amount:
    wanted = (container.get("resources") or {}).get("requests") or {}
    return Amount(0, _thousandths(wanted.get("cpu", "0")), _whole(wanted.get("memory", "0")))


def of_node(status: FrozenMap) -> Amount:
    """Return what a node with *status* has to give; what it does not name is not limited."""
    has = status.get("allocatable") or status.get("capacity") or {}
    unlimited = 2**62
    return Amount(
        _whole(has["pods"]) if "pods" in has else unlimited,
        _thousandths(has["cpu"]) if "cpu" in has else unlimited,
        _whole(has["memory"]) if "memory" in has else unlimited,
    )


def _thousandths(text: str) -> int:
    return Quantity.read(text).milli


def _whole(text: str) -> int:
    return Quantity.read(text).units

"""What a pod asks of its node, and what a node has.

Rules
1. Containers run side by side, so what they ask for adds up. Init containers run before them and one after the other,
   so the largest counts, if it is larger; sidecars run beside all that comes after them.
2. What is said for the pod as a whole goes before that; what it costs to run a pod at all comes on top.
3. The scheduler looks at pods, CPU and memory as whole numbers (`Amount`): CPU is counted in thousandths of a core,
   memory in bytes.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from reconcile.model.json import EMPTY, FrozenMap, Json
from reconcile.model.quantity import ZERO, Quantity


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


Amounts = Mapping[str, Quantity]
"""How much of what, by its name."""


def of_pod(spec: FrozenMap) -> Amount:
    """Return what a pod with *spec* asks of its node.

    >>> from reconcile.model.json import freeze
    >>> of_pod(freeze({"containers": [{"resources": {"requests": {"cpu": "100m"}}}], "overhead": {"cpu": "1"}}))
    Amount(pods=1, cpu=1100, memory=0)
    """
    return _of_pod(*map(spec.get, ("containers", "initContainers", "resources", "overhead")))


@lru_cache(maxsize=1024)
def _of_pod(containers: Json, inits: Json, resources: Json, overhead: Json) -> Amount:
    spec = {"containers": containers, "initContainers": inits, "resources": resources, "overhead": overhead}
    total = of_spec(spec)
    return Amount(1, total.get("cpu", ZERO).milli, total.get("memory", ZERO).units)


def of_spec(spec: Mapping[str, Json], side: str = "requests") -> dict[str, Quantity]:
    """Return the `requests` or `limits` (*side*) of a pod with *spec* as a whole.

    What is said for the pod itself goes before what its containers add up to; what it costs to run a pod at all comes
    on top, of limits only where there is one.
    """
    own = of_container(spec, side)
    total = {**of_containers(spec, side), **{name: own[name] for name in own if for_pods(name)}}
    overhead = {name: Quantity.read(amount) for name, amount in (spec.get("overhead") or EMPTY).items()}
    return added(total, {name: overhead[name] for name in overhead if side == "requests" or name in total})


def for_pods(name: str) -> bool:
    """Return whether a resource can be asked for by a pod as a whole (contract api 5.2).

    >>> for_pods("cpu"), for_pods("hugepages-2Mi"), for_pods("ephemeral-storage")
    (True, True, False)
    """
    return name in ("cpu", "memory") or name.startswith("hugepages-")


def of_containers(spec: Mapping[str, Json], side: str = "requests") -> dict[str, Quantity]:
    """Return what the containers of *spec* come to together; init containers count where they need more.

    >>> two = [{"resources": {"requests": {"cpu": cpu}}} for cpu in ("100m", "1")]
    >>> {name: str(amount) for name, amount in of_containers({"containers": two}).items()}
    {'cpu': '1100m'}
    """
    running: dict[str, Quantity] = {}
    for container in spec.get("containers") or ():
        running = added(running, of_container(container, side))
    peak: dict[str, Quantity] = {}
    beside: dict[str, Quantity] = {}
    for container in spec.get("initContainers") or ():
        wanted = of_container(container, side)
        peak = _larger(peak, added(beside, wanted))
        if container.get("restartPolicy") == "Always":
            # A sidecar goes on running beside whatever starts after it.
            running, beside = added(running, wanted), added(beside, wanted)
    return _larger(running, peak)


def of_container(container: Mapping[str, Json], side: str) -> dict[str, Quantity]:
    """Return the `requests` or `limits` (*side*) of one container, or of whatever else has `resources`.

    >>> str(of_container({"resources": {"requests": {"cpu": "0.5"}}}, "requests")["cpu"])
    '500m'
    """
    given = (container.get("resources") or EMPTY).get(side) or EMPTY
    return {name: Quantity.read(amount) for name, amount in given.items()}


def added(one: Amounts, other: Amounts) -> dict[str, Quantity]:
    """Return the sum of two amounts."""
    return {**one, **{name: one[name] + amount if name in one else amount for name, amount in other.items()}}


def _larger(one: Amounts, other: Amounts) -> dict[str, Quantity]:
    return {**one, **{name: max(one[name], amount) if name in one else amount for name, amount in other.items()}}


def of_node(status: FrozenMap) -> Amount:
    """Return what a node with *status* has to give; what it does not name is not limited."""
    has = status.get("allocatable") or status.get("capacity") or {}
    unlimited = 2**62
    return Amount(
        _whole(has["pods"]) if "pods" in has else unlimited,
        _thousandths(has["cpu"]) if "cpu" in has else unlimited,
        _whole(has["memory"]) if "memory" in has else unlimited,
    )


def _thousandths(text: Json) -> int:
    return Quantity.read(text).milli


def _whole(text: Json) -> int:
    return Quantity.read(text).units

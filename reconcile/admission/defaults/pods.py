"""Defaults that only Pods get and templates do not (contract api 5.2)."""

from collections.abc import Callable, Mapping
from typing import Final

from reconcile.admission.once import once, shared
from reconcile.admission.schema import in_order
from reconcile.model.json import EMPTY, FrozenList, FrozenMap, Json, put
from reconcile.model.quantity import ZERO, Quantity

Out = dict[str, Json]


def _pod(out: Out) -> None:
    out["spec"] = _pod_only(out["spec"])


@once
def _pod_only(spec: FrozenMap) -> FrozenMap:
    """Return *spec* with what Pods get and templates do not."""
    grace = spec.get("terminationGracePeriodSeconds")
    extra: Out = {"enableServiceLinks": True} if "enableServiceLinks" not in spec else {}
    if grace is not None and grace < 0:
        extra["terminationGracePeriodSeconds"] = 1
    for field in ("containers", "initContainers"):
        if spec.get(field):
            finished = _containers(spec[field], host_network=spec.get("hostNetwork", False))
            extra[field] = shared(spec[field], finished)
    if "resources" in spec:
        extra["resources"] = _pod_resources(spec["resources"], {**spec, **extra})
    pod: FrozenMap = shared(spec, in_order("v1.PodSpec", {**spec, **extra}))
    return pod


def _containers(containers: FrozenList, *, host_network: bool) -> FrozenList:
    finished = [_with_requests(container) for container in containers]
    return FrozenList([_with_host_ports(item) for item in finished] if host_network else finished)


def _with_requests(container: FrozenMap) -> FrozenMap:
    """Return *container* with a request for every limit that has none."""
    resources = container.get("resources") or EMPTY
    limits, requests = resources.get("limits") or EMPTY, resources.get("requests") or EMPTY
    if limits.keys() <= requests.keys():
        return container
    return put(container, ("resources", "requests"), _by_key({**limits, **requests}))


def _with_host_ports(container: FrozenMap) -> FrozenMap:
    ports = container.get("ports")
    if not ports or all(port.get("hostPort") for port in ports):
        return container
    return put(
        container,
        ("ports",),
        [port if port.get("hostPort") else {**port, "hostPort": port["containerPort"]} for port in ports],
    )


def _pod_resources(resources: FrozenMap, spec: Mapping[str, Json]) -> FrozenMap:
    """Return the pod-level *resources* with missing requests: what the containers ask for, else the limit."""
    limits = resources.get("limits")
    if not limits:
        return resources
    given = resources.get("requests") or EMPTY
    requests = dict(given)
    asked = aggregate_requests(spec)
    for name, amount in {**limits, **asked}.items():
        # contract api 5.2: only what pods may ask for as a whole is summed up
        if name not in requests and _for_pods(name):
            requests[name] = asked.get(name, amount)
    return put(resources, ("requests",), _by_key(requests)) if len(requests) > len(given) else resources


def _for_pods(name: str) -> bool:
    return name in ("cpu", "memory") or name.startswith("hugepages-")


def aggregate_requests(spec: Mapping[str, Json]) -> dict[str, str]:
    """Return what the containers of *spec* request together; init containers count where they ask for more."""
    running: dict[str, Quantity] = {}
    for container in spec.get("containers") or ():
        running = _plus(running, _requests(container))
    peak: dict[str, Quantity] = {}
    beside: dict[str, Quantity] = {}
    for container in spec.get("initContainers") or ():
        wanted = _requests(container)
        if container.get("restartPolicy") == "Always":
            running, beside = _plus(running, wanted), _plus(beside, wanted)
            wanted = beside
        else:
            wanted = _plus(beside, wanted)
        peak = {name: max(peak.get(name, ZERO), wanted.get(name, ZERO)) for name in {**peak, **wanted}}
    return {name: str(max(running.get(name, ZERO), peak.get(name, ZERO))) for name in {**running, **peak}}


def _requests(container: Mapping[str, Json]) -> dict[str, Quantity]:
    requests = (container.get("resources") or EMPTY).get("requests") or EMPTY
    return {name: Quantity.parse(amount) for name, amount in requests.items()}


def _plus(one: dict[str, Quantity], other: dict[str, Quantity]) -> dict[str, Quantity]:
    return {**one, **{name: one[name] + amount if name in one else amount for name, amount in other.items()}}


def _by_key(items: Mapping[str, Json]) -> FrozenMap:
    return FrozenMap({key: items[key] for key in sorted(items)})


PODS: Final[Mapping[str, Callable[[Out], None]]] = {"v1.Pod": _pod}

"""Defaults that only Pods get and templates do not (contract api 5.2)."""

from collections.abc import Callable, Mapping
from typing import Final

from reconcile.admission.once import once, shared
from reconcile.admission.schema import in_order
from reconcile.model.json import EMPTY, FrozenList, FrozenMap, Json, put
from reconcile.model.requests import for_pods, of_containers

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
    asked = {name: str(amount) for name, amount in of_containers(spec).items()}
    for name, amount in {**limits, **asked}.items():
        # contract api 5.2: only what pods may ask for as a whole is summed up
        if name not in requests and for_pods(name):
            requests[name] = asked.get(name, amount)
    return put(resources, ("requests",), _by_key(requests)) if len(requests) > len(given) else resources


def _by_key(items: Mapping[str, Json]) -> FrozenMap:
    return FrozenMap({key: items[key] for key in sorted(items)})


PODS: Final[Mapping[str, Callable[[Out], None]]] = {"v1.Pod": _pod}

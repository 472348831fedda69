"""EndpointSlice: list the pods behind each Service that has a selector; and the older Endpoints, which say the same.

Rules
1. Every pod that the selector takes, that has an address and has not ended is an endpoint; it is ready if its Ready
   condition is True and it is not terminating, or if the Service publishes addresses that are not ready.
2. A pod with a hostname, in the subdomain that the Service names, is known by that hostname: `web-0.web.default.svc`.
3. One slice holds up to 100 endpoints, in the order of the pods' names. (The real controller fills slices as pods
   come.)
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from reconcile.actions import Action, Create, Delete, Update
from reconcile.controller import Change, Controller, Key, mapped
from reconcile.controllers.endpoints_object import endpoints_actions
from reconcile.model.json import FrozenMap, compact, freeze
from reconcile.model.pod import Pod, controller_reference
from reconcile.model.resource import Resource
from reconcile.model.selector import Selector
from reconcile.view import Observed, Reader

SERVICE: Final = "kubernetes.io/service-name"
MANAGER: Final = "endpointslice.kubernetes.io/managed-by"
_SLICE: Final = 100
_BATCH: Final = 0.5
"""How long pod changes are gathered before a Service's slices are written, in seconds."""


def reconcile(service: Resource, observed: Observed) -> list[Action]:
    """Return what makes the slices of *service* list its pods."""
    labels = service.spec.get("selector")
    if not labels or service.meta.deleting:
        return []
    pods = [pod for pod in selected(service, observed.cache) if pod.status.get("podIP") and not pod.finished]
    wanted = [pods[start : start + _SLICE] for start in range(0, len(pods), _SLICE)] or [[]]
    stored = list(observed.owned("EndpointSlice", service))
    actions: list[Action] = []
    for index, batch in enumerate(wanted):
        body = _slice(service, batch, pods)
        if index >= len(stored):
            actions.append(Create("EndpointSlice", service.namespace, body, f"{len(batch)} endpoints have no slice"))
        elif any(stored[index].raw.get(key) != body.get(key) for key in ("endpoints", "ports")):
            new = type(stored[index])(FrozenMap({**stored[index].raw, "endpoints": freeze([]), **body}))
            new = new.put(("metadata",), stored[index].raw["metadata"])
            actions.append(Update(new, "the pods behind the Service changed"))
    surplus = stored[len(wanted) :]
    actions += [Delete(*old.key, "fewer endpoints need fewer slices", uid=old.uid) for old in surplus]
    ports = [_port(port, pods) for port in service.spec.get("ports") or ()]
    return [*actions, *endpoints_actions(service, pods, ports, observed)]


def selected(service: Resource, reader: Reader) -> Iterator[Pod]:
    """Yield the pods that *service* selects, in the order of names. Looks at every pod of the namespace."""
    selector = Selector.parse({"matchLabels": service.spec.get("selector") or {}})
    for pod in reader.all("Pod", service.namespace):
        if isinstance(pod, Pod) and selector.matches(pod.meta.labels):
            yield pod


def _slice(service: Resource, batch: Iterable[Pod], pods: list[Pod]) -> FrozenMap:
    body = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": f"{service.name}-",
            "labels": {SERVICE: service.name, MANAGER: "endpointslice-controller.k8s.io"},
            "ownerReferences": [controller_reference(service)],
        },
        "addressType": "IPv4",
        "endpoints": [endpoint(service, pod) for pod in batch],
        "ports": [_port(port, pods) for port in service.spec.get("ports") or ()],
    }
    return compact(body)


def endpoint(service: Resource, pod: Pod) -> FrozenMap:
    """Return one endpoint of a slice."""
    serving = pod.ready
    public = bool(service.spec.get("publishNotReadyAddresses"))
    hostname = pod.spec.get("hostname") if pod.spec.get("subdomain") == service.name else None
    return compact(
        {
            "addresses": [pod.status["podIP"]],
            "conditions": {
                "ready": public or (serving and not pod.meta.deleting),
                "serving": serving,
                "terminating": pod.meta.deleting,
            },
            "hostname": hostname,
            "nodeName": pod.node,
            "targetRef": {"kind": "Pod", "name": pod.name, "namespace": pod.namespace, "uid": pod.uid},
        }
    )


def _port(port: FrozenMap, pods: list[Pod]) -> FrozenMap:
    target: Any = port.get("targetPort", port.get("port"))
    if isinstance(target, str):
        named = (
            entry.get("containerPort")
            for pod in pods
            for container in pod.spec.get("containers") or ()
            for entry in container.get("ports") or ()
            if entry.get("name") == target
        )
        target = next(named, None)
    return FrozenMap({"name": port.get("name") or "", "port": target, "protocol": port.get("protocol") or "TCP"})


def _services(change: Change, reader: Reader) -> Iterable[Key]:
    """A pod that comes, goes, or changes in what an endpoint says concerns the Services that select it."""
    old, new = change
    if isinstance(old, Pod) and isinstance(new, Pod) and _seen(old) == _seen(new):
        return
    for service in reader.all("Service", (new or old).namespace):  # type: ignore[union-attr]
        selector = service.spec.get("selector")
        if selector and any(pod is not None and selector.items() <= pod.meta.labels.items() for pod in change):
            yield (service.namespace, service.name)


def _lost(change: Change, reader: Reader) -> Iterable[Key]:
    """What lists the pods of a Service concerns it when it goes: it is made anew, if the Service is still there."""
    old, new = change
    if old is not None and (new is None or new.uid != old.uid):
        owner = old.meta.controller
        yield (old.namespace, owner.name if owner is not None and owner.kind == "Service" else old.name)


def _seen(pod: Pod) -> tuple[Any, ...]:
    return (pod.meta.labels, pod.status.get("podIP"), pod.ready, pod.meta.deleting, pod.finished)


ENDPOINTSLICE: Final = Controller(
    "endpointslice",
    "Service",
    reconcile,
    watches=(
        mapped("Pod", _services, delay=_BATCH),
        mapped("EndpointSlice", _lost, delay=_BATCH),
        mapped("Endpoints", _lost, delay=_BATCH),
    ),
    # Slices have generated names, so one that is not seen yet would be made twice; upstream, too, waits until it is.
    settles=True,
)

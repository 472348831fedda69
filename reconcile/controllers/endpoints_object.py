"""Endpoints: the older list of what is behind a Service, one object under the Service's own name.

Rules
1. Pods that are ready are addresses, others are not-ready addresses; a pod that is being deleted is neither, unless the
   Service publishes addresses that are not ready. Addresses stand in the order of their text.
2. All pods share one subset, whose ports are looked up as for the slices. At most 1,000 addresses are kept, the ready
   ones first, and the object says so.
3. The real object has no owner and its controller deletes it; here the garbage collector does, by an owner reference.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from reconcile.actions import Action, Create, Update
from reconcile.model.json import EMPTY, FrozenMap, compact
from reconcile.model.pod import Pod, controller_reference
from reconcile.model.resource import Resource
from reconcile.view import Observed

MOST: Final = 1000
HEADLESS: Final = "service.kubernetes.io/headless"
MANAGER: Final = "endpoints.kubernetes.io/managed-by"
OVER_CAPACITY: Final = "endpoints.kubernetes.io/over-capacity"


def endpoints_actions(
    service: Resource, pods: Iterable[Pod], ports: Sequence[FrozenMap], observed: Observed
) -> list[Action]:
    """Return what makes the Endpoints of *service* list *pods*, all of which have an address and have not ended."""
    body = endpoints_of(service, pods, ports)
    stored = observed.cache.get("Endpoints", service.namespace, service.name)
    if stored is None:
        return [Create("Endpoints", service.namespace, body, "the Service has no Endpoints")]
    new = _restated(stored, body)
    return [] if new.raw == stored.raw else [Update(new, "the pods behind the Service changed")]


def _restated(stored: Resource, body: FrozenMap) -> Resource:
    """Return *stored* as *body* has it; annotations of others stay."""
    new = stored.put(("subsets",), body["subsets"]) if "subsets" in body else stored.drop(("subsets",))
    others = {key: value for key, value in stored.meta.annotations.items() if key != OVER_CAPACITY}
    annotations = {**others, **(body["metadata"].get("annotations") or EMPTY)}
    new = new.put(("metadata", "labels"), body["metadata"]["labels"])
    return new.put(("metadata", "annotations"), annotations) if annotations else new.drop(("metadata", "annotations"))


def endpoints_of(service: Resource, pods: Iterable[Pod], ports: Sequence[FrozenMap]) -> FrozenMap:
    """Return the Endpoints of *service* that list *pods*."""
    public = bool(service.spec.get("publishNotReadyAddresses"))
    there = sorted((pod for pod in pods if public or not pod.meta.deleting), key=_place)
    ready = [_address(service, pod) for pod in there if public or pod.ready]
    waiting = [_address(service, pod) for pod in there if not (public or pod.ready)]
    subset = {
        "addresses": ready[:MOST],
        "notReadyAddresses": waiting[: max(MOST - len(ready), 0)],
        "ports": [compact(port) for port in ports],
    }
    headless = {HEADLESS: ""} if service.spec.get("clusterIP") == "None" else {}
    metadata = {
        "name": service.name,
        "labels": {**service.meta.labels, **headless, MANAGER: "endpoint-controller"},
        "annotations": {OVER_CAPACITY: "truncated"} if len(there) > MOST else {},
        "ownerReferences": [controller_reference(service)],
    }
    body = {"apiVersion": "v1", "kind": "Endpoints", "metadata": compact(metadata)}
    return compact({**body, "subsets": [compact(subset)] if there else []})


def _place(pod: Pod) -> tuple[str, str]:
    return pod.status["podIP"], pod.uid


def _address(service: Resource, pod: Pod) -> FrozenMap:
    return compact(
        {
            "ip": pod.status["podIP"],
            "hostname": pod.spec.get("hostname") if pod.spec.get("subdomain") == service.name else None,
            "nodeName": pod.node,
            "targetRef": {"kind": "Pod", "name": pod.name, "namespace": pod.namespace, "uid": pod.uid},
        }
    )

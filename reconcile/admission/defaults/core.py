"""Defaults of Services, claims, nodes and namespaces that depend on other fields (contract api 7)."""

from collections.abc import Callable, Mapping
from typing import Final

from reconcile.model.json import FrozenMap, Json

Out = dict[str, Json]

EXTERNAL_TYPES: Final = ("NodePort", "LoadBalancer")


def _service_port(out: Out) -> None:
    if out.get("targetPort") in (0, "", None):
        out["targetPort"] = out.get("port", 0)


def _service_spec(out: Out) -> None:
    if out["sessionAffinity"] == "None":
        out.pop("sessionAffinityConfig", None)
    elif out["sessionAffinity"] == "ClientIP":
        given = (out.get("sessionAffinityConfig") or {}).get("clientIP") or {}
        if "timeoutSeconds" not in given:
            out["sessionAffinityConfig"] = FrozenMap(clientIP=FrozenMap(timeoutSeconds=10800))
    reachable = out["type"] in EXTERNAL_TYPES or (out["type"] == "ClusterIP" and out.get("externalIPs"))
    if reachable and not out.get("externalTrafficPolicy"):
        out["externalTrafficPolicy"] = "Cluster"
    if out["type"] != "ExternalName" and "internalTrafficPolicy" not in out:
        out["internalTrafficPolicy"] = "Cluster"
    if out["type"] == "LoadBalancer" and "allocateLoadBalancerNodePorts" not in out:
        out["allocateLoadBalancerNodePorts"] = True


def _node_status(out: Out) -> None:
    if "capacity" in out and "allocatable" not in out:
        out["allocatable"] = out["capacity"]


def _namespace(out: Out) -> None:
    meta = out["metadata"]
    if meta.get("name"):
        labels = {**(meta.get("labels") or {}), "kubernetes.io/metadata.name": meta["name"]}
        out["metadata"] = FrozenMap({**meta, "labels": FrozenMap(sorted(labels.items()))})


CORE: Final[Mapping[str, Callable[[Out], None]]] = {
    "v1.ServicePort": _service_port,
    "v1.ServiceSpec": _service_spec,
    "v1.NodeStatus": _node_status,
    "v1.Namespace": _namespace,
}

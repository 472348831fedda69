"""What a new cluster holds before anybody asks for anything: namespaces, the API's own Service, nodes."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from reconcile.model.clock import Instant, stamp
from reconcile.model.json import FrozenMap, freeze

NAMESPACES: Final = ("default", "kube-node-lease", "kube-public", "kube-system")
VERSION: Final = "v1.36.2"
"""The Kubernetes version that nodes report."""

_CAPACITY: Final = {"pods": "110", "cpu": "64", "memory": "256Gi"}


def namespace(name: str) -> FrozenMap:
    """Return a namespace."""
    labels = {"kubernetes.io/metadata.name": name}
    return freeze({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})  # type: ignore[no-any-return]


def api_service() -> FrozenMap:
    """Return the Service by which pods reach the API."""
    spec = {
        "clusterIP": "10.0.0.1",
        "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}],
    }
    labels = {"component": "apiserver", "provider": "kubernetes"}
    meta = {"name": "kubernetes", "namespace": "default", "labels": labels}
    return freeze({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})  # type: ignore[no-any-return]


def node(
    name: str,
    now: Instant,
    *,
    labels: Mapping[str, str] | None = None,
    taints: Iterable[Mapping[str, Any]] = (),
    capacity: Mapping[str, str] | None = None,
) -> FrozenMap:
    """Return a node that is ready, with room for 110 pods unless *capacity* says otherwise."""
    named = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
    room = {**_CAPACITY, **(capacity or {})}
    ready = {
        "type": "Ready",
        "status": "True",
        "reason": "KubeletReady",
        "message": "kubelet is posting ready status",
        "lastHeartbeatTime": stamp(now),
        "lastTransitionTime": stamp(now),
    }
    info = {"kubeletVersion": VERSION, "operatingSystem": "linux", "architecture": "amd64"}
    taint_list = list(taints)
    return freeze(  # type: ignore[no-any-return]
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": {**named, **(labels or {})}},
            "spec": {"taints": taint_list} if taint_list else {},
            "status": {"capacity": room, "allocatable": room, "conditions": [ready], "nodeInfo": info},
        }
    )

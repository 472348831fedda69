"""Clusters to measure, built the same way for every benchmark."""

from collections.abc import Sequence
from typing import Any

from reconcile.cluster import Cluster
from reconcile.engine.queue import Slot
from reconcile.engine.step import sync
from reconcile.engine.world import World
from reconcile.nodes.behaviour import DEFAULT_BEHAVIOURS, Behaviour

PODS_PER_NODE = 100


def fresh(pods: int, *, behaviours: Sequence[Behaviour] = DEFAULT_BEHAVIOURS, surge: float = 0.0) -> Cluster:
    """Return a cluster with room for *pods*, and for *surge* times as many more; its trace is kept short."""
    nodes = int(pods * (1 + surge)) // PODS_PER_NODE + 2
    return Cluster.new(nodes=nodes, behaviours=behaviours, trace_limit=100)


def alone(pods: int) -> tuple[Behaviour, ...]:
    """Return the behaviours by which *pods* pods start at instants of their own, about ten a second."""
    return (Behaviour(start=1.0, start_jitter=pods / 10),)


def template(image: str = "nginx:1") -> dict[str, Any]:
    """Return the template of the pods that are measured."""
    return {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": image, "resources": {"requests": {"cpu": "10m"}}}]},
    }


def replica_set(replicas: int) -> dict[str, Any]:
    """Return the manifest of a ReplicaSet."""
    return _workload("ReplicaSet", replicas=replicas)


def deployment(replicas: int, image: str = "nginx:1") -> dict[str, Any]:
    """Return the manifest of a Deployment."""
    return _workload("Deployment", image, replicas=replicas)


def daemon_set(image: str = "agent:1") -> dict[str, Any]:
    """Return the manifest of a DaemonSet."""
    return _workload("DaemonSet", image)


def _workload(kind: str, image: str = "nginx:1", **spec: Any) -> dict[str, Any]:
    selector = {"matchLabels": {"app": "web"}}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "web"},
        "spec": {**spec, "selector": selector, "template": template(image)},
    }


def created(replicas: int) -> Cluster:
    """Return a cluster in which a ReplicaSet has all its pods, ready, and nothing is left to do."""
    return fresh(replicas).apply(replica_set(replicas)).run()


def steady_sync(cluster: Cluster, controller: str = "replicaset", kind: str = "ReplicaSet") -> World:
    """Let a controller look at its object once more."""
    return sync(cluster.engine, cluster.world, Slot(controller, kind, "default", "web"))

"""Clusters to measure, built the same way for every benchmark."""

from collections.abc import Sequence
from typing import Any

from attrs import evolve

from reconcile.actions import MERGE, Patch
from reconcile.cluster import Cluster
from reconcile.engine.queue import Slot
from reconcile.engine.step import sync
from reconcile.engine.world import World
from reconcile.model.clock import stamp
from reconcile.model.json import freeze
from reconcile.nodes.behaviour import DEFAULT_BEHAVIOURS, Behaviour
from reconcile.store.seed import node

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


def stateful_set(replicas: int) -> dict[str, Any]:
    """Return the manifest of a StatefulSet, whose pods come one after the other."""
    return _workload("StatefulSet", replicas=replicas, serviceName="web")


def replica_set(replicas: int) -> dict[str, Any]:
    """Return the manifest of a ReplicaSet."""
    return _workload("ReplicaSet", replicas=replicas)


def deployment(replicas: int, image: str = "nginx:1") -> dict[str, Any]:
    """Return the manifest of a Deployment."""
    return _workload("Deployment", image, replicas=replicas)


def daemon_set(image: str = "agent:1") -> dict[str, Any]:
    """Return the manifest of a DaemonSet."""
    return _workload("DaemonSet", image)


def job(completions: int, *, indexed: bool = False) -> dict[str, Any]:
    """Return the manifest of a Job that runs fifty pods side by side until so many have succeeded."""
    mode = "Indexed" if indexed else "NonIndexed"
    spec = {**template("busybox:1"), "spec": {**template("busybox:1")["spec"], "restartPolicy": "Never"}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "work"},
        "spec": {"completions": completions, "parallelism": 50, "completionMode": mode, "template": spec},
    }


def runs_alone(seconds: float = 60.0) -> tuple[Behaviour, ...]:
    """Return the behaviours by which each pod succeeds after a time of its own, within a minute."""
    return (Behaviour(exit_code=0, runs=1.0, runs_jitter=seconds),)


def every_five_minutes() -> dict[str, Any]:
    """Return the manifest of a CronJob with a run every five minutes, and with the usual limits of its history."""
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "tick"},
        "spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": {"template": job(1)["spec"]["template"]}}},
    }


def ticking(days: int = 1) -> Cluster:
    """Return a cluster that has run a Job every five minutes for some days, so that its history is full."""
    return Cluster.new(trace_limit=100).apply(every_five_minutes()).advance(86400.0 * days)


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


# --- DaemonSets --------------------------------------------------------------------------------------------------


def everywhere(nodes: int) -> Cluster:
    """Return a cluster in which a DaemonSet has a ready pod on each of *nodes*, and nothing is left to do."""
    return Cluster.new(nodes=nodes, trace_limit=100).apply(daemon_set()).run()


def one_node_more(cluster: Cluster) -> Cluster:
    """Add a node, and wait for its pod."""
    return cluster.create(node("one-more", cluster.now)).run()


def has_an_unready_pod(nodes: int) -> Cluster:
    """Return the cluster of `everywhere`, its kubelets from now on driven by hand, after one pod became unready."""
    cluster = everywhere(nodes)
    others = tuple(each for each in cluster.engine.controllers if each.name != "kubelet")
    return _turned(evolve(cluster, engine=evolve(cluster.engine, controllers=others)), ready=False)


def becomes_ready(cluster: Cluster) -> Cluster:
    """Let the unready pod become ready."""
    return _turned(cluster, ready=True)


def _turned(cluster: Cluster, *, ready: bool) -> Cluster:
    (pod,) = cluster.world.store.on_node("node-0")
    turned = {"type": "Ready", "status": str(ready), "lastTransitionTime": stamp(cluster.now)}
    kept = [each for each in pod.status["conditions"] if each["type"] != "Ready"]
    body = freeze({"status": {"conditions": [*kept, turned]}})
    return cluster.done(Patch(*pod.key, body, "a kubelet", patch_type=MERGE, subresource="status")).settle()

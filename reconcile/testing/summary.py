"""The summary of a story's step: what can be said of a cluster at rest without naming anything random.

Format: contract stories 4.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from reconcile.cluster import Cluster
from reconcile.kubectl.rollback import revision_of
from reconcile.model.json import look
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.model.template_form import HASH_LABEL
from reconcile.testing.story_pods import INDEX, owner_of, revision_number, target_node

WORKLOADS: Final = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job")
TRACKING: Final = "batch.kubernetes.io/job-tracking"
_FAILURES: Final = "batch.kubernetes.io/job-index-failure-count"
_SPEC: Final = ("replicas", "paused", "suspend", "parallelism", "completions")
_TEXTS: Final = ("completedIndexes", "failedIndexes", "currentRevision", "updateRevision")
_RACY: Final = frozenset({"FailedCreate", "FailedUpdate", "FailedDelete"})
"""Events that come from writes that met a newer version and were tried again: left out."""


def summarise(cluster: Cluster, story: Mapping[str, Any], namespace: str) -> dict[str, Any]:
    """Return the summary of *cluster* but for its events."""
    any_node = bool(story.get("anyNode"))
    summary: dict[str, Any] = {"objects": _objects(cluster, namespace), "pods": _pods(cluster, namespace, any_node)}
    extras = {
        "controllerRevisions": _revisions(cluster, namespace),
        "pvcs": _claims(cluster, namespace),
        "services": _services(cluster, namespace),
    }
    return {**summary, **{key: value for key, value in extras.items() if value}}


# --- objects -----------------------------------------------------------------------------------------------------


def _objects(cluster: Cluster, namespace: str) -> dict[str, Any]:
    items = (item for kind in WORKLOADS for item in cluster.all(kind, namespace))
    return {str(item): _object(item, cluster) for item in items if not _of_deployment(item)}


def _of_deployment(item: Resource) -> bool:
    controller = item.meta.controller
    return item.kind == "ReplicaSet" and controller is not None and controller.kind == "Deployment"


def _object(item: Resource, cluster: Cluster) -> dict[str, Any]:
    status = item.status
    numbers = {k: v for k, v in status.items() if isinstance(v, int) and not isinstance(v, bool)}
    observed = numbers.pop("observedGeneration", None)
    conditions = [[c.get("type"), c.get("status"), c.get("reason")] for c in status.get("conditions") or ()]
    summary: dict[str, Any] = {
        "generation": item.meta.generation,
        "spec": {key: item.spec[key] for key in _SPEC if key in item.spec},
        "status": {**numbers, **{key: status[key] for key in _TEXTS if key in status}},
        "conditions": sorted(conditions, key=json.dumps),
    }
    if observed is not None:
        summary["observedGeneration"] = observed
    if item.meta.deleting:
        summary["deleting"] = True
    return {**summary, **_MORE.get(item.kind, _nothing)(item, cluster)}


def _nothing(item: Resource, cluster: Cluster) -> dict[str, Any]:
    return {}


def _deployment(item: Resource, cluster: Cluster) -> dict[str, Any]:
    sets = cluster.world.store.owned("ReplicaSet", item.uid)
    return {
        "revision": item.meta.annotations.get("deployment.kubernetes.io/revision"),
        "replicaSets": sorted((_replica_set(rs) for rs in sets), key=json.dumps),
    }


def _replica_set(rs: Resource) -> list[Any]:
    counts = [rs.status.get(key, 0) for key in ("replicas", "readyReplicas", "availableReplicas")]
    return [revision_of(rs), rs.spec.get("replicas"), *counts, rs.meta.labels.get(HASH_LABEL)]


def _job(item: Resource, cluster: Cluster) -> dict[str, Any]:
    uncounted = item.status.get("uncountedTerminatedPods") or {}
    return {
        "started": "startTime" in item.status,
        "completed": "completionTime" in item.status,
        "uncounted": sum(len(uids) for uids in uncounted.values()),
    }


_MORE: Final[dict[str, Callable[[Resource, Cluster], dict[str, Any]]]] = {"Deployment": _deployment, "Job": _job}


# --- pods --------------------------------------------------------------------------------------------------------


def _pods(cluster: Cluster, namespace: str, any_node: bool) -> list[Any]:
    pods = (pod for pod in cluster.all("Pod", namespace) if isinstance(pod, Pod))
    return sorted((_pod(pod, cluster, any_node) for pod in pods), key=json.dumps)


def _pod(pod: Pod, cluster: Cluster, any_node: bool) -> list[Any]:
    owner = owner_of(pod, cluster)
    entry = [_token(pod, owner, cluster, any_node), pod.phase or "Pending", pod.ready, pod.meta.deleting]
    return [*entry, TRACKING in pod.meta.finalizers] if owner is not None and owner[0] == "Job" else entry


def _token(pod: Pod, owner: tuple[str, str] | None, cluster: Cluster, any_node: bool) -> str:
    kind, name = owner or ("none", "")
    if kind not in _TOKENS:
        return f"{kind}/{name}" if name else kind
    return _TOKENS[kind](pod, name, cluster, "*" if any_node else target_node(pod))


def _job_token(pod: Pod, name: str, cluster: Cluster, node: str) -> str:
    index = pod.meta.annotations.get(INDEX)
    failures = pod.meta.annotations.get(_FAILURES)
    return (
        f"Job/{name}" + (f"[{index}]" if index is not None else "") + (f"/{failures}" if failures is not None else "")
    )


_TOKENS: Final[dict[str, Callable[[Pod, str, Cluster, str], str]]] = {
    "Deployment": lambda pod, name, cluster, _: f"Deployment/{name}#{revision_number(pod, cluster)}",
    "StatefulSet": lambda pod, _, cluster, __: f"StatefulSet/{pod.name}#{revision_number(pod, cluster)}",
    "DaemonSet": lambda pod, name, cluster, node: f"DaemonSet/{name}@{node}#{revision_number(pod, cluster)}",
    "Job": _job_token,
}


# --- the rest ----------------------------------------------------------------------------------------------------


def _revisions(cluster: Cluster, namespace: str) -> list[Any]:
    entries = (_revision(item, cluster) for item in cluster.all("ControllerRevision", namespace))
    return sorted(entries, key=json.dumps)


def _revision(item: Resource, cluster: Cluster) -> list[Any]:
    controller = item.meta.controller
    owner = f"{controller.kind}/{controller.name}" if controller is not None else "none"
    entry = [item.raw.get("revision", 0), item.name, owner]
    if controller is not None and controller.kind == "StatefulSet":
        workload = cluster.find("StatefulSet", controller.name, item.namespace)
        names = [workload.status.get(key) if workload is not None else None for key in _TEXTS[2:]]
        return [*entry, *(item.name == name for name in names)]
    return entry


def _claims(cluster: Cluster, namespace: str) -> list[Any]:
    claims = cluster.all("PersistentVolumeClaim", namespace)
    return sorted(
        [claim.name, sorted(f"{ref.kind}/{ref.name}" for ref in claim.meta.owners), claim.meta.deleting]
        for claim in claims
    )


def _services(cluster: Cluster, namespace: str) -> dict[str, int]:
    services = [s for s in cluster.all("Service", namespace) if s.name != "kubernetes"]
    return {service.name: _ready_endpoints(service, cluster) for service in services}


def _ready_endpoints(service: Resource, cluster: Cluster) -> int:
    slices = cluster.world.store.owned("EndpointSlice", service.uid)
    endpoints = (endpoint for item in slices for endpoint in item.raw.get("endpoints") or ())
    return sum(bool(look(endpoint, "conditions", "ready")) for endpoint in endpoints)


def told(cluster: Cluster, seen: int) -> list[list[str]]:
    """Return the kinds of events on workloads since the trace had *seen* rows: reason, kind and type, sorted."""
    found = set()
    for row in cluster.trace[seen:]:
        event = row.action
        about = getattr(event, "about", None)
        if about is not None and about.kind in WORKLOADS and event.reason not in _RACY:  # type: ignore[union-attr]
            found.add((event.reason, about.kind, event.type))  # type: ignore[union-attr]
    return sorted(map(list, found))

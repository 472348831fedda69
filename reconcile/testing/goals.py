"""What a cluster that has come to rest must look like: the goal of each kind, told apart from the controllers.

Rules
1. Two questions. *Reported*: does the status tell what is there? That holds whenever a controller has nothing to do,
   however the pods fare. *Reached*: is there what was asked for? That holds once nothing is in the way any more.
2. Every count is made anew over all objects, without indexes, and by the words of the contract.
3. What is on its way out is in nobody's way, and asks for nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from reconcile.engine.world import World
from reconcile.model.json import look
from reconcile.model.node import Node
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.testing.invariants import daemonsets as daemons
from reconcile.testing.invariants.deployments import is_new, size
from reconcile.testing.invariants.jobs import TRACKING, condition, finished, parallelism
from reconcile.testing.invariants.protocol import active, available, owned, pods_of, ready
from reconcile.testing.invariants.statefulsets import CLAIM, REVISION_LABEL, ordinal, start, wanted

Goal = Callable[[World, Resource], Iterator[str]]
"""From a world and one of its objects to what it lacks, in words."""


def unreported(world: World) -> list[str]:
    """Return in which objects of *world* the status does not tell what is there."""
    return [lack for _, lack in _lacks(world, REPORTED)]


def unmet(world: World) -> list[str]:
    """Return what *world* lacks of what its objects ask for, statuses included."""
    return [lack for _, lack in [*_lacks(world, REPORTED), *_lacks(world, REACHED)]]


def lacks(world: World, item: Resource) -> list[str]:
    """Return what *world* lacks of what one object asks for."""
    return [lack for table in (REPORTED, REACHED) for lack in table.get(item.kind, _nothing)(world, item)]


def _nothing(world: World, item: Resource) -> Iterator[str]:
    return iter(())


def _lacks(world: World, table: Mapping[str, Goal]) -> Iterator[tuple[Resource, str]]:
    for kind, goal in table.items():
        for item in world.store.all(kind):
            if not item.meta.deleting:
                yield from ((item, f"{item}: {lack}") for lack in goal(world, item))


def _counts(item: Resource, expected: Mapping[str, int]) -> Iterator[str]:
    seen = item.status.get("observedGeneration", 0)
    if item.meta.generation and seen != item.meta.generation:
        yield f"its status is about generation {seen}, it has {item.meta.generation}"
    for name, count in expected.items():
        told = int(item.status.get(name) or 0)
        if told != count:
            yield f"it reports {name} {told}, there are {count}"


def _seconds(item: Resource) -> int:
    return int(item.spec.get("minReadySeconds") or 0)


# --- ReplicaSet --------------------------------------------------------------------------------------------------


def _report_replicaset(world: World, rs: Resource) -> Iterator[str]:
    pods = active(pods_of(world.store, rs))
    wanted_labels = look(rs.spec, "template", "metadata", "labels", default={})
    yield from _counts(
        rs,
        {
            "replicas": len(pods),
            "readyReplicas": sum(map(ready, pods)),
            "availableReplicas": sum(available(pod, _seconds(rs), world.now) for pod in pods),
            "fullyLabeledReplicas": sum(wanted_labels.items() <= pod.meta.labels.items() for pod in pods),
            "terminatingReplicas": sum(pod.terminating for pod in pods_of(world.store, rs)),
        },
    )


def _reach_replicaset(world: World, rs: Resource) -> Iterator[str]:
    pods = active(pods_of(world.store, rs))
    if len(pods) != size(rs):
        yield f"it asks for {size(rs)} pods and has {len(pods)}"
    yield from (f"{pod} is not ready" for pod in pods if not ready(pod))


# --- Deployment --------------------------------------------------------------------------------------------------


def _report_deployment(world: World, d: Resource) -> Iterator[str]:
    sets = owned(world.store, "ReplicaSet", d)
    new = [rs for rs in sets if is_new(rs, d)]

    def reported(field: str, items: list[Resource]) -> int:
        return sum(int(rs.status.get(field) or 0) for rs in items)

    counts = {name: reported(name, sets) for name in ("replicas", "readyReplicas", "availableReplicas")}
    if len(new) < 2:
        # With a second ReplicaSet of one template, adopted from elsewhere, the older one is the new one.
        counts["updatedReplicas"] = reported("replicas", new)
    yield from _counts(d, counts)


def _reach_deployment(world: World, d: Resource) -> Iterator[str]:
    sets = owned(world.store, "ReplicaSet", d)
    if d.spec.get("paused"):
        return
    new = [rs for rs in sets if is_new(rs, d)]
    if not new:
        yield "no ReplicaSet has its template"
    yield from (f"{rs} is old and asks for {size(rs)} pods" for rs in sets if rs not in new and size(rs))
    if sum(map(size, new)) != size(d):
        yield f"it asks for {size(d)} pods, its new ReplicaSet for {sum(map(size, new))}"
    if not condition(d, "Available"):
        yield "it is not available"
    limit = d.spec.get("revisionHistoryLimit")
    old = [rs for rs in sets if rs not in new[:1] and not rs.meta.deleting]
    if limit is not None and len(old) > limit:
        yield f"it keeps {len(old)} old ReplicaSets, its limit is {limit}"


# --- StatefulSet -------------------------------------------------------------------------------------------------


def _report_statefulset(world: World, sts: Resource) -> Iterator[str]:
    pods = [pod for pod in pods_of(world.store, sts) if pod.phase and ordinal(pod) >= 0]
    running = [pod for pod in pods if pod.phase == "Running" and ready(pod)]
    yield from _counts(
        sts,
        {
            "replicas": len(pods),
            "readyReplicas": len(running),
            "availableReplicas": sum(available(pod, _seconds(sts), world.now) for pod in running),
        },
    )


def _reach_statefulset(world: World, sts: Resource) -> Iterator[str]:
    pods = active(pods_of(world.store, sts))
    there = sorted(ordinal(pod) for pod in pods)
    if there != list(wanted(sts)):
        yield f"it asks for the pods {list(wanted(sts))} and has {there}"
    yield from (f"{pod} is not ready" for pod in pods if not ready(pod))
    if look(sts.spec, "updateStrategy", "type", default="RollingUpdate") == "RollingUpdate":
        kept = int(look(sts.spec, "updateStrategy", "rollingUpdate", "partition", default=0))
        update = sts.status.get("updateRevision")
        rolled = (pod for pod in pods if ordinal(pod) - start(sts) >= kept)
        yield from (f"{pod} is outdated" for pod in rolled if pod.meta.labels.get(REVISION_LABEL) != update)
    for entry in sts.spec.get("volumeClaimTemplates") or ():
        for index in wanted(sts):
            name = f"{look(entry, 'metadata', 'name')}-{sts.name}-{index}"
            if world.store.get(CLAIM, sts.namespace, name) is None:
                yield f"claim {name} is not there"


# --- DaemonSet ---------------------------------------------------------------------------------------------------


def _report_daemonset(world: World, ds: Resource) -> Iterator[str]:
    nodes = [node for node in world.store.all("Node") if isinstance(node, Node) and daemons.takes(node, ds)]
    served = {daemons.target(pod) for pod in pods_of(world.store, ds) if not (pod.finished and pod.meta.deleting)}
    yield from _counts(
        ds,
        {
            "desiredNumberScheduled": len(nodes),
            "currentNumberScheduled": sum(node.name in served for node in nodes),
        },
    )


def _reach_daemonset(world: World, ds: Resource) -> Iterator[str]:
    here = daemons.by_node(active(pods_of(world.store, ds)))
    for node in world.store.all("Node"):
        if not isinstance(node, Node) or not daemons.takes(node, ds):
            continue
        pods = here[node.name]
        if len(pods) != 1 or not ready(pods[0]):
            yield f"it has {len(pods)} pods on {node.name}, ready are {sum(map(ready, pods))}"
    if look(ds.spec, "updateStrategy", "type", default="RollingUpdate") == "RollingUpdate":
        labels = {pod.meta.labels.get(REVISION_LABEL) for pods in here.values() for pod in pods}
        if len(labels) > 1 or int(ds.status.get("numberUnavailable") or 0):
            yield f"its pods have the revisions {sorted(map(str, labels))}"


# --- Job and CronJob ---------------------------------------------------------------------------------------------


def _report_job(world: World, job: Resource) -> Iterator[str]:
    pods = active(pods_of(world.store, job))
    if int(job.status.get("active") or 0) != len(pods):
        yield f"it reports active {job.status.get('active')}, there are {len(pods)}"
    if finished(job) and pods:
        yield f"it has ended, and has {len(pods)} active pods"
    held = [pod for pod in pods_of(world.store, job) if TRACKING in pod.meta.finalizers and pod.finished]
    yield from (f"{pod} has ended and is still held for counting" for pod in held)


def _reach_job(world: World, job: Resource) -> Iterator[str]:
    pods = active(pods_of(world.store, job))
    if job.spec.get("suspend"):
        if pods:
            yield f"it is suspended, and has {len(pods)} active pods"
    elif not finished(job) and not pods and parallelism(job):
        yield "it has not ended, and has no active pod"


def _report_cronjob(world: World, cronjob: Resource) -> Iterator[str]:
    jobs = {job.uid: job for job in owned(world.store, "Job", cronjob)}
    for entry in cronjob.status.get("active") or ():
        job = jobs.get(entry.get("uid"))
        if job is None or finished(job):
            yield f"it lists {entry.get('name')} as active"
    for outcome, field in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
        kept = [job for job in jobs.values() if condition(job, outcome)]
        limit = cronjob.spec.get(field)
        if limit is not None and len(kept) > limit:
            yield f"it keeps {len(kept)} Jobs that are {outcome}, its limit is {limit}"


# --- the rest ----------------------------------------------------------------------------------------------------


def _reach_pod(world: World, pod: Resource) -> Iterator[str]:
    assert isinstance(pod, Pod)
    if not pod.node and not pod.finished and pod.meta.controller is not None:
        yield "it has no node"


def _reach_claim(world: World, claim: Resource) -> Iterator[str]:
    if claim.status.get("phase") != "Bound":
        yield f"it is {claim.status.get('phase') or 'Pending'}"


REPORTED: Final[Mapping[str, Goal]] = MappingProxyType(
    {
        "ReplicaSet": _report_replicaset,
        "Deployment": _report_deployment,
        "StatefulSet": _report_statefulset,
        "DaemonSet": _report_daemonset,
        "Job": _report_job,
        "CronJob": _report_cronjob,
    }
)
"""What the status of each kind must tell, whenever nothing is left to do."""

REACHED: Final[Mapping[str, Goal]] = MappingProxyType(
    {
        "Pod": _reach_pod,
        CLAIM: _reach_claim,
        "ReplicaSet": _reach_replicaset,
        "Deployment": _reach_deployment,
        "StatefulSet": _reach_statefulset,
        "DaemonSet": _reach_daemonset,
        "Job": _reach_job,
    }
)
"""What must be there of what each kind asks for, once nothing is in the way."""

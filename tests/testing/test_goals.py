"""Goals: what a cluster at rest lacks of what is asked for, and what a status tells wrongly, one by one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from reconcile.engine.world import World
from reconcile.model.json import freeze
from reconcile.model.objects import read
from reconcile.store.store import Store
from reconcile.testing import goals
from tests.testing.raw import (
    NOW,
    OLDER,
    Raw,
    ended,
    gone,
    node,
    pod,
    replicaset,
    thing,
    workload,
)

AVAILABLE: Final = {"conditions": [{"type": "Available", "status": "True"}]}


def world(*items: Raw) -> World:
    return World(store=Store.of(read(freeze(item)) for item in items), now=NOW)


def rs(size: int, **status: Any) -> Raw:
    return workload("ReplicaSet", replicas=size, status={"observedGeneration": 1, **status})


def deployment(status: Any = None, **spec: Any) -> Raw:
    return workload("Deployment", status={"observedGeneration": 1, **(status or AVAILABLE)}, **{"replicas": 0, **spec})


def sts(replicas: int, *, status: Any = None, **spec: Any) -> Raw:
    told = {"observedGeneration": 1, "updateRevision": "r1", **(status or {})}
    return workload("StatefulSet", replicas=replicas, status=told, **spec)


def ds(status: Any = None, **spec: Any) -> Raw:
    return workload("DaemonSet", status={"observedGeneration": 1, **(status or {})}, **spec)


def job(status: Any = None, **spec: Any) -> Raw:
    return workload("Job", status=status, **{"parallelism": 1, **spec})


def cron(status: Any, **spec: Any) -> Raw:
    return thing("CronJob", "web", spec=spec, status=status)


ONE: Final = {"replicas": 1, "readyReplicas": 1, "availableReplicas": 1}
ON_ONE: Final = {"desiredNumberScheduled": 1, "currentNumberScheduled": 1}
MEMBER: Final = pod("web-0", "StatefulSet/web", labels={"controller-revision-hash": "r0"})
HELD: Final = pod("w", "Job/web", phase="Succeeded", finalizers=["batch.kubernetes.io/job-tracking"])

LACKS: Final[Mapping[str, Sequence[Raw]]] = {
    "it reports replicas 2, there are 0": [rs(0, replicas=2)],
    "its status is about generation 0, it has 1": [rs(0, observedGeneration=0)],
    "it reports terminatingReplicas 0, there are 1": [rs(0), gone(pod("a", "ReplicaSet/web"))],
    "it asks for 2 pods and has 0": [rs(2)],
    "Pod/a is not ready": [rs(1, replicas=1, fullyLabeledReplicas=1), pod("a", "ReplicaSet/web", ready=False)],
    "no ReplicaSet has its template": [deployment()],
    "is old and asks for 2 pods": [deployment(), replicaset("old", 2, OLDER)],
    "it asks for 1 pods, its new ReplicaSet for 0": [deployment(replicas=1), replicaset("new", 0)],
    "it is not available": [deployment({"replicas": 0}), replicaset("new", 0)],
    "it keeps 1 old ReplicaSets, its limit is 0": [
        deployment(revisionHistoryLimit=0), replicaset("new", 0), replicaset("old", 0, OLDER)
    ],
    "it reports updatedReplicas 3": [deployment({**AVAILABLE, "updatedReplicas": 3}), replicaset("new", 0)],
    "it asks for the pods [0, 1] and has []": [sts(2)],
    "Pod/web-0 is not ready": [sts(1), pod("web-0", "StatefulSet/web", ready=False)],
    "Pod/web-0 is outdated": [sts(1, status=ONE), MEMBER],
    "claim data-web-0 is not there": [sts(1, volumeClaimTemplates=[{"metadata": {"name": "data"}}])],
    "it has 0 pods on n, ready are 0": [ds(ON_ONE), node("n")],
    "it reports desiredNumberScheduled 0, there are 1": [ds(), node("n")],
    "its pods have the revisions": [
        ds(), node("n"), node("m"),
        pod("d-1", "DaemonSet/web", labels={"controller-revision-hash": "r0"}),
        pod("d-2", "DaemonSet/web", node="m", labels={"controller-revision-hash": "r1"}),
    ],
    "it reports active 1, there are 0": [job({"active": 1})],
    "it has ended, and has 1 active pods": [job(ended("Complete", active=1)), pod("w", "Job/web")],
    "Pod/w has ended and is still held for counting": [job(), HELD],
    "it is suspended, and has 1 active pods": [job({"active": 1}, suspend=True), pod("w", "Job/web")],
    "it has not ended, and has no active pod": [job()],
    "it lists r as active": [cron({"active": [{"name": "r", "uid": "gone"}]})],
    "it keeps 1 Jobs that are Failed, its limit is 0": [
        cron({}, failedJobsHistoryLimit=0), thing("Job", "r", spec={}, status=ended("Failed"), owner="CronJob/web")
    ],
    "it has no node": [pod("a", "ReplicaSet/web", node="", phase="Pending", ready=False)],
    "it is Pending": [thing("PersistentVolumeClaim", "data", spec={}, status={})],
}  # fmt: skip


@pytest.mark.parametrize("said", LACKS)
def test_what_is_lacking_is_said(said: str) -> None:
    """Each lack by itself, with the object that has it."""
    told = goals.unmet(world(*LACKS[said]))

    assert [lack for lack in told if said in lack], told


FINE: Final[Sequence[Sequence[Raw]]] = [
    [rs(1, replicas=1, readyReplicas=1, availableReplicas=1, fullyLabeledReplicas=1), pod("a", "ReplicaSet/web")],
    [deployment(paused=True)],
    [deployment({"replicas": 0}, paused=True), replicaset("old", 0, OLDER, status={"observedGeneration": 1})],
    [sts(1, status=ONE, updateStrategy={"type": "OnDelete"}), MEMBER],
    [ds(ON_ONE, updateStrategy={"type": "OnDelete"}), node("n"), pod("d-1", "DaemonSet/web")],
    [job({"active": 1}), pod("w", "Job/web")],
    [job(suspend=True)],
    [gone(rs(3))],
    [thing("PersistentVolumeClaim", "data", spec={}, status={"phase": "Bound"})],
]


@pytest.mark.parametrize("items", FINE)
def test_what_is_there_is_not_lacking(items: Sequence[Raw]) -> None:
    """Nor does what is on its way out ask for anything, or what was told to wait."""
    assert [] == [lack for lack in goals.unmet(world(*items)) if not lack.startswith("Pod/")]


def test_a_status_is_asked_apart_from_what_is_there() -> None:
    """`unreported` speaks of statuses alone, `lacks` of one object."""
    cluster = world(rs(2, replicas=1), pod("a", "Deployment/x", node="", phase="Pending", ready=False))

    assert ["ReplicaSet/web: it reports replicas 1, there are 0"] == goals.unreported(cluster)
    assert 2 == len(goals.lacks(cluster, cluster.store.all("ReplicaSet")[0]))
    assert [] == goals.lacks(cluster, read(freeze(thing("Widget", "w"))))

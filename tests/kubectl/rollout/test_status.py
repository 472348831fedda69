"""Where a rollout stands, and how long it is followed."""

from typing import Any

import pytest

from reconcile.actions import Action, Create, Delete, WakeAt
from reconcile.cluster import Cluster
from reconcile.controller import Controller
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.rollout.status import VIEWS, Failed, State, status
from reconcile.kubectl.session import Session
from reconcile.model.clock import later
from reconcile.model.json import freeze
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.nodes.behaviour import Behaviour
from reconcile.view import Observed

ROLLING = {"type": "RollingUpdate"}


def workload(kind: str, spec: dict[str, Any], status: dict[str, Any], *, revision: str = "") -> Any:
    annotations = {"deployment.kubernetes.io/revision": revision} if revision else {}
    meta = {"name": "web", "generation": 2, "annotations": annotations}
    seen = {"observedGeneration": 2, **status}
    return read({"apiVersion": "apps/v1", "kind": kind, "metadata": meta, "spec": spec, "status": seen})


@pytest.mark.parametrize(
    ("status", "line", "done"),
    [
        ({"observedGeneration": 1}, "Waiting for deployment spec update to be observed...", False),
        ({"updatedReplicas": 1}, "{} 1 out of 3 new replicas have been updated...", False),
        ({"updatedReplicas": 3, "replicas": 5}, "{} 2 old replicas are pending termination...", False),
        ({"updatedReplicas": 3, "replicas": 3}, "{} 0 of 3 updated replicas are available...", False),
        (
            {"updatedReplicas": 3, "replicas": 3, "availableReplicas": 3},
            'deployment "web" successfully rolled out',
            True,
        ),
    ],
)
def test_deployments(status: dict[str, Any], line: str, done: bool) -> None:
    """The first thing that is missing is told."""
    expected = State(line.format('Waiting for deployment "web" rollout to finish:'), done)

    assert expected == VIEWS["Deployment"](workload("Deployment", {"replicas": 3}, status), 0)


def test_deployments_that_cannot_be_followed() -> None:
    """Another revision than the one that is wanted, and a deadline that has passed, are failures."""
    late = {"conditions": [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]}
    item = workload("Deployment", {}, late, revision="2")

    with pytest.raises(Failed, match=r'^deployment "web" exceeded its progress deadline$'):
        VIEWS["Deployment"](item, 2)
    with pytest.raises(Failed, match=r"^desired revision \(3\) is different from the running revision \(2\)$"):
        VIEWS["Deployment"](item, 3)


@pytest.mark.parametrize(
    ("status", "line", "done"),
    [
        ({"observedGeneration": 1}, "Waiting for daemon set spec update to be observed...", False),
        ({"updatedNumberScheduled": 1}, "{} 1 out of 5 new pods have been updated...", False),
        ({"updatedNumberScheduled": 5, "numberAvailable": 4}, "{} 4 of 5 updated pods are available...", False),
        ({"updatedNumberScheduled": 5, "numberAvailable": 5}, 'daemon set "web" successfully rolled out', True),
    ],
)
def test_daemon_sets(status: dict[str, Any], line: str, done: bool) -> None:
    """A DaemonSet is rolled out when every node has a new pod that is available."""
    item = workload("DaemonSet", {"updateStrategy": ROLLING}, {"desiredNumberScheduled": 5, **status})
    expected = State(line.format('Waiting for daemon set "web" rollout to finish:'), done)

    assert expected == VIEWS["DaemonSet"](item, 7)


@pytest.mark.parametrize(
    ("strategy", "status", "line", "done"),
    [
        ({}, {"observedGeneration": 1}, "Waiting for statefulset spec update to be observed...", False),
        ({}, {"observedGeneration": None}, "Waiting for statefulset spec update to be observed...", False),
        ({}, {"readyReplicas": 1}, "Waiting for 2 pods to be ready...", False),
        (
            {"rollingUpdate": {"partition": 1}},
            {"readyReplicas": 3, "updatedReplicas": 1},
            "Waiting for partitioned roll out to finish: 1 out of 2 new pods have been updated...",
            False,
        ),
        (
            {"rollingUpdate": {"partition": 3}},
            {"readyReplicas": 3},
            "partitioned roll out complete: 0 new pods have been updated...",
            True,
        ),
        (
            {"rollingUpdate": {}},
            {"readyReplicas": 3, "updatedReplicas": 2},
            "partitioned roll out complete: 2 new pods have been updated...",
            True,
        ),
        (
            {},
            {"readyReplicas": 3, "updatedReplicas": 2, "currentRevision": "a", "updateRevision": "b"},
            "waiting for statefulset rolling update to complete 2 pods at revision b...",
            False,
        ),
        (
            {},
            {"readyReplicas": 3, "currentReplicas": 3, "currentRevision": "b", "updateRevision": "b"},
            "statefulset rolling update complete 3 pods at revision b...",
            True,
        ),
    ],
)
def test_stateful_sets(strategy: dict[str, Any], status: dict[str, Any], line: str, done: bool) -> None:
    """Readiness comes first, then the partition - or, without one, the revisions."""
    item = workload("StatefulSet", {"replicas": 3, "updateStrategy": {**ROLLING, **strategy}}, status)

    assert State(line, done) == VIEWS["StatefulSet"](item, 0)


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_only_rolling_updates_have_a_status(kind: str) -> None:
    """Pods that the user deletes himself are no rollout."""
    with pytest.raises(Failed, match="only available for RollingUpdate"):
        VIEWS[kind](workload(kind, {"updateStrategy": {"type": "OnDelete"}}, {}), 0)


# --- following ---------------------------------------------------------------------------------------------------


def web(**meta: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "app"}]}}
    spec = {"serviceName": "web", "selector": {"matchLabels": {"app": "web"}}, "template": template, "replicas": 2}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web", **meta}, "spec": spec}


def followed(cluster: Cluster, **how: Any) -> Session:
    return status(Session(cluster), Choice(("sts/web",)), **how)


def texts(session: Session) -> list[str]:
    return "".join(piece.text for piece in session.pieces).splitlines()


def test_every_change_is_a_line() -> None:
    """The cluster is played to the end of the rollout, and not beyond; changes that look alike are lines, too."""
    cluster = Cluster.new(nodes=1, behaviours=[Behaviour(start=2)]).apply(web())
    session = followed(cluster)

    assert 4.0 == (session.cluster.now - cluster.now).total_seconds()
    assert [
        "Waiting for statefulset spec update to be observed...",
        "Waiting for 2 pods to be ready...",
        "Waiting for 1 pods to be ready...",
        "partitioned roll out complete: 2 new pods have been updated...",
    ] == list(dict.fromkeys(texts(session)))
    assert len(texts(session)) > 4


def test_without_a_timeout_a_cluster_at_rest_is_given_up() -> None:
    """Nothing will ever happen any more: no time passes."""
    cluster = Cluster.new(nodes=1, behaviours=[Behaviour(pull=False)]).apply(web()).settle()
    session = followed(cluster)

    assert ["Waiting for 2 pods to be ready...", "error: timed out waiting for the condition"] == texts(session)
    assert cluster.now == session.cluster.now


def test_a_timeout_passes() -> None:
    """Who gives a timeout waits for it, whether or not anything can still happen."""
    stuck = Cluster.new(nodes=1, behaviours=[Behaviour(pull=False)]).apply(web()).settle()
    slow = Cluster.new(nodes=1, behaviours=[Behaviour(start=60)]).apply(web()).settle()

    for cluster in (stuck, slow):
        session = followed(cluster, timeout=10.0)
        assert "error: timed out waiting for the condition" == texts(session)[-1]
        assert 10.0 == (session.cluster.now - cluster.now).total_seconds()


def test_an_object_that_is_made_anew_is_another_one() -> None:
    """Whoever watches is told that the object is gone, though there is one of that name again."""

    def meddle(item: Resource, observed: Observed) -> list[Action]:
        due = later(item.meta.created or observed.now, 5)
        if observed.now < due or "made" in item.meta.labels:
            return [WakeAt(due, "not yet")] if observed.now < due else []
        return [
            Delete(*item.key, "in the way", propagation="Background"),
            Create(item.kind, item.namespace, freeze(web(labels={"made": "anew"})), "a better one"),
        ]

    meddler = Controller("meddler", "StatefulSet", meddle)
    session = followed(Cluster.new(nodes=1, behaviours=[Behaviour(start=60)], controllers=[meddler]).apply(web()))

    assert "error: object has been deleted" == texts(session)[-1]
    assert {"made": "anew"} == session.cluster.get("sts", "web").meta.labels

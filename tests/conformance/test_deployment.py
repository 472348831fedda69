"""Conformance scenarios of the Deployment, re-expressed in virtual time; the titles are Kubernetes' own."""

from reconcile import Cluster
from tests.checked import (
    by_age,
    checked,
    condition,
    deployment,
    images,
    names,
    pods,
    reasons,
    replicaset,
    rolling,
    sizes,
    status,
    with_image,
)
from tests.conformance.api import delete_collection, listed, works_as_scale, works_as_status

REVISION = "deployment.kubernetes.io/revision"


def revisions(cluster: Cluster) -> list[str]:
    """The revision numbers of the ReplicaSets, oldest first."""
    return [rs.meta.annotations[REVISION] for rs in by_age(cluster.all("ReplicaSet"))]


def test_rolling_update() -> None:
    """[Deployment RollingUpdate] A Deployment takes over a ReplicaSet with the selector of its own, numbers it one
    below its new one, and replaces its pods."""
    old = replicaset(image="app:1", replicas=1)
    old["metadata"]["annotations"] = {REVISION: "3546343826724305832"}
    cluster = checked().apply(old).settle().advance(1).apply(deployment(image="app:2", replicas=1)).settle()

    assert ["2"] == images(cluster)
    assert [0, 1] == sizes(cluster)
    assert ["3546343826724305832", "3546343826724305833"] == revisions(cluster)
    assert ["web"] == [owner["name"] for owner in cluster.get("rs", "web").look("metadata", "ownerReferences")]


def test_recreate() -> None:
    """[Deployment Recreate] Old pods and new ones are never there at the same time, terminating ones included."""
    cluster = checked().apply(deployment(image="app:lingers", replicas=3, strategy={"type": "Recreate"})).settle()
    cluster = with_image(cluster, "deploy", "web", "app:2")
    seen = []
    for _ in range(30):
        cluster = cluster.advance(1)
        seen.append(set(images(cluster)))

    assert [{"lingers"}, {"2"}] == [tags for index, tags in enumerate(seen) if index == 0 or tags != seen[index - 1]]
    assert 3 == cluster.get("deploy", "web").status["updatedReplicas"]


def test_revision_history_limit() -> None:
    """[Deployment RevisionHistoryLimit] With a limit of zero the old ReplicaSet goes once the rollout is complete."""
    cluster = checked().apply(replicaset(image="app:1", replicas=1)).settle().advance(1)
    cluster = cluster.apply(deployment(image="app:2", replicas=1, revisionHistoryLimit=0)).settle()

    assert [1] == sizes(cluster)
    assert ["2"] == images(cluster)
    assert "web" not in names(cluster.all("ReplicaSet"))


def test_rollover() -> None:
    """[Deployment Rollover] A template that comes while another one is rolled out takes over: in the end there are
    three ReplicaSets, and only the newest has pods."""
    cluster = checked().apply(replicaset(image="app:1", replicas=1)).settle().advance(20)
    cluster = (
        cluster.apply(deployment(image="app:bad", replicas=1, strategy=rolling(1, 0), minReadySeconds=10))
        .settle()
        .advance(5)
    )
    assert [1, 1] == sizes(cluster)

    cluster = with_image(cluster, "deploy", "web", "app:3").advance(60)
    assert [0, 0, 1] == sizes(cluster)
    assert ["3"] == images(cluster)


def test_proportional_scaling() -> None:
    """[Deployment Proportional Scaling] Ten replicas, surge 3, unavailable 2, stuck at 8 old and 5 new: scaled to
    thirty, the twenty that may be added go to both in proportion, 20 and 13."""
    cluster = checked().apply(deployment(replicas=10, strategy=rolling(3, 2))).settle().advance(1)
    stuck = with_image(cluster, "deploy", "web", "app:bad").settle()
    assert [8, 5] == sizes(stuck)
    assert 8 == stuck.get("deploy", "web").status["availableReplicas"]

    assert [20, 13] == sizes(stuck.scale("deploy", "web", 30).settle())


def test_lifecycle() -> None:
    """[Deployment, completes the lifecycle of a Deployment] Created, patched, scaled, its status read and patched, and
    deleted with all that it made."""
    first = deployment(replicas=1)
    first["metadata"]["labels"]["test-deployment-static"] = "true"
    created = checked().apply(first).settle()
    assert 1 == created.get("deploy", "web").status["readyReplicas"]

    body = {"metadata": {"labels": {"test-deployment": "patched"}}, "spec": {"replicas": 2}}
    patched = with_image(created.patch("deploy", "web", body), "deploy", "web", "app:2").settle()
    assert (2, ["2", "2"]) == (patched.get("deploy", "web").status["readyReplicas"], images(patched))
    assert ["web"] == names(listed(patched, "Deployment", **{"test-deployment-static": "true"}))

    told = status(patched, "Deployment", "web", {"readyReplicas": 1, "availableReplicas": 1})
    assert 1 == told.get("deploy", "web").status["readyReplicas"]
    assert 2 == told.settle().get("deploy", "web").status["readyReplicas"]

    gone = delete_collection(told, "Deployment", **{"test-deployment-static": "true"}).settle()
    assert [[], [], []] == [gone.all(kind) for kind in ("Deployment", "ReplicaSet", "Pod")]


def test_scale_subresource() -> None:
    """[Deployment, completes the scaling of a Deployment subresource] It is read, replaced and patched, and the
    ReplicaSet follows."""
    cluster = works_as_scale(checked().apply(deployment(replicas=1)).settle(), "Deployment", "web").settle()

    assert [4] == sizes(cluster)
    assert 4 == len(pods(cluster))


def test_status_subresource() -> None:
    """[Deployment, status sub-resource] What is written to the status is read from it; the controller keeps the
    foreign condition and adds its own."""
    cluster = checked().apply(deployment(replicas=1)).settle()
    after = works_as_status(cluster, "Deployment", "web").settle()

    kinds = {entry["type"] for entry in after.get("deploy", "web").status["conditions"]}
    assert {"StatusPatched", "Available", "Progressing"} == kinds
    assert "True" == condition(after.get("deploy", "web"), "Available")["status"]
    assert ["ScalingReplicaSet"] == reasons(after, "deploy", "web")

"""Holding, restarting and undoing: what the scenarios cannot reach."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from reconcile.cluster import Cluster
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.rollback import revision_of
from reconcile.kubectl.rollout.history import history
from reconcile.kubectl.rollout.hold import PAUSE, RESTART, hold
from reconcile.kubectl.rollout.undo import rollout_undo
from reconcile.kubectl.session import Session
from reconcile.model.resource import Resource

WEB = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "selector": {"matchLabels": {"app": "web"}},
        "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "app:1"}]}},
    },
}
CHOICE = Choice(("deploy/web",))
IMAGE = {"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "app:2"}]}}}}


def updated() -> Cluster:
    """A cluster with a Deployment that has two revisions."""
    return Cluster.new(nodes=1).create(WEB).settle().patch("deploy", "web", IMAGE).settle()


def texts(session: Session) -> list[str]:
    return "".join(piece.text for piece in session.pieces).splitlines()


def with_changed(cluster: Cluster, item: Resource) -> Cluster:
    """A cluster whose store holds *item*, whatever the API would say to it."""
    return evolve(cluster, world=evolve(cluster.world, store=cluster.world.store.put(item)))


def test_restarting_twice_in_a_second() -> None:
    """The second restart would change nothing."""
    session = hold(Session(updated()), CHOICE, RESTART)
    again = hold(Session(session.cluster), CHOICE, RESTART)

    assert ["deployment.apps/web restarted"] == texts(session)
    assert (
        "error: failed to create patch for web: if restart has already been triggered within the past second, "
        "please wait before attempting to trigger another"
    ) == texts(again)[-1]
    assert again.cluster is session.cluster


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (lambda session: hold(session, CHOICE, PAUSE), "error: failed to patch: "),
        (lambda session: rollout_undo(session, CHOICE, to_revision=1), "error: failed restoring revision 1: "),
    ],
)
def test_what_the_server_refuses(command: Callable[[Session], Session], told: str) -> None:
    """A refusal is told with what was attempted, and nothing is changed."""
    cluster = updated()
    broken = with_changed(cluster, cluster.get("deploy", "web").put(("spec", "replicas"), -1))
    session = command(Session(broken))

    assert texts(session)[-1].startswith(f'{told}Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1')
    assert 1 == session.code
    assert broken.world.store is session.cluster.world.store


def test_manifests_name_objects() -> None:
    """What a manifest names is meant, as it is in the cluster."""
    session = hold(Session(updated()), Choice(), PAUSE, manifests=[Manifest("web.yaml", WEB)])

    assert ["deployment.apps/web paused"] == texts(session)


def test_no_history_yet() -> None:
    """Before its controller has looked at it, a workload has no revisions; none can be shown and none gone back to."""
    cluster = Cluster.new(nodes=1).create(WEB)

    for revision in (0, 1):
        title = "deployment.apps/web with revision #1" if revision else "deployment.apps/web "
        session = history(Session(cluster), CHOICE, revision=revision)
        assert [title, "No rollout history found."] == texts(session)
    assert ['error: no rollout history found for deployment "web"'] == texts(rollout_undo(Session(cluster), CHOICE))


def test_an_unreadable_revision_is_left_out() -> None:
    """A ReplicaSet whose number somebody spoilt is not in the history."""
    cluster = updated()
    first = min(cluster.all("rs"), key=revision_of)
    spoilt = first.put(("metadata", "annotations", "deployment.kubernetes.io/revision"), "one")
    session = history(Session(with_changed(cluster, spoilt)), CHOICE)

    assert ["2         <none>"] == texts(session)[2:-1]


def test_history_as_documents() -> None:
    """`-o` prints what the revisions are stored in; YAML documents are kept apart."""
    printed = "".join(piece.text for piece in history(Session(updated()), CHOICE, output="yaml").pieces)

    assert 2 == printed.count("kind: ReplicaSet\n")
    assert 1 == printed.count("---\n")


def test_undo_keeps_what_is_the_deployments_own() -> None:
    """The ReplicaSet's annotations come back, the Deployment's numbers and its last applied manifest stay."""
    applied = Cluster.new(nodes=1).apply(WEB).settle()
    noted: dict[str, Any] = {"metadata": {"annotations": {"kubernetes.io/change-cause": "a better image"}}, **IMAGE}
    before = applied.patch("deploy", "web", noted).settle()
    session = rollout_undo(Session(before), CHOICE)
    after = session.cluster.settle().get("deploy", "web")

    assert "kubernetes.io/change-cause" not in after.meta.annotations
    assert "3" == after.meta.annotations["deployment.kubernetes.io/revision"]
    assert "app:1" == after.look("spec", "template", "spec", "containers", 0, "image")
    assert [True, False] == [piece.error for piece in session.pieces]

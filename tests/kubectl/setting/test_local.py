"""`--local`: manifests are changed and printed, and no cluster is asked."""

from typing import Any

import pytest

from reconcile.cluster import Cluster
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.session import Session
from reconcile.kubectl.setting.env import Manner, set_env
from reconcile.kubectl.setting.image import set_image
from reconcile.kubectl.setting.pod_specs import How
from reconcile.kubectl.setting.resources import set_resources

POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "a"},
    "spec": {"containers": [{"name": "c", "image": "app"}]},
}
HOME: dict[str, Any] = {**POD, "metadata": {"name": "b", "namespace": "default"}}
WIDGET: dict[str, Any] = {"apiVersion": "v1", "kind": "Widget", "metadata": {"name": "w"}}


def how(*given: dict[str, Any], output: str = "jsonpath={.metadata.namespace}/{.spec.containers[0]}") -> How:
    return How(output=output, local=True, manifests=[Manifest("a.yaml", one) for one in given])


def text(session: Session) -> str:
    return "".join(piece.text for piece in session.pieces)


def test_a_manifest_is_changed_without_the_cluster() -> None:
    """The objects are not in the cluster, before or after; each keeps the namespace that it names, or none."""
    session = set_image(Session(Cluster.new(nodes=0)), Choice(("c=new",)), how=how(POD, HOME))

    assert '/{"image":"new","name":"c"}default/{"image":"new","name":"c"}' == text(session)
    assert [] == session.cluster.all("pods")


def test_all_that_can_be_set() -> None:
    """Environment and resources are set as images are; without an output each change is told."""
    empty = Session(Cluster.new(nodes=0))

    assert "pod/a env updated\n" == text(set_env(empty, Choice(("A=1",)), how=how(POD, output="")))
    assert "# Pod a, container c\nA=1\n" == text(
        set_env(empty, Choice(("A=1",)), manner=Manner(listing=True), how=how(POD, output=""))
    )
    assert "pod/a resource requirements updated\n" == text(
        set_resources(empty, Choice(()), limits="cpu=1", how=how(POD, output=""))
    )


def test_only_manifests_can_be_changed_locally() -> None:
    """What is in the cluster is named by arguments, and the cluster is not asked."""
    with pytest.raises(Refused, match="you must specify resources by --filename when --local is set"):
        set_image(Session(Cluster.new(nodes=0)), Choice(("pod/a", "c=new")), how=how(POD))
    with pytest.raises(Refused, match="one or more resources must be specified"):
        set_image(Session(Cluster.new(nodes=0)), Choice(("c=new",)), how=how())


def test_one_that_cannot_be_read() -> None:
    """A manifest that is no object of a known kind keeps all others from being changed."""
    session = set_image(Session(Cluster.new(nodes=0)), Choice(("c=new",)), how=how(WIDGET, POD))

    assert "" == "".join(piece.text for piece in session.pieces if not piece.error)
    assert "Widget" in text(session)

"""Scenes as texts: short to read, and read back as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.testing import strategies
from reconcile.testing.scenes import Scene, admitted, of_document, read_scene
from reconcile.testing.strategies.workloads import BY_KIND

KINDS = (*BY_KIND, "Widget")


@given(st.one_of([strategies.states(kind) for kind in KINDS]))
def test_texts_say_everything(scene: Scene) -> None:
    """What a text leaves out is put back when it is read; a whole document is read as it is."""
    assert scene == read_scene(scene.text())
    assert scene == of_document(scene.document(whole=True))


TEXT = """\
now: "2026-01-01T01:00:00Z"
parent:
  apiVersion: example.com/v1
  kind: Widget
  metadata: {name: web, uid: uid-w, resourceVersion: null, creationTimestamp: null}
observed:
  pods:
  - metadata: {name: a, ownerReferences: [parent]}
    spec: {containers: [{name: app, image: "app:1"}], nodeName: node-0}
    status: running and ready
  - metadata: {name: b, namespace: other, ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: c, uid: uid-c}]}
    spec: {containers: [{name: app, image: "app:1"}]}
    status: new
  nodes:
  - {metadata: {name: node-0}}
  widgets:
  - {apiVersion: example.com/v1, kind: Widget, metadata: {name: second}}
"""


def test_what_goes_without_saying() -> None:
    """Namespace, uid, version, birth, kind, the parent as owner, and the states of pods by name."""
    scene = read_scene(TEXT)
    first, second = (item for item in scene.others if item.kind == "Pod")
    (node,) = (item for item in scene.others if item.kind == "Node")

    assert ("default", "uid-a", "1", scene.now) == (
        first.meta.namespace, first.uid, first.meta.resource_version, first.meta.created
    )  # fmt: skip
    assert ("Widget", "uid-w") == (first.meta.owners[0].kind, first.meta.owners[0].uid)
    assert "Running" == first.status["phase"]
    assert ("other", "ConfigMap") == (second.namespace, second.meta.owners[0].kind)
    assert "" == node.namespace
    assert None is scene.desired.meta.created
    assert scene == read_scene(scene.text())


def test_what_the_api_refuses_is_no_object() -> None:
    """A manifest that the API would not take is refused when a scene is made of it."""
    with pytest.raises(ValueError, match="ReplicaSet: "):
        admitted({"kind": "ReplicaSet", "apiVersion": "apps/v1", "metadata": {"name": "web"}, "spec": {}}, uid="u")

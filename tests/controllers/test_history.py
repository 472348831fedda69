"""What StatefulSets and DaemonSets share of their history."""

from typing import Any

from reconcile.controllers._history import (
    controlled_revisions,
    holding,
    next_number,
    orphan_revisions,
    revision_body,
    sorted_revisions,
    surplus,
)
from reconcile.model.clock import instant
from reconcile.model.json import freeze
from reconcile.model.pod import PodTemplate
from reconcile.model.revision import ControllerRevision
from reconcile.model.selector import Selector
from reconcile.model.statefulset import StatefulSet
from reconcile.store.store import Store
from reconcile.view import Observed

OWNER = StatefulSet(
    {
        "kind": "StatefulSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": "web", "namespace": "default", "uid": "s", "annotations": {"team": "a"}},
    }
)


def revision(name: str, number: int, *, data: Any = None, created: str = "2026-01-01T00:00:00Z", **meta: Any) -> Any:
    own = {"name": name, "namespace": "default", "uid": name, "creationTimestamp": created, **meta}
    raw = {"kind": "ControllerRevision", "apiVersion": "apps/v1", "metadata": own, "data": data, "revision": number}
    return ControllerRevision(raw)


def names(revisions: list[ControllerRevision]) -> list[str]:
    return [item.name for item in revisions]


def test_revisions_are_sorted_by_number_age_and_name() -> None:
    """The number decides; then the older one comes first; then the name."""
    late = "2026-01-02T00:00:00Z"
    items = [revision("d", 2), revision("c", 1, created=late), revision("b", 1), revision("a", 1, created=late)]

    assert ["b", "a", "c", "d"] == names(sorted_revisions(items))


def test_the_next_number_is_the_highest_plus_one() -> None:
    """Numbers start with 1 and never repeat, whatever was deleted in between."""
    assert 1 == next_number([])
    assert 8 == next_number([revision("a", 7), revision("b", 2)])


def test_data_decides_which_revisions_hold_a_template() -> None:
    """A null that an older release wrote makes a difference."""
    old = revision("a", 1, data={"spec": {"template": {"metadata": {"creationTimestamp": None}}}})
    new = revision("b", 2, data={"spec": {"template": {"metadata": {}}}})

    assert ["b"] == names(holding([old, new], new.data))


def test_only_revisions_of_the_owner_itself_are_seen() -> None:
    """Uid, kind and name of the controller have to agree, and the namespace; orphans need the selector."""
    own = {"kind": "StatefulSet", "apiVersion": "apps/v1", "name": "web", "uid": "s", "controller": True}
    items = [
        revision("mine", 1, ownerReferences=[own]),
        revision("renamed", 2, ownerReferences=[{**own, "name": "other"}]),
        revision("replaced", 3, ownerReferences=[{**own, "uid": "old"}]),
        revision("orphan", 4, labels={"app": "web"}),
        revision("stranger", 5, labels={"app": "db"}),
    ]
    store = Store.of(items)
    observed = Observed(now=instant("2026-01-01T00:00:00Z"), cache=store, live=store)  # type: ignore[arg-type]

    assert ["mine"] == names(controlled_revisions(OWNER, observed))
    assert ["orphan"] == names(orphan_revisions(OWNER, Selector.of({"app": "web"}), observed))


def test_a_new_revision_has_labels_of_the_template_and_annotations_of_the_owner() -> None:
    """The hash goes into the label that is asked for; without a namespace none is sent."""
    template = PodTemplate(freeze({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}}))
    body = revision_body(OWNER, template, name="web-1", number=3, label=("hash", "1"))

    assert {"app": "web", "hash": "1"} == body["metadata"]["labels"]
    assert {"team": "a"} == body["metadata"]["annotations"]
    assert "namespace" not in body["metadata"]
    assert 3 == body["revision"]


def test_the_oldest_dead_revisions_are_surplus() -> None:
    """What is live is never deleted; whether it counts against the limit is the caller's choice."""
    items = [revision("a", 1), revision("b", 2), revision("c", 3), revision("d", 4)]

    assert ["b"] == names(surplus(items, {"a", "d"}, 1, live_count=False))
    assert ["b", "c"] == names(surplus(items, {"a", "d"}, 1, live_count=True))
    assert [] == names(surplus(items, (), 4, live_count=False))

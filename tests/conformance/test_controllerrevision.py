"""The conformance scenario of ControllerRevisions, re-expressed in virtual time; the title is Kubernetes' own."""

from reconcile import Cluster
from reconcile.model.json import thaw
from tests.checked import checked, daemonset, names, with_image
from tests.conformance.api import delete_collection, listed


def revisions(cluster: Cluster) -> list[int]:
    return sorted(item.raw["revision"] for item in listed(cluster, "ControllerRevision", app="web"))


def test_lifecycle() -> None:
    """[ControllerRevision, resource lifecycle] Listed, labelled, made by hand, deleted, and deleted as a collection;
    the controller goes on counting from what there is."""
    cluster = checked().apply(daemonset()).settle()
    (first,) = listed(cluster, "ControllerRevision", app="web")
    patched = cluster.patch("controllerrevision", first.name, {"metadata": {"labels": {first.name: "patched"}}})
    assert [first.name] == names(listed(patched, "ControllerRevision", **{first.name: "patched"}))

    meta = thaw(first.raw["metadata"])
    own = {"name": f"{first.name}-copy", "labels": meta["labels"], "ownerReferences": meta["ownerReferences"]}
    copy = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": own, "revision": 2}
    made = patched.create({**copy, "data": {"spec": {"template": {"$patch": "replace", "spec": {}}}}})
    assert [1, 2] == revisions(made)

    deleted = made.delete("controllerrevision", first.name)
    assert [2] == revisions(deleted)
    labelled = deleted.get("controllerrevision", own["name"]).put(("metadata", "labels", "mine"), "updated")
    updated = deleted.update(labelled)
    assert [own["name"]] == names(listed(updated, "ControllerRevision", mine="updated"))

    rolled = with_image(updated, "ds", "web", "app:2").settle()
    assert [2, 3] == revisions(rolled)

    left = delete_collection(rolled, "ControllerRevision", mine="updated").settle()
    assert [3] == revisions(left)

"""What the scenarios do with the API: lists by label, collections, and the subresources `scale` and `status`."""

from typing import Any

from reconcile import Applied, Cluster, Selector
from reconcile.actions import MERGE, Patch, UpdateStatus
from reconcile.model.resource import Resource


def listed(cluster: Cluster, kind: str, **labels: str) -> list[Resource]:
    """Return the objects of *kind* that have *labels*, by name."""
    selector = Selector.parse({"matchLabels": labels})
    return [item for item in cluster.all(kind) if selector.matches(item.meta.labels)]


def delete_collection(cluster: Cluster, kind: str, **labels: str) -> Cluster:
    """Return the cluster after every object of *kind* with *labels* was deleted."""
    for item in listed(cluster, kind, **labels):
        cluster = cluster.delete(kind, item.name)
    return cluster


def patch_scale(cluster: Cluster, kind: str, name: str, body: Any) -> tuple[Cluster, int]:
    """Return the cluster after a patch of the subresource, and how many replicas its answer asks for."""
    patch = Patch(kind, "default", name, body, "the user scales it", patch_type=MERGE, subresource="scale")
    after, answer = cluster.send(patch)
    assert isinstance(answer, Applied), answer
    assert answer.object is not None
    return after, answer.object.spec["replicas"]


def works_as_scale(cluster: Cluster, kind: str, name: str) -> Cluster:
    """Read, replace and patch the subresource `scale` of a workload with one replica; return the cluster after it."""
    assert 1 == patch_scale(cluster, kind, name, {})[1]
    replaced, count = patch_scale(cluster, kind, name, {"spec": {"replicas": 2}})
    assert 2 == count == replaced.get(kind, name).spec["replicas"]
    patched, count = patch_scale(replaced, kind, name, {"spec": {"replicas": 4}})
    assert 4 == count == patched.get(kind, name).spec["replicas"]
    return patched


def works_as_status(cluster: Cluster, kind: str, name: str) -> Cluster:
    """Read, replace and patch the subresource `status` of an object; each is seen by the next read, and stays.

    The spec that such a write names is not taken.
    """
    item = cluster.get(kind, name)
    told = {"type": "StatusUpdate", "status": "True", "reason": "Test", "message": "Set from a test"}
    others = [dict(entry) for entry in item.status.get("conditions") or ()]
    new = item.put(("status", "conditions"), [*others, told]).put(("spec", "template"), {})
    updated = cluster.done(UpdateStatus(new, "the user replaces the status"))
    assert told in [_told(entry) for entry in updated.get(kind, name).status["conditions"]]

    body = {"status": {"conditions": [{**told, "type": "StatusPatched"}]}}
    patched = updated.done(Patch(*item.key, body, "the user patches it", patch_type=MERGE, subresource="status"))
    assert ["StatusPatched"] == [entry["type"] for entry in patched.get(kind, name).status["conditions"]]
    assert item.spec == patched.get(kind, name).spec
    return patched


def _told(entry: Any) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key in ("type", "status", "reason", "message")}

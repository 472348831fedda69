"""PersistentVolumeClaims: bound to a volume, and protected while a pod uses them.

Rules
1. Binder: a pending claim gets a volume of its own, as a cluster with dynamic provisioning does. What of volume, name
   and status is there already it leaves: its process may have ended in between. The binder is switchable: a cluster
   without it leaves claims Pending, and pods do not wait for them.
2. Protection: a claim that is deleted keeps its finalizer while a pod that has not ended names it.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from reconcile.actions import MERGE, Action, Create, Patch
from reconcile.controller import Change, Controller, Key, mapped
from reconcile.model.json import FrozenMap, freeze
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.view import Observed, Reader

PROTECTION: Final = "kubernetes.io/pvc-protection"


def bind(claim: Resource, observed: Observed) -> list[Action]:
    """Return what binds a pending *claim* to a volume made for it."""
    name = f"pvc-{claim.uid}"
    if (
        claim.meta.deleting
        or claim.status.get("phase") == "Bound"
        or claim.spec.get("volumeName") not in (None, "", name)
    ):
        return []
    return list(_missing(claim, name, observed.cache.get("PersistentVolume", "", name) is not None))


def _missing(claim: Resource, name: str, made: bool) -> Iterator[Action]:
    """Yield what is missing until *claim* is bound to the volume *name*, which may be *made* already."""
    why = "the claim has no volume"
    capacity = claim.look("spec", "resources", "requests", default=FrozenMap())
    if not made:
        yield Create("PersistentVolume", "", _volume(claim, name, capacity), why)
    if not claim.spec.get("volumeName"):
        yield Patch(*claim.key, freeze({"spec": {"volumeName": name}}), why, patch_type=MERGE)
    bound = freeze({"phase": "Bound", "capacity": capacity, "accessModes": claim.spec.get("accessModes")})
    yield Patch(*claim.key, FrozenMap(status=bound), "its volume is there", patch_type=MERGE, subresource="status")


def _volume(claim: Resource, name: str, capacity: FrozenMap) -> FrozenMap:
    reference = {"kind": "PersistentVolumeClaim", "namespace": claim.namespace, "name": claim.name, "uid": claim.uid}
    spec = {
        "capacity": capacity,
        "accessModes": claim.spec.get("accessModes"),
        "claimRef": reference,
        "persistentVolumeReclaimPolicy": "Delete",
        "storageClassName": claim.spec.get("storageClassName") or "",
    }
    meta = {"name": name}
    volume: FrozenMap = freeze(
        {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": meta, "spec": spec, "status": {"phase": "Bound"}}
    )
    return volume


def protect(claim: Resource, observed: Observed) -> list[Action]:
    """Return what lets a deleted *claim* go once no pod uses it."""
    if not claim.meta.deleting or PROTECTION not in claim.meta.finalizers or _in_use(claim, observed.cache):
        return []
    left = [name for name in claim.meta.finalizers if name != PROTECTION]
    body = freeze({"metadata": {"finalizers": left or None}})
    return [Patch(*claim.key, body, "no pod uses the claim any more", patch_type=MERGE)]


def _in_use(claim: Resource, reader: Reader) -> bool:
    pods = (pod for pod in reader.all("Pod", claim.namespace) if isinstance(pod, Pod))
    return any(claim.name in pod.claims for pod in pods if pod.node and not pod.finished)


def _of_pod(change: Change, reader: Reader) -> Iterable[Key]:
    """A pod that ends or goes may free its claims."""
    old, new = change
    if isinstance(old, Pod) and (not isinstance(new, Pod) or new.finished):
        for name in old.claims:
            yield (old.namespace, name)


VOLUME_BINDER: Final = Controller("volume-binder", "PersistentVolumeClaim", bind)
CLAIM_PROTECTION: Final = Controller(
    "pvc-protection", "PersistentVolumeClaim", protect, watches=(mapped("Pod", _of_pod),)
)

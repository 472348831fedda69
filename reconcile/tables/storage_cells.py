"""The columns of claims and volumes (contract api 10)."""

from collections.abc import Iterable
from typing import Final

from reconcile.model.clock import Instant
from reconcile.model.json import NOTHING, Json, look
from reconcile.tables.table import AGE, NAME, UNSET, Column, column, wide

_BETA_CLASS: Final = "volume.beta.kubernetes.io/storage-class"
_MODES: Final = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def access_modes(modes: Iterable[str]) -> str:
    """Return *modes* in their short form and fixed order.

    >>> access_modes(["ReadWriteMany", "ReadWriteOnce", "ReadWriteMany"])
    'RWO,RWX'
    """
    given = set(modes)
    return ",".join(short for mode, short in _MODES.items() if mode in given)


def storage_class(item: Json) -> str:
    """Return the class of a claim or volume: the old annotation goes before the field."""
    annotation = look(item, "metadata", "annotations", _BETA_CLASS)
    return str(annotation if annotation is not None else look(item, "spec", "storageClassName", default=""))


def status_of(item: Json) -> str:
    """Return the phase of a claim or volume, `Terminating` once it is being deleted."""
    if look(item, "metadata", "deletionTimestamp"):
        return "Terminating"
    return str(look(item, "status", "phase", default=""))


# A claim shows what it got, so nothing before it is bound.
def bound_capacity(claim: Json) -> str:
    """Return the size of the volume that *claim* is bound to; empty if it is bound to none."""
    if not look(claim, "spec", "volumeName"):
        return ""
    return str(look(claim, "status", "capacity", "storage", default="0"))


def bound_modes(claim: Json) -> str:
    """Return the access modes of the volume that *claim* is bound to; empty if it is bound to none."""
    if not look(claim, "spec", "volumeName"):
        return ""
    return access_modes(look(claim, "status", "accessModes", default=NOTHING))


CLAIMS: Final = (
    NAME,
    Column("Status", lambda item, _: status_of(item)),
    column("Volume", "spec", "volumeName"),
    Column("Capacity", lambda item, _: bound_capacity(item)),
    Column("Access Modes", lambda item, _: bound_modes(item)),
    Column("StorageClass", lambda item, _: storage_class(item)),
    column("VolumeAttributesClass", "spec", "volumeAttributesClassName", default=UNSET),
    AGE,
    column("VolumeMode", "spec", "volumeMode", default=UNSET, wide=True),
)


def _claim(item: Json, _: Instant) -> str:
    claim = look(item, "spec", "claimRef")
    return f"{claim.get('namespace', '')}/{claim['name']}" if claim else ""


VOLUMES: Final = (
    NAME,
    Column("Capacity", lambda item, _: str(look(item, "spec", "capacity", "storage", default="0"))),
    Column("Access Modes", lambda item, _: access_modes(look(item, "spec", "accessModes", default=NOTHING))),
    column("Reclaim Policy", "spec", "persistentVolumeReclaimPolicy"),
    Column("Status", lambda item, _: status_of(item)),
    Column("Claim", _claim),
    Column("StorageClass", lambda item, _: storage_class(item)),
    column("VolumeAttributesClass", "spec", "volumeAttributesClassName", default=UNSET),
    column("Reason", "status", "reason"),
    AGE,
    wide("VolumeMode", lambda item, _: look(item, "spec", "volumeMode", default=UNSET)),
)

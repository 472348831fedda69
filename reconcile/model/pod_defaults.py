"""What a pod template holds where nobody said anything (contract api 5.1).

Rules
1. Constants are tables: type, field, value. `CONSTANTS` are for fields that count as unset when they are absent, zero
   or empty; `POINTED` for fields behind a pointer, which count as unset only when they are absent.
2. What depends on other fields is a small function of the type (`COMPUTED`), which fills in one struct.
3. Children are finished before their parents, and a type has the same defaults wherever it occurs.

Here is what pods and templates share. What other kinds get, and what only Pods get, is the business of admission.
"""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, Final

from reconcile.model.image import default_pull_policy
from reconcile.model.json import EMPTY, FrozenList, FrozenMap, Json, freeze
from reconcile.model.pod_schema import ROOT, Type, type_of

Out = dict[str, Json]

CONSTANTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "v1.PodSpec": {
        "restartPolicy": "Always",
        "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler",
    },
    "v1.Container": {
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    },
    "v1.EphemeralContainer": {
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    },
    "v1.ContainerPort": {"protocol": "TCP"},
    "v1.ObjectFieldSelector": {"apiVersion": "v1"},
    "v1.Probe": {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3},
    "v1.HTTPGetAction": {"path": "/", "scheme": "HTTP"},
    "v1.ISCSIVolumeSource": {"iscsiInterface": "default"},
    "v1.RBDVolumeSource": {"pool": "rbd", "user": "admin", "keyring": "/etc/ceph/keyring"},
    "v1.ScaleIOVolumeSource": {"storageMode": "ThinProvisioned", "fsType": "xfs"},
}
"""Fields that count as unset when they are absent, zero or empty."""

POINTED: Final[Mapping[str, Mapping[str, Any]]] = {
    "v1.PodSpec": {"terminationGracePeriodSeconds": 30, "securityContext": EMPTY},
    "v1.GRPCAction": {"service": ""},
    "v1.ConfigMapVolumeSource": {"defaultMode": 420},
    "v1.SecretVolumeSource": {"defaultMode": 420},
    "v1.DownwardAPIVolumeSource": {"defaultMode": 420},
    "v1.ProjectedVolumeSource": {"defaultMode": 420},
    "v1.HostPathVolumeSource": {"type": ""},
    "v1.ServiceAccountTokenProjection": {"expirationSeconds": 3600},
    "v1.AzureDiskVolumeSource": {
        "cachingMode": "ReadWrite",
        "kind": "Shared",
        "fsType": "ext4",
        "readOnly": False,
    },
    "v1.PersistentVolumeClaimSpec": {"volumeMode": "Filesystem"},
}
"""Fields that count as unset only when they are absent: behind a pointer, zero and empty are values of their own."""


def _pod_spec(out: Out) -> None:
    # The two names of one field mirror each other; serviceAccountName wins.
    account = out.get("serviceAccountName") or out.get("serviceAccount")
    if account:
        out["serviceAccountName"] = out["serviceAccount"] = account


def _container(out: Out) -> None:
    if not out.get("imagePullPolicy"):
        out["imagePullPolicy"] = default_pull_policy(out.get("image") or "")


def _volume(out: Out) -> None:
    if all(value is None for key, value in out.items() if key != "name"):
        out["emptyDir"] = EMPTY


def _image_volume(out: Out) -> None:
    if not out.get("pullPolicy"):
        out["pullPolicy"] = default_pull_policy(out.get("reference") or "")


COMPUTED: Final[Mapping[str, Callable[[Out], None]]] = {
    "v1.PodSpec": _pod_spec,
    "v1.Container": _container,
    "v1.EphemeralContainer": _container,
    "v1.Volume": _volume,
    "v1.ImageVolumeSource": _image_volume,
}
"""Fields whose default depends on other fields of the struct."""


def template_defaults(template: Mapping[str, Any]) -> FrozenMap:
    """Return *template* with the defaults that the API server fills in.

    >>> template_defaults({"spec": {"restartPolicy": "", "containers": [{"image": "nginx"}]}})["spec"]["restartPolicy"]
    'Always'
    """
    return _known(freeze(template) if type(template) is not FrozenMap else template)


Filler = Callable[[Json], Json]
"""Gives a JSON value that is there its defaults."""


@lru_cache(maxsize=1024)
def _known(template: FrozenMap) -> FrozenMap:
    filler = _filler(type_of(ROOT))
    assert filler is not None
    filled: FrozenMap = filler(template)
    return filled


@cache
def _filler(kind: Type) -> Filler | None:
    """Return what fills in values of type *kind*; None if nothing in it has a default."""
    if kind.kind == "struct":
        return _struct(kind)
    inner = _filler(kind.item) if kind.item is not None else None
    if inner is None:
        return None
    return _CONTAINERS[kind.kind](inner)


_CONTAINERS: Final[Mapping[str, Callable[[Filler], Filler]]] = {
    "pointer": lambda inner: inner,
    "list": lambda inner: lambda value: FrozenList([inner(item) for item in value]),
    "map": lambda inner: lambda value: FrozenMap({key: inner(item) for key, item in value.items()}),
}


def _struct(kind: Type) -> Filler | None:
    fillers = dict(_fields(kind))
    unset, absent = CONSTANTS.get(kind.printed, EMPTY), POINTED.get(kind.printed, EMPTY)
    computed = COMPUTED.get(kind.printed)
    if not (fillers or unset or absent or computed):
        return None

    def fill(value: Json) -> Json:
        out = {key: fillers[key](item) if key in fillers and item is not None else item for key, item in value.items()}
        out |= {key: default for key, default in unset.items() if not out.get(key)}
        out |= {key: default for key, default in absent.items() if out.get(key) is None}
        if computed is not None:
            computed(out)
        return FrozenMap(out)

    return fill


def _fields(kind: Type) -> list[tuple[str, Filler]]:
    found: list[tuple[str, Filler]] = []
    for field in kind.fields:
        if field.key is None:
            found += _fields(field.type)
            continue
        filler = _filler(field.type)
        if filler is not None:
            found.append((field.key, filler))
    return found

"""The volumes of a pod or a template: one row a kind of source."""

from collections.abc import Callable, Mapping
from typing import Final

from attrs import frozen

from reconcile.model.json import NOTHING, Json, look
from reconcile.tables.describe.lines import Lines, annotations, labels, spelt
from reconcile.tables.storage_cells import storage_class
from reconcile.tables.table import NONE, UNSET


@frozen
class _Source:
    """What is said about one kind of volume source."""

    text: str
    fields: tuple[tuple[str, str, Json], ...] = ()
    """Title, field, and what stands for it if it is not given."""
    more: Callable[[Json], Lines] = lambda _: []


def _optional(item: Json) -> str:
    return f"    Optional:\t{spelt(bool(item.get('optional')))}"


# What may stand in a projected volume, the first that is given.
_PROJECTED: Final[Mapping[str, Callable[[Json], Lines]]] = {
    "secret": lambda item: [f"    SecretName:\t{item.get('name', '')}", _optional(item)],
    "downwardAPI": lambda _: ["    DownwardAPI:\ttrue"],
    "configMap": lambda item: [f"    ConfigMapName:\t{item.get('name', '')}", _optional(item)],
    "serviceAccountToken": lambda item: [f"    TokenExpirationSeconds:\t{item.get('expirationSeconds', 3600)}"],
}


def _projected(volume: Json) -> Lines:
    lines: Lines = []
    for source in volume.get("sources") or NOTHING:
        lines += next((write(source[key]) for key, write in _PROJECTED.items() if source.get(key) is not None), [])
    return lines


def _downward(volume: Json) -> Lines:
    lines = ["    Items:"]
    for item in volume.get("items") or NOTHING:
        field = look(item, "fieldRef", "fieldPath") or look(item, "resourceFieldRef", "resource", default="")
        lines.append(f"      {field} -> {item.get('path', '')}")
    return lines


def _ephemeral(volume: Json) -> Lines:
    claim = look(volume, "volumeClaimTemplate", default={})
    volume_name, mode = look(claim, "spec", "volumeName", default=""), look(claim, "spec", "volumeMode")
    return [
        f"    StorageClass:\t{storage_class(claim)}",
        f"    Volume:\t{volume_name}",
        *labels("    Labels", look(claim, "metadata", "labels")),
        *annotations("    Annotations", look(claim, "metadata", "annotations")),
        "    Capacity:\t",
        "    Access Modes:\t",
        *([f"    VolumeMode:\t{mode}"] if mode else []),
    ]


_READ_ONLY: Final = ("ReadOnly", "readOnly", False)
_SOURCES: Final[Mapping[str, _Source]] = {
    "hostPath": _Source(
        "HostPath (bare host directory volume)", (("Path", "path", ""), ("HostPathType", "type", NONE))
    ),
    "emptyDir": _Source(
        "EmptyDir (a temporary directory that shares a pod's lifetime)",
        (("Medium", "medium", ""), ("SizeLimit", "sizeLimit", UNSET)),
    ),
    "secret": _Source(
        "Secret (a volume populated by a Secret)", (("SecretName", "secretName", ""), ("Optional", "optional", False))
    ),
    "configMap": _Source(
        "ConfigMap (a volume populated by a ConfigMap)", (("Name", "name", ""), ("Optional", "optional", False))
    ),
    "nfs": _Source(
        "NFS (an NFS mount that lasts the lifetime of a pod)",
        (("Server", "server", ""), ("Path", "path", ""), _READ_ONLY),
    ),
    "persistentVolumeClaim": _Source(
        "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        (("ClaimName", "claimName", ""), _READ_ONLY),
    ),
    "ephemeral": _Source(
        "EphemeralVolume (an inline specification for a volume that gets created and deleted with the pod)",
        more=_ephemeral,
    ),
    "downwardAPI": _Source("DownwardAPI (a volume populated by information about the pod)", more=_downward),
    "projected": _Source("Projected (a volume that contains injected data from multiple sources)", more=_projected),
    "csi": _Source(
        "CSI (a Container Storage Interface (CSI) volume source)",
        (("Driver", "driver", ""), ("FSType", "fsType", ""), _READ_ONLY),
        lambda volume: labels("    VolumeAttributes", volume.get("volumeAttributes")),
    ),
    "image": _Source(
        "Image (a container image or OCI artifact)", (("Reference", "reference", ""), ("PullPolicy", "pullPolicy", ""))
    ),
}


def volumes(values: Json, *, indent: str = "") -> Lines:
    """Return the lines of a list of volumes.

    >>> volumes([{"name": "data", "persistentVolumeClaim": {"claimName": "c"}}])[1::2]
    ['  data:', '    ClaimName:\\tc']
    """
    if not values:
        return [f"{indent}Volumes:\t{NONE}"]
    # In a template the names stand one blank further to the right.
    name_indent = "   " if indent else "  "
    lines = [f"{indent}Volumes:"]
    for volume in values:
        lines += [f"{name_indent}{volume['name']}:", *_source(volume)]
    return lines


def _source(volume: Json) -> Lines:
    for key, source in _SOURCES.items():
        content = volume.get(key)
        if content is not None:
            fields = [f"    {title}:\t{spelt(content.get(field, other))}" for title, field, other in source.fields]
            return [f"    Type:\t{source.text}", *fields, *source.more(content)]
    return ["  <unknown>"]

"""Volumes, and where containers mount them (contract api 5.3)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from reconcile.admission.causes import (
    Causes,
    at_least_zero,
    broken,
    duplicate,
    forbidden,
    invalid,
    not_found,
    one_of,
    required,
)
from reconcile.admission.validation.claim import claim_spec
from reconcile.admission.validation.env import FILE_FIELDS, field_reference, resource_reference
from reconcile.admission.validation.metadata import annotations, labels
from reconcile.admission.validation.paths import descending_path, file_path, mode, no_backsteps
from reconcile.model import names
from reconcile.model.json import EMPTY, FrozenMap
from reconcile.model.quantity import Quantity
from reconcile.outcome import Cause

Check = Callable[[str, FrozenMap], Causes]

_HOST_PATH_TYPES: Final = (
    "",
    "DirectoryOrCreate",
    "Directory",
    "FileOrCreate",
    "File",
    "Socket",
    "CharDevice",
    "BlockDevice",
)
_PULL_POLICIES: Final = ("Always", "IfNotPresent", "Never")
_SHORTEST_TOKEN: Final = 600


def volumes(given: Sequence[FrozenMap]) -> tuple[list[Cause], dict[str, FrozenMap]]:
    """Return what is wrong with a pod's volumes, and the sound ones by name: only those can be mounted."""
    causes: list[Cause] = []
    sound: dict[str, FrozenMap] = {}
    for index, volume in enumerate(given):
        found = list(_volume(f"volumes[{index}]", volume, sound))
        if not found:
            sound[volume["name"]] = volume
        causes += found
    return causes, sound


def _volume(path: str, volume: FrozenMap, earlier: Mapping[str, FrozenMap]) -> Causes:
    given = [name for name in _SOURCES if name in volume]
    for position, source in enumerate(given):
        if position:
            yield forbidden(f"{path}.{source}", "may not specify more than 1 volume type")
        else:
            yield from _SOURCES[source](f"{path}.{source}", volume[source])
    name = volume.get("name", "")
    if not name:
        yield required(f"{path}.name")
    else:
        yield from broken(f"{path}.name", name, names.dns_label(name))
    if name in earlier:
        yield duplicate(f"{path}.name", name)


# --- sources ---------------------------------------------------------------------------------------------------


def _needs(*fields: str) -> Check:
    def check(path: str, source: FrozenMap) -> Causes:
        for field in fields:
            if not source.get(field):
                yield required(f"{path}.{field}")

    return check


def _empty_dir(path: str, source: FrozenMap) -> Causes:
    if "sizeLimit" in source and Quantity.parse(source["sizeLimit"]).nano < 0:
        yield forbidden(f"{path}.sizeLimit", "must be a valid resource quantity")


def _host_path(path: str, source: FrozenMap) -> Causes:
    if not source.get("path"):
        yield required(f"{path}.path")
    yield from no_backsteps(f"{path}.path", source.get("path", ""))
    yield from one_of(f"{path}.type", source.get("type", ""), _HOST_PATH_TYPES)


def _git_repo(path: str, source: FrozenMap) -> Causes:
    if not source.get("repository"):
        yield required(f"{path}.repository")
    yield from descending_path(f"{path}.directory", source.get("directory", ""))


def _nfs(path: str, source: FrozenMap) -> Causes:
    yield from _needs("server", "path")(path, source)
    if source.get("path") and not source["path"].startswith("/"):
        yield invalid(f"{path}.path", source["path"], "must be an absolute path")


def _from_keys(name_field: str) -> Check:
    """Return the check of a volume made of the keys of a ConfigMap or Secret."""

    def check(path: str, source: FrozenMap) -> Causes:
        if not source.get(name_field):
            yield required(f"{path}.{name_field}")
        yield from mode(f"{path}.defaultMode", source.get("defaultMode"))
        for index, item in enumerate(source.get("items") or ()):
            yield from _key_to_path(f"{path}.items[{index}]", item)

    return check


def _key_to_path(path: str, item: FrozenMap) -> Causes:
    yield from _needs("key", "path")(path, item)
    yield from file_path(f"{path}.path", item.get("path", ""))
    yield from mode(f"{path}.mode", item.get("mode"))


def _downward_api(path: str, source: FrozenMap) -> Causes:
    yield from mode(f"{path}.defaultMode", source.get("defaultMode"))
    for index, item in enumerate(source.get("items") or ()):
        yield from _downward_file(f"{path}.items[{index}]", item)


def _downward_file(path: str, item: FrozenMap) -> Causes:
    if not item.get("path"):
        yield required(f"{path}.path")
    yield from file_path(f"{path}.path", item.get("path", ""))
    if "fieldRef" in item:
        yield from field_reference(f"{path}.fieldRef", item["fieldRef"], FILE_FIELDS)
        if "resourceFieldRef" in item:
            yield invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously")
    elif "resourceFieldRef" in item:
        yield from resource_reference(f"{path}.resourceFieldRef", item["resourceFieldRef"], in_volume=True)
    else:
        yield required(path, "one of fieldRef and resourceFieldRef is required")
    yield from mode(f"{path}.mode", item.get("mode"))


def _token(path: str, source: FrozenMap) -> Causes:
    if not _SHORTEST_TOKEN <= source["expirationSeconds"] <= 2**32:
        why = "must be between 10 minutes and 2^32 seconds"
        yield invalid(f"{path}.expirationSeconds", source["expirationSeconds"], why)
    if not source.get("path"):
        yield required(f"{path}.path")
    else:
        yield from file_path(f"{path}.path", source["path"])


def _trust_bundle(path: str, source: FrozenMap) -> Causes:
    if ("name" in source) == ("signerName" in source):
        yield invalid(path, source, "only one of name and signerName may be used")
    if not source.get("path"):
        yield required(f"{path}.path")
    yield from file_path(f"{path}.path", source.get("path", ""))


def _projected(path: str, source: FrozenMap) -> Causes:
    yield from mode(f"{path}.defaultMode", source.get("defaultMode"))
    for index, projection in enumerate(source.get("sources") or ()):
        here = f"{path}.sources[{index}]"
        given = [name for name in _PROJECTIONS if name in projection]
        for position, name in enumerate(given):
            if position:
                yield forbidden(f"{here}.{name}", "may not specify more than 1 volume type per source")
            else:
                yield from _PROJECTIONS[name](f"{here}.{name}", projection[name])
        if not given:
            yield required(here, "must specify one volume source")


def _ephemeral(path: str, source: FrozenMap) -> Causes:
    template = source.get("volumeClaimTemplate")
    if template is None:
        yield required(f"{path}.volumeClaimTemplate")
        return
    here = f"{path}.volumeClaimTemplate"
    meta = template.get("metadata") or EMPTY
    yield from labels(f"{here}.metadata.labels", meta.get("labels"))
    yield from annotations(f"{here}.metadata.annotations", meta.get("annotations"))
    yield from claim_spec(f"{here}.spec", template["spec"])


def _csi(path: str, source: FrozenMap) -> Causes:
    name = source.get("driver", "")
    if not name:
        yield required(f"{path}.driver")
    else:
        faults = names.dns_subdomain(name.lower()) + (() if len(name) <= 63 else ("must be at most 63 bytes",))
        yield from broken(f"{path}.driver", name, faults)


def _image(path: str, source: FrozenMap) -> Causes:
    if not source.get("reference"):
        yield required(f"{path}.reference")
    yield from one_of(f"{path}.pullPolicy", source.get("pullPolicy", ""), _PULL_POLICIES)


def _iscsi(path: str, source: FrozenMap) -> Causes:
    yield from _needs("targetPortal", "iqn")(path, source)
    yield from at_least_zero(f"{path}.lun", source.get("lun"))


_PROJECTIONS: Final[Mapping[str, Check]] = {
    "secret": _from_keys("name"),
    "configMap": _from_keys("name"),
    "downwardAPI": _downward_api,
    "serviceAccountToken": _token,
    "clusterTrustBundle": _trust_bundle,
    "podCertificate": lambda path, source: iter(()),
}
_SOURCES: Final[Mapping[str, Check]] = {
    "emptyDir": _empty_dir,
    "hostPath": _host_path,
    "gitRepo": _git_repo,
    "gcePersistentDisk": _needs("pdName"),
    "awsElasticBlockStore": _needs("volumeID"),
    "secret": _from_keys("secretName"),
    "nfs": _nfs,
    "iscsi": _iscsi,
    "glusterfs": _needs("endpoints", "path"),
    "persistentVolumeClaim": _needs("claimName"),
    "rbd": _needs("monitors", "image"),
    "cinder": _needs("volumeID"),
    "cephfs": _needs("monitors"),
    "flocker": _needs(),
    "downwardAPI": _downward_api,
    "fc": _needs(),
    "flexVolume": _needs("driver"),
    "configMap": _from_keys("name"),
    "azureFile": _needs("secretName", "shareName"),
    "vsphereVolume": _needs("volumePath"),
    "quobyte": _needs("registry", "volume"),
    "azureDisk": _needs("diskName", "diskURI"),
    "storageos": _needs("volumeName"),
    "projected": _projected,
    "portworxVolume": _needs("volumeID"),
    "scaleIO": _needs("gateway", "system", "volumeName"),
    "csi": _csi,
    "ephemeral": _ephemeral,
    "image": _image,
}
"""In the order in which a second one is found superfluous."""


# --- mounts ----------------------------------------------------------------------------------------------------


def mounts(path: str, container: FrozenMap, known: Mapping[str, FrozenMap]) -> Causes:
    """Yield what is wrong with a container's volumeMounts; what lies inside a volume is reported without index."""
    devices = container.get("volumeDevices") or ()
    seen: set[str] = set()
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        here, name, target = f"{path}[{index}]", mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            yield required(f"{here}.name")
        if name not in known:
            yield not_found(f"{here}.name", name)
        if not target:
            yield required(f"{here}.mountPath")
        if target in seen:
            yield invalid(f"{here}.mountPath", target, "must be unique")
        seen.add(target)
        if any(name == device.get("name") for device in devices):
            yield invalid(f"{here}.name", name, "must not already exist in volumeDevices")
        if any(target == device.get("devicePath") for device in devices):
            yield invalid(f"{here}.mountPath", target, "must not already exist as a path in volumeDevices")
        yield from _inside(path, here, mount)
        yield from _propagation(path, container, mount)


def _inside(path: str, here: str, mount: FrozenMap) -> Causes:
    sub, expression = mount.get("subPath", ""), mount.get("subPathExpr", "")
    yield from descending_path(f"{path}.subPath", sub)
    if expression:
        if sub:
            yield invalid(f"{here}.subPathExpr", expression, "subPathExpr and subPath are mutually exclusive")
        yield from descending_path(f"{path}.subPathExpr", expression)


def _propagation(path: str, container: FrozenMap, mount: FrozenMap) -> Causes:
    way = mount.get("mountPropagation")
    if way is not None:
        yield from one_of(f"{path}.mountPropagation", way, ("Bidirectional", "HostToContainer", "None"))
        privileged = (container.get("securityContext") or EMPTY).get("privileged")
        if way == "Bidirectional" and not privileged:
            why = "Bidirectional mount propagation is available only to privileged containers"
            yield forbidden(f"{path}.mountPropagation", why)
    recursive = mount.get("recursiveReadOnly")
    if recursive is None or recursive == "Disabled":
        return
    yield from one_of(f"{path}.recursiveReadOnly", recursive, ("Disabled", "Enabled", "IfPossible"))
    if recursive in ("Enabled", "IfPossible"):
        if not mount.get("readOnly"):
            yield forbidden(f"{path}.recursiveReadOnly", "may only be specified when readOnly is true")
        if way not in (None, "None"):
            yield forbidden(f"{path}.recursiveReadOnly", "may only be specified without mountPropagation")


def devices(path: str, container: FrozenMap, known: Mapping[str, FrozenMap]) -> Causes:
    """Yield what is wrong with a container's volumeDevices."""
    mounted = container.get("volumeMounts") or ()
    seen_names: set[str] = set()
    seen_paths: set[str] = set()
    for index, device in enumerate(container.get("volumeDevices") or ()):
        here, name, target = f"{path}[{index}]", device.get("name", ""), device.get("devicePath", "")
        yield from _device_name(f"{here}.name", name, known)
        if not target:
            yield required(f"{here}.devicePath")
        if ".." in target.split("/"):
            yield invalid(f"{here}.devicePath", target, "must not contain '..'")
        for field, value, seen in (("name", name, seen_names), ("devicePath", target, seen_paths)):
            if value in seen:
                yield invalid(f"{here}.{field}", value, "must be unique")
            if value:
                seen.add(value)
        if any(name == mount.get("name") for mount in mounted):
            yield invalid(f"{here}.name", name, "must not already exist in volumeMounts")
        if any(target == mount.get("mountPath") for mount in mounted):
            yield invalid(f"{here}.devicePath", target, "must not already exist as a path in volumeMounts")


def _device_name(field: str, name: str, known: Mapping[str, FrozenMap]) -> Causes:
    if not name:
        yield required(field)
    if name not in known:
        yield not_found(field, name)
    elif "persistentVolumeClaim" not in known[name] and "ephemeral" not in known[name]:
        yield invalid(field, name, "block mode needs a PersistentVolumeClaim or an ephemeral volume")

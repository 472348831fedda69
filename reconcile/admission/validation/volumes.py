"""Volumes of a pod (contract api 5.3)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from reconcile.admission.causes import (
    Causes,
    broken,
    duplicate,
    forbidden,
    invalid,
    one_of,
    required,
)
from reconcile.admission.validation import storage
from reconcile.admission.validation.claim import claim_spec
from reconcile.admission.validation.env import FILE_FIELDS, field_reference, resource_reference
from reconcile.admission.validation.metadata import annotations, labels
from reconcile.admission.validation.paths import descending_path, file_path, mode, no_backsteps
from reconcile.admission.validation.storage import Check, needs
from reconcile.model import names
from reconcile.model.json import EMPTY, FrozenMap
from reconcile.model.quantity import Quantity
from reconcile.outcome import Cause

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
            field = _MISSPELT.get(source, source)
            yield forbidden(f"{path}.{field}", "may not specify more than 1 volume type")
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


def _empty_dir(path: str, source: FrozenMap) -> Causes:
    if "sizeLimit" in source and Quantity.parse(source["sizeLimit"]).nano < 0:
        yield forbidden(f"{path}.sizeLimit", "must be a valid resource quantity")


def _host_path(path: str, source: FrozenMap) -> Causes:
    if not source.get("path"):
        yield required(f"{path}.path")
        return
    yield from no_backsteps(f"{path}.path", source.get("path", ""))
    yield from one_of(f"{path}.type", source.get("type", ""), _HOST_PATH_TYPES)


def _git_repo(path: str, source: FrozenMap) -> Causes:
    if not source.get("repository"):
        yield required(f"{path}.repository")
    yield from descending_path(f"{path}.directory", source.get("directory", ""))


def _nfs(path: str, source: FrozenMap) -> Causes:
    yield from needs("server", "path")(path, source)
    if not source.get("path", "").startswith("/"):
        yield invalid(f"{path}.path", source.get("path", ""), "must be an absolute path")


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
    yield from needs("key", "path")(path, item)
    yield from file_path(f"{path}.path", item.get("path", ""))
    yield from mode(f"{path}.mode", item.get("mode"))


def _downward_api(path: str, source: FrozenMap) -> Causes:
    yield from mode(f"{path}.defaultMode", source.get("defaultMode"))
    for item in source.get("items") or ():
        # Reported without the place of the item.
        yield from _downward_file(path, item)


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


# --- projections: several sources in one folder ----------------------------------------------------------------


def _token(path: str, volume: str, source: FrozenMap) -> Causes:
    if not _SHORTEST_TOKEN <= source["expirationSeconds"] <= 2**32:
        why = "must be between 10 minutes and 2^32 seconds"
        yield invalid(f"{path}.expirationSeconds", source["expirationSeconds"], why)
    # The path is reported at the volume, not at the source.
    if not source.get("path"):
        yield required(f"{volume}.path")
    else:
        yield from file_path(f"{volume}.path", source["path"])


def _trust_bundle(path: str, _: str, source: FrozenMap) -> Causes:
    named, signed = "name" in source, "signerName" in source
    if named and signed:
        yield invalid(path, source, "only one of name and signerName may be used")
    elif not named and not signed:
        yield required(path, "either name or signerName must be specified")
    if not source.get("path"):
        yield required(f"{path}.path")
    yield from file_path(f"{path}.path", source.get("path", ""))


def _projected(path: str, source: FrozenMap) -> Causes:
    yield from mode(f"{path}.defaultMode", source.get("defaultMode"))
    taken: set[str] = set()
    for index, projection in enumerate(source.get("sources") or ()):
        here = f"{path}.sources[{index}]"
        given = [name for name in _PROJECTIONS if name in projection]
        for name in given:
            yield from _PROJECTIONS[name](f"{here}.{name}", path, projection[name])
            for target in _targets(name, projection[name]):
                if target in taken:
                    yield invalid(path, target, "conflicting duplicate paths")
                taken.add(target)
        if len(given) > 1:
            yield forbidden(here, "may not specify more than 1 volume type per source")


def _targets(name: str, source: FrozenMap) -> list[str]:
    """Return the paths of the files of a projected *source*; a token may lie over another file."""
    if name == "clusterTrustBundle":
        return [source.get("path", "")]
    return [item["path"] for item in source.get("items") or () if item.get("path")]


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


def _image(path: str, source: FrozenMap) -> Causes:
    if not source.get("reference"):
        yield required(f"{path}.reference")
    yield from one_of(f"{path}.pullPolicy", source.get("pullPolicy", ""), _PULL_POLICIES)


Projection = Callable[[str, str, FrozenMap], Causes]
"""From the path of a source, the path of its volume, and the source to what is wrong with it."""


def _in_volume(check: Check) -> Projection:
    return lambda path, _, source: check(path, source)


_PROJECTIONS: Final[Mapping[str, Projection]] = {
    "secret": _in_volume(_from_keys("name")),
    "configMap": _in_volume(_from_keys("name")),
    "downwardAPI": _in_volume(_downward_api),
    "serviceAccountToken": _token,
    "clusterTrustBundle": _trust_bundle,
    "podCertificate": lambda path, volume, source: iter(()),
}
_SOURCES: Final[Mapping[str, Check]] = {
    "emptyDir": _empty_dir,
    "hostPath": _host_path,
    "gitRepo": _git_repo,
    "gcePersistentDisk": storage.gce,
    "awsElasticBlockStore": storage.aws,
    "secret": _from_keys("secretName"),
    "nfs": _nfs,
    "iscsi": storage.iscsi,
    "glusterfs": needs("endpoints", "path"),
    "flocker": storage.flocker,
    "persistentVolumeClaim": needs("claimName"),
    "rbd": needs("monitors", "image"),
    "cinder": storage.secret_reference("volumeID"),
    "cephfs": needs("monitors"),
    "quobyte": storage.quobyte,
    "downwardAPI": _downward_api,
    "fc": storage.fibre_channel,
    "flexVolume": storage.flex,
    "configMap": _from_keys("name"),
    "azureFile": needs("secretName", "shareName"),
    "vsphereVolume": needs("volumePath"),
    "photonPersistentDisk": needs("pdID"),
    "portworxVolume": needs("volumeID"),
    "azureDisk": storage.azure_disk,
    "storageos": needs("volumeName"),
    "projected": _projected,
    "scaleIO": needs("gateway", "system", "volumeName"),
    "csi": storage.csi,
    "ephemeral": _ephemeral,
    "image": _image,
}
"""In the order in which a second one is found superfluous."""

_MISSPELT: Final[Mapping[str, str]] = {"cephfs": "cephFS", "downwardAPI": "downwarAPI"}
"""Sources whose field is called otherwise where they are superfluous."""

"""Volumes on storage systems: what each of them needs (contract api 5.3)."""

import re
from collections.abc import Callable
from typing import Final

from reconcile.admission.causes import Causes, broken, invalid, not_supported, one_of, required, too_long
from reconcile.model import names
from reconcile.model.json import FrozenMap

Check = Callable[[str, FrozenMap], Causes]
"""From the path of a source and the source to what is wrong with it."""

_LARGEST_BYTE: Final = 255
_LONGEST_TENANT: Final = 64
_HOST_AND_PORT: Final = re.compile(r"([^:\[\]]*|\[[^\[\]]*\]):[^:\[\]]*")
_ISCSI_NAMES: Final = (
    re.compile(r"iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+:[^,;*&$|\s]+$", re.ASCII),
    re.compile(r"eui.[A-Za-z0-9]{16}$"),
    re.compile(r"naa.[A-Za-z0-9]{32}$"),
)
_LONGEST_DRIVER: Final = 63


def needs(*fields: str) -> Check:
    """Return the check that *fields* are given."""

    def check(path: str, source: FrozenMap) -> Causes:
        for field in fields:
            if not source.get(field):
                yield required(f"{path}.{field}")

    return check


def csi(path: str, source: FrozenMap) -> Causes:
    """Yield what is wrong with a volume of a CSI driver."""
    name = source.get("driver", "")
    if not name:
        yield required(f"{path}.driver")
    if len(name) > _LONGEST_DRIVER:
        yield too_long(f"{path}.driver", _LONGEST_DRIVER)
    yield from broken(f"{path}.driver", name, names.dns_subdomain(name.lower()))
    if "nodePublishSecretRef" in source:
        field, secret = f"{path}.nodePublishSecretRef.name", source["nodePublishSecretRef"].get("name", "")
        if not secret:
            yield required(field)
        else:
            yield from broken(field, secret, names.dns_subdomain(secret))


def _partition(path: str, source: FrozenMap) -> Causes:
    if not 0 <= source.get("partition", 0) <= _LARGEST_BYTE:
        yield invalid(f"{path}.partition", source.get("partition"), f"must be between 1 and {_LARGEST_BYTE}, inclusive")


def gce(path: str, source: FrozenMap) -> Causes:
    """Yield what is wrong with a GCE disk; its fields are reported as those of a `persistentDisk`."""
    path = f"{path.rpartition('.')[0]}.persistentDisk"
    yield from needs("pdName")(path, source)
    yield from _partition(path, source)


def aws(path: str, source: FrozenMap) -> Causes:
    """Yield what is wrong with an EBS volume."""
    yield from needs("volumeID")(path, source)
    yield from _partition(path, source)


def _lun(path: str, lun: int) -> Causes:
    if not 0 <= lun <= _LARGEST_BYTE:
        yield invalid(f"{path}.lun", lun, f"must be between 0 and {_LARGEST_BYTE}, inclusive")


def iscsi(path: str, source: FrozenMap) -> Causes:
    """Yield what is wrong with an iSCSI target."""
    yield from needs("targetPortal", "iqn")(path, source)
    for field, reported in (("iqn", "iqn"), ("initiatorName", "initiatorname")):
        name = source.get(field)
        if name is not None and (name or field != "iqn") and not any(form.match(name) for form in _ISCSI_NAMES):
            yield invalid(f"{path}.{reported}", name, "must be a name such as iqn.2001-04.com.example:storage")
    yield from _lun(path, source.get("lun", 0))
    if (source.get("chapAuthDiscovery") or source.get("chapAuthSession")) and "secretRef" not in source:
        yield required(f"{path}.secretRef")


def fibre_channel(path: str, source: FrozenMap) -> Causes:
    """Yield what is wrong with a Fibre Channel target."""
    targets, wide = source.get("targetWWNs"), source.get("wwids")
    if not targets and not wide:
        yield required(f"{path}.targetWWNs", "must specify either targetWWNs or wwids, but not both")
    if targets and wide:
        yield invalid(f"{path}.targetWWNs", targets, "targetWWNs and wwids can not be specified simultaneously")
    if targets and "lun" not in source:
        yield required(f"{path}.lun", "lun is required if targetWWNs is specified")
    elif targets:
        yield from _lun(path, source["lun"])


def flocker(path: str, source: FrozenMap) -> Causes:
    """Yield what is wrong with a Flocker dataset."""
    name, uuid = source.get("datasetName", ""), source.get("datasetUUID", "")
    if not name and not uuid:
        yield required(path, "one of datasetName and datasetUUID is required")
    if name and uuid:
        yield invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously")
    if "/" in name:
        yield invalid(f"{path}.datasetName", name, "must not contain '/'")


def secret_reference(*fields: str) -> Check:
    """Return the check that *fields* are given, and the name of a secret where there is one."""

    def check(path: str, source: FrozenMap) -> Causes:
        yield from needs(*fields)(path, source)
        if "secretRef" in source and not source["secretRef"].get("name"):
            yield required(f"{path}.secretRef.name")

    return check


def flex(path: str, source: FrozenMap) -> Causes:
    """Yield what is wrong with a flex volume."""
    yield from needs("driver")(path, source)
    for key in source.get("options") or ():
        domain = "." + key.partition("/")[0].lower()
        if domain.endswith((".kubernetes.io", ".k8s.io")):
            yield invalid(f"{path}.options[{key}]", key, "kubernetes.io and k8s.io namespaces are reserved")


def azure_disk(path: str, source: FrozenMap) -> Causes:
    """Yield what is wrong with an Azure disk."""
    yield from needs("diskName", "diskURI")(path, source)
    yield from one_of(f"{path}.cachingMode", source["cachingMode"], ("None", "ReadOnly", "ReadWrite"))
    yield from one_of(f"{path}.kind", source["kind"], ("Dedicated", "Managed", "Shared"))
    start = "/subscriptions/" if source["kind"] == "Managed" else "https://"
    if not source.get("diskURI", "").startswith(start):
        yield not_supported(f"{path}.diskURI", source.get("diskURI", ""), (f"{start}...",))


def quobyte(path: str, source: FrozenMap) -> Causes:
    """Yield what is wrong with a Quobyte volume."""
    registry = source.get("registry", "")
    if not registry:
        yield required(f"{path}.registry", "must be a host:port pair or multiple pairs separated by commas")
    elif len(source.get("tenant", "")) > _LONGEST_TENANT:
        yield required(f"{path}.tenant", "must be a UUID")
    elif not all(_HOST_AND_PORT.fullmatch(pair) for pair in registry.split(",")):
        yield invalid(f"{path}.registry", registry, "must be a host:port pair or multiple pairs separated by commas")
    yield from needs("volume")(path, source)

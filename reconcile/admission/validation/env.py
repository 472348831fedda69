"""Environment variables and references to the pod's own fields (contract api 5.3)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from reconcile.admission.causes import Causes, broken, invalid, not_supported, required
from reconcile.model import names
from reconcile.model.json import FrozenMap
from reconcile.model.quantity import Quantity

_POD_FIELDS: Final = frozenset(
    {
        "metadata.annotations",
        "metadata.labels",
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.host",
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.phase",
        "status.podIP",
        "status.podIPs",
    }
)
"""What a fieldPath may name at all; which of them fit depends on where it stands."""

ENV_FIELDS: Final = frozenset(
    {
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.host",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    }
)
FILE_FIELDS: Final = frozenset(
    {"metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"}
)
_SUBSCRIPTED: Final[Mapping[str, names.Rule]] = {
    "metadata.labels": names.qualified_name,
    "metadata.annotations": lambda key: names.qualified_name(key.lower()),
}
_RESOURCE_FIELDS: Final = frozenset(
    f"{side}.{name}" for side in ("limits", "requests") for name in ("cpu", "memory", "ephemeral-storage")
)
_HUGE_PREFIXES: Final = ("limits.hugepages-", "requests.hugepages-")
_CPU_DIVISORS: Final = frozenset({"1m", "1"})
_SIZE_DIVISORS: Final = frozenset({"1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"})


def env(path: str, variables: Sequence[FrozenMap]) -> Causes:
    """Yield what is wrong with a container's `env`."""
    for index, variable in enumerate(variables):
        here = f"{path}[{index}]"
        if not variable.get("name"):
            yield required(f"{here}.name")
        else:
            yield from broken(f"{here}.name", variable["name"], names.env_name(variable["name"]))
        if "valueFrom" in variable:
            yield from _value_from(f"{here}.valueFrom", variable["valueFrom"], variable.get("value", ""))


def _value_from(path: str, source: FrozenMap, value: str) -> Causes:
    for name, check in _SOURCES.items():
        if name in source:
            yield from check(f"{path}.{name}", source[name])
    if not source:
        yield invalid(path, "", f"must specify one of: {', '.join(_SOURCES)}")
    elif value:
        yield invalid(path, "", "may not be specified when `value` is not empty")
    elif len(source) > 1:
        yield invalid(path, "", "may not have more than one field specified at a time")


def field_reference(path: str, reference: FrozenMap, supported: frozenset[str]) -> Causes:
    """Yield what is wrong with a reference to a field of the pod."""
    field = reference.get("fieldPath", "")
    if not field:
        yield required(f"{path}.fieldPath")
        return
    name, bracket, key = field.removesuffix("']").partition("['")
    subscripted = bool(bracket) and field.endswith("']") and bool(name)
    convertible = name in _SUBSCRIPTED if subscripted else field in _POD_FIELDS
    if reference.get("apiVersion") != "v1" or not convertible:
        yield invalid(f"{path}.fieldPath", field, "does not name a field of a v1 Pod")
    elif subscripted:
        yield from broken(path, key, _SUBSCRIPTED[name](key))
    elif field not in supported:
        yield not_supported(f"{path}.fieldPath", field, supported)


def resource_reference(path: str, reference: FrozenMap, *, in_volume: bool) -> Causes:
    """Yield what is wrong with a reference to a container's resources."""
    name = reference.get("resource", "")
    if in_volume and not reference.get("containerName"):
        yield required(f"{path}.containerName")
    elif not name:
        yield required(f"{path}.resource")
    elif name not in _RESOURCE_FIELDS and not name.startswith(_HUGE_PREFIXES):
        yield not_supported(f"{path}.resource", name, _RESOURCE_FIELDS)
    divisor = reference.get("divisor", "0")
    if Quantity.parse(divisor).nano != 0:
        allowed = _CPU_DIVISORS if name.endswith(".cpu") else _SIZE_DIVISORS
        known = name in _RESOURCE_FIELDS or name.startswith(_HUGE_PREFIXES)
        if known and divisor not in allowed:
            yield invalid(f"{path}.divisor", divisor, f"only {', '.join(sorted(allowed))} are supported")


def _key_reference(path: str, reference: FrozenMap) -> Causes:
    name, key = reference.get("name", ""), reference.get("key", "")
    yield from broken(f"{path}.name", name, names.dns_subdomain(name))
    if not key:
        yield required(f"{path}.key")
    else:
        yield from broken(f"{path}.key", key, names.config_key(key))


def _file_reference(path: str, reference: FrozenMap) -> Causes:
    for field in ("key", "volumeName", "path"):
        if not reference.get(field):
            yield required(f"{path}.{field}")


_SOURCES: Final[Mapping[str, Callable[[str, FrozenMap], Causes]]] = {
    "fieldRef": lambda path, source: field_reference(path, source, ENV_FIELDS),
    "resourceFieldRef": lambda path, source: resource_reference(path, source, in_volume=False),
    "configMapKeyRef": _key_reference,
    "secretKeyRef": _key_reference,
    "fileKeyRef": _file_reference,
}


def env_from(path: str, sources: Sequence[FrozenMap]) -> Causes:
    """Yield what is wrong with a container's `envFrom`; what a source lacks is reported without its index."""
    for index, source in enumerate(sources):
        here = f"{path}[{index}]"
        if source.get("prefix"):
            yield from broken(f"{here}.prefix", source["prefix"], names.env_name(source["prefix"]))
        given = [field for field in ("configMapRef", "secretRef") if field in source]
        for field in given:
            name = source[field].get("name", "")
            if not name:
                yield required(f"{here}.{field}.name")
            else:
                yield from broken(f"{here}.{field}.name", name, names.dns_subdomain(name))
        if len(given) != 1:
            yield invalid(path, "", "must specify exactly one of: configMapRef, secretRef")

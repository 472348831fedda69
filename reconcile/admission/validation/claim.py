"""PersistentVolumeClaims (contract api 7.2)."""

from collections.abc import Iterator
from typing import Final

from reconcile.admission.causes import (
    IMMUTABLE,
    Causes,
    broken,
    forbidden,
    invalid,
    not_supported,
    one_of,
    required,
)
from reconcile.admission.decode import same_meaning
from reconcile.admission.validation.selectors import label_selector
from reconcile.model import names
from reconcile.model.json import EMPTY, FrozenMap, look
from reconcile.model.quantity import Quantity

ACCESS_MODES: Final = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
STORAGE_CLASS: Final = "volume.beta.kubernetes.io/storage-class"
_SOURCES: Final = ("dataSource", "dataSourceRef")
_REFERENCE: Final = ("apiGroup", "kind", "name")


def claim_spec(path: str, spec: FrozenMap) -> Causes:
    """Yield what is wrong with the spec of a claim, also of one in a template."""
    modes = spec.get("accessModes") or ()
    if not modes:
        yield required(f"{path}.accessModes", "at least 1 access mode is required")
    yield from label_selector(f"{path}.selector", spec.get("selector"))
    for mode in modes:
        if mode not in ACCESS_MODES:
            yield not_supported(f"{path}.accessModes", mode, ACCESS_MODES)
    if "ReadWriteOncePod" in modes and any(mode in ACCESS_MODES and mode != "ReadWriteOncePod" for mode in modes):
        yield forbidden(f"{path}.accessModes", "may not use ReadWriteOncePod with other access modes")
    yield from _storage(f"{path}.resources[storage]", look(spec, "resources", "requests", "storage"))
    for field in ("storageClassName", "volumeAttributesClassName"):
        if spec.get(field):
            yield from broken(f"{path}.{field}", spec[field], names.dns_subdomain(spec[field]))
    if spec.get("volumeMode") is not None:
        yield from one_of(f"{path}.volumeMode", spec["volumeMode"], ("Block", "Filesystem"))
    yield from _sources(path, spec)


def _sources(path: str, spec: FrozenMap) -> Causes:
    for field in _SOURCES:
        if field in spec:
            yield from _source(f"{path}.{field}", spec[field])
    one, other = (spec.get(field) for field in _SOURCES)
    if one is not None and other is not None and any(one.get(key) != other.get(key) for key in _REFERENCE):
        yield invalid(path, one, "dataSource must match dataSourceRef")


def _storage(field: str, amount: str | None) -> Causes:
    if amount is None:
        yield required(field)
    elif Quantity.parse(amount).nano <= 0:
        yield invalid(field, amount, "must be greater than zero")


def _source(path: str, source: FrozenMap) -> Causes:
    for field in ("name", "kind"):
        if not source.get(field):
            yield required(f"{path}.{field}")
    if source.get("apiGroup"):
        yield from broken(f"{path}.apiGroup", source["apiGroup"], names.dns_subdomain(source["apiGroup"]))
    elif source.get("kind") != "PersistentVolumeClaim":
        yield invalid(path, source.get("kind"), "must be 'PersistentVolumeClaim' when referencing the core group")


def claim(obj: FrozenMap) -> Causes:
    """Yield what is wrong with a claim."""
    yield from claim_spec("spec", obj["spec"])


def updated_claim(new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what a claim's update may not change."""
    spec, stored = new["spec"], old["spec"]
    one, other = (look(item, "metadata", "annotations", STORAGE_CLASS, default="") for item in (new, old))
    if one != other:
        yield invalid(f"metadata.annotations.{STORAGE_CLASS}", one, IMMUTABLE)
    permitted = _permitted(spec, stored, bound=look(old, "status", "phase") == "Bound")
    if not same_meaning("PersistentVolumeClaim", "spec", spec, permitted):
        why = "is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
        yield forbidden("spec", why)
    wanted, was = (look(one, "resources", "requests", "storage", default="0") for one in (spec, stored))
    if Quantity.parse(wanted) < Quantity.parse(was):
        held = look(old, "status", "capacity", "storage", default="0")
        if Quantity.parse(wanted) <= Quantity.parse(held):
            yield forbidden("spec.resources.requests.storage", f"can not be less than or equal to {held}")
    named, before = (one.get("volumeAttributesClassName") for one in (spec, stored))
    if before is not None and before != named and not named:
        yield forbidden("spec.volumeAttributesClassName", "may not be unset")
    if spec.get("volumeMode") != stored.get("volumeMode"):
        yield invalid("volumeMode", spec.get("volumeMode"), "field is immutable")


def _permitted(spec: FrozenMap, stored: FrozenMap, *, bound: bool) -> FrozenMap:
    """Return the *stored* spec with those changes of *spec* that are permitted."""
    return FrozenMap({**stored, **dict(_changes(spec, stored, bound=bound))})


def _changes(spec: FrozenMap, stored: FrozenMap, *, bound: bool) -> Iterator[tuple[str, object]]:
    if "volumeName" in spec and "volumeName" not in stored:
        yield "volumeName", spec["volumeName"]
    if "storageClassName" in spec and "storageClassName" not in stored:
        yield "storageClassName", spec["storageClassName"]
    if not bound:
        return
    if "volumeAttributesClassName" in spec:
        yield "volumeAttributesClassName", spec["volumeAttributesClassName"]
    storage = look(spec, "resources", "requests", "storage")
    if storage is not None:
        resources = stored.get("resources") or EMPTY
        requests = {**(resources.get("requests") or EMPTY), "storage": storage}
        yield "resources", FrozenMap({**resources, "requests": FrozenMap(requests)})


def claim_status(new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what is wrong with a claim's new status."""
    for name, amount in (look(new, "status", "capacity") or EMPTY).items():
        if Quantity.parse(amount).nano < 0:
            yield invalid(f"status.capacity[{name}]", amount, "must be greater than or equal to 0")

"""Metadata: names, labels, annotations, finalizers, owners (contract api 2.2 and 2.3)."""

from collections.abc import Mapping, Sequence
from typing import Final

from reconcile.admission.causes import (
    IMMUTABLE,
    Causes,
    broken,
    forbidden,
    invalid,
    required,
    too_long,
)
from reconcile.model import names
from reconcile.model.json import EMPTY, FrozenMap, Json, look

ANNOTATIONS_LIMIT: Final = 262144
STANDARD_FINALIZERS: Final = ("foregroundDeletion", "kubernetes", "orphan")

_NAME_RULES: Final[Mapping[str, names.Rule]] = {
    "Service": names.dns_label,
    "StatefulSet": names.dns_label,
    "Namespace": names.dns_label,
    "PodDisruptionBudget": names.path_segment,
}


def new_metadata(kind: str, meta: FrozenMap) -> Causes:
    """Yield what is wrong with the *meta* of an object that is being created."""
    rule = _NAME_RULES.get(kind, names.dns_subdomain)
    if meta.get("generateName"):
        yield from broken("metadata.generateName", meta["generateName"], rule(_prefix(meta["generateName"])))
    name = meta.get("name", "")
    if not name:
        yield required("metadata.name", "name or generateName is required")
    else:
        yield from broken("metadata.name", name, rule(name))
    yield from shared_metadata("metadata", meta)
    yield from _finalizers(meta.get("finalizers") or (), qualified_only=kind == "PodDisruptionBudget")


def _prefix(text: str) -> str:
    # A trailing dash is fine in a prefix: something will follow.
    return text[:-2] + "a" if len(text) > 1 and text.endswith("-") else text


def changed_metadata(kind: str, meta: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what is wrong with the *meta* that replaces *old*."""
    if old.get("deletionTimestamp"):
        added = sorted(set(meta.get("finalizers") or ()) - set(old.get("finalizers") or ()))
        if added:
            why = f"no new finalizers can be added if the object is being deleted, found {added}"
            yield forbidden("metadata.finalizers", why)
    for field in ("name", "namespace", "uid", "deletionTimestamp", "deletionGracePeriodSeconds"):
        if meta.get(field) != old.get(field):
            yield invalid(f"metadata.{field}", meta.get(field), IMMUTABLE)
    yield from shared_metadata("metadata", meta)
    if kind != "PodDisruptionBudget":
        yield from _unqualified(meta.get("finalizers") or ())


def shared_metadata(path: str, meta: FrozenMap) -> Causes:
    """Yield what is wrong with labels, annotations and owners."""
    yield from labels(f"{path}.labels", meta.get("labels"))
    yield from annotations(f"{path}.annotations", meta.get("annotations"))
    yield from _owners(f"{path}.ownerReferences", meta.get("ownerReferences") or ())


def labels(field: str, given: FrozenMap | None) -> Causes:
    """Yield what is wrong with a map of labels."""
    for key, value in (given or EMPTY).items():
        yield from broken(field, key, names.qualified_name(key))
        yield from broken(field, value, names.label_value(value))


def annotations(field: str, given: FrozenMap | None) -> Causes:
    """Yield what is wrong with a map of annotations: their keys, or their size together."""
    total = 0
    for key, value in (given or EMPTY).items():
        yield from broken(field, key, names.qualified_name(key.lower()))
        total += len(key.encode("utf-8", "surrogatepass")) + len(value.encode("utf-8", "surrogatepass"))
    if total > ANNOTATIONS_LIMIT:
        yield too_long(field, ANNOTATIONS_LIMIT)


def template_metadata(path: str, template: FrozenMap) -> Causes:
    """Yield what is wrong with a template's labels and annotations, which are reported without `metadata`."""
    yield from labels(f"{path}.labels", look(template, "metadata", "labels"))
    yield from annotations(f"{path}.annotations", look(template, "metadata", "annotations"))


def _finalizers(given: Sequence[str], *, qualified_only: bool) -> Causes:
    for name in given:
        yield from broken("metadata.finalizers", name, names.qualified_name(name))
    if "orphan" in given and "foregroundDeletion" in given:
        why = "finalizers orphan and foregroundDeletion cannot be both set"
        yield invalid("metadata.finalizers", list(given), why)
    if not qualified_only:
        yield from _unqualified(given)


def spec_finalizers(obj: FrozenMap) -> Causes:
    """Yield what is wrong with the finalizers in the spec of a namespace."""
    yield from _unqualified(look(obj, "spec", "finalizers") or (), "spec.finalizers")


def _unqualified(given: Sequence[str], field: str = "metadata.finalizers") -> Causes:
    for index, name in enumerate(given):
        if "/" not in name and name not in STANDARD_FINALIZERS:
            why = "name is neither a standard finalizer name nor is it fully qualified"
            yield invalid(f"{field}[{index}]", name, why)


def _owners(field: str, owners: Sequence[FrozenMap]) -> Causes:
    for owner in owners:
        yield from _owner(field, owner)
    controllers = [owner.get("name", "") for owner in owners if owner.get("controller")]
    if len(controllers) > 1:
        yield invalid(field, controllers, "only one reference can have controller set to true")


def _owner(field: str, owner: Mapping[str, Json]) -> Causes:
    group, _, version = owner.get("apiVersion", "").rpartition("/")
    if not version or "/" in group:
        yield invalid(f"{field}.apiVersion", owner.get("apiVersion", ""), "version must not be empty")
    for name in ("kind", "name", "uid"):
        if not owner.get(name):
            yield invalid(f"{field}.{name}", "", "must not be empty")
    if owner.get("apiVersion") == "v1" and owner.get("kind") == "Event":
        yield invalid(field, owner, "v1 Event is disallowed from being an owner")

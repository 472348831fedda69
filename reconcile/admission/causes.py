"""What can be wrong with an object: one constructor a reason.

Rules
1. A cause names the reason, the path of the field and, in words, the value found and what was expected.
2. Validation is a set of generators that yield causes; nothing stops at the first one (contract api 13).
3. Paths are written as the server writes them: `spec.containers[0].name`, `spec.resources[storage]`.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Final

from reconcile.model.json import Json
from reconcile.outcome import Cause

Causes = Iterator[Cause]

AT_LEAST_ZERO: Final = "must be greater than or equal to 0"
IMMUTABLE: Final = "field is immutable"


def _shown(value: Json) -> str:
    text = json.dumps(value, default=str, separators=(",", ":"))
    return text if len(text) <= 120 else text[:117] + "..."


def invalid(field: str, value: Json, why: str) -> Cause:
    """Return the cause for a *value* that is not as it must be."""
    return Cause("FieldValueInvalid", field, f"Invalid value: {_shown(value)}: {why}")


def required(field: str, why: str = "") -> Cause:
    """Return the cause for a value that is missing."""
    return Cause("FieldValueRequired", field, f"Required value: {why}" if why else "Required value")


def forbidden(field: str, why: str) -> Cause:
    """Return the cause for a field that may not be set, or not be changed."""
    return Cause("FieldValueForbidden", field, f"Forbidden: {why}")


def not_supported(field: str, value: Json, supported: Iterable[str]) -> Cause:
    """Return the cause for a *value* that is none of the *supported* ones."""
    listed = ", ".join(_shown(item) for item in sorted(supported))
    return Cause("FieldValueNotSupported", field, f"Unsupported value: {_shown(value)}: supported values: {listed}")


def duplicate(field: str, value: Json) -> Cause:
    """Return the cause for a *value* that occurs twice."""
    return Cause("FieldValueDuplicate", field, f"Duplicate value: {_shown(value)}")


def not_found(field: str, value: Json) -> Cause:
    """Return the cause for a *value* that refers to nothing."""
    return Cause("FieldValueNotFound", field, f"Not found: {_shown(value)}")


def too_long(field: str, limit: int) -> Cause:
    """Return the cause for a text of more than *limit* bytes."""
    return Cause("FieldValueTooLong", field, f"Too long: may not be more than {limit} bytes")


def too_many(field: str, count: int, limit: int) -> Cause:
    """Return the cause for a list of *count* items where *limit* are allowed."""
    return Cause("FieldValueTooMany", field, f"Too many: {count}: must have at most {limit} items")


def at_least_zero(field: str, value: Json) -> Causes:
    """Yield a cause if the number *value* is negative; an absent one is fine."""
    if value is not None and value < 0:
        yield invalid(field, value, AT_LEAST_ZERO)


def one_of(field: str, value: Json, supported: Iterable[str]) -> Causes:
    """Yield a cause if *value* is none of the *supported* ones."""
    if value not in supported:
        yield not_supported(field, value, supported)


def broken(field: str, value: Json, faults: Iterable[str]) -> Causes:
    """Yield a cause for each of the *faults* that a name rule found in *value*."""
    for fault in faults:
        yield invalid(field, value, fault)


def within(path: str, causes: Iterable[Cause]) -> Causes:
    """Yield *causes*, whose fields are relative, with *path* in front.

    >>> [cause.field for cause in within("spec.template.spec", [required("containers")])]
    ['spec.template.spec.containers']
    """
    for cause in causes:
        joint = "" if cause.field.startswith("[") or not cause.field else "."
        yield Cause(cause.reason, f"{path}{joint}{cause.field}" if path else cause.field, cause.message)

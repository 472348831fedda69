"""The types of the API, as decoding sees them (`reconcile.model.api_types`).

Rules
1. A type is a struct, a list, a map, a pointer or a scalar; structs list their fields in order of declaration, and the
   fields of inlined structs stand among those of the struct they are in.
2. Some structs are values of their own in JSON (times, quantities, int-or-string, raw JSON): `LEAVES`.
3. A kind's root type is `v1.<Kind>`; a kind that the data does not know has metadata and is otherwise taken as it is.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, Final

from attrs import frozen

from reconcile.model.api_types import api_types
from reconcile.model.json import FrozenMap, Json

LEAVES: Final = frozenset(
    {
        "v1.Time",
        "v1.MicroTime",
        "resource.Quantity",
        "intstr.IntOrString",
        "runtime.RawExtension",
        "v1.FieldsV1",
    }
)
"""Structs that are no objects in JSON."""

# Scale belongs to every scalable kind and is no stored type, so the data does not list it (contract api 8.2).
_SCALE: Final = {
    "v1.Scale": [("metadata", "v1.ObjectMeta"), ("spec", "v1.ScaleSpec"), ("status", "v1.ScaleStatus")],
    "v1.ScaleSpec": [("replicas", "int32")],
    "v1.ScaleStatus": [("replicas", "int32"), ("selector", "string")],
}


@frozen
class Field:
    """One field of a struct."""

    name: str
    """The JSON name."""
    type: str
    omitempty: bool


@frozen
class Type:
    """One type of the API."""

    name: str
    kind: str
    """`struct`, `ptr`, `slice`, `map`, a scalar's Go name such as `int32`, or `leaf`."""
    elem: str = ""
    """What a pointer, list or map holds."""
    fields: tuple[Field, ...] = ()


@cache
def _data() -> Mapping[str, Mapping[str, Any]]:
    header = {"name": "", "json": "", "type": "v1.TypeMeta", "inline": True}
    more = {}
    for name, fields in _SCALE.items():
        own = [{"json": field, "type": of, "omitempty": True} for field, of in fields]
        more[name] = {"kind": "struct", "fields": [header, *own] if name == "v1.Scale" else own}
    return {**api_types(), **more}


@cache
def find(name: str) -> Type:
    """Return the type called *name*, e.g. `v1.PodSpec` or `[]v1.Container`."""
    if name in LEAVES:
        return Type(name, "leaf")
    raw = _data()[name]
    return Type(name, raw["kind"], raw.get("elem", ""), tuple(_fields(raw)))


@lru_cache(maxsize=256)
def root(kind: str) -> str | None:
    """Return the name of the root type of *kind*; None if the data does not know the kind.

    >>> root("Pod"), root("Widget")
    ('v1.Pod', None)
    """
    name = f"v1.{kind}"
    fields = _data().get(name, {}).get("fields", ())
    return name if any(field["type"] == "v1.TypeMeta" for field in fields) else None


@cache
def _ranks(name: str) -> dict[str, int]:
    return {field.name: rank for rank, field in enumerate(find(name).fields)}


def in_order(name: str, fields: Mapping[str, Json]) -> FrozenMap:
    """Return *fields* of a struct in the order of their declaration, the order of everything that is stored.

    >>> list(in_order("v1.Toleration", {"effect": "NoExecute", "key": "a"}))
    ['key', 'effect']
    """
    ranks = _ranks(name)
    return FrozenMap({key: fields[key] for key in sorted(fields, key=ranks.__getitem__)})


def _fields(raw: Mapping[str, Any]) -> list[Field]:
    found: list[Field] = []
    for field in raw.get("fields", ()):
        if field.get("inline"):
            found += find(field["type"]).fields
        elif field["json"] not in ("", "-"):
            found.append(Field(field["json"], field["type"], field.get("omitempty", False)))
    return found

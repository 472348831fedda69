"""The types a pod template is made of, read from the packaged schema.

Rules
1. The schema lists, for every struct below `v1.PodTemplateSpec`, its fields in the order upstream declares them: the
   name in the struct, the key in JSON, the type, and whether JSON leaves the field out when it is empty.
2. A type is written as upstream writes it: `*T` may be absent, `[]T` is a list, `map[K]V` a map, anything else is a
   plain type or the name of a type in the schema.
3. An embedded struct has no key of its own: its fields lie in the JSON object around it.
4. Four structs have a JSON form of their own and are leaves here: `LEAVES`.

Whoever needs to walk templates compiles this table once into functions (`reconcile.model.template_hash`,
`reconcile.model.template_form`) instead of interpreting it for each template.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from attrs import frozen

LEAVES: Final[Mapping[str, str]] = {
    "resource.Quantity": "quantity",
    "intstr.IntOrString": "int or string",
    "meta.v1.Time": "time",
    "meta.v1.FieldsV1": "raw",
}
"""Structs whose JSON is not an object of their fields, and the kind they count as here."""

ROOT: Final = "v1.PodTemplateSpec"


@frozen
class Field:
    """One field of a struct."""

    name: str
    """The name in the struct, as it is hashed."""
    key: str | None
    """The key in JSON; None for an embedded struct."""
    type: "Type"
    omit_empty: bool
    """Whether JSON leaves the field out if it is empty."""


@frozen
class Type:
    """A type of the schema."""

    printed: str
    """The type's name as it is hashed, e.g. `[]v1.Container`."""
    kind: str
    """pointer, list, map, struct, string, bool, integer, or one of the values of `LEAVES`."""
    item: "Type | None" = None
    """What a pointer points to, or a list or map holds."""
    fields: tuple[Field, ...] = ()


@cache
def type_of(name: str) -> Type:
    """Return the type that *name* stands for, with everything below it.

    >>> type_of("[]*int64").printed, type_of("[]*int64").item.item.kind
    ('[]*int64', 'integer')
    >>> [field.name for field in type_of("v1.PodTemplateSpec").fields]
    ['ObjectMeta', 'Spec']
    """
    for mark, kind in (("*", "pointer"), ("[]", "list"), ("map[string]", "map")):
        if name.startswith(mark):
            item = type_of(name.removeprefix(mark))
            return Type(mark + item.printed, kind, item)
    entry = _entries().get(name, {"print": name, "kind": name})
    return _named(entry, LEAVES.get(name) or _KINDS.get(entry["kind"], "integer"))


# Every kind that is not listed is an integer of some width.
_KINDS: Final = {"struct": "struct", "string": "string", "bool": "bool", "map": "map"}


def _named(entry: Mapping[str, Any], kind: str) -> Type:
    if kind == "struct":
        return Type(entry["print"], kind, fields=tuple(_field(row) for row in entry["fields"]))
    return Type(entry["print"], kind, type_of(entry["elem"]) if kind == "map" else None)


def _field(row: Mapping[str, Any]) -> Field:
    embedded = bool(row.get("inline"))
    return Field(row["name"], None if embedded else row["json"], type_of(row["type"]), row["omitempty"])


@cache
def _entries() -> Mapping[str, Any]:
    text = (files("reconcile") / "data" / "pod-template-schema.json").read_text(encoding="utf-8")
    types: Mapping[str, Any] = json.loads(text)["types"]
    return types

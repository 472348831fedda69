"""Every field that a pod template can have is hashed, serialised, compared and defaulted.

The types say which fields there are, so these tests build templates from the types.
"""

from typing import Any, Final

import pytest

from reconcile.admission.decode import decode
from reconcile.admission.schema import find
from reconcile.model.json import freeze
from reconcile.model.pod_defaults import template_defaults
from reconcile.model.pod_schema import ROOT, Type, type_of
from reconcile.model.revision_data import canonical_json, restored_template, revision_data, revision_patch
from reconcile.model.template_form import same_template, serialised
from reconcile.model.template_hash import _writer as writer
from reconcile.model.template_hash import dump_template, pod_template_hash

SAMPLES: Final[dict[str, Any]] = {
    "string": "text",
    "bool": True,
    "integer": 7,
    "int or string": "http",
    "quantity": "3",
    "time": None,
    "raw": {"f:spec": {}},
}
"""A value that is not the zero one, by kind; a template's own time is always the zero time."""


def full(of: Type) -> Any:
    """Return a value of a type in which every field is set."""
    if of.kind == "struct":
        return {key: full(inner) for key, inner in members(of)}
    if of.kind == "list":
        assert of.item is not None
        return [full(of.item), full(of.item)]
    if of.kind == "map":
        assert of.item is not None
        return {"b": full(of.item), "a": full(of.item)}
    return full(of.item) if of.item is not None else SAMPLES[of.kind]


def members(of: Type) -> list[tuple[str, Type]]:
    """The keys of a struct in JSON, those of embedded structs among them."""
    found = []
    for field in of.fields:
        found += members(field.type) if field.key is None else [(field.key, field.type)]
    return found


def structs(of: Type, found: dict[str, Type] | None = None) -> dict[str, Type]:
    """All structs below a type, by name."""
    found = {} if found is None else found
    if of.item is not None:
        structs(of.item, found)
    if of.kind == "struct" and of.printed not in found:
        found[of.printed] = of
        for field in of.fields:
            structs(field.type, found)
    return found


TEMPLATE: Final = freeze(full(type_of(ROOT)))
STRUCTS: Final = structs(type_of(ROOT))
NEVER_SERIALISED: Final = frozenset({"stopSignal"})
"""What the API server drops (a gate that is off) although the type has it."""


def pruned(value: Any) -> Any:
    """*value* without nulls: a template's own times are absent."""
    if isinstance(value, dict):
        return {key: pruned(item) for key, item in value.items() if item is not None}
    return [pruned(item) for item in value] if isinstance(value, list) else value


def test_a_template_with_every_field_is_hashed() -> None:
    """No type of the schema lacks a way to be written; only items of lists stand there without their type."""
    text = dump_template(TEMPLATE)
    items = {
        field.type.item.printed
        for of in STRUCTS.values()
        for field in of.fields
        if field.type.kind == "list" and field.type.item is not None
    }

    assert len(STRUCTS) > 100
    assert {name for name in STRUCTS if f"({name}){{" not in text and f"(*{name}){{" not in text} <= items
    assert 3 == len({pod_template_hash(TEMPLATE, count) for count in (None, 0, 1)})


FIELDS: Final = [(name, key, of) for name, struct in sorted(STRUCTS.items()) for key, of in members(struct)]


def test_every_field_of_every_struct_is_hashed() -> None:
    """A field that is set gives another text than one that is not."""
    silent = []
    for name, key, of in FIELDS:
        write = writer(STRUCTS[name])
        if full(of) is not None and write({key: full(of)}) == write({}):
            silent.append(f"{name}.{key}")

    assert len(FIELDS) > 500
    assert [] == silent


def test_every_field_of_every_struct_makes_another_template() -> None:
    """Two templates that differ in one field, wherever it is, are not the same, and have other revisions."""
    places = {path[-3:]: path for path in leaves(TEMPLATE)}
    for path in places.values():
        other = without(TEMPLATE, path)
        if path[-1] not in NEVER_SERIALISED and pruned(other) != pruned(TEMPLATE):
            assert not same_template(TEMPLATE, other), path


def leaves(value: Any) -> list[tuple[Any, ...]]:
    """The paths of all fields outside of lists' second items, the same again."""
    if isinstance(value, dict):
        return [(key, *rest) for key, item in value.items() for rest in (leaves(item) or [()])]
    return [(0, *rest) for rest in (leaves(value[0]) or [()])] if isinstance(value, list) else []


def without(value: Any, path: tuple[Any, ...]) -> Any:
    """*value* without what lies at *path*."""
    head, *rest = path
    if isinstance(value, list):
        return freeze([without(value[0], tuple(rest)), *value[1:]] if rest else value[1:])
    items = {key: item for key, item in value.items() if key != head}
    return freeze({**items, head: without(value[head], tuple(rest))} if rest else items)


def test_a_template_with_every_field_is_in_stored_form() -> None:
    """Nothing of it is lost when it is serialised, put into a revision and taken out again, or defaulted."""
    stored = pruned(TEMPLATE)

    assert stored == serialised(TEMPLATE)
    assert stored == restored_template(revision_patch(TEMPLATE))
    assert stored == pruned(template_defaults(TEMPLATE))
    assert canonical_json(revision_patch(TEMPLATE)) == revision_data(TEMPLATE)


def test_both_descriptions_of_a_template_agree() -> None:
    """The types that are hashed have the fields of the types that manifests are decoded by, and no others."""
    decoded = decode("ReplicaSet", {"spec": {"template": TEMPLATE}})["spec"]["template"]
    dropped = {path[-1] for path in leaves(pruned(TEMPLATE)) if path not in set(leaves(decoded))}

    assert NEVER_SERIALISED == dropped
    for name, struct in STRUCTS.items():
        if name in ("v1.Time", "v1.FieldsV1"):
            continue
        known = {field.name for field in find(name).fields}
        assert known == {key for key, _ in members(struct)}, name


@pytest.mark.parametrize("zero", [None, {}])
def test_a_template_without_any_field_has_all_zeros(zero: Any) -> None:
    """Absent and null are the same wherever a field may be absent."""
    nulls = dict.fromkeys(("metadata", "spec"), zero)

    assert dump_template({}) == dump_template(nulls)
    assert same_template({}, nulls)
    assert serialised({}) == serialised(nulls)

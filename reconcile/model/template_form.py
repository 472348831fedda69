"""The forms of a pod template: as the typed object serialises it, and reduced to what makes two templates the same.

Rules
1. Serialised (contract statefulset 3): unknown fields are dropped; optional fields that are empty are left out,
   unless they are pointers, which are kept whatever they point to; structs that are not pointers are always there,
   even as `{}`; quantities are in canonical form. A template read from the API has this form already.
2. The same (contract deployment 4): in the serialised form absent and empty lists or maps are equal, quantities are
   compared by value, the label `pod-template-hash` is not looked at; everything else must agree.
3. What is no template - a revision may hold anything - is a ValueError.
4. Both are compiled from `reconcile.model.pod_schema`, one function for each type. What has the wanted form already
   is returned as it is.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, Final

from attrs import frozen

from reconcile.model.json import EMPTY, FrozenList, FrozenMap, Json, drop, freeze
from reconcile.model.pod_schema import ROOT, Field, Type, type_of
from reconcile.model.quantity import Quantity

HASH_LABEL: Final = "pod-template-hash"

Shape = Callable[[Json], Json]
"""Gives a JSON value its form; None stands for an absent value, which becomes the zero value of the type."""


def serialised(template: Mapping[str, Any]) -> FrozenMap:
    """Return *template* as the typed object serialises it; raise ValueError if it is no template.

    >>> form = serialised({"spec": {"hostNetwork": False, "volumes": None, "securityContext": {}, "x": 1}})
    >>> form == {"metadata": {}, "spec": {"containers": None, "securityContext": {}}}
    True
    """
    return _serialised(freeze(template) if type(template) is not FrozenMap else template)


def same_template(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two pod templates are the same to a Deployment.

    >>> same_template({"spec": {"volumes": []}}, {"metadata": {"labels": {"pod-template-hash": "5b6"}}})
    True
    >>> same_template({"spec": {"securityContext": {}}}, {"spec": {}})
    False
    """
    if one is other or one == other:
        return True
    # Most ReplicaSets differ from their Deployment in the label only, which a comparison of a copy finds out cheaply.
    if drop(one, _HASH_PATH) == drop(other, _HASH_PATH):
        return True
    return _essence(freeze(one)) == _essence(freeze(other))


_HASH_PATH: Final = ("metadata", "labels", HASH_LABEL)


@lru_cache(maxsize=4096)
def _serialised(template: FrozenMap) -> FrozenMap:
    form: FrozenMap = _shape(type_of(ROOT), _SERIALISED)(template)
    return form


@lru_cache(maxsize=4096)
def _essence(template: FrozenMap) -> FrozenMap:
    form: FrozenMap = _shape(type_of(ROOT), _ESSENCE)(drop(template, _HASH_PATH))
    return form


@frozen
class Form:
    """What differs between the two forms."""

    quantity: Shape
    keeps_required: bool
    """Whether a list or map that must be there is shown although it is empty."""


_SERIALISED: Final = Form(lambda value: str(Quantity.read(value)), keeps_required=True)
_ESSENCE: Final = Form(lambda value: Quantity.read(value).nano, keeps_required=False)


@cache
def _shape(kind: Type, form: Form) -> Shape:
    if kind.kind == "quantity":
        return form.quantity
    return _COMPILERS[kind.kind](kind, form)


# Key, shape, whether a value that turns out empty is left out, and what an absent one becomes.
_Row = tuple[str, Shape, bool, Json]
_LEFT_OUT: Final = object()

# Without a pointer these are there even if they are empty: no zero value of a struct counts as empty.
_STRUCTS: Final = frozenset({"struct", "quantity", "int or string"})


def _struct(kind: Type, form: Form) -> Shape:
    rows = tuple(_rows(kind, form))

    def shape(value: Json) -> Json:
        get = (EMPTY if value is None else _checked(value, dict, kind)).get
        out = {}
        for key, inner, omits, absent in rows:
            item = get(key)
            new = absent if item is None else inner(item)
            if new is not _LEFT_OUT and (new or not omits):
                out[key] = new
        return value if value == out else FrozenMap(out)

    return shape


def _rows(kind: Type, form: Form) -> Iterator[_Row]:
    for field in kind.fields:
        if field.key is None:
            yield from _rows(field.type, form)
        else:
            yield _row(field, field.key, form)


def _row(field: Field, key: str, form: Form) -> _Row:
    kind, shape = field.type.kind, _shape(field.type, form)
    if kind in _STRUCTS:
        return key, shape, False, shape(None)
    if kind in ("pointer", "time"):
        return key, shape, False, _LEFT_OUT if field.omit_empty else None
    required = not field.omit_empty and (form.keeps_required or kind not in ("list", "map"))
    return key, shape, not required, shape(None) if required else _LEFT_OUT


def _pointer(kind: Type, form: Form) -> Shape:
    inner = _shape(_held(kind), form)
    return lambda value: None if value is None else inner(value)


def _list(kind: Type, form: Form) -> Shape:
    inner = _shape(_held(kind), form)

    def shape(value: Json) -> Json:
        if value is None:
            return None
        out = [inner(item) for item in _checked(value, list, kind)]
        return value if value == out else FrozenList(out)

    return shape


def _map(kind: Type, form: Form) -> Shape:
    inner = _shape(_held(kind), form)

    def shape(value: Json) -> Json:
        if value is None:
            return None
        out = {key: inner(item) for key, item in _checked(value, dict, kind).items()}
        return value if value == out else FrozenMap(out)

    return shape


def _held(kind: Type) -> Type:
    assert kind.item is not None, kind
    return kind.item


def _scalar(zero: Json, *types: type) -> Callable[[Type, Form], Shape]:
    def compile_for(kind: Type, _: Form) -> Shape:
        def shape(value: Json) -> Json:
            if value is None:
                return zero
            # Not isinstance: a bool is no integer here.
            if type(value) not in types:
                raise _unlike(value, kind)
            return value

        return shape

    return compile_for


def _checked(value: Json, form: type, kind: Type) -> Json:
    if not isinstance(value, form):
        raise _unlike(value, kind)
    return value


def _unlike(value: Json, kind: Type) -> ValueError:
    return ValueError(f"{kind.printed}: cannot be {value!r:.40}")


def _raw(_kind: Type, _form: Form) -> Shape:
    return lambda value: value


_COMPILERS: Final[Mapping[str, Callable[[Type, Form], Shape]]] = {
    "struct": _struct,
    "pointer": _pointer,
    "list": _list,
    "map": _map,
    "string": _scalar("", str),
    "bool": _scalar(False, bool),
    "integer": _scalar(0, int),
    "int or string": _scalar(0, int, str),
    "time": _scalar(None, str),
    "raw": _raw,
}

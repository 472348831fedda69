"""Decoding: a manifest as it comes to an object in the form that is stored (contract api 1, "Decoding rules").

Rules
1. The shape is that of the Go types (`schema`): a wrong JSON type, a number out of range, a malformed time or quantity
   and - if strict - a field that the type does not have are a `Malformed` that names the path; nothing else is raised.
2. Null is "absent". An absent or empty field is left out, but sub-objects that are no pointers always appear, and so
   does whatever a pointer points to, zero or not; a required list that is empty is null.
3. Quantities get their canonical text, times whole seconds in UTC.
4. What is canonical already comes back as the very same object, and pod specs are read once per frozen object: a
   controller that creates a thousand pods from one template pays for one.
5. Types may have a finishing step (`reconcile.admission.defaults`): that is all there is to defaulting.
"""

import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from attrs import frozen

from reconcile.admission.defaults import FINISH, GATED_OFF, VANISHING
from reconcile.admission.once import once, shared
from reconcile.admission.schema import Field, Type, find, in_order, root
from reconcile.model.clock import parse, stamp
from reconcile.model.json import EMPTY, FrozenList, FrozenMap, Json
from reconcile.model.quantity import Quantity

Reader = Callable[[Json], Json]

_DEEPEST: Final = 100
_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_BOUNDS: Final = {"int32": 2**31, "int64": 2**63, "int": 2**63}
_NAMES: Final[Mapping[type, str]] = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number with a fraction",
    dict: "an object",
    list: "a list",
    FrozenMap: "an object",
    FrozenList: "a list",
    type(None): "null",
}


class Malformed(ValueError):  # noqa: N818 - what the document is, not what went wrong
    """A document that does not have the shape of its kind."""

    def __init__(self, why: str, *, step: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.steps: list[str] = [step] if step else []

    @property
    def path(self) -> str:
        """The path of the field, e.g. `spec.containers[0].image`."""
        return "".join(reversed(self.steps)).removeprefix(".")

    def __str__(self) -> str:
        return f"{self.path}: {self.why}" if self.steps else self.why


@frozen
class Mode:
    """How a document is read."""

    strict: bool = True
    """Whether unknown fields are refused rather than dropped."""
    defaults: bool = False
    """Whether absent fields get their defaults."""
    gated: bool = True
    """Whether fields of features that are off are dropped."""
    semantic: bool = False
    """Whether quantities are read as numbers, so that equal ones compare equal however they were written."""


def decode(kind: str, obj: Json, *, strict: bool = True, gated: bool = True) -> FrozenMap:
    """Return the manifest *obj* of *kind* in canonical form; raise `Malformed` (a ValueError) if it has another shape.

    Unless *strict*, fields that the kind does not have are dropped; so are, if *gated*, those of features that are off.

    >>> decode("Pod", {"spec": {"hostNetwork": False, "containers": [{"name": "a", "prots": []}]}})
    Traceback (most recent call last):
    reconcile.admission.decode.Malformed: spec.containers[0].prots: unknown field
    """
    return read(kind, obj, Mode(strict=strict, gated=gated))


def read(kind: str, obj: Json, mode: Mode) -> FrozenMap:
    """Return *obj* read as *kind* in the given *mode*."""
    if not isinstance(obj, dict):
        raise _not("an object", obj)
    name = root(kind)
    decoded: FrozenMap = reader(name, mode)(obj) if name else _untyped(obj, mode)
    return decoded


def same_meaning(kind: str, field: str, one: Json, other: Json) -> bool:
    """Return whether two canonical values of a top-level *field* of *kind* mean the same (contract api 2.4).

    >>> from reconcile.model.json import freeze
    >>> old, new = (freeze({"overhead": {"cpu": amount}}) for amount in ("1e3", "1k"))
    >>> same_meaning("Pod", "spec", old, new)
    True
    """
    if one is other or one == other:
        return True
    # Canonical forms differ in nothing but the spelling of quantities, if they mean the same.
    mode = Mode(semantic=True)
    return bool(read_part(kind, field, one, mode) == read_part(kind, field, other, mode))


def read_part(kind: str, field: str, value: Json, mode: Mode) -> Json:
    """Return the *value* of one top-level *field* of *kind*, such as `status`, read on its own."""
    name = root(kind)
    for known in find(name).fields if name else ():
        if known.name == field:
            return _step(f".{field}", reader(known.type, mode), value)
    return _raw(value, 0)


@cache
def reader(name: str, mode: Mode) -> Reader:
    """Return what reads values of the type called *name*."""
    of = find(name)
    if name == "resource.Quantity":
        return _amount if mode.semantic else _quantity
    if name == "v1.ResourceList":
        return _map(_amount if mode.semantic else _rounded_quantity)
    if name in _LEAF_READERS:
        return _LEAF_READERS[name]
    if of.kind == "ptr":
        return _pointer(reader(of.elem, mode))
    if of.kind == "slice":
        return _list(reader(of.elem, mode))
    if of.kind == "map":
        return _map(reader(of.elem, mode))
    if of.kind == "struct":
        read_struct = _struct(of, mode)
        return once(read_struct) if name in _SHARED else read_struct
    return _SCALARS[of.kind]


# --- scalars ---------------------------------------------------------------------------------------------------


def _not(expected: str, value: Json) -> Malformed:
    return Malformed(f"must be {expected}, not {_NAMES.get(type(value), type(value).__name__)}")


def _string(value: Json) -> str:
    if value is None:
        return ""
    if type(value) is not str:
        raise _not("a string", value)
    return value


def _boolean(value: Json) -> bool:
    if value is None:
        return False
    if type(value) is not bool:
        raise _not("a boolean", value)
    return value


def _integer(bound: int) -> Reader:
    def read(value: Json) -> int:
        if value is None:
            return 0
        if type(value) is not int:
            raise _not("an integer", value)
        if not -bound <= value < bound:
            raise Malformed(f"must be an integer of {bound.bit_length()} bits")
        return value

    return read


_SCALARS: Final[Mapping[str, Reader]] = {
    "string": _string,
    "bool": _boolean,
    **{name: _integer(bound) for name, bound in _BOUNDS.items()},
}


def _time(value: Json) -> str | None:
    if value is None:
        return None
    if type(value) is not str:
        raise _not("a time such as 2026-01-02T03:04:05Z", value)
    try:
        # Python reads more forms than RFC 3339 has.
        moment = parse(value) if _RFC_3339.fullmatch(value) else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise Malformed(f"must be a time such as 2026-01-02T03:04:05Z, not {value[:40]!r}")
    return stamp(moment)


def _micro_time(value: Json) -> str | None:
    moment = _time(value)
    return moment if moment is None else str(value)


def _quantity(value: Json) -> str:
    try:
        return str(Quantity.read(value))
    except ValueError as error:
        raise Malformed(str(error)) from None


def _rounded_quantity(value: Json) -> str:
    # contract api 4.2: amounts in resource lists are rounded up to thousandths
    try:
        return str(Quantity.read(value).rounded_up(scale=-3))
    except ValueError as error:
        raise Malformed(str(error)) from None


def _amount(value: Json) -> int:
    return Quantity.read(value).nano


def _int_or_string(value: Json) -> int | str:
    if type(value) is str:
        return value
    if value is not None and type(value) is not int:
        raise _not("an integer or a string", value)
    number: int = _SCALARS["int32"](value)
    return number


def _raw_top(value: Json) -> Json:
    return _raw(value, 0)


def _raw(value: Json, depth: int) -> Json:
    """Freeze free-form JSON; unlike `freeze` it survives hostile input."""
    if depth > _DEEPEST:
        raise Malformed(f"must not be nested deeper than {_DEEPEST} levels")
    if isinstance(value, dict):
        return shared(value, FrozenMap({_key(key): _raw(item, depth + 1) for key, item in value.items()}))
    if isinstance(value, list):
        return shared(value, FrozenList([_raw(item, depth + 1) for item in value]))
    if type(value) is float and not math.isfinite(value):
        raise Malformed("must be a finite number")
    if value is not None and type(value) not in _NAMES:
        raise _not("JSON", value)
    return value


_LEAF_READERS: Final[Mapping[str, Reader]] = {
    "v1.Time": _time,
    "v1.MicroTime": _micro_time,
    "intstr.IntOrString": _int_or_string,
    "runtime.RawExtension": _raw_top,
    "v1.FieldsV1": _raw_top,
}


# --- composites ------------------------------------------------------------------------------------------------


def _step(step: str, read: Reader, value: Json) -> Json:
    try:
        return read(value)
    except Malformed as error:
        error.steps.append(step)
        raise


def _pointer(read: Reader) -> Reader:
    return lambda value: None if value is None else read(value)


def _list(read: Reader) -> Reader:
    def read_list(value: Json) -> Json:
        if value is None:
            return None
        if not isinstance(value, list):
            raise _not("a list", value)
        items = [_step(f"[{index}]", read, item) for index, item in enumerate(value)]
        return shared(value, FrozenList(items)) if items else None

    return read_list


def _map(read: Reader) -> Reader:
    def read_map(value: Json) -> Json:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise _not("an object", value)
        # The server writes maps in the order of their keys.
        items = {key: _step(f".{key}", read, value[key]) for key in sorted(map(_key, value))}
        return shared(value, FrozenMap(items)) if items else None

    return read_map


def _key(key: object) -> str:
    if type(key) is not str:
        raise Malformed(f"keys must be strings, not {key!r}")
    return key


@frozen
class _Slot:
    """One field of a struct, ready for reading."""

    name: str
    read: Reader
    always: bool
    """Whether it appears even if absent."""
    drop_zero: bool
    """Whether 0, false and the empty string are left out."""


def _slot(field: Field, mode: Mode) -> _Slot:
    of = find(field.type)
    pointed = of.kind in ("ptr", "slice", "map")
    # creationTimestamp alone among the times is left out when it is zero.
    always = not field.omitempty or (of.kind in ("struct", "leaf") and field.name != "creationTimestamp")
    return _Slot(field.name, reader(field.type, mode), always, not pointed and not always)


def _struct(of: Type, mode: Mode) -> Reader:
    gated = GATED_OFF.get(of.name, ()) if mode.gated else ()
    slots = tuple(_slot(field, mode) for field in of.fields)
    known = frozenset(field.name for field in of.fields)
    finish = FINISH.get(of.name) if mode.defaults else None

    def read_struct(value: Json) -> FrozenMap | None:
        if value is None:
            value = EMPTY
        if not isinstance(value, dict) or (mode.strict and not known.issuperset(value)):
            raise _shapeless(value, known)
        out: dict[str, Json] = {}
        for slot in slots:
            if slot.always or slot.name in value:
                item = _step(f".{slot.name}", slot.read, value.get(slot.name))
                if slot.always or not (item is None or (slot.drop_zero and not item)):
                    out[slot.name] = item
        if gated and not out.keys().isdisjoint(gated):
            out = {name: item for name, item in out.items() if name not in gated}
            if not out and of.name in VANISHING:
                return None
        if finish is None:
            return _struct_like(value, FrozenMap(out))
        finish(out)
        return _struct_like(value, in_order(of.name, out))

    return read_struct


def _struct_like(value: Json, read: FrozenMap) -> FrozenMap:
    same: FrozenMap = shared(value, read)
    return same


def _shapeless(value: Json, known: frozenset[str]) -> Malformed:
    if not isinstance(value, dict):
        return _not("an object", value)
    return Malformed("unknown field", step=f".{min(str(key) for key in value if key not in known)}")


def _untyped(obj: Mapping[str, Any], mode: Mode) -> FrozenMap:
    out = {key: _raw(item, 0) for key, item in obj.items() if key != "metadata"}
    return FrozenMap({**out, "metadata": _step(".metadata", reader("v1.ObjectMeta", mode), obj.get("metadata"))})


_SHARED: Final = frozenset({"v1.PodSpec", "v1.PodTemplateSpec"})
"""Types that are read once per frozen object."""

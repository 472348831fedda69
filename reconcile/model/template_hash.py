"""The pod-template-hash: which number a pod template has.

Rules (contract deployment 12)
1. What is hashed is not JSON but the text of upstream's struct: every field in the order of its declaration,
   present or not, each with its type. `reconcile.model.pod_schema` is that declaration.
2. A number of collisions, when there is one (0 counts), is hashed behind the text: 32 bits little endian, four zeros.
3. The text is compiled, not interpreted: each type of the schema becomes one function from a JSON value to its text,
   and the text of an absent field is known beforehand.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, Final

from reconcile.model.fnv import fnv1a_32, spell
from reconcile.model.json import EMPTY, FrozenMap, Json
from reconcile.model.pod_schema import ROOT, Field, Type, type_of
from reconcile.model.quantity import Quantity

Writer = Callable[[Json], str]

NIL: Final = "<nil>"

# The time of a template's metadata is the zero time; another one has no portable text (contract deployment 12.1).
_ZERO_TIME: Final = "{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}"
_QUANTITY: Final = (
    "{{i:(resource.int64Amount){{value:(int64){} scale:(resource.Scale){}}} "
    "d:(resource.infDecAmount){{Dec:(*inf.Dec){}}} s:(string){} Format:(resource.Format){}}}"
)
_BIG_DECIMAL: Final = "{{unscaled:(big.Int){{neg:(bool){} abs:(big.nat)[{}]}} scale:(inf.Scale)9}}"
_INT_OR_STRING: Final = "{{Type:(intstr.Type){} IntVal:(int32){} StrVal:(string){}}}"


def pod_template_hash(template: Mapping[str, Any], collision_count: int | None = None) -> str:
    """Return the hash that names the ReplicaSet of *template*, as the label `pod-template-hash` carries it.

    Args:
        template: the pod template as the API server stores it, without that label.
        collision_count: the workload's `status.collisionCount`.

    >>> pod_template_hash({"metadata": {}, "spec": {}})
    '85748b7f68'
    >>> pod_template_hash({"metadata": {}, "spec": {}}, 1) == pod_template_hash({"metadata": {}, "spec": {}})
    False
    """
    if type(template) is FrozenMap:
        return _known_hash(template, collision_count)
    return _hash(template, collision_count)


def dump_template(template: Mapping[str, Any]) -> str:
    """Return the text of *template* that is hashed.

    >>> dump_template({})[:60]
    '(v1.PodTemplateSpec){ObjectMeta:(v1.ObjectMeta){Name:(string'
    """
    return f"({ROOT}){_writer(type_of(ROOT))(template)}"


def _hash(template: Mapping[str, Any], collision_count: int | None) -> str:
    text = dump_template(template).encode()
    salt = b"" if collision_count is None else (collision_count % 2**32).to_bytes(8, "little")
    return spell(fnv1a_32(text + salt))


_known_hash = lru_cache(maxsize=4096)(_hash)


@lru_cache(maxsize=4096)
def dump_quantity(text: str) -> str:
    """Return the text that is hashed for a quantity, in the form in which the API server stores it.

    >>> dump_quantity("65Mi")[:60]
    '{i:(resource.int64Amount){value:(int64)68157440 scale:(resou'
    """
    # Twice, because what is remembered of a quantity depends on how it was written: the server stores `str`.
    quantity = Quantity.parse(str(Quantity.read(text)))
    if quantity.scale is None:
        return _QUANTITY.format(0, 0, _big_decimal(quantity.nano), "", quantity.form)
    value = quantity.nano // 10 ** (9 + quantity.scale)
    return _QUANTITY.format(value, quantity.scale, NIL, quantity.kept, quantity.form)


def _big_decimal(nano: int) -> str:
    words = []
    size = abs(nano)
    while size:
        size, word = divmod(size, 2**64)
        words.append(str(word))
    return _BIG_DECIMAL.format("true" if nano < 0 else "false", " ".join(words))


@cache
def _writer(kind: Type) -> Writer:
    """Return the function that writes values of type *kind*; absent values are written as None."""
    return _COMPILERS[kind.kind](kind)


def _struct(kind: Type) -> Writer:
    rows = tuple(_row(field) for field in kind.fields)

    def write(value: Json) -> str:
        get = (EMPTY if value is None else value).get
        parts = []
        for key, prefix, writer, absent in rows:
            item = value if key is None else get(key)
            parts.append(absent if item is None else prefix + writer(item))
        return "{" + " ".join(parts) + "}"

    return write


def _row(field: Field) -> tuple[str | None, str, Writer, str]:
    prefix = f"{field.name}:({field.type.printed})"
    writer = _writer(field.type)
    return field.key, prefix, writer, prefix + writer(None)


def _pointer(kind: Type) -> Writer:
    writer = _writer(_held(kind))
    return lambda value: NIL if value is None else writer(value)


def _list(kind: Type) -> Writer:
    writer = _writer(_held(kind))
    return lambda value: "[" + " ".join(map(writer, value)) + "]" if value else NIL


def _map(kind: Type) -> Writer:
    writer = _writer(_held(kind))

    def write(value: Json) -> str:
        if not value:
            return NIL
        return "map[" + " ".join([f"{key}:{writer(value[key])}" for key in sorted(value)]) + "]"

    return write


def _held(kind: Type) -> Type:
    assert kind.item is not None, kind
    return kind.item


def _int_or_string(value: Json) -> str:
    if isinstance(value, str):
        return _INT_OR_STRING.format(1, 0, value)
    return _INT_OR_STRING.format(0, value or 0, "")


def _raw(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "{Raw:([]uint8)[" + " ".join(map(str, text.encode())) + "]}"


def _leaf(writer: Writer) -> Callable[[Type], Writer]:
    return lambda _kind: writer


_COMPILERS: Final[Mapping[str, Callable[[Type], Writer]]] = {
    "struct": _struct,
    "pointer": _pointer,
    "list": _list,
    "map": _map,
    "string": _leaf(lambda value: value or ""),
    "bool": _leaf(lambda value: "true" if value else "false"),
    "integer": _leaf(lambda value: str(value or 0)),
    "int or string": _leaf(_int_or_string),
    "quantity": _leaf(lambda value: dump_quantity("0" if value is None else value)),
    "time": _leaf(lambda _value: _ZERO_TIME),
    "raw": _leaf(_raw),
}

"""Frozen JSON: the form in which every object is carried.

Rules
1. A frozen document is built of `FrozenMap`, `FrozenList` and the JSON scalars, and never changes.
2. `FrozenMap` *is* a dict and `FrozenList` *is* a list for everyone who only reads: `json.dumps`, equality with
   plain documents, `isinstance` and pattern matching work at C speed.
3. An edit (`put`, `drop`) copies only the maps on the path to the change and shares the rest, and gives back the
   very same object if nothing changed.

A persistent map (pyrsistent) pays off for wide maps; the maps inside a Kubernetes object have a handful of keys, and
copying those few at C speed is about ten times cheaper. The store, whose maps are wide, uses pyrsistent.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NoReturn, Self, final

Json = Any
"""A JSON value: `FrozenMap`, `FrozenList`, str, int, float, bool or None."""


def _refuse(self: object, *_args: object, **_kwargs: object) -> NoReturn:
    raise TypeError(f"{type(self).__name__} does not change; use reconcile.model.json.put or thaw it first")


@final
class FrozenMap(dict[str, Any]):
    """A JSON object that refuses to change and can be hashed.

    >>> FrozenMap(a=1) == {"a": 1}
    True
    >>> FrozenMap(a=1)["b"] = 2
    Traceback (most recent call last):
    TypeError: FrozenMap does not change; use reconcile.model.json.put or thaw it first
    """

    __slots__ = ("_hash",)
    _hash: int

    __setitem__ = __delitem__ = update = setdefault = pop = popitem = clear = __ior__ = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        try:
            return self._hash
        except AttributeError:
            # frozenset, because equal maps may list their keys in different orders.
            self._hash = hash(frozenset(self.items()))
            return self._hash

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[dict[str, Any]]]:
        return type(self), (dict(self),)


@final
class FrozenList(list[Any]):
    """A JSON array that refuses to change and can be hashed.

    >>> FrozenList([1, 2]) == [1, 2]
    True
    """

    __slots__ = ()

    __setitem__ = __delitem__ = append = extend = insert = pop = remove = clear = sort = reverse = _refuse
    __iadd__ = __imul__ = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[type[Self], tuple[list[Any]]]:
        return type(self), (list(self),)


EMPTY: Final = FrozenMap()
NOTHING: Final = FrozenList()


def freeze(value: Json) -> Json:
    """Return *value* as frozen JSON; what is frozen already is returned as it is.

    >>> freeze({"a": [1, {"b": None}]})["a"][1]
    {'b': None}
    """
    kind = type(value)
    if kind is dict:
        return FrozenMap({key: freeze(item) for key, item in value.items()})
    if kind is list or kind is tuple:
        return FrozenList([freeze(item) for item in value])
    return value


def thaw(value: Json) -> Json:
    """Return a plain copy of *value*, made of dicts and lists that may be changed.

    >>> plain = thaw(freeze({"spec": {"replicas": 3}}))
    >>> plain["spec"]["replicas"] += 1
    >>> plain
    {'spec': {'replicas': 4}}
    """
    if isinstance(value, dict):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, list):
        return [thaw(item) for item in value]
    return value


def look(value: Json, *path: str | int, default: Json = None) -> Json:
    """Return what lies at *path*, or *default* where the path ends early or meets a null.

    >>> look({"spec": {"replicas": 2}}, "spec", "replicas")
    2
    >>> look({}, "spec", "replicas", default=1)
    1
    """
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return default
    return default if value is None else value


def put(value: Json, path: Sequence[str], item: Json) -> FrozenMap:
    """Return *value* with *item* at *path*, creating the maps on the way.

    >>> put({"spec": {"a": 1}}, ("spec", "replicas"), 2)
    {'spec': {'a': 1, 'replicas': 2}}
    """
    head, *rest = path
    old = value.get(head) if isinstance(value, dict) else None
    new = put(old if isinstance(old, dict) else EMPTY, rest, item) if rest else freeze(item)
    if new is old and value is not None and type(value) is FrozenMap and head in value:
        return value
    return FrozenMap({**(value or {}), head: new})


def drop(value: Json, path: Sequence[str]) -> Json:
    """Return *value* without what lies at *path*; the same object if there is nothing.

    >>> drop({"a": {"b": 1, "c": 2}}, ("a", "b"))
    {'a': {'c': 2}}
    """
    head, *rest = path
    if not isinstance(value, dict) or head not in value:
        return value
    if not rest:
        return FrozenMap({key: item for key, item in value.items() if key != head})
    old = value[head]
    new = drop(old, rest)
    return value if new is old else FrozenMap({**value, head: new})


_NOTHING: Final[tuple[Json, ...]] = (None, "", [], {})
"""What the API leaves out; False and 0 equal none of these."""


def compact(items: Mapping[str, Json] | Iterable[tuple[str, Json]]) -> FrozenMap:
    """Return a frozen map of *items* without those that are None, "", [] or {}: what the API leaves out.

    >>> compact({"a": 0, "b": "", "c": None, "d": []})
    {'a': 0}
    """
    pairs = items.items() if isinstance(items, Mapping) else items
    return FrozenMap({key: freeze(item) for key, item in pairs if item not in _NOTHING})

"""Doing the same work on the same frozen object once, and keeping the object if the work changed nothing.

A controller stamps thousands of pods from one template. What is computed from a frozen object depends on nothing
else, so it is remembered by the object's identity: comparing identities costs nothing, and unlike equality it tells
1 from True.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, Final, TypeVar

from reconcile.model.json import FrozenMap, Json

T = TypeVar("T")

_REMEMBERED: Final = 2048
_SCALAR_TYPES: Final = frozenset({str, int, float})


class Same:
    """A value that is equal to itself only."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


def once(function: Callable[[Any], T]) -> Callable[[Any], T]:
    """Return *function* with a memory for frozen arguments.

    >>> from reconcile.model.json import freeze
    >>> double = once(lambda spec: [spec, spec])
    >>> spec = freeze({"replicas": 1})
    >>> double(spec) is double(spec)
    True
    """
    # The memory holds on to the argument, so an identity in it is never reused.
    remembered = lru_cache(maxsize=_REMEMBERED)(lambda same: function(same.value))

    @wraps(function)
    def call(value: Any) -> T:
        return remembered(Same(value)) if type(value) is FrozenMap else function(value)

    return call


def shared(value: Json, read: Json) -> Json:
    """Return *value* itself if *read*, which was made of it, is the same, so that frozen documents share what they can.

    They are the same if the same parts stand in the same order; a frozen map with a plain one inside is not.
    """
    if type(value) is not type(read) or len(value) != len(read):
        return read
    pairs = zip(value.items(), read.items(), strict=True) if isinstance(read, dict) else zip(value, read, strict=True)
    return value if all(map(_unchanged, pairs)) else read


def _unchanged(pair: tuple[Json, Json]) -> bool:
    one, other = pair
    if type(one) is tuple:
        return one[0] == other[0] and _unchanged((one[1], other[1]))
    return one is other or (type(other) in _SCALAR_TYPES and one == other)

"""When two JSON values are the same for a patch: their types count.

Python takes 1, 1.0 and true for equal; the server does not, and a merge key that is 80 does not match one that is "80".
All functions expect frozen JSON.
"""

from collections.abc import Hashable, Mapping

from reconcile.model.json import FrozenList, FrozenMap, Json


def identity(value: Json) -> Hashable:
    """Return a stand-in for *value* that is equal only to that of an equal value of the same type.

    >>> identity("a"), identity(1) == identity(True)
    ('a', False)
    """
    return value if type(value) is str else (type(value).__name__, value)


def same(one: Json, other: Json) -> bool:
    """Whether *one* is *other*, at every depth; the order of members does not matter.

    >>> same(FrozenMap(a=1, b=2), FrozenMap(b=2, a=1)), same(FrozenList([1]), FrozenList([1.0]))
    (True, False)
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if type(one) is FrozenMap:
        return len(one) == len(other) and all(name in other and same(item, other[name]) for name, item in one.items())
    if type(one) is FrozenList:
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def changed(old: Mapping[str, Json], new: Mapping[str, Json]) -> bool:
    """Whether *new* has other members than *old*; objects and lists count as others unless they are shared.

    >>> shared = FrozenMap()
    >>> changed({"a": 1, "b": shared}, {"b": shared, "a": 1}), changed({"a": shared}, {"a": FrozenMap()})
    (False, True)
    """
    return len(old) != len(new) or any(name not in old or not _kept(old[name], item) for name, item in new.items())


def _kept(old: Json, new: Json) -> bool:
    return old is new or (type(old) is type(new) and not isinstance(old, FrozenMap | FrozenList) and bool(old == new))

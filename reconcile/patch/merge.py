"""JSON merge patch (RFC 7386), as the API server applies it.

Rules (contract patch 3)
1. Objects merge member by member; everything else, lists included, replaces what was there.
2. A null removes the member, and vanishes inside a new object; inside a list it stays a null.
3. The patch itself must be an object. What is not touched is shared with the target.
"""

from reconcile.model.json import EMPTY, FrozenMap, Json, freeze
from reconcile.patch.equality import changed
from reconcile.patch.errors import BAD_REQUEST, BadPatch


def merge_patch(target: Json, patch: Json) -> FrozenMap:
    """Return *target* changed by the merge patch *patch*.

    >>> merge_patch({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 4}})
    {'b': {'c': 4, 'd': 3}}

    Raises `BadPatch` if the patch is not an object.
    """
    if not isinstance(patch, dict):
        raise BadPatch(BAD_REQUEST, "a merge patch is a JSON object")
    return _merged(freeze(target), freeze(patch))


def _merged(old: Json, patch: FrozenMap) -> FrozenMap:
    was = old if type(old) is FrozenMap else EMPTY
    new = dict(was)
    for name, value in patch.items():
        if value is None:
            new.pop(name, None)
        elif type(value) is FrozenMap:
            new[name] = _merged(was.get(name), value)
        else:
            new[name] = value
    return FrozenMap(new) if old is not was or changed(was, new) else was

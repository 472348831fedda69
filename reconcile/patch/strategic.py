"""Strategic merge patch: a merge patch that knows which lists are sets of items.

Rules (contract patch 2, patch-algorithms B)
1. Objects merge member by member and null removes a member, as in a merge patch. A list whose field has the strategy
   `merge` merges too: objects by their merge key, scalars by value. All other lists are replaced.
2. Directives are members of the patch whose names start with a dollar sign: `$patch` replaces or deletes an object or
   an item; `$retainKeys` drops the members that it does not list; `$deleteFromPrimitiveList/f` removes values from the
   list f; `$setElementOrder/f` says in which order the items of f shall come.
3. A value that meets nothing in the target is cleaned: nulls and whatever carries a `$patch` go. An item that is added
   to a merged list is taken as it is.
4. Two patches are combined (`combine`) by the same walk, except that nulls and directives are kept for the server.
5. What the patch does not change is shared with the target; without any change the target itself comes back.
"""

from collections.abc import Hashable
from typing import Final

from reconcile.model.json import NOTHING, FrozenList, FrozenMap, Json, freeze
from reconcile.patch.equality import changed, identity, same
from reconcile.patch.errors import BAD_REQUEST, INTERNAL_ERROR, UNPROCESSABLE, BadPatch
from reconcile.patch.order import DIRECTIVE, Identity, arrange, keyed
from reconcile.patch.schema import Field, Struct, struct_of_kind

RETAIN_KEYS: Final = "$retainKeys"
SET_ORDER: Final = "$setElementOrder"
DELETE_FROM: Final = "$deleteFromPrimitiveList"

_DROPPED: Final = object()


def strategic_merge_patch(kind: str, target: Json, patch: Json) -> FrozenMap:
    """Return *target*, an object of *kind*, changed by the strategic merge patch *patch*.

    >>> pod = {"metadata": {"ownerReferences": [{"uid": "1", "name": "a"}, {"uid": "2", "name": "b"}]}}
    >>> strategic_merge_patch("Pod", pod, {"metadata": {"ownerReferences": [{"uid": "1", "$patch": "delete"}]}})
    {'metadata': {'ownerReferences': [{'uid': '2', 'name': 'b'}]}}

    Raises `BadPatch` if the patch is no object, or a directive is used wrongly.
    """
    if patch is None:
        result: FrozenMap = freeze(target)
        return result
    if not isinstance(patch, dict):
        raise BadPatch(BAD_REQUEST, "a strategic merge patch is a JSON object")
    return merge_map(freeze(target), freeze(patch), struct_of_kind(kind), combining=False)


def combine(struct: Struct, first: Json, second: Json) -> FrozenMap:
    """Return one patch for objects of *struct* that does what *first* and then *second* do; *second* wins.

    >>> combine(struct_of_kind("Pod"), {"spec": {"nodeName": None}}, {"spec": {"hostname": "h"}})
    {'spec': {'nodeName': None, 'hostname': 'h'}}
    """
    return merge_map(freeze(first), freeze(second), struct, combining=True)


def merge_map(old: FrozenMap, patch: FrozenMap, struct: Struct, *, combining: bool) -> FrozenMap:
    """Return *old* with *patch* merged into it."""
    if DIRECTIVE in patch:
        return _replaced(patch)
    new, members = dict(old), dict(patch)
    if RETAIN_KEYS in members:
        _retain_keys(new, members, combining=combining)
    for name in [name for name in members if name.startswith(SET_ORDER)]:
        _set_order(new, members, name, struct, combining=combining)
    for name, value in members.items():
        if not name.startswith(DELETE_FROM):
            _set_member(new, name, value, struct, combining=combining)
        elif combining:
            new[name] = value
        else:
            _delete_from(new, _subject(name, DELETE_FROM), value)
    return FrozenMap(new) if changed(old, new) else old


def _replaced(patch: FrozenMap) -> FrozenMap:
    if patch[DIRECTIVE] == "replace":
        return FrozenMap({name: value for name, value in patch.items() if name != DIRECTIVE})
    if patch[DIRECTIVE] == "delete":
        return FrozenMap()
    raise BadPatch(INTERNAL_ERROR, f'"{patch[DIRECTIVE]}" is no {DIRECTIVE} for an object')


def _subject(name: str, prefix: str) -> str:
    """Return the field that the directive *name* is about."""
    _, slash, subject = name.partition("/")
    if name[: len(prefix) + 1] != f"{prefix}/" or not slash:
        raise BadPatch(BAD_REQUEST, f"{name} does not name a list")
    return subject


# --- members ---------------------------------------------------------------------------------------------------


def _set_member(new: dict[str, Json], name: str, value: Json, struct: Struct, *, combining: bool) -> None:
    old: Json = new.get(name)
    if value is None:
        if combining:
            new[name] = None
        else:
            new.pop(name, None)
    elif type(old) is not type(value):
        taken = value if combining else _cleaned(value, nulls=False)
        if taken is _DROPPED:
            new.pop(name, None)
        else:
            new[name] = taken
    elif type(value) is FrozenMap:
        field = struct[name]
        new[name] = value if field.replace else merge_map(old, value, field.struct, combining=combining)
    elif type(value) is FrozenList:
        new[name] = _merge_list(old, value, struct[name], combining=combining)
    else:
        new[name] = value


def _cleaned(value: Json, *, nulls: bool) -> Json:
    """Return *value* without the objects in it that carry a `$patch` and, unless *nulls*, without null members."""
    if type(value) is FrozenMap:
        if DIRECTIVE in value:
            return _DROPPED
        pairs = [(name, _cleaned(item, nulls=nulls)) for name, item in value.items() if nulls or item is not None]
        return FrozenMap({name: item for name, item in pairs if item is not _DROPPED})
    if type(value) is FrozenList:
        items = [_cleaned(item, nulls=nulls) for item in value]
        return FrozenList([item for item in items if item is not _DROPPED])
    return value


def _retain_keys(new: dict[str, Json], members: dict[str, Json], *, combining: bool) -> None:
    keys = members.pop(RETAIN_KEYS)
    if combining:
        if not same(new.setdefault(RETAIN_KEYS, keys), keys):
            raise BadPatch(BAD_REQUEST, f"the two patches disagree about {RETAIN_KEYS}")
        return
    if type(keys) is not FrozenList:
        raise BadPatch(BAD_REQUEST, f"{RETAIN_KEYS} is a list")
    for name, value in members.items():
        if value is not None and not name.startswith((DELETE_FROM, SET_ORDER)) and name not in keys:
            raise BadPatch(BAD_REQUEST, f'{RETAIN_KEYS} does not list "{name}", which the patch sets')
    for name in [name for name in new if name not in keys]:
        del new[name]


def _delete_from(new: dict[str, Json], name: str, values: Json) -> None:
    old = new.get(name)
    if values is None:
        # The server takes the null for one that is meant for the list itself.
        new.pop(name, None)
    elif type(old) is FrozenList and type(values) is FrozenList:
        doomed = {identity(value) for value in values}
        kept = [item for item in old if identity(item) not in doomed]
        new[name] = old if len(kept) == len(old) else FrozenList(kept)


# --- lists -----------------------------------------------------------------------------------------------------


def _merge_list(old: FrozenList, items: FrozenList, field: Field, *, combining: bool) -> FrozenList:
    if not field.merge:
        return items
    if not old and not items:
        return old
    if item_type(old, items) is not FrozenMap:
        return _shared(old, arrange(_unique([*old, *items]), map(identity, items), map(identity, old), identity))
    if not field.key:
        raise BadPatch(INTERNAL_ERROR, "a list of objects without a merge key cannot be merged")
    of = keyed(field.key)
    left, ordinary = _directed(old, items, of)
    merged = _merge_items(left, ordinary, field, of, combining=combining)
    return _shared(old, arrange(merged, map(of, ordinary), map(of, left), of))


def _shared(old: FrozenList, new: list[Json]) -> FrozenList:
    same = len(old) == len(new) and all(one is other for one, other in zip(old, new, strict=True))
    return old if same else FrozenList(new)


def item_type(*lists: FrozenList) -> type:
    """Return the one type of all items of *lists*."""
    types = [type(item) for items in lists for item in items]
    if types and types[0] is FrozenList:
        raise BadPatch(UNPROCESSABLE, "a list of lists cannot be merged")
    if len(set(types)) != 1 or types[0] is type(None):
        raise BadPatch(INTERNAL_ERROR, "the items of a merged list are of one type")
    return types[0]


def _unique(items: list[Json]) -> list[Json]:
    return list({identity(item): item for item in reversed(items)}.values())[::-1]


def _directed(old: FrozenList, items: FrozenList, of: Identity) -> tuple[list[Json], list[Json]]:
    """Carry out the `$patch` items; return what is left of the list and the items still to be merged into it."""
    ordinary = [item for item in items if DIRECTIVE not in item]
    marked = [item for item in items if DIRECTIVE in item]
    if not marked:
        return list(old), ordinary
    for item in marked:
        if item[DIRECTIVE] not in ("delete", "replace"):
            raise BadPatch(INTERNAL_ERROR, f'"{item[DIRECTIVE]}" is no {DIRECTIVE} for an item')
    left = _without(old, [of(item) for item in marked if item[DIRECTIVE] == "delete"], of)
    return (ordinary, []) if any(item[DIRECTIVE] == "replace" for item in marked) else (left, ordinary)


def _without(items: FrozenList, doomed: list[Hashable], of: Identity) -> list[Json]:
    return [item for item in items if of(item) not in doomed] if doomed else list(items)


def _merge_items(left: list[Json], ordinary: list[Json], field: Field, of: Identity, *, combining: bool) -> list[Json]:
    merged = list(left)
    for item in ordinary:
        key = of(item)
        place = next((place for place, other in enumerate(merged) if of(other) == key), None)
        if place is None:
            # contract patch-algorithms A.2: an added item is not cleaned
            merged.append(item)
        else:
            merged[place] = merge_map(merged[place], item, field.struct, combining=combining)
    return merged


# --- $setElementOrder ------------------------------------------------------------------------------------------


def _set_order(
    new: dict[str, Json], members: dict[str, Json], directive: str, struct: Struct, *, combining: bool
) -> None:
    """Carry out *directive* and take it, with the list that it is about, out of *members*."""
    wanted = members.pop(directive)
    if combining and not same(new.setdefault(directive, wanted), wanted):
        raise BadPatch(BAD_REQUEST, f"the two patches disagree about {directive}")
    if type(wanted) is not FrozenList:
        raise BadPatch(INTERNAL_ERROR, f"{directive} is a list")
    name = _subject(directive, SET_ORDER)
    if name not in new and name not in members:
        return
    lists = [part[name] for part in (new, members) if name in part]
    if any(type(part) is not FrozenList for part in lists):
        raise BadPatch(INTERNAL_ERROR, f'{directive} is about a list, "{name}" is none')
    field = struct[name]
    if item_type(*lists) is FrozenMap and not field.key:
        raise BadPatch(INTERNAL_ERROR, f"{directive} orders a list that has no merge key")
    of = keyed(field.key) if field.key else identity
    order = [of(entry) for entry in wanted]
    if name not in members:
        new[name] = _shared(new[name], arrange(new[name], order, map(of, new[name]), of))
        return
    new[name] = _ordered_merge(new.get(name), members.pop(name), order, field, of, combining=combining)


def _ordered_merge(
    old: FrozenList | None, items: FrozenList, order: list[Hashable], field: Field, of: Identity, *, combining: bool
) -> FrozenList:
    _check_order(items, order, of)
    if old is None:
        return FrozenList(arrange(_cleaned(items, nulls=True), order, NOTHING, of))
    merged = _merge_list(old, items, field, combining=combining)
    return _shared(old, arrange(merged, order, _overwritten(old, items, of), of))


def _check_order(items: FrozenList, order: list[Hashable], of: Identity) -> None:
    """Refuse *items* that do not come in the sequence of *order*.

    Items to be deleted do not count; other markers are passed over, but only while the order has entries left.
    """
    waiting = [item for item in items if not (_marked(item) and item[DIRECTIVE] == "delete")]
    for entry in order:
        while waiting and _marked(waiting[0]):
            waiting = waiting[1:]
        if waiting and of(waiting[0]) == entry:
            waiting = waiting[1:]
    if order and waiting:
        raise BadPatch(INTERNAL_ERROR, f"the list of the patch comes in another order than {SET_ORDER} says")


def _marked(item: Json) -> bool:
    return type(item) is FrozenMap and DIRECTIVE in item


def _overwritten(old: FrozenList, items: FrozenList, of: Identity) -> list[Hashable]:
    """Return the identities in the stored list as the merge leaves it behind (contract patch-algorithms B SETORDER).

    The server deletes in place, and what it appends lands in the slots that became free.
    """
    marks = [(item[DIRECTIVE], item) for item in items if _marked(item)]
    doomed = [of(item) for mark, item in marks if mark == "delete"]
    left = [of(item) for item in _without(old, doomed, of)]
    if any(mark == "replace" for mark, _ in marks):
        return left
    fresh = [key for key in (of(item) for item in items if not _marked(item)) if key not in left]
    return left + list(dict.fromkeys(fresh))[: len(old) - len(left)]

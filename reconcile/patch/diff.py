"""The difference of two objects, as a strategic merge patch.

Rules (contract patch 4.3, patch-algorithms C)
1. There are two halves: the deletions that lead from the old object to the new one, and the changes with the additions.
2. Objects differ member by member. A merged list differs item by item, the rest as a whole; so does a member whose type
   changed.
3. A merged list says in which order its items shall come as soon as it says anything, and for changes also if only the
   order or the number of the items differs: an item that others put into the live list is enough.
4. An object of the strategy `retainKeys` names its members as soon as anything in it differs, or the old one has more.
"""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Final

from reconcile.model.json import FrozenList, FrozenMap, Json, freeze
from reconcile.patch.equality import identity, same
from reconcile.patch.order import DIRECTIVE, keyed, positions
from reconcile.patch.schema import Field, Struct
from reconcile.patch.strategic import DELETE_FROM, RETAIN_KEYS, SET_ORDER, item_type

Pair = tuple[Json | None, Json | None]
"""An item of the old list and that of the new list with the same key; None if there is none."""


class Half(Enum):
    """What a difference tells."""

    CHANGES = "changes"
    """What was changed and added."""
    DELETIONS = "deletions"
    """What was deleted."""


def diff(struct: Struct, old: Json, new: Json, half: Half) -> FrozenMap:
    """Return one half of what leads from *old* to *new*.

    >>> from reconcile.patch.schema import FREE
    >>> old, new = {"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 4, "d": 5}
    >>> diff(FREE, old, new, Half.CHANGES), diff(FREE, old, new, Half.DELETIONS)
    ({'b': 4, 'd': 5}, {'c': None})
    """
    return _diff_maps(freeze(old), freeze(new), struct, half)


def _diff_maps(old: FrozenMap, new: FrozenMap, struct: Struct, half: Half) -> FrozenMap:
    found: dict[str, Json] = {}
    for name, value in new.items():
        if name in old and type(old[name]) is type(value):
            _DIFFS.get(type(value), _diff_values)(found, name, old[name], value, struct, half)
        elif half is Half.CHANGES:
            found[name] = value
    if half is Half.DELETIONS:
        found |= dict.fromkeys(name for name in old if name not in new)
    return FrozenMap(found)


def _diff_structs(old: FrozenMap, new: FrozenMap, field: Field, half: Half) -> FrozenMap:
    """Return the difference of two values of *field*, with the names that are to stay if the field wants them."""
    found = _diff_maps(old, new, field.struct, half)
    if not field.retain_keys:
        return found
    kept = sorted(name for name, value in new.items() if value is not None)
    more = any(value is not None and name not in new for name, value in old.items())
    return FrozenMap({**found, RETAIN_KEYS: FrozenList(kept)}) if kept and (found or more) else found


# --- members ---------------------------------------------------------------------------------------------------


def _diff_values(found: dict[str, Json], name: str, old: Json, new: Json, _: Struct, half: Half) -> None:
    if half is Half.CHANGES and not same(old, new):
        found[name] = new


def _diff_objects(
    found: dict[str, Json], name: str, old: FrozenMap, new: FrozenMap, struct: Struct, half: Half
) -> None:
    if same(old, new) and name not in struct:
        return
    field = struct[name]
    if not field.replace:
        change = _diff_structs(old, new, field, half)
        if change:
            found[name] = change
    elif half is Half.CHANGES:
        # Equal or not: upstream does not compare what it replaces.
        found[name] = new


def _diff_lists(
    found: dict[str, Json], name: str, old: FrozenList, new: FrozenList, struct: Struct, half: Half
) -> None:
    field = struct[name] if name in struct or not same(old, new) else None
    if field is None or not field.merge:
        _diff_values(found, name, old, new, struct, half)
    elif not old:
        if new and half is Half.CHANGES:
            found[name] = new
    elif item_type(old, new) is FrozenMap:
        _diff_items(found, name, old, new, field, half)
    else:
        _diff_scalars(found, name, old, new, half)


_Diff = Callable[[dict[str, Json], str, Json, Json, Struct, Half], None]
_DIFFS: Final[dict[type, _Diff]] = {FrozenMap: _diff_objects, FrozenList: _diff_lists}


# --- merged lists ----------------------------------------------------------------------------------------------


def _text(value: Json) -> str:
    """Return the text by which kubectl sorts and pairs keys and scalars."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _by_text(items: FrozenList, text: Callable[[Json], str]) -> list[Json]:
    # Upstream's sort swaps equal keys as well, so they come out reversed (contract patch-algorithms C.4).
    return sorted(reversed(items), key=text)  # noqa: C414 - of equal keys the order counts


def _pairs(old: FrozenList, new: FrozenList, text: Callable[[Json], str]) -> Iterator[Pair]:
    """Return the items of both lists side by side, in the order of their texts."""
    olds, news = _by_text(old, text), _by_text(new, text)
    i = j = 0
    while i < len(olds) or j < len(news):
        before = i < len(olds) and (j >= len(news) or text(olds[i]) < text(news[j]))
        after = j < len(news) and (i >= len(olds) or text(news[j]) < text(olds[i]))
        yield None if after else olds[i], None if before else news[j]
        i, j = i + (not after), j + (not before)


def _diff_items(found: dict[str, Json], name: str, old: FrozenList, new: FrozenList, field: Field, half: Half) -> None:
    of = keyed(field.key)
    pairs = list(_pairs(old, new, lambda item: _text(item.get(field.key))))
    place = positions(map(of, new))
    changes = sorted(_changes(pairs, field, half), key=lambda item: place[of(item)])
    items = changes + _deletions(pairs, field.key, half)
    if items:
        found[name] = FrozenList(items)
    if new and (items or (half is Half.CHANGES and [*map(of, old)] != [*map(of, new)])):
        found[f"{SET_ORDER}/{name}"] = FrozenList([FrozenMap({field.key: item[field.key]}) for item in new])


def _changes(pairs: list[Pair], field: Field, half: Half) -> Iterator[FrozenMap]:
    for old, new in pairs:
        if old is not None and new is not None:
            change = _diff_structs(old, new, field, half)
            if change:
                yield FrozenMap({**change, field.key: new[field.key]})
        elif new is not None and half is Half.CHANGES:
            yield new


def _deletions(pairs: list[Pair], key: str, half: Half) -> list[Json]:
    if half is Half.CHANGES:
        return []
    return [FrozenMap({key: old[key], DIRECTIVE: "delete"}) for old, new in pairs if old is not None and new is None]


def _diff_scalars(found: dict[str, Json], name: str, old: FrozenList, new: FrozenList, half: Half) -> None:
    pairs = list(_pairs(old, new, _text))
    added = [its for mine, its in pairs if mine is None] if half is Half.CHANGES else []
    gone = [mine for mine, its in pairs if its is None] if half is Half.DELETIONS else []
    if added:
        place = positions(map(identity, new))
        found[name] = FrozenList(sorted(added, key=lambda item: place[identity(item)]))
    if gone:
        found[f"{DELETE_FROM}/{name}"] = FrozenList(gone)
    # Upstream compares the old list as it sorted it, so a list that is not in alphabetical order always differs.
    differs = half is Half.CHANGES and not same(FrozenList(_by_text(old, _text)), new)
    if new and (gone or differs):
        found[f"{SET_ORDER}/{name}"] = new

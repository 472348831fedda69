"""The order of a merged list.

Rules (contract patch 2.3, patch-algorithms B ORDER)
1. Items that the order names come in the order's sequence; the others keep the sequence of the stored list.
2. The two rows are merged from their fronts: an item that is not named goes first only if the stored list has it before
   the named item in front; a named item that is new has no place there, so it goes first.
3. Items that are to be deleted (in the difference of two objects) stay behind the others of their row.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final

from reconcile.model.json import Json
from reconcile.patch.equality import identity
from reconcile.patch.errors import INTERNAL_ERROR, BadPatch

DIRECTIVE: Final = "$patch"

Identity = Callable[[Json], Hashable]


def keyed(key: str) -> Identity:
    """Return the function that gives the identity of an object in a list by its member *key*.

    >>> keyed("name")({"name": "web"})
    'web'

    An item that is no object or lacks the member is a `BadPatch`.
    """

    def of(item: Json) -> Hashable:
        if not isinstance(item, dict) or key not in item:
            raise BadPatch(INTERNAL_ERROR, f'an item has no merge key "{key}"')
        return identity(item[key])

    return of


def positions(items: Iterable[Hashable]) -> dict[Hashable, int]:
    """Return the first position of each of *items*."""
    found: dict[Hashable, int] = {}
    for place, item in enumerate(items):
        found.setdefault(item, place)
    return found


def arrange(merged: Sequence[Json], wanted: Iterable[Hashable], stored: Iterable[Hashable], of: Identity) -> list[Json]:
    """Return the items of *merged* in order: *wanted* and *stored* are sequences of identities as *of* gives them.

    >>> arrange(["web", "side", "log"], ["log", "web"], ["web", "side", "log"], identity)
    ['side', 'log', 'web']
    >>> arrange(["web", "side", "new"], ["new", "web"], ["web", "side"], identity)
    ['new', 'web', 'side']
    """
    place, rank = positions(wanted), positions(stored)
    named = [item for item in merged if of(item) in place]
    others = [item for item in merged if of(item) not in place]
    named = _doomed_last(named, lambda items: sorted(items, key=lambda item: place[of(item)]))
    others = _doomed_last(others, lambda items: _by_rank(items, rank, of))
    return _interleave(others, named, lambda item: rank.get(of(item)))


def _doomed_last(items: list[Json], arranged: Callable[[list[Json]], list[Json]]) -> list[Json]:
    doomed = [item for item in items if isinstance(item, dict) and DIRECTIVE in item]
    if not doomed:
        return arranged(items)
    return arranged([item for item in items if not (isinstance(item, dict) and DIRECTIVE in item)]) + doomed


def _by_rank(items: list[Json], rank: dict[Hashable, int], of: Identity) -> list[Json]:
    if all(of(item) in rank for item in items):
        return sorted(items, key=lambda item: rank[of(item)])

    def before(one: Json, other: Json) -> bool:
        mine, its = rank.get(of(one)), rank.get(of(other))
        return mine is None or its is None or mine < its

    # The server calls everything that it cannot place smaller: such an item moves to the front.
    return insertion_sort(items, before)


def insertion_sort(items: Iterable[Json], before: Callable[[Json, Json], bool]) -> list[Json]:
    """Sort by moving each item up while *before* holds between it and its neighbour.

    With a relation that also holds between equals this is no stable sort, and upstream's results depend on that.

    >>> insertion_sort([2, 1, 3], lambda one, other: one < other)
    [1, 2, 3]
    """
    done: list[Json] = []
    for item in items:
        place = len(done)
        while place and before(item, done[place - 1]):
            place -= 1
        done.insert(place, item)
    return done


def _interleave(others: list[Json], named: list[Json], rank: Callable[[Json], int | None]) -> list[Json]:
    result: list[Json] = []
    i = j = 0
    while i < len(others) and j < len(named):
        mine, its = rank(others[i]), rank(named[j])
        if mine is not None and its is not None and mine < its:
            result.append(others[i])
            i += 1
        else:
            result.append(named[j])
            j += 1
    return result + others[i:] + named[j:]

"""An ordered map that never changes: names in order, pods by ready time, work by deadline.

Rules
1. A `SortedMap` is a value. `set` and `discard` give a new map that shares all but a few small tuples with the
   old one, and the very same map if there was nothing to change.
2. Keys of one map must all compare with each other, and `<` and `==` must agree. A key that is set again keeps
   its first spelling and takes the new value.
3. A range is half open, `start <= key < stop`; None leaves its side open; a range that ends before it starts is
   empty.
4. Two maps are equal if they list equal items. How they were built, and `low`, play no part.

Theory of operation. The map is a B+ tree. A `Leaf` holds its keys and values as two parallel tuples; a `Branch`
holds its children and, between each two of them, a bound: keys below it lie to the left, the rest to the right.
A bound need not be a key of the map, so removing a key leaves the bounds alone. Every search inside a node is one
bisection and every copy is slicing, both at C speed; Python code runs once a level, and 100,000 entries make four.

An edit may leave a node one cell too wide or too sparse. The branch above, which is copied anyway, sets that right
(`Branch.grafted`): it halves the one, and joins the other with its neighbour. So every node but the root has
between a third of `WIDTH` and `WIDTH` cells, and the depth is logarithmic after any sequence of edits. A third, not
a half, because nodes fresh from halving would otherwise be joined again by the next removal.

Every node knows its size and, in a map with `low`, the least `low` below it: positions and `lowest` take one walk
down. A map without `low` keeps empty columns for it and never looks at them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Any, Final, Generic, NoReturn, Protocol, Self, TypeAlias, TypeVar, final, overload

WIDTH = 32
"""The most cells of a node; at least 6, so that no branch but the root is left with a single child. Measured: from
16 to 48 an edit costs about the same; wider nodes copy more, narrower ones go deeper."""


class Comparable(Protocol):
    """What a key must offer: an order among its kind, and a hash."""

    def __lt__(self, other: Any, /) -> bool: ...
    def __hash__(self) -> int: ...


K = TypeVar("K", bound=Comparable)
V = TypeVar("V")
D = TypeVar("D")
T = TypeVar("T")

_size_of: Final[Callable[[Any], int]] = attrgetter("size")
_low_of: Final[Callable[[Any], Any]] = attrgetter("low")
_fill: Final = object.__setattr__
_ABSENT: Final = object()


def _spliced(column: tuple[T, ...], start: int, stop: int, cells: tuple[T, ...]) -> tuple[T, ...]:
    return column[:start] + cells + column[stop:]


def _refuse(_self: object, name: str, *_value: object) -> NoReturn:
    raise AttributeError(f"a SortedMap does not change: {name} stays as it is")


@final
class Leaf(Generic[K, V]):
    """Entries in order: `keys`, `cells` (the values) and, if the map has a `low`, `lows`, side by side."""

    __slots__ = ("cells", "keys", "low", "lows", "size")

    def __init__(self, keys: tuple[K, ...], cells: tuple[V, ...], lows: tuple[Comparable, ...]) -> None:
        self.keys = keys
        self.cells = cells
        self.lows = lows
        self.size = len(keys)
        self.low: Any = min(lows) if lows else None

    def set(self, key: K, value: V, low: Comparable | None) -> "Leaf[K, V]":
        """Return the leaf with *value* at *key*, perhaps one cell too wide; *low* is None in maps without."""
        keys = self.keys
        start = stop = bisect_left(keys, key)
        if start < self.size and keys[start] == key:
            if self.cells[start] is value:
                return self
            stop += 1
        else:
            keys = _spliced(keys, start, stop, (key,))
        lows = self.lows if low is None else _spliced(self.lows, start, stop, (low,))
        return Leaf(keys, _spliced(self.cells, start, stop, (value,)), lows)

    def discard(self, key: K) -> "Leaf[K, V]":
        """Return the leaf without *key*, perhaps one cell too sparse."""
        keys, at = self.keys, bisect_left(self.keys, key)
        if at == self.size or keys[at] != key:
            return self
        cells, lows = _spliced(self.cells, at, at + 1, ()), _spliced(self.lows, at, at + 1, ())
        return Leaf(_spliced(keys, at, at + 1, ()), cells, lows)

    def joined(self, _bound: K, right: Any) -> "Leaf[K, V]":
        """Return one leaf of this and the one to the *right* of it."""
        return Leaf(self.keys + right.keys, self.cells + right.cells, self.lows + right.lows)

    def cut(self, start: int, stop: int) -> "Leaf[K, V]":
        """Return a leaf of the entries at these positions."""
        return Leaf(self.keys[start:stop], self.cells[start:stop], self.lows[start:stop])

    def halves(self) -> "tuple[Leaf[K, V], K, Leaf[K, V]]":
        """Return two leaves and the bound between them."""
        half = self.size // 2
        return self.cut(0, half), self.keys[half], self.cut(half, self.size)

    def pieces(self, start: K | None, stop: K | None) -> "list[Node[K, V]]":
        """Return what the range leaves of this leaf, if anything, as a leaf of its own."""
        first = 0 if start is None else bisect_left(self.keys, start)
        end = self.size if stop is None else bisect_left(self.keys, stop)
        return [self.cut(first, end)] if first < end else []


@final
class Branch(Generic[K, V]):
    """Children in order: `cells`, and the bounds between them, one fewer: `keys`."""

    __slots__ = ("cells", "keys", "low", "size")

    def __init__(self, keys: tuple[K, ...], cells: "tuple[Node[K, V], ...]", size: int, low: Any) -> None:
        self.keys = keys
        self.cells = cells
        self.size = size
        self.low = low

    def set(self, key: K, value: V, low: Comparable | None) -> "Branch[K, V]":
        """Return the branch with *value* at *key*, perhaps one cell too wide; *low* is None in maps without."""
        at = bisect_right(self.keys, key)
        old = self.cells[at]
        new = old.set(key, value, low)
        return self if new is old else self.grafted(at, at + 1, new, self.size + new.size - old.size)

    def discard(self, key: K) -> "Branch[K, V]":
        """Return the branch without *key*, perhaps one cell too sparse."""
        at = bisect_right(self.keys, key)
        cells = self.cells
        new = cells[at].discard(key)
        if new is cells[at]:
            return self
        if len(new.cells) >= WIDTH // 3:
            return self.grafted(at, at + 1, new, self.size - 1)
        if at == 0:
            return self.grafted(0, 2, new.joined(self.keys[0], cells[1]), self.size - 1)
        return self.grafted(at - 1, at + 1, cells[at - 1].joined(self.keys[at - 1], new), self.size - 1)

    def grafted(self, start: int, stop: int, node: "Node[K, V]", size: int) -> "Branch[K, V]":
        """Return the branch with *node*, halved if too wide, in place of the cells start:stop; *size* is new."""
        bounds = self.keys
        parts: tuple[Node[K, V], ...] = (node,)
        if len(node.cells) > WIDTH:
            left, bound, right = node.halves()
            parts = (left, right)
            bounds = _spliced(bounds, start, stop - 1, (bound,))
        elif stop - start > 1:
            bounds = _spliced(bounds, start, stop - 1, ())
        cells = _spliced(self.cells, start, stop, parts)
        if node.low is None:
            return Branch(bounds, cells, size, None)
        # Unless the cells replaced held the least `low`, it is still good: no need to ask every cell.
        held = min(map(_low_of, self.cells[start:stop]))
        least = min(self.low, node.low) if self.low < held else min(map(_low_of, cells))
        return Branch(bounds, cells, size, least)

    def joined(self, bound: K, right: Any) -> "Branch[K, V]":
        """Return one branch of this and the one to the *right* of it, behind *bound*."""
        return _branch((*self.keys, bound, *right.keys), self.cells + right.cells)

    def halves(self) -> "tuple[Branch[K, V], K, Branch[K, V]]":
        """Return two branches and the bound between them."""
        keys, half = self.keys, len(self.cells) // 2
        left = _branch(keys[: half - 1], self.cells[:half])
        return left, keys[half - 1], _branch(keys[half:], self.cells[half:])

    def pieces(self, start: K | None, stop: K | None) -> "list[Node[K, V]]":
        """Return the nodes, whole ones and at most two cut leaves, that hold just the range, in order."""
        if start is None and stop is None:
            return [self]
        cells = self.cells
        first = 0 if start is None else bisect_right(self.keys, start)
        last = len(self.keys) if stop is None else bisect_left(self.keys, stop)
        if first >= last:
            return cells[first].pieces(start, stop) if first == last else []
        return [*cells[first].pieces(start, None), *cells[first + 1 : last], *cells[last].pieces(None, stop)]


Node: TypeAlias = Leaf[K, V] | Branch[K, V]
Low: TypeAlias = Callable[[K, V], Comparable]


def _branch(bounds: tuple[K, ...], cells: tuple[Node[K, V], ...]) -> Branch[K, V]:
    low = None if cells[0].low is None else min(map(_low_of, cells))
    return Branch(bounds, cells, sum(map(_size_of, cells)), low)


def _leaves(nodes: Iterable[Node[K, V]]) -> Iterator[Leaf[K, V]]:
    for node in nodes:
        if isinstance(node, Leaf):
            yield node
        else:
            yield from _leaves(node.cells)


def _shares(count: int) -> list[tuple[int, int]]:
    """Divide *count* cells evenly among nodes three quarters full, so that the next few edits split none.

    >>> _shares(24), _shares(25)
    ([(0, 24)], [(0, 12), (12, 25)])
    """
    nodes = max(1, -(-count * 4 // (WIDTH * 3)))
    return [(count * at // nodes, count * (at + 1) // nodes) for at in range(nodes)]


def _grown(keys: tuple[K, ...], values: tuple[V, ...], lows: tuple[Comparable, ...]) -> Node[K, V]:
    """Build a tree of sorted columns, level by level."""
    whole = Leaf(keys, values, lows)
    shares = _shares(len(keys))
    nodes: list[Node[K, V]] = [whole.cut(*share) for share in shares]
    # The first key of each node: what is the bound to its left, or will be on a level above.
    firsts = [keys[start] for start, _ in shares] if keys else []
    while len(nodes) > 1:
        shares = _shares(len(nodes))
        nodes = [_branch(tuple(firsts[a + 1 : b]), tuple(nodes[a:b])) for a, b in shares]
        firsts = [firsts[a] for a, _ in shares]
    return nodes[0]


@final
class SortedMap(Generic[K, V]):
    """A persistent map whose keys are in order and know their positions.

    >>> ready = SortedMap.of([((30, "b"), "Ready"), ((10, "a"), "Ready")])
    >>> later = ready.set((20, "c"), "Ready")
    >>> list(later), list(later.keys((15, ""), (30, "")))
    ([(10, 'a'), (20, 'c'), (30, 'b')], [(20, 'c')])
    >>> later.rank((30, "b")), later.at(1), len(ready)
    (2, ((20, 'c'), 'Ready'), 2)
    """

    __slots__ = ("_hash", "_low", "_root")
    _root: Node[K, V]
    _low: Low[K, V] | None
    _hash: int

    def __init__(self, root: Node[K, V], low: Low[K, V] | None) -> None:
        _fill(self, "_root", root)
        _fill(self, "_low", low)

    # A mapping comes first: to a type checker, one whose keys are pairs is also an iterable of pairs.
    @overload
    @classmethod
    def of(cls, items: Mapping[K, V], *, low: Low[K, V] | None = None) -> "SortedMap[K, V]": ...
    @overload
    @classmethod
    def of(cls, items: Iterable[tuple[K, V]] = (), *, low: Low[K, V] | None = None) -> "SortedMap[K, V]": ...
    @classmethod
    def of(cls, items: Any = (), *, low: Low[K, V] | None = None) -> "SortedMap[K, V]":
        """Return a map of *items*, in any order; of equal keys the last counts. Sorted items cost O(n).

        With *low*, a pure function of an entry, the map knows the `lowest` entry of any range. Such a map can be
        pickled if *low* can: if it is a function of a module, not a lambda.
        """
        entries: dict[K, V] = dict(items)
        keys = tuple(sorted(entries))
        values = tuple(map(entries.__getitem__, keys))
        return cls(_grown(keys, values, tuple(map(low, keys, values)) if low else ()), low)

    def set(self, key: K, value: V) -> "SortedMap[K, V]":
        """Return the map with *value* at *key*; this very map if that very value is there already."""
        root, low = self._root, self._low
        new = root.set(key, value, None if low is None else low(key, value))
        if new is root:
            return self
        if len(new.cells) > WIDTH:
            left, bound, right = new.halves()
            new = _branch((bound,), (left, right))
        return SortedMap(new, low)

    def discard(self, key: K) -> "SortedMap[K, V]":
        """Return the map without *key*; this very map if it is not there."""
        root = self._root
        new = root.discard(key)
        if new is root:
            return self
        if isinstance(new, Branch) and len(new.cells) == 1:
            new = new.cells[0]
        return SortedMap(new, self._low)

    @overload
    def get(self, key: K) -> V | None: ...
    @overload
    def get(self, key: K, default: D) -> V | D: ...
    def get(self, key: K, default: Any = None) -> Any:
        """Return the value at *key*, or *default*."""
        node = self._root
        while isinstance(node, Branch):
            node = node.cells[bisect_right(node.keys, key)]
        at = bisect_left(node.keys, key)
        return node.cells[at] if at < node.size and node.keys[at] == key else default

    def __contains__(self, key: K) -> bool:
        return self.get(key, _ABSENT) is not _ABSENT

    def __len__(self) -> int:
        return self._root.size

    def first(self) -> tuple[K, V] | None:
        """Return the item with the least key, or None from an empty map."""
        return self._end(0)

    def last(self) -> tuple[K, V] | None:
        """Return the item with the greatest key, or None from an empty map."""
        return self._end(-1)

    def _end(self, side: int) -> tuple[K, V] | None:
        node = self._root
        while isinstance(node, Branch):
            node = node.cells[side]
        return (node.keys[side], node.cells[side]) if node.keys else None

    def rank(self, key: K) -> int:
        """Return how many keys are less than *key*, which need not be in the map."""
        node, below = self._root, 0
        while isinstance(node, Branch):
            at = bisect_right(node.keys, key)
            below += sum(map(_size_of, node.cells[:at]))
            node = node.cells[at]
        return below + bisect_left(node.keys, key)

    def count(self, start: K | None = None, stop: K | None = None) -> int:
        """Return how many keys lie in the range."""
        below = len(self) if stop is None else self.rank(stop)
        return below if start is None else max(0, below - self.rank(start))

    def at(self, index: int) -> tuple[K, V]:
        """Return the item at position *index*, counted from 0; positions do not count from the end.

        >>> SortedMap.of([("b", 2), ("a", 1)]).at(1)
        ('b', 2)
        """
        if not 0 <= index < len(self):
            raise IndexError(f"there is no position {index} in a map of {len(self)}")
        node = self._root
        while isinstance(node, Branch):
            for child in node.cells:
                if index < child.size:
                    break
                index -= child.size
            node = child
        return node.keys[index], node.cells[index]

    def items(self, start: K | None = None, stop: K | None = None) -> Iterator[tuple[K, V]]:
        """Iterate over the items of the range, in order, leaf by leaf as they are asked for."""
        return chain.from_iterable(zip(leaf.keys, leaf.cells, strict=True) for leaf in self._within(start, stop))

    def keys(self, start: K | None = None, stop: K | None = None) -> Iterator[K]:
        """Iterate over the keys of the range, in order."""
        return chain.from_iterable(leaf.keys for leaf in self._within(start, stop))

    def values(self, start: K | None = None, stop: K | None = None) -> Iterator[V]:
        """Iterate over the values of the range, in the order of their keys."""
        return chain.from_iterable(leaf.cells for leaf in self._within(start, stop))

    def _within(self, start: K | None, stop: K | None) -> Iterator[Leaf[K, V]]:
        return _leaves(self._root.pieces(start, stop))

    def lowest(self, start: K | None = None, stop: K | None = None) -> tuple[K, V] | None:
        """Return the item of the range with the least `low`, the first of several; None from an empty range.

        >>> ages = SortedMap.of([("a", 3), ("b", 1), ("c", 2)], low=lambda name, age: age)
        >>> ages.lowest(), ages.lowest("c"), ages.lowest("d")
        (('b', 1), ('c', 2), None)
        """
        if self._low is None:
            raise TypeError("lowest() asks for a map that was made with `low`")
        pieces = self._root.pieces(start, stop)
        if not pieces:
            return None
        node = min(pieces, key=_low_of)
        while isinstance(node, Branch):
            node = min(node.cells, key=_low_of)
        at = node.lows.index(min(node.lows))
        return node.keys[at], node.cells[at]

    def __iter__(self) -> Iterator[K]:
        return self.keys()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SortedMap):
            return NotImplemented
        if self._root is other._root:
            return True
        # Tuples compare their cells by identity first, so versions of one map compare at C speed.
        return len(self) == len(other) and _columns(self) == _columns(other)

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            _fill(self, "_hash", hash(_columns(self)))
            return self._hash

    def __repr__(self) -> str:
        return f"SortedMap.of({list(self.items())!r})"

    __setattr__ = __delattr__ = _refuse

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # By content: what is written does not depend on the history of the tree.
        return partial(SortedMap.of, low=self._low), (list(self.items()),)


def _columns(ordered: SortedMap[K, V]) -> tuple[tuple[K, ...], tuple[V, ...]]:
    return tuple(ordered.keys()), tuple(ordered.values())


EMPTY_SORTED: Final[SortedMap[Any, Any]] = SortedMap.of()

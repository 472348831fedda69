"""The states that were found and the steps between them, as arrays of numbers; and what can be read from them.

Rules
1. States are numbered in the order in which they were found, breadth first: a smaller number is no deeper.
2. A state that was not expanded is *open*: where it leads is not known, so nothing is said against it.
"""

from array import array
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Final

from reconcile.testing.explore.expand import Expansion, Label

_KEY: Final = 16
"""How many bytes of a hash stand for a state. Among a thousand million states two have the same with a chance of one in
10^20."""


class Graph:
    """States and steps."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._labels: dict[Label, int] = {}
        self._parents = array("I")
        self._ways = array("I")
        self._depths = array("H")
        self._ends = array("Q")
        """For each expanded state, where its steps end in `_targets`."""
        self._targets = array("I")
        self._writes = bytearray()
        self._goals = bytearray()

    def __len__(self) -> int:
        return len(self._parents)

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return len(self._targets)

    @property
    def expanded(self) -> int:
        """How many states were expanded: those with smaller numbers."""
        return len(self._goals)

    @property
    def goals(self) -> int:
        """How many of the expanded states are goals."""
        return sum(self._goals)

    @property
    def depth(self) -> int:
        """How many steps the deepest state is away from the first."""
        return self._depths[-1] if len(self) else 0

    # --- growing -------------------------------------------------------------------------------------------------

    def begin(self, state: bytes) -> None:
        """Take in the first state."""
        self._add(state, 0, 0, 0)

    def _add(self, state: bytes, parent: int, way: int, depth: int) -> int:
        number = len(self)
        self._numbers[blake2b(state, digest_size=_KEY).digest()] = number
        self._parents.append(parent)
        self._ways.append(way)
        self._depths.append(depth)
        return number

    def grow(self, first: int, found: Expansion) -> list[bytes]:
        """Take in what follows from the states from number *first* on; return the states that are new."""
        numbers: list[int] = []
        new: list[bytes] = []
        for state, source, label in zip(found.states, found.sources, found.labels, strict=True):
            number = self.number(state)
            if number is None:
                parent = first + source
                way = self._labels.setdefault(label, len(self._labels))
                number = self._add(state, parent, way, self._depths[parent] + 1)
                new.append(state)
            numbers.append(number)
        end = len(self._targets)
        self._targets.extend(map(numbers.__getitem__, found.targets))
        for count in found.counts:
            end += count
            self._ends.append(end)
        self._writes += found.syncs
        self._goals += found.goals
        return new

    # --- reading -------------------------------------------------------------------------------------------------

    def number(self, state: bytes) -> int | None:
        """Return the number of *state*; None if it was not found."""
        return self._numbers.get(blake2b(state, digest_size=_KEY).digest())

    def after(self, number: int) -> Sequence[int]:
        """Return the states that follow from an expanded state."""
        return self._targets[self._ends[number - 1] if number else 0 : self._ends[number]]

    def path(self, number: int) -> list[Label]:
        """Return the shortest way from the first state to the one with *number*."""
        labels = list(self._labels)
        found: list[Label] = []
        while number:
            found.append(labels[self._ways[number]])
            number = self._parents[number]
        return found[::-1]

    def hopeless(self) -> list[int]:
        """Return the states from which no steps lead to a goal, however many are taken."""
        hope = bytearray(self._goals) + bytearray(b"\x01") * (len(self) - self.expanded)
        moved = True
        while moved:
            moved = False
            # Most steps lead deeper, so most of the hope there is spreads in one pass from the deepest states on.
            for number in range(self.expanded - 1, -1, -1):
                if not hope[number] and any(map(hope.__getitem__, self.after(number))):
                    hope[number] = moved = True
        return [number for number, hopes in enumerate(hope) if not hopes]

    def to_rest(self, number: int) -> list[int]:
        """Return the states along a shortest way from *number* to one from which there are no steps; only *number* if
        there is none."""
        before = {number: number}
        for here in (queue := [number]):
            if here < self.expanded and not len(self.after(here)):
                return _back(before, here)
            for there in self.after(here) if here < self.expanded else ():
                if there not in before:
                    before[there] = here
                    queue.append(there)
        return [number]

    def fights(self) -> list[int]:
        """Return a cycle of states along which controllers write and write and nothing else happens; empty if there is
        none."""
        unseen, open_, done = 0, 1, 2
        colours = bytearray(len(self))
        for root in range(self.expanded):
            if colours[root] != unseen:
                continue
            colours[root] = open_
            path: list[tuple[int, Iterator[int]]] = [(root, self._written(root))]
            while path:
                number, following = path[-1]
                target = next(following, None)
                if target is None:
                    colours[number] = done
                    path.pop()
                elif colours[target] == open_:
                    cycle = [state for state, _ in path]
                    return cycle[cycle.index(target) :]
                elif colours[target] == unseen:
                    colours[target] = open_
                    path.append((target, self._written(target)))
        return []

    def _written(self, number: int) -> Iterator[int]:
        """Yield the states to which a sync that writes leads."""
        if number >= self.expanded:
            return
        start = self._ends[number - 1] if number else 0
        for place in range(start, self._ends[number]):
            if self._writes[place]:
                yield self._targets[place]


def _back(before: dict[int, int], number: int) -> list[int]:
    found = [number]
    while before[found[-1]] != found[-1]:
        found.append(before[found[-1]])
    return found[::-1]

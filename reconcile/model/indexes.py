"""Lists of completion indexes: `0,1,3-7`, as the status of an Indexed Job keeps them.

Rules (contract job 4, "Index list text")
1. Increasing intervals between commas. A run of three or more is written `a-b`, a run of two `a,b`, no index as "".
2. Reading stops at the first interval that begins at or beyond the number of completions, and cuts one that ends
   beyond it. An item that is no number is skipped.
3. Nothing is sorted or repaired. A text that somebody else has spoilt gives the intervals it says, and all that
   follows is computed from these, as upstream does.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple, Self

from attrs import frozen

from reconcile.model.job_pod import integer


class Interval(NamedTuple):
    """The indexes from first to last, both included."""

    first: int
    last: int


def _text(interval: Interval) -> str:
    first, last = interval
    if first == last:
        return str(first)
    return f"{first},{last}" if first + 1 == last else f"{first}-{last}"


def _join(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return *intervals*, in the order given, with those joined that overlap or touch the one before."""
    joined: list[Interval] = []
    for interval in intervals:
        if not joined or interval.first > joined[-1].last + 1:
            joined.append(interval)
        elif interval.last > joined[-1].last:
            joined[-1] = Interval(joined[-1].first, interval.last)
    return tuple(joined)


@frozen
class Intervals:
    """A set of completion indexes."""

    items: tuple[Interval, ...] = ()

    @classmethod
    def parse(cls, text: str, limit: int) -> Self:
        """Return the indexes below *limit* that *text* names.

        >>> Intervals.parse("0,1,3-7,9", 6).text
        '0,1,3-5'
        """
        items: list[Interval] = []
        for word in text.split(","):
            bounds = [integer(part) for part in word.split("-")[:2]]
            first, last = bounds[0], bounds[-1]
            if first is not None and first >= limit:
                break
            if first is None or last is None:
                continue
            last = min(last, limit - 1)
            if items and items[-1].last + 1 == first:
                items[-1] = Interval(items[-1].first, last)
            else:
                items.append(Interval(first, last))
        return cls(tuple(items))

    @cached_property
    def text(self) -> str:
        """The list as the status keeps it.

        >>> Intervals().add([0, 1, 3, 4, 5]).text
        '0,1,3-5'
        """
        return ",".join(map(_text, self.items))

    @cached_property
    def total(self) -> int:
        """How many indexes there are."""
        return sum(last - first + 1 for first, last in self.items)

    def has(self, index: int) -> bool:
        """Return whether *index* is among them.

        >>> Intervals.parse("0-3,7", 10).has(2), Intervals.parse("0-3,7", 10).has(5)
        (True, False)
        """
        place = bisect_left(self.items, index, key=lambda interval: interval.last)
        return place < len(self.items) and self.items[place].first <= index

    def add(self, indexes: Iterable[int]) -> "Intervals":
        """Return these and *indexes*, which are in increasing order."""
        return self.merge(Intervals(tuple(Interval(index, index) for index in indexes)))

    def merge(self, other: "Intervals") -> "Intervals":
        """Return these and those of *other*.

        >>> Intervals.parse("0,5-7", 10).merge(Intervals.parse("1,2,6-9", 10)).text
        '0-2,5-9'
        """
        left, right = list(reversed(self.items)), list(reversed(other.items))
        ordered: list[Interval] = []
        while left and right:
            # Not sorted(): lists that are out of order come out as upstream's two fingers would take them.
            ordered.append((left if left[-1].first < right[-1].first else right).pop())
        return Intervals(_join(chain(ordered, reversed(left), reversed(right))))

    def overlap(self, other: "Intervals") -> int:
        """Return how many indexes these and *other* have in common.

        >>> Intervals.parse("0-5", 10).overlap(Intervals.parse("4-9", 10))
        2
        """
        count = mine = theirs = 0
        while mine < len(self.items) and theirs < len(other.items):
            left, right = self.items[mine], other.items[theirs]
            count += max(0, min(left.last, right.last) - max(left.first, right.first) + 1)
            if left.last < right.last:
                mine += 1
            else:
                theirs += 1
        return count


def pending(done: Intervals, count: int, limit: int, busy: Sequence[int], failed: Intervals | None = None) -> list[int]:
    """Return the lowest indexes below *limit*, at most *count*, that are neither *done*, *busy* nor *failed*.

    *busy* is in increasing order (contract job 7.3).

    >>> pending(Intervals.parse("0-2", 10), 3, 10, [4])
    [3, 5, 6]
    """
    taken = done.add(busy)
    if failed is not None:
        taken = taken.merge(failed)
    found: list[int] = []
    candidate = 0
    for first, last in (*taken.items, Interval(limit, limit)):
        found += range(candidate, min(first, limit, candidate + count - len(found)))
        # In a spoilt list an interval may end before it begins; what lies before it is passed all the same.
        candidate = max(candidate, min(first, limit), last + 1)
    return found

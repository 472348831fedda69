"""Chances for scenes with many independent parts: each is thrown anew, so that all sorts of them come together."""

from collections.abc import Callable, Collection
from random import Random
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

T = TypeVar("T")


class Dice:
    """A source of chances.

    Hypothesis likes to repeat what it has drawn before: six pods that all failed, three rules that are all the same.
    That finds much, but seldom what needs one pod of each sort.
    """

    def __init__(self, random: Random) -> None:
        self._random = random

    def one(self, *options: T) -> T:
        """Return one of *options*."""
        return self._random.choice(options)

    def rarely(self) -> bool:
        """Return whether something happens that does so one time in five."""
        return self._random.random() < 0.2

    def seldom(self) -> bool:
        """Return whether something happens that does so one time in twenty."""
        return self._random.random() < 0.05

    def some(self, options: Collection[T], most: int) -> set[T]:
        """Return up to *most* of *options*."""
        return set(self._random.sample(list(options), self._random.randint(0, most)))


def thrown(make: Callable[[Dice], T]) -> SearchStrategy[T]:
    """Return the strategy of all that *make* gives."""
    return st.randoms(use_true_random=True).map(lambda random: make(Dice(random)))

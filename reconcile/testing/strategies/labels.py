"""Names and labels."""

from functools import lru_cache
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

LABEL_KEYS: Final = ("app", "tier", "example.com/track")
LABEL_VALUES: Final = ("web", "db", "", "a-1")

_WORD: Final = "abcdefghijklmnopqrstuvwxyz"


@lru_cache(maxsize=256, typed=True)
def choices(*options: Any) -> SearchStrategy[Any]:
    """Return what draws one of *options*; they shrink to the first.

    The same options give the same strategy: making one costs Hypothesis more than drawing from it. Typed, because 0 and
    False are equal and not the same.
    """
    return st.sampled_from(options)


RARELY: Final = st.integers(0, 4).map(lambda number: number == 4)
"""True one time in five; shrinks to False."""


def names(*, max_length: int = 8) -> SearchStrategy[str]:
    """Return DNS labels: what objects are called. They shrink to `a`."""
    tail = st.text(_WORD + "0123456789", max_size=max(max_length - 1, 0))
    return st.builds(lambda head, rest: head + rest, st.sampled_from(_WORD), tail)


def labels(
    *, keys: tuple[str, ...] = LABEL_KEYS, values: tuple[str, ...] = LABEL_VALUES, min_size: int = 0, max_size: int = 2
) -> SearchStrategy[dict[str, str]]:
    """Return label sets over a few *keys* and *values*, so that different objects often share some."""
    return st.dictionaries(st.sampled_from(keys), st.sampled_from(values), min_size=min_size, max_size=max_size)


def optional(required: dict[str, SearchStrategy[Any]], **others: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    """Return maps that have all *required* keys and some of the *others*; they shrink towards having none."""
    return st.fixed_dictionaries(required, optional=others)

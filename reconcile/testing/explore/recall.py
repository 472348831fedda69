"""Answers by what they were read from: a question is looked up by what answering it would read.

    question --> reading --> what it gives --> reading --> ... --> answer

The first reading of a question is always the same; which one follows, follows from what those before it gave. If not,
something decides by more than it reads, which no controller may (`Impure`).
"""

from collections.abc import Hashable, Iterable
from typing import Any, Final

from reconcile.testing.explore.atoms import State
from reconcile.testing.explore.traced import Reading, reading

Values = dict[Reading, Any]
"""What readings give in one state."""

NOT_KNOWN: Final[Any] = object()
"""The answer to a question that was not asked before."""


class Impure(Exception):  # noqa: N818 - what it is that was asked
    """A step read something else than before, although all that it had read was the same."""


class _Branch:
    __slots__ = ("next", "reading")

    def __init__(self, what: Reading) -> None:
        self.reading = what
        self.next: dict[Any, Any] = {}


class Recall:
    """What was answered so far."""

    def __init__(self) -> None:
        self._first: dict[Any, Any] = {}

    def find(self, question: Hashable, state: State, values: Values) -> Any:
        """Return the answer to *question* in *state*, or `NOT_KNOWN`; *values* keeps what readings give there."""
        node = self._first.get(question, NOT_KNOWN)
        while type(node) is _Branch:
            what = node.reading
            value = values.get(what, NOT_KNOWN)
            if value is NOT_KNOWN:
                value = values[what] = reading(state, what)
            node = node.next.get(value, NOT_KNOWN)
        return node

    def learn(self, question: Hashable, readings: Iterable[Reading], state: State, values: Values, answer: Any) -> None:
        """Keep the *answer* that was read from *state* by *readings*; raise Impure if they are not to be expected."""
        places, key = self._first, question
        for what in dict.fromkeys(readings):
            node = places.setdefault(key, _Branch(what))
            if type(node) is not _Branch or node.reading != what:
                before = getattr(node, "reading", "nothing more")
                raise Impure(f"{question} reads {what}, and read {before} before, for no visible reason")
            if what not in values:
                values[what] = reading(state, what)
            places, key = node.next, values[what]
        places[key] = answer

"""Breadth-first search of everything that may happen, in this process or in as many as an executor has.

Rules
1. The search goes level by level. A level is cut into tasks; their results are taken in in the order of the tasks, so
   that what is found, and how it is numbered, does not depend on who worked on what, or how long.
2. An exploration that came to its end is *closed*: there are no other states. One that met a bound is not, and what it
   says is about the states that it saw.
"""

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from time import perf_counter
from typing import Final

from reconcile.testing.explore.atoms import digests
from reconcile.testing.explore.expand import Expansion, Label, Task, Workshop, expand, work
from reconcile.testing.explore.graph import Graph
from reconcile.testing.explore.report import FIGHT, STUCK, Finding, Report
from reconcile.testing.explore.scope import Scope

CHUNK: Final = 512
"""How many states a task has."""

Make = Callable[[], Scope]
Progress = Callable[[int, int, int], None]
"""Is told the depth, how many states there are, and how many of them are yet to be expanded."""


def explore(
    make: Make,
    *,
    executor: Executor | None = None,
    max_states: int | None = None,
    max_depth: int | None = None,
    chunk: int = CHUNK,
    progress: Progress | None = None,
) -> Report:
    """Search the scope that *make* returns, breadth first, and report what was found.

    With an *executor* its workers do the work, each in tasks of *chunk* states; *make* must then be a function that
    they can import. The report is the same whoever did it. The search ends when there is nothing new, when there are
    *max_states* states, or at *max_depth* steps from the beginning.
    """
    began = perf_counter()
    shop = Workshop(make())
    search = _Search(shop, _remote(make, executor, shop) if executor is not None else _local(shop), chunk)
    search.run(max_states, max_depth, progress)
    return search.report(perf_counter() - began)


Expand = Callable[[Iterable[Sequence[bytes]]], Iterator[Expansion]]
"""From chunks of states to what follows from them, in order."""


def _local(shop: Workshop) -> Expand:
    everything = _Everything()
    return lambda chunks: (expand(shop, states, everything) for states in chunks)


class _Everything:
    """A container that has everything: nobody needs to be told of atoms in the process that made them."""

    def __contains__(self, item: object) -> bool:
        return True


def pickled(make: Make) -> bytes:
    """Return *make* as other processes import it; raise ValueError if they cannot."""
    try:
        return pickle.dumps(make)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(f"other processes cannot import what makes the scope: {error}") from None


def _remote(make: Make, executor: Executor, shop: Workshop) -> Expand:
    scope = pickled(make)
    words = shop.words.encoded()

    def task(states: Sequence[bytes]) -> Task:
        used = dict.fromkeys(digest for state in states for digest in digests(state))
        return Task(scope, tuple(words[digest] for digest in used), tuple(states))

    def expanded(chunks: Iterable[Sequence[bytes]]) -> Iterator[Expansion]:
        futures: list[Future[Expansion]] = [executor.submit(work, task(states)) for states in chunks]
        for future in futures:
            found = future.result()
            words.update(found.words)
            yield found

    return expanded


class _Search:
    """One search."""

    def __init__(self, shop: Workshop, expanded: Expand, chunk: int) -> None:
        self.shop = shop
        self.graph = Graph()
        self._expanded = expanded
        self._chunk = chunk
        self._broken: dict[str, tuple[int, Label | None, str]] = {}

    def run(self, max_states: int | None, max_depth: int | None, progress: Progress | None) -> None:
        """Search."""
        start = self.shop.start.encode()
        self.graph.begin(start)
        level, depth = [start], 0
        while level and (max_depth is None or depth < max_depth):
            if max_states is not None and len(self.graph) >= max_states:
                break
            level = self._grow(level)
            depth += 1
            if progress is not None:
                progress(depth, len(self.graph), len(level))

    def _grow(self, level: Sequence[bytes]) -> list[bytes]:
        chunks = [level[start : start + self._chunk] for start in range(0, len(level), self._chunk)]
        new: list[bytes] = []
        for found in self._expanded(chunks):
            first = self.graph.expanded
            new += self.graph.grow(first, found)
            for position, label, name, message in found.violations:
                self._broken.setdefault(name, (first + position, label, message))
        return new

    # --- what was found ------------------------------------------------------------------------------------------

    def report(self, seconds: float) -> Report:
        """Return what was found."""
        graph = self.graph
        hopeless = graph.hopeless()
        findings = [
            Finding(name, message, (*graph.path(number), *([label] if label is not None else ())))
            for name, (number, label, message) in self._broken.items()
        ]
        if hopeless:
            text = f"from {len(hopeless)} of {len(graph)} states no steps lead to the goal, however many are taken"
            rest = self._along(graph.to_rest(hopeless[0]))
            findings.append(Finding(STUCK, text, tuple(graph.path(hopeless[0])), tuple(rest)))
        fight = graph.fights()
        if fight:
            text = f"controllers write for ever: after {len(fight)} steps everything is as it was"
            findings.append(Finding(FIGHT, text, (*graph.path(fight[0]), *self._along([*fight, fight[0]]))))
        return Report(
            states=len(graph),
            steps=graph.steps,
            depth=graph.depth,
            goals=graph.goals,
            hopeless=len(hopeless),
            closed=graph.expanded == len(graph),
            findings=tuple(findings),
            seconds=seconds,
        )

    def _along(self, numbers: Sequence[int]) -> list[Label]:
        """Return the steps that lead along the states with *numbers*."""
        state = self.shop.state_at(self.graph.path(numbers[0]))
        found = []
        for number in numbers[1:]:
            steps = self.shop.successors(state)
            label, state = next(each for each in steps if self.graph.number(each[1].encode()) == number)
            found.append(label)
        return found

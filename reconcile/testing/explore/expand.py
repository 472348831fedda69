"""From states to the states that follow: the part of an exploration that any process can do for any states.

A task is a few states with the atoms that they are made of; its result names each state that follows once, with the
atoms that are new, so nothing needs to be kept between tasks. What is kept, to be faster, does not change any result.
"""

import pickle
from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from attrs import define, field, frozen

from reconcile.engine.queue import Queue, Slot
from reconcile.engine.world import World
from reconcile.model.clock import later
from reconcile.model.pod import Pod
from reconcile.testing.explore.atoms import Due, State, Thing, Vocabulary, digest_of, members
from reconcile.testing.explore.canon import Canon, Clock, ordered
from reconcile.testing.explore.forms import NOW
from reconcile.testing.explore.memo import Outcome, StepMemory
from reconcile.testing.explore.recall import NOT_KNOWN, Recall, Values
from reconcile.testing.explore.scope import Scope
from reconcile.testing.explore.small import Small
from reconcile.testing.explore.steps import Step, possible, stage
from reconcile.testing.invariants import name_of

Label = tuple[str, ...]
"""A step as it is told between processes: its word, its arguments as texts, and which of its ways it went."""


_MOST_SEEN: Final = 200_000
"""Of how many states it is kept whether something is wrong with them."""

Wrong = tuple[tuple[str, str], ...]
"""The invariants that do not hold, by name, with what is wrong."""


@frozen
class Task:
    """States to be expanded."""

    scope: bytes
    """The function that makes the scope, pickled."""
    words: tuple[bytes, ...]
    """The atoms that the states are made of."""
    states: tuple[bytes, ...]


@define
class Expansion:
    """What follows from the states of a task."""

    states: list[bytes] = field(factory=list)
    """The states that follow, each once, in the order in which they were found."""
    sources: "array[int]" = field(factory=lambda: array("I"))
    """For each of these, the position of the state from which it was found first."""
    labels: list[Label] = field(factory=list)
    """For each of these, the step by which it was found."""
    targets: "array[int]" = field(factory=lambda: array("I"))
    """All steps, by the states they lead to: positions in `states`."""
    counts: "array[int]" = field(factory=lambda: array("I"))
    """How many steps each state of the task has."""
    syncs: bytearray = field(factory=bytearray)
    """For each step, whether it is a sync that writes something."""
    goals: bytearray = field(factory=bytearray)
    """For each state of the task, whether it is one of the goals."""
    violations: list[tuple[int, Label | None, str, str]] = field(factory=list)
    """What does not hold: the position of a state of the task, the step from there or None for the state itself, the
    name of the invariant, and what is wrong."""
    words: dict[bytes, bytes] = field(factory=dict)
    """The atoms that the states are made of and the task's were not, by digest."""
    taken: int = 0
    """How many steps were really taken, and not looked up."""


class Workshop:
    """A scope with everything that was found out about it."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.words = Vocabulary()
        self.canon = Canon(Clock(scope.horizons, scope.soon, scope.time), self.words)
        self.memory = StepMemory(scope, self.canon)
        self._fates = _Fates(scope)
        self._collectors = frozenset(each.name for each in scope.engine.controllers if each.kind == "*")
        self._goals = Recall()
        self._seen: dict[Any, Wrong] = {}
        parts = self.canon.whole(scope.world, {})
        done = bytes(len(scope.users)) + bytes(scope.budget[name] for name in scope.mishaps)
        self.origin = State(parts.things, parts.memos, parts.dues, done)
        """The state in which the world begins."""
        self.prelude, self.start = self._rest() if scope.rested else ((), self.origin)
        """The steps from there to the state in which the exploration begins, and that state."""

    def _rest(self) -> tuple[tuple[Label, ...], State]:
        """Return the steps by which the world comes to rest, and how it is then: at first always the first one that
        neither a user nor a mishap takes."""
        path: list[Label] = []
        state, following = self.origin, self._first(self.origin)
        while following is not None:
            path.append(following[0])
            state = following[1]
            following = self._first(state)
        return tuple(path), state

    def _first(self, state: State) -> tuple[Label, State] | None:
        for step, mishap, way, outcome in self.steps(state, {}):
            if step[0] in ("sync", "fate") and not mishap:
                return label_of(step, way), self.after(state, step, mishap, outcome)
        return None

    def steps(self, state: State, values: Values) -> Iterator[tuple[Step, str, int, Outcome]]:
        """Yield the steps from *state*: what it is, which mishap, which of its ways, and what it does."""
        for step, mishap in possible(self.scope, state, self._fates):
            for way, outcome in enumerate(self.memory.outcomes(state, step, values)):
                yield step, mishap, way, outcome

    def after(self, state: State, step: Step, mishap: str, outcome: Outcome) -> State:
        """Return the state that *outcome* of *step* leads to."""
        things = state.things
        if outcome.removed or outcome.added:
            left = list(things)
            for thing in outcome.removed:
                left.remove(thing)
            things = ordered([*left, *outcome.added])
        memos = state.memos if outcome.memos is None else outcome.memos
        dues = self._dues(state, step, outcome)
        if outcome.gone:
            memos = tuple(memo for memo in memos if memo.slot[1:] not in outcome.gone)
            dues = tuple(due for due in dues if due.slot[1:] not in outcome.gone)
        return State(things, memos, dues, self._done(state, step, mishap))

    def _dues(self, state: State, step: Step, outcome: Outcome) -> tuple[Due, ...]:
        """Return the queue: each slot is due at the earliest of its times."""
        own = step[1] if step[0] in ("sync", "crash") else None
        passed = step[1] if step[0] == "time" else 0.0
        dues = {due.slot: due for due in state.dues if due.slot != own}
        if passed:
            dues = {slot: self.words.due(slot, max(due.after - passed, 0.0)) for slot, due in dues.items()}
        for due in outcome.dues:
            before = dues.get(due.slot)
            if before is None or before.after > due.after:
                dues[due.slot] = due
        return tuple(sorted(dues.values(), key=lambda due: due.slot))

    def _done(self, state: State, step: Step, mishap: str) -> bytes:
        if step[0] != "edit" and not mishap:
            return state.done
        done = bytearray(state.done)
        if step[0] == "edit":
            done[step[1]] += 1
        if mishap:
            done[len(self.scope.users) + self.scope.mishaps.index(mishap)] -= 1
        return bytes(done)

    def successors(self, state: State) -> Iterator[tuple[Label, State]]:
        """Yield the steps from *state*, as they are told between processes, and where they lead."""
        for step, mishap, way, outcome in self.steps(state, {}):
            yield label_of(step, way), self.after(state, step, mishap, outcome)

    def state_at(self, path: Iterable[Label]) -> State:
        """Return the state that the steps of *path* lead to from the beginning."""
        state = self.start
        for label in path:
            state = next(after for step, after in self.successors(state) if step == label)
        return state

    # --- looking -------------------------------------------------------------------------------------------------

    def is_goal(self, state: State, values: Values) -> bool:
        """Return whether *state* is one of the goals."""
        found: bool = self._goals.find("goal", state, values)
        if found is NOT_KNOWN:
            scene = stage(state, {})
            found = self.scope.goal(scene.world)
            self._goals.learn("goal", scene.log.readings, state, values, found)
        return found

    def wrong(self, state: State) -> Wrong:
        """Return what is wrong with *state*.

        Of the queue nothing is seen but what the controllers of all kinds, garbage collectors, are due for.
        """
        collectors = tuple(due for due in state.dues if due.slot.controller in self._collectors)
        key = (state.things, state.memos, collectors)
        seen = self._seen.get(key)
        if seen is None:
            if len(self._seen) >= _MOST_SEEN:
                self._seen.clear()
            world = self._glance(state, collectors)
            found = ((name_of(rule), rule(None, world)) for rule in self.scope.of_states)
            seen = self._seen[key] = tuple((name, message) for name, message in found if message is not None)
        return seen

    def _glance(self, state: State, dues: Iterable[Due]) -> World:
        pairs = members(state.things)
        queue = Queue()
        for due in dues:
            queue = queue.add(due.slot, later(NOW, due.after))
        for thing, item in pairs:
            for controller in thing.marks:
                queue = queue.add(Slot(controller, *item.key), NOW)
        return World(store=Small.over(item for _, item in pairs), now=NOW, queue=queue)


class _Fates(dict[Thing, list[tuple[str, str]]]):
    """What may become of each thing, and which mishap that is; found when it is first asked for."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def __missing__(self, thing: Thing) -> list[tuple[str, str]]:
        pod = thing.resource() if thing.kind == "Pod" else None
        possible = [fate for fate in self._scope.fates if isinstance(pod, Pod) and fate.possible(pod)]
        self[thing] = [(fate.name, fate.mishap) for fate in possible]
        return self[thing]


def label_of(step: Step, way: int) -> Label:
    """Return *step* as it is told between processes."""
    arguments = (part.digest.hex() if isinstance(part, Thing) else part for part in step[1:])
    return (step[0], *("/".join(part) if isinstance(part, tuple) else str(part) for part in arguments), str(way))


def expand(shop: Workshop, states: Sequence[bytes], known: Container[bytes] = frozenset()) -> Expansion:
    """Return what follows from *states*, which are made of atoms whose digests are *known*."""
    found = Expansion()
    places: dict[bytes, int] = {}
    before = shop.memory.taken
    for position, encoded in enumerate(states):
        state = shop.words.decode(encoded)
        values: Values = {}
        found.goals.append(shop.is_goal(state, values))
        found.violations.extend((position, None, *each) for each in shop.wrong(state))
        count = 0
        for step, mishap, way, outcome in shop.steps(state, values):
            after = shop.after(state, step, mishap, outcome)
            target = after.encode()
            place = places.setdefault(target, len(places))
            if place == len(found.states):
                found.states.append(target)
                found.sources.append(position)
                found.labels.append(label_of(step, way))
                for atom in (*after.things, *after.memos, *after.dues):
                    if atom.digest not in known:
                        found.words[atom.digest] = atom.encoded
            found.targets.append(place)
            found.syncs.append(step[0] == "sync" and bool(outcome.removed or outcome.added))
            found.violations.extend((position, label_of(step, way), *each) for each in outcome.violations)
            count += 1
        found.counts.append(count)
    found.taken = shop.memory.taken - before
    return found


@lru_cache(maxsize=2)
def workshop(scope: bytes) -> Workshop:
    """Return the workshop of a pickled scope, the same one as long as the process works on it."""
    make: Callable[[], Scope] = pickle.loads(scope)  # noqa: S301 - it comes from whoever started the exploration
    return Workshop(make())


def work(task: Task) -> Expansion:
    """Expand the states of a task, in whatever process this is."""
    shop = workshop(task.scope)
    shop.words.learn(task.words)
    return expand(shop, task.states, frozenset(map(digest_of, task.words)))

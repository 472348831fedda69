"""Steps with what they do to states; a step that was taken once is not taken again where it would read the same.

The invariants of a step are part of it: what they read decides, too, whether it is looked at anew.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from reconcile.engine.world import World
from reconcile.testing.explore.atoms import Due, Memo, Place, State, Thing
from reconcile.testing.explore.canon import Canon, difference, touched
from reconcile.testing.explore.delta import Delta, delta, marks_after
from reconcile.testing.explore.forms import nameless
from reconcile.testing.explore.recall import NOT_KNOWN, Recall, Values
from reconcile.testing.explore.scope import Scope
from reconcile.testing.explore.steps import STEPS, Deed, Scene, Step
from reconcile.testing.explore.traced import ALL, ENTANGLED, MEMOS, reading
from reconcile.testing.invariants import name_of


class Outcome(NamedTuple):
    """What a step does to a state."""

    removed: tuple[Thing, ...]
    added: tuple[Thing, ...]
    memos: tuple[Memo, ...] | None
    """All that is remembered from then on; None if that does not change."""
    dues: tuple[Due, ...]
    """What it wakes."""
    gone: frozenset[Place]
    """Objects with names that are not there any more. What is queued for others goes with them."""
    violations: tuple[tuple[str, str], ...] = ()
    """The invariants that do not hold of it, by name, and what is wrong."""
    crash: int = 0
    """Before which of its requests, counted from 1, the process ended; 0 if it did not."""


class StepMemory:
    """What is known of the steps of a scope."""

    def __init__(self, scope: Scope, canon: Canon) -> None:
        self.scope = scope
        self.canon = canon
        self.taken = 0
        """How many steps were really taken."""
        self._known = Recall()

    def outcomes(self, state: State, step: Step, values: Values) -> tuple[Outcome, ...]:
        """Return what *step* does in *state*; *values* keeps what readings give there."""
        found: tuple[Outcome, ...] = self._known.find(step, state, values)
        if found is NOT_KNOWN:
            self.taken += 1
            deeds = STEPS[step[0]](self.scope, state, step)
            found = tuple(outcome for _, outcome in self.distinct(state, deeds))
            readings = (what for deed in deeds for what in deed.scene.log.readings)
            self._known.learn(step, readings, state, values, found)
        return found

    def distinct(self, state: State, deeds: Iterable[Deed]) -> list[tuple[Deed, Outcome]]:
        """Return the *deeds* of one step that differ in what they do to *state*, with that."""
        found: dict[Any, tuple[Deed, Outcome]] = {}
        for deed in deeds:
            if deed.after is not None:
                outcome = self._outcome(state, deed, deed.after)
                found.setdefault(outcome[:-1], (deed, outcome))
        return list(found.values())

    def _outcome(self, state: State, deed: Deed, after: World) -> Outcome:
        scene = deed.scene
        found = ((name_of(rule), rule(scene.world, after)) for rule in self.scope.of_steps)
        violations = tuple((name, message) for name, message in found if message is not None)
        (removed, added), memos = self._changed(state, scene, after)
        went = (old for old, new in touched(scene.world, after) if old is not None and new is None)
        gone = frozenset(old.key for old in went if not nameless(old.raw))
        return Outcome(removed, added, memos, self.canon.dues(after), gone, violations, deed.crash)

    def _changed(self, state: State, scene: Scene, after: World) -> tuple[Delta, tuple[Memo, ...] | None]:
        scene.log.note(*ENTANGLED)
        marks = marks_after(scene, after)
        part = None if reading(state, ENTANGLED) else delta(self.canon, scene, after, marks)
        if part is not None and after.memory is scene.world.memory:
            return part, None
        scene.log.note(*MEMOS)
        memos = self.canon.memos(after, {})
        if part is not None and not any(memo.entangled for memo in memos):
            return part, memos
        scene.log.note(*ALL)
        parts = self.canon.whole(after, marks)
        return difference(state.things, parts.things), parts.memos

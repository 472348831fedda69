"""The steps that lead from one state to others, and what each of them does.

    ("sync", slot)                a controller looks at an object
    ("sync", controller, thing)   ... at a nameless one
    ("crash", slot)               it does, and its process ends on the way
    ("fate", name, thing)         something becomes of a pod
    ("edit", user, number)        a user does the next thing
    ("time", seconds)             time passes until the next wake-up

Rules
1. A step is taken in a world made of the state, in which everything is called by its canonical name.
2. Which of several objects that are alike to a controller comes first is decided by their names, and these mean
   nothing. So a sync that deletes nameless objects of its own is taken once for every order of those that differ:
   whoever is chosen for a reason that forms leave out, such as the exact age, is chosen in one of them. (In worlds
   of many such objects not in every order, but in many.)
3. What else is due is not part of the world that a step is taken in: nothing but the step's own slot is queued there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

from attrs import evolve, frozen

from reconcile.actions import WRITES, Delete
from reconcile.cluster import Cluster
from reconcile.engine import faults
from reconcile.engine.queue import Queue, Slot
from reconcile.engine.step import submit, sync
from reconcile.engine.world import World
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.session import Session
from reconcile.model.json import EMPTY, put
from reconcile.model.objects import read
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.outcome import Rejected
from reconcile.store.store import Store
from reconcile.testing.explore.atoms import Place, State, Thing, members
from reconcile.testing.explore.canon import Marks
from reconcile.testing.explore.forms import NOW, nameless, shifted
from reconcile.testing.explore.scope import CRASH, Scope
from reconcile.testing.explore.small import gathered
from reconcile.testing.explore.traced import MEMOS, Log, Traced

Step = tuple[Any, ...]
"""A word of `STEPS` and its arguments."""
KUBELET: Final = "kubelet"
MOST_ORDERS: Final = 720
"""In how many orders a sync is taken at most: all orders of six, which is more than small worlds have."""

T = TypeVar("T")


@frozen
class Scene:
    """A state as a world."""

    world: World
    store: Traced
    """That of the world."""
    homes: Mapping[Place, Thing]
    """Which thing an object is made of, by its key."""
    marks: Marks
    log: Log


class Deed(NamedTuple):
    """A step that was taken."""

    scene: Scene
    """Before it."""
    after: World | None
    """None if it was refused, and so was none."""
    crash: int = 0
    """Before which of its requests, counted from 1, the process ended; 0 if it did not."""


Names = Mapping[Place, Resource]
"""Other objects for the nameless ones at some keys."""
Once = Callable[[Names], list[Deed]]
"""Takes a step in a world in which nameless objects are called by other names of theirs."""


def stage(state: State, names: Names) -> Scene:
    """Return *state* as a world."""
    pairs = [(thing, names.get(item.key, item)) for thing, item in members(state.things)]
    homes = {item.key: thing for thing, item in pairs}
    log = Log(key for key, thing in homes.items() if thing.nameless)
    store = Traced(objects=gathered(item for _, item in pairs), version=1, log=log)
    world = World(store=store, now=NOW)
    for memo in state.memos:
        world = evolve(world, memory=world.memory.set(memo.slot, memo.memory))
    return Scene(world, store, homes, {key: thing.marks for key, thing in homes.items() if thing.marks}, log)


# --- syncs -------------------------------------------------------------------------------------------------------


def _sync(scope: Scope, state: State, step: Step) -> list[Deed]:
    def once(names: Names) -> list[Deed]:
        scene, slot, world = _called(stage(state, names), step)
        return [Deed(scene, sync(scope.engine, world, slot))]

    return _in_every_order(once)


def _crash(scope: Scope, state: State, step: Step) -> list[Deed]:
    def once(names: Names) -> list[Deed]:
        scene, slot, world = _called(stage(state, names), step)
        sent = sum(isinstance(row.action, WRITES) for row in sync(scope.engine, world, slot).trace)
        return [Deed(scene, faults.crash(scope.engine, world, slot, before), before + 1) for before in range(sent + 1)]

    return _in_every_order(once)


def _called(scene: Scene, step: Step) -> tuple[Scene, Slot, World]:
    """Return the scene without the mark that the step takes away, the slot, and the world with it queued."""
    if isinstance(step[1], Slot):
        slot = step[1]
    else:
        _, controller, thing = step
        key = min(key for key, home in scene.homes.items() if home is thing)
        left = tuple(name for name in thing.marks if name != controller)
        scene, slot = evolve(scene, marks={**scene.marks, key: left}), Slot(controller, *key)
    scene.log.note("memory", slot)
    return scene, slot, evolve(scene.world, queue=Queue().add(slot, NOW))


def _in_every_order(once: Once) -> list[Deed]:
    deeds = once({})
    chosen = [choice for deed in deeds for choice in _choices(deed)]
    others = _orders(deeds[0].scene, chosen[0]) if chosen else ()
    return [*deeds, *(deed for names in others for deed in once(names))]


def _choices(deed: Deed) -> list[Resource]:
    """Return the nameless objects that a sync chose to delete."""
    rows = deed.after.trace if deed.after is not None else ()
    deleted = (row.action for row in rows if isinstance(row.action, Delete))
    found = (deed.scene.store.peek(action.kind, action.namespace, action.name) for action in deleted)
    return [item for item in found if item is not None and nameless(item.raw)]


def _orders(scene: Scene, chosen: Resource) -> Iterator[Names]:
    """Yield every way to call those objects by their names that could have been chosen instead of *chosen*."""
    home = scene.homes[chosen.key]
    keys = sorted(key for key, thing in scene.homes.items() if _rivals(thing, home))
    things = [scene.homes[key] for key in keys]
    for order in islice(distinct_orders(things), MOST_ORDERS):
        if order != things:
            yield _exchanged(scene, keys, things, order)


def distinct_orders(things: Sequence[T]) -> Iterator[list[T]]:
    """Yield the orders of *things* that differ, in the order of their first places.

    >>> ["".join(order) for order in distinct_orders("aab")]
    ['aab', 'aba', 'baa']
    """
    if not things:
        yield []
    for first in dict.fromkeys(things):
        place = list(things).index(first)
        rest = [*things[:place], *things[place + 1 :]]
        yield from ([first, *order] for order in distinct_orders(rest))


def _rivals(thing: Thing, other: Thing) -> bool:
    alike = thing.nameless and thing.controller == other.controller and thing.place == other.place
    return alike and not thing.mentions and "deletionTimestamp" not in thing.raw["metadata"]


def _exchanged(scene: Scene, keys: list[Place], things: list[Thing], order: list[Thing]) -> Names:
    """Return the objects of *things*, each with the name of the one that stands at its place in *order*."""
    free = list(keys)
    names: dict[Place, Resource] = {}
    for key, thing in zip(keys, things, strict=True):
        place = next(i for i, other in enumerate(order) if other is thing and keys[i] in free)
        free.remove(keys[place])
        own, other = scene.store.peek(*key), scene.store.peek(*keys[place])
        assert own is not None
        assert other is not None
        meta = {**own.raw["metadata"], "name": other.name, "uid": other.uid}
        names[key] = read(put(own.raw, ("metadata",), meta))
    return names


# --- everybody else ----------------------------------------------------------------------------------------------


def _fate(scope: Scope, state: State, step: Step) -> list[Deed]:
    _, name, thing = step
    fate = next(fate for fate in scope.fates if fate.name == name)
    scene = stage(state, {})
    pod = scene.store.get(*min(key for key, home in scene.homes.items() if home is thing))
    assert isinstance(pod, Pod)
    after = scene.world
    for action in fate.writes(pod, NOW):
        after, outcome = submit(scope.engine, after, action, actor=KUBELET)
        if isinstance(outcome, Rejected):
            return [Deed(scene, None)]
    return [Deed(scene, after)]


def _edit(scope: Scope, state: State, step: Step) -> list[Deed]:
    _, user, number = step
    scene = stage(state, {})
    try:
        session = scope.users[user][number].act(Session(Cluster(scope.engine, scene.world)))
    except Refused:
        return [Deed(scene, None)]
    return [Deed(scene, None if session.failures else session.cluster.world)]


def _time(scope: Scope, state: State, step: Step) -> list[Deed]:
    scene = stage(state, {})
    store: Store = scene.store
    memory = scene.world.memory
    for kind, horizon in sorted(scope.horizons.items()):
        for item in store.all(kind):
            status = shifted(item.raw.get("status") or EMPTY, step[1], horizon)
            store = store.put(item.put(("status",), status)) if status else store
        scene.log.note(*MEMOS)
        for slot in [slot for slot in memory if slot.kind == kind]:
            memory = memory.set(slot, shifted(memory[slot], step[1], horizon))
    return [Deed(scene, evolve(scene.world, store=store, memory=memory))]


STEPS: Final[dict[str, Callable[[Scope, State, Step], list[Deed]]]] = {
    "sync": _sync,
    "crash": _crash,
    "fate": _fate,
    "edit": _edit,
    "time": _time,
}


def possible(scope: Scope, state: State, fates: Mapping[Thing, list[tuple[str, str]]]) -> Iterator[tuple[Step, str]]:
    """Yield the steps that can be taken in *state*, each with the kind of mishap that it is; *fates* are those of its
    things."""
    left = dict(zip(scope.mishaps, state.done[len(scope.users) :], strict=True))
    busy = False
    for step in _due(state):
        busy = True
        yield step, ""
        if left.get(CRASH) and (step[1] if len(step) > 2 else step[1].controller) in scope.crashes:
            yield ("crash", *step[1:]), CRASH
    for thing in dict.fromkeys(state.things):
        for name, mishap in fates[thing]:
            busy = busy or not mishap
            if not mishap or left.get(mishap):
                yield ("fate", name, thing), mishap
    for user, number in enumerate(state.done[: len(scope.users)]):
        if number < len(scope.users[user]):
            yield ("edit", user, number), ""
    later = [due.after for due in state.dues if due.after]
    if later and not (scope.patient and busy):
        yield ("time", min(later)), ""


def _due(state: State) -> Iterator[Step]:
    for due in state.dues:
        if not due.after:
            yield ("sync", due.slot)
    for thing in dict.fromkeys(state.things):
        for controller in thing.marks:
            yield ("sync", controller, thing)

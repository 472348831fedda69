"""The canonical form: worlds that differ in nothing but names, uids, versions and ages are one state, and no others."""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.engine.queue import Queue, Slot
from reconcile.engine.world import World
from reconcile.model.clock import instant, later, stamp
from reconcile.model.json import FrozenMap, freeze, put
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.store.store import SUFFIX_LETTERS, Store
from reconcile.testing.explore import Scope
from reconcile.testing.explore.atoms import State, Vocabulary
from reconcile.testing.explore.canon import Canon, Clock, renamed
from reconcile.testing.explore.expand import Workshop
from reconcile.testing.explore.forms import NOW, nameless
from reconcile.testing.explore.scopes import wedge
from reconcile.testing.explore.steps import stage
from tests.testing.explore import worlds

MAKERS: tuple[Callable[[], Scope], ...] = (worlds.resized, worlds.rollout, worlds.batch, worlds.counted, wedge)
SHOPS = {make: Workshop(make()) for make in MAKERS}
LETTERS = st.text(SUFFIX_LETTERS, min_size=5, max_size=5)


@st.composite
def states(draw: st.DrawFn) -> tuple[Workshop, State]:
    """A state that can be reached, and the workshop that knows it."""
    shop = SHOPS[draw(st.sampled_from(MAKERS))]
    state = shop.start
    for choice in draw(st.lists(st.integers(0, 11), max_size=14)):
        following = [after for _, after in shop.successors(state)]
        if following:
            state = following[choice % len(following)]
    return shop, state


def queued(state: State, world: World, keys: Mapping[Any, Any]) -> World:
    """The world with what is due in it."""
    queue = Queue()
    for due in state.dues:
        queue = queue.add(due.slot, later(NOW, due.after))
    for key, names in keys.items():
        for name in names:
            queue = queue.add(Slot(name, *key), NOW)
    return evolve(world, queue=queue)


def whole(shop: Workshop, world: World, now: Any = NOW) -> State:
    """The atoms that the world is made of."""
    clock = Clock(shop.scope.horizons, shop.scope.soon, shop.scope.time, now)
    marks: dict[Any, tuple[str, ...]] = {}
    for slot in sorted(world.queue.places):
        item = world.store.get(*slot[1:])
        if item is not None and nameless(item.raw):
            marks[item.key] = (*marks.get(item.key, ()), slot.controller)
    parts = Canon(clock, Vocabulary()).whole(world, marks)
    return State(parts.things, parts.memos, parts.dues, b"")


@st.composite
def disguises(draw: st.DrawFn, items: list[Resource]) -> dict[str, str]:
    """New names for what is nameless, and new uids for everything."""
    names: dict[str, str] = {}
    suffixes = draw(st.lists(LETTERS, min_size=len(items), max_size=len(items), unique=True))
    uids = draw(st.lists(st.uuids(version=4), min_size=len(items), max_size=len(items), unique=True))
    for item, letters, uid in zip(items, suffixes, uids, strict=True):
        names[item.uid] = str(uid)
        if nameless(item.raw):
            names[item.name] = f"{item.raw['metadata']['generateName']}{letters}"
    return names


def aged(raw: FrozenMap, seconds: int, version: int) -> FrozenMap:
    """The object, made so many seconds earlier, and written more often."""
    meta = raw["metadata"]
    made = stamp(later(instant(meta["creationTimestamp"]), -seconds))
    return put(raw, ("metadata",), {**meta, "creationTimestamp": made, "resourceVersion": str(version)})


@settings(max_examples=60)
@given(states(), st.data())
def test_names_and_ages_do_not_count(found: tuple[Workshop, State], data: st.DataObject) -> None:
    """A world in other words: its pods have other names, all its objects other uids, versions and ages."""
    shop, state = found
    scene = stage(state, {})
    world = queued(state, scene.world, scene.marks)
    items = [item for kind in world.store.kinds for item in world.store.all(kind)]
    names = data.draw(disguises(items))
    ages = st.integers(0, 100_000)
    # Objects that have names keep their order; the others are of any age.
    common = data.draw(ages)

    def disguised(item: Resource) -> Resource:
        free = nameless(item.raw) or item.kind == "Pod"
        age, version = data.draw(ages) if free else common, data.draw(st.integers(1, 10**6))
        return read(renamed(aged(item.raw, age, version), names))

    other = World(
        store=Store.of(map(disguised, items)),
        queue=Queue(),
        memory=world.memory,
    )
    for slot, (due, _) in world.queue.places.items():
        other = evolve(other, queue=other.queue.add(Slot(*(names.get(part, part) for part in slot)), due))
    for slot, memory in world.memory.items():
        moved = Slot(*(names.get(part, part) for part in slot))
        other = evolve(other, memory=other.memory.remove(slot).set(moved, renamed(freeze(memory), names)))

    assert whole(shop, world).encode() == whole(shop, other).encode()


@settings(max_examples=60)
@given(states())
def test_a_state_is_its_own_form(found: tuple[Workshop, State]) -> None:
    """Making a world of a state, and a state of that world, changes nothing."""
    shop, state = found
    scene = stage(state, {})

    again = whole(shop, queued(state, scene.world, scene.marks))

    assert state._replace(done=b"").encode() == again.encode()


@settings(max_examples=60)
@given(states(), st.data())
def test_what_is_different_stays_different(found: tuple[Workshop, State], data: st.DataObject) -> None:
    """One label more, on any object, and it is another state."""
    shop, state = found
    world = stage(state, {}).world
    items = [item for kind in world.store.kinds for item in world.store.all(kind)]
    item = data.draw(st.sampled_from(items))
    other = evolve(world, store=world.store.put(item.put(("metadata", "labels"), {"another": "one"})))

    assert whole(shop, world).encode() != whole(shop, other).encode()


def test_who_mentions_whom_counts() -> None:
    """A pod that somebody mentions is another one than a pod that is just like it: a Job has yet to count it."""
    shop = SHOPS[worlds.batch]
    seen = all_states(shop)
    mentioned = [state for state in seen if any(thing.mentions for thing in state.things)]

    assert mentioned
    for state in mentioned:
        pods = [thing for thing in state.things if thing.kind == "Pod"]
        assert {"Pod"} == {thing.kind for thing in state.things if thing.mentions}
        assert {("Job", "pi", "status", "uncountedTerminatedPods", "succeeded")} >= {
            m for t in pods for m in t.mentions
        }


def all_states(shop: Workshop) -> list[State]:
    seen = {shop.start.encode(): shop.start}
    for state in (queue := [shop.start]):
        for _, after in shop.successors(state):
            if after.encode() not in seen:
                seen[after.encode()] = after
                queue.append(after)
    return list(seen.values())

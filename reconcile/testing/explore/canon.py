"""From a world that a step has left to the atoms of the state that it is.

Rules
1. The canonical names are a renaming, one to one, that follows from what the objects are: so two worlds have the same
   atoms only if they are the same but for names, uids, versions, and what forms leave out.
2. As a rule only what the step wrote is looked at (`delta`). If some object mentions a nameless one by name or uid, the
   whole world is named anew (`whole`).
3. An object that is made anew under an old name gets a uid that nobody mentions: whoever means the earlier object does
   not mean this one.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from reconcile.engine.queue import Slot
from reconcile.engine.world import World
from reconcile.model.clock import Instant, between
from reconcile.model.json import FrozenList, FrozenMap, Json, put
from reconcile.model.resource import Resource
from reconcile.store.store import Store
from reconcile.testing.explore.atoms import Due, Memo, Place, Thing, Vocabulary, texts
from reconcile.testing.explore.forms import NOW, ageless, created, form, identity, nameless, uid
from reconcile.testing.explore.traced import Traced
from reconcile.testing.invariants.protocol import changed_kinds, changes

UNRANKED: Final = "Pod"
"""The kind whose objects are all of one age."""
_EPOCHS: Final = 8
_NO_NAMES: Final[Mapping[str, str]] = {}

Marks = Mapping[Place, tuple[str, ...]]
"""By the key of a nameless object, the controllers that it is queued for."""


def there(store: Store, slot: Slot) -> Resource | None:
    """Return the object of *slot*; of a store that is traced no more is noted than that it is there."""
    look = store.there if isinstance(store, Traced) else store.get
    return look(slot.kind, slot.namespace, slot.name)


@frozen
class Clock:
    """How time is told."""

    horizons: Mapping[str, float]
    """By kind, for how many seconds the ages of its times are told apart."""
    soon: float
    """What is due within so many seconds is due at once."""
    passes: bool
    """Whether time passes at all; otherwise what is due later is forgotten."""
    now: Instant = NOW
    """What time it is."""

    def form(self, raw: FrozenMap) -> FrozenMap:
        """Return the form of an object."""
        return form(raw, self.horizons.get(raw.get("kind", ""), 0.0), self.now)


@frozen
class Parts:
    """What a world is made of."""

    things: tuple[Thing, ...]
    memos: tuple[Memo, ...]
    dues: tuple[Due, ...]


class Canon:
    """Makes atoms of worlds."""

    def __init__(self, clock: Clock, words: Vocabulary) -> None:
        self.clock = clock
        self.words = words
        self._forms: dict[FrozenMap, FrozenMap] = {}

    def form(self, item: Resource) -> FrozenMap:
        """Return the form of *item*."""
        found = self._forms.get(item.raw)
        if found is None:
            found = self._forms[item.raw] = self.clock.form(item.raw)
        return found

    # --- the queue -----------------------------------------------------------------------------------------------

    def dues(self, world: World) -> tuple[Due, ...]:
        """Return what is queued of the objects that have names."""
        found = []
        for slot in sorted(world.queue.places):
            item = there(world.store, slot)
            after = self._after(world, slot)
            if item is not None and not nameless(item.raw) and after is not None:
                found.append(self.words.due(slot, after))
        return tuple(found)

    def _after(self, world: World, slot: Slot) -> float | None:
        """Return in how many seconds *slot* is due; None if never. A retry may come at any moment."""
        after = between(self.clock.now, world.queue.places[slot][0])
        if after <= self.clock.soon or slot in world.failures:
            return 0.0
        return after if self.clock.passes else None

    def memos(self, world: World, names: Mapping[str, str]) -> tuple[Memo, ...]:
        """Return what is remembered, with other *names*."""
        horizons = self.clock.horizons
        memories = ((slot, ageless(world.memory[slot], horizons.get(slot.kind, 0.0))) for slot in sorted(world.memory))
        return tuple(
            self.words.memo(Slot(*renamed(FrozenList(slot), names)), renamed(memory, names))
            for slot, memory in memories
        )

    # --- all of it -----------------------------------------------------------------------------------------------

    def whole(self, world: World, marks: Marks) -> Parts:
        """Return everything in *world* as atoms."""
        pairs, names = self.paired(world, marks)
        return Parts(ordered(thing for thing, _ in pairs), self.memos(world, names), self.dues(world))

    def paired(
        self, world: World, marks: Marks, known: Mapping[str, str] = _NO_NAMES
    ) -> tuple[list[tuple[Thing, Resource]], dict[str, str]]:
        """Return each object of *world* as an atom and as it is, and the canonical names and uids; *known* are uids
        that some were given before, for those who still mention them."""
        items = [item for kind in world.store.kinds for item in world.store.all(kind)]
        anonymous = {item.key: item for item in items if nameless(item.raw)}
        mentions = _mentions(items, anonymous)
        names = {**known, **_named(items, known)}
        seeds: dict[bytes, list[tuple[Any, Resource]]] = {}
        for key, item in sorted(anonymous.items()):
            raw = renamed(self.form(item), {**names, **_masks(anonymous)})
            thing = Thing(raw, marks.get(key, ()), [mention for mention, _ in mentions.get(key, ())])
            seeds.setdefault(thing.digest, []).append(([places for _, places in mentions.get(key, ())], item))
        for seed, alike in seeds.items():
            for index, (_, item) in enumerate(sorted(alike, key=lambda pair: (pair[0], pair[1].name))):
                letters, new = identity(seed, index)
                names |= {item.name: f"{item.raw['metadata']['generateName']}{letters}", item.uid: new}
        places = ranks(items)
        return [(self._thing(item, places, names, marks, mentions), item) for item in items], names

    def _thing(
        self,
        item: Resource,
        places: Mapping[Place, int],
        names: Mapping[str, str],
        marks: Marks,
        mentions: "Mapping[Place, list[tuple[Any, Any]]]",
    ) -> Thing:
        raw = renamed(self.ranked(item, places), names)
        told = [mention for mention, _ in mentions.get(item.key, ())]
        return self.words.thing(raw, marks.get(item.key, ()), told)

    def ranked(self, item: Resource, places: Mapping[Place, int]) -> FrozenMap:
        """Return the form of *item* at its place in the order of creation."""
        raw = self.form(item)
        rank = places.get(item.key)
        return raw if rank is None else put(raw, ("metadata", "creationTimestamp"), created(rank))


def new_uid(item: Resource, mentioned: Callable[[str], bool]) -> str:
    """Return the uid of an object that has a name: the first of those that its name gives it that is not *mentioned*,
    unless it has one of them already."""
    own = [uid(*item.key, epoch) for epoch in range(_EPOCHS)]
    return item.uid if item.uid in own else next(each for each in own if not mentioned(each))


def _named(items: Sequence[Resource], known: Mapping[str, str]) -> dict[str, str]:
    """Return new uids for the objects that have names, and uids that do not follow from them."""
    told = {item.key: frozenset(texts(renamed(item.raw, known))) for item in items}
    uids = {
        item.uid: known.get(item.uid) or new_uid(item, lambda text, own=item.key: _tells(told, own, text))  # type: ignore[misc]
        for item in items
        if not nameless(item.raw)
    }
    return {old: new for old, new in uids.items() if old != new}


def _tells(told: Mapping[Place, frozenset[str]], own: Place, text: str) -> bool:
    return any(text in told[key] for key in told if key != own)


def ordered(things: Iterable[Thing]) -> tuple[Thing, ...]:
    """Return *things* in their order."""
    return tuple(sorted(things, key=lambda thing: thing.order))


def difference(before: Iterable[Thing], after: Iterable[Thing]) -> tuple[tuple[Thing, ...], tuple[Thing, ...]]:
    """Return what is to be taken from *before* and added to it so that it becomes *after*."""
    old, new = Counter(before), Counter(after)
    return tuple((old - new).elements()), tuple((new - old).elements())


def renamed(value: Json, names: Mapping[str, str]) -> Json:
    """Return *value* with each text that *names* has replaced; the same object if there is none."""
    if not names or names.keys().isdisjoint(texts(value)):
        return value
    return _renamed(value, names)


def _renamed(value: Json, names: Mapping[str, str]) -> Json:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, dict):
        return FrozenMap({key: _renamed(item, names) for key, item in value.items()})
    return FrozenList([_renamed(item, names) for item in value]) if isinstance(value, list) else value


def ranked(item: Resource) -> bool:
    """Return whether *item* has a place in the order of creation of its kind."""
    return item.kind != UNRANKED and not nameless(item.raw)


def ranks(items: Iterable[Resource]) -> dict[Place, int]:
    """Return the places of *items* in the order of creation of their kinds."""
    kinds: dict[str, list[tuple[str, Place]]] = {}
    for item in items:
        if ranked(item):
            kinds.setdefault(item.kind, []).append((item.raw["metadata"].get("creationTimestamp") or "", item.key))
    return {key: rank for group in kinds.values() for rank, (_, key) in enumerate(sorted(group))}


# --- who mentions whom -------------------------------------------------------------------------------------------


def _masks(anonymous: Mapping[Place, Resource]) -> dict[str, str]:
    return {text: "?" for item in anonymous.values() for text in (item.name, item.uid)}


def _mentions(
    items: Iterable[Resource], anonymous: Mapping[Place, Resource]
) -> dict[Place, list[tuple[tuple[str, ...], tuple[Any, ...]]]]:
    """Return, for each nameless object that is mentioned, by whom and at which path, without and with positions."""
    called = {text: key for key, item in anonymous.items() for text in (item.name, item.uid)}
    found: dict[Place, list[Any]] = {}
    for item in items:
        own = item.key if item.key in anonymous else None
        who = (item.kind, "" if own else item.name)
        for path, text in _paths(item.raw) if not called.keys().isdisjoint(texts(item.raw)) else ():
            key = called.get(text)
            if key is not None and key != own:
                names = tuple(str(step) for step in path if not isinstance(step, int))
                found.setdefault(key, []).append(((*who, *names), tuple(map(str, path))))
    return {key: sorted(told) for key, told in found.items()}


def _paths(value: Json, path: tuple[Any, ...] = ()) -> Iterable[tuple[tuple[Any, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key in sorted(value):
            yield from _paths(value[key], (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _paths(item, (*path, index))


def touched(before: World, after: World) -> list[tuple[Resource | None, Resource | None]]:
    """Return the objects that a step wrote, before and after it."""
    return [change for kind in changed_kinds(before, after) for change in changes(before.store, after.store, kind)]

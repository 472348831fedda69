"""The whole world as one value, and the record of who acts in it.

    World   store, clock, queue, what controllers remember, what they told, and the trace: data, and nothing but
    Engine  the controllers and the rules of the API: functions, the same for every world they are run on

A world never changes: to fork it is to keep it, to travel back is to use an older one, to replay is to run it again.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from attrs import evolve, field, frozen
from pyrsistent import PDeque, PMap, pdeque, pmap

from reconcile.actions import Action
from reconcile.controller import Controller, Watch
from reconcile.engine.queue import Queue, Slot
from reconcile.model.clock import Instant, instant
from reconcile.model.json import Json
from reconcile.model.resource import Resource
from reconcile.outcome import Outcome
from reconcile.store.apply import Rules
from reconcile.store.store import Store
from reconcile.view import alphabetical

START: Final = instant("2026-01-01T00:00:00Z")
"""When a world begins, unless it is told otherwise."""

OK: Final = "ok"
"""The result of an action that was carried out."""

EVENT_LIFE: Final = 3600
"""How long an event is kept, in seconds, as an API server does."""


@frozen
class Row:
    """One line of the trace: who did what to which object, why, and how it went."""

    at: Instant
    actor: str
    """The controller, or `user`."""
    subject: str
    """The object that the actor was looking at, `Kind/namespace/name`."""
    what: str
    """The action in a few words."""
    why: str
    result: str
    """`ok`, or the reason of the refusal."""
    action: Action | None = None
    """The action itself; None in a trace that was read back from a file."""
    outcome: Outcome | None = None
    """The answer itself; None in a trace that was read back from a file."""

    @property
    def refused(self) -> bool:
        """Whether the API refused it."""
        return self.result != OK


@frozen
class Note:
    """What was told about an object, how often, and when."""

    about: Resource
    type: str
    reason: str
    message: str
    source: str
    first: Instant
    last: Instant
    count: int


NoteKey = tuple[str, str, str, str, str]


@frozen
class World:
    """Everything that is, at one instant."""

    store: Store = field(factory=Store)
    now: Instant = START
    queue: Queue = field(factory=Queue)
    memory: PMap[Slot, Json] = field(factory=pmap)
    """What a controller remembers for an object, as the real one does in its process."""
    failures: PMap[Slot, int] = field(factory=pmap)
    """How often in a row the sync of an object failed; the queue's back-off."""
    caches: PMap[str, Store] = field(factory=pmap)
    """By controller, the older store that its cache shows; a controller without an entry sees the store itself."""
    unseen: PMap[Slot, int] = field(factory=pmap)
    """The newest resourceVersion that a controller with a lagging cache has written for an object."""
    notes: PMap[NoteKey, Note] = field(factory=pmap)
    """Events, by object and what they say."""
    trace: PDeque[Row] = field(factory=pdeque)
    steps: int = 0
    """How many syncs there have been."""

    def told(self, about: Resource | None = None) -> list[Note]:
        """Return the events that are still kept, oldest first; only those about one object if it is given."""
        notes = [note for note in self.notes.values() if about is None or note.about.uid == about.uid]
        fresh = [note for note in notes if (self.now - note.last).total_seconds() <= EVENT_LIFE]
        return sorted(fresh, key=lambda note: (note.last, note.first, str(note.about), note.reason, note.message))


@frozen
class Engine:
    """Who acts in a world, and by which rules."""

    controllers: tuple[Controller, ...]
    rules: Rules = field(factory=Rules)
    trace_limit: int | None = None
    """How many rows of the trace are kept, the newest ones; None keeps all."""
    hashed: Callable[[str], Any] = alphabetical
    """Sorts names where upstream walks over a hash map, whose order is arbitrary; `scrambled` gives other orders. The
    caches from which controllers list their objects are such maps."""
    by_hand: bool = False
    """Whether controllers only ever look when they are told to, one at a time: then a run does nothing but move the
    clock."""

    def listed(self, item: Resource) -> Any:
        """Sort objects as a cache lists them: in the order of `hashed`."""
        return self.hashed(item.name)

    @cached_property
    def by_name(self) -> Mapping[str, Controller]:
        """The controllers by name."""
        return {controller.name: controller for controller in self.controllers}

    @cached_property
    def _own(self) -> Mapping[str, tuple[Controller, ...]]:
        return _grouped((controller.kind, controller) for controller in self.controllers)

    @cached_property
    def _watches(self) -> Mapping[str, tuple[tuple[Controller, Watch], ...]]:
        return _grouped((watch.kind, (c, watch)) for c in self.controllers for watch in c.watches)

    def own(self, kind: str) -> tuple[Controller, ...]:
        """Return the controllers that look after objects of *kind*."""
        return (*self._own.get(kind, ()), *self._own.get("*", ()))

    def watching(self, kind: str) -> tuple[tuple[Controller, Watch], ...]:
        """Return who watches objects of *kind*, with the watch."""
        return (*self._watches.get(kind, ()), *self._watches.get("*", ()))

    def begin(self, *, seed: int = 0, now: Instant = START) -> World:
        """Return an empty world whose names and draws follow from *seed*."""
        trace: PDeque[Row] = pdeque(maxlen=self.trace_limit)
        return evolve(World(), store=Store(seed=seed), now=now, trace=trace)


def _grouped(pairs: Iterator[tuple[str, Any]]) -> dict[str, tuple[Any, ...]]:
    groups: dict[str, tuple[Any, ...]] = {}
    for key, value in pairs:
        groups[key] = (*groups.get(key, ()), value)
    return groups

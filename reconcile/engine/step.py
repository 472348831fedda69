"""One step of the world: a request of the user's, or one sync of one controller.

Rules
1. Every write wakes whoever it may concern: the controllers of the object's kind, and those whose watches name a key.
2. A sync that fails is tried again after 5 ms, 10 ms, 20 ms ... up to 1000 s, as controller queues do; and so is one
   that asks for another try, which upstream makes every 5 ms.
3. A controller whose cache lags behind its own writes does not sync, if it is one of those that wait (1.36 does).
4. What a controller remembers goes with its object.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from attrs import evolve

from reconcile.actions import Action, Create, Delete, Event, Patch, Remember, Update, UpdateStatus, WakeAt
from reconcile.controller import Change, Controller
from reconcile.engine.perform import perform
from reconcile.engine.queue import Slot
from reconcile.engine.world import EVENT_LIFE, OK, Engine, Note, Row, World
from reconcile.model.clock import Instant, later
from reconcile.model.resource import Resource
from reconcile.outcome import Applied, Outcome, Rejected
from reconcile.render import describe
from reconcile.store.apply import apply, not_found
from reconcile.store.store import Store
from reconcile.view import Observed

Carry = Callable[[Engine, World, Slot, Action], tuple[World, Outcome]]
"""Carries out one action of the controller that syncs a slot: the way from a controller to the API and back."""

USER: Final = "user"
_FIRST_RETRY: Final = 0.005
_LAST_RETRY: Final = 1000.0
_DONE: Final = Applied()


def submit(engine: Engine, world: World, action: Action, *, actor: str = USER) -> tuple[World, Outcome]:
    """Carry out one request of *actor*'s and return the world after it with the API's answer."""
    return carry(engine, world, Slot(actor, *_target(action)), action)


def sync(engine: Engine, world: World, slot: Slot, *, via: Carry | None = None) -> World:
    """Let one controller look at one object once; *via* stands for `carry` where requests can go wrong."""
    way = carry if via is None else via
    world = evolve(world, queue=world.queue.remove(slot), steps=world.steps + 1)
    controller = engine.by_name[slot.controller]
    cache = world.caches.get(controller.name, world.store)
    desired = cache.get(slot.kind, slot.namespace, slot.name)
    if desired is None:
        return _forget(world, slot)
    settled = world.unseen.get(slot, 0) <= cache.version
    if controller.settles and not settled:
        return _retry(world, slot)
    live = _Live(world.store)

    def look() -> Observed:
        memory, order, hashed = world.memory.get(slot), engine.listed, engine.hashed
        return Observed(world.now, cache, live, memory=memory, order=order, hashed=hashed, settled=settled)

    def send(state: World, action: Action) -> tuple[World, Outcome]:
        return way(engine, state, slot, action)

    after, deeds = perform(controller, desired, look, world, send)
    # Upstream forgets the back-off of a sync that did not fail, though it asks for another try: a Deployment that was
    # complete and has lost pods for longer than its progress deadline is looked at 200 times a second, for nothing.
    again = any(isinstance(action, WakeAt) and action.at is None for action, _ in deeds)
    if again or not after.failures.get(slot):
        return after
    return evolve(after, failures=after.failures.remove(slot))


class _Live:
    """Reads past the cache, from the store as it was when the sync began."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, kind: str, namespace: str, name: str) -> Resource | Rejected:
        found = self._store.get(kind, namespace, name)
        return found if found is not None else not_found(kind, name)


# --- carrying out ------------------------------------------------------------------------------------------------


def carry(engine: Engine, world: World, slot: Slot, action: Action) -> tuple[World, Outcome]:
    """Carry out one action of *slot*'s controller and note it in the trace."""
    doing = _CARRY_OUT.get(type(action))
    if doing is None:
        raise TypeError(f"expected an action such as Create or Patch, got {action!r}")
    world, outcome = doing(engine, world, slot, action)
    subject = f"{slot.kind}/{slot.namespace}/{slot.name}" if slot.namespace else f"{slot.kind}/{slot.name}"
    result = str(outcome.reason) if isinstance(outcome, Rejected) else OK
    row = Row(world.now, slot.controller, subject, describe(action), action.why, result, action, outcome)
    return evolve(world, trace=world.trace.append(row)), outcome


def wake(engine: Engine, world: World, change: Change, *, only: str | None = None) -> World:
    """Queue whom *change* concerns; with *only* just that controller."""
    queue = world.queue
    for woken, delay in _concerned(engine, change, world.store, world.now):
        if only in (None, woken.controller):
            queue = queue.add(woken, later(world.now, delay) if delay else world.now)
    return evolve(world, queue=queue)


def _write(engine: Engine, world: World, slot: Slot, action: Action) -> tuple[World, Outcome]:
    store, outcome = apply(world.store, action, world.now, engine.rules)
    if store is world.store:
        return world, outcome
    kind, namespace, name = _target(action)
    if not isinstance(outcome, Rejected) and outcome.object is not None:
        kind, namespace, name = outcome.object.key
    change = (world.store.get(kind, namespace, name), store.get(kind, namespace, name))
    unseen = world.unseen.set(slot, store.version) if slot.controller in world.caches else world.unseen
    return wake(engine, evolve(world, store=store, unseen=unseen), change), outcome


def _concerned(engine: Engine, change: Change, store: Store, now: Instant) -> Iterator[tuple[Slot, float]]:
    old, new = change
    item = new if new is not None else old
    if item is None:
        return
    kind = item.kind
    for controller in engine.own(kind):
        if controller.interest(change, store):
            yield Slot(controller.name, *item.key), controller.delay(change, now)
    for controller, watch in engine.watching(kind):
        for key in watch.keys(change, store):
            yield _slot(controller, key), watch.delay


def _slot(controller: Controller, key: tuple[str, ...]) -> Slot:
    return Slot(controller.name, *key) if len(key) == 3 else Slot(controller.name, controller.kind, *key)


def _tell(engine: Engine, world: World, slot: Slot, action: Event) -> tuple[World, Outcome]:
    about = action.about
    key = (about.uid, action.type, action.reason, action.why, slot.controller)
    old = world.notes.get(key)
    first, count = (old.first, old.count + 1) if old is not None else (world.now, 1)
    note = Note(about, action.type, action.reason, action.why, slot.controller, first, world.now, count)
    notes = world.notes.set(key, note)
    if len(notes) % 1024 == 0:
        # Expired events are swept now and then, so that years of them take no memory.
        stale = [k for k, n in notes.items() if (world.now - n.last).total_seconds() > EVENT_LIFE]
        evolver = notes.evolver()
        for k in stale:
            del evolver[k]
        notes = evolver.persistent()
    return evolve(world, notes=notes), _DONE


def _wake(engine: Engine, world: World, slot: Slot, action: WakeAt) -> tuple[World, Outcome]:
    if action.at is None:
        return _retry(world, slot), _DONE
    return evolve(world, queue=world.queue.add(slot, max(action.at, world.now))), _DONE


def _remember(engine: Engine, world: World, slot: Slot, action: Remember) -> tuple[World, Outcome]:
    return evolve(world, memory=world.memory.set(slot, action.memory)), _DONE


def _retry(world: World, slot: Slot) -> World:
    failures = world.failures.get(slot, 0)
    wait = min(_FIRST_RETRY * 2 ** min(failures, 30), _LAST_RETRY)
    queue = world.queue.add(slot, later(world.now, wait))
    return evolve(world, queue=queue, failures=world.failures.set(slot, failures + 1))


def _forget(world: World, slot: Slot) -> World:
    return evolve(
        world,
        memory=world.memory.discard(slot),
        failures=world.failures.discard(slot),
        unseen=world.unseen.discard(slot),
    )


def _target(action: Any) -> tuple[str, str, str]:
    """Return kind, namespace and name of what *action* is about; the name may be yet to be generated."""
    if isinstance(action, Create):
        return (action.kind, action.namespace, (action.body.get("metadata") or {}).get("name") or "")
    about = getattr(action, "object", None) or getattr(action, "about", None)
    if isinstance(about, Resource):
        return about.key
    return (getattr(action, "kind", ""), getattr(action, "namespace", ""), getattr(action, "name", ""))


_CARRY_OUT: Final[dict[type[Any], Callable[[Engine, World, Slot, Any], tuple[World, Outcome]]]] = {
    Create: _write,
    Update: _write,
    UpdateStatus: _write,
    Patch: _write,
    Delete: _write,
    Event: _tell,
    WakeAt: _wake,
    Remember: _remember,
}

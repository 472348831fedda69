"""Faults: what goes wrong between a controller and the API, and on nodes; each is one function on worlds.

- One sync: `crash`, `refuse`, `lose_answer`. Its process ends between two requests; a request is refused, or carried
  out and its answer lost.
- A process: `restart`. What it kept in memory is gone; it lists everything anew.
- A cache: `hold`, `show`, `catch_up`, `deafen`. It stops following the store, follows up to some older state, or
  catches up; and what happens meanwhile is not told.
- A queue: `again`. A key is delivered once more, for nothing.
- A node: `stop_node`, `start_node`, `slow_node`.

Rules
1. A fault is a choice like any other: the functions are pure, so a world with faults can be forked and replayed.
2. A cache that catches up has missed what was in between: of each object it is told the last state, once.
3. 1.36 makes some controllers wait until their cache shows their own writes (`Controller.settles`). `unprotected` takes
   that away. A process that restarts forgets its own writes, but lists the store as it is.
4. An answer that is lost leaves the controller without the version of its write, so it cannot wait for it either.
"""

from collections.abc import Iterable
from typing import Final, TypeVar

from attrs import evolve
from pyrsistent import PMap

from reconcile.actions import MERGE, WRITES, Action, Patch
from reconcile.controller import Controller
from reconcile.engine.queue import Slot
from reconcile.engine.step import carry, submit, sync, wake
from reconcile.engine.world import Engine, World
from reconcile.model.clock import later, stamp
from reconcile.model.json import freeze
from reconcile.model.node import STOPPED
from reconcile.outcome import Outcome, Reason, Rejected
from reconcile.store.store import Store

T = TypeVar("T")

KUBELET: Final = "kubelet"


class _Crashed(Exception):  # noqa: N818 - it carries a world, it is no mistake
    """The process ended; `world` is as it was left."""

    def __init__(self, world: World) -> None:
        super().__init__("the process ended")
        self.world = world


# --- one sync ----------------------------------------------------------------------------------------------------


def crash(engine: Engine, world: World, slot: Slot, before: int) -> World:
    """Let a controller sync *slot*, and end its process before it sends its request number *before* (from 0).

    A sync with fewer requests is carried out whole; the process ends after it.
    """

    def way(engine: Engine, state: World, slot: Slot, action: Action) -> tuple[World, Outcome]:
        if isinstance(action, WRITES) and _sent(world, state) >= before:
            raise _Crashed(state)
        return carry(engine, state, slot, action)

    try:
        after = sync(engine, world, slot, via=way)
    except _Crashed as crashed:
        after = crashed.world
    return restart(engine, after, slot.controller)


def refuse(engine: Engine, world: World, slot: Slot, request: int, reason: Reason = Reason.INTERNAL_ERROR) -> World:
    """Let a controller sync *slot*, and refuse its request number *request* (from 0) for *reason*."""
    refusal = Rejected(reason, "a fault refuses it")

    def way(engine: Engine, state: World, slot: Slot, action: Action) -> tuple[World, Outcome]:
        if not isinstance(action, WRITES) or _sent(world, state) != request:
            return carry(engine, state, slot, action)
        noted, _ = carry(engine, state, slot, action)
        return _answered(evolve(state, trace=noted.trace), refusal)

    return sync(engine, world, slot, via=way)


def lose_answer(engine: Engine, world: World, slot: Slot, request: int) -> World:
    """Let a controller sync *slot*, and carry out its request number *request* (from 0) without telling it: Timeout."""
    timeout = Rejected(Reason.TIMEOUT, "a fault loses the answer")

    def way(engine: Engine, state: World, slot: Slot, action: Action) -> tuple[World, Outcome]:
        if not isinstance(action, WRITES) or _sent(world, state) != request:
            return carry(engine, state, slot, action)
        after, _ = carry(engine, state, slot, action)
        return _answered(evolve(after, unseen=state.unseen), timeout)

    return sync(engine, world, slot, via=way)


def _sent(before: World, now: World) -> int:
    """Return how many requests a sync has sent so far, which began in the world *before*."""
    trace, count = now.trace, 0
    for _ in range(len(now.trace) - len(before.trace)):
        count += isinstance(trace.right.action, WRITES)
        trace = trace.pop()
    return count


def _answered(world: World, answer: Rejected) -> tuple[World, Outcome]:
    """Return *world* with *answer* as the outcome of the newest row of its trace."""
    row = evolve(world.trace.right, result=str(answer.reason), outcome=answer)
    return evolve(world, trace=world.trace.pop().append(row)), answer


# --- processes and queues ----------------------------------------------------------------------------------------


def restart(engine: Engine, world: World, controller: str) -> World:
    """End the process of *controller* and start it again: what it remembered is gone, and it lists all its objects."""
    _expect(engine, controller)
    kind = engine.by_name[controller].kind
    queue = world.queue
    for slot in sorted(world.queue.places):
        if slot.controller == controller:
            queue = queue.remove(slot)
    for each in world.store.kinds if kind == "*" else (kind,):
        for item in world.store.all(each):
            queue = queue.add(Slot(controller, *item.key), world.now)
    return evolve(
        world,
        queue=queue,
        memory=_without(world.memory, controller),
        failures=_without(world.failures, controller),
        unseen=_without(world.unseen, controller),
        caches=world.caches.discard(controller),
    )


def _expect(engine: Engine, controller: str) -> None:
    """Raise ValueError if no controller has that name: a fault that strikes nobody shows nothing."""
    if controller not in engine.by_name:
        raise ValueError(f"unknown controller {controller!r}; expected one of {', '.join(sorted(engine.by_name))}")


def _without(slots: PMap[Slot, T], controller: str) -> PMap[Slot, T]:
    for slot in sorted(slots):
        if slot.controller == controller:
            slots = slots.remove(slot)
    return slots


def again(world: World, slot: Slot) -> World:
    """Deliver *slot* once more, as informers do that list anew."""
    return evolve(world, queue=world.queue.add(slot, world.now))


# --- caches ------------------------------------------------------------------------------------------------------


def hold(world: World, controller: str) -> World:
    """Let the cache of *controller* stop where it is."""
    if controller in world.caches:
        return world
    return evolve(world, caches=world.caches.set(controller, world.store))


def show(engine: Engine, world: World, controller: str, store: Store) -> World:
    """Let the cache of *controller* show *store*, a state between the one it shows and the present one.

    It is woken for what differs, an object at a time: what was in between it never sees.
    """
    _expect(engine, controller)
    old = world.caches.get(controller, world.store)
    moved = evolve(world, caches=world.caches.set(controller, store))
    for kind in sorted({*old.kinds, *store.kinds}):
        before, after = old.objects.get(kind), store.objects.get(kind)
        if before is after:
            continue
        places = {*(before or ()), *(after or ())}
        for namespace, name in sorted(places):
            change = (old.get(kind, namespace, name), store.get(kind, namespace, name))
            if change[0] is not change[1]:
                moved = wake(engine, moved, change, only=controller)
    return moved


def catch_up(engine: Engine, world: World, controller: str) -> World:
    """Let the cache of *controller* follow the store again."""
    if controller not in world.caches:
        return world
    shown = show(engine, world, controller, world.store)
    return evolve(shown, caches=shown.caches.discard(controller))


def deafen(before: World, after: World, controllers: Iterable[str]) -> World:
    """Return *after* without the wake-ups that *controllers* got in the step from *before*, but for their own.

    A controller whose cache lags hears of a change when its cache shows it, not when it happens.
    """
    actor = after.trace.right.actor if len(after.trace) > len(before.trace) else ""
    deaf = frozenset(controllers) - {actor}
    queue = after.queue
    for slot in sorted(slot for slot in after.queue.places if slot.controller in deaf):
        place = before.queue.places.get(slot)
        if place is None:
            queue = queue.remove(slot)
        elif after.queue.places[slot] < place:
            # Later than before is only what it put off itself, because its cache lags: that leaves no trace.
            queue = queue.remove(slot).add(slot, place[0])
    return evolve(after, queue=queue)


def unprotected(engine: Engine, controllers: Iterable[str] | None = None) -> Engine:
    """Return *engine* with *controllers*, by default all, not waiting for their caches: 1.36 with the gates off."""
    named = None if controllers is None else frozenset(controllers)
    for name in sorted(named or ()):
        _expect(engine, name)

    def bare(controller: Controller) -> Controller:
        return evolve(controller, settles=False) if named is None or controller.name in named else controller

    return evolve(engine, controllers=tuple(map(bare, engine.controllers)))


# --- nodes -------------------------------------------------------------------------------------------------------


def stop_node(engine: Engine, world: World, node: str) -> World:
    """Let the kubelet of *node* stop: nothing happens there any more, and after a while its pods are lost."""
    return _annotate(engine, world, node, stamp(world.now))


def start_node(engine: Engine, world: World, node: str) -> World:
    """Let the kubelet of *node* go on."""
    return _annotate(engine, world, node, None)


def _annotate(engine: Engine, world: World, node: str, value: str | None) -> World:
    body = freeze({"metadata": {"annotations": {STOPPED: value}}})
    return submit(engine, world, Patch("Node", "", node, body, "a fault of the node", patch_type=MERGE))[0]


def slow_node(world: World, node: str, seconds: float) -> World:
    """Let everything that the kubelet of *node* has queued wait for so many more *seconds*."""
    queue = world.queue
    for slot, (due, _) in sorted(world.queue.places.items()):
        pod = world.store.get(*slot[1:]) if slot.controller == KUBELET else None
        if pod is not None and pod.spec.get("nodeName") == node:
            queue = queue.remove(slot).add(slot, later(due, seconds))
    return evolve(world, queue=queue)

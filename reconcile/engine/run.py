"""Many steps: which one is next, and when to stop.

Rules
1. A policy picks among the slots that are due; nothing else is ever left to chance. `fifo` takes the oldest, `shuffled`
   draws from a seed and the number of the step, so the same seed gives the same run in every process.
2. The clock jumps: when nothing is due, it moves to the next wake-up, and never past the end that was asked for.
3. Every run is bounded. A world that does not settle within its bound is an error that says what kept it busy. Where
   time is to pass, the bound is one for each day of it.
"""

from collections import Counter
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

from attrs import evolve

from reconcile.engine.queue import Slot
from reconcile.engine.step import sync
from reconcile.engine.world import Engine, World
from reconcile.model.clock import Instant, later, stamp

Policy = Callable[[World, int], int]
"""From a world and how many slots are due to the index of the one to take, in the order of the queue."""

MAX_STEPS: Final = 1_000_000
"""How many syncs a run may take unless it is told otherwise: some minutes of work."""
_DAY: Final = 86400.0


class NotSettled(RuntimeError):  # noqa: N818 - it names a state of the world, not a mistake
    """A run reached its bound before it reached its end; `world` is where it had come to."""

    def __init__(self, message: str, world: World) -> None:
        super().__init__(message)
        self.world = world


def fifo(world: World, ready: int) -> int:
    """Take the slot that has been due for longest."""
    return 0


def shuffled(seed: int) -> Policy:
    """Return the policy that takes any slot that is due, drawn from *seed*."""

    def pick(world: World, ready: int) -> int:
        digest = blake2b(f"{seed}/{world.steps}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % ready

    return pick


def scrambled(seed: int) -> Callable[[str], bytes]:
    """Return an order of names, drawn from *seed*, for `Engine.hashed`.

    >>> sorted("abcd", key=scrambled(1)) == sorted("dcba", key=scrambled(1)) != sorted("abcd", key=scrambled(3))
    True
    """
    return lambda name: blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()


def step(engine: Engine, world: World, *, policy: Policy = fifo) -> World | None:
    """Let the policy's choice among the due slots sync; None if nothing is due at this instant."""
    ready = world.queue.ready(world.now)
    return sync(engine, world, world.queue.at(policy(world, ready))) if ready else None


def run(
    engine: Engine,
    world: World,
    *,
    until: Instant | None = None,
    stop: Callable[[World], bool] | None = None,
    policy: Policy = fifo,
    max_steps: int = MAX_STEPS,
) -> World:
    """Play *world* forward and return it as it is in the end.

    With *until* the run ends at that instant. With *stop* it ends as soon as that is true of the world (looked at
    before the first step and after each). With neither it ends when nothing is queued any more, now or later.

    Raises NotSettled if *max_steps* syncs were not enough, or if the queue ran empty before *stop* was true.

    If the engine is moved by hand, nobody acts and only the clock moves.
    """
    if engine.by_hand:
        return _unmoved(world, until, stop)
    last = world.steps + max_steps
    woken: Counter[Slot] = Counter()
    while stop is None or not stop(world):
        ready = world.queue.ready(world.now)
        if ready:
            if world.steps >= last:
                raise NotSettled(_busy(world, max_steps, woken), world)
            slot = world.queue.at(policy(world, ready))
            if world.steps >= last - 1000:
                woken[slot] += 1
            world = sync(engine, world, slot)
            continue
        due = world.queue.next_due()
        if due is None or (until is not None and due > until):
            if stop is not None:
                raise NotSettled(f"nothing is left to do{_by(until)}, and what was waited for did not happen", world)
            break
        world = evolve(world, now=due)
    return world if until is None or world.now >= until or stop is not None else evolve(world, now=until)


def _unmoved(world: World, until: Instant | None, stop: Callable[[World], bool] | None) -> World:
    """Return the world at the end of a run in which nobody acts."""
    if stop is not None and not stop(world):
        raise NotSettled("nobody acts in a world that is moved by hand, and what was waited for did not happen", world)
    return world if until is None or world.now >= until or stop is not None else evolve(world, now=until)


def _by(until: Instant | None) -> str:
    return "" if until is None else f" before {stamp(until)}"


def _busy(world: World, steps: int, woken: Counter[Slot]) -> str:
    busiest = ", ".join(
        f"{slot} ({count} times)" for slot, count in sorted(woken.items(), key=lambda i: (-i[1], i[0]))[:3]
    )
    return (
        f"the cluster did not settle within {steps} steps; at {stamp(world.now)} the busiest of the last 1000 were: "
        f"{busiest}. Something that repeats for ever, such as a CronJob, never settles: run it for a duration instead"
    )


def settle(engine: Engine, world: World, *, policy: Policy = fifo, max_steps: int = MAX_STEPS) -> World:
    """Do what is due at this instant, and what follows from it at this instant; the clock stands still."""
    return run(engine, world, until=world.now, policy=policy, max_steps=max_steps)


def advance(
    engine: Engine, world: World, seconds: float, *, policy: Policy = fifo, max_steps: int | None = None
) -> World:
    """Let *seconds* pass, with everything that falls due in them.

    Unless *max_steps* says otherwise, each day of them may take MAX_STEPS syncs: a year takes its time.
    """
    end = later(world.now, seconds)
    while max_steps is None and later(world.now, _DAY) < end:
        world = run(engine, world, until=later(world.now, _DAY), policy=policy, max_steps=MAX_STEPS)
    return run(engine, world, until=end, policy=policy, max_steps=MAX_STEPS if max_steps is None else max_steps)

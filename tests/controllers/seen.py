"""One sync of one controller on a drawn scene, carried out on a store, so that everything that was done can be seen."""

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeVar

from attrs import evolve

from reconcile.actions import WRITES, Action
from reconcile.cluster import Cluster
from reconcile.engine.queue import Slot
from reconcile.engine.step import carry, sync
from reconcile.engine.world import Engine, Row, World
from reconcile.model.resource import Resource
from reconcile.outcome import Outcome, Reason, Rejected
from reconcile.store.store import Store
from reconcile.testing.invariants.protocol import rows
from reconcile.testing.scenes import Scene

A = TypeVar("A", bound=Action)

CLUSTER: Final = Cluster.new(nodes=0)
HOME: Final = CLUSTER.get("ns", "default").put(("metadata", "uid"), "uid-default")
"""Where drawn scenes are: nothing can be created in a namespace that is not there."""


class Seen(NamedTuple):
    """A sync."""

    before: World
    after: World
    rows: list[Row]

    @property
    def failed(self) -> bool:
        """Whether the sync is to be tried again because it failed."""
        return any(getattr(row.action, "error", None) is not None for row in self.rows)

    def actions(self, kind: type[A]) -> list[A]:
        """Return what of one sort was asked for, without the answers."""
        return [row.action for row in self.rows if isinstance(row.action, kind)]

    def of(self, kind: type[Action]) -> list[Row]:
        """Return what of one sort was asked for."""
        return [row for row in self.rows if isinstance(row.action, kind)]


def look(
    controller: str, scene: Scene, *, refusals: Mapping[int, Reason] | None = None, live: Store | None = None
) -> Seen:
    """Let *controller* look at *scene* once.

    Args:
        controller: its name.
        scene: what its cache shows.
        refusals: the reasons for which its requests, counted from 0, are refused.
        live: what there is, if that is not what the cache shows.
    """
    slot = Slot(controller, *scene.desired.key)
    memory = {slot: scene.memory} if scene.memory is not None else {}
    world = evolve(
        CLUSTER.world, store=scene.store().put(HOME), now=scene.now, memory=CLUSTER.world.memory.update(memory)
    )
    if live is not None:
        world = evolve(world, store=live.put(HOME), caches=world.caches.set(controller, world.store))
    sent = -1

    def way(engine: Engine, state: World, slot: Slot, action: Action) -> tuple[World, Outcome]:
        nonlocal sent
        sent += isinstance(action, WRITES)
        reason = (refusals or {}).get(sent) if isinstance(action, WRITES) else None
        after, outcome = carry(engine, state, slot, action)
        if reason is None:
            return after, outcome
        answer = Rejected(reason, "refused by the test")
        row = evolve(after.trace.right, result=str(reason), outcome=answer)
        return evolve(state, trace=after.trace.pop().append(row)), answer

    after = sync(CLUSTER.engine, world, slot, via=way)
    return Seen(world, after, rows(world, after))


def stored(seen: Seen, item: Resource) -> Resource:
    """Return *item* as it is after the sync."""
    found = seen.after.store.get(*item.key)
    assert found is not None
    return found

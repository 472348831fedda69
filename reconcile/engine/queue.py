"""The work queue: which object some controller should look at, and when.

Rules
1. One slot a key: a key that is queued again keeps the earlier of its two times.
2. Among those that are due, the one that became due first comes first; those of one instant come in the order in which
   they were queued.
3. The queue is a value; nothing in it depends on hashing.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from attrs import frozen
from pyrsistent import PMap, pmap

from reconcile.model.clock import Instant
from reconcile.model.ordered import SortedMap


class Slot(NamedTuple):
    """What is queued: an object for a controller."""

    controller: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.controller}: {self.kind} {self.namespace}/{self.name}"


Place = tuple[Instant, int]
"""When a slot is due, and its number in the order of queueing."""

_NO_ORDER: Final[SortedMap[Place, Slot]] = SortedMap.of(())
_NO_PLACES: Final[PMap[Slot, Place]] = pmap()


@frozen
class Queue:
    """Slots by the time at which they are due."""

    order: SortedMap[Place, Slot] = _NO_ORDER
    places: PMap[Slot, Place] = _NO_PLACES
    serial: int = 0

    def __len__(self) -> int:
        return len(self.order)

    def add(self, slot: Slot, due: Instant) -> "Queue":
        """Return the queue with *slot* in it, due at *due* or at the earlier time that it had."""
        place = self.places.get(slot)
        if place is not None and place[0] <= due:
            return self
        order = self.order if place is None else self.order.discard(place)
        new = (due, self.serial)
        return Queue(order.set(new, slot), self.places.set(slot, new), self.serial + 1)

    def remove(self, slot: Slot) -> "Queue":
        """Return the queue without *slot*; the same queue if it is not in it."""
        place = self.places.get(slot)
        if place is None:
            return self
        return Queue(self.order.discard(place), self.places.remove(slot), self.serial)

    def next_due(self) -> Instant | None:
        """Return when the next slot is due; None if there is none."""
        first = self.order.first()
        return None if first is None else first[0][0]

    def ready(self, now: Instant) -> int:
        """Return how many slots are due at *now*."""
        return self.order.count(None, (now, self.serial))

    def at(self, index: int) -> Slot:
        """Return the slot at *index*, in the order in which they are due."""
        return self.order.at(index)[1]

    def due(self, now: Instant) -> Iterator[Slot]:
        """Yield the slots that are due at *now*, in order."""
        return self.order.values(None, (now, self.serial))

"""The work queue against a plain dictionary."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from reconcile.engine.queue import Queue, Slot
from reconcile.model.clock import Instant, instant

NOON = instant("2026-01-01T12:00:00Z")
SLOTS = [Slot("c", "Kind", "ns", name) for name in "abcd"]


@given(st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(0, 5))), max_size=30))
def test_one_slot_a_key_and_the_earlier_time_wins(history: list[tuple[int, int | None]]) -> None:
    """Adding keeps the earlier time, removing frees the key; the order is by time, then by when it was queued."""
    queue, serial = Queue(), 0
    model: dict[Slot, tuple[Instant, int]] = {}
    for index, seconds in history:
        slot = SLOTS[index]
        if seconds is None:
            queue = queue.remove(slot)
            model.pop(slot, None)
        else:
            due = NOON + timedelta(seconds=seconds)
            queue = queue.add(slot, due)
            if slot not in model or due < model[slot][0]:
                model[slot] = (due, serial)
                serial += 1
    expected = sorted(model, key=lambda slot: model[slot])

    assert expected == [queue.at(i) for i in range(len(queue))]
    assert (model[expected[0]][0] if expected else None) == queue.next_due()


def test_only_what_is_due_is_ready() -> None:
    """A slot is ready from its instant on."""
    queue = Queue().add(SLOTS[0], NOON).add(SLOTS[1], NOON + timedelta(seconds=1))

    assert (1, 2) == (queue.ready(NOON), queue.ready(NOON + timedelta(seconds=1)))
    assert [SLOTS[0]] == list(queue.due(NOON))

"""Which run of a CronJob is due, and how many were missed.

Rules (contract cronjob 6)
1. A slot is due if it lies after the last run (or the creation, or the starting deadline) and not after now. Of several
   the most recent one is run, and the others never are.
2. Upstream does not count what was missed: it takes the distance of the first two slots for the distance of all,
   estimates from it how many there were, and looks for the most recent slot from two such distances before now.
3. So a schedule with uneven distances can lose a run that is due: in `0 9-17 * * 1-5` the first two slots are an hour
   apart, and after office hours two hours back there is none. Nothing is reported, and the run is not made up for
   (catalogue D-C5). This is the default here, because it is what a cluster does.
4. With `exact=True` the look back is widened until the slot is found, and the missed slots are counted: what the
   documentation promises.
"""

from datetime import timedelta
from typing import Final, Literal, NamedTuple

from reconcile.model.clock import Instant, later
from reconcile.model.schedule import Schedule

Missed = Literal["none", "few", "many"]

MANY: Final = 100
"""More missed slots than this are many."""

_DELAY: Final = 0.1
"""Seconds after a slot at which a sync is asked for, so that it does not come too early by a hair."""
_SECOND: Final = timedelta(seconds=1)


class Due(NamedTuple):
    """The slot to run."""

    slot: Instant | None
    """None if no slot is due, or if it was not found."""
    missed: Missed
    """Whether more than one slot lay in between, and whether so many that something must be wrong."""


def most_recent(schedule: Schedule, earliest: Instant, now: Instant, *, exact: bool = False) -> Due:
    """Return the most recent slot after *earliest* and not after *now*; ValueError if the schedule has ended.

    >>> from reconcile.model.clock import instant
    >>> from reconcile.model.schedule import parse
    >>> office, monday = parse("0 9-17 * * 1-5"), instant("2026-01-05T15:00:00Z")
    >>> most_recent(office, monday, instant("2026-01-05T18:30:00Z")).slot
    >>> str(most_recent(office, monday, instant("2026-01-05T18:30:00Z"), exact=True).slot)
    '2026-01-05 17:00:00+00:00'
    """
    first = schedule.next(earliest)
    if first is None:
        raise ValueError("the schedule has no activation in the next five years")
    if now < first:
        return Due(None, "none")
    second = schedule.next(first)
    if second is None:
        # Upstream takes the end of a schedule for a broken one, even with a run due.
        if exact:
            return Due(first, "none")
        raise ValueError("the schedule has only one activation in the next five years")
    if now < second:
        return Due(first, "none")
    gap = (second - first) // _SECOND
    count = (now - first) // _SECOND // gap + 1
    start = later(first, (count - 2) * gap)
    if exact:
        return Due(_find(schedule, start, earliest, now), _count(schedule, first, now))
    return Due(_last(schedule, start, now), "many" if count > MANY else "few")


def _last(schedule: Schedule, start: Instant, now: Instant) -> Instant | None:
    """Return the last slot after *start* and not after *now*."""
    found = None
    slot = schedule.next(start)
    while slot is not None and slot <= now:
        found, slot = slot, schedule.next(slot)
    return found


def _find(schedule: Schedule, start: Instant, earliest: Instant, now: Instant) -> Instant | None:
    """Return the last slot not after *now*, looked for from *start* and then from ever further back."""
    found = _last(schedule, start, now)
    while found is None and start > earliest:
        start = max(earliest, start - (now - start))
        found = _last(schedule, start, now)
    return found


def _count(schedule: Schedule, first: Instant, now: Instant) -> Missed:
    slot: Instant | None = first
    for _ in range(MANY):
        slot = None if slot is None else schedule.next(slot)
        if slot is None or slot > now:
            return "few"
    return "many"


def next_sync(schedule: Schedule, earliest: Instant, now: Instant) -> Instant | None:
    """Return when the CronJob wants to be looked at again, a moment after its next slot.

    *earliest* does not regard the starting deadline here.
    """
    try:
        due = most_recent(schedule, earliest, now)
    except ValueError:
        base = now
    else:
        # No slot and none missed: the next one is counted from the last run, which may lie in the future.
        base = due.slot or (earliest if due.missed == "none" else now)
    slot = schedule.next(base)
    return None if slot is None else later(slot, _DELAY)

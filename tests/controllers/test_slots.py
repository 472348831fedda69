"""Which run of a CronJob is due."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.controllers._slots import Due, most_recent, next_sync
from reconcile.model.clock import Instant
from reconcile.model.schedule import Schedule, parse

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
OFFICE = parse("0 9-17 * * 1-5")


def at(hour: int, minute: int = 0) -> Instant:
    return MONDAY.replace(hour=hour, minute=minute)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (at(15, 59), Due(None, "none")),
        (at(16), Due(at(16), "none")),
        (at(16, 59), Due(at(16), "none")),
        (at(17), Due(at(17), "few")),
        (at(17, 30), Due(at(17), "few")),
        (at(18, 30), Due(None, "few")),
        (at(23, 30), Due(None, "few")),
    ],
)
def test_a_due_run_is_lost_after_office_hours(now: Instant, expected: Due) -> None:
    """The run of 17:00 is found while 17:00 is less than two hours ago, and never again (catalogue D-C5)."""
    actual = most_recent(OFFICE, at(15), now)

    assert expected == actual


@pytest.mark.parametrize("now", [at(17), at(18, 30), at(23, 30), MONDAY + timedelta(days=1, hours=8)])
def test_an_exact_look_back_loses_nothing(now: Instant) -> None:
    """The run of 17:00 stays due until the one of the next morning is."""
    actual = most_recent(OFFICE, at(15), now, exact=True)

    assert Due(at(17), "few") == actual


def test_many_are_more_than_a_hundred() -> None:
    """The most recent slot is run all the same."""
    minutely = parse("* * * * *")
    hundred = MONDAY + timedelta(minutes=100)

    for exact in (False, True):
        assert Due(hundred, "few") == most_recent(minutely, MONDAY, hundred, exact=exact)
        later = hundred + timedelta(minutes=1)
        assert Due(later, "many") == most_recent(minutely, MONDAY, later, exact=exact)


def test_uneven_distances_raise_a_false_alarm() -> None:
    """A fortnight of nine runs a day is taken for 336 hourly ones; counting tells 90."""
    now = MONDAY + timedelta(days=14, hours=9)

    assert most_recent(OFFICE, MONDAY, now).missed == "many"
    assert most_recent(OFFICE, MONDAY, now, exact=True) == Due(now, "few")


schedules = st.sampled_from(
    [
        "0 9-17 * * 1-5",
        "30 6-16/4 * * 1-5",
        "*/10 8-18 * * *",
        "0 3 * * 1,2",
        "0 22 1,15 * *",
        "58,59 23 * * 0",
        "@hourly",
        "@every 7m",
    ]
).map(parse)
spans = st.integers(0, 20 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


def counted(schedule: Schedule, earliest: Instant, now: Instant) -> list[Instant]:
    """All slots after *earliest* and not after *now*, one by one."""
    slots = []
    slot = schedule.next(earliest)
    while slot is not None and slot <= now:
        slots.append(slot)
        slot = schedule.next(slot)
    return slots


@given(schedules, spans, spans)
def test_exact_is_what_counting_gives(schedule: Schedule, offset: timedelta, outage: timedelta) -> None:
    """The last of all slots, and how many there were."""
    earliest = MONDAY + offset
    slots = counted(schedule, earliest, earliest + outage)
    missed = "none" if len(slots) < 2 else "few" if len(slots) <= 100 else "many"

    assert (slots[-1] if slots else None, missed) == most_recent(schedule, earliest, earliest + outage, exact=True)


@given(schedules, spans, spans)
def test_what_is_found_is_right(schedule: Schedule, offset: timedelta, outage: timedelta) -> None:
    """By default a run may be lost, but no other is taken for it."""
    earliest = MONDAY + offset
    exact = most_recent(schedule, earliest, earliest + outage, exact=True)

    assert most_recent(schedule, earliest, earliest + outage).slot in (None, exact.slot)


def test_a_schedule_that_never_comes_round_is_an_error() -> None:
    """With or without exactness: there is nothing to be exact about."""
    for exact in (False, True):
        with pytest.raises(ValueError, match="no activation"):
            most_recent(parse("0 0 30 2 *"), MONDAY, MONDAY, exact=exact)


def test_the_end_of_a_schedule_is_an_error_upstream() -> None:
    """After 29 February 2096 comes none for eight years; only an exact look back runs that one."""
    leap_days = parse("0 0 29 2 *")
    earliest, now = datetime(2096, 1, 1, tzinfo=UTC), datetime(2096, 3, 1, tzinfo=UTC)

    with pytest.raises(ValueError, match="only one activation"):
        most_recent(leap_days, earliest, now)
    assert Due(datetime(2096, 2, 29, tzinfo=UTC), "none") == most_recent(leap_days, earliest, now, exact=True)


@pytest.mark.parametrize(
    ("earliest", "now", "expected"),
    [
        (at(15), at(15, 30), at(16)),
        (at(15), at(17, 30), MONDAY + timedelta(days=1, hours=9)),
        (at(15), at(18, 30), MONDAY + timedelta(days=1, hours=9)),
        (at(20), at(15), MONDAY + timedelta(days=1, hours=9)),
    ],
)
def test_the_next_look_is_a_moment_after_the_next_slot(earliest: Instant, now: Instant, expected: Instant) -> None:
    """Whether something is due, was lost, or the last run lies in the future."""
    actual = next_sync(OFFICE, earliest, now)

    assert expected + timedelta(milliseconds=100) == actual


def test_there_is_no_next_look_at_what_never_comes_round() -> None:
    """Nothing but an edit wakes such a CronJob."""
    assert next_sync(parse("0 0 30 2 *"), MONDAY, MONDAY) is None

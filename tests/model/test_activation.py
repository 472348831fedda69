"""When a schedule comes round: the walk, the search and the short cut from one to the other."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.model.activation import following, search, walk
from reconcile.model.clock import stamp
from reconcile.model.crontab import Fields, read
from reconcile.model.schedule import next_activations
from reconcile.model.zones import find

ZONES = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia"]

instants = st.datetimes(datetime(2008, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)


def field(first: int, last: int) -> st.SearchStrategy[str]:
    value = st.integers(first, last)
    span = st.lists(value, min_size=2, max_size=2).map(lambda ends: f"{min(ends)}-{max(ends)}")
    items = st.one_of(value.map(str), span, st.tuples(span, st.integers(2, 9)).map(lambda pair: f"{pair[0]}/{pair[1]}"))
    return st.one_of(
        st.just("*"), st.integers(2, 20).map("*/{}".format), st.lists(items, min_size=1, max_size=3).map(",".join)
    )


schedules = st.tuples(field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)).map(" ".join)


def fields(text: str) -> Fields:
    parsed = read(text)
    assert isinstance(parsed, Fields)
    return parsed


@given(schedules, instants)
def test_search_is_the_walk_where_no_clock_jumps(text: str, start: datetime) -> None:
    """In UTC the calendar knows what the steps find."""
    expected = walk(fields(text), UTC, start)

    assert expected == search(fields(text), start, last_year=start.year + 5)


@given(schedules, instants, st.sampled_from(ZONES))
def test_the_short_cut_is_never_taken_too_far(text: str, start: datetime, zone: str) -> None:
    """In zones whose clocks jump the result is the walk's."""
    expected = walk(fields(text), find(zone), start)

    assert expected == following(fields(text), zone, start)


@given(st.tuples(field(0, 59), field(0, 23)).map(" ".join), st.sampled_from(ZONES), st.integers(-48, 48), st.data())
def test_the_short_cut_is_exact_around_a_jump(text: str, zone: str, hours: int, data: st.DataObject) -> None:
    """The same within two days of the days on which clocks jump."""
    moment = data.draw(st.sampled_from(jumps(zone))) + timedelta(hours=hours, seconds=7)
    schedule = f"{text} * * *"
    expected = walk(fields(schedule), find(zone), moment)

    assert expected == following(fields(schedule), zone, moment)


def jumps(zone: str) -> list[datetime]:
    """The days of the zone between 2009 and 2012, when all of them still had jumps, on which its offset changed."""
    days = [datetime(2009, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(3 * 366)]
    place = find(zone)
    return [
        day for day, after in pairwise(days) if day.astimezone(place).utcoffset() != after.astimezone(place).utcoffset()
    ]


@pytest.mark.parametrize(
    ("schedule", "zone", "after", "expected"),
    [
        # The run of the missing hour is left out.
        ("30 2 * * *", "Europe/Berlin", (2024, 3, 30), ["2024-03-30T01:30:00Z", "2024-04-01T00:30:00Z"]),
        # The run of the repeated hour happens twice.
        ("0 2 * * *", "Europe/Berlin", (2023, 10, 28, 12), ["2023-10-29T00:00:00Z", "2023-10-29T01:00:00Z"]),
        # Half an hour is missing.
        ("15 2 * * *", "Australia/Lord_Howe", (2024, 10, 5), ["2024-10-06T15:15:00Z", "2024-10-07T15:15:00Z"]),
        # The day begins at one o'clock, and its midnight run is left out.
        ("0 0 * * *", "America/Sao_Paulo", (2018, 11, 3, 12), ["2018-11-05T02:00:00Z", "2018-11-06T02:00:00Z"]),
    ],
)
def test_where_local_time_jumps(schedule: str, zone: str, after: tuple[int, int, int], expected: list[str]) -> None:
    """What upstream's steps come to at a jump."""
    actual = next_activations(schedule, zone, datetime(*after, tzinfo=UTC), 2)

    assert expected == [stamp(moment) for moment in actual]


@pytest.mark.parametrize("text", [", * * * *", "* , * * *", "* * * , *", "* * , * *", "* * , * ,"])
def test_an_empty_field_never_matches(text: str) -> None:
    """There is no next activation, and finding that out takes no time."""
    start = datetime(2026, 1, 1, tzinfo=UTC)

    assert following(fields(text), "UTC", start) is None
    assert following(fields(text), "Europe/London", start) is None


def test_offsets_of_odd_seconds_are_walked() -> None:
    """Monrovia lay 44 minutes and 30 seconds behind: the walk cuts real minutes, so it never meets a full one."""
    start = datetime(1970, 1, 1, tzinfo=UTC)

    assert walk(fields("0 * * * *"), find("Africa/Monrovia"), start) == following(
        fields("0 * * * *"), "Africa/Monrovia", start
    )


def test_no_search_goes_beyond_five_years() -> None:
    """Between 2096 and 2104 no year is a leap year."""
    assert following(fields("0 0 29 2 *"), "UTC", datetime(2097, 1, 1, tzinfo=UTC)) is None

"""When the fields of a schedule match next: upstream's stepping, and the calendar where it comes to the same.

Upstream finds the next activation by walking: a month, a day, an hour, a minute, a second at a time, and from the top
again whenever a field wraps around (contract cronjob 5, "Next"). Where local time jumps, the walk has habits of its
own: a run inside a spring gap is left out, one inside a repeated hour happens twice, and where midnight is missing
days are met at odd hours. So:

1. `walk` takes exactly these steps. It is right everywhere, and slow for rare schedules.
2. `search` looks the next matching wall clock up in the calendar. It is right while the offset of the zone does not
   change, and takes a few microseconds.
3. `following` takes the result of `search` if the zone is UTC, or calm in every month from start to result; else it
   walks.

A wall clock is a datetime labelled UTC that shows the local date and time.

croniter is not used here but as an independent witness in the tests: it must find what we find wherever no clock jumps.
It takes five to ten times as long, reads a grammar of its own (7 for Sunday, `L`, names of any length), treats jumps of
the clock its own way, and does not stop after five years.
"""

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Callable
from datetime import MAXYEAR, UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, NamedTuple

from reconcile.model.clock import Instant
from reconcile.model.crontab import Fields
from reconcile.model.zones import calm, find

_YEARS: Final = 5
"""How many calendar years beyond the current one are looked at."""

_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)


def following(fields: Fields, zone: str, start: Instant) -> Instant | None:
    """Return the first activation at or after *start*, a whole second; None if there is none in five years.

    >>> from reconcile.model.crontab import read
    >>> start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    >>> str(following(read("30 2 * * *"), "Europe/Berlin", start))  # on the 29th there is no 02:30
    '2026-03-30 00:30:00+00:00'
    """
    if not (fields.minutes and fields.hours and fields.months):
        return None  # the walk would find nothing either, a minute at a time
    place = find(zone)
    if place is UTC:
        return search(fields, start, last_year=_last_year(start))
    wall = _wall(start.astimezone(place))
    found = search(fields, wall, last_year=_last_year(wall))
    if found is None or not all(calm(zone, month) for month in range(_month(wall), _month(found) + 1)):
        return walk(fields, place, start)
    return found - (wall - start)


def _last_year(wall: datetime) -> int:
    return min(wall.year + _YEARS, MAXYEAR - 1)


def _month(wall: datetime) -> int:
    return 12 * wall.year + wall.month - 1


def search(fields: Fields, wall: datetime, *, last_year: int) -> datetime | None:
    """Return the first wall clock at or after *wall* that matches, up to the end of *last_year*."""
    if wall.second:
        wall += timedelta(seconds=60 - wall.second)
    if wall.month in fields.months and wall.day in _days(fields, wall.year, wall.month):
        if wall.hour in fields.hours:
            minute = _at_least(fields.minutes, wall.minute)
            if minute is not None:
                return wall.replace(minute=minute)
        hour = _at_least(fields.hours, wall.hour + 1)
        if hour is not None:
            return wall.replace(hour=hour, minute=fields.minutes[0])
    return _search_day(fields, wall, last_year)


def _search_day(fields: Fields, wall: datetime, last_year: int) -> datetime | None:
    """Return the first match on a day after the day of *wall*."""
    this_month = (wall.year, wall.month)
    for year in range(wall.year, last_year + 1):
        for month in fields.months:
            if (year, month) >= this_month:
                least = wall.day + 1 if (year, month) == this_month else 1
                day = _at_least(_days(fields, year, month), least)
                if day is not None:
                    return datetime(year, month, day, fields.hours[0], fields.minutes[0], tzinfo=UTC)
    return None


def _at_least(values: tuple[int, ...], least: int) -> int | None:
    index = bisect_left(values, least)
    return values[index] if index < len(values) else None


def _days(fields: Fields, year: int, month: int) -> tuple[int, ...]:
    return _matching_days(fields.days, fields.weekdays, fields.both_days, *monthrange(year, month))


@lru_cache(maxsize=4096)
def _matching_days(
    days: tuple[int, ...],
    weekdays: tuple[int, ...],
    both_days: bool,
    first: int,
    length: int,
) -> tuple[int, ...]:
    """Return the matching days of a month of *length* days that begins on weekday *first*, 0 being Monday."""
    combine = all if both_days else any
    return tuple(day for day in range(1, length + 1) if combine((day in days, (first + day) % 7 in weekdays)))


class _Stage(NamedTuple):
    """How the walk settles one field."""

    matches: Callable[[Fields, datetime], bool]
    cut: Callable[[datetime], datetime]
    """The beginning of the unit that a local time lies in."""
    step: Callable[[datetime], datetime]
    """One unit on."""
    wrapped: Callable[[datetime], bool]
    """Whether a step has begun the next larger unit, so that all fields are in question again."""


def walk(fields: Fields, zone: tzinfo, start: Instant) -> Instant | None:
    """Return the first activation at or after *start* as upstream's steps find it (contract cronjob 5)."""
    local = start.astimezone(zone)
    last_year = _last_year(local)
    cut = False
    while local.year <= last_year:
        for stage in _STAGES:
            settled = stage.matches(fields, local)
            if settled:
                continue
            # Only the first change of a walk goes to the beginning of its unit; later ones are there already.
            local = local if cut else stage.cut(local)
            local, cut = _settle(stage, fields, local), True
            if not stage.matches(fields, local) or stage.wrapped(local):
                break
        else:
            return local.astimezone(UTC)
    return None


def _settle(stage: _Stage, fields: Fields, local: datetime) -> datetime:
    """Return the time at which the field matches or has wrapped around; at least one step is taken."""
    local = stage.step(local)
    while not stage.wrapped(local) and not stage.matches(fields, local):
        local = stage.step(local)
    return local


def _wall(local: datetime) -> datetime:
    return local.replace(tzinfo=UTC)


def _at(wall: datetime, zone: tzinfo | None) -> datetime:
    """Return the local time at which *wall* is shown, with upstream's choice where there are two or none."""
    offset = _offset(wall.astimezone(zone))
    offset = _offset((wall - offset).astimezone(zone))
    return (wall - offset).astimezone(zone)


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta()


def _later(local: datetime, span: timedelta) -> datetime:
    """Return the local time *span* later by the stopwatch."""
    return (local.astimezone(UTC) + span).astimezone(local.tzinfo)


def _next_month(local: datetime) -> datetime:
    wall = _wall(local)
    year, month = divmod(_month(wall) + 1, 12)
    # A day beyond the end of the month runs over into the one after it.
    first = wall.replace(year=year, month=month + 1, day=1)
    return _at(first + timedelta(days=wall.day - 1), local.tzinfo)


def _next_day(local: datetime) -> datetime:
    local = _at(_wall(local) + timedelta(days=1), local.tzinfo)
    # Where there is no midnight, the walk goes on at the hour next to it.
    hour = local.hour
    return _later(local, (24 - hour if hour > 12 else -hour) * _HOUR) if hour else local


_STAGES: Final = (
    _Stage(
        matches=lambda fields, local: local.month in fields.months,
        cut=lambda local: _at(_wall(local).replace(day=1, hour=0, minute=0, second=0), local.tzinfo),
        step=_next_month,
        wrapped=lambda local: local.month == 1,
    ),
    _Stage(
        matches=lambda fields, local: local.day in _days(fields, local.year, local.month),
        cut=lambda local: _at(_wall(local).replace(hour=0, minute=0, second=0), local.tzinfo),
        step=_next_day,
        wrapped=lambda local: local.day == 1,
    ),
    _Stage(
        matches=lambda fields, local: local.hour in fields.hours,
        cut=lambda local: _at(_wall(local).replace(minute=0, second=0), local.tzinfo),
        step=lambda local: _later(local, _HOUR),
        wrapped=lambda local: local.hour == 0,
    ),
    _Stage(
        matches=lambda fields, local: local.minute in fields.minutes,
        # The stopwatch's minute, which is not the wall clock's in zones with an offset of odd seconds.
        cut=lambda local: local.astimezone(UTC).replace(second=0).astimezone(local.tzinfo),
        step=lambda local: _later(local, _MINUTE),
        wrapped=lambda local: local.minute == 0,
    ),
    _Stage(
        matches=lambda _fields, local: local.second == 0,
        cut=lambda local: local,
        step=lambda local: _later(local, _SECOND),
        wrapped=lambda local: local.second == 0,
    ),
)

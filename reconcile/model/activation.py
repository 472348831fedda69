"""When the fields of a schedule match next: upstream's stepping, and the calendar where it comes to the same.

Upstream finds the next activation by walking: a month, a day, an hour, a minute, a second at a time, and from the top
again whenever a field wraps around (contract cronjob 5, "Next"). Where local time jumps, the walk has habits of its
own: a run inside a spring gap is left out, one inside a repeated hour happens twice, and where midnight is missing
days are met at odd hours. So:

1. `walk` takes exactly these steps. It is right everywhere, and slow for rare schedules.
2. `search` lets croniter step through the calendar. That is right while the offset of the zone does not change, and
   takes some ten microseconds.
3. `following` takes the result of `search` if the zone is UTC, or calm in every month from start to result; else it
   walks.

A wall clock is a datetime labelled UTC that shows the local date and time.

croniter is shown neither the text nor the zone, only lists of numbers: it reads a grammar of its own (7 for Sunday,
`L`, names of any length), takes a list of all days for a star, and treats jumps of the clock its own way.
"""

from calendar import monthrange
from collections.abc import Callable
from copy import copy
from datetime import MAXYEAR, UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from attrs import evolve

from reconcile.model.clock import Instant
from reconcile.model.crontab import Fields
from reconcile.model.zones import calm, find

if TYPE_CHECKING:
    from croniter import croniter

_LEAP_YEAR: Final = 2024
_MOST_DAYS: Final = 31
_WEEK: Final = 7
_YEARS: Final = 5
"""How many calendar years beyond the current one are looked at."""

_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_SECOND: Final = timedelta(seconds=1)


@lru_cache(maxsize=1024)
def following(fields: Fields, zone: str, start: Instant) -> Instant | None:
    """Return the first activation at or after *start*, a whole second; None if there is none in five years.

    Remembered, because a CronJob is looked at several times between two runs and asks for the same ones each time.

    >>> from reconcile.model.crontab import read
    >>> start = datetime(2026, 3, 28, 12, tzinfo=UTC)
    >>> str(following(read("30 2 * * *"), "Europe/Berlin", start))  # on the 29th there is no 02:30
    '2026-03-30 00:30:00+00:00'
    """
    if _stepper(fields) is None:
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
    """Return the first wall clock at or after *wall*, a whole second, that matches, up to the end of *last_year*."""
    from croniter import CroniterBadDateError

    stepper = _stepper(fields)
    if stepper is None:
        return None
    try:
        # The stepper is shared by all who ask for these fields, so that each works on a copy.
        found: datetime = copy(stepper).get_next(datetime, start_time=wall - _SECOND)
    except CroniterBadDateError:
        return None
    return found if found.year <= last_year else None


@lru_cache(maxsize=1024)
def _stepper(fields: Fields) -> "croniter | None":
    """Return what steps through the calendar; None if nothing ever matches."""
    from croniter import croniter

    fields = _possible(fields)
    either = all if fields.both_days else any
    if not (fields.minutes and fields.hours and fields.months and either((fields.days, fields.weekdays))):
        return None
    return croniter(_plain(fields), 0, day_or=not fields.both_days, max_years_between_matches=_YEARS + 1)


def _possible(fields: Fields) -> Fields:
    """Return the fields without days that none of the months has: croniter would give up on the weekdays beside."""
    longest = max((monthrange(_LEAP_YEAR, month)[1] for month in fields.months), default=0)
    return evolve(fields, days=tuple(day for day in fields.days if day <= longest))


def _plain(fields: Fields) -> str:
    """Return the text for croniter that lists every value, because its own reading of the rest is another.

    >>> from reconcile.model.crontab import read
    >>> _plain(read("0-30/15 12 * * mon"))
    '0,15,30 12 * 1,2,3,4,5,6,7,8,9,10,11,12 1'
    """
    every_day = len(fields.days) == _MOST_DAYS, len(fields.weekdays) == _WEEK
    if not fields.both_days and any(every_day):
        every_day = True, True  # either will do, and one always does
    days = () if every_day[0] else fields.days
    weekdays = () if every_day[1] else fields.weekdays
    columns = (fields.minutes, fields.hours, days, fields.months, weekdays)
    return " ".join(",".join(map(str, column)) or "*" for column in columns)


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

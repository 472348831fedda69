"""Instants and durations: time as data.

Rules
1. An instant is an aware `datetime` in UTC. Nothing here, and nothing that builds on it, reads a clock.
2. Inside, instants keep their fractions of a second; at the JSON edge they are whole seconds, cut, never rounded
   (metav1.Time keeps whole seconds).
3. A text that is no instant is no instant: `parse` gives None for null and raises ValueError for nonsense.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

Instant = datetime

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4096)
def parse(text: str | None) -> Instant | None:
    """Return the instant that an RFC 3339 *text* names; None for null.

    >>> parse("2026-01-02T03:04:05Z")
    datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    """
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return moment.astimezone(UTC)


def instant(text: str) -> Instant:
    """Return the instant that *text* names; unlike `parse` it takes no null: that is a ValueError, too."""
    moment = parse(text)
    if moment is None:  # what a damaged file may hold, whatever the types say
        raise ValueError("null is no time")
    return moment


@lru_cache(maxsize=4096)
def stamp(moment: Instant) -> str:
    """Return *moment* as the API writes it: UTC, whole seconds.

    >>> stamp(datetime(2026, 1, 2, 3, 4, 5, 999999, tzinfo=UTC))
    '2026-01-02T03:04:05Z'
    """
    utc = moment.astimezone(UTC)
    return f"{utc.year:04}-{utc.month:02}-{utc.day:02}T{utc.hour:02}:{utc.minute:02}:{utc.second:02}Z"


def whole(moment: Instant) -> Instant:
    """Return *moment* without its fraction of a second, as it reads once it was stored.

    >>> stamp(whole(instant("2026-01-02T03:04:05.9Z")))
    '2026-01-02T03:04:05Z'
    """
    return moment.replace(microsecond=0)


def later(moment: Instant, seconds: float) -> Instant:
    """Return the instant *seconds* after *moment* (before it, if negative), at most one end of the calendar.

    >>> stamp(later(instant("2026-01-01T00:00:00Z"), 90)), later(instant("2026-01-01T00:00:00Z"), 1e18).year
    ('2026-01-01T00:01:30Z', 9999)
    """
    try:
        return moment + timedelta(seconds=seconds)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if seconds > 0 else datetime.min.replace(tzinfo=UTC)


def between(start: Instant, end: Instant) -> float:
    """Return the seconds from *start* to *end*.

    >>> between(instant("2026-01-01T00:00:00Z"), instant("2026-01-01T00:01:30Z"))
    90.0
    """
    return (end - start).total_seconds()


_UNITS: Final = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ms|us|µs|ns|[dhms])")


def duration(text: str) -> float:
    """Return the seconds that a duration such as `1h30m` names; `d` for days is our addition to Go's grammar.

    >>> duration("1h30m"), duration("1.5s"), duration("3d")
    (5400.0, 1.5, 259200.0)
    """
    body = text[1:] if text[:1] in ("+", "-") else text
    parts = _PART.findall(body)
    if body == "0":
        return 0.0
    if not parts or "".join(number + unit for number, unit in parts) != body:
        raise ValueError(f"{text!r} is not a duration; expected something like 90s, 5m, 1h30m or 3d")
    total = sum(float(number) * _UNITS[unit] for number, unit in parts)
    return -total if text.startswith("-") else total

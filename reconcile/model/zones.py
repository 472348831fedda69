"""Time zones: the IANA database as data, each zone read once.

Rules
1. Names are looked up in the list that comes with the `tzdata` package, letter by letter: `asia/seoul` is unknown
   even where the file system would not mind.
2. When the clocks of a zone jump is data that governments change several times a year. `zoneinfo` takes it from the
   operating system, and from the `tzdata` package where there is none; PYTHONTZPATH="" settles it on the package.
3. "" and `UTC` are UTC. `Local` is the zone of the process, which for a model without surroundings is UTC as well.
4. A zone is *calm* in a month if its offset stays the same whole number of minutes from well before the month until
   well after it. In a calm stretch local time is plain calendar arithmetic (`reconcile.model.activation`).
"""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from typing import Final

_UTC_NAMES: Final = frozenset({"", "UTC", "Local"})

_MARGIN: Final = 2
"""Days; more than any distance between a wall clock and its instant, and more than any shift (Apia skipped a day)."""


class UnknownTimeZone(ValueError):  # noqa: N818 - the name of the event that it becomes
    """The zone database knows no zone of that name."""


@cache
def _names() -> frozenset[str]:
    from importlib.resources import files

    return frozenset((files("tzdata") / "zones").read_text(encoding="ascii").split())


def known(name: str) -> bool:
    """Return whether *name* is the name of a time zone.

    >>> known("Asia/Seoul"), known("asia/seoul"), known("KST")
    (True, False, False)
    """
    return name in _UTC_NAMES or name in _names()


@cache
def find(name: str) -> tzinfo:
    """Return the time zone called *name*; UnknownTimeZone if there is none.

    >>> find("Asia/Seoul").utcoffset(datetime(2026, 1, 1))
    datetime.timedelta(seconds=32400)
    """
    if name in _UTC_NAMES:
        return UTC
    if not known(name):
        raise UnknownTimeZone(f"{name!r} is not a time zone of the IANA database")
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


@lru_cache(maxsize=4096)
def calm(name: str, month: int) -> bool:
    """Return whether the zone *name* keeps one offset around a month, counted from year 0 (12 * year + month - 1).

    >>> calm("Europe/Berlin", 12 * 2026 + 0), calm("Europe/Berlin", 12 * 2026 + 2)
    (True, False)
    """
    zone = find(name)
    first = datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC) - timedelta(days=_MARGIN)
    # A sample a day suffices: no zone ever changed its mind twice within one day.
    days = range(31 + 2 * _MARGIN + 1)
    offsets = {(first + timedelta(days=day)).astimezone(zone).utcoffset() for day in days}
    return len(offsets) == 1 and all(offset is not None and not offset.seconds % 60 for offset in offsets)

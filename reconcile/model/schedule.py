"""Schedules of CronJobs: a text and a time zone, and the instants that they name.

Rules (contract cronjob 5)
1. The text is read exactly as Kubernetes reads it (`reconcile.model.crontab`); a text that Kubernetes would not take
   is a ValueError. A time zone that the IANA database does not know is `UnknownTimeZone`, and is noticed first.
2. A text may carry its own zone as `TZ=<zone> ` or `CRON_TZ=<zone> ` in front. The API refuses that in new objects
   but not in old ones. Wherever the letters TZ occur in the text, the time zone next to it is ignored.
3. A zone in front trims the blanks around the rest; a text without zone is not trimmed, so ` @hourly` alone cannot be
   read. Without any zone a schedule is in UTC.
4. `next` is strictly after the instant it is given, and ignores fractions of a second. `@every` is not aligned to
   anything: it counts from that instant.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from attrs import frozen

from reconcile.model import activation, zones
from reconcile.model.clock import Instant, later, whole
from reconcile.model.crontab import Every, Fields, read, trim
from reconcile.model.zones import UnknownTimeZone

__all__ = ["Schedule", "UnknownTimeZone", "carries_zone", "next_activations", "parse"]

_PREFIXES: Final = ("TZ=", "CRON_TZ=")
_SECOND: Final = timedelta(seconds=1)


@frozen
class Schedule:
    """Activations in a time zone."""

    times: Fields | Every
    zone: str = "UTC"

    def next(self, after: Instant) -> Instant | None:
        """Return the first activation strictly after *after*, in UTC; None if there is none within five years.

        >>> parse("0 9 * * mon", "Asia/Seoul").next(datetime(2026, 1, 1, tzinfo=UTC))
        datetime.datetime(2026, 1, 5, 0, 0, tzinfo=datetime.timezone.utc)
        """
        if after.tzinfo is None:
            raise ValueError(f"{after} has no time zone")
        moment = whole(after.astimezone(UTC))
        if isinstance(self.times, Every):
            return later(moment, self.times.seconds)
        return activation.following(self.times, self.zone, moment + _SECOND)


def carries_zone(schedule: str) -> bool:
    """Return whether a text names a zone itself, or looks like it, so that `spec.timeZone` is ignored.

    >>> carries_zone("CRON_TZ=UTC 0 * * * *"), carries_zone("0 * * * *")
    (True, False)
    """
    return "TZ" in schedule


@lru_cache(maxsize=4096)
def parse(schedule: str, time_zone: str | None = None) -> Schedule:
    """Return the schedule that a text and the CronJob's time zone describe; ValueError if there is none.

    >>> parse("@hourly", "Europe/Paris").zone
    'Europe/Paris'
    >>> parse("@hourly", "Europe/paris")
    Traceback (most recent call last):
    reconcile.model.zones.UnknownTimeZone: 'Europe/paris' is not a time zone of the IANA database
    """
    if time_zone is not None:
        zones.find(time_zone)
    if time_zone is None or carries_zone(schedule):
        return _parse_own_zone(schedule)
    return Schedule(read(trim(schedule)), time_zone)


def _parse_own_zone(schedule: str) -> Schedule:
    if not schedule.startswith(_PREFIXES):
        return Schedule(read(schedule))
    prefix, blank, rest = schedule.partition(" ")
    zone = prefix.partition("=")[2]
    if not blank:
        raise ValueError(f"{schedule!r} is a time zone without a schedule")
    if not zones.known(zone):
        # Not UnknownTimeZone: that is about spec.timeZone, this is a text that cannot be read.
        raise ValueError(f"{schedule!r} begins with an unknown time zone")
    return Schedule(read(trim(rest)), zone)


def next_activations(schedule: str, time_zone: str | None, after: Instant, count: int) -> list[datetime]:
    """Return the next *count* activations after *after*; fewer if there are no more.

    >>> [str(moment) for moment in next_activations("@daily", "Asia/Seoul", datetime(2026, 1, 1, tzinfo=UTC), 2)]
    ['2026-01-01 15:00:00+00:00', '2026-01-02 15:00:00+00:00']
    """
    times = parse(schedule, time_zone)
    found: list[datetime] = []
    moment = times.next(after)
    while moment is not None and len(found) < count:
        found.append(moment)
        moment = times.next(moment)
    return found

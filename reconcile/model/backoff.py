"""How long a Job waits before the next pod after failures.

Rules (contract job 8)
1. A Job remembers how many pods failed since one last succeeded, and when the last of them ended. After n of them it
   waits 10 s * 2^(n-1), at most 10 minutes, counted from that end.
2. Pods that ended since the last sync count. If some of them succeeded, only those that failed after the last success
   do, and all older failures are forgotten.
3. When a pod ended is what its containers say, app containers and sidecars, once all of them have; else when it ceased
   to be ready; else when it was told to go; else when it was made.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Self

from attrs import frozen

from reconcile.model import condition
from reconcile.model.clock import EPOCH, Instant, between, later, parse, stamp
from reconcile.model.json import FrozenMap, look
from reconcile.model.pod import Pod

BASE: Final = 10
"""Seconds after the first failure."""
LONGEST: Final = 600
"""Seconds, however many failures there were."""

_NEVER: Final = datetime.min.replace(tzinfo=EPOCH.tzinfo)


def finish_time(pod: Pod) -> Instant:
    """Return when *pod* ended, as far as one can tell.

    >>> str(finish_time(Pod({"metadata": {"creationTimestamp": "2026-01-02T03:04:05Z"}})))
    '2026-01-02 03:04:05+00:00'
    """
    return _containers_ended(pod) or _unready_since(pod) or _told_to_go(pod) or pod.meta.created or _NEVER


def _containers_ended(pod: Pod) -> Instant | None:
    apps = _latest(None, pod.status.get("containerStatuses") or ())
    # Sidecars that ended answer even for app containers that did not: an oddity, and upstream's.
    return _latest(apps, pod.sidecar_statuses)


def _latest(before: Instant | None, statuses: Iterable[Mapping[str, Any]]) -> Instant | None:
    """Return when the last container ended, not before *before*; None if one of them has not."""
    for status in statuses:
        ended = _time(look(status, "state", "terminated", "finishedAt"))
        if ended is None:
            return None
        before = ended if before is None else max(before, ended)
    return before


def _unready_since(pod: Pod) -> Instant | None:
    ready = condition.find(pod.conditions, "Ready")
    if ready is None or ready.get("status") != "False":
        return None
    return _time(ready.get("lastTransitionTime"))


def _told_to_go(pod: Pod) -> Instant | None:
    if pod.meta.deleted is None:
        return None
    return later(pod.meta.deleted, -look(pod.raw, "metadata", "deletionGracePeriodSeconds", default=0))


def _time(text: str | None) -> Instant | None:
    """Return the instant that *text* names; None for null and for the beginning of all time, which means the same."""
    moment = parse(text)
    return None if moment is None or moment <= _NEVER else moment


def remaining(failures: int, last_failure: Instant | None, now: Instant) -> float:
    """Return the seconds still to wait after *failures* pods, the last of which ended at *last_failure*.

    >>> from reconcile.model.clock import instant
    >>> remaining(3, instant("2026-01-01T00:00:00Z"), instant("2026-01-01T00:00:15Z"))
    25.0
    """
    if failures <= 0 or last_failure is None:
        return 0.0
    wait = min(LONGEST, BASE << min(failures - 1, 6))
    return max(0.0, wait - between(last_failure, now))


@frozen
class Record:
    """What a Job remembers of its failures."""

    failures: int = 0
    last_failure: Instant | None = None

    @classmethod
    def of(cls, raw: Mapping[str, Any] | None) -> Self:
        """Read a record; None is an empty one."""
        if raw is None:
            return cls()
        return cls(raw.get("failuresAfterLastSuccess") or 0, parse(raw.get("lastFailureTime")))

    def json(self) -> FrozenMap:
        """Return the record as JSON.

        >>> Record().json()
        {'failuresAfterLastSuccess': 0, 'lastFailureTime': None}
        """
        last = None if self.last_failure is None else stamp(self.last_failure)
        return FrozenMap(failuresAfterLastSuccess=self.failures, lastFailureTime=last)

    def after(self, succeeded: Sequence[Pod], failed: Sequence[Pod]) -> "Record":
        """Return the record once it is known that these pods *succeeded* and those *failed*."""
        failures = [finish_time(pod) for pod in failed]
        if not succeeded:
            return Record(self.failures + len(failures), max(failures)) if failures else self
        success = max(finish_time(pod) for pod in succeeded)
        failures = [moment for moment in failures if moment > success]
        return Record(len(failures), max(failures, default=None))

    def remaining(self, now: Instant) -> float:
        """Return the seconds still to wait before the next pod is made."""
        return remaining(self.failures, self.last_failure, now)

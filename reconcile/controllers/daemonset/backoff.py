"""How long a node waits whose daemon pods fail: a kubelet that refuses them must not be fought.

Rules (contract daemonset 6)
1. A failed pod is deleted, so that the next one can come, at most every 1, 2, 4 ... seconds, in the end 15 minutes.
2. A node that had no failure for more than 30 minutes starts over.
3. Each node counts for itself, and each generation of the DaemonSet that its status has reported: a new template gets a
   new chance.
4. Upstream keeps this in the memory of its process. Here it is data that goes with the DaemonSet, and may be lost.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from attrs import frozen

from reconcile.model.clock import Instant, instant
from reconcile.model.daemonset import DaemonSet
from reconcile.model.json import EMPTY, FrozenMap, Json

FIRST: Final = 1.0
"""Seconds after the first failure."""
LONGEST: Final = 900.0
"""Seconds, however many failures there were."""
FORGOTTEN: Final = 2 * LONGEST
"""Seconds without a failure after which a node starts over."""
_FIELD: Final = "failedPods"


def key_of(ds: DaemonSet, node: str) -> str:
    """Return the name under which the failures of *ds* on *node* are remembered."""
    return f"{ds.uid}/{ds.observed_generation}/{node}"


@frozen
class Wait:
    """The last wait of a node."""

    seconds: float
    since: Instant

    def expired(self, now: Instant) -> bool:
        """Return whether the failure is too long ago to matter."""
        return now - self.since > timedelta(seconds=FORGOTTEN)

    def over(self, now: Instant) -> bool:
        """Return whether the next failed pod may be deleted."""
        return self.expired(now) or now - self.since >= timedelta(seconds=self.seconds)

    def following(self, now: Instant) -> "Wait":
        """Return the wait that a further failure at *now* causes."""
        return Wait(FIRST if self.expired(now) else min(2 * self.seconds, LONGEST), now)

    def json(self) -> FrozenMap:
        """Return the wait as JSON; to the microsecond, because the first waits are short."""
        return FrozenMap(seconds=self.seconds, since=self.since.isoformat())


def waits_of(memory: Json) -> dict[str, Wait]:
    """Return the waits by key that *memory* holds; none if it was lost."""
    stored: Mapping[str, Any] = (memory or EMPTY).get(_FIELD) or EMPTY
    return {key: Wait(float(entry["seconds"]), instant(entry["since"])) for key, entry in stored.items()}


def memory_of(waits: Mapping[str, Wait], now: Instant) -> FrozenMap:
    """Return *waits* as what a controller remembers; those that are too old are dropped."""
    kept = {key: wait.json() for key, wait in sorted(waits.items()) if not wait.expired(now)}
    return FrozenMap({_FIELD: FrozenMap(kept)})


def failed(waits: Mapping[str, Wait], key: str, now: Instant) -> Wait:
    """Return the wait that one more failure under *key* causes.

    >>> failed({}, "d/1/node-0", instant("2026-01-01T00:00:00Z")).seconds
    1.0
    """
    return waits[key].following(now) if key in waits else Wait(FIRST, now)

"""Deployments, as controllers see them.

Rules
1. What a malformed value means is the controller's business: `max_surge` and `max_unavailable` are raw, `surge` and
   `unavailable` are what upstream's helpers make of them (contract deployment 6.1).
2. A limit that upstream's "no limit" stands for (the largest 32-bit integer) reads as None, like an absent one.
"""

from functools import cached_property
from typing import Final

from attrs import frozen

from reconcile.model.intstr import MAX_INT32, IntOrString, int32
from reconcile.model.json import look
from reconcile.model.rollout_math import clamped_fenceposts
from reconcile.model.workload import Scalable

ROLLING_UPDATE: Final = "RollingUpdate"
RECREATE: Final = "Recreate"


@frozen
class Deployment(Scalable):
    """A Deployment."""

    @property
    def paused(self) -> bool:
        """Whether the user has paused the rollout."""
        return bool(self.spec.get("paused"))

    @property
    def progress_deadline(self) -> int | None:
        """How long a rollout may show no progress, in seconds; None for ever."""
        return _limit(self.spec.get("progressDeadlineSeconds"))

    @property
    def history_limit(self) -> int | None:
        """How many old ReplicaSets are kept; None for all."""
        return _limit(self.spec.get("revisionHistoryLimit"))

    # --- the strategy ------------------------------------------------------------------------------------------

    @property
    def strategy(self) -> str:
        """The strategy's type."""
        strategy: str = look(self.spec, "strategy", "type", default="")
        return strategy

    @property
    def rolling(self) -> bool:
        """Whether old pods are replaced a few at a time."""
        return self.strategy == ROLLING_UPDATE

    @property
    def max_surge(self) -> IntOrString | None:
        """How many pods more than wanted there may be during a rolling update, as written."""
        surge: IntOrString | None = look(self.spec, "strategy", "rollingUpdate", "maxSurge")
        return surge

    @property
    def max_unavailable(self) -> IntOrString | None:
        """How many of the wanted pods may be unavailable during a rolling update, as written."""
        unavailable: IntOrString | None = look(self.spec, "strategy", "rollingUpdate", "maxUnavailable")
        return unavailable

    @cached_property
    def _fenceposts(self) -> tuple[int, int]:
        return clamped_fenceposts(self.replicas, self.max_surge, self.max_unavailable) if self.rolling else (0, 0)

    @property
    def surge(self) -> int:
        """How many pods more than wanted there may be; 0 without a rolling update and for a malformed value."""
        return self._fenceposts[0]

    @property
    def unavailable(self) -> int:
        """How many of the wanted pods may be unavailable; 0 without a rolling update and for a malformed value."""
        return self._fenceposts[1]

    @property
    def most(self) -> int:
        """How many pods there may be at once."""
        return int32(self.replicas + self.surge)

    @property
    def least(self) -> int:
        """How many pods must be available at any time."""
        return self.replicas - self.unavailable


def _limit(value: int | None) -> int | None:
    return None if value == MAX_INT32 else value

"""ReplicaSets, as controllers see them."""

from attrs import frozen

from reconcile.model.workload import Scalable


@frozen
class ReplicaSet(Scalable):
    """A ReplicaSet."""

    @property
    def active(self) -> bool:
        """Whether any pods are wanted."""
        return self.replicas > 0

    # --- what its own controller reported ----------------------------------------------------------------------

    @property
    def current_replicas(self) -> int:
        """How many pods there were."""
        return int(self.status.get("replicas") or 0)

    @property
    def ready_replicas(self) -> int:
        """How many of them were ready."""
        return int(self.status.get("readyReplicas") or 0)

    @property
    def available_replicas(self) -> int:
        """How many of them had been ready for long enough."""
        return int(self.status.get("availableReplicas") or 0)

    @property
    def terminating_replicas(self) -> int | None:
        """How many pods were on their way out; None if that was not reported."""
        return self.status.get("terminatingReplicas")

"""ReplicaSets, as controllers see them."""

from functools import cached_property

from attrs import frozen

from reconcile.model.json import NOTHING, FrozenList, FrozenMap
from reconcile.model.pod import PodTemplate
from reconcile.model.resource import Resource


@frozen
class ReplicaSet(Resource):
    """A ReplicaSet."""

    @property
    def replicas(self) -> int:
        """How many pods are wanted."""
        replicas = self.spec.get("replicas")
        return 1 if replicas is None else int(replicas)

    @property
    def min_ready_seconds(self) -> int:
        """How long a pod must be ready before it counts as available, in seconds."""
        return int(self.spec.get("minReadySeconds") or 0)

    @property
    def selector(self) -> FrozenMap | None:
        """The label selector as JSON; None matches nothing."""
        return self.spec.get("selector")

    @cached_property
    def template(self) -> PodTemplate:
        """What pods are stamped from."""
        return PodTemplate(self.spec.get("template") or FrozenMap())

    @property
    def active(self) -> bool:
        """Whether any pods are wanted."""
        return self.replicas > 0

    # --- what its own controller reported ----------------------------------------------------------------------

    @property
    def observed_generation(self) -> int:
        """The generation that the status is about."""
        return int(self.status.get("observedGeneration") or 0)

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

    @property
    def conditions(self) -> FrozenList:
        """The ReplicaSet's conditions."""
        conditions: FrozenList = self.status.get("conditions") or NOTHING
        return conditions

"""What workloads have in common: the pods that they take for theirs, what new ones are stamped from, what was reported.

An absent field reads as the API defaults it, so that an object from elsewhere reads the same.
"""

from functools import cached_property

from attrs import frozen

from reconcile.model.json import NOTHING, FrozenList, FrozenMap
from reconcile.model.pod import PodTemplate
from reconcile.model.resource import Resource


@frozen
class Workload(Resource):
    """An object that makes pods from a template."""

    @property
    def selector(self) -> FrozenMap | None:
        """The label selector as JSON; None matches nothing."""
        return self.spec.get("selector")

    @cached_property
    def template(self) -> PodTemplate:
        """What pods are stamped from."""
        return PodTemplate(self.spec.get("template") or FrozenMap())

    @property
    def min_ready_seconds(self) -> int:
        """How long a pod must be ready before it counts as available, in seconds."""
        return int(self.spec.get("minReadySeconds") or 0)

    @property
    def observed_generation(self) -> int:
        """The generation that the status is about."""
        return int(self.status.get("observedGeneration") or 0)

    @property
    def collision_count(self) -> int | None:
        """How often the name of something hashed was taken; None if never (which is hashed differently from 0)."""
        return self.status.get("collisionCount")

    @property
    def conditions(self) -> FrozenList:
        """The conditions of the status."""
        conditions: FrozenList = self.status.get("conditions") or NOTHING
        return conditions


@frozen
class Scalable(Workload):
    """A workload of which a number of pods is asked for."""

    @property
    def replicas(self) -> int:
        """How many pods are wanted."""
        replicas = self.spec.get("replicas")
        return 1 if replicas is None else int(replicas)

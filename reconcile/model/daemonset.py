"""DaemonSets, as controllers see them."""

from functools import cached_property

from attrs import frozen

from reconcile.model.json import FrozenMap
from reconcile.model.pod import PodTemplate
from reconcile.model.resource import Resource


@frozen
class DaemonSet(Resource):
    """A DaemonSet."""

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

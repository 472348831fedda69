"""Nodes, as controllers see them."""

from attrs import frozen

from reconcile.model import condition
from reconcile.model.json import NOTHING, FrozenList
from reconcile.model.resource import Resource


@frozen
class Node(Resource):
    """A node."""

    @property
    def taints(self) -> FrozenList:
        """The node's taints."""
        taints: FrozenList = self.spec.get("taints") or NOTHING
        return taints

    @property
    def unschedulable(self) -> bool:
        """Whether the node is cordoned."""
        return bool(self.spec.get("unschedulable"))

    @property
    def ready(self) -> bool:
        """Whether the node's Ready condition is True."""
        return condition.holds(self.status.get("conditions"), "Ready")

"""Nodes, as controllers see them."""

from typing import Final

from attrs import frozen

from reconcile.model import condition
from reconcile.model.json import NOTHING, FrozenList
from reconcile.model.resource import Resource

STOPPED: Final = "kubelet.reconcile/stopped"
"""The annotation of a node whose kubelet is down; its value is the instant since when."""


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

    @property
    def stopped(self) -> str | None:
        """Since when the node is down; None if it is up."""
        return self.meta.annotations.get(STOPPED)

"""How full each node is, folded from writes: what the scheduler asks before it places a pod.

Rules
1. A pod counts on its node from the write that binds it to the one that ends or removes it.
2. Nodes are kept in the order of how many pods they have, then by name, so the emptiest is found without a scan.
"""

from collections.abc import Iterator
from typing import Final

from attrs import field, frozen
from pyrsistent import PMap, pmap

from reconcile.model.node import Node
from reconcile.model.ordered import SortedMap
from reconcile.model.pod import Pod
from reconcile.model.requests import NO_AMOUNT, Amount, of_pod
from reconcile.model.resource import Resource

_NO_ORDER: Final[SortedMap[tuple[int, str], None]] = SortedMap.of(())


@frozen
class Load:
    """What the pods on each node ask for; a persistent value."""

    used: PMap[str, Amount] = field(factory=pmap)
    """By node, for every node that has pods, existing or not."""
    order: SortedMap[tuple[int, str], None] = _NO_ORDER
    """The nodes that exist, by number of pods and name."""

    def on(self, node: str) -> Amount:
        """Return what the pods on *node* ask for."""
        return self.used.get(node, NO_AMOUNT)

    def nodes(self) -> Iterator[str]:
        """Yield the nodes, those with the fewest pods first."""
        return (name for _, name in self.order)

    def fold(self, old: Resource | None, new: Resource | None) -> "Load":
        """Return the load after *old* became *new*; the same value if that moves nothing."""
        if isinstance(old, Node) or isinstance(new, Node):
            return self._fold_node(old, new)
        before, after = _place(old), _place(new)
        if before == after:
            return self
        load = self if before is None else load_moved(self, before[0], NO_AMOUNT.minus(before[1]))
        return load if after is None else load_moved(load, *after)

    def _fold_node(self, old: Resource | None, new: Resource | None) -> "Load":
        order = self.order
        if old is not None and new is None:
            order = order.discard((self.on(old.name).pods, old.name))
        if new is not None and old is None:
            order = order.set((self.on(new.name).pods, new.name), None)
        return Load(self.used, order) if order is not self.order else self


def _place(item: Resource | None) -> tuple[str, Amount] | None:
    if not isinstance(item, Pod) or not item.node or item.finished:
        return None
    return item.node, of_pod(item.spec)


def load_moved(load: Load, node: str, amount: Amount) -> Load:
    """Return *load* with *amount* added on *node*."""
    before = load.on(node)
    after = before.plus(amount)
    order = load.order
    if before.pods != after.pods and (before.pods, node) in order:
        order = order.discard((before.pods, node)).set((after.pods, node), None)
    used = load.used.set(node, after) if after.pods else load.used.discard(node)
    return Load(used, order)

"""A store for a handful of objects: plain maps, no indexes. What a store finds by an index, it finds by looking at all.

The worlds that are explored are small, and there are many of them: here it is the making of a store that must cost
little. It holds the same objects as the real store and answers the same; the tests hold the two together.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Self

from attrs import evolve, field, frozen

from reconcile.children import Children, children
from reconcile.daemons import Daemon
from reconcile.model.json import FrozenMap
from reconcile.model.pod import Pod
from reconcile.model.requests import NO_AMOUNT, Amount, of_pod
from reconcile.model.resource import Resource
from reconcile.model.template_form import HASH_LABEL
from reconcile.store.store import Store
from reconcile.view import Alike

Objects = Mapping[str, Mapping[tuple[str, str], Resource]]


@frozen
class Small(Store):
    """A store without indexes."""

    objects: Any = field(factory=dict)
    """From a kind to its objects by namespace and name; maps that are shared, and so never changed."""

    @classmethod
    def over(cls, items: Iterable[Resource]) -> Self:
        """Return a store that holds *items*."""
        return cls(objects=gathered(items))

    # --- writing -------------------------------------------------------------------------------------------------

    def put(self, new: Resource) -> Self:
        """Return the store with *new* in the place of what had its key; the same store if it is there already."""
        kind, namespace, name = new.key
        items = self.objects.get(kind, {})
        if items.get((namespace, name)) is new:
            return self
        return evolve(self, objects={**self.objects, kind: {**items, (namespace, name): new}})

    def remove(self, kind: str, namespace: str, name: str) -> Self:
        """Return the store without that object; the same store if it is not there."""
        items = self.objects.get(kind, {})
        if (namespace, name) not in items:
            return self
        left = {place: item for place, item in items.items() if place != (namespace, name)}
        return evolve(self, objects={**self.objects, kind: left})

    # --- reading -------------------------------------------------------------------------------------------------

    def owned(self, kind: str, uid: str) -> Children:
        """Return the objects of *kind* whose controller has *uid*."""
        return _together(i for i in self._of(kind) if (found := i.meta.controller) is not None and found.uid == uid)

    def orphans(self, kind: str, namespace: str) -> Children:
        """Return the objects of *kind* in *namespace* that have no controller."""
        return _together(i for i in self._of(kind) if i.namespace == namespace and i.meta.controller is None)

    def on_node(self, node: str) -> Children:
        """Return the pods bound to *node*, or the others by `Pod.standing`."""
        return _together(pod for pod in self._of("Pod") if isinstance(pod, Pod) and pod.standing == node)

    def dependents(self, uid: str) -> list[Resource]:
        """Return the objects that name *uid* among their owners, in the order of kind, namespace and name."""
        found = (item for kind in self.objects for item in self._of(kind))
        return sorted((i for i in found if any(owner.uid == uid for owner in i.meta.owners)), key=lambda i: i.key)

    def daemon(self, uid: str) -> Daemon | None:
        """Return what the DaemonSet with *uid* has on which node; None if there is no such DaemonSet."""
        return Store.of(item for kind in sorted(self.objects) for item in self._of(kind)).daemon(uid)

    def used(self, node: str) -> Amount:
        """Return what the pods on *node* that have not ended ask for."""
        total = NO_AMOUNT
        for pod in self._of("Pod") if node else ():
            if isinstance(pod, Pod) and pod.node == node and not pod.finished:
                total = total.plus(of_pod(pod.spec))
        return total

    def alike(self, namespace: str, hash_label: str | None) -> Iterable[Alike]:
        """Return how many active pods with the same labels each node has."""
        counts: dict[FrozenMap, dict[str, int]] = {}
        for pod in self._of("Pod"):
            labels = pod.meta.labels
            wanted = pod.namespace == namespace and hash_label in (None, labels.get(HASH_LABEL, ""))
            if wanted and isinstance(pod, Pod) and pod.active:
                nodes = counts.setdefault(labels, {})
                nodes[pod.node] = nodes.get(pod.node, 0) + 1
        return counts.items()

    def nodes_by_load(self) -> Iterator[str]:
        """Yield the names of the nodes, those with the fewest pods first."""
        return iter(sorted((node.name for node in self._of("Node")), key=lambda name: (self.used(name).pods, name)))

    def _of(self, kind: str) -> Iterable[Resource]:
        found: Mapping[tuple[str, str], Resource] = self.objects.get(kind, {})
        return found.values()


def _together(items: Iterable[Resource]) -> Children:
    return _children(tuple(items))


@lru_cache(maxsize=8192)
def _children(items: tuple[Resource, ...]) -> Children:
    # The same few objects stand together in many worlds.
    return children(items)


def gathered(items: Iterable[Resource]) -> Objects:
    """Return *items* by kind, namespace and name."""
    found: dict[str, dict[tuple[str, str], Resource]] = {}
    for item in items:
        kind, namespace, name = item.key
        found.setdefault(kind, {})[namespace, name] = item
    return found

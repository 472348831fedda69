"""How many active pods with the same labels each node has, folded from writes: what ranks pods on crowded nodes.

Pods are filed under their label `pod-template-hash`, which the selectors of a Deployment's ReplicaSets name, so that
looking for related pods does not walk over the label sets of everything else in the namespace.
"""

from collections.abc import Iterable
from typing import Final

from attrs import field, frozen
from pyrsistent import PMap, pmap

from reconcile.model.json import FrozenMap
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.model.template_form import HASH_LABEL
from reconcile.view import Alike

_Counts = PMap[str, int]
_ByLabels = PMap[FrozenMap, _Counts]
_NO_LABELS: Final[_ByLabels] = pmap()
_NO_COUNTS: Final[_Counts] = pmap()


@frozen
class Crowd:
    """Counts of active pods by namespace, hash label, labels and node; a persistent value."""

    places: PMap[tuple[str, str], _ByLabels] = field(factory=pmap)

    def alike(self, namespace: str, hash_label: str | None) -> Iterable[Alike]:
        """Return the labels that active pods of *namespace* have, with their number by node."""
        if hash_label is not None:
            return list(self.places.get((namespace, hash_label), _NO_LABELS).items())
        return [item for (ns, _), found in self.places.items() if ns == namespace for item in found.items()]

    def fold(self, old: Resource | None, new: Resource | None) -> "Crowd":
        """Return the crowd after *old* became *new*; the same value if that moves nothing."""
        before, after = _spot(old), _spot(new)
        if before == after:
            return self
        crowd = self if before is None else moved(self, before, -1)
        return crowd if after is None else moved(crowd, after, 1)


_Spot = tuple[tuple[str, str], FrozenMap, str]


def _spot(item: Resource | None) -> _Spot | None:
    if not isinstance(item, Pod) or not item.active:
        return None
    labels = item.meta.labels
    return (item.namespace, labels.get(HASH_LABEL, "")), labels, item.node


def moved(crowd: Crowd, spot: _Spot, by: int) -> Crowd:
    """Return *crowd* with *by* more pods on *spot*; what becomes empty is dropped."""
    place, labels, node = spot
    found = crowd.places.get(place, _NO_LABELS)
    counts = found.get(labels, _NO_COUNTS)
    count = counts.get(node, 0) + by
    counts = counts.set(node, count) if count else counts.remove(node)
    found = found.set(labels, counts) if counts else found.remove(labels)
    return Crowd(crowd.places.set(place, found) if found else crowd.places.remove(place))

"""Objects that belong together, grouped by what makes them alike: what controllers count without looking at each.

Rules
1. A group holds the objects with one trait (`Pod.trait`; for other kinds the labels), by node, and on each node in
   the order in which they would be chosen to go: the youngest first. Counting walks over the groups, not the objects.
2. Adding or removing one object costs about the same however many there are.
3. What iterates does so in the order of names, whatever was hashed how.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, Final, NamedTuple, TypeVar, cast

from attrs import field, frozen
from pyrsistent import PMap, pmap

from reconcile.model.clock import EPOCH, Instant
from reconcile.model.ordered import SortedMap
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource

R = TypeVar("R", bound=Resource)


class Age(NamedTuple):
    """Where an object stands in the order of its group: who is ready for a shorter time comes first."""

    ready: int
    """Minus the instant at which it became ready, in microseconds; `UNKNOWN` if there is none; 0 for what is not
    ready."""
    restarts: int
    sidecar_restarts: int
    """Minus how often its containers, and its restartable init containers, started again."""
    created: int
    """Minus the instant at which it was created, in microseconds; `UNKNOWN` if there is none."""
    name: str
    namespace: str
    """A view may reach over namespaces, such as that of the pods on a node."""


UNKNOWN: Final = -(2**63)
"""Before every instant."""
_MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(moment: Instant) -> int:
    """Return the microseconds from the epoch to *moment*."""
    return (moment - EPOCH) // _MICROSECOND


def _since(moment: Instant | None) -> int:
    return UNKNOWN if moment is None else -microseconds(moment)


def first_at(ready: int) -> Age:
    """Return the place before all objects with that ready time, after all that became ready later."""
    return Age(ready, UNKNOWN, UNKNOWN, UNKNOWN, "", "")


def age_of(item: Resource) -> Age:
    """Return where *item* stands in the order of its group."""
    if not isinstance(item, Pod):
        return Age(0, 0, 0, 0, item.name, item.namespace)
    ready = _since(item.ready_time) if item.ready else 0
    created = _since(item.meta.created)
    return Age(ready, -item.restarts, -item.sidecar_restarts, created, item.name, item.namespace)


def uid_of(_: Age, item: Resource) -> str:
    """Return what decides among objects of the same order of age."""
    return item.uid


ByAge = SortedMap[Age, Resource]
_NONE: Final[ByAge] = SortedMap.of((), low=uid_of)


@frozen
class Group:
    """Objects with one trait."""

    nodes: PMap[str, ByAge] = field(factory=pmap)
    """From a node's name to its objects; "" for objects that have none."""
    size: int = 0

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Resource]:
        return (item for on_node in self.nodes.values() for item in on_node.values())

    def put(self, item: Resource, node: str) -> "Group":
        """Return the group with *item* in it."""
        before = self.nodes.get(node, _NONE)
        after = before.set(age_of(item), item)
        return Group(self.nodes.set(node, after), self.size + len(after) - len(before))

    def discard(self, item: Resource, node: str) -> "Group":
        """Return the group without *item*."""
        before = self.nodes[node]
        after = before.discard(age_of(item))
        nodes = self.nodes.set(node, after) if len(after) else self.nodes.remove(node)
        return Group(nodes, self.size - len(before) + len(after))


_NO_GROUP: Final = Group()


@frozen
class Children:
    """Objects of one kind that belong together; a persistent value."""

    groups: PMap[Any, Group] = field(factory=pmap)
    """By trait."""
    size: int = 0

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Resource]:
        members = [item for group in self.groups.values() for item in group]
        return iter(sorted(members, key=lambda item: (item.name, item.namespace)))

    def of(self, kind: type[R]) -> list[R]:
        """Return all members, sorted by name and namespace, as objects of class *kind*.

        Costs as much as there are members.
        """
        return cast(list[R], list(self))

    def where(self, accept: Callable[[Any], bool]) -> "Children":
        """Return the children whose trait *accept* takes; the same value if it takes all.

        Costs as much as there are groups.
        """
        kept = {trait: group for trait, group in self.groups.items() if accept(trait)}
        if len(kept) == len(self.groups):
            return self
        return Children(pmap(kept), sum(len(group) for group in kept.values()))

    def count(self, accept: Callable[[Any], bool]) -> int:
        """Return how many children have a trait that *accept* takes. Costs as much as there are groups."""
        return sum(len(group) for trait, group in self.groups.items() if accept(trait))

    def ready_since(self, moment: Instant) -> tuple[int, Instant | None]:
        """Return how many children have been ready since *moment* or longer, and when the next one became ready.

        Costs as much as there are groups and nodes, times the logarithm of what is on a node.
        """
        matured, following = 0, None
        end = first_at(_since(moment))
        for on_node in self._ready_nodes():
            unknown, young = on_node.rank(_KNOWN), on_node.rank(end)
            matured += len(on_node) - young
            if young > unknown:
                oldest = -on_node.at(young - 1)[0].ready
                following = oldest if following is None else min(following, oldest)
        return matured, None if following is None else EPOCH + following * _MICROSECOND

    def _ready_nodes(self) -> Iterator[ByAge]:
        ready = (group for trait, group in self.groups.items() if getattr(trait, "ready", False))
        return (on_node for group in ready for on_node in group.nodes.values())

    def add(self, child: Resource) -> "Children":
        """Return the children with *child* among them."""
        trait = trait_of(child)
        before = self.groups.get(trait, _NO_GROUP)
        after = before.put(child, node_of(child))
        return Children(self.groups.set(trait, after), self.size - before.size + after.size)

    def remove(self, child: Resource) -> "Children":
        """Return the children without *child*, which must be among them as it is given."""
        trait = trait_of(child)
        rest = self.groups[trait].discard(child, node_of(child))
        groups = self.groups.set(trait, rest) if rest.size else self.groups.remove(trait)
        return Children(groups, self.size - 1)

    def replace(self, old: Resource, new: Resource) -> "Children":
        """Return the children with *new* in the place of *old*, which must be among them as it is given."""
        trait, node = trait_of(new), node_of(new)
        if (trait, node, age_of(new)) != (trait_of(old), node_of(old), age_of(old)):
            return self.remove(old).add(new)
        return Children(self.groups.set(trait, self.groups[trait].put(new, node)), self.size)


_KNOWN: Final = first_at(UNKNOWN + 1)
"""After those whose ready time is not known, before all others."""


def trait_of(child: Resource) -> Any:
    """Return what *child* is grouped by: its trait, or its labels for kinds without one."""
    return child.trait if isinstance(child, Pod) else child.meta.labels


def node_of(child: Resource) -> str:
    """Return the node that *child* is bound to; empty for what is bound to none."""
    return child.node if isinstance(child, Pod) else ""


NO_CHILDREN: Final = Children()


def children(members: Iterable[Resource]) -> Children:
    """Return *members* as one value: the slow twin of folding them in one by one."""
    result = NO_CHILDREN
    for member in members:
        result = result.add(member)
    return result

"""What a controller may see.

Rules
1. A controller sees `Observed` and nothing else: the time, the answers to its own requests, what it remembers, and two
   readers: `cache` (what its informers show, possibly older than the store) and `live` (an uncached read).
2. Reading is lazy: what a controller does not ask for costs nothing. `owned`, `orphans` and `get` do not depend on how
   many objects there are; `all` does, and says so.
3. Children come grouped by what makes them alike (`Pod.trait`): counting walks over the groups, not over the pods.
4. Everything that is listed is listed in the order of names.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Protocol, TypeVar, cast

from attrs import evolve, field, frozen
from pyrsistent import PMap, pmap

from reconcile.model.clock import Instant
from reconcile.model.json import Json
from reconcile.model.requests import Amount
from reconcile.model.resource import Resource
from reconcile.outcome import Outcome, Rejected

R = TypeVar("R", bound=Resource)

Members = PMap[str, Resource]
_NONE: Final[Members] = pmap()


@frozen
class Children:
    """Objects of one kind that belong together, grouped by trait; a persistent value."""

    groups: PMap[Any, Members] = field(factory=pmap)
    """From a trait to the objects that have it, by name."""
    size: int = 0

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Resource]:
        members = [child for group in self.groups.values() for child in group.values()]
        return iter(sorted(members, key=lambda child: child.name))

    def of(self, kind: type[R]) -> list[R]:
        """Return all members, sorted by name, as objects of class *kind*. Costs as much as there are members."""
        return cast(list[R], list(self))

    def where(self, accept: Callable[[Any], bool]) -> "Children":
        """Return the children whose trait *accept* takes; the same value if it takes all. Costs as much as there are groups."""
        kept = {trait: group for trait, group in self.groups.items() if accept(trait)}
        if len(kept) == len(self.groups):
            return self
        return Children(pmap(kept), sum(len(group) for group in kept.values()))

    def count(self, accept: Callable[[Any], bool]) -> int:
        """Return how many children have a trait that *accept* takes. Costs as much as there are groups."""
        return sum(len(group) for trait, group in self.groups.items() if accept(trait))

    def traits(self) -> list[tuple[Any, Members]]:
        """Return the groups in an order that does not depend on hashing."""
        return sorted(self.groups.items(), key=lambda item: min(item[1]))

    def add(self, child: Resource) -> "Children":
        """Return the children with *child* among them."""
        trait = trait_of(child)
        group = self.groups.get(trait, _NONE)
        return Children(self.groups.set(trait, group.set(child.name, child)), self.size + (child.name not in group))

    def remove(self, child: Resource) -> "Children":
        """Return the children without *child*, which must be among them as it is given."""
        trait = trait_of(child)
        rest = self.groups[trait].discard(child.name)
        groups = self.groups.set(trait, rest) if rest else self.groups.remove(trait)
        return Children(groups, self.size - 1)


def trait_of(child: Resource) -> Any:
    """Return what *child* is grouped by: its trait, or its labels for kinds without one."""
    return getattr(child, "trait", None) or child.meta.labels


NO_CHILDREN: Final = Children()


def children(members: Iterable[Resource]) -> Children:
    """Return *members* as one value: the slow twin of folding them in one by one."""
    result = NO_CHILDREN
    for member in members:
        result = result.add(member)
    return result


class Reader(Protocol):
    """How objects are read, whatever stands behind it."""

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        """Return one object; None if there is none."""
        ...

    def owned(self, kind: str, uid: str) -> Children:
        """Return the objects of *kind* whose controller has *uid*."""
        ...

    def orphans(self, kind: str, namespace: str) -> Children:
        """Return the objects of *kind* in *namespace* that have no controller."""
        ...

    def all(self, kind: str, namespace: str | None = None) -> list[Resource]:
        """Return all objects of *kind*, sorted by namespace and name. Costs as much as there are."""
        ...

    def on_node(self, node: str) -> Children:
        """Return the pods bound to *node*; those bound to none for ""."""
        ...

    def dependents(self, uid: str) -> list[Resource]:
        """Return the objects that name *uid* among their owners. Costs as much as there are."""
        ...

    def used(self, node: str) -> Amount:
        """Return what the pods on *node* that have not ended ask for."""
        ...

    def nodes_by_load(self) -> Iterator[str]:
        """Yield the names of the nodes, those with the fewest pods first."""
        ...


class LiveReader(Protocol):
    """An uncached read: a request of its own, which can fail."""

    def get(self, kind: str, namespace: str, name: str) -> Resource | Rejected:
        """Return the object as the API has it now, or why it could not be read."""
        ...


@frozen
class Observed:
    """Everything that one call of a controller depends on besides the object itself."""

    now: Instant
    cache: Reader
    live: LiveReader
    answers: tuple[Outcome, ...] = ()
    """The answers to the first actions of this sync, as far as it has come."""
    memory: Json = None
    """What the controller last remembered for this object; None after a restart."""
    settled: bool = True
    """Whether the cache shows all of the controller's own writes for this object."""

    def answered(self, answers: tuple[Outcome, ...]) -> "Observed":
        """Return the same view with the answers to the actions so far."""
        return evolve(self, answers=answers)

    def get(self, kind: type[R], namespace: str, name: str) -> R | None:
        """Return the object of class *kind* with that name, as the cache shows it."""
        return cast(R | None, self.cache.get(kind.__name__, namespace, name))

    def owned(self, kind: str, owner: Resource) -> Children:
        """Return the objects of *kind* that *owner* controls, by uid."""
        return self.cache.owned(kind, owner.uid)

    def owned_by_uid(self, kind: str, uid: str) -> Children:
        """Return the objects of *kind* whose controller has *uid*."""
        return self.cache.owned(kind, uid)

    def orphans(self, kind: str, namespace: str) -> Children:
        """Return the objects of *kind* in *namespace* that nobody controls."""
        return self.cache.orphans(kind, namespace)

    def reread(self, desired: R) -> R | Rejected:
        """Return *desired* as the API has it now, or why it could not be read."""
        return cast(R | Rejected, self.live.get(desired.kind, desired.namespace, desired.name))

"""What a controller may see.

Rules
1. A controller sees `Observed` and nothing else: the time, the answers to its own requests, what it remembers, and two
   readers: `cache` (what its informers show, possibly older than the store) and `live` (an uncached read).
2. Reading is lazy: what a controller does not ask for costs nothing. `owned`, `orphans` and `get` do not depend on how
   many objects there are; `all` does, and says so.
3. Children come grouped by what makes them alike (`Pod.trait`): counting walks over the groups, not over the pods.
4. Everything that is listed is listed in the order of names.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar, cast

from attrs import evolve, frozen

from reconcile.children import Children
from reconcile.daemons import Daemon
from reconcile.model.clock import Instant
from reconcile.model.json import FrozenMap, Json
from reconcile.model.requests import Amount
from reconcile.model.resource import Resource
from reconcile.outcome import Outcome, Rejected

R = TypeVar("R", bound=Resource)


def by_name(item: Resource) -> Any:
    """Sort by name: the order in which everything is listed here."""
    return item.name


def alphabetical(name: str) -> Any:
    """Sort names as they are."""
    return name


Alike = tuple[FrozenMap, Mapping[str, int]]
"""Labels, and how many active pods have just these, by node."""


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
        """Return the pods bound to *node*, or the others by `Pod.standing`."""
        ...

    @property
    def kinds(self) -> Sequence[str]:
        """The kinds that have objects, sorted."""
        ...

    def dependents(self, uid: str) -> list[Resource]:
        """Return the objects that name *uid* among their owners. Costs as much as there are."""
        ...

    def daemon(self, uid: str) -> Daemon | None:
        """Return what the DaemonSet with *uid* has on which node; None if there is no such DaemonSet."""
        ...

    def used(self, node: str) -> Amount:
        """Return what the pods on *node* that have not ended ask for."""
        ...

    def alike(self, namespace: str, hash_label: str | None) -> Iterable[Alike]:
        """Return how many active pods with the same labels there are on each node of *namespace*.

        With *hash_label* only of pods whose label `pod-template-hash` has that value.
        """
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
    order: Callable[[Resource], Any] = by_name
    """Sorts objects as upstream's cache lists them, where that shows in the outcome: its order is arbitrary."""
    hashed: Callable[[str], Any] = alphabetical
    """Sorts names as upstream's hash maps yield them, where that shows in the outcome: on which node a DaemonSet goes
    on first, which of two failed pods goes."""
    settled: bool = True
    """Whether the cache shows all of the controller's own writes for this object."""

    def answered(self, answers: tuple[Outcome, ...]) -> "Observed":
        """Return the same view with the answers to the actions so far."""
        return evolve(self, answers=answers)

    def place(self, item: Resource) -> Any:
        """Sort objects by their names as `hashed` does."""
        return self.hashed(item.name)

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

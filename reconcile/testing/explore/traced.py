"""What a step looks at: a store that writes down what is read from it, and what the same reading gives elsewhere.

Rules
1. A step (a sync, a pod's fate, a user's edit) is a function of what it reads. So in every state in which the same
   readings give the same, the step does the same, and need not be taken again.
2. A reading is written down when it is made; what it gives is what the state had before the step, whatever the step
   had written by then.
3. Nameless objects are found by other readings, so that one of them is read by name says nothing new.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from attrs import field, frozen

from reconcile.children import Children
from reconcile.daemons import Daemon
from reconcile.engine.queue import Slot
from reconcile.model.requests import Amount
from reconcile.model.resource import Resource
from reconcile.store.store import Store
from reconcile.testing.explore.atoms import State, Thing
from reconcile.testing.explore.small import Small
from reconcile.view import Alike

Reading = tuple[Any, ...]
"""What was asked for: a word of `LENSES`, and its arguments."""

ALL: Final[Reading] = ("everything",)
MEMOS: Final[Reading] = ("memos",)
ENTANGLED: Final[Reading] = ("entangled",)


class Log:
    """The readings of one step, in the order in which they were first made."""

    def __init__(self, nameless: Iterable[tuple[str, str, str]] = ()) -> None:
        self.readings: dict[Reading, None] = {}
        self.nameless = frozenset(nameless)
        """The keys of the nameless objects that there are."""
        self.fresh: set[str] = set()
        """The letters by which names were completed in the step."""

    def note(self, *reading: Any) -> None:
        """Write down a reading."""
        self.readings[reading] = None


@frozen
class Traced(Small):
    """A small store that notes what is read from it."""

    log: Log = field(factory=Log, kw_only=True, eq=False)

    def there(self, kind: str, namespace: str, name: str) -> Resource | None:
        """Return one object, for whoever only wants to know whether it is there and has a name."""
        key = (kind, namespace, name)
        if key not in self.log.nameless and name[-5:] not in self.log.fresh:
            self.log.note("there", key)
        return Small.get(self, *key)

    def peek(self, kind: str, namespace: str, name: str) -> Resource | None:
        """Return one object, unnoted: for whoever only wants to know what happened."""
        return Small.get(self, kind, namespace, name)

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        """Return one object."""
        key = (kind, namespace, name)
        if key not in self.log.nameless and name[-5:] not in self.log.fresh:
            self.log.note("get", key)
        return Small.get(self, *key)

    def owned(self, kind: str, uid: str) -> Children:
        """Return the objects that *uid* controls."""
        self.log.note("owned", kind, uid)
        return Small.owned(self, kind, uid)

    def orphans(self, kind: str, namespace: str) -> Children:
        """Return the objects without a controller."""
        self.log.note("orphans", kind, namespace)
        return Small.orphans(self, kind, namespace)

    def on_node(self, node: str) -> Children:
        """Return the pods of a node."""
        self.log.note("all", "Pod", None)
        return Small.on_node(self, node)

    def dependents(self, uid: str) -> list[Resource]:
        """Return the objects that *uid* owns."""
        self.log.note("dependents", uid)
        return Small.dependents(self, uid)

    def all(self, kind: str, namespace: str | None = None) -> list[Resource]:
        """Return all objects of a kind."""
        self.log.note("all", kind, namespace)
        return Small.all(self, kind, namespace)

    def daemon(self, uid: str) -> Daemon | None:
        """Return what a DaemonSet has on which node."""
        self.log.note(*ALL)
        return Small.daemon(self, uid)

    def used(self, node: str) -> Amount:
        """Return what the pods of a node ask for."""
        self.log.note("all", "Pod", None)
        return Small.used(self, node)

    def alike(self, namespace: str, hash_label: str | None) -> Iterable[Alike]:
        """Return how many pods are alike."""
        self.log.note("all", "Pod", namespace)
        return Small.alike(self, namespace, hash_label)

    def nodes_by_load(self) -> Iterator[str]:
        """Return the nodes by load."""
        self.log.note("all", "Pod", None)
        self.log.note("all", "Node", None)
        return Small.nodes_by_load(self)

    def count(self, kind: str) -> int:
        """Return how many objects of a kind there are."""
        self.log.note("all", kind, None)
        return Small.count(self, kind)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that have objects."""
        self.log.note(*ALL)
        return tuple(sorted(kind for kind, items in self.objects.items() if items))

    def next_suffix(self) -> "tuple[Store, str]":
        """Return letters for a new name."""
        store, letters = Small.next_suffix(self)
        self.log.fresh.add(letters)
        return store, letters


# --- what a reading gives in a state -----------------------------------------------------------------------------


def _get(state: State, place: tuple[str, str, str]) -> Thing | None:
    for thing in state.things:
        if thing.place == place and not thing.nameless:
            return thing
    return None


def _all(state: State, kind: str, namespace: str | None) -> tuple[Thing, ...]:
    return tuple(t for t in state.things if t.kind == kind and namespace in (None, t.place[1]))


def _orphans(state: State, kind: str, namespace: str) -> tuple[Thing, ...]:
    return tuple(t for t in state.things if t.kind == kind and not t.controller and t.place[1] == namespace)


def _memory(state: State, slot: Slot) -> Any:
    return next((memo for memo in state.memos if memo.slot == slot), None)


LENSES: Final[dict[str, Callable[..., Any]]] = {
    "get": _get,
    "there": lambda state, place: _get(state, place) is not None,
    "owned": lambda state, kind, uid: tuple(t for t in state.things if t.controller == uid and t.kind == kind),
    "orphans": _orphans,
    "all": _all,
    "dependents": lambda state, uid: tuple(t for t in state.things if uid in t.owners),
    "mentions": lambda state, text: tuple(t for t in state.things if text in t.texts),
    "entangled": lambda state: tuple(atom for atom in (*state.things, *state.memos) if atom.entangled),
    "memory": _memory,
    "memos": lambda state: state.memos,
    "everything": lambda state: (state.things, state.memos),
}
"""From a state and the arguments of a reading to what it gives: atoms, or nothing."""


def reading(state: State, what: Reading) -> Any:
    """Return what a reading gives in *state*."""
    return LENSES[what[0]](state, *what[1:])

"""The objects of a cluster as one persistent value, with the indexes that views are read from.

Rules
1. `put` and `remove` are the only ways in; each folds the one change into every index, so an index costs the size of
   the change and never a scan. Every index equals the one rebuilt from scratch (the tests hold them together).
2. The allocators of uids, resource versions and name suffixes are part of the value: the same seed and the same
   history give the same names, in every process.
3. Nothing here knows about kinds beyond two facts: pods are indexed by node, and everything by its controller.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from hashlib import blake2b
from typing import Any, Final

from attrs import evolve, field, frozen
from pyrsistent import PMap, pmap

from reconcile.children import NO_CHILDREN, Children
from reconcile.daemons import Daemon
from reconcile.model.json import EMPTY, FrozenMap
from reconcile.model.node import Node
from reconcile.model.pod import Pod
from reconcile.model.requests import Amount
from reconcile.model.resource import Resource
from reconcile.store.crowd import Crowd
from reconcile.store.daemons import NO_DAEMONS, Daemons, fold
from reconcile.store.load import Load
from reconcile.view import Alike

SUFFIX_LETTERS: Final = "bcdfghjklmnpqrstvwxz2456789"
"""What the API server builds name suffixes from: no vowels, so no words; no 0, 1, 3, so no look-alikes."""

Place = tuple[str, str, str]
"""Kind, namespace and name."""
ByName = PMap[tuple[str, str], Resource]
_NO_OBJECTS: Final[ByName] = pmap()
_NO_PLACES: Final[PMap[Place, None]] = pmap()


@frozen
class Store:
    """All objects of a cluster at one moment."""

    objects: Mapping[str, ByName] = EMPTY
    """From a kind to its objects by namespace and name. There are few kinds, so it is a plain map that is copied."""
    by_owner: PMap[tuple[str, str], Children] = field(factory=pmap)
    """From a kind and the uid of a controller to what it controls."""
    by_orphanage: PMap[tuple[str, str], Children] = field(factory=pmap)
    """From a kind and a namespace to the objects there that have no controller."""
    by_node: PMap[str, Children] = field(factory=pmap)
    """From a node's name to the pods bound to it; the others by `Pod.standing`."""
    by_dependence: PMap[str, PMap[Place, None]] = field(factory=pmap)
    """From a uid to the objects that name it among their owners, controller or not."""
    load: Load = field(factory=Load)
    """What the pods of each node ask for."""
    crowd: Crowd = field(factory=Crowd)
    """How many active pods with the same labels each node has."""
    daemons: Daemons = NO_DAEMONS
    """By the uid of a DaemonSet, what it has on which node."""
    version: int = 0
    """The resourceVersion of the newest write."""
    serial: int = 0
    """How many names and uids were given out."""
    seed: int = 0

    @classmethod
    def of(cls, objects: Iterable[Resource], *, seed: int = 0) -> "Store":
        """Return a store that holds *objects* as they are."""
        store = cls(seed=seed)
        for item in objects:
            store = store.put(item)
        return store

    # --- reading -----------------------------------------------------------------------------------------------

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        """Return one object; None if there is none."""
        return self.objects.get(kind, _NO_OBJECTS).get((namespace, name))

    def owned(self, kind: str, uid: str) -> Children:
        """Return the objects of *kind* whose controller has *uid*."""
        return self.by_owner.get((kind, uid), NO_CHILDREN)

    def orphans(self, kind: str, namespace: str) -> Children:
        """Return the objects of *kind* in *namespace* that have no controller."""
        return self.by_orphanage.get((kind, namespace), NO_CHILDREN)

    def on_node(self, node: str) -> Children:
        """Return the pods bound to *node*, or the others by `Pod.standing`."""
        return self.by_node.get(node, NO_CHILDREN)

    def dependents(self, uid: str) -> list[Resource]:
        """Return the objects that name *uid* among their owners, in the order of kind, namespace and name."""
        found = (self.get(*place) for place in sorted(self.by_dependence.get(uid, _NO_PLACES)))
        return [item for item in found if item is not None]

    def all(self, kind: str, namespace: str | None = None) -> list[Resource]:
        """Return all objects of *kind*, sorted by namespace and name."""
        items = sorted(self.objects.get(kind, _NO_OBJECTS).items(), key=lambda item: item[0])
        return [item for (ns, _), item in items if namespace is None or ns == namespace]

    def daemon(self, uid: str) -> Daemon | None:
        """Return what the DaemonSet with *uid* has on which node; None if there is no such DaemonSet."""
        return self.daemons.get(uid)

    def used(self, node: str) -> Amount:
        """Return what the pods on *node* that have not ended ask for."""
        return self.load.on(node)

    def alike(self, namespace: str, hash_label: str | None) -> Iterable[Alike]:
        """Return how many active pods with the same labels there are on each node of *namespace*."""
        return self.crowd.alike(namespace, hash_label)

    def nodes_by_load(self) -> Iterator[str]:
        """Yield the names of the nodes, those with the fewest pods first."""
        return self.load.nodes()

    def count(self, kind: str) -> int:
        """Return how many objects of *kind* there are."""
        return len(self.objects.get(kind, _NO_OBJECTS))

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that have objects, sorted."""
        return tuple(sorted(kind for kind, items in self.objects.items() if items))

    # --- writing -----------------------------------------------------------------------------------------------

    def put(self, new: Resource) -> "Store":
        """Return the store with *new* in the place of what had its key; the same store if it is there already."""
        kind, *rest = new.key
        place = (rest[0], rest[1])
        items = self.objects.get(kind, _NO_OBJECTS)
        old = items.get(place)
        if old is new:
            return self
        return self._fold(old, new, kind, items.set(place, new))

    def remove(self, kind: str, namespace: str, name: str) -> "Store":
        """Return the store without that object; the same store if it is not there."""
        items = self.objects.get(kind, _NO_OBJECTS)
        old = items.get((namespace, name))
        if old is None:
            return self
        return self._fold(old, None, kind, items.remove((namespace, name)))

    def _fold(self, old: Resource | None, new: Resource | None, kind: str, items: ByName) -> "Store":
        # Not evolve(), which is slower: this runs for every write.
        return Store(
            objects=FrozenMap({**self.objects, kind: items}),
            by_owner=_move(self.by_owner, old, _owner_slot(old), new, _owner_slot(new)),
            by_orphanage=_move(self.by_orphanage, old, _orphan_slot(old), new, _orphan_slot(new)),
            by_node=_move(self.by_node, old, _node_slot(old), new, _node_slot(new)),
            by_dependence=_depend(self.by_dependence, old, new),
            load=self.load.fold(old, new),
            crowd=self.crowd.fold(old, new),
            daemons=fold(self.daemons, old, new, lambda: self._all_for(new)),
            version=self.version,
            serial=self.serial,
            seed=self.seed,
        )

    def _all_for(self, owner: Resource | None) -> tuple[list[Node], list[Pod]]:
        nodes = [item for item in self.objects.get("Node", _NO_OBJECTS).values() if isinstance(item, Node)]
        pods = self.owned("Pod", owner.uid).of(Pod) if owner is not None else []
        return nodes, pods

    # --- allocating --------------------------------------------------------------------------------------------

    def _draw(self, what: str) -> int:
        text = f"{self.seed}/{self.serial}/{what}".encode()
        return int.from_bytes(blake2b(text, digest_size=16).digest(), "big")

    def next_uid(self) -> "tuple[Store, str]":
        """Return a uid that nobody has, in the form of a random (version 4) UUID."""
        digits = f"{self._draw('uid'):032x}"
        uid = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
        return evolve(self, serial=self.serial + 1), uid

    def next_suffix(self) -> "tuple[Store, str]":
        """Return five letters to complete a generated name."""
        number = self._draw("suffix")
        letters = []
        for _ in range(5):
            number, index = divmod(number, len(SUFFIX_LETTERS))
            letters.append(SUFFIX_LETTERS[index])
        return evolve(self, serial=self.serial + 1), "".join(letters)

    def next_version(self) -> "tuple[Store, str]":
        """Return the resourceVersion for a write."""
        version = self.version + 1
        return evolve(self, version=version), str(version)


def _owner_slot(item: Resource | None) -> tuple[str, str] | None:
    controller = item.meta.controller if item is not None else None
    return (item.kind, controller.uid) if item is not None and controller is not None else None


def _orphan_slot(item: Resource | None) -> tuple[str, str] | None:
    return (item.kind, item.namespace) if item is not None and item.meta.controller is None else None


def _node_slot(item: Resource | None) -> str | None:
    return item.standing if isinstance(item, Pod) else None


def _owner_uids(item: Resource | None) -> frozenset[str]:
    return frozenset(owner.uid for owner in item.meta.owners) if item is not None else frozenset()


def _depend(
    index: PMap[str, PMap[Place, None]], old: Resource | None, new: Resource | None
) -> PMap[str, PMap[Place, None]]:
    before, after = _owner_uids(old), _owner_uids(new)
    if before == after:
        return index
    for uid in sorted(before - after):
        assert old is not None
        rest = index[uid].discard(old.key)
        index = index.set(uid, rest) if rest else index.remove(uid)
    for uid in sorted(after - before):
        assert new is not None
        index = index.set(uid, index.get(uid, _NO_PLACES).set(new.key, None))
    return index


def _move(
    index: PMap[Any, Children], old: Resource | None, source: Any, new: Resource | None, target: Any
) -> PMap[Any, Children]:
    """Return *index* after *old* in slot *source* became *new* in slot *target*; a slot of None is no place."""
    if old is not None and new is not None and source is not None and source == target:
        return index.set(target, index[target].replace(old, new))
    if old is not None and source is not None:
        rest = index[source].remove(old)
        index = index.set(source, rest) if rest.size else index.remove(source)
    if new is not None and target is not None:
        index = index.set(target, index.get(target, NO_CHILDREN).add(new))
    return index

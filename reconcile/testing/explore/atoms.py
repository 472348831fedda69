"""What a state is made of: atoms, each known by a digest that is the same in every process.

    Thing   an object, by its form, with the controllers that it is queued for if it is nameless
    Memo    what a controller remembers for an object
    Due     an object that is queued for a controller, now or some seconds later

A state is the digests of its atoms, in order, and a few bytes that count what users and mishaps have done so far. Two
states are one if these bytes are the same.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from reconcile.engine.queue import Slot
from reconcile.model.json import FrozenList, FrozenMap, Json, freeze, put
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.testing.explore.forms import identity, mentions_nameless

SIZE: Final = 8
"""How many bytes a digest has."""
_COUNT: Final = 2
_HEAD: Final = 3 * _COUNT

Place = tuple[str, str, str]
"""Kind, namespace and name."""
Mention = tuple[str, ...]
"""Where a nameless object is mentioned: kind and name of the object that does it, and the path."""


def digest_of(encoded: bytes) -> bytes:
    """Return the digest of an atom that is *encoded*."""
    return blake2b(encoded, digest_size=SIZE).digest()


class Atom:
    """What all atoms have in common."""

    def __init__(self, document: Json) -> None:
        self.encoded = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
        """The atom as JSON: what is sent from process to process."""
        self.digest = digest_of(self.encoded)


class Thing(Atom):
    """One object."""

    def __init__(self, raw: FrozenMap, marks: Sequence[str] = (), mentions: Sequence[Mention] = ()) -> None:
        super().__init__(["thing", raw, list(marks), list(mentions)])
        self.raw = raw
        self.marks = tuple(marks)
        """The controllers that a nameless object is queued for, sorted."""
        self.mentions = tuple(mentions)
        """Where a nameless object is mentioned."""
        meta = raw["metadata"]
        self.nameless = meta["name"] == meta.get("generateName")
        self.kind: str = raw["kind"]
        self.place: Place = (self.kind, meta.get("namespace") or "", meta["name"])
        owners = meta.get("ownerReferences") or ()
        self.controller: str = next((entry["uid"] for entry in owners if entry.get("controller")), "")
        """The uid of the object that controls it."""
        self.owners = frozenset(entry["uid"] for entry in owners)
        self.texts = frozenset(texts(raw)) - {meta["name"], meta.get("uid")}
        """All texts in the object but its own name and uid."""
        self.entangled = any(map(mentions_nameless, self.texts))
        """Whether it mentions a nameless object."""
        self.seed = self._masked() if self.entangled else self.digest
        """What the names of nameless objects follow from: the digest, whatever it is that they mention."""
        self.order = self.seed + self.digest
        """By what things are sorted."""
        self._called: dict[int, Resource] = {}

    def _masked(self) -> bytes:
        return Atom(["thing", masked(self.raw), list(self.marks), list(self.mentions)]).digest

    def resource(self, index: int = 0) -> Resource:
        """Return the object; of several nameless ones of this form, that of number *index*."""
        found = self._called.get(index)
        if found is None:
            found = self._called[index] = read(self._named(index) if self.nameless else self.raw)
        return found

    def _named(self, index: int) -> FrozenMap:
        letters, uid = identity(self.seed, index)
        meta = self.raw["metadata"]
        return put(self.raw, ("metadata",), {**meta, "name": f"{meta['generateName']}{letters}", "uid": uid})


def texts(value: Json) -> Iterator[str]:
    """Yield all texts in *value* but keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def masked(value: Json) -> Json:
    """Return *value* without the names and uids of nameless objects."""
    if isinstance(value, str):
        return "?" if mentions_nameless(value) else value
    if isinstance(value, dict):
        return FrozenMap({key: masked(item) for key, item in value.items()})
    return FrozenList([masked(item) for item in value]) if isinstance(value, list) else value


class Memo(Atom):
    """What a controller remembers."""

    def __init__(self, slot: Slot, memory: Json) -> None:
        super().__init__(["memo", list(slot), memory])
        self.slot = slot
        self.memory = memory
        self.entangled = any(map(mentions_nameless, (*slot, *texts(memory))))
        """Whether it mentions a nameless object."""


class Due(Atom):
    """A place in the queue."""

    def __init__(self, slot: Slot, after: float = 0.0) -> None:
        super().__init__(["due", list(slot), after])
        self.slot = slot
        self.after = after
        """In how many seconds."""


class State(NamedTuple):
    """One state of the world that is explored."""

    things: tuple[Thing, ...]
    """In their order."""
    memos: tuple[Memo, ...]
    """By slot."""
    dues: tuple[Due, ...]
    """By slot; one for each."""
    done: bytes
    """How far each user has come, then how many of each kind of mishap are left."""

    def encode(self) -> bytes:
        """Return the state as bytes."""
        parts: list[bytes] = [len(part).to_bytes(_COUNT, "big") for part in self[:3]]
        parts += [atom.digest for part in self[:3] for atom in part]
        return b"".join(parts) + self.done


def digests(state: bytes) -> list[bytes]:
    """Return the digests of the atoms that a *state* is made of."""
    end = _HEAD + SIZE * sum(_counts(state))
    return [state[start : start + SIZE] for start in range(_HEAD, end, SIZE)]


def _counts(state: bytes) -> list[int]:
    return [int.from_bytes(state[start : start + _COUNT], "big") for start in range(0, _HEAD, _COUNT)]


class Vocabulary:
    """The atoms that are known, each of them once."""

    def __init__(self) -> None:
        self._atoms: dict[bytes, Any] = {}
        self._things: dict[Any, Thing] = {}
        self._dues: dict[tuple[Slot, float], Due] = {}

    def thing(self, raw: FrozenMap, marks: Sequence[str] = (), mentions: Sequence[Mention] = ()) -> Thing:
        """Return the atom of an object."""
        key = (raw, tuple(marks), tuple(mentions))
        found = self._things.get(key)
        if found is None:
            found = self._things[key] = self._keep(Thing(raw, marks, mentions))
        return found

    def due(self, slot: Slot, after: float = 0.0) -> Due:
        """Return the atom of a place in the queue."""
        found = self._dues.get((slot, after))
        if found is None:
            found = self._dues[slot, after] = self._keep(Due(slot, after))
        return found

    def memo(self, slot: Slot, memory: Json) -> Memo:
        """Return the atom of what is remembered."""
        found: Memo = self._keep(Memo(slot, memory))
        return found

    def _keep(self, atom: Any) -> Any:
        return self._atoms.setdefault(atom.digest, atom)

    def encoded(self) -> dict[bytes, bytes]:
        """Return all atoms as other processes read them, by digest."""
        return {digest: atom.encoded for digest, atom in self._atoms.items()}

    def learn(self, encoded: Iterable[bytes]) -> None:
        """Take in the atoms that another process has *encoded*."""
        for text in encoded:
            if digest_of(text) not in self._atoms:
                word, *rest = freeze(json.loads(text))
                _READERS[word](self, rest)

    def decode(self, state: bytes) -> State:
        """Return the state that *state* encodes; its atoms are known."""
        atoms = self._atoms
        found = [atoms[digest] for digest in digests(state)]
        things, memos, dues = _counts(state)
        end = things + memos
        return State(
            tuple(found[:things]), tuple(found[things:end]), tuple(found[end:]), state[_HEAD + SIZE * (end + dues) :]
        )


_READERS: Final[dict[str, Any]] = {
    "thing": lambda words, rest: words.thing(rest[0], rest[1], [tuple(mention) for mention in rest[2]]),
    "memo": lambda words, rest: words.memo(Slot(*rest[0]), rest[1]),
    "due": lambda words, rest: words.due(Slot(*rest[0]), rest[1]),
}


def members(things: Sequence[Thing]) -> list[tuple[Thing, Resource]]:
    """Return the objects of a state, those of one nameless form told apart by their numbers.

    Raises Entangled if nameless objects differ in nothing but in which nameless objects they mention.
    """
    found, index = [], 0
    for position, thing in enumerate(things):
        before = things[position - 1] if position else None
        same = before is not None and thing.nameless and before.seed == thing.seed
        if same and before is not thing:
            raise Entangled(f"two {thing.kind}s differ only in the nameless objects that they mention")
        index = index + 1 if same else 0
        found.append((thing, thing.resource(index)))
    return found


class Entangled(Exception):  # noqa: N818 - what the objects are
    """Nameless objects that mention each other in a way that is not told apart here."""

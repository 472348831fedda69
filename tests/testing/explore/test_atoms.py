"""Atoms and states, as they travel between processes."""

from concurrent.futures import Executor

import pytest

from reconcile.engine.queue import Slot
from reconcile.model.json import freeze
from reconcile.testing.explore import explore
from reconcile.testing.explore.atoms import Entangled, Thing, Vocabulary, digests, members
from reconcile.testing.explore.canon import ordered
from reconcile.testing.explore.expand import workshop
from reconcile.testing.explore.forms import identity
from tests.testing.explore import worlds
from tests.testing.explore.test_canon import SHOPS, all_states
from tests.testing.explore.test_search import Reversed


class Forgetful(Reversed):
    """An executor whose workers know nothing but what their task says."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        def afresh(*args: object) -> object:
            workshop.cache_clear()
            return fn(*args)

        return super().submit(afresh, *args, **kwargs)


def test_a_task_says_all_that_is_needed() -> None:
    """Whoever works on a task need not have seen anything before."""
    executor: Executor = Forgetful()

    for make, depth in ((worlds.batch, 4), (worlds.greedy, None)):
        alone = explore(make, max_depth=depth)
        assert alone == explore(make, executor=executor, chunk=15, max_depth=depth)


@pytest.mark.parametrize("make", [worlds.resized, worlds.batch])
def test_states_travel(make) -> None:  # type: ignore[no-untyped-def]
    """A state that is encoded, with its atoms, is the same state elsewhere."""
    shop, elsewhere = SHOPS[make], Vocabulary()
    states = all_states(shop)
    known = shop.words.encoded()
    for state in states:
        encoded = state.encode()
        elsewhere.learn(known[digest] for digest in digests(encoded))
        found = elsewhere.decode(encoded)
        assert encoded == found.encode()
        assert [thing.raw for thing in state.things] == [thing.raw for thing in found.things]
        assert state.done == found.done


def test_atoms_are_kept_once() -> None:
    """The same object is the same atom, in whatever order its keys were written."""
    words = Vocabulary()
    first = words.thing(freeze({"kind": "A", "metadata": {"name": "a", "uid": "1"}}))

    assert first is words.thing(freeze({"metadata": {"uid": "1", "name": "a"}, "kind": "A"}))
    assert first is not words.thing(first.raw, ["robot"])
    slot = Slot("robot", "A", "", "a")
    assert words.due(slot) is words.due(slot, 0.0)
    assert words.memo(slot, {"a": 1}) is words.memo(slot, {"a": 1})


def nameless(**status: object) -> Thing:
    meta = {"generateName": "a-", "name": "a-", "uid": ""}
    return Thing(freeze({"kind": "A", "metadata": meta, "status": status}))


def test_nameless_objects_of_one_form_are_numbered() -> None:
    """Each of them has a name of its own when a world is made of them."""
    one, other = nameless(), nameless(x=1)

    found = members(ordered([one, one, other]))

    assert 3 == len({item.name for _, item in found})
    assert 3 == len({item.uid for _, item in found})
    assert 2 == sum(thing is one for thing, _ in found)


def test_nameless_objects_that_mention_each_other() -> None:
    """Two that differ in nothing but in whom of the nameless they mention are not told apart here."""
    _, first = identity(b"12345678", 0)
    _, second = identity(b"87654321", 0)

    with pytest.raises(Entangled, match="two As differ only in the nameless objects that they mention"):
        members(ordered([nameless(of=first), nameless(of=second)]))

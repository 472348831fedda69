"""A sorted map does what a dict and `sorted` do, keeps its old versions, and stays balanced."""

import copy
import math
import pickle
import random
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Self

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.model import ordered
from reconcile.model.ordered import EMPTY_SORTED, Branch, Leaf, Node, SortedMap

Key = tuple[int, str]
Numbers = SortedMap[Key, int]
Model = dict[Key, int]


@pytest.fixture(params=[6, 7, 32], scope="module", autouse=True)
def width(request: pytest.FixtureRequest) -> Iterator[int]:
    """Run every test with nodes so narrow that a few dozen keys halve and join them on several levels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordered, "WIDTH", request.param)
        yield request.param


def debt_of(_key: Key, value: int) -> int:
    """Serve as `low`, so that the lowest entry is the one of the greatest value."""
    return -value


def key(number: int) -> Key:
    """Return a tuple key; keys come in pairs that share the first part, as ready times do."""
    return number // 2, "ab"[number % 2]


# A fixed choice of examples, and no deadline: a busy machine must not fail a law.
law = settings(derandomize=True, deadline=None)

keys = st.integers(0, 150).map(key)
bounds = st.none() | st.integers(-1, 152).map(key)
values = st.integers(0, 20)
models = st.dictionaries(keys, values, max_size=150)
edits = st.lists(st.tuples(keys, st.none() | values), max_size=60)
lows = st.sampled_from([None, debt_of])


def within(model: Model, start: Key | None, stop: Key | None) -> list[tuple[Key, int]]:
    return [
        item
        for item in sorted(model.items())
        if (start is None or start <= item[0]) and (stop is None or item[0] < stop)
    ]


def edited(ordered_map: Numbers, model: Model, which: Key, value: int | None) -> tuple[Numbers, Model]:
    """Set *which* to *value*, or discard it for None, in the map and in the model."""
    if value is None:
        return ordered_map.discard(which), {k: v for k, v in model.items() if k != which}
    return ordered_map.set(which, value), {**model, which: value}


def check(node: Node[Any, Any], low: Callable[[Any, Any], Any] | None, *, root: bool = True) -> int:
    """Assert what holds in every tree below *node* and return its depth."""
    assert len(node.cells) <= ordered.WIDTH
    assert root or len(node.cells) >= ordered.WIDTH // 3
    assert list(node.keys) == sorted(set(node.keys))
    if isinstance(node, Leaf):
        marks = tuple(map(low, node.keys, node.cells)) if low else ()
        assert (marks, min(marks, default=None)) == (node.lows, node.low)
        assert len(node.keys) == len(node.cells) == node.size
        return 1
    assert len(node.keys) == len(node.cells) - 1 >= 1
    assert sum(child.size for child in node.cells) == node.size
    assert (min(child.low for child in node.cells) if low else None) == node.low
    for bound, left, right in zip(node.keys, node.cells, node.cells[1:], strict=False):
        assert list(leaves(left))[-1].keys[-1] < bound <= next(leaves(right)).keys[0]
    (depth,) = {check(child, low, root=False) for child in node.cells}
    return depth + 1


def nodes(node: Node[Any, Any]) -> Iterator[Node[Any, Any]]:
    yield node
    if isinstance(node, Branch):
        for child in node.cells:
            yield from nodes(child)


def leaves(node: Node[Any, Any]) -> Iterator[Leaf[Any, Any]]:
    return (found for found in nodes(node) if isinstance(found, Leaf))


def root_of(ordered_map: SortedMap[Any, Any]) -> Node[Any, Any]:
    return ordered_map._root


class Counted:
    """A key that counts how often any two were compared."""

    compared = 0

    def __init__(self, number: int) -> None:
        self.number = number

    def __lt__(self, other: Self) -> bool:
        Counted.compared += 1
        return self.number < other.number


# --- laws ---


@law
@given(models, edits, lows)
def test_versions_follow_a_dict(model: Model, changes: list[tuple[Key, int | None]], low: Any) -> None:
    """After every edit the map lists what a dict would, is balanced, and all earlier versions are untouched."""
    current: Numbers = SortedMap.of(model, low=low)
    versions = [(current, model)]
    for which, value in changes:
        current, model = edited(current, model, which, value)
        versions.append((current, model))

    for version, expected in versions:
        check(root_of(version), low)
        assert sorted(expected.items()) == list(version.items())
        assert len(expected) == len(version)


@law
@given(models, st.randoms(use_true_random=False), lows)
def test_emptying_in_any_order_stays_balanced(model: Model, dice: random.Random, low: Any) -> None:
    """A map that loses all its keys, in any order, is balanced at every step and ends empty."""
    current: Numbers = SortedMap.of(model, low=low)
    for which in dice.sample(sorted(model), len(model)):
        current = current.discard(which)
        check(root_of(current), low)

    assert current == EMPTY_SORTED


@law
@given(models, edits, keys)
def test_looks_agree_with_a_sorted_list(model: Model, changes: list[tuple[Key, int | None]], which: Key) -> None:
    """get, in, rank, at, first and last tell what a dict and a sorted list of its items tell."""
    current: Numbers = SortedMap.of(model)
    for change in changes:
        current, model = edited(current, model, *change)
    items = sorted(model.items())

    assert model.get(which) == current.get(which)
    assert model.get(which, "none") == current.get(which, "none")
    assert (which in model) == (which in current)
    assert sum(found < which for found in model) == current.rank(which)
    assert items == [current.at(index) for index in range(len(current))]
    assert ((items[0], items[-1]) if items else (None, None)) == (current.first(), current.last())


@law
@given(models, edits, bounds, bounds)
def test_ranges_agree_with_a_sorted_list(
    model: Model, changes: list[tuple[Key, int | None]], start: Key | None, stop: Key | None
) -> None:
    """items, keys, values, count and lowest of a range tell what the filtered items tell, reversed ranges too."""
    current: Numbers = SortedMap.of(model, low=debt_of)
    for change in changes:
        current, model = edited(current, model, *change)
    items = within(model, start, stop)

    assert items == list(current.items(start, stop))
    assert [found for found, _ in items] == list(current.keys(start, stop))
    assert [value for _, value in items] == list(current.values(start, stop))
    assert len(items) == current.count(start, stop)
    assert min(items, key=lambda item: -item[1], default=None) == current.lowest(start, stop)


@law
@given(models, edits)
def test_history_plays_no_part_in_equality(model: Model, changes: list[tuple[Key, int | None]]) -> None:
    """A map grown edit by edit equals, hashes and pickles as the map built at once from the same items."""
    grown: Numbers = SortedMap.of(model, low=debt_of)
    for change in changes:
        grown, model = edited(grown, model, *change)
    built: Numbers = SortedMap.of(reversed(model.items()))

    assert built == grown
    assert hash(built) == hash(grown)
    assert grown == pickle.loads(pickle.dumps(grown))


@law
@given(models, keys, values)
def test_an_edit_without_effect_is_the_same_map(model: Model, which: Key, value: int) -> None:
    """Setting the value that is there and discarding a key that is not give back the very same object."""
    having = SortedMap.of(model).set(which, value)
    lacking = having.discard(which)

    assert having.set(which, value) is having
    assert lacking.discard(which) is lacking


# --- facts ---


def test_build_takes_unsorted_items_and_the_last_of_equal_keys() -> None:
    """`of` sorts what it is given; of two items with one key the later counts."""
    built = SortedMap.of([("b", 1), ("a", 2), ("b", 3)])

    assert list(built.items()) == [("a", 2), ("b", 3)]


@pytest.mark.parametrize("size", [0, 1, 5, 6, 7, 24, 25, 40, 1000])
def test_a_built_tree_is_balanced(size: int) -> None:
    """Building from any number of items fills every node between a third and the whole of its width."""
    built = SortedMap.of({key(number): number for number in range(size)}, low=debt_of)

    check(root_of(built), debt_of)
    assert size == len(built)


def test_an_equal_value_replaces_one_that_is_not_identical() -> None:
    """The value is compared by identity alone, so an equal one takes its place and the key keeps its spelling."""
    old, new = [1], [1]
    changed = SortedMap.of({1: old}).set(True, new)

    assert changed.get(1) is new
    assert [repr(found) for found in changed] == ["1"]


def test_an_edit_shares_all_but_one_path(width: int) -> None:
    """A set makes at most two new nodes a level and a discard too; the others are those of the old version."""
    old: Numbers = SortedMap.of({key(2 * number): number for number in range(2000)})
    depth = check(root_of(old), None)
    known = {id(node) for node in nodes(root_of(old))}

    for new in (old.set(key(1001), 1), old.discard(key(1000)), old.set(key(1000), 1)):
        fresh = [node for node in nodes(root_of(new)) if id(node) not in known]
        assert depth <= len(fresh) <= 2 * depth


def test_depth_is_logarithmic_after_growing_and_shrinking(width: int) -> None:
    """After 3,000 sets in order and 2,900 discards from the front the depth is that of a small map."""
    current: SortedMap[int, int] = EMPTY_SORTED
    for number in range(3000):
        current = current.set(number, number)
    grown = check(root_of(current), None)
    for number in range(2900):
        current = current.discard(number)

    assert grown <= 1 + math.log(3000, width // 3)
    assert check(root_of(current), None) <= 1 + math.log(100, width // 3)


def test_an_edit_or_look_compares_a_logarithmic_number_of_keys() -> None:
    """In a map of 4,096 keys, no edit and no look compares more than a few times twelve of them."""
    current = SortedMap.of({Counted(2 * number): number for number in range(4096)}, low=lambda _key, value: value)
    probe, end = Counted(4001), Counted(6001)
    looks: list[Callable[[], object]] = [
        lambda: current.set(probe, 1),
        lambda: current.discard(probe),
        lambda: current.get(probe),
        lambda: current.rank(probe),
        lambda: current.count(probe, end),
        lambda: current.lowest(probe, end),
        lambda: next(current.items(probe, end)),
    ]
    for look in looks:
        Counted.compared = 0
        look()

        assert 1 <= Counted.compared <= 4 * 12


def test_low_is_asked_once_a_set() -> None:
    """`low` is asked about the entry that is set and about no other; a discard asks nothing."""
    asked: list[tuple[int, int]] = []

    def low(number: int, value: int) -> int:
        asked.append((number, value))
        return value

    current = SortedMap.of(((number, number) for number in range(500)), low=low)
    asked.clear()
    current.set(250, -1).discard(0).lowest(3, 400)

    assert asked == [(250, -1)]


def test_lowest_prefers_the_first_of_equals() -> None:
    """Of several entries with the least `low` the one with the least key is given."""
    current = SortedMap.of({number: number % 7 for number in range(300)}, low=lambda _key, value: value)

    assert current.lowest(1) == (7, 0)
    assert current.lowest(1, 7) == (1, 1)


def test_lowest_needs_low() -> None:
    """A map without `low` refuses to tell the lowest, empty or not."""
    with pytest.raises(TypeError, match="made with `low`"):
        EMPTY_SORTED.lowest()


def test_the_empty_map_has_no_ends() -> None:
    """An empty map is false and has no first, last or lowest item; emptied maps keep their `low`."""
    empty = SortedMap.of({1: 5}, low=lambda _key, value: value).discard(1)

    assert not empty
    assert (empty.first(), empty.last(), empty.lowest()) == (None, None, None)
    assert empty.set(3, 6).set(2, 4).lowest() == (2, 4)


@pytest.mark.parametrize("index", [-1, 2])
def test_positions_out_of_the_map_are_refused(index: int) -> None:
    """at() knows the positions 0 to len - 1 only; a negative one does not count from the end."""
    with pytest.raises(IndexError, match="no position"):
        SortedMap.of({1: 1, 2: 2}).at(index)


def test_iteration_is_lazy() -> None:
    """The first items of a large range take no room for the rest of it."""
    current = SortedMap.of((number, number) for number in range(20_000))
    tracemalloc.start()
    seen = list(islice(current.items(500), 3))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert seen == [(500, 500), (501, 501), (502, 502)]
    assert peak < 20_000


def test_a_map_refuses_to_change() -> None:
    """Attributes can be neither set nor deleted; a copy, deep or not, is the map itself."""
    current = SortedMap.of({1: 1})
    with pytest.raises(AttributeError, match="does not change"):
        current._root = root_of(EMPTY_SORTED)
    with pytest.raises(AttributeError, match="does not change"):
        del current._root

    assert copy.copy(current) is current
    assert copy.deepcopy(current) is current


def test_maps_of_other_items_differ() -> None:
    """A key, a value or an entry more makes another map; a dict of the same items is not equal."""
    current = SortedMap.of({1: 1, 2: 2})

    assert current != SortedMap.of({1: 1, 3: 2})
    assert current != SortedMap.of({1: 1, 2: 3})
    assert current != SortedMap.of({1: 1})
    assert current != {1: 1, 2: 2}


def test_pickle_keeps_low() -> None:
    """A map with a module's function as `low` can tell its lowest entry after a round trip."""
    current: Numbers = SortedMap.of({key(1): 3, key(2): 1}, low=debt_of)

    assert (key(1), 3) == pickle.loads(pickle.dumps(current)).lowest()


def test_repr_reads_as_python() -> None:
    """The repr is the call that builds the map."""
    assert repr(SortedMap.of({2: "b", 1: "a"})) == "SortedMap.of([(1, 'a'), (2, 'b')])"

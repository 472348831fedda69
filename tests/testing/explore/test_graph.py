"""The graph of an exploration, against a plain reading of what its words mean."""

from array import array
from collections.abc import Mapping, Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from reconcile.testing.explore.expand import Expansion
from reconcile.testing.explore.graph import Graph

Edges = Mapping[int, Sequence[tuple[int, bool]]]
"""From a state to where its steps lead, and whether they are syncs that write."""


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Edges, frozenset[int]]:
    """Steps between a few states, and the goals among them."""
    size = draw(st.integers(1, 9))
    step = st.tuples(st.integers(0, size - 1), st.booleans())
    edges = {state: draw(st.lists(step, max_size=3)) for state in range(size)}
    return edges, frozenset(draw(st.sets(st.integers(0, size - 1))))


def name(state: int) -> bytes:
    return f"state {state}".encode()


def grown(edges: Edges, goals: frozenset[int], levels: int = 99) -> tuple[Graph, list[int]]:
    """The graph of what can be reached in so many levels, and which state has which number."""
    graph = Graph()
    graph.begin(name(0))
    order, level = [0], [0]
    while level and levels:
        found = Expansion()
        for position, state in enumerate(level):
            for target, writes in edges[state]:
                if name(target) not in found.states:
                    found.states.append(name(target))
                    found.sources.append(position)
                    found.labels.append(("step", str(state), str(target)))
                found.targets.append(found.states.index(name(target)))
                found.syncs.append(writes)
            found.counts.append(len(edges[state]))
            found.goals.append(state in goals)
        level = [int(new.split()[1]) for new in graph.grow(graph.expanded, found)]
        order += level
        levels -= 1
    return graph, order


def reachable(edges: Edges, start: int) -> dict[int, int]:
    """How many steps it takes to each state that can be reached."""
    steps = {start: 0}
    for state in (queue := [start]):
        for target, _ in edges[state]:
            if target not in steps:
                steps[target] = steps[state] + 1
                queue.append(target)
    return steps


@given(worlds())
def test_what_is_counted(world: tuple[Edges, frozenset[int]]) -> None:
    """States, steps, goals and depth; and a path to each state that is as short as can be."""
    edges, goals = world
    graph, order = grown(edges, goals)
    steps = reachable(edges, 0)

    assert set(steps) == set(order)
    assert (len(steps), len(steps)) == (len(graph), graph.expanded)
    assert sum(len(edges[state]) for state in steps) == graph.steps
    assert len(goals & set(steps)) == graph.goals
    assert max(steps.values()) == graph.depth
    for number, state in enumerate(order):
        path = graph.path(number)
        assert steps[state] == len(path)
        assert [str(state)] == [label[2] for label in path[-1:]] or number == 0
        assert number == graph.number(name(state))
    assert graph.number(b"another") is None


@given(worlds())
def test_the_hopeless(world: tuple[Edges, frozenset[int]]) -> None:
    """A state is hopeless if no goal can be reached from it."""
    edges, goals = world
    graph, order = grown(edges, goals)

    expected = {state for state in order if not goals & set(reachable(edges, state))}

    assert expected == {order[number] for number in graph.hopeless()}


@given(worlds(), st.integers(0, 3))
def test_nothing_is_said_against_what_was_not_seen(world: tuple[Edges, frozenset[int]], levels: int) -> None:
    """A state that was not expanded may lead anywhere: who can reach it has hope."""
    edges, goals = world
    graph, order = grown(edges, goals, levels)
    seen = {state: edges[state] if number < graph.expanded else [] for number, state in enumerate(order)}
    opened = set(order[graph.expanded :])

    expected = {state for state in order if not (goals - opened | opened) & set(reachable(seen, state))}

    assert expected == {order[number] for number in graph.hopeless()}
    assert all(order[number] not in opened for number in graph.fights())


@given(worlds())
def test_the_way_to_rest(world: tuple[Edges, frozenset[int]]) -> None:
    """The shortest way from a state to one from which there are no steps; it stays where it is if there is none."""
    edges, goals = world
    graph, order = grown(edges, goals)
    for number, state in enumerate(order):
        way = [order[each] for each in graph.to_rest(number)]
        steps = reachable(edges, state)
        rests = [steps[each] for each in steps if not edges[each]]
        assert state == way[0]
        assert (min(rests) if rests else 0) == len(way) - 1
        assert not rests or not edges[way[-1]]
        assert all(there in [target for target, _ in edges[here]] for here, there in pairwise(way))


@given(worlds())
def test_fights(world: tuple[Edges, frozenset[int]]) -> None:
    """A cycle of syncs that write is found if and only if there is one."""
    edges, goals = world
    graph, order = grown(edges, goals)
    written = {state: [(target, True) for target, writes in edges[state] if writes] for state in edges}
    fights = any(state in reachable(written, target) for state in order for target, _ in written[state])

    cycle = [order[number] for number in graph.fights()]

    assert fights == bool(cycle)
    for here, there in zip(cycle, [*cycle[1:], *cycle[:1]], strict=True):
        assert (there, True) in written[here]


def test_an_empty_graph() -> None:
    """Nothing was found yet."""
    graph = Graph()

    assert (0, 0, 0, 0) == (len(graph), graph.steps, graph.depth, graph.goals)
    assert array("I") == graph._targets

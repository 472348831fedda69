"""Random walks: the same whoever takes them, and what they find is made short."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest
from attrs import evolve

from reconcile.testing.explore import STUCK, UNSETTLED, Walks, explore, wander
from reconcile.testing.explore.expand import Workshop
from reconcile.testing.explore.scopes import deployment, wedge
from reconcile.testing.explore.walk import shortened
from tests.testing.explore import worlds
from tests.testing.explore.test_search import Reversed


def test_the_wedge_is_met() -> None:
    """A few walks come to the state that the search finds, and the way to it is as short as that which it finds."""
    found = wander(wedge, walks=20, length=10)
    finding, searched = found.find(STUCK), explore(wedge).find(STUCK)

    assert finding is not None
    assert searched is not None
    assert [STUCK] == [each.name for each in found.findings]
    # To where nothing happens any more: the search's way there, and on.
    assert len(finding.path) <= len(searched.path) + len(searched.rest)


def test_walks_follow_from_the_seed() -> None:
    """The same seed, the same walks; another seed, others."""
    assert wander(wedge, walks=5, length=10) == wander(wedge, walks=5, length=10)
    assert wander(wedge, walks=5, length=10).steps != wander(wedge, walks=5, length=10, seed=1).steps


def test_whoever_walks_the_walks_are_the_same() -> None:
    """In this process, or shared out among others."""
    alone = wander(worlds.greedy, walks=40, length=10)
    shared = wander(worlds.greedy, walks=40, length=10, executor=Reversed())
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as executor:
        elsewhere = wander(worlds.greedy, walks=40, length=10, executor=executor)

    assert alone == shared == elsewhere


def test_what_is_found_on_the_way() -> None:
    """A broken invariant is found wherever it breaks, of steps and of states, with a way from which no step can be left
    out: as short as the shortest."""
    for make, name in ((worlds.greedy, "replicaset_creates_no_more"), (worlds.dismissed, "no_orphan_after_cascade")):
        walked, searched = wander(make, walks=20, length=20).find(name), explore(make).find(name)
        assert walked is not None
        assert searched is not None
        assert len(searched.path) == len(walked.path)
        assert searched.message.partition("/")[0] == walked.message.partition("/")[0]


def test_a_large_world_is_all_right() -> None:
    """Walks through the Deployment find nothing."""
    found = wander(deployment, walks=5, length=40)

    assert () == found.findings
    assert 5 == found.walks
    assert found.steps > 5 * 20


def test_what_never_rests() -> None:
    """Two who fight for ever are met where they keep the goal out of reach."""
    fight = evolve(worlds.painted(), goal=lambda world: False)

    found = wander(lambda: fight, walks=1, length=5)

    assert [UNSETTLED] == [finding.name for finding in found.findings]


def test_a_way_that_cannot_be_shortened() -> None:
    """What is not found again on a shorter way stays as it is."""
    finding = explore(worlds.greedy).find("replicaset_creates_no_more")
    assert finding is not None

    assert finding == shortened(Workshop(worlds.greedy()), finding)


def test_no_bound_is_too_small() -> None:
    """No walks, and walks of no steps: those only come to rest."""
    assert Walks(0, 0, (), 0.0) == wander(worlds.pair, walks=0)
    assert wander(worlds.pair, walks=1, length=0).steps


def test_walks_in_words() -> None:
    """Figures, and what was found, one a line."""
    found = evolve(wander(worlds.greedy, walks=30, length=20), seconds=2.0)

    lines = found.text().splitlines()
    assert ["walks", "steps", "seconds", "found"] == [line.split()[0] for line in lines][:4]
    assert f"seconds            2.0 ({found.steps / 2:,.0f} steps/s)" == lines[2]
    assert found.find("something else") is None


def test_other_processes_cannot_import_everything() -> None:
    """As for a search."""
    with pytest.raises(ValueError, match="other processes cannot import"):
        wander(lambda: evolve(worlds.pair()), executor=Reversed())

"""The search: what is found is all that there is, whoever looked, and faults are found by a shortest way."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Any

import pytest
from attrs import evolve

from reconcile.testing.explore import FIGHT, STUCK, Report, Scope, explore
from reconcile.testing.explore.scopes import SCOPES, deployment, statefulset, wedge
from tests.testing.explore import worlds


class Reversed(Executor):
    """An executor that does nothing until its result is asked for, and tasks in the order in which they are."""

    def __init__(self) -> None:
        self.tasks = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.tasks += 1
        future: Future[Any] = Future()
        future.result = lambda timeout=None: fn(*args, **kwargs)  # type: ignore[method-assign]
        return future


def figures(report: Report) -> tuple[int, int, int, int, int, bool]:
    return (report.states, report.steps, report.depth, report.goals, report.hopeless, report.closed)


def test_a_statefulset_closes() -> None:
    """Three replicas one after the other, an update and one crash: the goal is within reach from everywhere, and no
    invariant is ever broken."""
    report = explore(statefulset)

    assert (824, 2077, 19, 13, 0, True) == figures(report)
    assert () == report.findings


@pytest.mark.slow
def test_a_deployment_closes() -> None:
    """Three replicas, surge 1, unavailable 1, an image that cannot be pulled, an undo and a pause: all is right."""
    with ProcessPoolExecutor(2) as executor:
        report = explore(deployment, executor=executor)

    assert (232_895, 951_759, 32, 579, 0, True) == figures(report)
    assert () == report.findings


def test_the_wedge_is_found() -> None:
    """kubernetes#67250: a StatefulSet waits for ever for a pod whose image cannot be pulled, although its template was
    put right. Nobody told where to look."""
    report = explore(wedge)

    assert (92, 135, 19, 5, 14, True) == figures(report)
    assert [STUCK] == [finding.name for finding in report.findings]
    finding = report.find(STUCK)
    assert finding is not None
    # The image is set, the controller deletes the last pod, it goes, and the controller makes it anew: too late.
    assert ["edit", "sync", "fate", "sync"] == [label[0] for label in finding.path]
    assert "cannot pull its image" in {label[1] for label in finding.rest if label[0] == "fate"}


def test_without_the_bad_image_nothing_is_stuck() -> None:
    """It is the image, and not the two updates."""
    harmless = evolve(wedge(), users=statefulset().users)

    assert 0 == explore(lambda: harmless).hopeless


@pytest.mark.parametrize("make", [worlds.pair, worlds.resized, worlds.rollout, worlds.slept])
def test_our_controllers_are_all_right_in_small_worlds(make: Callable[[], Scope]) -> None:
    """Nothing is found where nothing is wrong."""
    report = explore(make)

    assert report.closed
    assert () == report.findings
    assert report.goals


def test_too_many_pods() -> None:
    """A controller that makes one pod too many after a failure: the way to it is the shortest one there is, a sync, two
    fates and another sync."""
    report = explore(worlds.greedy)
    finding = report.find("replicaset_creates_no_more")

    assert finding is not None
    assert ["sync", "fate", "fate", "sync"] == [label[0] for label in finding.path]
    assert str(finding).startswith("replicaset_creates_no_more: ReplicaSet/web wants 2 pods, and has 3 active")
    stuck = report.find(STUCK)
    assert stuck is not None
    assert 3 == len(stuck.path)


def test_controllers_that_fight() -> None:
    """Two controllers that want different things write for ever: each way back to where they were is a finding, though
    the goal is always within reach."""
    report = explore(worlds.painted)

    assert 0 == report.hopeless
    assert [FIGHT] == [finding.name for finding in report.findings]
    assert 3 == len(report.findings[0].path)


def test_a_crash_makes_one_too_many() -> None:
    """Who counts in memory makes a second pod after a crash; without a crash it does not."""
    spared = evolve(worlds.counted(), budget={})

    assert STUCK == explore(worlds.counted).findings[0].name
    assert () == explore(lambda: spared).findings


def test_a_broken_state_is_found() -> None:
    """Invariants of single states are found as those of steps are."""
    finding = explore(worlds.dismissed).find("no_orphan_after_cascade")

    assert finding is not None
    assert ["sync", "edit"] == [label[0] for label in finding.path]


# --- who does the work -------------------------------------------------------------------------------------------


def test_whoever_works_the_report_is_the_same() -> None:
    """In this process, or in others, in tasks of any size: the same report, in every word."""
    alone = explore(wedge)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as executor:
        shared = explore(wedge, executor=executor, chunk=3)
    whole, single = Reversed(), Reversed()

    assert alone == shared == explore(wedge, executor=whole)
    assert explore(worlds.greedy) == explore(worlds.greedy, executor=single, chunk=1)
    # A task for each level, and a task for each state.
    assert (20, 41) == (whole.tasks, single.tasks)


def test_what_other_processes_cannot_import() -> None:
    """A scope that is made by a nameless function is for this process alone."""
    with pytest.raises(ValueError, match="other processes cannot import what makes the scope"):
        explore(lambda: evolve(worlds.pair()), executor=Reversed())


# --- bounds ------------------------------------------------------------------------------------------------------


def test_bounded_by_states() -> None:
    """A search that ends early is not closed, and says nothing of what it has not seen."""
    report = explore(wedge, max_states=20)

    assert not report.closed
    assert 20 <= report.states < 92
    assert 0 == report.hopeless
    assert () == report.findings
    assert "(not all of them)" in report.text()


def test_bounded_by_depth() -> None:
    """So many steps and no more; what is broken within them is found."""
    report = explore(worlds.greedy, max_depth=4)

    assert not report.closed
    assert 4 == report.depth
    assert ["replicaset_creates_no_more"] == [finding.name for finding in report.findings]
    assert 1 == explore(worlds.greedy, max_depth=0).states


def test_bounds_that_are_not_met() -> None:
    """A bound that is wide enough changes nothing."""
    assert explore(worlds.pair) == explore(worlds.pair, max_states=1000, max_depth=100)


def test_progress_is_told() -> None:
    """After each level: the depth, how many states there are, and how many of them are new."""
    told: list[tuple[int, int, int]] = []

    report = explore(worlds.pair, progress=lambda *level: told.append(level))

    assert list(range(1, report.depth + 2)) == [depth for depth, _, _ in told]
    assert (report.states, 0) == told[-1][1:]
    assert report.states == 1 + sum(new for _, _, new in told)


def test_the_scopes_have_names() -> None:
    """Those that we explore ourselves."""
    assert ["deployment", "statefulset", "wedge"] == sorted(SCOPES)


def test_the_report_in_words() -> None:
    """Figures, and what was found, one a line."""
    report = evolve(explore(worlds.greedy), seconds=2.0)

    assert [
        "states              41 (all of them)",
        "steps               67",
        "depth                9",
        "goals                2",
        "hopeless            28",
        "seconds            2.0 (20 states/s)",
    ] == report.text().splitlines()[:6]
    assert ["found", "found"] == [line.split()[0] for line in report.text().splitlines()[6:]]
    assert report.find("something else") is None


def test_what_is_kept_changes_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """However little is kept of what was looked at, the report is the same."""
    usual = explore(worlds.dismissed)
    monkeypatch.setattr("reconcile.testing.explore.expand._MOST_SEEN", 2)

    assert usual == explore(worlds.dismissed)

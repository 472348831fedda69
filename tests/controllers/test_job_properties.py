"""What must be true of a Job whatever happens: to its pods, to its controller, to the cache that it reads.

A random Job lives through a random history: pods fail and succeed as scripted, by index and attempt, or are ended from
outside; the controller crashes between two requests, requests are refused or their answers lost, its cache lags behind
and catches up. Each step is checked against the invariants of Jobs (`reconcile.testing.invariants`); then the faults
cease, and what the Job has come to is compared with every pod that ever was.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.cluster import Cluster
from reconcile.engine.faults import unprotected
from reconcile.engine.world import World
from reconcile.model.pod import COMPLETION_INDEX, JOB_TRACKING, Pod
from reconcile.model.resource import Resource
from reconcile.nodes.behaviour import Behaviour
from reconcile.testing import invariants
from reconcile.testing.invariants.protocol import active, pods_of
from reconcile.testing.moves import Move
from reconcile.testing.stage import Stage
from reconcile.testing.strategies.moves import fault_moves, move, time_moves

FAULTY: Final = ("job", "job-orphan", "scheduler", "garbage-collector")
"""Whose caches lag and whose processes are started anew. Not the kubelets': a pod that is ended from outside is ended
by one that knows."""
HOURS: Final = 3600.0
LONG: Final = 24 * HOURS
"""Longer than any Job of these needs with all its back-offs."""


def job(**spec: Any) -> dict[str, Any]:
    pods = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 3, "containers": [{"name": "c", "image": "a:1"}]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "work"},
        "spec": {"template": {"spec": pods}, "backoffLimit": 50, **spec},
    }


class Life:
    """A Job on a stage, and every pod that it ever had, as it last was."""

    def __init__(self, manifest: dict[str, Any], fates: Sequence[Behaviour], *, protected: bool = True) -> None:
        self.pods: dict[str, Pod] = {}
        cluster = Cluster.new(nodes=2, behaviours=fates)
        engine = cluster.engine if protected else unprotected(cluster.engine)
        checks = (*invariants.OBJECTS, *invariants.PODS, *invariants.JOBS)
        kept = [check for check in checks if protected or check.__name__ not in invariants.PROTECTED]
        self.stage = Stage(Cluster(engine, cluster.world), checks=[*kept, self.note])
        self.stage.world = self.stage.cluster.create(manifest).world

    def note(self, _: World | None, after: World) -> str | None:
        """Note the pods of the Job; an invariant of its own: there are never more active ones than the Job allows."""
        pods = pods_of(after.store, self.job)
        self.pods |= {pod.uid: pod for pod in pods}
        most = int(self.job.spec.get("parallelism", 1))
        if self.steady and len(active(pods)) > most:
            return f"{len(active(pods))} pods are active at a parallelism of {most}"
        return None

    steady = True
    """Whether nobody changes what the Job asks for, so that it is held to it at every instant."""

    @property
    def job(self) -> Resource:
        return self.stage.cluster.get("job", "work")

    def live(self, moves: Sequence[Move]) -> Resource:
        """Play *moves*, take the faults away, and return the Job as it is when nothing happens any more."""
        for each in moves:
            self.stage.do(each)
        self.stage.heal()
        self.stage.wait(LONG)
        return self.job

    def count(self, phase: str) -> int:
        return sum(pod.phase == phase for pod in self.pods.values())


def number(item: Resource, field: str) -> int:
    return int(item.status.get(field) or 0)


def ended(item: Resource) -> list[str]:
    """Return how the Job ended."""
    conditions = item.status.get("conditions") or ()
    return [entry["type"] for entry in conditions if entry["type"] in ("Complete", "Failed")]


# --- what is drawn -----------------------------------------------------------------------------------------------

RUNS: Final = st.sampled_from([0.0, 1.0, 7.0])
CODES: Final = st.lists(st.sampled_from([0, 0, 1]), max_size=3).map(lambda codes: (*codes, 0))
"""Exit codes by attempt; the last one is for good."""

ENDS: Final = move("end_pod", pod=st.integers(0, 5), phase=st.sampled_from(["Failed", "Succeeded"]))
DELETES: Final = move("delete_pod", pod=st.integers(0, 5), grace=st.sampled_from([None, 0]))
SUSPENDS: Final = move("suspend", target=st.just(0), on=st.booleans())
PARALLELISM: Final = st.integers(0, 4).map(
    lambda n: Move("patch", {"kind": "Job", "target": 0, "body": {"spec": {"parallelism": n}}})
)
TROUBLE: Final = st.one_of(fault_moves(controllers=FAULTY), time_moves(max_steps=8))


def histories(*more: st.SearchStrategy[Move], size: int = 10) -> st.SearchStrategy[list[Move]]:
    return st.lists(st.one_of(TROUBLE, *more), max_size=size)


@st.composite
def indexed_jobs(draw: st.DrawFn) -> tuple[dict[str, Any], list[Behaviour]]:
    """Indexed Jobs whose indexes fail a few times each before they succeed."""
    completions = draw(st.integers(1, 4))
    spec = {
        "completionMode": "Indexed",
        "completions": completions,
        "parallelism": draw(st.integers(1, 4)),
        "podReplacementPolicy": draw(st.sampled_from(["TerminatingOrFailed", "Failed"])),
        **draw(st.sampled_from([{}, {"backoffLimitPerIndex": 50}])),
    }
    fates = [
        Behaviour(annotations={COMPLETION_INDEX: str(index)}, exit_codes=draw(CODES), runs=draw(RUNS))
        for index in range(completions)
    ]
    return job(**spec), fates


@st.composite
def plain_jobs(draw: st.DrawFn) -> tuple[dict[str, Any], list[Behaviour]]:
    """Jobs without indexes, work queues among them, whose pods fail a few times before one succeeds."""
    spec = {
        **draw(st.sampled_from([{}, *({"completions": count} for count in range(1, 5))])),
        "parallelism": draw(st.integers(1, 4)),
        "backoffLimit": draw(st.sampled_from([0, 1, 50])),
        "podReplacementPolicy": draw(st.sampled_from(["TerminatingOrFailed", "Failed"])),
    }
    return job(**spec), [Behaviour(exit_codes=draw(CODES), runs=draw(RUNS), runs_jitter=draw(RUNS))]


# --- the properties ----------------------------------------------------------------------------------------------


def completes_each_index_once(drawn: tuple[dict[str, Any], list[Behaviour]], moves: list[Move]) -> None:
    life = Life(*drawn)
    done = life.live(moves)
    completions = done.spec["completions"]
    succeeded = [pod.meta.annotations[COMPLETION_INDEX] for pod in life.pods.values() if pod.phase == "Succeeded"]

    assert ["Complete"] == ended(done)
    assert completions == number(done, "succeeded")
    assert [str(index) for index in range(completions)] == sorted(succeeded)


@given(indexed_jobs(), histories(ENDS))
@settings(max_examples=40)
def test_an_indexed_job_completes_each_index_once(
    drawn: tuple[dict[str, Any], list[Behaviour]], moves: list[Move]
) -> None:
    """Whatever pods fail and whatever happens to the controller: in the end one pod of each index has succeeded."""
    completes_each_index_once(drawn, moves)


def counts_each_pod_once(drawn: tuple[dict[str, Any], list[Behaviour]], moves: list[Move]) -> None:
    life = Life(*drawn)
    done = life.live(moves)

    assert 1 == len(ended(done))
    assert len(life.pods) == number(done, "succeeded") + number(done, "failed")
    assert not any(JOB_TRACKING in pod.meta.finalizers for pod in pods_of(life.stage.world.store, done))


@given(plain_jobs(), histories(ENDS, DELETES))
@settings(max_examples=40)
def test_each_pod_is_counted_once(drawn: tuple[dict[str, Any], list[Behaviour]], moves: list[Move]) -> None:
    """In the end succeeded and failed together are all the pods there ever were, deleted ones too; none is held."""
    counts_each_pod_once(drawn, moves)


@pytest.mark.parametrize("fault", ["crash", "refuse", "lose_answer"])
def test_a_fault_between_any_two_requests_is_made_good(fault: str) -> None:
    """A Job of four pods, the first of which fails: whichever request of whichever sync goes wrong, and both times."""
    asked = job(completions=3, parallelism=2)
    fates = [Behaviour(exit_codes=(1, 0), runs=1.0)]
    for nth, request in product(range(5), range(6)):
        life = Life(asked, fates)
        for _ in range(2):
            strike(life.stage, fault, nth, request)
        done = life.live([])

        assert (["Complete"], 3, 1, 4) == (
            ended(done),
            number(done, "succeeded"),
            number(done, "failed"),
            len(life.pods),
        ), (nth, request)


def strike(stage: Stage, fault: str, nth: int, request: int) -> None:
    """Let the *nth* sync of the Job from here go wrong at its request number *request*."""
    while True:
        slot = stage.due()
        if slot is None:
            return
        nth -= slot.controller == "job"
        if nth < 0:
            stage.do(Move(fault, {"pick": 0, "before": request, "request": request}))
            return
        stage.sync()


@given(plain_jobs(), histories(ENDS, DELETES))
@settings(max_examples=40)
def test_without_the_wait_for_its_cache_no_pod_is_counted_twice(
    drawn: tuple[dict[str, Any], list[Behaviour]], moves: list[Move]
) -> None:
    """Before 1.36 a lagging cache could lead to too many pods (catalogue D-J8); still none is counted twice (D-J3)."""
    life = Life(*drawn, protected=False)
    life.steady = False
    done = life.live(moves)

    assert number(done, "succeeded") + number(done, "failed") <= len(life.pods)


@given(st.one_of(plain_jobs(), indexed_jobs()), histories(ENDS, DELETES, SUSPENDS, PARALLELISM))
@settings(max_examples=40)
def test_a_suspended_job_has_no_active_pod(drawn: tuple[dict[str, Any], list[Behaviour]], moves: list[Move]) -> None:
    """However often it is suspended, resumed and changed: when it has come to rest, it has none while it is suspended,
    and has ended, or nobody wants a pod, while it is not."""
    life = Life(*drawn)
    life.steady = False
    done = life.live(moves)
    running = active(pods_of(life.stage.world.store, done))

    assert [] == running
    assert 0 == number(done, "active")
    if done.spec.get("suspend") and not ended(done):
        assert "startTime" not in done.status
    elif done.spec["parallelism"]:
        assert 1 == len(ended(done))


@pytest.mark.slow
@given(indexed_jobs(), histories(ENDS, size=25))
@settings(max_examples=1_000)
def test_an_indexed_job_completes_each_index_once_for_long(
    drawn: tuple[dict[str, Any], list[Behaviour]], moves: list[Move]
) -> None:
    """The same as above, longer and more often."""
    completes_each_index_once(drawn, moves)


@pytest.mark.slow
@given(plain_jobs(), histories(ENDS, DELETES, size=25))
@settings(max_examples=1_000)
def test_each_pod_is_counted_once_for_long(drawn: tuple[dict[str, Any], list[Behaviour]], moves: list[Move]) -> None:
    """The same as above, longer and more often."""
    counts_each_pod_once(drawn, moves)

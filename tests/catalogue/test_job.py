"""The catalogue, Job: behaviours that users met and reported, as Kubernetes 1.36 has them."""

from itertools import pairwise
from typing import Any

import pytest
from attrs import evolve
from pyrsistent import pmap

from reconcile import Behaviour, Cluster, Resource
from reconcile.actions import UpdateStatus
from reconcile.controller import Controller
from reconcile.controllers.job import flush
from reconcile.controllers.job.plan import JOB
from reconcile.engine import faults
from reconcile.engine.queue import Slot
from reconcile.engine.step import sync
from reconcile.model.pod import COMPLETION_INDEX
from reconcile.store.store import Store
from reconcile.testing import invariants
from tests.catalogue.mutants import MUTANTS, rewired
from tests.checked import checked, condition, job, names, pods, status

PI = Slot("job", "Job", "default", "pi")
TRACKING = "batch.kubernetes.io/job-tracking"
LINGERS = [Behaviour(terminates=20.0)]
"""Pods that run for ever, and take their time when they are told to go."""


def pi(cluster: Cluster) -> Resource:
    return cluster.get("job", "pi")


def conditions(cluster: Cluster) -> list[str]:
    return [entry["type"] for entry in pi(cluster).status.get("conditions") or () if entry["status"] == "True"]


def play(item: dict[str, Any], *instead: Controller, fates: Any = None, excepting: Any = ()) -> Cluster:
    how = {} if fates is None else {"fates": fates}
    return checked(instead=instead, excepting=excepting, **how).apply(item)


# --- limits ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("limit", "parallelism"), [(3, 2), (10, 10), (0, 4)])
def test_d_j1_the_back_off_limit_is_overshot_by_less_than_parallelism(limit: int, parallelism: int) -> None:
    """D-J1: no pod is made once more than backoffLimit have failed, so at most backoffLimit + parallelism fail; once 64
    did with a limit of 10 and a parallelism of 10 (upstream #70251, old; a mutant)."""
    item = job(image="app:fails", backoffLimit=limit, parallelism=parallelism, completions=parallelism)
    ended = play(item).run()
    assert "BackoffLimitExceeded" == condition(pi(ended), "Failed")["reason"]
    assert limit < pi(ended).status["failed"] <= limit + parallelism

    if limit:
        with pytest.raises(AssertionError, match="backoff_limit_stops"):
            play(item, MUTANTS["D-J1"]).run()


def test_d_j2_restarts_in_place_count_against_the_limit() -> None:
    """D-J2: with restartPolicy OnFailure the restarts of the containers of running pods are added up, and the limit is
    reached when they come to it; a controller that counts failed pods only lets them restart for ever (upstream #54870,
    fixed; a mutant)."""
    item = job(restart="OnFailure", backoffLimit=3)
    crashing = [Behaviour(exit_code=1, runs=1.0)]

    ended = play(item, fates=crashing).advance(7200)
    assert "BackoffLimitExceeded" == condition(pi(ended), "Failed")["reason"]
    endless = play(item, MUTANTS["D-J2"], fates=crashing).advance(7200)
    assert [] == conditions(endless)
    assert 3 < pods(endless)[0].restarts


# --- counting ----------------------------------------------------------------------------------------------------


def interrupted(cluster: Cluster, before: int) -> Cluster:
    """The cluster after the first pod ended, and the controller that counts it ended before its request *before*."""
    ended = cluster.run_until(lambda c: any(pod.finished for pod in pods(c)))
    due = ended.run_until(lambda c: c.world.queue.places.get(PI, (None,))[0] == c.now)
    return evolve(due, world=faults.crash(due.engine, due.world, PI, before))


def test_d_j3_a_pod_is_counted_once_whatever_ends_in_between() -> None:
    """D-J3: a pod that ended is written down by its uid before its finalizer goes, so a controller that ends in between
    counts it once; one that forgets the uids counts it twice (upstream #105200, fixed; a mutant)."""
    item = job(completions=3, parallelism=1)
    for before in range(5):
        assert 3 == pi(interrupted(play(item), before).run()).status["succeeded"]

    with pytest.raises(AssertionError, match="counted_once"):
        interrupted(play(item, MUTANTS["D-J3"]), 2).run()


def unseen_pod(controller: Controller) -> Cluster:
    """The next sync of a Job with backoffLimit 0: one of its two pods failed, the other one its cache does not show."""
    cluster = play(job(image="app:runs", backoffLimit=0, parallelism=1, completions=2), controller)
    cluster = evolve(cluster, engine=faults.unprotected(cluster.engine)).advance(5)
    (first,) = names(pods(cluster))
    wider = cluster.patch("job", "pi", {"spec": {"parallelism": 2}})
    world = sync(wider.engine, faults.hold(wider.world, "job"), PI)
    both = status(evolve(wider, world=world), "Pod", first, {"phase": "Failed"})
    (second,) = set(names(pods(both))) - {first}
    seen = both.world.store
    unknown = seen.get("Pod", "default", second)
    shown = Store.of([item for kind in sorted(seen.kinds) for item in seen.all(kind) if item is not unknown])
    behind = faults.show(both.engine, both.world, "job", evolve(shown, version=wider.world.store.version))
    return evolve(both, world=sync(both.engine, behind, PI))


def test_d_j4_a_job_does_not_end_while_pods_may_be_there_unseen() -> None:
    """D-J4: the end is announced only when the cache shows all that was created and deleted; a controller that does not
    wait ends the Job beside a pod that it does not see, and whose finalizer it leaves (upstream #109485, fixed; a
    mutant)."""
    assert [] == conditions(unseen_pod(JOB))

    ended = unseen_pod(MUTANTS["D-J4"])
    assert ["FailureTarget", "Failed"] == conditions(ended)
    left = [pod for pod in pods(ended) if pod.active]
    assert [(TRACKING,)] == [tuple(pod.meta.finalizers) for pod in left]


def test_d_j5_many_pods_are_counted_in_portions() -> None:
    """D-J5: one sync notes at most 500 uids, here 3; Complete comes only when none is noted any more and no pod has its
    finalizer. A pod that counted as failed stays failed, even if it ends well (PR #104666, #109429)."""
    capped = rewired(JOB, flush, CAP=3)
    ended = play(job(completions=8, parallelism=8), capped).run()
    writes = [row.action.object for row in ended.trace if isinstance(row.action, UpdateStatus) and row.actor == "job"]
    noted = [len(item.look("status", "uncountedTerminatedPods", "succeeded", default=[])) for item in writes]
    assert [3, 3, 2] == [count for count in noted if count]
    assert (0, "Complete") == (noted[-1], writes[-1].status["conditions"][-1]["type"])
    assert all(TRACKING not in pod.meta.finalizers for pod in pods(ended))

    running = play(job(completions=1, parallelism=1), fates=LINGERS).advance(5)
    (deleted,) = names(pods(running))
    counted = running.delete("pod", deleted).advance(2)
    assert 1 == pi(counted).status["failed"]
    well = status(counted, "Pod", deleted, {"phase": "Succeeded"}).advance(9)
    assert (1, 0) == (pi(well).status["failed"], pi(well).status.get("succeeded", 0))


# --- replacement and the end -------------------------------------------------------------------------------------


def replaced_after(policy: str, **spec: Any) -> tuple[int, int]:
    """After how many seconds a pod that was deleted is replaced, and how many pods there are then."""
    running = play(job(podReplacementPolicy=policy, **spec), fates=LINGERS).advance(5)
    (deleted,) = names(pods(running))
    cluster = running.delete("pod", deleted)
    for second in range(60):
        if set(names(pods(cluster))) - {deleted}:
            return second, len(pods(cluster))
        cluster = cluster.advance(1)
    raise AssertionError("it is never replaced")


def test_d_j6_when_a_terminating_pod_is_replaced() -> None:
    """D-J6: TerminatingOrFailed replaces a pod that is on its way out, as soon as its back-off allows; Failed waits
    until it has ended, and then for the back-off. With a podFailurePolicy only Failed is allowed, and the default
    (upstream #115844). A terminating pod still holds its index then."""
    assert (10, 2) == replaced_after("TerminatingOrFailed")
    assert (30, 1) == replaced_after("Failed")

    rule = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    policed = play(job(podFailurePolicy={"rules": [rule]}))
    assert "Failed" == pi(policed).spec["podReplacementPolicy"]

    indexed = job(completions=3, parallelism=2, completionMode="Indexed", podReplacementPolicy="Failed")
    running = play(indexed, fates=LINGERS).advance(5)
    zero, one = names(pods(running))
    after = status(running.delete("pod", zero), "Pod", one, {"phase": "Succeeded"}).advance(3)
    assert ["0", "1", "2"] == [pod.meta.annotations[COMPLETION_INDEX] for pod in pods(after)]


def test_d_j7_the_end_comes_in_two_steps() -> None:
    """D-J7: FailureTarget (SuccessCriteriaMet) is set when the end is decided, Failed (Complete) when no pod is left,
    ready or terminating; between the two the pods go (upstream #123775)."""
    failing = play(job(activeDeadlineSeconds=30), fates=LINGERS).advance(35)
    assert (["FailureTarget"], 1) == (conditions(failing), pi(failing).status["terminating"])
    assert [] == [row for row in failing.trace if row.refused]
    assert ["FailureTarget", "Failed"] == conditions(failing.run())

    rules: dict[str, Any] = {"successPolicy": {"rules": [{"succeededIndexes": "0"}]}, "completionMode": "Indexed"}
    first = Behaviour(index_codes={"0": 0}, runs=1.0, terminates=20.0)
    succeeding = play(job(parallelism=2, completions=2, **rules), fates=[first]).advance(8)
    assert (["SuccessCriteriaMet"], 1) == (conditions(succeeding), pi(succeeding).status["terminating"])
    ended = succeeding.run()
    assert ["SuccessCriteriaMet", "Complete"] == conditions(ended)
    assert (0, 0) == (pi(ended).status["ready"], pi(ended).status["terminating"])


def twice_on_an_old_cache(*, protected: bool) -> Cluster:
    """Two syncs of a Job with parallelism 1 by a controller whose cache stands still, and which forgot in between."""
    cluster = play(job(image="app:runs"), excepting=["parallelism_holds"])
    engine = cluster.engine if protected else faults.unprotected(cluster.engine)
    world = sync(engine, faults.hold(cluster.world, "job"), PI)
    if not protected:
        # What a process expects to see is in its memory, and gone with it.
        world = evolve(world, unseen=pmap())
    return evolve(cluster, world=sync(engine, faults.again(world, PI), PI))


def test_d_j8_an_old_cache_makes_a_pod_too_many_where_nothing_guards_against_it() -> None:
    """D-J8: a controller that does not see its own pod makes another one: two at parallelism 1. With
    StaleControllerConsistency, on in 1.36, it waits for its cache (upstream #130683, mitigated; both behaviours)."""
    assert 1 == len(pods(twice_on_an_old_cache(protected=True)))

    twice = twice_on_an_old_cache(protected=False)
    assert 2 == len(pods(twice))
    once = twice_on_an_old_cache(protected=True)
    violation = invariants.ALL["parallelism_holds"](once.world, twice.world)
    assert violation is not None


def test_d_j9_suspension_takes_the_pods_and_the_start_time() -> None:
    """D-J9: a suspended Job deletes its active pods and has no start time; resumed it starts anew, and its deadline
    with it. The pods that went so do not count as failed (upstream #134521; settled by the contract, 7.5)."""
    running = play(job(image="app:runs", parallelism=2, completions=2, activeDeadlineSeconds=60)).advance(50)
    suspended = running.patch("job", "pi", {"spec": {"suspend": True}}).advance(50)
    assert ([], None, 0) == (
        pods(suspended),
        pi(suspended).status.get("startTime"),
        pi(suspended).status.get("failed", 0),
    )

    resumed = suspended.patch("job", "pi", {"spec": {"suspend": False}}).advance(50)
    assert "2026-01-01T00:01:40Z" == pi(resumed).status["startTime"]
    assert 2 == pi(resumed).status["active"]
    assert "DeadlineExceeded" == condition(pi(resumed.advance(20)), "FailureTarget")["reason"]


def test_d_j10_the_pause_after_failures_doubles_from_when_the_pods_ended() -> None:
    """D-J10: 10 s, 20 s, 40 s, ... up to 10 minutes, counted from when the last pod failed, here after a second."""
    ended = play(job(image="app:fails", backoffLimit=8)).run()
    made = [row.at for row in ended.trace if row.actor == "job" and row.what.startswith("create Pod")]

    pauses = [(after - before).total_seconds() - 1 for before, after in pairwise(made)]
    assert [10, 20, 40, 80, 160, 320, 600, 600] == pauses


def test_d_j11_each_index_has_its_own_limit_and_says_how_often_it_failed() -> None:
    """D-J11: with backoffLimitPerIndex each index is tried so many times more, its pods carry the number of failures
    before them, and the others go on; the seven conformance scenarios of policies are in tests/conformance."""
    odd = Behaviour(owner="Job", exit_code=0, index_codes={"1": 1}, runs=1.0)
    item = job(completionMode="Indexed", completions=3, parallelism=3, backoffLimitPerIndex=2)
    ended = play(item, fates=[odd]).run()

    assert ("1", "0,2") == (pi(ended).status["failedIndexes"], pi(ended).status["completedIndexes"])
    index, count = "batch.kubernetes.io/job-completion-index", "batch.kubernetes.io/job-index-failure-count"
    tries = [pod.meta.annotations[count] for pod in pods(ended) if pod.meta.annotations[index] == "1"]
    assert ["0", "1", "2"] == sorted(tries)

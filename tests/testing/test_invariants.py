"""Invariants: each can be broken, by one step that is told here, and each says so in words."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import pytest
from attrs import evolve

from reconcile.actions import Action, Patch, UpdateStatus, WakeAt
from reconcile.engine.world import OK, START, Row, World
from reconcile.model.clock import stamp
from reconcile.model.json import freeze
from reconcile.model.objects import read
from reconcile.store.store import Store
from reconcile.testing import invariants
from reconcile.testing.invariants import protocol
from tests.testing.raw import (
    NOW,
    OLDER,
    Raw,
    again,
    ended,
    gone,
    node,
    pod,
    replicaset,
    revision,
    thing,
    workload,
)


class Case(NamedTuple):
    """A step that breaks an invariant."""

    said: str
    before: Sequence[Raw]
    after: Sequence[Raw]
    actor: str = "user"
    key: str = "Pod/default/a"
    actions: tuple[Action, ...] = ()


def of(kind: str, said: str, before: Sequence[Raw], after: Sequence[Raw], *actions: Action) -> Case:
    """A step of the controller of *kind* that looked at its object `web`."""
    return Case(said, before, after, kind.lower(), f"{kind}/default/web", actions)


def play(case: Case) -> tuple[World, World]:
    """The worlds before and after the step; what stays as it is is the very same object."""
    made = {json.dumps(raw): read(freeze(raw)) for raw in (*case.before, *case.after)}
    there, left = (Store.of(made[json.dumps(raw)] for raw in raws) for raws in (case.before, case.after))
    before = World(store=evolve(there, version=1), now=NOW)
    rows = [Row(NOW, case.actor, case.key, "does it", "it must", OK, action) for action in case.actions or (None,)]
    return before, evolve(before, store=left, trace=before.trace.extend(rows))


RS, D, STS, DS, JOB, CRON = "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"
OF_RS, OF_STS, OF_DS, OF_JOB, OF_CRON = "ReplicaSet/web", "StatefulSet/web", "DaemonSet/web", "Job/web", "CronJob/web"
TRACKED: Final[Raw] = {"finalizers": ["batch.kubernetes.io/job-tracking"]}

a, b, c = pod("a", OF_RS), pod("b", OF_RS), pod("c", OF_RS)
two = workload(RS, replicas=2)
leaving = gone(workload(RS, replicas=2))

home = thing("Namespace", "default", namespace="")

new, old = replicaset("new", 2), replicaset("old", 2, OLDER)
rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
deploy = workload(D, replicas=2, strategy=rolling)
serving = {"replicas": 2, "readyReplicas": 2, "availableReplicas": 2}


def member(ordinal: int, rev: str = "r1", **how: Any) -> Raw:
    labels = {"controller-revision-hash": rev}
    return pod(f"web-{ordinal}", OF_STS, labels=labels, **how)


sts = workload(STS, replicas=3, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 1}})
r0, r1 = revision("r0", OF_STS, OLDER), revision("r1", OF_STS)

ds = workload(DS)
agent = pod("d-1", OF_DS, node="n")
surging = workload(DS, updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}})


def job(status: Any = None, **spec: Any) -> Raw:
    return workload(JOB, status=status, **{"parallelism": 1, "completions": 2, **spec})


def worker(name: str, index: int | None = None, **how: Any) -> Raw:
    noted: Raw = {} if index is None else {"annotations": {"batch.kubernetes.io/job-completion-index": str(index)}}
    return pod(name, OF_JOB, **TRACKED, **noted, **how)


def cron(status: Any = None, **spec: Any) -> Raw:
    return thing(CRON, "web", spec={"schedule": "* * * * *", **spec}, status=status or {})


def run(name: str, status: Any = None, slot: Any = NOW) -> Raw:
    noted = {"batch.kubernetes.io/cronjob-scheduled-timestamp": stamp(slot)}
    return thing(JOB, name, spec={}, status=status or {}, owner=OF_CRON, annotations=noted)


listed = {"active": [{"name": "r", "uid": "uid-Job-r"}]}
claim = thing("PersistentVolumeClaim", "data-web-0", spec={}, status={})
owned_claim = again(thing("PersistentVolumeClaim", "data-web-0", spec={}, status={}, owner=OF_STS))
indexed = {"completionMode": "Indexed"}

CASES: Final[Mapping[str, Case]] = {
    # --- all objects
    "unique_uids": Case("with the uid of another object", [a], [a, {**b, "metadata": {**b["metadata"], "uid": a["metadata"]["uid"]}}]),
    "unique_names": Case("was created while another one had its name", [a], [again(a, metadata={"uid": "other"})]),
    "versions_rise": Case("which was given out before", [again(a), b], [again(a), again(b, metadata={"resourceVersion": "1", "labels": {}})]),
    "deletion_is_final": Case("was to go at", [gone(a)], [again(a)]),
    "one_controller": Case("has several controllers", [a], [again(a, metadata={"ownerReferences": a["metadata"]["ownerReferences"] * 2})]),
    "generation_counts_specs": Case("fell from 1 to 0", [a], [again(a, metadata={"generation": 0})]),
    "no_orphan_after_cascade": Case("is left without any of its owners", [two, a], [a]),
    "collects_only_garbage": Case("is alive", [two, a], [two], "garbage-collector"),
    "wakes_ahead": of(RS, "asked to be woken at", [two], [two], WakeAt(NOW, "now")),
    "touches_only_its_own": of(RS, "wrote a Node", [two], [two], Patch("Node", "", "n", {}, "it wants to")),
    "no_idle_status": of(RS, "as it was", [two], [two], UpdateStatus(read(freeze(two)), "to be sure")),
    # --- namespaces
    "terminating_takes_nothing_new": Case("was created in default, which is being deleted", [gone(home)], [gone(home), a]),
    "namespace_goes_empty": Case("is gone, and has left Pod/a behind", [gone(home), a], [a], "namespace", "Namespace/default"),
    # --- pods and nodes
    "ended_pods_stay_ended": Case("was Failed and is Running", [pod("a", phase="Failed")], [again(pod("a"))]),
    "bound_once": Case("moved from n to m", [pod("a")], [again(pod("a", node="m"))]),
    "ready_pods_run": Case("became ready in phase Pending", [pod("a", ready=False)], [again(pod("a", phase="Pending"))]),
    "cordoned_nodes_get_no_pods": Case(
        "which takes no pods", [node("n", unschedulable=True), pod("a", node="")], [node("n", unschedulable=True), again(pod("a"))], "scheduler"
    ),
    # --- ReplicaSets
    "replicaset_creates_no_more": of(RS, "wants 2 pods, and has 3 active", [two, a], [two, a, b, c]),
    "replicaset_deletes_no_more": of(RS, "leaves 1 active", [two, a, b], [two, a]),
    "replicaset_one_way": of(RS, "created b and deleted a", [two, a], [two, b]),
    "replicaset_burst": of(RS, "created or deleted 501 pods", [two], [two, *(pod(f"p{n}", OF_RS) for n in range(501))]),
    "replicaset_spares_the_useful": of(RS, "deleted a", [two, a, b, pod("c", OF_RS, ready=False)], [two, b, pod("c", OF_RS, ready=False)]),
    "replicaset_lets_go_when_deleted": of(RS, "is being deleted, and created", [leaving], [leaving, a]),
    # --- Deployments
    "surge_bound": of(D, "ask for 4 pods, allowed are 3", [deploy, old], [deploy, old, new]),
    "availability_bound": of(D, "leaves 1 pods available of 2; 2 must stay", [deploy, replicaset("old", 2, OLDER, serving)], [deploy, again(replicaset("old", 1, OLDER, serving))]),
    "old_never_grows": of(D, "and grew to 2", [deploy, replicaset("old", 1, OLDER)], [deploy, again(old)]),
    "sizes_stay_natural": of(D, "was given -1 pods", [deploy, old], [deploy, again(replicaset("old", -1, OLDER))]),
    "paused_starts_no_rollout": of(D, "is paused and started a rollout", [workload(D, paused=True)], [workload(D, paused=True), new]),
    "recreate_waits": of(
        D, "while old pods are left: x",
        [workload(D, strategy={"type": "Recreate"}), replicaset("old", 0, OLDER), pod("x", "ReplicaSet/old")],
        [workload(D, strategy={"type": "Recreate"}), replicaset("old", 0, OLDER), pod("x", "ReplicaSet/old"), new],
    ),
    "one_replicaset_per_template": of(D, "although new has its template", [deploy, new], [deploy, new, replicaset("twin", 0)]),
    "history_keeps_what_is_used": of(D, "which is in use", [deploy, old], [deploy]),
    "revisions_only_rise": of(
        D, "got revision 1, others have [3]",
        [deploy, replicaset("old", 0, OLDER, annotations={"deployment.kubernetes.io/revision": "3"})],
        [deploy, replicaset("old", 0, OLDER, annotations={"deployment.kubernetes.io/revision": "3"}), replicaset("new", 0, annotations={"deployment.kubernetes.io/revision": "1"})],
    ),
    "availability_is_told": of(
        D, "says Available is True with 1 pods available", [deploy], [deploy],
        UpdateStatus(read(freeze({**deploy, "status": {"observedGeneration": 1, "availableReplicas": 1, "conditions": [{"type": "Available", "status": "True"}]}})), "it looks so"),
    ),
    # --- StatefulSets
    "ordinal_order": of(STS, "was created before web-0 was running and ready", [sts], [sts, member(1)]),
    "one_deletion": of(STS, "deleted web-1, web-2 in one sync", [sts, member(1), member(2)], [sts]),
    "ordinals_in_window": of(STS, "wants [0, 1, 2], and created Pod/web-3", [sts], [sts, member(3)]),
    "from_the_top_down": of(STS, "deleted Pod/web-3 before web-4", [sts, member(3), member(4)], [sts, member(4)]),
    "rollout_from_the_top": of(STS, "while web-2 above it is not healthy", [sts, member(1, "r0"), member(2, ready=False)], [sts, member(2, ready=False)]),
    "partition_holds": of(STS, "which is below the partition 1", [sts, member(0, "r0")], [sts]),
    "replaces_only_the_outdated": of(STS, "which has the newest revision r1", [sts, r1, member(2)], [sts, r1]),
    "partition_decides_revision": of(STS, "was created from r0, expected was r1", [sts, r0, r1], [sts, r0, r1, member(2, "r0")]),
    "identity": of(STS, "without its name as label and host name", [sts], [sts, member(0)]),
    "claim_of_one_pod": of(
        STS, "both mount data",
        [sts],
        [
            workload(STS, volumeClaimTemplates=[{"metadata": {"name": "v"}}]),
            *({**member(n), "spec": {"volumes": [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]}} for n in (0, 1)),
        ],
    ),
    "claims_kept": of(STS, "statefulset deleted PersistentVolumeClaim/data-web-0", [sts, claim], [sts]),
    "retain_owns_no_claims": of(STS, "retains its claims, and gave", [sts, claim], [sts, owned_claim]),
    "statefulset_keeps_revisions": of(STS, "deleted r0, which is in use", [sts, r0, r1, member(0, "r0")], [sts, r1, member(0, "r0")]),
    # --- DaemonSets
    "one_pod_per_node": of(DS, "has 2 pods on n", [ds, node("n"), agent], [ds, node("n"), agent, pod("d-2", OF_DS)]),
    "only_eligible_nodes": of(DS, "for node m, which does not take it", [ds, node("n")], [ds, node("n"), pod("d-1", OF_DS, node="m")]),
    "daemonset_burst": of(DS, "more than 500 pods in one sync", [ds], [ds, *(pod(f"p{n}", OF_DS) for n in range(501))]),
    "daemonset_availability": of(DS, "took 1 available pods with 1 of 2 nodes", [ds, node("m"), node("n"), agent], [ds, node("m"), node("n")]),
    "daemonset_surge": of(
        DS, "surges on 2 nodes; 1 may",
        [surging, node("m"), node("n"), agent, pod("d-2", OF_DS, node="m")],
        [surging, node("m"), node("n"), agent, pod("d-2", OF_DS, node="m"), pod("d-3", OF_DS), pod("d-4", OF_DS, node="m")],
    ),
    "on_delete_waits_for_the_user": of(DS, "has OnDelete and deleted", [workload(DS, updateStrategy={"type": "OnDelete"}), node("n"), agent], [workload(DS, updateStrategy={"type": "OnDelete"}), node("n")]),
    "daemonset_keeps_revisions": of(
        DS, "keeps 1 revisions, its revisionHistoryLimit is 2",
        [workload(DS, revisionHistoryLimit=2), revision("r0", OF_DS, OLDER), revision("r1", OF_DS)],
        [workload(DS, revisionHistoryLimit=2), revision("r1", OF_DS)],
    ),
    # --- Jobs
    "parallelism_holds": of(JOB, "has parallelism 1, and 2 active pods", [job()], [job(), worker("x"), worker("y")]),
    "suspended_creates_nothing": of(JOB, "must not start pods", [job(suspend=True)], [job(suspend=True), worker("x")]),
    "one_pod_per_index": of(JOB, "has 2 active pods for index 0", [job(**indexed), worker("x", 0)], [job(**indexed), worker("x", 0), worker("y", 0)]),
    "backoff_limit_stops": of(JOB, "has 2 failed pods, its backoffLimit is 1", [job({"failed": 2}, backoffLimit=1)], [job({"failed": 2}, backoffLimit=1), worker("x")]),
    "deadline_stops": of(JOB, "its deadline is 60 s", [job({"startTime": stamp(START)}, activeDeadlineSeconds=60)], [job({"startTime": stamp(START)}, activeDeadlineSeconds=60), worker("x")]),
    "pods_are_tracked": of(JOB, "without the finalizer", [job()], [job(), pod("x", OF_JOB)]),
    "counted_once": of(JOB, "counts 1 more pods as succeeded, 0 could be", [job()], [again(job({"succeeded": 1}))]),
    "counters_never_fall": of(JOB, "takes back failed pods: 2 -> 1", [job({"failed": 2})], [again(job({"failed": 1}))]),
    "completed_indexes_are_exact": of(JOB, "lists its completed indexes as 0,2", [job(**indexed)], [again(job({"completedIndexes": "0,2", "succeeded": 2}, **indexed))]),
    "exact_completions": of(JOB, "is complete with 1 of 2 completions", [job()], [again(job(ended("Complete", succeeded=1)))]),
    "ended_for_good": of(JOB, "was ('Complete',) and is ('Failed',)", [job(ended("Complete", succeeded=2))], [again(job(ended("Failed")))]),
    "ends_settled": of(JOB, "ended with active 1", [job()], [again(job(ended("Failed", active=1)))]),
    "ttl_is_waited_for": Case("its ttlSecondsAfterFinished is 7200", [job(ended("Complete"), ttlSecondsAfterFinished=7200)], [], "ttlafterfinished", "Job/default/web"),
    # --- CronJobs
    "never_overlapping_forbid": of(CRON, "forbids overlaps, and started s beside r", [cron(listed, concurrencyPolicy="Forbid"), run("r")], [cron(listed, concurrencyPolicy="Forbid"), run("r"), run("s")]),
    "replace_leaves_one": of(CRON, "replaces its runs, and started s beside r", [cron(listed, concurrencyPolicy="Replace"), run("r")], [cron(listed, concurrencyPolicy="Replace"), run("r"), run("s")]),
    "one_run_a_sync": of(CRON, "started r, s in one sync", [cron()], [cron(), run("r"), run("s")]),
    "runs_move_on": of(CRON, "30 s late is the limit", [cron(startingDeadlineSeconds=30)], [cron(startingDeadlineSeconds=30), run("r", slot=START)]),
    "history_limits_hold": of(CRON, "keeps 0 Jobs that are Complete, its limit is 1", [cron(successfulJobsHistoryLimit=1), run("r", ended("Complete"))], [cron(successfulJobsHistoryLimit=1)]),
}  # fmt: skip
"""By the name of the invariant."""


@cache
def played(name: str) -> tuple[World, World]:
    return play(CASES[name])


def test_each_invariant_has_its_case() -> None:
    """None is left out."""
    assert sorted(invariants.ALL) == sorted(CASES)


@pytest.mark.parametrize("name", CASES)
def test_each_invariant_can_be_broken(name: str) -> None:
    """A step that breaks it is told in words; before a first step there is nothing to break but a state."""
    before, after = played(name)

    told = invariants.ALL[name](before, after)

    assert told is not None
    assert CASES[name].said in told
    violation = invariants.check(before, after, [invariants.ALL[name]])
    assert f"{name}: {told}" == str(violation)
    assert protocol.of_states(invariants.ALL[name]) == (invariants.ALL[name](None, after) is not None)


@pytest.mark.parametrize("name", sorted(invariants.ALL))
def test_a_step_in_which_nothing_is_done_breaks_nothing(name: str) -> None:
    """Whoever acted, and whatever is there: as long as it stays as it is, all is well."""
    invariant = invariants.ALL[name]
    case = CASES[name]
    before, _ = played(name)
    row = Row(NOW, case.actor, case.key, "looks", "to see", OK)

    if not protocol.of_states(invariant):
        assert None is invariant(before, evolve(before, trace=before.trace.append(row)))
        assert None is invariant(before, before)


def test_a_pod_that_is_let_go_needs_no_revision() -> None:
    """The set has its pods go before it looks at its history, so what only they have may be deleted, and is."""
    none = workload(DS, revisionHistoryLimit=0)
    kept, oldest = revision("new", OF_DS), revision("old", OF_DS, OLDER)
    held, stray = (pod("d-1", OF_DS, labels={"app": app, "controller-revision-hash": "old"}) for app in ("web", "x"))
    told = [
        invariants.daemonset_keeps_revisions(*play(of(DS, "", [none, kept, oldest, each], [none, kept, each])))
        for each in (held, stray)
    ]

    assert ["DaemonSet/web deleted old, which is in use", None] == told


def test_invariants_are_imported_one_by_one() -> None:
    """By name, from the package; a name that none has is an error."""
    from reconcile.testing.invariants import surge_bound

    assert invariants.ALL["surge_bound"] is surge_bound
    assert invariants.ALL["claims_kept"] is invariants.claims_kept
    with pytest.raises(AttributeError, match="no_such_rule"):
        invariants.no_such_rule  # noqa: B018


@pytest.mark.parametrize("name", sorted(invariants.ALL))
def test_each_says_what_it_counts(name: str) -> None:
    """The docstring is a sentence of its own, not a name spelled out."""
    said = invariants.ALL[name].__doc__ or ""

    assert len(said.split()) >= 10
    assert said.strip().endswith(".")


def test_all_are_checked_by_default() -> None:
    """The first one that does not hold is told."""
    before, after = played("bound_once")

    violation = invariants.check(before, after)

    assert violation is not None
    assert "bound_once" == violation.name
    assert "lambda" in invariants.name_of(lambda before, after: None)

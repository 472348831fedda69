"""The Job controller: recorded syncs, the main facts one by one, and purity."""

import json
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from reconcile.controllers.job.plan import JOB
from reconcile.engine.perform import perform, replay
from reconcile.model.clock import instant
from reconcile.model.job import Job
from reconcile.model.json import freeze
from reconcile.model.objects import read
from reconcile.outcome import Applied, Outcome, Reason, Rejected
from reconcile.store.store import Store
from reconcile.sync import sync
from reconcile.testing.vectors import disagreements, read_rows
from reconcile.view import Observed

VECTORS = Path(__file__).parents[1] / "vectors"
NOW = "2026-01-01T00:10:00Z"
BEFORE = "2026-01-01T00:00:00Z"
TRACKING = "batch.kubernetes.io/job-tracking"
INDEX = "batch.kubernetes.io/job-completion-index"
FAILURES = "batch.kubernetes.io/job-index-failure-count"
IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count"

UNDECIDED = {
    # Upstream sorts 19 pods by index with an unstable sort; which of several pods of one index is counted first shows
    # only as the order inside uncountedTerminatedPods, a set (contract job, Normalisations).
    "job-rej-1-271",
}


@pytest.mark.parametrize("name", ["job", "job_reject"])
def test_agrees_with_the_recorded_syncs(name: str) -> None:
    """Every recorded sync gives the recorded requests, events, requeue, error and memory."""
    rows = (row for row in read_rows(VECTORS / f"{name}.jsonl.gz") if row["id"] not in UNDECIDED)

    assert [] == list(islice(disagreements(rows, sync), 3))


def test_the_undecided_ones_differ_in_the_order_of_a_set() -> None:
    """But for the order of uids that are not counted yet they agree with the recording, too."""

    def as_set(result: Mapping[str, Any]) -> dict[str, Any]:
        text = json.dumps(result)
        for request in (made := json.loads(text))["requests"]:
            waiting = ((request["body"] or {}).get("status") or {}).get("uncountedTerminatedPods") or {}
            waiting.update({key: sorted(uids) for key, uids in waiting.items()})
        return dict(made)

    rows = [row for row in read_rows(VECTORS / "job_reject.jsonl.gz") if row["id"] in UNDECIDED]
    assert len(UNDECIDED) == len(rows)
    assert [] == list(disagreements(map(as_set, rows), lambda row: as_set(sync(row))))


# --- a Job and its pods ------------------------------------------------------------------------------------------


def job(
    *, status: Mapping[str, Any] | None = None, meta: Mapping[str, Any] | None = None, **spec: Any
) -> dict[str, Any]:
    """Return a Job of three completions, two at a time, with what is given in its place."""
    labels = {"job": "sum"}
    template = {"metadata": {"labels": labels}, "spec": {"restartPolicy": "Never", "containers": [{"name": "main"}]}}
    defaults = {
        "parallelism": 2,
        "completions": 3,
        "completionMode": "NonIndexed",
        "backoffLimit": 6,
        "suspend": False,
        "podReplacementPolicy": "TerminatingOrFailed",
        "selector": {"matchLabels": labels},
        "template": template,
    }
    return {
        "kind": "Job",
        "apiVersion": "batch/v1",
        "metadata": {"name": "sum", "namespace": "default", "uid": "j", "generation": 1, **(meta or {})},
        "spec": {**defaults, **spec},
        "status": {"startTime": BEFORE, "ready": 0, "terminating": 0, "uncountedTerminatedPods": {}, **(status or {})},
    }


def pod(
    name: str, phase: str = "Running", *, index: int | None = None, ready: bool = False, **meta: Any
) -> dict[str, Any]:
    """Return a pod of the Job, called sum-*name*, with *name* as its uid."""
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "sum", "uid": "j", "controller": True}
    annotations = {} if index is None else {INDEX: str(index)}
    conditions = [{"type": "Ready", "status": "True", "lastTransitionTime": BEFORE}] if ready else []
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {
            "name": f"sum-{name}",
            "namespace": "default",
            "uid": name,
            "labels": {"job": "sum"},
            "annotations": annotations | meta.pop("annotations", {}),
            "finalizers": [TRACKING],
            "ownerReferences": [owner],
            "creationTimestamp": BEFORE,
            **meta,
        },
        "spec": {"nodeName": "n", "containers": [{"name": "main"}]},
        "status": {"phase": phase, "conditions": conditions},
    }


def failed(name: str, code: int = 1, *, at: str = BEFORE, **meta: Any) -> dict[str, Any]:
    """Return a failed pod whose container ended with *code*."""
    ended = {"name": "main", "state": {"terminated": {"exitCode": code, "finishedAt": at}}}
    made = pod(name, "Failed", **meta)
    return {**made, "status": {**made["status"], "containerStatuses": [ended]}}


def run(parent: dict[str, Any], *pods: dict[str, Any], **extra: Any) -> dict[str, Any]:
    """Return what one sync does."""
    return sync({"controller": "job", "now": NOW, "parent": parent, "observed": {"pods": list(pods)}, **extra})


def short(result: dict[str, Any]) -> list[str]:
    """Return the requests as `verb name`, status updates as `status`."""
    return [
        "status" if request["subresource"] == "status" else " ".join(filter(None, (request["verb"], request["name"])))
        for request in result["requests"]
    ]


def statuses(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [request["body"]["status"] for request in result["requests"] if request["subresource"] == "status"]


def created(result: dict[str, Any]) -> list[dict[str, Any]]:
    return [request["body"] for request in result["requests"] if request["verb"] == "create"]


def reasons(status: dict[str, Any]) -> dict[str, str]:
    return {entry["type"]: entry["reason"] for entry in status.get("conditions", ()) if entry["status"] == "True"}


# --- making and removing pods ------------------------------------------------------------------------------------


def test_makes_what_is_missing_up_to_the_parallelism() -> None:
    """Three completions, two at a time: two pods, and the status says so."""
    result = run(job())

    assert ["create", "create", "status"] == short(result)
    assert 2 == statuses(result)[0]["active"]


def test_a_pod_carries_the_finalizer_and_its_owner() -> None:
    """A new pod is tracked from the start."""
    made = created(run(job(parallelism=1)))[0]

    assert [TRACKING] == made["metadata"]["finalizers"]
    assert "sum-" == made["metadata"]["generateName"]
    assert [("Job", "j", True)] == [(o["kind"], o["uid"], o["controller"]) for o in made["metadata"]["ownerReferences"]]


def test_an_indexed_job_fills_the_lowest_vacant_indexes() -> None:
    """Index 0 has succeeded and 1 is worked on, so 2 is next; it is told in four places."""
    parent = job(
        parallelism=2, completions=4, completionMode="Indexed", status={"completedIndexes": "0", "succeeded": 1}
    )
    made = created(run(parent, pod("a", index=1)))

    assert ["sum-2-"] == [body["metadata"]["generateName"] for body in made]
    assert ("2", "2") == (made[0]["metadata"]["labels"][INDEX], made[0]["metadata"]["annotations"][INDEX])
    assert "sum-2" == made[0]["spec"]["hostname"]
    assert ["JOB_COMPLETION_INDEX"] == [variable["name"] for variable in made[0]["spec"]["containers"][0]["env"]]


def test_too_many_pods_lose_the_finalizer_before_they_go() -> None:
    """What is scaled down is never counted as failed; the pod that is not ready goes first."""
    result = run(job(parallelism=1, status={"active": 2, "ready": 1}), pod("a", ready=True), pod("b"))

    assert ["patch sum-b", "delete sum-b", "status"] == short(result)
    assert (1, 1, 1) == tuple(statuses(result)[0][key] for key in ("active", "ready", "terminating"))


def test_of_two_pods_with_one_index_one_goes() -> None:
    """An index needs one pod only, and a pod without an index is of no use."""
    parent = job(completionMode="Indexed", parallelism=3)
    result = run(parent, pod("a", index=0, ready=True), pod("b", index=0), pod("c"))

    assert ["patch sum-b", "delete sum-b", "patch sum-c", "delete sum-c", "status"] == short(result)


def test_a_work_queue_starts_nothing_after_the_first_success() -> None:
    """Without completions, one success means that there is no more work."""
    result = run(job(completions=None, parallelism=3, status={"active": 2}), pod("a", "Succeeded"), pod("b"))

    assert [] == created(result)


def test_nothing_is_made_while_earlier_pods_have_not_shown_up() -> None:
    """Expectations that are not satisfied keep a stale cache from making a pod twice."""
    result = run(job(), memory={"expectationsPending": True})

    assert [] == created(result)


def test_a_pod_on_its_way_out_is_replaced_at_once_or_only_when_it_has_failed() -> None:
    """The pod replacement policy decides whether a terminating pod still takes its place."""
    going = pod("a", deletionTimestamp=NOW)

    # at once: it counts as failed now, and the next pod is made after the back-off
    assert 10 == run(job(parallelism=1), going)["requeueAfter"]
    assert ["status"] == short(run(job(parallelism=1, podReplacementPolicy="Failed"), going))


def test_a_refused_batch_is_the_last_one() -> None:
    """Creates start slowly: 1, 2, then nothing after a refusal; what was not made is not reported."""
    result = run(
        job(parallelism=7, completions=7),
        reject=[{"verb": "create", "resource": "pods", "reason": "Forbidden", "after": 2}],
    )

    assert ["create", "create", "create", "status"] == short(result)
    assert 2 == statuses(result)[0]["active"]
    assert result["error"]


# --- counting ----------------------------------------------------------------------------------------------------


def test_a_pod_is_noted_then_let_go_then_counted() -> None:
    """The uid is in the status before the finalizer goes, and the counter grows only after that."""
    result = run(job(parallelism=1, status={"active": 1}), pod("a", "Succeeded"))

    assert ["create", "status", "patch sum-a", "status"] == short(result)
    first, second = statuses(result)
    assert ({"succeeded": ["a"]}, {}) == (first["uncountedTerminatedPods"], second["uncountedTerminatedPods"])
    assert (0, 1) == (first.get("succeeded", 0), second["succeeded"])


def test_a_pod_whose_finalizer_stays_is_not_counted() -> None:
    """A refused patch leaves the uid in the status, for the next sync."""
    result = run(
        job(parallelism=1, status={"active": 1}),
        pod("a", "Succeeded"),
        reject=[{"verb": "patch", "resource": "pods", "reason": "InternalError"}],
    )

    assert ["create", "status", "patch sum-a"] == short(result)
    assert result["error"]


def test_a_stale_cache_does_not_count_twice() -> None:
    """A pod whose finalizer was removed counts no more, even if the cache still shows the finalizer."""
    result = run(
        job(parallelism=1, status={"succeeded": 1, "active": 1}),
        pod("a", "Succeeded"),
        pod("b"),
        memory={"expectedFinalizerRemovals": ["a"]},
    )

    assert [] == short(result)


def test_the_uids_of_vanished_pods_are_counted() -> None:
    """A uid in the status whose pod is gone was let go before a crash; it moves into the counter."""
    uncounted = {"succeeded": ["gone"], "failed": ["lost"]}
    status = statuses(run(job(parallelism=0, status={"uncountedTerminatedPods": uncounted})))[0]

    assert (1, 1, {}) == (status["succeeded"], status["failed"], status["uncountedTerminatedPods"])


def test_what_was_noted_as_failed_stays_failed() -> None:
    """A deleted pod that ends well after it was noted as failed is not counted as a success too."""
    noted = {"uncountedTerminatedPods": {"failed": ["a"]}, "active": 2}
    result = run(job(status=noted), pod("a", "Succeeded", deletionTimestamp=NOW), pod("b"), pod("c"))

    assert ["patch sum-a", "status"] == short(result)
    assert (1, {}) == (statuses(result)[0]["failed"], statuses(result)[0]["uncountedTerminatedPods"])


def test_counts_at_most_500_pods() -> None:
    """The list of uids stays short, and the Job does not end before all pods are counted."""
    pods = [pod(f"p{number:03}", "Succeeded") for number in range(505)]
    result = run(job(completions=505, parallelism=505), *pods)

    assert 502 == len(result["requests"])
    assert {"SuccessCriteriaMet"} == set(reasons(statuses(result)[-1]))


# --- the end -----------------------------------------------------------------------------------------------------


def test_the_end_is_announced_before_it_comes() -> None:
    """SuccessCriteriaMet is written first, Complete after the pods are let go."""
    result = run(job(completions=1, parallelism=1), pod("a", "Succeeded"))
    first, second = statuses(result)

    assert ["status", "patch sum-a", "status"] == short(result)
    assert {"SuccessCriteriaMet": "CompletionsReached"} == reasons(first)
    assert {"SuccessCriteriaMet", "Complete"} == set(reasons(second))
    assert NOW == second["completionTime"]
    assert ["Completed"] == [event["reason"] for event in result["events"]]


def test_too_many_failures_end_the_job_when_its_pods_are_gone() -> None:
    """Failures beyond the limit: FailureTarget now; Failed waits for the pods that were deleted."""
    result = run(job(backoffLimit=0, status={"active": 2}), failed("a"), pod("b"))

    assert ["delete sum-b", "status", "patch sum-a", "patch sum-b", "status"] == short(result)
    assert {"FailureTarget": "BackoffLimitExceeded"} == reasons(statuses(result)[-1])

    told = statuses(result)[-1]["conditions"]
    later = run(job(backoffLimit=0, status={"failed": 2, "conditions": told}))
    assert {"FailureTarget", "Failed"} == set(reasons(statuses(later)[-1]))
    assert ["BackoffLimitExceeded"] == [event["reason"] for event in later["events"]]


def test_the_end_waits_for_pods_that_have_not_shown_up() -> None:
    """While pods may be there unseen, nothing is announced, so no finalizer is left on one of them."""
    pending = {"expectationsPending": True}
    result = run(job(backoffLimit=0, status={"active": 1}), failed("a"), pod("b"), memory=pending)

    assert "delete sum-b" in short(result)
    assert {} == reasons(statuses(result)[-1])
    assert "patch sum-b" not in short(result)


def test_restarts_in_place_reach_the_limit_too() -> None:
    """With OnFailure, the restarts of running pods are what the limit counts: reaching it is enough."""
    parent = job(backoffLimit=3)
    parent["spec"]["template"]["spec"]["restartPolicy"] = "OnFailure"
    restarted = pod("a")
    restarted["status"]["containerStatuses"] = [{"name": "main", "restartCount": 3}]

    assert {"FailureTarget": "BackoffLimitExceeded"} == reasons(statuses(run(parent, restarted))[-1])


def test_the_deadline_ends_the_job() -> None:
    """Before the deadline the Job asks to be looked at then; at it, it fails."""
    running = {"active": 2}

    assert 60 == run(job(activeDeadlineSeconds=660, status=running), pod("a"), pod("b"))["requeueAfter"]
    late = run(job(activeDeadlineSeconds=600, status=running), pod("a"), pod("b"))
    assert {"FailureTarget": "DeadlineExceeded"} == reasons(statuses(late)[-1])


def test_a_finished_job_is_left_alone() -> None:
    """No pod of a finished Job is touched, and its back-off record is forgotten."""
    over = [{"type": "Complete", "status": "True", "reason": "CompletionsReached"}]
    record = {"backoff": {"failuresAfterLastSuccess": 1, "lastFailureTime": BEFORE}}
    result = run(job(status={"conditions": over}), pod("a"), memory=record)

    assert [] == short(result)
    assert "memoryAfter" not in result


def test_a_job_that_somebody_else_manages_is_left_alone() -> None:
    """managedBy names another controller."""
    assert [] == short(run(job(managedBy="example.com/queue")))


# --- waiting after failures --------------------------------------------------------------------------------------


def test_waits_longer_after_each_failure() -> None:
    """10 s after the first failure, 20 s after the second; meanwhile no active pod is reported."""
    first = run(job(parallelism=1), failed("a", at=NOW))
    second = run(job(parallelism=1), failed("a", at=NOW), failed("b", at=NOW))

    assert (10, 20) == (first["requeueAfter"], second["requeueAfter"])
    assert [] == created(first)
    assert {"failuresAfterLastSuccess": 1, "lastFailureTime": NOW} == first["memoryAfter"]["backoff"]


def test_while_it_waits_no_active_pod_is_reported() -> None:
    """An oddity of upstream's: pods that run are not reported as active, though as ready, until the wait is over."""
    status = statuses(run(job(status={"active": 2}), failed("a", at=NOW), pod("b", ready=True)))[0]

    assert (0, 1) == (status.get("active", 0), status["ready"])


def test_an_index_waits_for_itself_and_hands_its_failures_on() -> None:
    """With a limit per index, the failed pod keeps its finalizer until its successor carries the count on."""
    parent = job(completionMode="Indexed", backoffLimitPerIndex=2, completions=1, parallelism=1)
    fresh = run(parent, failed("a", index=0, at=NOW, annotations={FAILURES: "1"}))
    rested = run(parent, failed("a", index=0, at=BEFORE, annotations={FAILURES: "1"}))

    assert 20 == fresh["requeueAfter"]
    assert ["2"] == [body["metadata"]["annotations"][FAILURES] for body in created(rested)]
    assert "patch sum-a" not in short(rested)


# --- the policies ------------------------------------------------------------------------------------------------


def policy(action: str, **rule: Any) -> dict[str, Any]:
    return {"rules": [{"action": action, **(rule or {"onExitCodes": {"operator": "In", "values": [42]}})}]}


def test_fail_job_ends_the_job_even_for_pods_that_were_counted() -> None:
    """The rule looks at every failed pod, tracked or not."""
    result = run(job(podFailurePolicy=policy("FailJob"), status={"failed": 1}), failed("a", 42, finalizers=[]))
    (condition,) = statuses(result)[0]["conditions"]

    assert ("FailureTarget", "PodFailurePolicy") == (condition["type"], condition["reason"])
    assert (
        "Container main for pod default/sum-a failed with exit code 42 matching FailJob rule at index 0"
        == condition["message"]
    )


def test_ignored_failures_are_let_go_without_being_counted() -> None:
    """Ignore keeps the failure out of the counter, not out of the back-off."""
    result = run(job(podFailurePolicy=policy("Ignore"), backoffLimit=0), failed("a", 42, at=NOW))

    assert ["patch sum-a"] == short(result)
    assert 10 == result["requeueAfter"]


def test_ignored_failures_of_an_index_are_counted_apart() -> None:
    """The next pod of the index carries them in an annotation of their own."""
    parent = job(
        completionMode="Indexed",
        backoffLimitPerIndex=0,
        completions=1,
        parallelism=1,
        podFailurePolicy=policy("Ignore"),
    )
    made = created(run(parent, failed("a", 42, index=0)))[0]["metadata"]["annotations"]

    assert ("0", "1") == (made[FAILURES], made[IGNORED])


def test_fail_index_gives_the_index_up_at_once() -> None:
    """Retries that are left do not matter."""
    parent = job(completionMode="Indexed", backoffLimitPerIndex=5, podFailurePolicy=policy("FailIndex"))
    status = statuses(run(parent, failed("a", 42, index=1)))[0]

    assert "1" == status["failedIndexes"]


def test_not_in_never_matches_success() -> None:
    """Exit code 0 is in no rule's reach."""
    rule = policy("FailJob", onExitCodes={"operator": "NotIn", "values": [1]})

    assert {} == reasons(statuses(run(job(podFailurePolicy=rule), failed("a", 0)))[0])


def test_enough_indexes_are_success() -> None:
    """A success rule that is met ends the Job, and its active pods go without being counted as failed."""
    parent = job(completionMode="Indexed", successPolicy={"rules": [{"succeededIndexes": "0"}]}, status={"active": 1})
    result = run(parent, pod("a", "Succeeded", index=0), pod("b", index=1))

    assert "delete sum-b" in short(result)
    assert {"SuccessCriteriaMet": "SuccessPolicy"} == reasons(statuses(result)[0])
    assert 0 == statuses(result)[-1].get("failed", 0)


# --- suspended, adopted, deleted ---------------------------------------------------------------------------------


def test_the_last_pod_to_be_removed_is_tried_first() -> None:
    """Where only the first patch is refused, it is that of the pod that was chosen last; the report goes by name."""
    once = {"verb": "patch", "resource": "pods", "reason": "Forbidden", "count": 1}
    pods = [pod("c", ready=True), pod("b", "Pending"), pod("a")]

    result = run(job(suspend=True), *pods, reject=[once])
    assert ["patch sum-a", "delete sum-a", "patch sum-b", "delete sum-b", "patch sum-c"] == short(result)[:5]
    assert {"active": 1, "ready": 1}.items() <= result["requests"][-1]["body"]["status"].items()


def test_a_suspended_job_has_no_pods_and_no_start_time() -> None:
    """Suspending removes active pods uncounted and lets the template be changed."""
    result = run(job(suspend=True, status={"active": 1}), pod("a"))

    assert ["patch sum-a", "delete sum-a", "status"] == short(result)
    assert {"Suspended": "JobSuspended"} == reasons(statuses(result)[0])
    assert "startTime" not in statuses(result)[0]


def test_a_resumed_job_starts_anew() -> None:
    """Resuming makes pods in the same sync and sets the start time to now."""
    suspended = [{"type": "Suspended", "status": "True", "reason": "JobSuspended", "message": "Job suspended"}]
    parent = job(status={"conditions": suspended})
    del parent["status"]["startTime"]
    result = run(parent)

    assert ["create", "create", "status"] == short(result)
    assert NOW == statuses(result)[0]["startTime"]
    assert {} == reasons(statuses(result)[0])


def test_adopts_what_matches_and_releases_what_does_not() -> None:
    """Adoption adds the finalizer, release takes it off."""
    orphan = pod("a", ownerReferences=[], finalizers=[])
    stray = pod("b", labels={"job": "other"})
    result = run(job(status={"active": 1}, parallelism=1), orphan, stray)

    assert ["patch sum-b", "patch sum-a"] == short(result)
    adoption = result["requests"][1]["body"]["metadata"]
    assert ([TRACKING], "j") == (adoption["finalizers"], adoption["ownerReferences"][0]["uid"])


def test_a_selector_may_name_the_completion_index() -> None:
    """The one label that a Job's pods do not share decides like any other which of them are its own."""
    parent = job(selector={"matchLabels": {INDEX: "1"}}, completionMode="Indexed", parallelism=3)
    pods = [pod(str(index), index=index, labels={"job": "sum", INDEX: str(index)}) for index in range(3)]
    result = run(parent, *pods)

    assert ["patch sum-0", "patch sum-2"] == short(result)[:2]
    assert ["sum-0-", "sum-2-"] == [body["metadata"]["generateName"] for body in created(result)]


def test_an_adoption_that_fails_ends_the_sync() -> None:
    """Nothing else is done, for the pods that count are not known."""
    refuse = [{"verb": "patch", "resource": "pods", "reason": "Conflict"}]
    result = run(job(), pod("a", ownerReferences=[], finalizers=[]), reject=refuse)

    assert (["patch sum-a"], True) == (short(result), result["error"])


def test_a_deleted_job_lets_every_pod_go() -> None:
    """A Job on its way out makes nothing and removes every finalizer."""
    parent = job(meta={"deletionTimestamp": NOW, "finalizers": ["foregroundDeletion"]}, status={"active": 1})

    assert ["patch sum-a"] == short(run(parent, pod("a")))


# --- what wakes it -----------------------------------------------------------------------------------------------


def test_reports_wake_it_a_second_later() -> None:
    """A Job that is new, asks for something else, or goes is looked at at once; one that reports more, in a while."""
    old, now = read(job()), instant(NOW)

    assert 0.0 == JOB.delay((None, old), now)
    assert 0.0 == JOB.delay((old, None), now)
    assert 0.0 == JOB.delay((old, read(job(meta={"generation": 2}, parallelism=5))), now)
    assert 1.0 == JOB.delay((old, read(job(status={"active": 2}))), now)


def test_pods_wake_it_a_second_later() -> None:
    """A burst of pod changes is one sync: those of its own pods, and of orphans that it may adopt."""
    (watch,) = JOB.watches
    store = Store.of([read(job())])
    orphan = read(pod("a", ownerReferences=[]))
    stranger = read(pod("b", ownerReferences=[], labels={"job": "other"}))

    assert 1.0 == watch.delay
    assert [("default", "sum")] == list(watch.keys((None, read(pod("c"))), store))
    assert [("default", "sum")] == list(watch.keys((None, orphan), store))
    assert [] == list(watch.keys((None, stranger), store))


# --- the function ------------------------------------------------------------------------------------------------


def _observed(*pods: dict[str, Any]) -> Observed:
    store = Store.of(map(read, pods))
    return Observed(now=instant(NOW), cache=store, live=_Nobody())


class _Nobody:
    """A live reader that finds nothing."""

    def get(self, kind: str, namespace: str, name: str) -> Rejected:
        return Rejected(Reason.NOT_FOUND)


PODS = (pod("a", "Succeeded"), failed("b"), pod("c"), pod("d", deletionTimestamp=NOW))


def test_is_a_function_of_its_arguments() -> None:
    """The same Job and view give the same plan, and are what they were."""
    desired, observed = Job(freeze(job())), _observed(*PODS)

    first, second = JOB.reconcile(desired, observed), JOB.reconcile(desired, observed)

    assert first == second
    assert (Job(freeze(job())), _observed(*PODS).cache) == (desired, observed.cache)


def test_running_and_planning_anew_do_the_same() -> None:
    """The script and the pure function agree when every third request is refused."""

    def send(count: int, action: Any) -> tuple[int, Outcome]:
        return count + 1, Rejected(Reason.INTERNAL_ERROR) if count % 3 == 2 else Applied()

    desired = Job(freeze(job()))
    by_script = perform(JOB, desired, lambda: _observed(*PODS), 0, send)
    by_plans = replay(JOB, desired, lambda: _observed(*PODS), 0, send)

    assert by_plans == by_script


def test_every_action_says_why() -> None:
    """The trace explains itself."""
    plan = JOB.reconcile(Job(freeze(job())), _observed(*PODS))

    assert all(action.why for action in plan)
    assert "the status" not in " ".join(action.why for action in plan)

"""Conformance scenarios of the Job, re-expressed in virtual time; the titles are Kubernetes' own."""

from typing import Any

from reconcile import Behaviour, Cluster, Resource
from reconcile.actions import MERGE, Patch, UpdateStatus
from tests.checked import checked, condition, job, names, pods, status
from tests.conformance.api import delete_collection, listed

INDEX = "batch.kubernetes.io/job-completion-index"
ODD_FAIL = Behaviour(owner="Job", exit_code=0, index_codes={"1": 1, "3": 1}, runs=1.0)
"""Pods with an odd index fail."""


def pi(cluster: Cluster) -> Resource:
    return cluster.get("job", "pi")


def counts(cluster: Cluster) -> tuple[int, int]:
    """How many pods succeeded and failed."""
    found = pi(cluster).status
    return found.get("succeeded", 0), found.get("failed", 0)


def indexed(**spec: Any) -> dict[str, Any]:
    return job(completionMode="Indexed", **spec)


def test_delete() -> None:
    """[Jobs, active pods, graceful termination] As many pods as parallelism asks for; deleted, it takes them along."""
    cluster = checked().apply(job(image="app:runs", parallelism=2, completions=2)).settle()
    assert 2 == pi(cluster).status["active"] == len(pods(cluster))

    after = cluster.delete("job", "pi").settle()
    assert ([], []) == (after.all("Job"), pods(after))


def test_adopt_and_release() -> None:
    """[Jobs, orphan pods, re-adoption] A pod that lost its owner is taken back; one whose labels go is let go."""
    cluster = checked(fates=[Behaviour()]).apply(job(parallelism=2, completions=2)).settle()
    orphan, stray = names(pods(cluster))
    orphaned = cluster.patch("pod", orphan, {"metadata": {"ownerReferences": None}})
    assert None is orphaned.get("pod", orphan).meta.controller
    adopted = orphaned.advance(2).get("pod", orphan).meta.controller
    assert adopted is not None
    assert pi(cluster).uid == adopted.uid

    labels = dict.fromkeys(cluster.get("pod", stray).meta.labels)
    released = orphaned.advance(2).patch("pod", stray, {"metadata": {"labels": labels}}).advance(2)
    assert None is released.get("pod", stray).meta.controller
    assert 3 == len(pods(released))


def test_local_restarts() -> None:
    """[Jobs, completion after task failure] Containers that fail once are started again in their pods, and the Job
    completes without a failed pod."""
    flaky = Behaviour(owner="Job", exit_codes=(1, 0), runs=1.0)
    cluster = checked(fates=[flaky]).apply(job(restart="OnFailure", parallelism=2, completions=4)).run()

    assert (4, 0) == counts(cluster)
    assert [1, 1, 1, 1] == [pod.restarts for pod in pods(cluster)]
    assert "True" == condition(pi(cluster), "Complete")["status"]


def test_status() -> None:
    """[Jobs, apply changes to status] Patched and replaced through the subresource, an annotation included, and
    read back."""
    cluster = checked().apply(job(image="app:runs", parallelism=2, completions=2)).advance(10)
    started = {"startTime": "2026-01-01T00:00:00Z"}
    body = {"metadata": {"annotations": {"patchedstatus": "true"}}, "status": {**started, "ready": 2}}
    patch = Patch("Job", "default", "pi", body, "the user patches it", patch_type=MERGE, subresource="status")
    patched = cluster.done(patch)
    assert "true" == pi(patched).meta.annotations["patchedstatus"]

    told = {"type": "StatusUpdate", "status": "True", "reason": "E2E", "message": "Set from a test"}
    updated = patched.done(UpdateStatus(pi(patched).put(("status", "conditions"), [told]), "the user replaces it"))
    assert "E2E" == condition(pi(updated), "StatusUpdate")["reason"]
    assert "E2E" == condition(pi(updated.advance(10)), "StatusUpdate")["reason"]


def test_indexes() -> None:
    """[Ensure Pods of an Indexed Job get a unique index.] Annotation, label, variable and host name carry it."""
    cluster = checked().apply(indexed(parallelism=2, completions=4)).run()

    assert "0-3" == pi(cluster).status["completedIndexes"]
    found = sorted(pods(cluster), key=lambda pod: pod.meta.annotations[INDEX])
    assert ["0", "1", "2", "3"] == [pod.meta.annotations[INDEX] for pod in found]
    assert ["0", "1", "2", "3"] == [pod.meta.labels[INDEX] for pod in found]
    assert [f"pi-{index}" for index in range(4)] == [pod.spec["hostname"] for pod in found]
    assert {"JOB_COMPLETION_INDEX"} == {pod.spec["containers"][0]["env"][0]["name"] for pod in found}


def test_lifecycle() -> None:
    """[Jobs, manage lifecycle] Suspended, labelled, annotated, resumed to completion, listed, deleted together."""
    cluster = checked().apply(job(suspend=True, parallelism=2, completions=2)).settle()
    assert ([], "True") == (pods(cluster), condition(pi(cluster), "Suspended")["status"])

    patched = cluster.patch("job", "pi", {"metadata": {"labels": {"pi": "patched"}}})
    resumed = pi(patched).put(("metadata", "annotations", "updated"), "true").put(("spec", "suspend"), False)
    done = patched.update(resumed).run()
    assert (2, 0) == counts(done)
    assert "true" == pi(done).meta.annotations["updated"]
    assert ["pi"] == names(listed(done, "Job", pi="patched"))

    gone = delete_collection(done, "Job", pi="patched").run()
    assert ([], []) == (gone.all("Job"), pods(gone))


def test_fail_job_early() -> None:
    """[Verify Pod Failure policy allows to fail job early on exit code.] The first matching exit code ends the Job,
    whatever the back-off limit still allows."""
    rule = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1]}}
    once = Behaviour(owner="Job", exit_codes=(1, 0), runs=1.0)
    item = job(parallelism=2, completions=4, backoffLimit=6, podFailurePolicy={"rules": [rule]})
    cluster = checked(fates=[once]).apply(item).run()

    assert "PodFailurePolicy" == condition(pi(cluster), "Failed")["reason"]
    assert 2 == len(pods(cluster))


def test_ignore_disruption() -> None:
    """[Ensure pod failure policy allows to ignore failure matching on the DisruptionTarget condition] Evicted pods do
    not count against the back-off limit: three evictions, a limit of two, and the Job completes."""
    rule = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    slowly = Behaviour(owner="Job", exit_code=0, runs=60.0)
    item = indexed(parallelism=3, completions=3, backoffLimit=2, podFailurePolicy={"rules": [rule]})
    cluster = checked(fates=[slowly]).apply(item).advance(5)
    assert 3 == pi(cluster).status["ready"]

    for pod in pods(cluster):
        evicted = {"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}
        others = [dict(entry) for entry in pod.conditions]
        cluster = status(cluster, "Pod", pod.name, {"conditions": [*others, evicted]}).delete("pod", pod.name)
    done = cluster.run()
    assert (3, 0) == counts(done)
    assert "True" == condition(pi(done), "Complete")["status"]


def test_all_indexes_run() -> None:
    """[Ensure that all indexes are executed for an indexed job with backoffLimitPerIndex despite some failing] Odd
    indexes fail twice each, even ones succeed; then the Job fails, for it has failed indexes."""
    item = indexed(parallelism=2, completions=4, backoffLimitPerIndex=1)
    cluster = checked(fates=[ODD_FAIL]).apply(item).run()

    assert ("1,3", "0,2") == (pi(cluster).status["failedIndexes"], pi(cluster).status["completedIndexes"])
    assert (2, 4) == counts(cluster)
    assert "FailedIndexes" == condition(pi(cluster), "Failed")["reason"]


def test_fail_index() -> None:
    """[Mark indexes as failed when the FailIndex action is matched in podFailurePolicy] The matching index fails at
    its first failure, although its limit would allow another."""
    rule = {"action": "FailIndex", "onExitCodes": {"operator": "In", "values": [1]}}
    item = indexed(parallelism=2, completions=2, backoffLimitPerIndex=1, podFailurePolicy={"rules": [rule]})
    cluster = checked(fates=[ODD_FAIL]).apply(item).run()

    assert ("1", "0") == (pi(cluster).status["failedIndexes"], pi(cluster).status["completedIndexes"])
    assert (1, 1) == counts(cluster)


def test_max_failed_indexes() -> None:
    """[Terminate job execution when the maxFailedIndexes is exceeded] One failed index is one too many: the others
    are not begun."""
    item = indexed(image="app:fails", parallelism=1, completions=4, backoffLimitPerIndex=0, maxFailedIndexes=0)
    cluster = checked().apply(item).run()

    assert ("0", 1) == (pi(cluster).status["failedIndexes"], pi(cluster).status["failed"])
    assert 1 == len(pods(cluster))
    assert "MaxFailedIndexesExceeded" == condition(pi(cluster), "Failed")["reason"]


def succeeded_early(cluster: Cluster) -> None:
    """The Job got its SuccessCriteriaMet by the policy, and Complete after it; nothing of it is left running."""
    found = pi(cluster)
    assert ["SuccessCriteriaMet", "Complete"] == [entry["type"] for entry in found.status["conditions"]]
    assert "SuccessPolicy" == condition(found, "SuccessCriteriaMet")["reason"] == condition(found, "Complete")["reason"]
    assert (0, 0, 0) == (found.status.get("active", 0), found.status["ready"], found.status["terminating"])


def test_success_of_all() -> None:
    """[Ensure that job with successPolicy succeeded when all indexes succeeded] Its count is that of all indexes."""
    item = indexed(parallelism=2, completions=2, successPolicy={"rules": [{"succeededCount": 2}]})
    cluster = checked().apply(item).run()

    succeeded_early(cluster)
    assert (2, 0) == counts(cluster)


def test_success_by_indexes() -> None:
    """[Ensure that job with successPolicy succeededIndexes rule succeeded even when some indexes remain pending] Index
    0 is enough."""
    item = indexed(parallelism=2, completions=5, successPolicy={"rules": [{"succeededIndexes": "0"}]})
    cluster = checked(fates=[ODD_FAIL]).apply(item).run()

    succeeded_early(cluster)
    assert "0" == pi(cluster).status["completedIndexes"]


def test_success_by_count() -> None:
    """[Ensure that job with successPolicy succeededCount rule succeeded even when some indexes remain pending] One
    success, whichever it is, is enough."""
    item = indexed(
        parallelism=2, completions=5, backoffLimit=2**31 - 1, successPolicy={"rules": [{"succeededCount": 1}]}
    )
    cluster = checked(fates=[ODD_FAIL]).apply(item).run()

    succeeded_early(cluster)
    assert "0" == pi(cluster).status["completedIndexes"]

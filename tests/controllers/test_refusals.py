"""What a sync does when the API refuses a request, or when it holds something that no server would have stored."""

from typing import Any

import pytest

from reconcile.sync import sync
from tests.controllers import test_deployment as deployments
from tests.controllers import test_statefulset as sets
from tests.controllers.test_ttl import _job as finished_job


def refusing(verb: str, resource: str, reason: str = "InternalError", **more: Any) -> list[dict[str, Any]]:
    return [{"verb": verb, "resource": resource, "reason": reason, **more}]


def done(result: dict[str, Any]) -> list[str]:
    """What was asked for, without the status."""
    return [f"{r['verb']} {r['resource']} {r['name']}" for r in result["requests"] if r["subresource"] is None]


# --- StatefulSet -------------------------------------------------------------------------------------------------

BACK = sets.sts("nginx:1")
"""A StatefulSet that goes back to its first revision, which is not its newest."""
ORPHAN = sets.revision("nginx:1", 1)
ORPHAN["metadata"] = {key: value for key, value in ORPHAN["metadata"].items() if key != "ownerReferences"}


def test_a_revision_that_changed_meanwhile_is_numbered_again() -> None:
    """A conflict is tried again on a fresh copy, four times in all; then the sync fails."""
    once = sync(sets.snapshot(BACK, reject=refusing("update", "controllerrevisions", "Conflict", count=1)))
    assert not once["error"]

    always = sync(sets.snapshot(BACK, reject=refusing("update", "controllerrevisions", "Conflict")))
    assert always["error"]
    assert ["create pods web-0"] == [deed for deed in done(once) if "pods" in deed]
    assert [] == [deed for deed in done(always) if "pods" in deed]


@pytest.mark.parametrize(
    ("verb", "resource", "parent", "history"),
    [
        ("patch", "controllerrevisions", sets.sts(), (ORPHAN, sets.BOTH[1])),
        ("create", "controllerrevisions", sets.sts("nginx:3"), sets.BOTH),
        ("get", "statefulsets", sets.sts(), (ORPHAN, sets.BOTH[1])),
    ],
)
def test_without_its_revisions_a_stateful_set_makes_no_pods(
    verb: str, resource: str, parent: Any, history: Any
) -> None:
    """Who cannot adopt or make a revision does not know what to make pods from."""
    result = sync(sets.snapshot(parent, history=history, reject=refusing(verb, resource)))

    assert result["error"]
    assert [] == [deed for deed in done(result) if "pods" in deed]


def test_a_revision_that_cannot_be_deleted_is_an_error() -> None:
    """History is cut last, so everything else was done."""
    refused = refusing("delete", "controllerrevisions")
    result = sync(sets.snapshot(sets.sts(current=sets.NEW, revisionHistoryLimit=0), [sets.pod(0)], reject=refused))

    assert result["error"]
    assert "create pods web-1" in done(result)


def test_a_claim_that_cannot_be_made_is_told() -> None:
    """Its pod is not made without it. One that is there but was not seen is an error too, of which nobody is told."""
    parent = sets.sts(volumeClaimTemplates=sets.CLAIMS)
    result = sync(sets.snapshot(parent, reject=refusing("create", "persistentvolumeclaims", "Forbidden")))

    assert result["error"]
    assert ["FailedCreate", "FailedCreate"] == [event["reason"] for event in result["events"]]
    assert ["create persistentvolumeclaims data-web-0"] == done(result)

    there = sync(sets.snapshot(parent, reject=refusing("create", "persistentvolumeclaims", "AlreadyExists")))
    assert there["error"]
    assert ["FailedCreate"] == [event["reason"] for event in there["events"]]


def test_a_selector_that_cannot_be_read_stops_a_stateful_set() -> None:
    """Nothing is done, and no error is told: upstream only notes it."""
    result = sync(sets.snapshot(sets.sts(selector={"matchLabels": {"not good": "x"}})))

    assert ([], False) == (result["requests"], result["error"])


# --- the others --------------------------------------------------------------------------------------------------


def test_a_job_that_cannot_be_deleted_is_tried_again() -> None:
    """The TTL has passed; the sync fails."""
    due = {"controller": "ttlafterfinished", "now": "2026-01-01T00:00:30Z", "parent": finished_job(), "observed": {}}

    assert sync({**due, "reject": refusing("delete", "jobs")})["error"]


@pytest.mark.parametrize(
    "spec",
    [
        {"strategy": {"type": "Guess"}},
        {"surge": "many"},
        {"selector": {"matchLabels": {"not good": "x"}}},
    ],
)
def test_a_deployment_that_no_server_would_store_is_an_error(spec: dict[str, Any]) -> None:
    """It fails before it touches a ReplicaSet that is there."""
    parent = deployments.deployment(**spec)
    result = sync({"controller": "deployment", "now": deployments.NOW, "parent": parent, "observed": {}})

    assert result["error"]
    assert [] == [deed for deed in done(result) if deed.startswith(("update", "delete"))]


def report(**spec: Any) -> dict[str, Any]:
    """A CronJob at its first slot, with one active Job in its list."""
    meta = {"name": "report", "namespace": "default", "uid": "cj", "creationTimestamp": "2026-01-01T00:00:00Z"}
    template = {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b"}]}}}}
    return {
        "kind": "CronJob",
        "apiVersion": "batch/v1",
        "metadata": meta,
        "spec": {"schedule": "0 * * * *", "jobTemplate": template, **spec},
        "status": {"active": [{"kind": "Job", "name": "report-1", "namespace": "default", "uid": "one"}]},
    }


def run_of_report(uid: str) -> dict[str, Any]:
    own = {"apiVersion": "batch/v1", "kind": "CronJob", "name": "report", "uid": "cj", "controller": True}
    meta = {"name": f"report-{uid}", "namespace": "default", "uid": uid, "ownerReferences": [own]}
    return {"kind": "Job", "apiVersion": "batch/v1", "metadata": meta, "spec": {}, "status": {}}


@pytest.mark.parametrize(
    ("jobs", "spec", "reject", "told"),
    [
        ([run_of_report("two")], {}, refusing("get", "cronjobs"), []),
        ([], {}, refusing("get", "jobs"), []),
        ([run_of_report("one")], {"concurrencyPolicy": "Replace"}, refusing("get", "jobs"), ["FailedGet"]),
    ],
    ids=["an unknown Job", "an active Job that is not seen", "a Job to replace"],
)
def test_what_a_cron_job_must_read_and_cannot(jobs: list[Any], spec: Any, reject: Any, told: list[str]) -> None:
    """It starts nothing that it might have started already; the sync fails."""
    question = {"controller": "cronjob", "now": "2026-01-01T01:00:00Z", "parent": report(**spec)}
    result = sync({**question, "observed": {"jobs": jobs}, "reject": reject})

    assert result["error"]
    assert [] == done(result)
    assert told == [event["reason"] for event in result["events"]]


def pods_of(kind: str, **spec: Any) -> dict[str, Any]:
    template = {"metadata": {}, "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b"}]}}
    meta = {"name": "web", "namespace": "default", "uid": "u", "creationTimestamp": "2026-01-01T00:00:00Z"}
    version = "batch/v1" if kind == "Job" else "apps/v1"
    selector = {"matchLabels": {"a": "b"}}
    return {
        "kind": kind,
        "apiVersion": version,
        "metadata": meta,
        "spec": {"selector": selector, "template": template, **spec},
    }


@pytest.mark.parametrize(
    ("parent", "error", "told"),
    [
        (pods_of("Job", completionMode="Odd"), False, ["UnknownCompletionMode"]),
        (pods_of("Job", selector={"matchLabels": {"not good": "x"}}), True, []),
        (pods_of("ReplicaSet", selector={"matchLabels": {"not good": "x"}}), False, []),
        (pods_of("Job", completions=1, parallelism=1), True, []),
        (pods_of("ReplicaSet", replicas=1), True, []),
    ],
    ids=["mode", "selector of a Job", "selector of a ReplicaSet", "a Job's pods without labels", "pods without labels"],
)
def test_what_no_server_would_store_makes_no_pods(parent: dict[str, Any], error: bool, told: list[str]) -> None:
    """A mode that nobody knows, a selector that cannot be read, pods that nobody could find again."""
    controller = parent["kind"].lower()
    result = sync({"controller": controller, "now": "2026-01-01T01:00:00Z", "parent": parent, "observed": {}})

    assert error == result["error"]
    assert [] == done(result)
    assert told == [event["reason"] for event in result["events"]]

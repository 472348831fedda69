"""The sync that releases the pods that no Job will count."""

from itertools import islice
from pathlib import Path
from typing import Any

from reconcile.controllers.job_orphan import JOB_ORPHAN
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.store.store import Store
from reconcile.sync import sync
from reconcile.testing.vectors import disagreements, read_rows

VECTORS = Path(__file__).parents[1] / "vectors"
TRACKING = "batch.kubernetes.io/job-tracking"


def test_agrees_with_the_recorded_syncs() -> None:
    """Every recorded sync gives the recorded patch, or none."""
    unlike = disagreements(read_rows(VECTORS / "job_orphan.jsonl.gz"), sync)

    assert [] == list(islice(unlike, 3))


def _released(*, owner: dict[str, Any] | None = None, job: dict[str, Any] | None = None) -> bool:
    reference = [] if owner is None else [{"apiVersion": "batch/v1", "name": "sum", "controller": True, **owner}]
    meta = {"name": "sum-a", "namespace": "default", "uid": "a", "finalizers": [TRACKING], "ownerReferences": reference}
    parent = {"kind": "Pod", "apiVersion": "v1", "metadata": meta, "spec": {}, "status": {}}
    jobs = [] if job is None else [{"metadata": {"name": "sum", "namespace": "default", "uid": "j"}, "spec": {}, **job}]
    snapshot = {"controller": "job-orphan", "now": "2026-01-01T00:00:00Z", "parent": parent, "observed": {"jobs": jobs}}
    return [request["verb"] for request in sync(snapshot)["requests"]] == ["patch"]


OVER = {"status": {"conditions": [{"type": "Complete", "status": "True"}]}}


def test_a_pod_without_a_job_is_released() -> None:
    """No controller, a Job that is gone, and another Job of the same name come to the same."""
    assert _released()
    assert _released(owner={"kind": "Job", "uid": "j"})
    assert _released(owner={"kind": "Job", "uid": "older"}, job={})


def test_the_pods_of_a_finished_job_are_released() -> None:
    """What the Job did not count before its end is let go."""
    assert _released(owner={"kind": "Job", "uid": "j"}, job=OVER)


def test_a_job_that_goes_on_keeps_its_pods() -> None:
    """It will count them itself."""
    assert not _released(owner={"kind": "Job", "uid": "j"}, job={})


def test_what_somebody_else_manages_is_left_alone() -> None:
    """Neither the pods of other kinds nor those of Jobs with another manager are touched."""
    assert not _released(owner={"kind": "ReplicaSet", "uid": "r"})
    assert not _released(owner={"kind": "Job", "uid": "j"}, job={**OVER, "spec": {"managedBy": "example.com/queue"}})


def test_the_end_of_a_job_wakes_the_pods_it_did_not_count() -> None:
    """Those that still carry the finalizer, when their Job finishes or goes; a Job that goes on wakes none."""
    job: dict[str, Any] = {"kind": "Job", "metadata": {"name": "sum", "namespace": "default", "uid": "j"}}
    running, over = read(job), read(job | OVER)
    store = Store.of([_pod("a", [TRACKING]), _pod("b", [])])
    (watch,) = JOB_ORPHAN.watches

    assert [("default", "a")] == list(watch.keys((running, over), store))
    assert [("default", "a")] == list(watch.keys((running, None), store))
    assert [] == list(watch.keys((running, running), store))
    assert [("default", "a")] == list(watch.keys((over, None), store))


def _pod(name: str, finalizers: list[str]) -> Resource:
    owner = {"apiVersion": "batch/v1", "kind": "Job", "name": "sum", "uid": "j", "controller": True}
    meta = {"name": name, "namespace": "default", "uid": name, "finalizers": finalizers, "ownerReferences": [owner]}
    return read({"kind": "Pod", "apiVersion": "v1", "metadata": meta})

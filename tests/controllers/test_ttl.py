"""Finished Jobs go when their time is up."""

from itertools import islice
from pathlib import Path
from typing import Any

from reconcile.sync import sync
from reconcile.testing.vectors import disagreements, read_rows

VECTORS = Path(__file__).parents[1] / "vectors"
END = "2026-01-01T00:00:00Z"


def test_agrees_with_the_recorded_syncs() -> None:
    """Every recorded sync deletes, waits or fails as recorded."""
    unlike = disagreements(read_rows(VECTORS / "ttlafterfinished.jsonl.gz"), sync)

    assert [] == list(islice(unlike, 3))


def _job(*, uid: str = "j", ttl: int | None = 30, end: str | None = END) -> dict[str, Any]:
    meta = {"name": "sum", "namespace": "default", "uid": uid}
    conditions = [{"type": "Complete", "status": "True", "lastTransitionTime": end}]
    spec = {} if ttl is None else {"ttlSecondsAfterFinished": ttl}
    return {
        "kind": "Job",
        "apiVersion": "batch/v1",
        "metadata": meta,
        "spec": spec,
        "status": {"conditions": conditions},
    }


def _sync(now: str, *, parent: dict[str, Any] | None = None, **extra: Any) -> dict[str, Any]:
    return sync({"controller": "ttlafterfinished", "now": now, "parent": parent or _job(), "observed": {}, **extra})


def test_waits_until_the_time_is_up() -> None:
    """Ten of thirty seconds have passed."""
    result = _sync("2026-01-01T00:00:10Z")

    assert ([], 20) == (result["requests"], result["requeueAfter"])


def test_deletes_at_the_very_instant() -> None:
    """Dependents first, and only this very object."""
    (request,) = _sync("2026-01-01T00:00:30Z")["requests"]

    assert ("delete", {"propagationPolicy": "Foreground", "uid": "j"}) == (request["verb"], request["preconditions"])


def test_looks_again_before_it_deletes() -> None:
    """A cache may be old: the Job may be another one by now, have been given more time, or be gone."""
    due = "2026-01-01T00:00:30Z"

    assert ["new"] == [r["preconditions"]["uid"] for r in _sync(due, liveParent=_job(uid="new"))["requests"]]
    assert 70 == _sync(due, liveParent=_job(ttl=100))["requeueAfter"]
    assert [] == _sync(due, liveParent=None)["requests"]


def test_without_a_ttl_a_job_stays() -> None:
    """Nothing is asked for, now or later."""
    result = _sync("2027-01-01T00:00:00Z", parent=_job(ttl=None))

    assert ([], None) == (result["requests"], result["requeueAfter"])


def test_an_end_without_a_time_is_an_error() -> None:
    """The condition that ended the Job has to say when."""
    assert _sync("2027-01-01T00:00:00Z", parent=_job(end=None))["error"]

"""Waiting after failures."""

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reconcile.model.backoff import Record, finish_time, remaining
from reconcile.model.clock import instant, parse, stamp
from reconcile.model.pod import Pod

VECTORS = Path(__file__).parents[1] / "vectors"

NOW = instant("2026-01-01T00:00:00Z")


def outcome(row: dict[str, Any]) -> dict[str, Any]:
    """What we make of a recorded call, under the names of the recording."""
    now = instant(row["now"])
    if row["op"] == "remaining":
        return {"remainingSeconds": remaining(row["failures"], parse(row["lastFailureTime"]), now)}
    succeeded = [Pod(raw) for raw in row.get("succeededPods") or ()]
    failed = [Pod(raw) for raw in row.get("failedPods") or ()]
    record = Record.of(row.get("record")).after(succeeded, failed)
    return {
        "recordAfter": record.json(),
        "remainingSeconds": record.remaining(now),
        "finishTimes": [stamp(finish_time(pod)) for pod in (*succeeded, *failed)],
    }


def test_every_recorded_call_comes_out() -> None:
    """Finish times, records and the seconds left are the recorded ones."""
    with gzip.open(VECTORS / "backoff.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    results = [(row, outcome(row)) for row in rows]
    different = [(row, made) for row, made in results if made != {key: row.get(key, []) for key in made}]

    assert len(rows) > 300
    assert different[:5] == []


@pytest.mark.parametrize(("failures", "expected"), [(0, 0), (1, 10), (2, 20), (6, 320), (7, 600), (1000, 600)])
def test_the_wait_doubles_up_to_ten_minutes(failures: int, expected: float) -> None:
    """Ten seconds after the first failure, and nothing without one."""
    actual = remaining(failures, NOW, NOW)

    assert expected == actual


def test_a_failure_in_the_future_is_waited_for() -> None:
    """A clock that was ahead makes the wait longer than it would ever be."""
    assert remaining(1, NOW + timedelta(seconds=5), NOW) == 15
    assert remaining(1, NOW - timedelta(seconds=50), NOW) == 0


def ended(second: int) -> Pod:
    return Pod({"metadata": {"creationTimestamp": stamp(NOW + timedelta(seconds=second))}})


def test_failures_add_up_while_nothing_succeeds() -> None:
    """The last failure is the latest of the new ones, even if an older one is remembered that is later."""
    actual = Record(2, NOW + timedelta(hours=1)).after([], [ended(5), ended(3)])

    assert Record(4, NOW + timedelta(seconds=5)) == actual


def test_a_success_forgives_what_came_before() -> None:
    """Only what failed strictly after the latest success counts."""
    actual = Record(2, NOW).after([ended(1), ended(3)], [ended(2), ended(3), ended(4)])

    assert Record(1, NOW + timedelta(seconds=4)) == actual
    assert Record() == Record(2, NOW).after([ended(1)], [])


def test_without_news_the_record_stays() -> None:
    """The very same object comes back."""
    record = Record(2, NOW)

    assert record.after([], []) is record


def test_a_record_reads_back() -> None:
    """What is kept between syncs is the record."""
    assert Record(2, NOW) == Record.of(Record(2, NOW).json())
    assert Record() == Record.of(None)


def status(name: str, ended_at: str | None) -> dict[str, Any]:
    return {"name": name, "state": {"terminated": {"exitCode": 1, "finishedAt": ended_at}}}


@pytest.mark.parametrize(
    ("apps", "sidecars", "expected"),
    [
        (["2026-01-01T00:00:01Z", "2026-01-01T00:00:03Z"], [], "2026-01-01T00:00:03Z"),
        (["2026-01-01T00:00:01Z"], ["2026-01-01T00:00:02Z"], "2026-01-01T00:00:02Z"),
        (["2026-01-01T00:00:01Z"], [None], "2025-01-01T00:00:00Z"),
        ([None, "2026-01-01T00:00:01Z"], [], "2025-01-01T00:00:00Z"),
        ([None], ["2026-01-01T00:00:02Z"], "2026-01-01T00:00:02Z"),
        (["0001-01-01T00:00:00Z"], [], "2025-01-01T00:00:00Z"),
        ([], [], "2025-01-01T00:00:00Z"),
    ],
)
def test_containers_tell_when_a_pod_ended(apps: list[str | None], sidecars: list[str | None], expected: str) -> None:
    """The last of them, once all have ended; sidecars that have do for app containers that have not."""
    pod = Pod(
        {
            "metadata": {"creationTimestamp": "2025-01-01T00:00:00Z"},
            "spec": {"initContainers": [{"name": "side", "restartPolicy": "Always"}, {"name": "init"}]},
            "status": {
                "containerStatuses": [status("app", time) for time in apps],
                "initContainerStatuses": [status("init", None), *(status("side", time) for time in sidecars)],
            },
        }
    )

    assert expected == stamp(finish_time(pod))


def test_other_signs_of_the_end() -> None:
    """A pod that ceased to be ready, else one told to go, less the time it was given to do so."""
    gone = {"deletionTimestamp": "2026-01-01T00:01:00Z", "deletionGracePeriodSeconds": 30}
    unready = {"conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-01-01T00:00:09Z"}]}

    assert stamp(finish_time(Pod({"metadata": gone, "status": unready}))) == "2026-01-01T00:00:09Z"
    assert stamp(finish_time(Pod({"metadata": gone}))) == "2026-01-01T00:00:30Z"
    assert finish_time(Pod({})) < NOW

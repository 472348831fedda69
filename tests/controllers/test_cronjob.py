"""The CronJob controller: what was recorded, and its rules as facts."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from reconcile.actions import Action, Create, Delete, Event, UpdateStatus, WakeAt
from reconcile.cluster import Cluster
from reconcile.controller import Controller
from reconcile.controllers.cronjob.plan import CRONJOB, cronjob
from reconcile.engine.perform import perform, replay
from reconcile.model.clock import instant
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.outcome import Applied, Outcome, Reason, Rejected
from reconcile.store.store import Store
from reconcile.sync import sync
from reconcile.testing.vectors import disagreements, read_rows
from reconcile.view import Observed

VECTORS = Path(__file__).parent.parent / "vectors"
NOON = "2026-01-05T12:00:00Z"
"""A Monday."""
NAME = "report-29460240"
"""The Job that runs the slot of NOON."""


def cron_job(schedule: str = "0 * * * *", *, last: str = "2026-01-05T11:00:00Z", active: Any = (), **spec: Any) -> Any:
    return read(
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {
                "name": "report",
                "namespace": "default",
                "uid": "cron-1",
                "creationTimestamp": "2026-01-01T00:00:00Z",
            },
            "spec": {
                "schedule": schedule,
                "successfulJobsHistoryLimit": 3,
                "failedJobsHistoryLimit": 1,
                "jobTemplate": {"metadata": {"labels": {"app": "report"}}, "spec": {"backoffLimit": 2}},
                **spec,
            },
            "status": {"lastScheduleTime": last, "active": [reference(name) for name in active]},
        }
    )


def reference(name: str) -> dict[str, str]:
    return {"apiVersion": "batch/v1", "kind": "Job", "namespace": "default", "name": name, "uid": f"uid-{name}"}


def job(name: str, *, end: str = "", started: str | None = None, owner: str = "cron-1") -> Resource:
    return read(
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": name,
                "namespace": "default",
                "uid": f"uid-{name}",
                "ownerReferences": [{"kind": "CronJob", "name": "report", "uid": owner, "controller": True}],
            },
            "status": {"startTime": started, "conditions": [{"type": end, "status": "True"}] if end else []},
        }
    )


class _Api:
    """An API that holds what it is given, and nothing else."""

    def __init__(self, *objects: Resource) -> None:
        self._store = Store.of(objects)

    def get(self, kind: str, namespace: str, name: str) -> Resource | Rejected:
        return self._store.get(kind, namespace, name) or Rejected(Reason.NOT_FOUND, name)


def observed(*objects: Resource, now: str = NOON, live: Iterable[Resource] = (), **more: Any) -> Observed:
    api = _Api(*objects, *live)
    return Observed(now=instant(now), cache=Store.of(objects), live=api, **more)


def plan(owner: Resource, *jobs: Resource, controller: Controller = CRONJOB, **more: Any) -> list[Action]:
    return list(controller.reconcile(owner, observed(owner, *jobs, **more)))


def created(actions: list[Action]) -> list[str]:
    return [action.body["metadata"]["name"] for action in actions if isinstance(action, Create)]


def deleted(actions: list[Action]) -> list[str]:
    return [action.name for action in actions if isinstance(action, Delete)]


def events(actions: list[Action]) -> list[str]:
    return [action.reason for action in actions if isinstance(action, Event)]


def status(actions: list[Action]) -> dict[str, Any]:
    return next(action.object.status for action in actions if isinstance(action, UpdateStatus))


@pytest.mark.parametrize("file", ["cronjob", "cronjob_reject"])
def test_recorded_syncs_agree(file: str) -> None:
    """For each recorded snapshot the requests, events, requeue and error are those of the real controller."""
    unlike = disagreements(read_rows(VECTORS / f"{file}.jsonl.gz"), sync)

    assert [] == list(islice(unlike, 3))


# --- a run that is due -------------------------------------------------------------------------------------------


def test_a_run_that_is_due_starts() -> None:
    """The Job is called after the minute of its slot, and the action says which slot that is."""
    actions = plan(cron_job())
    create = next(action for action in actions if isinstance(action, Create))

    assert NAME == create.body["metadata"]["name"]
    assert {"app": "report"} == create.body["metadata"]["labels"]
    assert {"batch.kubernetes.io/cronjob-scheduled-timestamp": NOON} == create.body["metadata"]["annotations"]
    assert {"backoffLimit": 2} == create.body["spec"]
    assert "12:00 is due: schedule 0 * * * *" == create.why


def test_a_started_run_is_listed() -> None:
    """The status names the Job and the slot; the next look is a moment after the next slot."""
    actions = plan(cron_job())

    assert [NAME] == [entry["name"] for entry in status(actions)["active"]]
    assert NOON == status(actions)["lastScheduleTime"]
    assert WakeAt(instant("2026-01-05T13:00:00.100Z"), "the next run: schedule 0 * * * *") == actions[-1]


@pytest.mark.parametrize("fields", [{"last": NOON}, {"active": [NAME]}])
def test_a_run_does_not_start_twice(fields: dict[str, Any]) -> None:
    """It is the last one that was started, or its Job is listed."""
    assert [] == created(plan(cron_job(**fields), job(NAME)))


def test_the_slot_is_told_in_the_time_zone() -> None:
    """Noon UTC is nine in the evening in Seoul."""
    actions = plan(cron_job("0 21 * * *", timeZone="Asia/Seoul"))
    create = next(action for action in actions if isinstance(action, Create))

    assert "2026-01-05T21:00:00+09:00" in create.body["metadata"]["annotations"].values()
    assert create.why.startswith("21:00 is due")


def test_a_run_starts_late_within_its_deadline_only() -> None:
    """With a deadline of ten minutes the run of noon still starts at ten past, and no later."""
    owner = cron_job(startingDeadlineSeconds=600)

    assert [NAME] == created(plan(owner, now="2026-01-05T12:09:59Z"))
    assert [] == created(plan(owner, now="2026-01-05T12:10:01Z"))


def test_a_name_in_use_fails_the_sync() -> None:
    """Whoever made that Job: nothing is listed, nothing is told, and the sync is tried again."""
    refused: tuple[Outcome, ...] = (Rejected(Reason.ALREADY_EXISTS, NAME),)
    actions = plan(cron_job(), answers=refused)

    assert ["Create", "WakeAt"] == [type(action).__name__ for action in actions]
    assert isinstance(actions[-1], WakeAt)
    assert actions[-1].error is not None


# --- concurrency -------------------------------------------------------------------------------------------------


def test_allow_runs_side_by_side() -> None:
    """The Job of eleven is still active; the one of noon starts and is listed behind it."""
    actions = plan(cron_job(active=["old"]), job("old"))

    assert ["old", NAME] == [entry["name"] for entry in status(actions)["active"]]


def test_forbid_waits_and_keeps_the_run_due() -> None:
    """While a Job is listed nothing starts and nothing is written; when it has ended the run starts, late."""
    owner = cron_job(active=["old"], concurrencyPolicy="Forbid")
    waiting = plan(owner, job("old"))

    assert ["JobAlreadyActive"] == events(waiting)
    assert ["Event", "WakeAt"] == [type(action).__name__ for action in waiting]
    assert [NAME] == created(plan(owner, job("old", end="Complete"), now="2026-01-05T12:07:00Z"))


def test_forbid_looks_at_the_list_only() -> None:
    """A Job that runs and is not listed is reported, and does not block (catalogue D-C7)."""
    actions = plan(cron_job(concurrencyPolicy="Forbid"), job("stray"))

    assert ["UnexpectedJob", "SuccessfulCreate"] == events(actions)


def test_replace_deletes_first() -> None:
    """The active Job goes, in the background, then the new one comes."""
    actions = plan(cron_job(active=["old"], concurrencyPolicy="Replace"), job("old"))
    delete, create = (action for action in actions if isinstance(action, Delete | Create))

    assert isinstance(delete, Delete)
    assert ("old", "Background") == (delete.name, delete.propagation)
    assert isinstance(create, Create)
    assert [NAME] == [entry["name"] for entry in status(actions)["active"]]


# --- the list of active Jobs -------------------------------------------------------------------------------------


def test_a_missing_job_leaves_the_list() -> None:
    """An entry whose Job nobody knows blocks Forbid until the sync that notices (catalogue D-C6)."""
    actions = plan(cron_job(active=["gone"], concurrencyPolicy="Forbid"))

    assert ["MissingJob", "SuccessfulCreate"] == events(actions)


def test_a_fresh_copy_is_used_but_not_written() -> None:
    """If the API's copy lists an unexpected Job, it is worked with; the start is then missing from the status."""
    owner = cron_job(successfulJobsHistoryLimit=0)
    fresh = cron_job(active=["new"])
    actions = plan(owner, job("new"), job("old", end="Complete"), live=[fresh])

    assert [NAME] == created(actions)
    assert "2026-01-05T11:00:00Z" == status(actions)["lastScheduleTime"]


# --- history -----------------------------------------------------------------------------------------------------


def test_the_oldest_go_first() -> None:
    """Two of four successes are kept: those that started last, and a Job that never started counts as the youngest."""
    owner = cron_job(last=NOON, successfulJobsHistoryLimit=2)
    starts = {"c": "2026-01-05T08:00:00Z", "b": "2026-01-05T09:00:00Z", "d": "2026-01-05T10:00:00Z", "a": None}
    actions = plan(owner, *(job(name, end="Complete", started=start) for name, start in starts.items()))

    assert ["c", "b"] == deleted(actions)
    assert "4 successful Jobs, 2 are kept" == next(action.why for action in actions if isinstance(action, Delete))


def test_failures_have_a_limit_of_their_own() -> None:
    """Of two failures one goes, whatever the successes are; without a limit none does."""
    failed = job("x", end="Failed"), job("y", end="Failed")

    assert ["x"] == deleted(plan(cron_job(last=NOON), *failed, job("z", end="Complete")))
    assert [] == deleted(plan(cron_job(last=NOON, failedJobsHistoryLimit=None), *failed))


def test_jobs_of_a_namesake_count() -> None:
    """What a deleted CronJob of the same name has left is cleaned up."""
    actions = plan(cron_job(last=NOON, successfulJobsHistoryLimit=0), job("a", end="Complete", owner="cron-0"))

    assert ["a"] == deleted(actions)


# --- not starting ------------------------------------------------------------------------------------------------


def test_suspended_is_cleaned_up_but_does_not_start() -> None:
    """Nothing starts and nothing is waited for; history is kept short all the same."""
    actions = plan(cron_job(suspend=True, successfulJobsHistoryLimit=0), job("a", end="Complete"))

    assert (["a"], []) == (deleted(actions), created(actions))
    assert not any(isinstance(action, WakeAt) for action in actions)


@pytest.mark.parametrize(
    ("schedule", "zone", "told"),
    [
        ("* * * * 7", None, ["UnparseableSchedule"]),
        ("0 * * * *", "Mars/Olympus", ["UnknownTimeZone"]),
        ("TZ=Mars/Olympus 0 * * * *", None, ["UnsupportedSchedule", "UnparseableSchedule"]),
        ("59 23 31 2 *", None, ["InvalidSchedule"]),
    ],
)
def test_a_schedule_that_says_nothing_sleeps(schedule: str, zone: str | None, told: list[str]) -> None:
    """The user is told, and nothing happens until the CronJob changes (catalogue D-C9)."""
    actions = plan(cron_job(schedule, timeZone=zone))

    assert told == [action.reason for action in actions if isinstance(action, Event)]
    assert len(told) == len(actions)


# --- missed runs -------------------------------------------------------------------------------------------------


def test_of_many_missed_runs_the_last_one_starts() -> None:
    """After a night without controller: a warning, one Job, and no more (catalogue D-C1)."""
    actions = plan(cron_job("* * * * *", last="2026-01-05T02:00:00Z"))

    assert ["TooManyMissedTimes", "SuccessfulCreate"] == events(actions)
    assert [NAME] == created(actions)


def test_an_edit_starts_a_run_of_the_past() -> None:
    """The last run is the base, also of a schedule that came later (catalogue D-C2)."""
    owner = cron_job("0 9 * * *", last="2026-01-04T20:00:00Z")

    assert ["report-29460060"] == created(plan(owner))


OFFICE = {"schedule": "0 9-17 * * 1-5", "last": "2026-01-05T15:00:00Z"}


@pytest.mark.parametrize(
    ("back", "expected"),
    [("17:30", ["report-29460540"]), ("18:30", []), ("23:30", [])],
)
def test_a_due_run_can_be_lost(back: str, expected: list[str]) -> None:
    """The run of 17:00 is forgotten, without a word, by a controller that comes back late (catalogue D-C5)."""
    actions = plan(cron_job(**OFFICE), now=f"2026-01-05T{back}:00Z")

    assert expected == created(actions)
    assert expected or ["WakeAt"] == [type(action).__name__ for action in actions]


@pytest.mark.parametrize("back", ["17:30", "18:30", "23:30"])
def test_an_exact_controller_loses_nothing(back: str) -> None:
    """The option finds the run of 17:00 whenever it comes back."""
    actions = plan(cron_job(**OFFICE), now=f"2026-01-05T{back}:00Z", controller=cronjob(exact=True))

    assert ["report-29460540"] == created(actions)


# --- in a cluster ------------------------------------------------------------------------------------------------


def manifest(schedule: str, **spec: Any) -> dict[str, Any]:
    pod = {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "report"},
        "spec": {"schedule": schedule, "jobTemplate": {"spec": {"template": {"spec": pod}}}, **spec},
    }


def slots(cluster: Cluster) -> list[str]:
    """Return the slots of the runs that have started."""
    jobs = [row.action for row in cluster.trace if isinstance(row.action, Create) and row.action.kind == "Job"]
    return [action.body["metadata"]["creationTimestamp"] for action in jobs]


def played(schedule: str, zone: str, start: str, days: int) -> list[str]:
    """Return the slots of the runs that start within *days* from *start*."""
    cluster = Cluster.new(nodes=1, now=instant(start)).apply(manifest(schedule, timeZone=zone))
    return slots(cluster.advance(days * 86400))


def test_in_autumn_a_run_comes_twice() -> None:
    """At two in the night clocks go back from three to two: 02:00 comes twice (catalogue D-C3)."""
    actual = played("0 2 * * *", "Europe/Berlin", "2023-10-28T12:00:00Z", 2)

    assert ["2023-10-29T00:00:00Z", "2023-10-29T01:00:00Z", "2023-10-30T01:00:00Z"] == actual


def test_in_spring_a_run_is_left_out() -> None:
    """There is no 02:30 on the day on which clocks go from two to three (catalogue D-C3)."""
    actual = played("30 2 * * *", "Europe/Berlin", "2024-03-29T12:00:00Z", 3)

    assert ["2024-03-30T01:30:00Z", "2024-04-01T00:30:00Z"] == actual


def test_an_edited_schedule_is_looked_at_when_a_slot_comes() -> None:
    """Moved from 15:00 to 10:00 at noon, the run of 10:00 starts with the wake-up at 15:00 that was queued before."""
    cluster = Cluster.new(nodes=1, now=instant("2026-01-05T14:00:00Z")).apply(manifest("0 15 * * *"))
    edited = cluster.advance(22 * 3600).patch("cronjob", "report", {"spec": {"schedule": "0 10 * * *"}})

    assert ["2026-01-05T15:00:00Z"] == slots(edited.advance(3 * 3600 - 1))
    assert ["2026-01-05T15:00:00Z", "2026-01-06T10:00:00Z"] == slots(edited.advance(3 * 3600 + 1))


def test_a_resumed_cronjob_is_looked_at_at_once() -> None:
    """Any other change wakes it, and the most recent run that was missed starts."""
    cluster = Cluster.new(nodes=1, now=instant(NOON)).apply(manifest("0 * * * *", suspend=True))
    later = cluster.advance(2.5 * 3600)

    assert [] == slots(later)
    assert ["2026-01-05T14:00:00Z"] == slots(later.patch("cronjob", "report", {"spec": {"suspend": False}}).settle())


def test_a_world_with_a_cronjob_does_not_grow() -> None:
    """After a day there are as many objects, wake-ups and memories as after the first hour."""
    after = [
        Cluster.new(nodes=1, trace_limit=10).apply(manifest("*/10 * * * *")).advance(hours * 3600) for hours in (1, 24)
    ]
    sizes = [
        (len(w.queue), len(w.memory), len(w.failures), {kind: w.store.count(kind) for kind in w.store.kinds})
        for w in (cluster.world for cluster in after)
    ]

    assert sizes[0] == sizes[1]


def test_planning_again_with_answers_is_what_running_the_script_does() -> None:
    """The pure function alone, called again after every answer, does what the interpreter does."""
    owner = cron_job(active=["old"], concurrencyPolicy="Replace", successfulJobsHistoryLimit=0)
    view = observed(owner, job("old"), job("done", end="Complete"))

    def send(count: int, action: Action) -> tuple[int, Outcome]:
        refused = isinstance(action, Create)
        return count + 1, Rejected(Reason.INTERNAL_ERROR, "no") if refused else Applied()

    assert replay(CRONJOB, owner, lambda: view, 0, send) == perform(CRONJOB, owner, lambda: view, 0, send)

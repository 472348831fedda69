"""One sync of a CronJob, whatever it finds: what it asks for and tells is what the contract says, worked out anew.

A CronJob is drawn with all that its spec may say, a status that need not be true, and Jobs of every sort: of its own,
of one that had its name before, and of others; running, ended, on their way out; listed as active or not.
"""

from datetime import timedelta
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from reconcile.actions import WRITES, Create, Delete, Event, UpdateStatus, WakeAt
from reconcile.controllers.cronjob.plan import CRONJOB
from reconcile.model.clock import Instant, stamp
from reconcile.model.json import thaw
from reconcile.model.objects import read
from reconcile.model.pod import controller_reference
from reconcile.model.resource import Resource
from reconcile.outcome import Reason
from reconcile.store.store import Store
from reconcile.testing.invariants.cronjobs import outcome_of
from reconcile.testing.scenes import Scene
from reconcile.testing.strategies.labels import RARELY, choices
from reconcile.testing.strategies.objects import NOW, head
from tests.controllers.cronjob_steps import SLOT, Expected, Json, Made, shown
from tests.controllers.seen import Seen, look

ROUND: Final = ("* * * * *", "*/5 * * * *", "@hourly", "@every 90s", "30 * * * *")
"""Schedules whose runs are all the same time apart."""
UNEVEN: Final = ("0,1,30 * * * *", "58-59 * * * *", "0 0,9-17 * * *", "*/7 * * * *", "0 0 30 2 *", "never")
ZONES: Final = ("Asia/Seoul", "America/St_Johns", "Europe/London", "Nowhere/Else")


def ago(seconds: float) -> str:
    return stamp(NOW - timedelta(seconds=seconds))


# --- CronJobs --------------------------------------------------------------------------------------------------------


@st.composite
def cronjobs(draw: DrawFn) -> Resource:
    """Return CronJobs with all policies, and schedules of every sort."""
    schedule = draw(choices(*UNEVEN) if draw(RARELY) else choices(*ROUND))
    pods = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "app:1"}]}
    meta: Json = {"labels": {"made": "by-tick"}, "annotations": {"note": "a"}, "finalizers": ["example.com/dropped"]}
    template = {"spec": {"template": {"spec": pods}}, **({"metadata": meta} if draw(st.booleans()) else {})}
    spec: Json = {
        "schedule": f"TZ=Asia/Seoul {schedule}" if draw(RARELY) and draw(RARELY) and schedule != "never" else schedule,
        "concurrencyPolicy": draw(choices("Allow", "Forbid", "Replace")),
        "suspend": draw(RARELY) and draw(RARELY),
        "successfulJobsHistoryLimit": draw(choices(1, 0, 2, 3)),
        "failedJobsHistoryLimit": draw(choices(1, 0, 2)),
        "jobTemplate": template,
    }
    spec |= {"timeZone": draw(choices(*ZONES))} if draw(RARELY) else {}
    spec |= {"startingDeadlineSeconds": draw(choices(60, 59, 30, 0, 600, 7200))} if draw(RARELY) else {}
    about = head("tick", {}, NOW - timedelta(seconds=draw(choices(90, 7000)))) | {"generation": 1}
    if draw(RARELY) and draw(RARELY):
        about |= {"deletionTimestamp": ago(1), "finalizers": ["orphan"]}
    return read({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": about, "spec": spec})


LAST: Final = (60, 0, 120, 59, 180, 300, 3600, 5_940, 6_000, 6_060, -60, 90)
"""How many seconds ago the last run was: around one, two and a hundred runs."""


@st.composite
def told(draw: DrawFn, jobs: list[Resource]) -> Json:
    """Return what the status says: Jobs that it lists are there, or gone, or others have their names."""
    listed = [job for job in jobs if draw(st.booleans())]
    entries = [entry(job.name, job.uid) for job in listed]
    entries += [entry("tick-gone", "uid-gone")] if draw(RARELY) else []
    entries += [entry(jobs[0].name, "uid-before")] if jobs and jobs[0] not in listed and draw(RARELY) else []
    status: Json = {"active": entries} if entries else {}
    status |= {"lastScheduleTime": ago(draw(choices(*LAST)))} if draw(choices(True, True, False)) else {}
    return status | ({"lastSuccessfulTime": ago(draw(choices(100, 30, 500)))} if draw(st.booleans()) else {})


def entry(name: str, uid: str) -> Json:
    return {"apiVersion": "batch/v1", "kind": "Job", "namespace": "default", "name": name, "uid": uid}


# --- Jobs ------------------------------------------------------------------------------------------------------------


@st.composite
def jobs(draw: DrawFn, cronjob: Resource, name: str) -> Resource:
    """Return Jobs of that *name*, of *cronjob* or of somebody else."""
    sort = draw(choices("own", "own", "own", "own", "own", "before", "other", "nobody"))
    owners = {"own": cronjob, "before": cronjob.put(("metadata", "uid"), "uid-before")}
    owners["other"] = cronjob.put(("metadata", "name"), "other")
    meta = head(name, {}, NOW - timedelta(hours=1))
    meta |= {"ownerReferences": [controller_reference(owners[sort])]} if sort in owners else {}
    meta |= {"deletionTimestamp": ago(1), "finalizers": ["orphan"]} if draw(RARELY) and draw(RARELY) else {}
    status: Json = {"startTime": ago(draw(choices(300, 200, 100)))} if draw(choices(True, True, False)) else {}
    end = draw(choices("", "Complete", "Failed", "Complete", "FailureTarget"))
    conditions = [{"type": end, "status": draw(choices("True", "True", "True", "False"))}] if end else []
    status |= {"completionTime": ago(draw(choices(100, 40, 20)))} if end == "Complete" and not draw(RARELY) else {}
    spec = cronjob.spec["jobTemplate"]["spec"]
    body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": spec}
    return read({**body, "status": {**status, "conditions": conditions}})


class Case(NamedTuple):
    """What the cache shows, and what there is."""

    scene: Scene
    live: Store


NAMES: Final = ("tick-1", "tick-2", "tick-3", "tick-4", "tick-5", f"tick-{int(NOW.timestamp()) // 60}")
"""The last one is that of the run that is due at the full hour."""


@st.composite
def cases(draw: DrawFn) -> Case:
    """Return a CronJob with some Jobs; at times its own copy is not the newest one, and lists less."""
    cronjob = draw(cronjobs())
    found = [draw(jobs(cronjob, name)) for name in NAMES if draw(st.booleans())]
    cronjob = cronjob.put(("status",), draw(told(found)))
    scene = Scene(cronjob, tuple(found), NOW + timedelta(seconds=draw(choices(0, 0.1, 1, 30, 59.5, 60))))
    live = scene.store()
    if draw(RARELY):
        newer = cronjob.put(("status",), draw(told(found)))
        live = Store.of((newer, *scene.others))
    return Case(scene, live)


# --- what a sync did -------------------------------------------------------------------------------------------------


class Did(NamedTuple):
    """What one sync asked for, told and wrote, and when it wants to look again."""

    deleted: list[str]
    created: list[Made]
    told: list[str]
    writes: list[Json]
    wakes: Instant | None
    failed: bool


def did(seen: Seen) -> Did:
    """Return what was done in a sync."""
    return Did(
        deleted=[action.name for action in seen.actions(Delete)],
        created=[made(thaw(action.body)["metadata"]) for action in seen.actions(Create)],
        told=[event.reason for event in seen.actions(Event)],
        writes=[shown(thaw(action.object.status)) for action in seen.actions(UpdateStatus)],
        wakes=next((action.at for action in seen.actions(WakeAt) if action.at is not None), None),
        failed=seen.failed,
    )


def made(meta: Json) -> Made:
    notes = dict(meta["annotations"])
    return Made(meta["name"], notes.pop(SLOT), meta.get("labels", {}), notes)


@given(case=cases())
@settings(max_examples=400)
def test_one_sync_does_what_the_contract_says(case: Case) -> None:
    """Which Jobs go, which one is made and for which slot, what is told and written, and when it looks again."""
    step = Expected(case.scene, case.live)
    seen = look("cronjob", case.scene, live=case.live)
    due = Did(step.deleted, step.created, step.told, step.writes, step.wakes, step.failed)

    assert due == did(seen)
    assert {"Background"} >= {action.propagation for action in seen.actions(Delete)}


@pytest.mark.parametrize("count", [1, 99, 100, 101, 102])
def test_more_than_a_hundred_missed_runs_are_told(count: int) -> None:
    """One of them is started all the same, the last."""
    pods = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "app:1"}]}
    spec = {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": {"spec": pods}}}}
    body = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": head("tick", {}, NOW - timedelta(days=1)),
        "spec": spec,
    }
    scene = Scene(read({**body, "status": {"lastScheduleTime": ago(60 * count)}}), (), NOW)
    seen = did(look("cronjob", scene))

    assert (count > 100) == ("TooManyMissedTimes" in seen.told)
    assert [f"tick-{int(NOW.timestamp()) // 60}"] == [job.name for job in seen.created]


@pytest.mark.parametrize(
    ("field", "value", "seconds"),
    [("suspend", True, 0), ("schedule", "30 * * * *", 1800.1), ("schedule", "0 0 30 2 *", 0), ("schedule", "never", 0)],
)
def test_only_another_timetable_is_no_hurry(field: str, value: Any, seconds: float) -> None:
    """A change is looked at at once; one of the schedule when its next run is due, if there is one."""
    body = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": head("tick", {}, NOW)}
    old = read({**body, "spec": {"schedule": "* * * * *"}, "status": {"lastScheduleTime": ago(0)}})

    assert seconds == CRONJOB.delay((old, old.put(("spec", field), value)), NOW)
    assert 0 == CRONJOB.delay((None, old), NOW)


REASONS: Final = (Reason.INTERNAL_ERROR, Reason.FORBIDDEN, Reason.TIMEOUT, Reason.NAMESPACE_TERMINATING)


@given(case=cases(), number=st.integers(0, 2), reason=st.sampled_from(REASONS))
@settings(max_examples=200)
def test_what_is_refused_is_told_and_tried_again(case: Case, number: int, reason: Reason) -> None:
    """A run that was refused has not started, nor is it too late for it; an old Job that stays is no failure, unless a
    run was to take its place; and without its status a CronJob does not sleep until its next run."""
    seen = look("cronjob", case.scene, live=case.live, refusals={number: reason})
    writes = [row for row in seen.rows if isinstance(row.action, WRITES)]
    assume(number < len(writes))
    action, told = writes[number].action, [event.reason for event in seen.actions(Event)]
    last = case.scene.desired.status.get("lastScheduleTime")
    written = [update.object.status.get("lastScheduleTime") for update in seen.actions(UpdateStatus)]

    if isinstance(action, Delete):
        assert "FailedDelete" in told
        ended = outcome_of(job) if (job := case.live.get("Job", "default", action.name)) is not None else ""
        assert ended or seen.failed
    elif isinstance(action, Create):
        assert seen.failed
        assert ("FailedCreate" in told) != (reason is Reason.NAMESPACE_TERMINATING)
        assert {last} >= set(written)
    else:
        assert (True, []) == (seen.failed, [wake for wake in seen.actions(WakeAt) if wake.at is not None])

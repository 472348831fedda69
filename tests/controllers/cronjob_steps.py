"""What a CronJob does in one sync, worked out anew from contract cronjob 2 to 7, for few Jobs and in no hurry."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import define, field, frozen

from reconcile.model.clock import Instant, instant, stamp
from reconcile.model.json import thaw
from reconcile.model.resource import Resource
from reconcile.model.schedule import next_activations
from reconcile.store.store import Store
from reconcile.testing.invariants.cronjobs import outcome_of
from reconcile.testing.scenes import Scene

SLOT: Final = "batch.kubernetes.io/cronjob-scheduled-timestamp"

Json = dict[str, Any]


class Made(NamedTuple):
    """A Job that is made."""

    name: str
    slot: str
    labels: Json
    notes: Json


class Due(NamedTuple):
    """The slot to run, and by which estimate of how many."""

    slot: Instant | None
    passed: int


@frozen
class Timetable:
    """When the runs of a CronJob are (6)."""

    schedule: str
    zone: str | None
    now: Instant

    def after(self, moment: Instant) -> Iterator[Instant]:
        """Yield the slots after *moment*."""
        while True:
            found = next_activations(self.schedule, self.zone, moment, 1)
            if not found or found[0] is None:
                return
            moment = found[0]
            yield moment

    def due(self, earliest: Instant) -> Due | None:
        """Return which slot is due after *earliest*; None if nobody can say, because there are no two of them."""
        slots: list[Instant] = []
        for slot in self.after(earliest):
            slots.append(slot)
            if slot > self.now:
                break
        passed = [slot for slot in slots if slot <= self.now]
        if not slots or (passed and len(slots) < 2):
            return None
        if len(passed) < 2:
            return Due(passed[0] if passed else None, len(passed))
        gap = int((passed[1] - passed[0]).total_seconds())
        count = int((self.now - passed[0]).total_seconds()) // gap + 1
        found = [slot for slot in passed if slot > passed[0] + timedelta(seconds=gap * (count - 2))]
        return Due(found[-1] if found else None, count)

    def wake(self, earliest: Instant) -> Instant | None:
        """Return when to look again, where everything before *earliest* is settled."""
        due = self.due(earliest)
        base = self.now if due is None else due.slot or (self.now if due.passed else earliest)
        following = next(self.after(base), None)
        return None if following is None else following + timedelta(seconds=0.1)


def known(zone: str) -> bool:
    """Return whether there is such a time zone."""
    try:
        ZoneInfo(zone)
    except ZoneInfoNotFoundError:
        return False
    return True


def local(slot: datetime, zone: str | None) -> str:
    """Return *slot* as the clocks of *zone* show it."""
    return slot.astimezone(ZoneInfo(zone or "UTC")).isoformat().replace("+00:00", "Z")


@define
class Expected:
    """A sync, step by step: what is asked for, told and written."""

    scene: Scene
    live: Store
    told: list[str] = field(factory=list)
    deleted: list[str] = field(factory=list)
    created: list[Made] = field(factory=list)
    failed: bool = False
    changed: bool = False
    wakes: Instant | None = None
    status: Json = field(init=False)
    """Of the working copy."""
    kept: Json | None = None
    """What is written in the end, once the working copy was replaced."""

    def __attrs_post_init__(self) -> None:
        self.status = dict(thaw(self.scene.desired.status))
        self._trim()
        self._settle()
        self._keep_time()

    @property
    def writes(self) -> list[Json]:
        status = self.status if self.kept is None else self.kept
        return [shown(status)] if self.changed else []

    @cached_property
    def spec(self) -> Json:
        return dict(thaw(self.scene.desired.spec))

    @cached_property
    def children(self) -> list[Resource]:
        """Jobs whose controller is called like the CronJob, whichever it is."""
        found = [item for item in self.scene.others if item.meta.controller is not None]
        return [job for job in found if job.meta.controller is not None and job.meta.controller.name == "tick"]

    # --- 3 -----------------------------------------------------------------------------------------------------------

    def _trim(self) -> None:
        for outcome, limit in (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit")):
            ended = sorted((job for job in self.children if outcome_of(job) == outcome), key=age)
            for job in ended[: max(0, len(ended) - self.spec[limit])]:
                self._delete(job)

    def _delete(self, job: Resource) -> None:
        self.deleted.append(job.name)
        self.told.append("SuccessfulDelete")
        self._strike(job.uid)

    def _strike(self, uid: str) -> None:
        self._list([entry for entry in self.active if entry["uid"] != uid])

    def _list(self, entries: list[Json]) -> None:
        self.status, self.changed = {**self.status, "active": entries}, True

    @property
    def active(self) -> list[Json]:
        return list(self.status.get("active", []))

    def _lists(self, uid: str) -> bool:
        return any(entry["uid"] == uid for entry in self.active)

    def _read(self, name: str) -> Resource | None:
        """Return the Job of that name, past the cache, as it was when the sync began."""
        return self.live.get("Job", "default", name)

    def _there(self, name: str) -> bool:
        """Return whether there is a Job of that name by now; what is on its way out is still there."""
        found = self._read(name)
        return found is not None and (name not in self.deleted or found.meta.deleting)

    # --- 4 -----------------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        for job in self.children:
            if outcome_of(job):
                self._ended(job)
            elif not self._lists(job.uid):
                self._unexpected(job)
        uids = [job.uid for job in self.children]
        for entry in self.active:
            if entry["uid"] not in uids and self._read(entry["name"]) is None:
                self._strike(entry["uid"])
                self.told.append("MissingJob")

    def _ended(self, job: Resource) -> None:
        if self._lists(job.uid):
            self._strike(job.uid)
            self.told.append("SawCompletedJob")
        time, last = job.status.get("completionTime"), self.status.get("lastSuccessfulTime")
        if outcome_of(job) == "Complete" and (last is None or (time is not None and instant(time) > instant(last))):
            self.changed = True
            self.status |= {"lastSuccessfulTime": time} if time is not None else {}

    def _unexpected(self, job: Resource) -> None:
        fresh = self.live.get(*self.scene.desired.key)
        assert fresh is not None
        if any(entry["uid"] == job.uid for entry in fresh.status.get("active", ())):
            self.kept = dict(self.status) if self.kept is None else self.kept
            self.status = dict(thaw(fresh.status))
        else:
            self.told.append("UnexpectedJob")

    # --- 5, 6 --------------------------------------------------------------------------------------------------------

    def _keep_time(self) -> None:
        zone, schedule = self.spec.get("timeZone"), self.spec["schedule"]
        if self.scene.desired.meta.deleting:
            return
        if zone is not None and not known(zone):
            self.told.append("UnknownTimeZone")
            return
        if self.spec["suspend"]:
            return
        if "TZ" in schedule:
            self.told.append("UnsupportedSchedule")
        if schedule == "never":
            self.told.append("UnparseableSchedule")
            return
        self._run(Timetable(schedule, None if "TZ" in schedule else zone, self.scene.now))

    @property
    def last(self) -> Instant:
        told, made = self.status.get("lastScheduleTime"), self.scene.desired.meta.created
        assert made is not None
        return instant(told) if told else made

    def _run(self, times: Timetable) -> None:
        deadline = self.spec.get("startingDeadlineSeconds")
        window = self.last if deadline is None else max(self.last, times.now - timedelta(seconds=deadline))
        due = times.due(window)
        if due is None:
            self.told.append("InvalidSchedule")
            return
        if due.slot is not None:
            self.told += ["TooManyMissedTimes"] if due.passed > 100 else []
            self._start(due.slot)
        if not self.failed:
            self.wakes = times.wake(self.last)

    # --- 7 -----------------------------------------------------------------------------------------------------------

    def _start(self, slot: Instant) -> None:
        name = f"tick-{int(slot.timestamp()) // 60}"
        policy = self.spec["concurrencyPolicy"]
        if any(entry["name"] == name for entry in self.active):
            return
        if policy == "Forbid" and self.active:
            self.told.append("JobAlreadyActive")
            return
        for entry in self.active if policy == "Replace" else []:
            job = self._read(entry["name"])
            if job is None or not self._there(entry["name"]):
                self.told.append("FailedGet" if job is None else "FailedDelete")
                self.deleted += [] if job is None else [job.name]
                self.failed = True
                return
            self._delete(job)
        self._create(name, slot)

    def _create(self, name: str, slot: Instant) -> None:
        meta = self.spec["jobTemplate"].get("metadata", {})
        notes = {key: text for key, text in meta.get("annotations", {}).items() if key != SLOT}
        self.created.append(Made(name, local(slot, self.spec.get("timeZone")), meta.get("labels", {}), notes))
        if self._there(name):
            self.failed = True
            return
        self.told.append("SuccessfulCreate")
        self._list([*self.active, {"name": name, "uid": ""}])
        self.status |= {"lastScheduleTime": stamp(slot)}


def age(job: Resource) -> tuple[bool, str, str]:
    """Sort ended Jobs in the order in which they go."""
    start = job.status.get("startTime")
    return start is None, start or "", job.name


def shown(status: Json) -> Json:
    """Return *status* with the names of what it lists, and without what is empty."""
    names = [entry["name"] for entry in status.get("active") or ()]
    return {**{key: value for key, value in status.items() if value and key != "active"}, "active": names}

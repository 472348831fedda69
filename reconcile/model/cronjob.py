"""CronJobs, as controllers see them.

Rules
1. Absent fields read as the API defaults them, but for the history limits: an absent limit keeps everything.
2. `status.active` lists references to Jobs. An empty list is not written.
"""

from functools import cached_property
from typing import Final

from attrs import frozen

from reconcile.model.clock import EPOCH, Instant, parse, stamp
from reconcile.model.json import EMPTY, NOTHING, FrozenList, FrozenMap, look
from reconcile.model.resource import Resource

ALLOW: Final = "Allow"
FORBID: Final = "Forbid"
REPLACE: Final = "Replace"


@frozen
class CronJob(Resource):
    """A CronJob."""

    # --- what it asks for ------------------------------------------------------------------------------------------

    @property
    def schedule(self) -> str:
        """The text of the schedule."""
        schedule: str = self.spec.get("schedule") or ""
        return schedule

    @property
    def time_zone(self) -> str | None:
        """The zone that the schedule is in; None for the process's own."""
        return self.spec.get("timeZone")

    @property
    def concurrency(self) -> str:
        """What is done when a run is due while another is active: Allow, Forbid or Replace."""
        policy: str = self.spec.get("concurrencyPolicy") or ALLOW
        return policy

    @property
    def suspended(self) -> bool:
        """Whether no runs shall start."""
        return bool(self.spec.get("suspend"))

    @property
    def starting_deadline(self) -> int | None:
        """How many seconds late a run may start; None for any number."""
        return self.spec.get("startingDeadlineSeconds")

    @property
    def successful_limit(self) -> int | None:
        """How many successful Jobs are kept; None for all."""
        return self.spec.get("successfulJobsHistoryLimit")

    @property
    def failed_limit(self) -> int | None:
        """How many failed Jobs are kept; None for all."""
        return self.spec.get("failedJobsHistoryLimit")

    @cached_property
    def job_template(self) -> FrozenMap:
        """What Jobs are stamped from, as JSON."""
        template: FrozenMap = look(self.spec, "jobTemplate", default=EMPTY)
        return template

    # --- what was reported -----------------------------------------------------------------------------------------

    @property
    def active(self) -> FrozenList:
        """References to the Jobs that the controller takes for running."""
        active: FrozenList = self.status.get("active") or NOTHING
        return active

    @property
    def last_schedule_time(self) -> Instant | None:
        """The slot of the last run that was started."""
        return parse(self.status.get("lastScheduleTime"))

    @property
    def last_successful_time(self) -> Instant | None:
        """When the last successful run completed."""
        return parse(self.status.get("lastSuccessfulTime"))

    @property
    def last_look(self) -> Instant:
        """After which time runs are due: the last one, or the CronJob's creation."""
        return self.last_schedule_time or self.meta.created or EPOCH

    # --- reporting -------------------------------------------------------------------------------------------------

    def lists(self, uid: str) -> bool:
        """Return whether the Job with *uid* is in the list of active Jobs."""
        return any(entry.get("uid") == uid for entry in self.active)

    def without(self, uid: str) -> "CronJob":
        """Return the CronJob without the Job with *uid* in the list of active Jobs."""
        rest = [entry for entry in self.active if entry.get("uid") != uid]
        if len(rest) == len(self.active):
            return self
        return self.put(("status", "active"), rest) if rest else self.drop(("status", "active"))

    def started(self, reference: FrozenMap, slot: Instant) -> "CronJob":
        """Return the CronJob after the run of *slot* was started as the Job that *reference* names."""
        listed = self.put(("status", "active"), [*self.active, reference])
        return listed.put(("status", "lastScheduleTime"), stamp(slot))

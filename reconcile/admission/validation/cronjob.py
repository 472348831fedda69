"""CronJobs (contract api 6.6)."""

import re
from typing import Final

from reconcile.admission.causes import Causes, at_least_zero, invalid, not_supported, one_of, required
from reconcile.admission.validation.job import job_spec
from reconcile.model import schedule, zones
from reconcile.model.json import FrozenMap

_LONGEST_NAME: Final = 52
_ZONE_PART: Final = re.compile(r"[A-Za-z._0-9+-]{1,14}")


def new_cron_job(obj: FrozenMap) -> Causes:
    """Yield what is wrong with a CronJob that is being created."""
    name = obj["metadata"].get("name", "")
    if len(name) > _LONGEST_NAME:
        # The controller appends eleven characters to make the names of Jobs.
        yield invalid("metadata.name", name, f"must be no more than {_LONGEST_NAME} characters")
    yield from _spec(obj["spec"], None)


def updated_cron_job(new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what is wrong with a CronJob's update."""
    yield from _spec(new["spec"], old["spec"])


def _spec(spec: FrozenMap, old: FrozenMap | None) -> Causes:
    yield from _schedule(spec, old)
    for field in ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        yield from at_least_zero(f"spec.{field}", spec.get(field))
    if old is None or spec.get("timeZone") != old.get("timeZone"):
        yield from _time_zone(spec.get("timeZone"))
    policies = ("Allow", "Forbid", "Replace")
    yield from one_of("spec.concurrencyPolicy", spec.get("concurrencyPolicy", ""), policies)
    template = spec["jobTemplate"]["spec"]
    yield from job_spec("spec.jobTemplate.spec", template)
    if "selector" in template:
        yield invalid("spec.jobTemplate.spec.selector", template["selector"], "will be auto-generated")
    if template.get("manualSelector"):
        yield not_supported("spec.jobTemplate.spec.manualSelector", True, ("nil", "false"))


def _schedule(spec: FrozenMap, old: FrozenMap | None) -> Causes:
    text = spec.get("schedule", "")
    if not text:
        yield required("spec.schedule")
        return
    try:
        schedule.parse(text)
    except ValueError as error:
        yield invalid("spec.schedule", text, str(error))
    tolerated = old is not None and "TZ" in old.get("schedule", "") and "timeZone" not in spec
    if "TZ" in text and not tolerated:
        yield invalid("spec.schedule", text, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead")


def _time_zone(zone: str | None) -> Causes:
    if zone is None:
        return
    if not zone:
        yield invalid("spec.timeZone", zone, "timeZone must be nil or non-empty string")
    elif zone.lower() == "local" or not _exists(zone):
        yield invalid("spec.timeZone", zone, "unknown time zone")


def _exists(zone: str) -> bool:
    for part in zone.split("/"):
        if part in (".", "..") or part.startswith("-") or not _ZONE_PART.fullmatch(part):
            return False
    return zones.known(zone)

"""The columns of workloads, their budgets and their revisions (contract api 10)."""

from typing import Final

from reconcile.model.clock import Instant, parse
from reconcile.model.json import NOTHING, Json, look
from reconcile.model.selector import Selector
from reconcile.tables.durations import human, since
from reconcile.tables.table import AGE, NAME, NONE, Column, column, count, pairs, wide

_TEMPLATE: Final = ("spec", "template")
_JOB_TEMPLATE: Final = ("spec", "jobTemplate", "spec", "template")


def _each(template: tuple[str, ...], field: str) -> Column:
    def cell(item: Json, _: Instant) -> str:
        containers = look(item, *template, "spec", "containers", default=NOTHING)
        return ",".join(str(container.get(field, "")) for container in containers)

    return wide({"name": "Containers", "image": "Images"}[field], cell)


def _containers(template: tuple[str, ...] = _TEMPLATE) -> tuple[Column, Column]:
    """Return the columns CONTAINERS and IMAGES."""
    return _each(template, "name"), _each(template, "image")


def _selector(*path: str, empty: str = NONE) -> Column:
    return wide("Selector", lambda item, _: str(Selector.parse(look(item, *path))) or empty)


_SELECTOR: Final = _selector("spec", "selector")


def _ready(item: Json, _: Instant) -> str:
    return f"{look(item, 'status', 'readyReplicas', default=0)}/{look(item, 'spec', 'replicas', default=1)}"


DEPLOYMENTS: Final = (
    NAME,
    Column("Ready", _ready),
    column("Up-to-date", "status", "updatedReplicas", default=0),
    column("Available", "status", "availableReplicas", default=0),
    AGE,
    *_containers(),
    _selector("spec", "selector", empty=""),
)
REPLICA_SETS: Final = (
    NAME,
    count("Desired", "spec", "replicas", default=1),
    count("Current", "status", "replicas"),
    count("Ready", "status", "readyReplicas"),
    AGE,
    *_containers(),
    _SELECTOR,
)
STATEFUL_SETS: Final = (NAME, Column("Ready", _ready), AGE, *_containers())
DAEMON_SETS: Final = (
    NAME,
    count("Desired", "status", "desiredNumberScheduled"),
    count("Current", "status", "currentNumberScheduled"),
    count("Ready", "status", "numberReady"),
    count("Up-to-date", "status", "updatedNumberScheduled"),
    count("Available", "status", "numberAvailable"),
    Column("Node Selector", lambda item, _: pairs(look(item, *_TEMPLATE, "spec", "nodeSelector"))),
    AGE,
    *_containers(),
    _SELECTOR,
)


# The first that holds is a job's status; a deletion counts after the two ends and before the rest.
_ENDS: Final = ("Complete", "Failed")
_STAGES: Final = ("Suspended", "FailureTarget", "SuccessCriteriaMet")


def job_status(job: Json) -> str:
    """Return the word for where *job* stands.

    >>> job_status({"status": {"conditions": [{"type": "Failed", "status": "True"}]}}), job_status({})
    ('Failed', 'Running')
    """
    # Of several conditions of one type the first counts.
    first: dict[str, str] = {}
    for condition in look(job, "status", "conditions", default=NOTHING):
        first.setdefault(condition.get("type", ""), condition.get("status", ""))
    deleted = ["Terminating"] if look(job, "metadata", "deletionTimestamp") else []
    ends = [name for name in _ENDS if first.get(name) == "True"]
    stages = [name for name in _STAGES if first.get(name) == "True"]
    return [*ends, *deleted, *stages, "Running"][0]


def _completions(job: Json, _: Instant) -> str:
    done, wanted = look(job, "status", "succeeded", default=0), look(job, "spec", "completions")
    if wanted is not None:
        return f"{done}/{wanted}"
    parallelism = look(job, "spec", "parallelism", default=0)
    return f"{done}/1 of {parallelism}" if parallelism > 1 else f"{done}/1"


def job_duration(job: Json, now: Instant) -> str:
    """Return how long *job* ran, or has been running; empty before its start.

    >>> from reconcile.model.clock import instant
    >>> job_duration({"status": {"startTime": "2026-01-01T00:00:00Z"}}, instant("2026-01-01T00:02:05Z"))
    '2m5s'
    """
    start = parse(look(job, "status", "startTime") or None)
    if start is None:
        return ""
    end = parse(look(job, "status", "completionTime") or None) or now
    return human((end - start).total_seconds())


JOBS: Final = (
    NAME,
    Column("Status", lambda job, _: job_status(job)),
    Column("Completions", _completions),
    Column("Duration", job_duration),
    AGE,
    *_containers(),
    _SELECTOR,
)
CRON_JOBS: Final = (
    NAME,
    column("Schedule", "spec", "schedule"),
    Column("Timezone", lambda item, _: look(item, "spec", "timeZone", default=NONE)),
    Column("Suspend", lambda item, _: str(bool(look(item, "spec", "suspend"))), "boolean"),
    Column("Active", lambda item, _: len(look(item, "status", "active", default=NOTHING)), "integer"),
    Column("Last Schedule", lambda item, now: since(look(item, "status", "lastScheduleTime"), now, unset=NONE)),
    AGE,
    *_containers(_JOB_TEMPLATE),
    _selector("spec", "jobTemplate", "spec", "selector"),
)


def _text(*path: str) -> Column:
    name = {"minAvailable": "Min Available", "maxUnavailable": "Max Unavailable"}[path[-1]]
    return Column(name, lambda item, _: str(look(item, *path, default="N/A")))


BUDGETS: Final = (
    NAME,
    _text("spec", "minAvailable"),
    _text("spec", "maxUnavailable"),
    count("Allowed Disruptions", "status", "disruptionsAllowed"),
    AGE,
)


def _controller(item: Json, _: Instant) -> str:
    for owner in look(item, "metadata", "ownerReferences", default=NOTHING):
        if owner.get("controller"):
            group, slash, _version = owner.get("apiVersion", "").rpartition("/")
            return f"{owner['kind'].lower()}{'.' if slash else ''}{group}/{owner['name']}"
    return NONE


REVISIONS: Final = (
    NAME,
    Column("Controller", _controller),
    Column("Revision", lambda item, _: look(item, "revision", default=0)),
    AGE,
)

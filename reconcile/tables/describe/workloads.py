"""What `kubectl describe` says about workloads and their budgets."""

from typing import Final

from reconcile.model.json import EMPTY, NOTHING, Json, look
from reconcile.model.selector import Selector
from reconcile.model.template_form import same_template
from reconcile.tables.custom import go_text
from reconcile.tables.describe.lines import (
    Around,
    Lines,
    conditions,
    controlled_by,
    created,
    date,
    events,
    given,
    header,
    labels,
    owned,
    selector,
    tags,
)
from reconcile.tables.describe.template import pod_template_lines
from reconcile.tables.storage_cells import storage_class
from reconcile.tables.table import NONE, UNSET, pairs
from reconcile.tables.workload_cells import job_duration

_PHASES: Final = {"Running": "Running", "Pending": "Waiting", "Succeeded": "Succeeded", "Failed": "Failed"}


def _template(item: Json) -> Lines:
    return pod_template_lines(look(item, "spec", "template"))


def _pods_status(item: Json, around: Around) -> str:
    phases = [look(pod, "status", "phase") for pod in owned(item, around.pods)]
    return "Pods Status:\t" + " / ".join(f"{phases.count(phase)} {word}" for phase, word in _PHASES.items())


def _status(item: Json, field: str) -> int:
    return look(item, "status", field, default=0)  # type: ignore[no-any-return]


def replica_set(item: Json, around: Around) -> Lines:
    """Return the description of a ReplicaSet."""
    desired = look(item, "spec", "replicas", default=1)
    return [
        *header(item),
        selector(look(item, "spec", "selector")),
        *tags(item),
        *controlled_by(item),
        f"Replicas:\t{_status(item, 'replicas')} current / {desired} desired",
        _pods_status(item, around),
        *_template(item),
        *conditions(item),
        *events(item, around),
    ]


def deployment(item: Json, around: Around) -> Lines:
    """Return the description of a Deployment."""
    counts = (
        f"{look(item, 'spec', 'replicas', default=1)} desired",
        f"{_status(item, 'updatedReplicas')} updated",
        f"{_status(item, 'replicas')} total",
        f"{_status(item, 'availableReplicas')} available",
        f"{_status(item, 'unavailableReplicas')} unavailable",
    )
    return [
        *header(item),
        created(item),
        *tags(item),
        selector(look(item, "spec", "selector"), empty=""),
        f"Replicas:\t{' | '.join(counts)}",
        f"StrategyType:\t{look(item, 'spec', 'strategy', 'type', default='')}",
        f"MinReadySeconds:\t{look(item, 'spec', 'minReadySeconds', default=0)}",
        *_rolling(look(item, "spec", "strategy", "rollingUpdate")),
        *_template(item),
        *conditions(item),
        *_replica_sets(item, around),
        *events(item, around),
    ]


def _rolling(update: Json) -> Lines:
    if update is None:
        return []
    unavailable, surge = update.get("maxUnavailable", 0), update.get("maxSurge", 0)
    return [f"RollingUpdateStrategy:\t{unavailable} max unavailable, {surge} max surge"]


def _replica_sets(item: Json, around: Around) -> Lines:
    mine = owned(item, around.replica_sets)
    if not mine:
        return []
    template = look(item, "spec", "template")
    # Should two have the same template, the older one is the new ReplicaSet.
    alike = [one for one in mine if same_template(look(one, "spec", "template", default=EMPTY), template)]
    new = sorted(alike, key=lambda one: str(look(one, "metadata", "creationTimestamp", default="")))[:1]
    old = [one for one in mine if one not in new]
    return [f"OldReplicaSets:\t{_replicas(old)}", f"NewReplicaSet:\t{_replicas(new)}"]


def _replicas(sets: list[Json]) -> str:
    texts = [
        f"{look(one, 'metadata', 'name')} ({_status(one, 'replicas')}/{look(one, 'spec', 'replicas', default=1)}"
        " replicas created)"
        for one in sets
    ]
    return ", ".join(texts) or NONE


def stateful_set(item: Json, around: Around) -> Lines:
    """Return the description of a StatefulSet."""
    return [
        *header(item),
        created(item),
        selector(look(item, "spec", "selector"), empty=""),
        *tags(item),
        f"Replicas:\t{look(item, 'spec', 'replicas', default=1)} desired | {_status(item, 'replicas')} total",
        f"Update Strategy:\t{look(item, 'spec', 'updateStrategy', 'type', default='')}",
        *_partition(look(item, "spec", "updateStrategy", "rollingUpdate", default=EMPTY)),
        _pods_status(item, around),
        *_template(item),
        *_claims(look(item, "spec", "volumeClaimTemplates", default=NOTHING)),
        *events(item, around),
    ]


def _partition(update: Json) -> Lines:
    if update.get("partition") is None:
        return []
    return [*given("  Partition", update["partition"]), *given("  MaxUnavailable", update.get("maxUnavailable"))]


def _claims(claims: Json) -> Lines:
    if not claims:
        return [f"Volume Claims:\t{NONE}"]
    lines = ["Volume Claims:"]
    for claim in claims:
        lines += [
            f"  Name:\t{look(claim, 'metadata', 'name', default='')}",
            f"  StorageClass:\t{storage_class(claim)}",
            *(_indented(labels("  Labels", look(claim, "metadata", "labels")))),
            *(_indented(labels("  Annotations", look(claim, "metadata", "annotations")))),
            f"  Capacity:\t{look(claim, 'spec', 'resources', 'requests', 'storage', default='<default>')}",
            f"  Access Modes:\t{go_text(list(look(claim, 'spec', 'accessModes', default=NOTHING)))}",
        ]
    return lines


def _indented(lines: Lines) -> Lines:
    return [line if line.startswith(" ") else f"  {line}" for line in lines]


def daemon_set(item: Json, around: Around) -> Lines:
    """Return the description of a DaemonSet."""
    return [
        *header(item),
        selector(look(item, "spec", "selector"), empty=""),
        f"Node-Selector:\t{pairs(look(item, 'spec', 'template', 'spec', 'nodeSelector'))}",
        *tags(item),
        f"Desired Number of Nodes Scheduled: {_status(item, 'desiredNumberScheduled')}",
        f"Current Number of Nodes Scheduled: {_status(item, 'currentNumberScheduled')}",
        f"Number of Nodes Scheduled with Up-to-date Pods: {_status(item, 'updatedNumberScheduled')}",
        f"Number of Nodes Scheduled with Available Pods: {_status(item, 'numberAvailable')}",
        f"Number of Nodes Misscheduled: {_status(item, 'numberMisscheduled')}",
        _pods_status(item, around),
        *_template(item),
        *events(item, around),
    ]


def job(item: Json, around: Around) -> Lines:
    """Return the description of a Job."""
    spec, status = item.get("spec") or EMPTY, item.get("status") or EMPTY
    ended = status.get("completionTime")
    return [
        *header(item),
        selector(spec.get("selector"), empty=""),
        *tags(item),
        *controlled_by(item),
        *given("Parallelism", spec.get("parallelism")),
        f"Completions:\t{look(spec, 'completions', default=UNSET)}",
        *given("Completion Mode", spec.get("completionMode")),
        *given("Suspend", spec.get("suspend")),
        *given("Backoff Limit", spec.get("backoffLimit")),
        *given("TTL Seconds After Finished", spec.get("ttlSecondsAfterFinished")),
        *([f"Start Time:\t{date(status['startTime'])}"] if status.get("startTime") else []),
        *([f"Completed At:\t{date(ended)}"] if ended else []),
        *given("Duration", job_duration(item, around.now) if ended else None),
        *given("Active Deadline Seconds", spec.get("activeDeadlineSeconds"), unit="s"),
        _pods_statuses(status),
        *_indexes(spec, status),
        *_template(item),
        *events(item, around),
    ]


def _pods_statuses(status: Json) -> str:
    ready = f" ({status['ready']} Ready)" if status.get("ready") is not None else ""
    active, succeeded, failed = (status.get(name) or 0 for name in ("active", "succeeded", "failed"))
    return f"Pods Statuses:\t{active} Active{ready} / {succeeded} Succeeded / {failed} Failed"


def _indexes(spec: Json, status: Json) -> Lines:
    if spec.get("completionMode") != "Indexed":
        return []
    text = status.get("completedIndexes") or NONE
    # Cut at the first comma from the fiftieth character on.
    comma = text.find(",", 50)
    return [f"Completed Indexes:\t{text if comma < 0 else text[: comma + 1] + '...'}"]


def cron_job(item: Json, around: Around) -> Lines:
    """Return the description of a CronJob."""
    spec = item.get("spec") or EMPTY
    deadline, last = spec.get("startingDeadlineSeconds"), look(item, "status", "lastScheduleTime")
    active = [reference.get("name", "") for reference in look(item, "status", "active", default=NOTHING)]
    return [
        *header(item),
        *tags(item),
        f"Schedule:\t{spec.get('schedule', '')}",
        f"Concurrency Policy:\t{spec.get('concurrencyPolicy', '')}",
        f"Suspend:\t{look(spec, 'suspend', default=UNSET)}",
        f"Successful Job History Limit:\t{look(spec, 'successfulJobsHistoryLimit', default=UNSET)}",
        f"Failed Job History Limit:\t{look(spec, 'failedJobsHistoryLimit', default=UNSET)}",
        f"Starting Deadline Seconds:\t{UNSET if deadline is None else f'{deadline}s'}",
        *_job_template(look(spec, "jobTemplate", "spec", default=EMPTY)),
        f"Last Schedule Time:\t{date(last) if last else UNSET}",
        f"Active Jobs:\t{', '.join(active) or NONE}",
        *events(item, around),
    ]


def _job_template(spec: Json) -> Lines:
    wanted = spec.get("selector")
    return [
        f"Selector:\t{UNSET if wanted is None else Selector.parse(wanted)}",
        f"Parallelism:\t{look(spec, 'parallelism', default=UNSET)}",
        f"Completions:\t{look(spec, 'completions', default=UNSET)}",
        *given("Active Deadline Seconds", spec.get("activeDeadlineSeconds"), unit="s"),
        *pod_template_lines(spec.get("template")),
    ]


def budget(item: Json, around: Around) -> Lines:
    """Return the description of a PodDisruptionBudget."""
    spec = item.get("spec") or EMPTY
    return [
        *header(item),
        *(given("Min available", spec.get("minAvailable")) or given("Max unavailable", spec.get("maxUnavailable"))),
        selector(spec.get("selector")) if spec.get("selector") is not None else f"Selector:\t{UNSET}",
        "Status:",
        f"    Allowed disruptions:\t{_status(item, 'disruptionsAllowed')}",
        f"    Current:\t{_status(item, 'currentHealthy')}",
        f"    Desired:\t{_status(item, 'desiredHealthy')}",
        f"    Total:\t{_status(item, 'expectedPods')}",
        *events(item, around),
    ]

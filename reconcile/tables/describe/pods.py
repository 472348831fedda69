"""What `kubectl describe` says about pods."""

from typing import Final

from reconcile.model.json import EMPTY, NOTHING, Json, look
from reconcile.tables.describe.containers import amounts, containers
from reconcile.tables.describe.lines import (
    Around,
    Lines,
    controlled_by,
    date,
    events,
    given,
    header,
    labels,
    tags,
)
from reconcile.tables.describe.template import spread, tolerations
from reconcile.tables.describe.volumes import volumes
from reconcile.tables.durations import since
from reconcile.tables.table import NONE

_CONTAINERS: Final = (
    ("Init Containers", "initContainers", "initContainerStatuses"),
    ("Containers", "containers", "containerStatuses"),
    ("Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"),
)


def pod(item: Json, around: Around) -> Lines:
    """Return the description of a Pod."""
    spec = item.get("spec") or EMPTY
    return [
        *header(item),
        *_placement(item),
        *tags(item),
        *_status(item, around),
        *_security(spec),
        *_addresses(item),
        *controlled_by(item),
        *given("NominatedNodeName", look(item, "status", "nominatedNodeName")),
        *_resources(spec),
        *_containers(item),
        *_gates(item),
        *_conditions(item),
        *volumes(spec.get("volumes")),
        f"QoS Class:\t{look(item, 'status', 'qosClass') or qos_class(spec)}",
        *labels("Node-Selectors", spec.get("nodeSelector")),
        *tolerations("Tolerations", spec.get("tolerations")),
        *spread(spec),
        *events(item, around),
    ]


def _placement(item: Json) -> Lines:
    spec, status = item.get("spec") or EMPTY, item.get("status") or EMPTY
    node = f"{spec['nodeName']}/{status.get('hostIP') or ''}" if spec.get("nodeName") else NONE
    return [
        *given("Priority", spec.get("priority")),
        *given("Priority Class Name", spec.get("priorityClassName")),
        *given("Runtime Class Name", spec.get("runtimeClassName")),
        *given("Service Account", spec.get("serviceAccountName")),
        f"Node:\t{node}",
        *([f"Start Time:\t{date(status['startTime'])}"] if status.get("startTime") else []),
    ]


def _status(item: Json, around: Around) -> Lines:
    status, metadata = item.get("status") or EMPTY, item.get("metadata") or EMPTY
    phase, deleted = status.get("phase") or "", metadata.get("deletionTimestamp")
    lines = [f"Status:\t{phase}"]
    if deleted and phase not in ("Failed", "Succeeded"):
        lines = [
            f"Status:\tTerminating (lasts {since(deleted, around.now)})",
            f"Termination Grace Period:\t{metadata.get('deletionGracePeriodSeconds') or 0}s",
        ]
    return [*lines, *given("Reason", status.get("reason")), *given("Message", status.get("message"))]


def _security(spec: Json) -> Lines:
    profile = look(spec, "securityContext", "seccompProfile", default=EMPTY)
    local = profile.get("localhostProfile") if profile.get("type") == "Localhost" else None
    return [*given("SeccompProfile", profile.get("type")), *given("LocalhostProfile", local)]


def _addresses(item: Json) -> Lines:
    ips = look(item, "status", "podIPs", default=NOTHING)
    one = f"IP:\t{look(item, 'status', 'podIP', default='')}"
    return [one, *(["IPs:", *(f"  IP:\t{entry['ip']}" for entry in ips)] if ips else [f"IPs:\t{NONE}"])]


def _resources(spec: Json) -> Lines:
    resources = spec.get("resources")
    if resources is None:
        return []
    return [
        "Resources:",
        *amounts("Limits", resources.get("limits"), indent="  "),
        *amounts("Requests", resources.get("requests"), indent="  "),
    ]


def _containers(item: Json) -> Lines:
    spec, status = item.get("spec") or EMPTY, item.get("status") or EMPTY
    lines: Lines = []
    for title, field, statuses in _CONTAINERS:
        if spec.get(field) or field == "containers":
            lines += containers(title, spec.get(field), statuses=status.get(statuses), pod=item)
    return lines


def _gates(item: Json) -> Lines:
    gates = look(item, "spec", "readinessGates", default=NOTHING)
    known: dict[str, str] = {}
    for condition in look(item, "status", "conditions", default=NOTHING):
        known.setdefault(condition["type"], condition["status"])
    rows = [f"  {gate['conditionType']} \t{known.get(gate['conditionType'], NONE)} " for gate in gates]
    return ["Readiness Gates:", "  Type\tStatus", *rows] if rows else []


def _conditions(item: Json) -> Lines:
    found = look(item, "status", "conditions", default=NOTHING)
    rows = [f"  {one['type']} \t{one['status']} " for one in found]
    return ["Conditions:", "  Type\tStatus", *rows] if rows else []


_COUNTED: Final = ("cpu", "memory")


def qos_class(spec: Json) -> str:
    """Return how well a pod with *spec* is served when its node runs short.

    >>> qos_class({"containers": [{"resources": {"requests": {"cpu": "1"}}}]}), qos_class({})
    ('Burstable', 'BestEffort')
    """
    all_containers = [*(spec.get("containers") or NOTHING), *(spec.get("initContainers") or NOTHING)]
    resources = [container.get("resources") or EMPTY for container in all_containers]
    limits = [one.get("limits") or EMPTY for one in resources]
    requests = [one.get("requests") or EMPTY for one in resources]
    if not any(name in amount for amount in (*limits, *requests) for name in _COUNTED):
        return "BestEffort"
    # Guaranteed: every container has both limits, and asks for no less than it may use.
    bounded = all(name in limit for limit in limits for name in _COUNTED)
    equal = all(
        request.get(name, limit.get(name)) == limit.get(name)
        for limit, request in zip(limits, requests, strict=True)
        for name in _COUNTED
    )
    return "Guaranteed" if bounded and equal else "Burstable"

"""The columns of nodes, namespaces and events, which the contract leaves out, as kubectl 1.36 shows them."""

from typing import Final

from reconcile.model.clock import Instant
from reconcile.model.json import EMPTY, NOTHING, Json, look
from reconcile.tables.durations import UNKNOWN, since
from reconcile.tables.table import AGE, NAME, NONE, Column, column, joined, wide

_ROLE_PREFIX: Final = "node-role.kubernetes.io/"
_ROLE: Final = "kubernetes.io/role"


def node_status(node: Json) -> str:
    """Return the readiness of *node*, and whether pods may be put there.

    >>> node_status({"spec": {"unschedulable": True}})
    'Unknown,SchedulingDisabled'
    """
    conditions = look(node, "status", "conditions", default=NOTHING)
    ready = [condition.get("status") == "True" for condition in conditions if condition.get("type") == "Ready"]
    words = ["Ready" if one else "NotReady" for one in ready] or ["Unknown"]
    return ",".join([*words, *(["SchedulingDisabled"] if look(node, "spec", "unschedulable") else [])])


def node_roles(node: Json) -> str:
    """Return the roles that labels give *node*."""
    labels = look(node, "metadata", "labels", default=EMPTY)
    named = {key.removeprefix(_ROLE_PREFIX) for key in labels if key.startswith(_ROLE_PREFIX)}
    return joined(sorted((named | {labels.get(_ROLE, "")}) - {""}))


def _address(name: str, kind: str) -> Column:
    def cell(node: Json, _: Instant) -> str:
        for entry in look(node, "status", "addresses", default=NOTHING):
            if entry.get("type") == kind:
                return str(entry["address"])
        return NONE

    return wide(name, cell)


def _info(name: str, field: str) -> Column:
    return wide(name, lambda node, _: look(node, "status", "nodeInfo", field) or UNKNOWN)


NODES: Final = (
    NAME,
    Column("Status", lambda node, _: node_status(node)),
    Column("Roles", lambda node, _: node_roles(node)),
    AGE,
    column("Version", "status", "nodeInfo", "kubeletVersion"),
    _address("Internal-IP", "InternalIP"),
    _address("External-IP", "ExternalIP"),
    _info("OS-Image", "osImage"),
    _info("Kernel-Version", "kernelVersion"),
    _info("Container-Runtime", "containerRuntimeVersion"),
)
NAMESPACES: Final = (NAME, column("Status", "status", "phase"), AGE)


def first_seen(event: Json, now: Instant) -> str:
    """Return how long ago *event* was seen first."""
    return since(event.get("firstTimestamp") or event.get("eventTime"), now)


def last_seen(event: Json, now: Instant) -> str:
    """Return how long ago *event* was seen last."""
    series = look(event, "series", "lastObservedTime")
    return since(series or event.get("lastTimestamp") or event.get("firstTimestamp") or event.get("eventTime"), now)


def occurrences(event: Json) -> int:
    """Return how often *event* was seen."""
    series = look(event, "series", "count")
    return int(series if series is not None else event.get("count") or 1)


def source(event: Json) -> str:
    """Return who reported *event*, and from which node."""
    component = look(event, "source", "component") or event.get("reportingComponent") or ""
    host = look(event, "source", "host") or event.get("reportingInstance") or ""
    return f"{component}, {host}" if component and host else component or host


def _object(event: Json, _: Instant) -> str:
    involved = look(event, "involvedObject", default=EMPTY)
    kind, name = involved.get("kind", "").lower(), involved.get("name", "")
    return f"{kind}/{name}" if name else kind


EVENTS: Final = (
    Column("Last Seen", last_seen),
    column("Type", "type"),
    column("Reason", "reason"),
    Column("Object", _object),
    column("Subobject", "involvedObject", "fieldPath", wide=True),
    wide("Source", lambda event, _: source(event)),
    Column("Message", lambda event, _: str(event.get("message") or "").strip()),
    wide("First Seen", first_seen),
    Column("Count", lambda event, _: occurrences(event), "integer", 1),
    wide("Name", lambda event, _: look(event, "metadata", "name", default="")),
)

"""`reconcile tree`: an object and all that it owns, down to the containers.

Rules
1. A workload's pods stand below what made them; of what it keeps for its history the revisions are named.
2. A pod's containers say how they are; a Service's endpoints go by the names under which they are found.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from reconcile.controllers.deployment.annotations import REVISION
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.session import Session
from reconcile.kubectl.targets import targets
from reconcile.model.json import EMPTY, NOTHING, Json, look
from reconcile.model.kinds import BY_NAME
from reconcile.model.resource import Resource
from reconcile.model.revision import ControllerRevision
from reconcile.tables.columns import columns
from reconcile.tables.text import named

_SHOWN: Final = ("Ready", "Status", "Desired", "Current", "Completions")
"""The columns of an object's table that say how it is."""
_ZONE: Final = "svc.cluster.local"


def tree(session: Session, choice: Choice) -> Session:
    """Print the objects that *choice* names, each with what it owns below it."""
    chosen = targets(session, choice)
    for _, item in chosen.items:
        session = session.write("".join(f"{line}\n" for line in _lines(session, item)))
    return session.fail(*chosen.failures)


def _lines(session: Session, item: Resource) -> Iterator[str]:
    yield _label(session, item)
    owned = [child for child in session.cluster.world.store.dependents(item.uid) if _owns(item, child)]
    inside = _INSIDE.get(item.kind, _nothing)(item)
    below = [list(_lines(session, child)) for child in owned] or [[line] for line in inside]
    for number, lines in enumerate(below):
        last = number == len(below) - 1
        yield f"{'└─' if last else '├─'} {lines[0]}"
        yield from (f"{'  ' if last else '│ '} {line}" for line in lines[1:])


def _owns(item: Resource, child: Resource) -> bool:
    return any(owner.uid == item.uid for owner in child.meta.owners)


# --- one object --------------------------------------------------------------------------------------------------


def _label(session: Session, item: Resource) -> str:
    kind = BY_NAME.get(item.kind)
    cells = [
        f"{column.name.lower()} {column.cell(item.raw, session.cluster.now)}"
        for column in (columns(kind.plural) if kind is not None else ())
        if column.name in _SHOWN
    ]
    words = ", ".join([*_revision(item), *cells])
    return f"{named(item.raw)}   {words}" if words else named(item.raw)


def _revision(item: Resource) -> list[str]:
    number = item.revision if isinstance(item, ControllerRevision) else item.meta.annotations.get(REVISION)
    return [] if number is None else [f"revision {number}"]


# --- what is inside of one ---------------------------------------------------------------------------------------


def _nothing(_: Resource) -> list[str]:
    return []


def _containers(pod: Resource) -> list[str]:
    states = {entry["name"]: entry for entry in pod.status.get("containerStatuses") or NOTHING}
    return [
        f"container {entry['name']} ({entry.get('image', '')})   {_state(states.get(entry['name'], EMPTY))}"
        for entry in pod.spec.get("containers") or NOTHING
    ]


def _state(status: Json) -> str:
    """Return how a container is.

    >>> _state({"ready": True}), _state({"state": {"waiting": {"reason": "ImagePullBackOff"}}}), _state({})
    ('ready', 'not ready: ImagePullBackOff', 'not ready')
    >>> _state({"state": {"terminated": {"reason": "Error"}}})
    'ended: Error'
    """
    if status.get("ready"):
        return "ready"
    states = look(status, "state", default=EMPTY)
    reasons = [details["reason"] for details in states.values() if details.get("reason")]
    return ": ".join(["ended" if "terminated" in states else "not ready", *reasons])


def _endpoints(part: Resource) -> list[str]:
    service = part.meta.labels.get("kubernetes.io/service-name", "")
    return [_endpoint(one, f"{service}.{part.namespace}.{_ZONE}") for one in part.raw.get("endpoints") or NOTHING]


def _endpoint(one: Json, domain: str) -> str:
    target = look(one, "targetRef", "name", default=",".join(one.get("addresses") or NOTHING))
    name = f"{one['hostname']}.{domain}" if one.get("hostname") else domain
    return f"{target}   {name}, {'ready' if look(one, 'conditions', 'ready') else 'not ready'}"


_INSIDE: Final[Mapping[str, Callable[[Resource], list[str]]]] = {"Pod": _containers, "EndpointSlice": _endpoints}

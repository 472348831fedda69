"""READY, STATUS and RESTARTS of a pod (contract api 10.1).

Rules
1. The status tells the most telling thing about a pod: a finished or stuck init container before the phase, the first
   container's trouble before the last one's, a deletion before both.
2. Sidecars - init containers that restart always - count among the containers.
3. While the pod initializes, the restarts are the init containers'; afterwards the containers' and the sidecars'.
"""

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from reconcile.model.clock import Instant, parse
from reconcile.model.json import NOTHING, Json, look
from reconcile.tables.durations import human
from reconcile.tables.table import AGE, NAME, NONE, Column, wide


@frozen
class Restarts:
    """How often containers were started again, and when the last one before that ended."""

    number: int = 0
    last: Instant | None = None

    def plus(self, status: Json) -> "Restarts":
        """Return the sum with a container *status*."""
        ended = parse(look(status, "lastState", "terminated", "finishedAt") or None)
        known = [moment for moment in (self.last, ended) if moment is not None]
        return Restarts(self.number + look(status, "restartCount", default=0), max(known, default=None))

    def text(self, now: Instant) -> str:
        """Return the cell."""
        if self.number == 0 or self.last is None:
            return str(self.number)
        return f"{self.number} ({human((now - self.last).total_seconds())} ago)"


@frozen
class Summary:
    """What `kubectl get pods` says about a pod."""

    ready: int
    total: int
    status: str
    restarts: Restarts


@frozen
class _Init:
    """How far the init containers have come."""

    reason: str
    """What holds the pod up; empty if nothing does."""
    ready: int
    restarts: Restarts
    sidecars: Restarts


@frozen
class _Running:
    """What the containers' states say, walked from the last to the first."""

    reason: str
    ready: int
    restarts: Restarts
    running: bool = False
    error: str = ""


def summary(pod: Json) -> Summary:
    """Return READY, STATUS and RESTARTS of *pod*."""
    total = len(look(pod, "spec", "containers", default=NOTHING)) + len(_sidecars(pod))
    reason = _phase(pod)
    init = _init(pod)
    reason, ready, restarts = init.reason or reason, init.ready, init.restarts
    if not init.reason or _holds(pod, "Initialized"):
        state = _containers(look(pod, "status", "containerStatuses", default=NOTHING), reason, init)
        reason, ready, restarts = _completed(pod, state), state.ready, state.restarts
    return Summary(ready, total, _deleted(pod) or reason, restarts)


def _phase(pod: Json) -> str:
    for condition in look(pod, "status", "conditions", default=NOTHING):
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "SchedulingGated":
            return "SchedulingGated"
    return look(pod, "status", "reason") or look(pod, "status", "phase", default="")  # type: ignore[no-any-return]


def _sidecars(pod: Json) -> set[str]:
    """Return the names of the init containers that run beside the others."""
    inits = look(pod, "spec", "initContainers", default=NOTHING)
    return {container["name"] for container in inits if container.get("restartPolicy") == "Always"}


def _holds(pod: Json, kind: str) -> bool:
    conditions = look(pod, "status", "conditions", default=NOTHING)
    return any(condition.get("type") == kind and condition.get("status") == "True" for condition in conditions)


def _init(pod: Json) -> _Init:
    sidecars, total = _sidecars(pod), len(look(pod, "spec", "initContainers", default=NOTHING))
    ready, restarts, side = 0, Restarts(), Restarts()
    for index, status in enumerate(look(pod, "status", "initContainerStatuses", default=NOTHING)):
        restarts = restarts.plus(status)
        sidecar = status.get("name") in sidecars
        side = side.plus(status) if sidecar else side
        if look(status, "state", "terminated") is not None and not look(status, "state", "terminated", "exitCode"):
            continue
        if not (sidecar and status.get("started")):
            return _Init(_held_up(status, f"{index}/{total}"), ready, restarts, side)
        ready += bool(status.get("ready"))
    return _Init("", ready, restarts, side)


def _held_up(status: Json, progress: str) -> str:
    terminated = look(status, "state", "terminated")
    waiting = look(status, "state", "waiting", "reason")
    if terminated is not None:
        return f"Init:{_ended(terminated)}"
    if waiting and waiting != "PodInitializing":
        return f"Init:{waiting}"
    return f"Init:{progress}"


def _ended(terminated: Json) -> str:
    """Return why a container ended.

    >>> _ended({"exitCode": 3}), _ended({"signal": 9, "exitCode": 137}), _ended({"reason": "OOMKilled"})
    ('ExitCode:3', 'Signal:9', 'OOMKilled')
    """
    if terminated.get("reason"):
        return str(terminated["reason"])
    signal = terminated.get("signal")
    return f"Signal:{signal}" if signal else f"ExitCode:{terminated.get('exitCode', 0)}"


def _containers(statuses: Iterable[Json], reason: str, init: _Init) -> _Running:
    found = _Running(reason, init.ready, init.sidecars)
    for status in reversed(list(statuses)):
        found = _container(found, status)
    return found


def _container(found: _Running, status: Json) -> _Running:
    reason, ready, running, error = found.reason, found.ready, found.running, found.error
    waiting, terminated = look(status, "state", "waiting", "reason"), look(status, "state", "terminated")
    if waiting:
        reason = waiting
    elif terminated is not None:
        reason = _ended(terminated)
        error = reason if terminated.get("exitCode") else error
    elif status.get("ready") and look(status, "state", "running") is not None:
        ready, running = ready + 1, True
    return _Running(reason, ready, found.restarts.plus(status), running, error)


def _completed(pod: Json, state: _Running) -> str:
    """Return the reason, looking behind a `Completed` that does not hold for all containers."""
    if state.reason != "Completed":
        return state.reason
    if state.running and _holds(pod, "Ready"):
        return "Running"
    return state.error or ("NotReady" if state.running else state.reason)


def _deleted(pod: Json) -> str:
    if not look(pod, "metadata", "deletionTimestamp"):
        return ""
    if look(pod, "status", "reason") == "NodeLost":
        return "Unknown"
    return "" if look(pod, "status", "phase") in ("Succeeded", "Failed") else "Terminating"


def _ready(pod: Json, _: Instant) -> str:
    found = summary(pod)
    return f"{found.ready}/{found.total}"


def _ip(pod: Json, _: Instant) -> str:
    return look(pod, "status", "podIPs", 0, "ip") or NONE


def _gates(pod: Json, _: Instant) -> str:
    gates = look(pod, "spec", "readinessGates", default=NOTHING)
    if not gates:
        return NONE
    return f"{sum(_holds(pod, gate['conditionType']) for gate in gates)}/{len(gates)}"


PODS: Final = (
    NAME,
    Column("Ready", _ready),
    Column("Status", lambda pod, _: summary(pod).status),
    Column("Restarts", lambda pod, now: summary(pod).restarts.text(now)),
    AGE,
    wide("IP", _ip),
    wide("Node", lambda pod, _: look(pod, "spec", "nodeName") or NONE),
    wide("Nominated Node", lambda pod, _: look(pod, "status", "nominatedNodeName") or NONE),
    wide("Readiness Gates", _gates),
)

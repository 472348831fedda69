"""The status of a pod as a kubelet writes it.

Rules
1. A status is written as a whole for a phase and one state that all containers share; conditions that others have set,
   and those whose status is the same, stay as they are.
2. Init containers have succeeded once the pod is beyond Pending; restartable ones live as the containers do.
3. The address is drawn from the pod's uid and kept for its life.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from attrs import field, frozen

from reconcile.model import condition
from reconcile.model.clock import Instant, stamp
from reconcile.model.json import FrozenMap
from reconcile.model.pod import Pod

_NOT_READY: Final[Mapping[str, str]] = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}
"""Why a pod of that phase is not ready; any other: its containers are not."""


@frozen
class Containers:
    """The state that all containers of a pod share."""

    state: dict[str, Any]
    ready: bool = field(kw_only=True)
    restarts: int = field(kw_only=True)
    last: dict[str, Any] = field(factory=dict, kw_only=True)


def pod_status(
    pod: Pod,
    phase: str,
    containers: Containers,
    now: Instant,
    *,
    extra: Mapping[str, Any] | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Return the parts of *pod*'s status that change when it comes to *phase* with its *containers* in that state."""
    status: dict[str, Any] = {
        "phase": phase,
        "conditions": _conditions(pod, phase, containers.ready, now, extra),
        "containerStatuses": [_container(entry, containers) for entry in pod.spec.get("containers") or ()],
        "startTime": pod.status.get("startTime") or stamp(now),
    }
    if reason:
        status["reason"] = reason
    if not pod.status.get("podIP"):
        status["podIP"] = address(pod)
        status["podIPs"] = [{"ip": status["podIP"]}]
    inits = pod.spec.get("initContainers") or ()
    if inits and phase != "Pending":
        status["initContainerStatuses"] = [_init_container(entry, containers, now) for entry in inits]
    return status


def address(pod: Pod) -> str:
    """Return the address of *pod*: drawn from its uid, so the same pod has the same one everywhere.

    >>> address(Pod({"metadata": {"uid": "a"}})) == address(Pod({"metadata": {"uid": "a"}}))
    True
    """
    a, b, c = blake2b(pod.uid.encode(), digest_size=3).digest()
    return f"10.{64 + a % 64}.{b}.{1 + c % 254}"


def _container(entry: FrozenMap, containers: Containers) -> dict[str, Any]:
    return {
        "name": entry.get("name"),
        "image": entry.get("image"),
        "imageID": "",
        "ready": containers.ready,
        "started": "running" in containers.state,
        "restartCount": containers.restarts,
        "state": containers.state,
        "lastState": containers.last,
    }


def _init_container(entry: FrozenMap, containers: Containers, now: Instant) -> dict[str, Any]:
    if entry.get("restartPolicy") == "Always":
        return _container(entry, Containers(containers.state, ready=containers.ready, restarts=0))
    done = {"exitCode": 0, "reason": "Completed", "startedAt": stamp(now), "finishedAt": stamp(now)}
    return _container(entry, Containers({"terminated": done}, ready=True, restarts=0))


def _conditions(
    pod: Pod, phase: str, ready: bool, now: Instant, extra: Mapping[str, Any] | None
) -> list[Mapping[str, Any]]:
    why = "" if ready else _NOT_READY.get(phase, "ContainersNotReady")
    wanted: list[dict[str, Any]] = [
        {"type": "PodReadyToStartContainers", "status": "True"},
        {"type": "Initialized", "status": "True"},
        {"type": "Ready", "status": str(ready), "reason": why},
        {"type": "ContainersReady", "status": str(ready), "reason": why},
        {"type": "PodScheduled", "status": "True"},
    ]
    if extra is not None:
        wanted.append(dict(extra))
    named = {entry["type"] for entry in wanted}
    others = [entry for entry in pod.conditions if entry.get("type") not in named]
    return [*(_turned(condition.find(pod.conditions, entry["type"]), entry, now) for entry in wanted), *others]


def _turned(old: FrozenMap | None, new: dict[str, Any], now: Instant) -> dict[str, Any]:
    """Return *new* with the time of its last turn: that of *old* if the status is the same."""
    same = old is not None and old.get("status") == new["status"]
    since = old.get("lastTransitionTime") if old is not None and same else stamp(now)
    return {
        **{key: value for key, value in new.items() if value != ""},
        "lastProbeTime": None,
        "lastTransitionTime": since,
    }

"""Kubelet: what becomes of a pod once it has a node.

Rules
1. Everything follows from the pod and its behaviour (`reconcile.nodes.behaviour`): the next stage is due at an instant
   that the pod's own status and the behaviour's delays give. Before it the kubelet wakes up again then; at it, it
   writes.
2. Stages: pending -> running -> ready -> ended, or -> image cannot be pulled. What ends is started again if the restart
   policy says so, after 10 s, 20 s, 40 s ... up to 5 minutes.
3. A pod that is deleted is gone when its termination time has passed. If something still holds it (a finalizer), it
   first shows that it ended.
4. On a node that is down nothing happens.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from attrs import frozen

from reconcile.actions import MERGE, Action, Delete, Event, Patch, WakeAt
from reconcile.controller import Change, Controller, Key, mapped
from reconcile.model import condition
from reconcile.model.clock import Instant, instant, later, parse, stamp
from reconcile.model.json import NOTHING, FrozenMap, freeze
from reconcile.model.node import Node
from reconcile.model.pod import Pod
from reconcile.nodes.behaviour import DEFAULT_BEHAVIOURS, Behaviour, choose, draw
from reconcile.nodes.status import Containers, pod_status
from reconcile.view import Observed, Reader

FIRST_BACK_OFF: Final = 10.0
LAST_BACK_OFF: Final = 300.0


@frozen
class _Scene:
    """A pod with everything that decides what becomes of it."""

    pod: Pod
    row: Behaviour
    seed: int
    observed: Observed

    @property
    def now(self) -> Instant:
        return self.observed.now

    def draw(self, what: str, limit: float) -> float:
        return draw(self.seed, self.pod.uid, what, limit)

    def after(self, start: Instant, what: str) -> Instant:
        """Return when the stage *what*, which begins at *start*, is over."""
        return later(start, getattr(self.row, what) + self.draw(what, getattr(self.row, f"{what}_jitter")))


def kubelet(behaviours: Sequence[Behaviour] = DEFAULT_BEHAVIOURS, *, seed: int = 0) -> Controller:
    """Return the kubelets of all nodes as one controller whose pods fare as *behaviours* say."""
    table = tuple(behaviours)

    def reconcile(pod: Pod, observed: Observed) -> list[Action]:
        if not pod.node or _down(pod, observed):
            return []
        return _live(_Scene(pod, choose(table, pod), seed, observed))

    return Controller("kubelet", "Pod", reconcile, watches=(mapped("Node", _of_node),), interest=_interest)


def _down(pod: Pod, observed: Observed) -> bool:
    node = observed.get(Node, "", pod.node)
    return node is None or node.stopped is not None


def _live(scene: _Scene) -> list[Action]:
    pod = scene.pod
    if pod.meta.deleting:
        return _terminate(scene)
    if pod.finished:
        return []
    stage = "Pending" if pod.phase in ("", "Pending") else _container_stage(pod)
    return _disruption(scene) or _deadline(scene) or _STAGES[stage](scene)


def _container_stage(pod: Pod) -> str:
    states = [entry.get("state") or {} for entry in pod.status.get("containerStatuses") or ()]
    return "Waiting" if any("waiting" in state for state in states) else "Running"


# --- stages ------------------------------------------------------------------------------------------------------


def _pending(scene: _Scene) -> list[Action]:
    pod = scene.pod
    scheduled = condition.find(pod.conditions, "PodScheduled")
    bound = parse(scheduled.get("lastTransitionTime")) if scheduled is not None else pod.meta.created
    due = scene.after(bound or scene.now, "start")
    if due > scene.now:
        return [WakeAt(due, "the containers start then")]
    if not scene.row.pull:
        return _cannot_pull(scene)
    return _run(scene, 0)


def _cannot_pull(scene: _Scene) -> list[Action]:
    pod = scene.pod
    if pod.status.get("containerStatuses"):
        return []
    image = pod.look("spec", "containers", 0, "image", default="")
    message = f'Back-off pulling image "{image}"'
    waiting = Containers({"waiting": {"reason": "ImagePullBackOff", "message": message}}, ready=False, restarts=0)
    return [
        Event("Warning", "Failed", pod, f'Failed to pull image "{image}": not found'),
        _write(scene, "Pending", waiting, why=f"image {image} cannot be pulled"),
    ]


def _run(scene: _Scene, restarts: int) -> list[Action]:
    ready = scene.row.becomes_ready and not scene.row.ready and not scene.row.ready_jitter
    running = Containers({"running": {"startedAt": stamp(scene.now)}}, ready=ready, restarts=restarts)
    return [_write(scene, "Running", running, why="the containers started")]


def _running(scene: _Scene) -> list[Action]:
    pod, now = scene.pod, scene.now
    started = instant(pod.look("status", "containerStatuses", 0, "state", "running", "startedAt", default=stamp(now)))
    wakes: list[Action] = []
    if not pod.ready and scene.row.becomes_ready:
        due = scene.after(started, "ready")
        if due <= now:
            running = Containers({"running": {"startedAt": stamp(started)}}, ready=True, restarts=pod.restarts)
            return [_write(scene, "Running", running, why="the containers became ready")]
        wakes.append(WakeAt(due, "the containers become ready then"))
    code = _exit_code(scene)
    if code is not None:
        due = scene.after(started, "runs")
        if due <= now:
            return _ended(scene, started, code)
        wakes.append(WakeAt(due, "the containers end then"))
    return wakes


def _exit_code(scene: _Scene) -> int | None:
    """Return with which code this run of the containers ends; None if it runs for ever."""
    row, pod = scene.row, scene.pod
    index = pod.meta.annotations.get("batch.kubernetes.io/job-completion-index")
    if index is not None and index in row.index_codes:
        return int(row.index_codes[index])
    if row.exit_codes:
        attempt = pod.restarts + _earlier_attempts(scene)
        return row.exit_codes[min(attempt, len(row.exit_codes) - 1)]
    return row.exit_code


def _earlier_attempts(scene: _Scene) -> int:
    """Return how many pods of the same Job, and of the same index, have failed before this one."""
    pod, key = scene.pod, "batch.kubernetes.io/job-completion-index"
    controller = pod.meta.controller
    if controller is None:
        return 0
    siblings = scene.observed.owned_by_uid("Pod", controller.uid).where(lambda t: t.phase == "Failed").of(Pod)
    index = pod.meta.annotations.get(key)
    return sum(1 for sibling in siblings if sibling.meta.annotations.get(key) == index)


def _ended(scene: _Scene, started: Instant, code: int) -> list[Action]:
    """Write what is left when the containers end with *code*: a finished pod, or one that will be started again."""
    pod = scene.pod
    policy = pod.spec.get("restartPolicy") or "Always"
    finished = {
        "exitCode": code,
        "reason": "Completed" if code == 0 else "Error",
        "startedAt": stamp(started),
        "finishedAt": stamp(scene.now),
    }
    if policy == "Never" or (policy == "OnFailure" and code == 0):
        ended = Containers({"terminated": finished}, ready=False, restarts=pod.restarts)
        return [_write(scene, "Succeeded" if code == 0 else "Failed", ended, why=f"the containers ended with {code}")]
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off restarting failed container"}}
    crashed = Containers(waiting, ready=False, restarts=pod.restarts, last={"terminated": finished})
    return [
        Event("Warning", "BackOff", pod, "Back-off restarting failed container"),
        _write(scene, "Running", crashed, why=f"the containers ended with {code} and are started again later"),
    ]


def _waiting(scene: _Scene) -> list[Action]:
    """Start the containers of a crashed pod again once its back-off is over."""
    pod = scene.pod
    finished = pod.look("status", "containerStatuses", 0, "lastState", "terminated", "finishedAt")
    wait = min(FIRST_BACK_OFF * 2 ** min(pod.restarts, 10), LAST_BACK_OFF)
    due = later(instant(finished), wait) if finished is not None else scene.now
    if due > scene.now:
        return [WakeAt(due, "the containers start again then")]
    return _run(scene, pod.restarts + 1)


_STAGES: Final[dict[str, Callable[[_Scene], list[Action]]]] = {
    "Pending": _pending,
    "Running": _running,
    "Waiting": _waiting,
}


# --- ends --------------------------------------------------------------------------------------------------------


def _disruption(scene: _Scene) -> list[Action]:
    if scene.row.disrupted is None or scene.pod.meta.created is None:
        return []
    due = later(scene.pod.meta.created, scene.row.disrupted)
    if due > scene.now:
        return [WakeAt(due, "the pod is disrupted then")] if scene.pod.phase == "Running" else []
    reason = {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler"}
    return [_fail(scene, 143, "the pod was disrupted", extra=reason)]


def _deadline(scene: _Scene) -> list[Action]:
    limit = scene.pod.spec.get("activeDeadlineSeconds")
    started = parse(scene.pod.status.get("startTime"))
    if limit is None or started is None or later(started, limit) > scene.now:
        return []
    return [_fail(scene, 143, "the pod was active longer than specified", reason="DeadlineExceeded")]


def _fail(scene: _Scene, code: int, why: str, *, extra: dict[str, Any] | None = None, reason: str = "") -> Action:
    state = {"exitCode": code, "reason": "Error", "startedAt": stamp(scene.now), "finishedAt": stamp(scene.now)}
    ended = Containers({"terminated": state}, ready=False, restarts=scene.pod.restarts)
    return _write(scene, "Failed", ended, why=why, extra=extra, reason=reason)


def _terminate(scene: _Scene) -> list[Action]:
    pod = scene.pod
    deleted, grace = pod.meta.deleted, pod.look("metadata", "deletionGracePeriodSeconds", default=0)
    assert deleted is not None
    last = [_fail(scene, 143, "the containers were told to end")] if pod.meta.finalizers and not pod.finished else []
    if not grace:
        return last  # The API has done its part; what still holds the pod is somebody else's finalizer.
    asked = later(deleted, -grace)
    due = min(scene.after(asked, "terminates"), deleted)
    if due > scene.now:
        return [WakeAt(due, "the containers have ended then")]
    return [
        *last,
        Delete("Pod", pod.namespace, pod.name, "the containers have ended", grace_period_seconds=0, uid=pod.uid),
    ]


def _write(
    scene: _Scene,
    phase: str,
    containers: Containers,
    *,
    why: str,
    extra: dict[str, Any] | None = None,
    reason: str = "",
) -> Patch:
    status = pod_status(scene.pod, phase, containers, scene.now, extra=extra, reason=reason)
    body = FrozenMap(status=freeze(status))
    return Patch("Pod", scene.pod.namespace, scene.pod.name, body, why, patch_type=MERGE, subresource="status")


# --- what wakes it -----------------------------------------------------------------------------------------------


def _interest(change: Change, _: Reader) -> bool:
    new = change[1]
    return isinstance(new, Pod) and bool(new.node) and (new.meta.deleting or not new.finished)


def _of_node(change: Change, reader: Reader) -> list[Key]:
    """A node that comes or goes up or down concerns its pods; other changes of it do not."""
    old, new = change
    name = (new or old).name if (new or old) is not None else ""  # type: ignore[union-attr]
    before = old.stopped if isinstance(old, Node) else NOTHING
    after = new.stopped if isinstance(new, Node) else NOTHING
    return [] if before == after else [(pod.namespace, pod.name) for pod in reader.on_node(name).of(Pod)]

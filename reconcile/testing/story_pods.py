"""The hand-driven kubelet of a story: which pods a step is about, and what becomes of them (contract stories 3)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from reconcile.actions import MERGE, Action, Create, Delete, Patch
from reconcile.cluster import Cluster
from reconcile.kubectl.rollback import revision_of
from reconcile.model import condition
from reconcile.model.clock import Instant, stamp
from reconcile.model.json import FrozenMap, freeze
from reconcile.model.placement import pinned
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.model.revision import ControllerRevision
from reconcile.nodes.status import address

INDEX: Final = "batch.kubernetes.io/job-completion-index"
REVISION_LABEL: Final = "controller-revision-hash"


# --- which pods --------------------------------------------------------------------------------------------------


def state_of(pod: Pod) -> str:
    """Return the state of *pod* in a story's words: terminating, ready, notready, or its phase in lower case."""
    if pod.meta.deleting:
        return "terminating"
    if pod.phase == "Running":
        return "ready" if pod.ready else "notready"
    return (pod.phase or "Pending").lower()


_STATES: Final[dict[str, frozenset[str]]] = {
    "running": frozenset({"ready", "notready"}),
    "live": frozenset({"pending", "ready", "notready"}),
}


def owner_of(pod: Resource, cluster: Cluster) -> tuple[str, str] | None:
    """Return kind and name of the workload behind *pod*: of a Deployment's ReplicaSet, the Deployment."""
    controller = pod.meta.controller
    if controller is None:
        return None
    if controller.kind == "ReplicaSet":
        rs = cluster.find("ReplicaSet", controller.name, pod.namespace)
        above = rs.meta.controller if rs is not None and rs.uid == controller.uid else None
        if above is not None and above.kind == "Deployment":
            return (above.kind, above.name)
    return (controller.kind, controller.name)


def revision_number(pod: Pod, cluster: Cluster) -> int | None:
    """Return the revision that *pod* was made from, as a story numbers it."""
    controller = pod.meta.controller
    if controller is not None and controller.kind == "ReplicaSet":
        rs = cluster.find("ReplicaSet", controller.name, pod.namespace)
        return revision_of(rs) if rs is not None else None
    label = pod.meta.labels.get(REVISION_LABEL, "")
    owner = controller.name if controller is not None else ""
    for revision in cluster.all("ControllerRevision", pod.namespace):
        if isinstance(revision, ControllerRevision) and revision.name in (label, f"{owner}-{label}"):
            return revision.revision
    return None


def target_node(pod: Pod) -> str:
    """Return the node that *pod* is bound to or meant for."""
    return pod.node or pinned(pod.spec) or ""


def _ordinal(pod: Pod) -> int:
    digits = pod.name.rpartition("-")[2]
    return int(digits) if digits.isdigit() else -1


_TESTS: Final[dict[str, Callable[[Pod, Any, Cluster], bool]]] = {
    "owner": lambda pod, want, cluster: "/".join(owner_of(pod, cluster) or ("none",)) == want,
    "state": lambda pod, want, _: want == "any" or state_of(pod) in _STATES.get(want, {want}),
    "revision": lambda pod, want, cluster: revision_number(pod, cluster) == want,
    "ordinal": lambda pod, want, _: _ordinal(pod) == want,
    "node": lambda pod, want, _: target_node(pod) == want,
    "index": lambda pod, want, _: pod.meta.annotations.get(INDEX) == str(want),
}


def select(cluster: Cluster, wanted: Mapping[str, Any], namespace: str) -> list[Pod]:
    """Return the pods that a step is about, in the order of names; raise ValueError if there is none."""
    pods = [pod for pod in cluster.all("Pod", namespace) if isinstance(pod, Pod)]
    found = [
        pod for pod in pods if all(_TESTS[key](pod, value, cluster) for key, value in wanted.items() if key != "pick")
    ]
    if not found:
        raise ValueError(f"select: no pod matches {dict(wanted)}")
    how, _, count = wanted.get("pick", "all").partition(":")
    return found[: int(count)] if how == "count" else found


# --- what becomes of them ----------------------------------------------------------------------------------------

_PHASES: Final = {"succeeded": "Succeeded", "failed": "Failed", "disrupted": "Failed"}
_NOT_READY: Final = {"succeeded": "PodCompleted", "failed": "PodFailed", "disrupted": "PodFailed"}


def become(pod: Pod, what: str, now: Instant, first_node: str) -> list[Action]:
    """Return the writes after which *pod* is *what*."""
    word, _, rest = what.partition(":")
    if word in _WRITES:
        return [_WRITES[word](pod, rest)]
    binding = [] if pod.node else [_bind(pod, target_node(pod) or first_node)]
    return [*binding, _status(pod, word, int(rest or 0), now)]


def _label(pod: Pod, pair: str) -> Action:
    key, _, value = pair.partition("=")
    return Patch(*pod.key, freeze({"metadata": {"labels": {key: value}}}), "the story says so", patch_type=MERGE)


_WRITES: Final[dict[str, Callable[[Pod, str], Action]]] = {
    "deleted": lambda pod, _: Delete(*pod.key, "the story says so"),
    "gone": lambda pod, _: Delete(*pod.key, "the story says so", grace_period_seconds=0),
    "label": _label,
}


def _bind(pod: Pod, node: str) -> Create:
    body = {"metadata": {"name": pod.name}, "target": {"kind": "Node", "name": node}}
    return Create("Pod", pod.namespace, freeze(body), "the story says so", subresource="binding")


def _status(pod: Pod, word: str, code: int, now: Instant) -> Patch:
    code = 143 if word == "disrupted" else code
    status = {
        "phase": _PHASES.get(word, "Running"),
        "startTime": pod.status.get("startTime") or stamp(now),
        "podIP": pod.status.get("podIP") or address(pod),
        "podIPs": pod.status.get("podIPs") or [{"ip": address(pod)}],
        "conditions": _conditions(pod, word, now),
        "containerStatuses": [_container(entry, word, code, now) for entry in pod.spec.get("containers") or ()],
    }
    body = freeze({"status": status})
    return Patch(*pod.key, body, "the story says so", patch_type=MERGE, subresource="status")


def _conditions(pod: Pod, word: str, now: Instant) -> list[Mapping[str, Any]]:
    ready = word == "ready"
    reason = {} if ready else {"reason": _NOT_READY.get(word, "ContainersNotReady")}
    wanted: dict[str, dict[str, Any]] = {
        "PodScheduled": {"status": "True"},
        "Initialized": {"status": "True"},
        "Ready": {"status": str(ready), **reason},
        "ContainersReady": {"status": str(ready), **reason},
    }
    if word == "disrupted":
        wanted["DisruptionTarget"] = {"status": "True", "reason": "PreemptionByScheduler"}
    kept = [entry for entry in pod.conditions if entry["type"] not in wanted]
    return [*kept, *(_turned(condition.find(pod.conditions, kind), kind, new, now) for kind, new in wanted.items())]


def _turned(old: FrozenMap | None, kind: str, new: dict[str, Any], now: Instant) -> Mapping[str, Any]:
    same = old is not None and old.get("status") == new["status"]
    since = old.get("lastTransitionTime") if old is not None and same else stamp(now)
    return {"type": kind, **new, "lastProbeTime": None, "lastTransitionTime": since}


def _container(entry: FrozenMap, word: str, code: int, now: Instant) -> dict[str, Any]:
    ended = word in _PHASES
    over = {
        "exitCode": code,
        "reason": "Error" if code else "Completed",
        "startedAt": stamp(now),
        "finishedAt": stamp(now),
    }
    return {
        "name": entry.get("name"),
        "image": entry.get("image"),
        "imageID": "",
        "restartCount": 0,
        "ready": word == "ready",
        "started": not ended,
        "state": {"terminated": over} if ended else {"running": {"startedAt": stamp(now)}},
    }

"""Node lifecycle: what follows for the cluster from the state of a node.

Rules
1. A node whose kubelet is down is noticed after 50 s: its Ready condition becomes Unknown, it is tainted as
   unreachable, and its pods are not ready any more. When it comes back, all of that is taken back.
2. A cordoned node carries the taint `node.kubernetes.io/unschedulable`.
3. A pod leaves a node with a NoExecute taint that it does not tolerate, or no longer tolerates (tolerationSeconds).
4. A pod on a node that is gone has failed, and is removed; so has one that was told to go before it had a node, if a
   finalizer still holds it. No kubelet will ever report their end. (Upstream looks for them every 20 seconds.)
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from reconcile.actions import MERGE, Action, Delete, Event, Patch, WakeAt
from reconcile.controller import Change, Controller, Key, mapped
from reconcile.model import condition
from reconcile.model.clock import Instant, instant, later, parse, stamp
from reconcile.model.json import FrozenMap, freeze
from reconcile.model.node import Node
from reconcile.model.placement import tolerates
from reconcile.model.pod import Pod
from reconcile.view import Observed, Reader

GRACE: Final = 50.0
"""How long a silent node is waited for, in seconds: kube-controller-manager's node-monitor-grace-period
(40 s before 1.32: kubernetes#126287)."""

UNREACHABLE: Final = "node.kubernetes.io/unreachable"
UNSCHEDULABLE: Final = "node.kubernetes.io/unschedulable"
_OURS: Final = (UNREACHABLE, UNSCHEDULABLE)


# --- nodes -------------------------------------------------------------------------------------------------------


def reconcile_node(node: Node, observed: Observed) -> list[Action]:
    """Return what brings the condition and the taints of *node* up to date."""
    lost_at = later(instant(node.stopped), GRACE) if node.stopped is not None else None
    lost = lost_at is not None and lost_at <= observed.now
    actions = [*_condition(node, lost, observed.now), *_taints(node, lost, observed.now)]
    if lost_at is not None and not lost:
        actions.append(WakeAt(lost_at, "the node has been silent for too long then"))
    return actions


def _condition(node: Node, lost: bool, now: Instant) -> list[Action]:
    conditions = node.status.get("conditions") or ()
    old = condition.find(conditions, "Ready")
    if old is None or (old.get("status") == "Unknown") == lost:
        return []
    why = "kubelet stopped posting node status" if lost else "kubelet is posting ready status"
    new = {
        **old,
        "status": "Unknown" if lost else "True",
        "reason": "NodeStatusUnknown" if lost else "KubeletReady",
        "message": why,
        "lastTransitionTime": stamp(now),
    }
    body = freeze({"status": {"conditions": [*condition.without(conditions, "Ready"), new]}})
    told = Event("Normal", "NodeNotReady" if lost else "NodeReady", node, why)
    return [told, Patch(*node.key, body, why, patch_type=MERGE, subresource="status")]


def _taints(node: Node, lost: bool, now: Instant) -> list[Action]:
    wanted: list[dict[str, Any]] = []
    if node.unschedulable:
        wanted.append({"key": UNSCHEDULABLE, "effect": "NoSchedule"})
    if lost:
        wanted += [{"key": UNREACHABLE, "effect": effect} for effect in ("NoSchedule", "NoExecute")]
    stored = {(t.get("key"), t.get("effect")): t for t in node.taints}
    if {(t["key"], t["effect"]) for t in wanted} == {place for place in stored if place[0] in _OURS}:
        return []
    others = [taint for taint in node.taints if taint.get("key") not in _OURS]
    timed = [stored.get((t["key"], t["effect"]), {**t, "timeAdded": stamp(now)}) for t in wanted]
    body = freeze({"spec": {"taints": [*others, *timed] or None}})
    return [Patch(*node.key, body, "its taints follow from its state", patch_type=MERGE)]


NODE_LIFECYCLE: Final = Controller("node-lifecycle", "Node", reconcile_node)


# --- pods on them ------------------------------------------------------------------------------------------------


def reconcile_pod(pod: Pod, observed: Observed) -> list[Action]:
    """Return what follows for *pod* from the state of its node."""
    if not pod.node:
        return _give_up(pod, observed.now, "it was told to go before it had a node") if pod.terminating else []
    node = observed.get(Node, "", pod.node)
    if node is None:
        return _give_up(pod, observed.now, f"its node {pod.node} is gone", _collected(observed.now))
    if pod.meta.deleting or pod.finished:
        return []
    unready = _unready(pod, observed.now) if _unreachable(node) and pod.ready else []
    return [*unready, *_evict(pod, node, observed.now)]


def _give_up(pod: Pod, now: Instant, why: str, *extra: FrozenMap) -> list[Action]:
    """Return what ends *pod* for good, with *extra* conditions: nobody else will."""
    gone = Delete(*pod.key, why, grace_period_seconds=0, uid=pod.uid)
    if pod.finished:
        return [gone]
    turned = [*([_not_ready("PodFailed", now)] if pod.ready else []), *extra]
    named = {entry["type"] for entry in turned}
    kept = [entry for entry in pod.conditions if entry.get("type") not in named]
    body = freeze({"status": {"phase": "Failed", "conditions": [*kept, *turned]}})
    return [Patch(*pod.key, body, why, patch_type=MERGE, subresource="status"), gone]


def _collected(now: Instant) -> FrozenMap:
    return FrozenMap(type="DisruptionTarget", status="True", reason="DeletionByPodGC", lastTransitionTime=stamp(now))


def _not_ready(reason: str, now: Instant) -> FrozenMap:
    return FrozenMap(type="Ready", status="False", reason=reason, lastTransitionTime=stamp(now))


def _unreachable(node: Node) -> bool:
    return any(taint.get("key") == UNREACHABLE for taint in node.taints)


def _unready(pod: Pod, now: Instant) -> list[Action]:
    others = condition.without(pod.conditions, "Ready")
    body = freeze({"status": {"conditions": [*others, _not_ready("NodeNotReady", now)]}})
    return [Patch(*pod.key, body, f"its node {pod.node} is unreachable", patch_type=MERGE, subresource="status")]


def _evict(pod: Pod, node: Node, now: Instant) -> list[Action]:
    ends = [_end(pod, taint, now) for taint in node.taints if taint.get("effect") == "NoExecute"]
    due = min((end for end in ends if end is not None), default=None)
    if due is None:
        return []
    if due > now:
        return [WakeAt(due, f"the taints of {node.name} are no longer tolerated then")]
    why = f"{node.name} has a taint that the pod does not tolerate"
    return [
        Event("Normal", "TaintManagerEviction", pod, f"Marking for deletion Pod {pod.namespace}/{pod.name}"),
        Delete(*pod.key, why),
    ]


def _end(pod: Pod, taint: FrozenMap, now: Instant) -> Instant | None:
    """Return until when *pod* may stay in spite of *taint*; None for ever."""
    matching = [t for t in pod.spec.get("tolerations") or () if tolerates([t], taint)]
    if not matching:
        return now
    limits = [t["tolerationSeconds"] for t in matching if t.get("tolerationSeconds") is not None]
    return later(parse(taint.get("timeAdded")) or now, max(min(limits), 0)) if limits else None


def _on_node(change: Change, reader: Reader) -> Iterable[Key]:
    """A node that goes, or whose taints change, concerns its pods."""
    old, new = change
    if isinstance(old, Node) and (not isinstance(new, Node) or old.taints != new.taints):
        yield from ((pod.namespace, pod.name) for pod in reader.on_node(old.name).of(Pod))


def _concerns(change: Change, reader: Reader) -> bool:
    """Pods that were just bound, to a node that is tainted or gone, and those that are to go and never were."""
    old, new = change
    if not isinstance(new, Pod) or (new.node and isinstance(old, Pod) and old.node):
        return False
    if not new.node:
        return new.terminating
    node = reader.get("Node", "", new.node)
    return not isinstance(node, Node) or any(_no_execute(node))


def _no_execute(node: Node) -> Iterator[bool]:
    return (taint.get("effect") == "NoExecute" for taint in node.taints)


POD_EVICTION: Final = Controller(
    "pod-eviction", "Pod", reconcile_pod, watches=(mapped("Node", _on_node),), interest=_concerns
)

"""Scheduler: give every pending pod a node.

Rules
1. A pod goes to the feasible node with the fewest pods, ties by name. (The real scheduler scores nodes by many
   plug-ins; spreading by count is what remains visible of them when all pods are alike.)
2. A node is feasible if the pod's selector and required affinity take it, every NoSchedule and NoExecute taint is
   tolerated, it is not cordoned, and pods, CPU and memory suffice.
3. A pod whose claims are not all there, or are on their way out, goes nowhere. Whether they are bound is not asked.
4. A pod that goes nowhere is told so in its PodScheduled condition, and tried again when a node changes, a pod goes,
   or a claim comes or goes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from reconcile.actions import MERGE, Action, Create, Event, Patch
from reconcile.controller import Change, Controller, Key, mapped
from reconcile.model import condition
from reconcile.model.clock import stamp
from reconcile.model.json import FrozenMap, freeze
from reconcile.model.node import Node
from reconcile.model.placement import pinned, selects, tolerates, untolerated
from reconcile.model.pod import UNSCHEDULABLE, Pod
from reconcile.model.requests import of_node, of_pod
from reconcile.view import Observed, Reader

_UNSCHEDULABLE: Final = FrozenMap(key="node.kubernetes.io/unschedulable", effect="NoSchedule")
_REPELLING: Final = ("NoSchedule", "NoExecute")


def reconcile(pod: Pod, observed: Observed) -> list[Action]:
    """Return the binding of *pod*, or the condition that says why there is none."""
    if not _waits(pod):
        return []
    lacking = _lacking(pod, observed.cache)
    for node in () if lacking else _candidates(pod, observed.cache):
        if not _obstacles(pod, node, observed.cache):
            return [_bind(pod, node)]
    return _give_up(pod, observed, lacking or _reasons(pod, observed.cache))


def _waits(pod: Pod) -> bool:
    return not pod.node and not pod.meta.deleting and not pod.finished and not pod.spec.get("schedulingGates")


def _candidates(pod: Pod, reader: Reader) -> Iterator[Node]:
    name = pinned(pod.spec)
    for node_name in reader.nodes_by_load() if name is None else (name,):
        node = reader.get("Node", "", node_name)
        if isinstance(node, Node):
            yield node


def _obstacles(pod: Pod, node: Node, reader: Reader) -> list[str]:
    """Return why *pod* cannot go to *node*, in the scheduler's words; empty if it can."""
    tolerations = pod.spec.get("tolerations") or ()
    if node.unschedulable and not tolerates(tolerations, _UNSCHEDULABLE):
        return ["node(s) were unschedulable"]
    if not selects(pod.spec, node):
        return ["node(s) didn't match Pod's node affinity/selector"]
    taints = untolerated(tolerations, node, _REPELLING)
    if taints:
        return [f"node(s) had untolerated taint(s) {{{taints[0].get('key')}: {taints[0].get('value', '')}}}"]
    return of_node(node.status).minus(reader.used(node.name)).lacks(of_pod(pod.spec))


def _lacking(pod: Pod, reader: Reader) -> str:
    """Return what is wrong with the claims that *pod* mounts, in the scheduler's words; empty if nothing is."""
    for name in pod.claims:
        claim = reader.get("PersistentVolumeClaim", pod.namespace, name)
        if claim is None or claim.meta.deleting:
            return f'persistentvolumeclaim "{name}" {"not found" if claim is None else "is being deleted"}'
    return ""


def _reasons(pod: Pod, reader: Reader) -> str:
    nodes = [node for node in reader.all("Node") if isinstance(node, Node)]
    reasons = Counter(reason for node in nodes for reason in _obstacles(pod, node, reader))
    return ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))


def _bind(pod: Pod, node: Node) -> Create:
    body = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": pod.name, "namespace": pod.namespace},
        "target": {"apiVersion": "v1", "kind": "Node", "name": node.name},
    }
    why = f"{node.name} has the fewest pods of the nodes that it fits"
    return Create("Pod", pod.namespace, freeze(body), why, subresource="binding")


def _give_up(pod: Pod, observed: Observed, reasons: str) -> list[Action]:
    nodes = len(observed.cache.all("Node"))
    message = f"0/{nodes} nodes are available: {reasons}." if nodes else "no nodes available to schedule pods"
    old = condition.find(pod.conditions, "PodScheduled")
    if old is not None and old.get("message") == message:
        return []
    new = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": message,
        "lastProbeTime": None,
        "lastTransitionTime": stamp(observed.now) if old is None else old.get("lastTransitionTime"),
    }
    body = {"status": {"conditions": [*condition.without(pod.conditions, "PodScheduled"), new]}}
    return [
        Event("Warning", "FailedScheduling", pod, message),
        Patch("Pod", pod.namespace, pod.name, freeze(body), message, patch_type=MERGE, subresource="status"),
    ]


def _interest(change: Change, _: Reader) -> bool:
    new = change[1]
    return isinstance(new, Pod) and _waits(new) and (change[0] is None or change[0].spec is not new.spec)


def _unplaced(reader: Reader) -> Iterable[Key]:
    return [(pod.namespace, pod.name) for pod in reader.on_node(UNSCHEDULABLE).of(Pod)]


def _on_node(change: Change, reader: Reader) -> Iterable[Key]:
    return _unplaced(reader)


def _on_room(change: Change, reader: Reader) -> Iterable[Key]:
    old, new = change
    freed = isinstance(old, Pod) and old.node and not old.finished and (not isinstance(new, Pod) or new.finished)
    return _unplaced(reader) if freed else ()


def _on_claim(change: Change, reader: Reader) -> Iterable[Key]:
    """Pods that wait for a claim that comes, or find that one is gone for good."""
    old, new = change
    claim = new if old is None else old
    if claim is None or None not in change:
        return ()
    waiting = reader.on_node(UNSCHEDULABLE).of(Pod)
    return [(p.namespace, p.name) for p in waiting if p.namespace == claim.namespace and claim.name in p.claims]


SCHEDULER: Final = Controller(
    "scheduler",
    "Pod",
    reconcile,
    watches=(mapped("Node", _on_node), mapped("Pod", _on_room), mapped("PersistentVolumeClaim", _on_claim)),
    interest=_interest,
)

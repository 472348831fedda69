"""Invariants of pods and nodes: what scheduler and kubelets promise to the controllers."""

from collections.abc import Iterator
from typing import Final

from reconcile.model.pod import Pod
from reconcile.testing.invariants.protocol import Step, Sync, change, decision

ENDED: Final = ("Succeeded", "Failed")


@change
def ended_pods_stay_ended(step: Step) -> Iterator[str]:
    """A pod that has Succeeded or Failed never has another phase (pod lifecycle)."""
    for old, new in step.changes("Pod"):
        if old is None or new is None or old.uid != new.uid or old.status.get("phase") not in ENDED:
            continue
        if new.status.get("phase") != old.status.get("phase"):
            yield f"{new} was {old.status.get('phase')} and is {new.status.get('phase')}"


@change
def bound_once(step: Step) -> Iterator[str]:
    """A pod never leaves the node that it was bound to (pod lifecycle)."""
    for old, new in step.changes("Pod"):
        if isinstance(old, Pod) and isinstance(new, Pod) and old.uid == new.uid and old.node not in ("", new.node):
            yield f"{new} moved from {old.node} to {new.node or 'nowhere'}"


@change
def ready_pods_run(step: Step) -> Iterator[str]:
    """A pod that becomes ready is running, and is bound to a node."""
    for old, new in step.changes("Pod"):
        if not isinstance(new, Pod) or not new.ready or (isinstance(old, Pod) and old.ready):
            continue
        if new.phase != "Running" or not new.node:
            yield f"{new} became ready in phase {new.phase or 'none'} on node {new.node or 'none'}"


@decision("scheduler")
def cordoned_nodes_get_no_pods(sync: Sync) -> Iterator[str]:
    """The scheduler binds no pod to a node that is cordoned, as it saw it, unless the pod tolerates that."""
    for old, new in sync.changes("Pod"):
        if not isinstance(old, Pod) or not isinstance(new, Pod) or old.node or not new.node:
            continue
        node = sync.seen.get("Node", "", new.node)
        bears = any(
            entry.get("operator") == "Exists" and entry.get("key") in (None, "", "node.kubernetes.io/unschedulable")
            for entry in new.spec.get("tolerations") or ()
        )
        if node is None or (node.spec.get("unschedulable") and not bears):
            yield f"{new} was bound to {new.node}, which takes no pods"

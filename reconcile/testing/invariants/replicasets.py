"""Invariants of ReplicaSets (contract replicaset).

Counted throughout: *active* pods, that is pods whose controller is the ReplicaSet, without deletionTimestamp, and
neither Succeeded nor Failed. Terminating pods are not counted: their replacements do not wait for them, so that all
pods together may well be more than `replicas`.
"""

from collections.abc import Iterator

from reconcile.actions import Delete
from reconcile.model.pod import Pod
from reconcile.testing.invariants.protocol import Sync, active, claimed, decision, names, of_kind, pods_of, ready

BURST = 500


@decision("replicaset")
def replicaset_creates_no_more(sync: Sync) -> Iterator[str]:
    """A ReplicaSet that creates pods has at most `replicas` active ones afterwards, in the store itself.

    `replicas` is what the controller saw. Holds while it waits for its cache to show its own writes, as 1.36 does;
    without that protection a stale cache makes it create too many (catalogue, staleness).
    """
    rs = sync.desired
    made = list(of_kind(sync.created("Pod"), rs)) if rs is not None else []
    if rs is None or not made:
        return
    now = active(pods_of(sync.after.store, rs))
    if len(now) > _wanted(sync):
        yield f"{rs} wants {_wanted(sync)} pods, and has {len(now)} active after creating {len(made)}"


def _wanted(sync: Sync) -> int:
    replicas = sync.desired.spec.get("replicas") if sync.desired is not None else None
    return 1 if replicas is None else int(replicas)


@decision("replicaset")
def replicaset_deletes_no_more(sync: Sync) -> Iterator[str]:
    """A ReplicaSet that deletes pods leaves at least `replicas` active ones of those that it saw."""
    rs = sync.desired
    gone = {pod.uid for pod in sync.removed("Pod")}
    if rs is None or not gone:
        return
    left = [pod for pod in [*active(claimed(sync)), *_adopted(sync)] if pod.uid not in gone]
    if len(left) < _wanted(sync):
        yield f"{rs} wants {_wanted(sync)} pods, deleted {len(gone)} and leaves {len(left)} active"


def _adopted(sync: Sync) -> list[Pod]:
    """Return the pods that the sync made its own, as they were."""
    taken = []
    for old, new in sync.changes("Pod"):
        if isinstance(old, Pod) and new is not None and sync.desired is not None and old.meta.controller is None:
            taken += [old] if list(of_kind([new], sync.desired)) else []
    return taken


@decision("replicaset")
def replicaset_one_way(sync: Sync) -> Iterator[str]:
    """One sync of a ReplicaSet either creates or deletes pods (contract 4)."""
    made, gone = sync.created("Pod"), sync.removed("Pod")
    if made and gone:
        yield f"{sync.desired} created {names(made)} and deleted {names(gone)} in one sync"


@decision("replicaset")
def replicaset_burst(sync: Sync) -> Iterator[str]:
    """One sync of a ReplicaSet creates or deletes at most 500 pods (contract 4)."""
    count = len(sync.created("Pod")) + len(sync.removed("Pod"))
    if count > BURST:
        yield f"{sync.desired} created or deleted {count} pods in one sync"


@decision("replicaset")
def replicaset_spares_the_useful(sync: Sync) -> Iterator[str]:
    """A ReplicaSet deletes the pods that are of least use: unbound before bound, pending before running, unready
    before ready, cheap to delete before dear (contract 5.1, rules 1 to 4), as it saw them.

    So it takes an available pod only if no other one is left to take. A pod that it chose and the API did not give up
    was not kept. Not bound: a ReplicaSet that wants none. All of its pods go, in any order, so that a process that ends
    in between may leave any of them.
    """
    rs = sync.desired
    gone = {pod.name for pod in sync.removed("Pod")}
    if rs is None or not gone or _wanted(sync) == 0:
        return
    seen = active(claimed(sync))
    refused = {row.action.name for row in sync.rows if isinstance(row.action, Delete) and row.refused}
    kept = [pod for pod in seen if pod.name not in gone | refused]
    taken = [pod for pod in seen if pod.name in gone]
    for pod in taken:
        worse = [other for other in kept if use(other) < use(pod)]
        if worse:
            yield f"{rs} deleted {pod.name} {use(pod)} and kept {worse[0].name} {use(worse[0])}"


_PHASES = {"Unknown": 1, "Running": 2}


def use(pod: Pod) -> tuple[bool, int, bool, int]:
    """Return of how much use a pod is: bound, how far it has come, ready, what its deletion costs."""
    return bool(pod.spec.get("nodeName")), _PHASES.get(pod.status.get("phase") or "", 0), ready(pod), pod.cost


@decision("replicaset")
def replicaset_lets_go_when_deleted(sync: Sync) -> Iterator[str]:
    """A ReplicaSet that is being deleted, as it saw itself, neither creates nor deletes pods (contract 4)."""
    if sync.desired is not None and sync.desired.meta.deleting and (sync.created("Pod") or sync.removed("Pod")):
        yield f"{sync.desired} is being deleted, and created or deleted pods"

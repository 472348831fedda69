"""How many pods a ReplicaSet gets: one write for its size and for what it was measured against.

Rules (contract deployment 6.1, 8.3)
1. The new ReplicaSet of a rolling update grows by what is missing up to wanted + surge, counting all pods that the
   ReplicaSets ask for, whatever state they are in.
2. A ReplicaSet that has its size is left alone, even if its annotations are out of date, unless the caller insists.
3. A change of size is told in an event.
"""

from reconcile.actions import Event
from reconcile.controllers.deployment.annotations import annotate, sizes_of
from reconcile.controllers.deployment.answers import SyncFailed, update
from reconcile.model.deployment import RECREATE, Deployment
from reconcile.model.intstr import int32, resolve
from reconcile.model.replicaset import ReplicaSet
from reconcile.script import Steps


def new_size(d: Deployment, *, existing: int, size: int) -> int:
    """Return how many pods the new ReplicaSet of *d* may have now; a malformed surge ends the sync.

    Args:
        d: the Deployment.
        existing: what all its ReplicaSets ask for together.
        size: what the new one asks for.
    """
    if d.strategy == RECREATE:
        return d.replicas
    if not d.rolling:
        raise SyncFailed(f"unknown strategy {d.strategy!r}")
    try:
        most = int32(d.replicas + resolve(d.max_surge, d.replicas, round_up=True))
    except ValueError as error:
        raise SyncFailed(str(error)) from error
    return size if existing >= most else size + min(int32(most - existing), d.replicas - size)


def room(d: Deployment, existing: int) -> str:
    """Return in words what bounds the new ReplicaSet of *d*."""
    if not d.rolling:
        return f"{d.replicas} wanted"
    return f"{d.replicas} wanted + {d.surge} surge, {existing} {'exists' if existing == 1 else 'exist'}"


def scale(d: Deployment, rs: ReplicaSet, size: int, why: str) -> Steps[ReplicaSet]:
    """Give *rs* its *size*; return it as the API answered it, the same object if it has that size."""
    return rs if size == rs.replicas else (yield from resize(d, rs, size, why))


def resize(d: Deployment, rs: ReplicaSet, size: int, why: str) -> Steps[ReplicaSet]:
    """Give *rs* its *size* and the annotations that go with it; return it as the API answered it."""
    new = annotate(rs, sizes_of(d))
    if size != rs.replicas:
        new = new.put(("spec", "replicas"), size)
    if new is rs:
        return rs
    stored = yield from update(new, why)
    if size != rs.replicas:
        yield scaled_event(d, rs, rs.replicas, size)
    return stored


def scaled_event(d: Deployment, rs: ReplicaSet, before: int, after: int) -> Event:
    """Return the event that tells of a change of size."""
    direction = "up" if after > before else "down"
    return Event("Normal", "ScalingReplicaSet", d, f"Scaled {direction} replica set {rs.name} from {before} to {after}")

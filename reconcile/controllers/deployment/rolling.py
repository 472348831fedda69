"""Strategy RollingUpdate: new pods come as far as the surge allows, old ones go as far as enough stay available.

Rules (contract deployment 6)
1. One sync scales up or scales down, never both: first the new ReplicaSet, and only if that had its size the old ones.
2. Of the old pods the unhealthy go first, oldest ReplicaSet first: they are available to nobody. Then available ones
   go, as many as there are above the least that must be available.
3. New pods that are not available yet hold back the old ones: a broken template stops the rollout.
4. A refusal while old ReplicaSets are scaled down is not an error: the status is reported, the next sync tries again.
"""

from collections.abc import Sequence

from reconcile.controllers.deployment.answers import SyncFailed
from reconcile.controllers.deployment.creation import ensure_new
from reconcile.controllers.deployment.history import clean_up
from reconcile.controllers.deployment.progress import complete, report_progress
from reconcile.controllers.deployment.replicasets import Sets, total
from reconcile.controllers.deployment.sizes import new_size, room, scale
from reconcile.model.deployment import Deployment
from reconcile.model.replicaset import ReplicaSet
from reconcile.script import Script, Steps
from reconcile.view import Observed


def roll(d: Deployment, claimed: tuple[ReplicaSet, ...], observed: Observed) -> Script:
    """Take the next step of a rolling update and report."""
    d, new, sets = yield from ensure_new(d, claimed, observed)
    moved = (yield from _scale_new(d, new, sets)) or (yield from _scale_old(d, new, sets))
    if not moved and complete(d, d.status):
        yield from clean_up(d, sets.old)
    yield from report_progress(d, sets, observed)


# --- 6.2 step 2: the new ReplicaSet ------------------------------------------------------------------------------


def _scale_new(d: Deployment, new: ReplicaSet, sets: Sets) -> Steps[bool]:
    if new.replicas > d.replicas:
        yield from scale(d, new, d.replicas, f"{new.replicas} new pods are too many: {d.replicas} wanted")
        return True
    existing = total(sets.all)
    size = d.replicas if new.replicas == d.replicas else new_size(d, existing=existing, size=new.replicas)
    why = f"{size} of {d.replicas} new pods allowed now, {new.replicas} so far: {room(d, existing)}"
    yield from scale(d, new, size, why)
    return size != new.replicas


# --- 6.2 step 3: the old ReplicaSets -----------------------------------------------------------------------------


def _scale_old(d: Deployment, new: ReplicaSet, sets: Sets) -> Steps[bool]:
    old = sets.active_old
    pending = new.replicas - new.available_replicas
    removable = total((*old, new)) - d.least - pending
    if not old or removable <= 0:
        return False
    try:
        left, unhealthy = yield from _remove_unhealthy(d, old, removable, pending)
        available = yield from _remove_available(d, left, new)
    except SyncFailed:
        return False
    return unhealthy + available > 0


def _remove_unhealthy(
    d: Deployment, old: Sequence[ReplicaSet], removable: int, pending: int
) -> Steps[tuple[list[ReplicaSet], int]]:
    """Take away old pods that are not available, at most *removable*; return the ReplicaSets after it, and how many."""
    left = []
    removed = 0
    for rs in old:
        count = min(removable - removed, rs.replicas - rs.available_replicas)
        if removed < removable and count < 0:
            raise SyncFailed(f"{rs} has {rs.available_replicas} available pods, more than the {rs.replicas} wanted")
        if count > 0:
            why = (
                f"{count} old {_pods(count)} not available and may go first: at most {removable - removed}, "
                f"because {d.least} must stay available and {pending} new not available yet"
            )
            rs = yield from scale(d, rs, rs.replicas - count, why)  # noqa: PLW2901 - as the API answered it
            removed += count
        left.append(rs)
    return left, removed


def _remove_available(d: Deployment, old: Sequence[ReplicaSet], new: ReplicaSet) -> Steps[int]:
    """Take away old pods as long as enough are available; return how many."""
    available = sum(rs.available_replicas for rs in (*old, new))
    # The quota is not made smaller by the unhealthy pods that were removed before (contract deployment 6.2 step 3 b).
    quota = available - d.least
    removed = 0
    for rs in old:
        count = min(rs.replicas, quota - removed)
        if count > 0:
            why = f"{count} old {_pods(count)} no longer needed: {available} available, {d.least} must stay"
            yield from scale(d, rs, rs.replicas - count, why)
            removed += count
    return removed


def _pods(count: int) -> str:
    return "pod is" if count == 1 else "pods are"

"""The Deployment's size changed, or it is paused: its ReplicaSets keep their shares, and no rollout moves.

Rules (contract deployment 8)
1. A size has changed if an active ReplicaSet was last scaled for another one, as its annotation says.
2. With one active ReplicaSet that one gets the size; with none the new one, or else the newest.
3. With several the rollout is under way: if the new one is complete, the others go. Otherwise each grows or shrinks in
   proportion, biggest first, and the first one also takes what rounding left over.
4. The arithmetic is upstream's, in 32 bits: shares of big ReplicaSets overflow as they do there.
"""

from reconcile.controllers.deployment.annotations import DESIRED_REPLICAS, MAX_REPLICAS
from reconcile.controllers.deployment.history import clean_up
from reconcile.controllers.deployment.replicasets import Sets, by_creation, sync_revision, total
from reconcile.controllers.deployment.rollback import rollback_target
from reconcile.controllers.deployment.sizes import resize, scale
from reconcile.controllers.deployment.status import report
from reconcile.model.deployment import Deployment
from reconcile.model.intstr import int32, int64
from reconcile.model.replicaset import ReplicaSet
from reconcile.model.rollout_math import annotated_count, proportion
from reconcile.script import Script
from reconcile.view import Observed


def size_changed(d: Deployment, sets: Sets) -> bool:
    """Return whether an active ReplicaSet was last scaled for another size than *d* has now (8.1)."""
    counts = (annotated_count(rs.meta.annotations.get(DESIRED_REPLICAS)) for rs in sets.all if rs.active)
    return any(count is not None and count != d.replicas for count in counts)


def follow_size(d: Deployment, claimed: tuple[ReplicaSet, ...], observed: Observed) -> Script:
    """Bring the ReplicaSets of *d* to its size, without moving a rollout, and report."""
    d, sets = yield from sync_revision(d, claimed, observed)
    yield from _distribute(d, sets)
    if d.paused and rollback_target(d) is None:
        yield from clean_up(d, sets.old[::-1])
    yield from report(d, sets, observed.now)


def _distribute(d: Deployment, sets: Sets) -> Script:
    """Give each ReplicaSet its share (8.2)."""
    active = [rs for rs in sets.all if rs.active]
    if len(active) <= 1:
        for rs in (active or sets.all)[-1:]:
            yield from scale(d, rs, d.replicas, f"{d} is scaled: {d.replicas} wanted, {rs.replicas} so far")
    elif saturated(d, sets.new):
        for rs in sets.active_old[::-1]:
            yield from scale(d, rs, 0, f"the new ReplicaSet {sets.new} has all {d.replicas} pods available")
    elif d.rolling:
        for rs, size in shares(d, sets):
            why = f"{d} is scaled to {d.replicas} during a rollout: {rs} keeps its share of at most {d.most} pods"
            yield from resize(d, rs, size, why)


def saturated(d: Deployment, new: ReplicaSet | None) -> bool:
    """Return whether the *new* ReplicaSet was scaled for the size of *d*, has it, and has it available."""
    if new is None:
        return False
    desired = int64(new.meta.annotations.get(DESIRED_REPLICAS, ""))
    # Here upstream reads the annotation with a sign and cuts it to 32 bits, everywhere else it does not.
    return desired is not None and int32(desired) == new.replicas == new.available_replicas == d.replicas


def shares(d: Deployment, sets: Sets) -> list[tuple[ReplicaSet, int]]:
    """Return the active ReplicaSets of *d* in the order in which they are served, each with its new size."""
    active = [rs for rs in sets.all if rs.active]
    to_add = int32((d.most if d.replicas > 0 else 0) - total(active))
    ordered = _in_turn(sets, to_add)
    if to_add == 0:
        return [(rs, rs.replicas) for rs in ordered]
    added = 0
    sizes = []
    for rs in ordered:
        share = _proportion(d, rs, to_add, added)
        sizes.append(int32(rs.replicas + share))
        added = int32(added + share)
    # Only the first one is kept from going below zero (contract deployment 8.2).
    sizes[0] = max(int32(sizes[0] + to_add - added), 0)
    return list(zip(ordered, sizes, strict=True))


def _in_turn(sets: Sets, to_add: int) -> list[ReplicaSet]:
    """Return the active ReplicaSets as they are served: big ones first; of equals the newer grow, the older shrink."""
    if to_add == 0:
        return [rs for rs in (*sets.old[::-1], *sets.all[len(sets.old) :]) if rs.active]
    aged = by_creation([rs for rs in sets.all if rs.active])
    if to_add > 0:
        aged.reverse()
    return sorted(aged, key=lambda rs: -rs.replicas)


def _proportion(d: Deployment, rs: ReplicaSet, to_add: int, added: int) -> int:
    base = annotated_count(rs.meta.annotations.get(MAX_REPLICAS)) or int(d.status.get("replicas") or 0)
    return proportion(size=rs.replicas, base=base, desired=d.replicas, surge=d.surge, to_add=to_add, added=added)

"""The history of ReplicaSets: how many old ones are kept to go back to.

Rules (contract deployment 8.4)
1. What is too many goes, the lowest revision first, but only if it is empty and its controller has caught up; one that
   stays for that reason is not made up for by another.
"""

from collections.abc import Sequence

from reconcile.actions import Delete
from reconcile.controllers.deployment.annotations import revision
from reconcile.controllers.deployment.answers import accepted
from reconcile.controllers.deployment.replicasets import age
from reconcile.model.deployment import Deployment
from reconcile.model.replicaset import ReplicaSet
from reconcile.outcome import Reason, Rejected
from reconcile.script import Script


def clean_up(d: Deployment, old: Sequence[ReplicaSet]) -> Script:
    """Delete the *old* ReplicaSets of *d* that are too many."""
    if d.history_limit is None:
        return
    kept = [rs for rs in old if not rs.meta.deleting]
    excess = len(kept) - d.history_limit
    if excess <= 0:
        return
    why = f"{len(kept)} old ReplicaSets, revisionHistoryLimit {d.history_limit}: the lowest revisions go"
    for rs in by_revision(kept)[:excess]:
        if not (rs.current_replicas or rs.replicas or rs.meta.generation > rs.observed_generation):
            answer = yield Delete("ReplicaSet", rs.namespace, rs.name, why)
            if not (isinstance(answer, Rejected) and answer.reason is Reason.NOT_FOUND):
                accepted(answer)


def by_revision(sets: Sequence[ReplicaSet]) -> list[ReplicaSet]:
    """Return *sets* with the lowest revision first, those of one revision in the order of their creation.

    An unreadable revision is older or newer by creation only. That is no order (it is not transitive), so the result
    depends on how and from where it is sorted: by insertion, as upstream's library sorts up to a dozen.
    """
    ranked: list[ReplicaSet] = []
    for rs in sets:
        place = len(ranked)
        while place and _before(rs, ranked[place - 1]):
            place -= 1
        ranked.insert(place, rs)
    return ranked


def _before(one: ReplicaSet, other: ReplicaSet) -> bool:
    mine, others = revision(one), revision(other)
    if mine is None or others is None or mine == others:
        return age(one) < age(other)
    return mine < others

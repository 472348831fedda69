"""Strategy Recreate: all old pods go, and only when none is left the new ones come, all at once.

Rules (contract deployment 7)
1. A pod counts as there until it has ended, whatever its ReplicaSet says: one that is on its way out counts, too.
2. The new ReplicaSet is not even created before that.
"""

from reconcile.controllers.deployment.creation import ensure_new
from reconcile.controllers.deployment.history import clean_up
from reconcile.controllers.deployment.progress import complete, report_progress
from reconcile.controllers.deployment.replicasets import Sets, sync_revision
from reconcile.controllers.deployment.sizes import scale
from reconcile.model.deployment import Deployment
from reconcile.model.pod import FINISHED
from reconcile.model.replicaset import ReplicaSet
from reconcile.script import Script
from reconcile.view import Observed


def recreate(d: Deployment, claimed: tuple[ReplicaSet, ...], observed: Observed) -> Script:
    """Take the next step of a recreation and report."""
    d, sets = yield from sync_revision(d, claimed, observed)
    for rs in sets.active_old:
        yield from scale(d, rs, 0, f"all old pods go before new ones come: {rs.replicas} of {rs}")
    if not sets.active_old and not _old_pods_left(sets, observed):
        new = sets.new
        if new is None:
            d, new, sets = yield from ensure_new(d, claimed, observed)
        yield from scale(d, new, d.replicas, f"no old pods are left: all {d.replicas} new pods may come")
        if complete(d, d.status):
            yield from clean_up(d, sets.old)
    yield from report_progress(d, sets, observed)


def _old_pods_left(sets: Sets, observed: Observed) -> bool:
    return any(rs.current_replicas for rs in sets.old) or any(_runs(rs, observed) for rs in sets.old)


def _runs(rs: ReplicaSet, observed: Observed) -> bool:
    """Whether *rs* has a pod that has not ended. Costs as much as there are kinds of pods, not as there are pods."""
    return observed.owned("Pod", rs).count(lambda t: t.owner == rs.key and t.phase not in FINISHED) > 0

"""Invariants of the revisions that StatefulSets and DaemonSets keep (contracts statefulset 3, daemonset 4).

A revision is *in use* as long as a pod carries its name or its hash, terminating pods and pods that ended included, as
the controller saw them; a pod that the selector takes no longer is let go first, and does not count.
"""

from collections.abc import Iterator
from typing import Final

from reconcile.model.resource import Resource
from reconcile.testing.invariants.protocol import Sync, claimed, decision, names, owned

REVISION: Final = "ControllerRevision"
HASH_LABEL: Final = "controller-revision-hash"


def _history(sync: Sync) -> tuple[list[Resource], list[Resource], set[str]]:
    """Return the revisions that the controller saw, those of them that it deleted, and what pods carry."""
    sts = sync.desired
    if sts is None:
        return [], [], set()
    seen = owned(sync.seen, REVISION, sts)
    gone = {item.uid for item in sync.removed(REVISION)}
    carried = {pod.meta.labels.get(HASH_LABEL, "") for pod in claimed(sync)}
    return seen, [item for item in seen if item.uid in gone], carried


@decision("statefulset")
def statefulset_keeps_revisions(sync: Sync) -> Iterator[str]:
    """A StatefulSet deletes a revision only if no pod has it and its status does not name it, as current or as update
    revision; and only as many as leave revisionHistoryLimit others.

    The status is the one after the sync, and the one that it saw. A negative limit is none.
    """
    seen, gone, carried = _history(sync)
    if not gone or sync.desired is None:
        return
    after = sync.after.store.get(*sync.desired.key) or sync.desired
    named = {after.status.get(field) for field in ("currentRevision", "updateRevision")}
    used = [item for item in seen if item.name in carried | named]
    taken = [item for item in gone if item in used]
    if taken:
        yield f"{sync.desired} deleted {names(taken)}, which is in use"
    limit = sync.desired.spec.get("revisionHistoryLimit")
    left = len(seen) - len(used) - len(gone)
    if limit is None or int(limit) < 0 or left < int(limit):
        yield f"{sync.desired} keeps {left} revisions, its revisionHistoryLimit is {limit}"


@decision("daemonset")
def daemonset_keeps_revisions(sync: Sync) -> Iterator[str]:
    """A DaemonSet deletes a revision only if no pod has it, and no more than there are beyond revisionHistoryLimit.

    Counted: the revisions that it saw, less the one that it keeps for its template. A second one of the same content
    may always go, and after its pods have been marked with the other's name.
    """
    seen, gone, carried = _history(sync)
    ds = sync.desired
    kept = [item for item in seen if item.uid not in {one.uid for one in gone}]
    twins = [item for item in gone if any(item.raw.get("data") == other.raw.get("data") for other in kept)]
    old = [item for item in gone if item not in twins]
    if ds is None or not old:
        return
    used = [item for item in old if item.meta.labels.get(HASH_LABEL) in carried]
    if used:
        yield f"{ds} deleted {names(used)}, which is in use"
    limit = int(ds.spec.get("revisionHistoryLimit") or 0)
    if len(seen) - len(twins) - len(old) < limit:
        yield f"{ds} keeps {len(seen) - len(twins) - len(old)} revisions, its revisionHistoryLimit is {limit}"

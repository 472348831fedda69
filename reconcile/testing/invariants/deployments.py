"""Invariants of Deployments (contract deployment).

Counted throughout: what the ReplicaSets *ask for* (`spec.replicas`) and what they *report*
(`status.availableReplicas`), because that is all that the controller decides on. Pods are counted nowhere: while pods
terminate, a rolling update may have more of them than replicas + maxSurge (catalogue D-D1, D-D2). Bounds are worked
out here, from the written surge and unavailability, and not by the controller's own arithmetic.
"""

from collections.abc import Iterator
from typing import Any, Final

from attrs import frozen

from reconcile.actions import UpdateStatus
from reconcile.model.json import drop, look
from reconcile.model.resource import Resource
from reconcile.testing.invariants.protocol import Sync, decision, of_kind, owned, pods_of

HASH_LABEL: Final = "pod-template-hash"
DESIRED: Final = "deployment.kubernetes.io/desired-replicas"


@frozen
class Bounds:
    """What a Deployment allows during a rollout."""

    replicas: int
    most: int
    """replicas + maxSurge"""
    least: int
    """replicas - maxUnavailable"""


def bounds(d: Resource) -> Bounds:
    """Return how many pods may be asked for, and how many must stay available (contract 6.1).

    A percentage of surge is rounded up, one of unavailability down; if both come to nothing, one may be unavailable.
    """
    replicas = size(d)
    if look(d.spec, "strategy", "type", default="RollingUpdate") != "RollingUpdate":
        return Bounds(replicas, replicas, replicas)
    surge = _share(look(d.spec, "strategy", "rollingUpdate", "maxSurge", default=0), replicas, up=True)
    missing = _share(look(d.spec, "strategy", "rollingUpdate", "maxUnavailable", default=0), replicas, up=False)
    if surge == 0 and missing == 0:
        missing = 1
    return Bounds(replicas, replicas + surge, replicas - min(missing, replicas))


def _share(value: Any, replicas: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    percent = int(value.removesuffix("%"))
    return (percent * replicas + 99 * up) // 100


def size(item: Resource) -> int:
    """Return how many pods *item* asks for."""
    replicas = item.spec.get("replicas")
    return 1 if replicas is None else int(replicas)


def template(item: Resource) -> Any:
    """Return the pod template of *item*, without the label that tells ReplicaSets apart, and without what is empty."""
    return _full(drop(item.spec.get("template"), ("metadata", "labels", HASH_LABEL)))


def _full(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: item for key, item in ((k, _full(v)) for k, v in value.items()) if item not in (None, "", [], {})}
    return [_full(item) for item in value] if isinstance(value, list) else value


def is_new(rs: Resource, d: Resource) -> bool:
    """Return whether *rs* has the template of *d*."""
    return bool(template(rs) == template(d))


def resized(sync: Sync) -> list[tuple[Resource | None, Resource]]:
    """Return the Deployment's ReplicaSets whose size the sync changed, before (None for a created one) and after."""
    d = sync.desired
    found = []
    for old, new in sync.changes("ReplicaSet"):
        if d is not None and new is not None and list(of_kind([new], d)):
            same = old is not None and old.uid == new.uid
            if not same or (old is not None and size(old) != size(new)):
                found.append((old if same else None, new))
    return found


def scaling(sync: Sync) -> bool:
    """Return whether the controller saw a change of size: an active ReplicaSet was last scaled for another one (8.1).

    A paused Deployment only ever follows its size.
    """
    d = sync.desired
    if d is None:
        return False
    notes = [rs.meta.annotations.get(DESIRED) for rs in owned(sync.seen, "ReplicaSet", d) if size(rs) > 0]
    return bool(d.spec.get("paused")) or any(note is not None and note != str(size(d)) for note in notes)


# --- how many ----------------------------------------------------------------------------------------------------


@decision("deployment")
def surge_bound(sync: Sync) -> Iterator[str]:
    """One sync leaves the ReplicaSets asking for at most max(what they asked for before, replicas + maxSurge).

    Counted: `spec.replicas` of every ReplicaSet that the Deployment controls afterwards, as the controller saw it, with
    what this sync wrote. Not counted: pods. Without surge (Recreate) the bound is `replicas`.
    """
    d = sync.desired
    changed = resized(sync)
    if d is None or not changed:
        return
    before = {rs.uid: size(rs) for rs in owned(sync.seen, "ReplicaSet", d)}
    after = before | {new.uid: size(new) for _, new in changed}
    allowed = max(sum(before.values()), bounds(d).most)
    if sum(after.values()) > allowed:
        yield f"the ReplicaSets of {d} ask for {sum(after.values())} pods, allowed are {allowed}"


@decision("deployment")
def availability_bound(sync: Sync) -> Iterator[str]:
    """A rollout never takes pods that must stay: what stays available is at least min(what was, replicas -
    maxUnavailable).

    Counted: for each ReplicaSet the smaller of the available pods that it *reports* and the size that it is given,
    because a ReplicaSet lets its unavailable pods go first. Terminating pods are not among those reported. Not bound:
    a change of size, which keeps shares and no availability (D-D11), Recreate, and pods that fail by themselves.
    """
    d = sync.desired
    changed = resized(sync)
    if d is None or not changed or scaling(sync) or look(d.spec, "strategy", "type") == "Recreate":
        return
    seen = {rs.uid: rs for rs in owned(sync.seen, "ReplicaSet", d)}
    sizes = {uid: size(rs) for uid, rs in seen.items()} | {new.uid: size(new) for _, new in changed}
    reported = {uid: int(rs.status.get("availableReplicas") or 0) for uid, rs in seen.items()}
    before = sum(min(reported[uid], size(rs)) for uid, rs in seen.items())
    after = sum(min(reported.get(uid, 0), count) for uid, count in sizes.items())
    if after < min(before, bounds(d).least):
        yield f"{d} leaves {after} pods available of {before}; {bounds(d).least} must stay"


@decision("deployment")
def old_never_grows(sync: Sync) -> Iterator[str]:
    """A ReplicaSet that does not have the Deployment's template never grows in a rollout.

    It grows only when the Deployment changes its size, in proportion, or when the Deployment returns to its template
    (undo), and then it is the new one.
    """
    if sync.desired is None or scaling(sync):
        return
    for old, new in resized(sync):
        if size(new) > (size(old) if old is not None else 0) and not is_new(new, sync.desired):
            yield f"{new} is not the new ReplicaSet of {sync.desired}, and grew to {size(new)}"


@decision("deployment")
def sizes_stay_natural(sync: Sync) -> Iterator[str]:
    """No ReplicaSet is given a negative size; far beyond 30,000 pods upstream's arithmetic overflows (D-D14)."""
    for _, new in resized(sync):
        if size(new) < 0:
            yield f"{new} was given {size(new)} pods"


# --- which and when ----------------------------------------------------------------------------------------------


@decision("deployment")
def paused_starts_no_rollout(sync: Sync) -> Iterator[str]:
    """A paused Deployment, as it saw itself, creates no ReplicaSet, and gives a new one no pods but its share."""
    if sync.desired is not None and sync.desired.spec.get("paused") and sync.created("ReplicaSet"):
        yield f"{sync.desired} is paused and started a rollout"


@decision("deployment")
def recreate_waits(sync: Sync) -> Iterator[str]:
    """With Recreate a ReplicaSet grows only when no pod of another one is left that has not ended, as the controller
    saw.

    Counted: pods controlled by the Deployment's other ReplicaSets in any phase but Succeeded and Failed; terminating
    ones count. Not bound: a change of size (contract 7 and 8).
    """
    d = sync.desired
    if d is None or look(d.spec, "strategy", "type") != "Recreate" or scaling(sync):
        return
    for old, new in resized(sync):
        if size(new) > (size(old) if old is not None else 0):
            others = [rs for rs in owned(sync.seen, "ReplicaSet", d) if rs.uid != new.uid]
            left = [pod.name for rs in others for pod in pods_of(sync.seen, rs) if not pod.finished]
            if left:
                yield f"{new} grew to {size(new)} while old pods are left: {', '.join(left)}"


@decision("deployment")
def one_replicaset_per_template(sync: Sync) -> Iterator[str]:
    """A Deployment creates a ReplicaSet only if it saw none of its own with its template, and only with that
    template."""
    d = sync.desired
    for rs in sync.created("ReplicaSet") if d is not None else ():
        assert d is not None
        twins = [other.name for other in owned(sync.seen, "ReplicaSet", d) if is_new(other, d)]
        if twins:
            yield f"{d} created {rs} although {twins[0]} has its template"
        if not is_new(rs, d):
            yield f"{d} created {rs} with another template"


@decision("deployment")
def history_keeps_what_is_used(sync: Sync) -> Iterator[str]:
    """A Deployment deletes a ReplicaSet only if it is old, asks for no pods and reports none, and only as many as leave
    revisionHistoryLimit old ones (contract 8.4)."""
    d = sync.desired
    gone = sync.removed("ReplicaSet")
    if d is None or not gone:
        return
    for rs in gone:
        if size(rs) or rs.status.get("replicas") or is_new(rs, d):
            yield f"{d} deleted {rs}, which is in use"
    limit = d.spec.get("revisionHistoryLimit")
    mine = [rs for rs in owned(sync.seen, "ReplicaSet", d) if not rs.meta.deleting and not _first_new(rs, sync)]
    if limit is not None and len(mine) - len(gone) < limit:
        yield f"{d} keeps {len(mine) - len(gone)} old ReplicaSets, its revisionHistoryLimit is {limit}"


def _first_new(rs: Resource, sync: Sync) -> bool:
    """Whether *rs* is the new ReplicaSet; a second one with the template is an old one (contract 4)."""
    assert sync.desired is not None
    twins = [item for item in owned(sync.seen, "ReplicaSet", sync.desired) if is_new(item, sync.desired)]
    return bool(twins) and rs.uid == min(twins, key=lambda item: (str(item.meta.created or ""), item.name)).uid


@decision("deployment")
def revisions_only_rise(sync: Sync) -> Iterator[str]:
    """The revision of a ReplicaSet never falls, and the new one's is greater than all others' when it gets it.

    Revisions count up to the greatest 64-bit number and wrap around behind it (D-D13); nobody gets there by rolling
    out.
    """
    d = sync.desired
    if d is None:
        return
    for old, new in sync.changes("ReplicaSet"):
        if new is None or not list(of_kind([new], d)) or (old is not None and revision(old) == revision(new)):
            continue
        others = [revision(rs) for rs in owned(sync.seen, "ReplicaSet", d) if rs.uid != new.uid]
        if revision(new) <= max([*others, revision(old) if old is not None else 0], default=0):
            yield f"{new} got revision {revision(new)}, others have {sorted(others)}"


def revision(rs: Resource) -> int:
    """Return the revision of *rs*; 0 if it has none that can be read."""
    text = rs.meta.annotations.get("deployment.kubernetes.io/revision", "0")
    return int(text) if text.lstrip("+-").isdigit() else 0


@decision("deployment")
def availability_is_told(sync: Sync) -> Iterator[str]:
    """A status that a Deployment writes says Available exactly if it reports at least replicas - maxUnavailable
    available pods (contract 11). One that only notes that it was paused or resumed says so of an earlier generation.

    Counted: `availableReplicas` of that very status; Recreate has no maxUnavailable.
    """
    d = sync.desired
    sent = [row.action.object for row in sync.rows if isinstance(row.action, UpdateStatus) and not row.refused]
    for item in sent if d is not None else ():
        assert d is not None
        told = [
            entry.get("status") for entry in item.status.get("conditions") or () if entry.get("type") == "Available"
        ]
        enough = int(item.status.get("availableReplicas") or 0) >= bounds(d).least
        current = item.uid == d.uid and item.status.get("observedGeneration") == d.meta.generation
        if told and current and told[0] != str(enough):
            yield f"{d} says Available is {told[0]} with {item.status.get('availableReplicas')} pods available"

"""Invariants of StatefulSets (contract statefulset).

Said of one sync, by what the controller saw at its start. *Healthy* is a pod that runs, is ready, has been so for
minReadySeconds, and is not terminating. A terminating pod holds its name, and with it its ordinal, until it is gone.
"""

from collections.abc import Iterator
from typing import Any, Final

from reconcile.engine.world import World
from reconcile.model.json import look
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.testing.invariants.deployments import size
from reconcile.testing.invariants.protocol import (
    Step,
    Sync,
    active,
    available,
    change,
    claimed,
    decision,
    names,
    pods_of,
    state,
)

CLAIM: Final = "PersistentVolumeClaim"
REVISION_LABEL: Final = "controller-revision-hash"


def ordinal(pod: Resource) -> int:
    """Return the number at the end of the name; -1 if there is none."""
    tail = pod.name.rpartition("-")[2]
    return int(tail) if tail.isascii() and tail.isdigit() else -1


def start(sts: Resource) -> int:
    """Return the first ordinal."""
    return int(look(sts.spec, "ordinals", "start", default=0))


def in_order(sts: Resource | None) -> bool:
    """Return whether pods come and go one at a time."""
    return sts is not None and sts.spec.get("podManagementPolicy", "OrderedReady") != "Parallel"


def members(sync: Sync) -> list[Pod]:
    """Return the pods of the set, as the controller saw them: its own, of its name, and taken by its selector."""
    sts = sync.desired
    if sts is None:
        return []
    return [pod for pod in claimed(sync) if pod.name.rpartition("-")[0] == sts.name and ordinal(pod) >= 0]


def wanted(sts: Resource) -> range:
    """Return the ordinals that the set asks for."""
    return range(start(sts), start(sts) + size(sts))


def healthy(sync: Sync, pod: Pod) -> bool:
    """Return whether others need not wait for *pod*."""
    seconds = int((sync.desired.spec.get("minReadySeconds") if sync.desired is not None else 0) or 0)
    return pod.status.get("phase") == "Running" and not pod.meta.deleting and available(pod, seconds, sync.now)


# --- order -------------------------------------------------------------------------------------------------------


@decision("statefulset")
def ordinal_order(sync: Sync) -> Iterator[str]:
    """OrderedReady: a pod is created only when all wanted pods with lower ordinals are healthy; one in a sync."""
    sts, made = sync.desired, sync.created("Pod")
    if sts is None or not made or not in_order(sts):
        return
    if len(made) > 1:
        yield f"{sts} created {names(made)} in one sync"
    by_ordinal = {ordinal(pod): pod for pod in members(sync)}
    for pod in made:
        for lower in range(start(sts), ordinal(pod)):
            before = by_ordinal.get(lower)
            if before is None or not healthy(sync, before):
                yield f"{pod} was created before {sts.name}-{lower} was running and ready"


@decision("statefulset")
def one_deletion(sync: Sync) -> Iterator[str]:
    """OrderedReady: one sync deletes at most one pod, and none that it could keep while a pod whose turn is before is
    terminating: any pod that is wanted, and any with a higher ordinal.

    Counted as terminating: pods of the set, whoever deleted them. Not bound: pods that have ended, which are deleted to
    be made anew.
    """
    sts, gone = sync.desired, sync.removed("Pod")
    if sts is None or not gone or not in_order(sts):
        return
    if len(gone) > 1:
        yield f"{sts} deleted {names(gone)} in one sync"
    going = [pod for pod in members(sync) if pod.meta.deleting]
    for pod in gone:
        before = [other for other in going if ordinal(other) in wanted(sts) or ordinal(other) > ordinal(pod)]
        if isinstance(pod, Pod) and not pod.finished and before:
            yield f"{sts} deleted {pod} while {names(before)} is on its way out"


@decision("statefulset")
def ordinals_in_window(sync: Sync) -> Iterator[str]:
    """A pod is created only under an ordinal that is wanted, from the first one on, and for a set that stays."""
    sts = sync.desired
    for pod in sync.created("Pod") if sts is not None else ():
        assert sts is not None
        if pod.name != f"{sts.name}-{ordinal(pod)}" or ordinal(pod) not in wanted(sts):
            yield f"{sts} wants {list(wanted(sts))}, and created {pod}"
        if sts.meta.deleting:
            yield f"{sts} is being deleted and created {pod}"


@decision("statefulset")
def from_the_top_down(sync: Sync) -> Iterator[str]:
    """OrderedReady: of the pods that are not wanted any more the one with the highest ordinal goes first, and only
    while all wanted ones are healthy: an unhealthy pod stops scaling down (D-S11)."""
    sts = sync.desired
    if sts is None or not in_order(sts):
        return
    surplus = [pod for pod in members(sync) if ordinal(pod) not in wanted(sts)]
    for pod in sync.removed("Pod"):
        if ordinal(pod) in wanted(sts):
            continue
        above = [other.name for other in surplus if ordinal(other) > ordinal(pod)]
        if above:
            yield f"{sts} deleted {pod} before {above[0]}"
        yield from _unhealthy(sync, f"{sts} deleted {pod}")


def _unhealthy(sync: Sync, what: str) -> Iterator[str]:
    assert sync.desired is not None
    by_ordinal = {ordinal(pod): pod for pod in members(sync)}
    for index in wanted(sync.desired):
        pod = by_ordinal.get(index)
        if pod is None or not healthy(sync, pod):
            yield f"{what} while {sync.desired.name}-{index} is not healthy"


# --- rolling out -------------------------------------------------------------------------------------------------


def _replaced(sync: Sync) -> list[Pod]:
    """Return the wanted pods that the sync deleted although they had not ended: for the sake of a rollout."""
    sts = sync.desired
    gone = sync.removed("Pod") if sts is not None else []
    return [pod for pod in gone if isinstance(pod, Pod) and sts and ordinal(pod) in wanted(sts) and not pod.finished]


@decision("statefulset")
def rollout_from_the_top(sync: Sync) -> Iterator[str]:
    """A rollout deletes one pod a sync: the one with the highest ordinal of those without the update revision, and only
    while all above it are healthy; in order also only while all wanted ones are."""
    sts, gone = sync.desired, _replaced(sync)
    if sts is None or not gone:
        return
    if len(gone) > 1:
        yield f"{sts} deleted {names(gone)} in one step of a rollout"
    above = [pod for pod in members(sync) if ordinal(pod) > ordinal(gone[0]) and ordinal(pod) in wanted(sts)]
    for pod in above:
        if not healthy(sync, pod):
            yield f"{sts} deleted {gone[0]} while {pod.name} above it is not healthy"
    if in_order(sts):
        left = [pod for pod in members(sync) if ordinal(pod) in wanted(sts)]
        sick = [pod.name for pod in left if not healthy(sync, pod)]
        if sick:
            yield f"{sts} deleted {gone[0]} while {sick[0]} is not healthy"


@decision("statefulset")
def partition_holds(sync: Sync) -> Iterator[str]:
    """A rollout leaves pods below the partition alone, and OnDelete leaves all of them alone.

    Counted: the index of a pod, that is its ordinal less the first one. Pods that have ended are replaced all the same.
    """
    sts = sync.desired
    if sts is None:
        return
    strategy = look(sts.spec, "updateStrategy", "type", default="RollingUpdate")
    partition = int(look(sts.spec, "updateStrategy", "rollingUpdate", "partition", default=0))
    for pod in _replaced(sync):
        if strategy == "OnDelete":
            yield f"{sts} has OnDelete and deleted {pod}"
        elif ordinal(pod) - start(sts) < partition:
            yield f"{sts} deleted {pod}, which is below the partition {partition}"


@decision("statefulset")
def replaces_only_the_outdated(sync: Sync) -> Iterator[str]:
    """A rollout deletes a pod only if its revision is not the newest: the one whose template the set has."""
    sts = sync.desired
    gone = _replaced(sync)
    if sts is None or not gone:
        return
    newest = [rev for rev in _revisions(sync) if _holds(rev, sts)]
    for pod in gone:
        label = pod.meta.labels.get(REVISION_LABEL)
        if newest and label == newest[-1].name:
            yield f"{sts} deleted {pod}, which has the newest revision {label}"


@decision("statefulset")
def partition_decides_revision(sync: Sync) -> Iterator[str]:
    """A pod is created from the current revision if its index is below the partition, otherwise from the newest one.

    The current revision is the one that the status names, as the controller saw it, as long as it exists.
    """
    sts = sync.desired
    rolling = look(sts.spec, "updateStrategy", "rollingUpdate") if sts is not None else None
    made = sync.created("Pod")
    newest = [rev.name for rev in _revisions(sync) if _holds(rev, sts)] if sts is not None and made else []
    if sts is None or rolling is None or not newest:
        return
    stored = sts.status.get("currentRevision")
    current = stored if sync.seen.get("ControllerRevision", sts.namespace, stored or "") is not None else newest[-1]
    for pod in made:
        below = ordinal(pod) - start(sts) < int(rolling.get("partition") or 0)
        expected = current if below else newest[-1]
        if pod.meta.labels.get(REVISION_LABEL) != expected:
            yield f"{pod} was created from {pod.meta.labels.get(REVISION_LABEL)}, expected was {expected}"


def _revisions(sync: Sync) -> list[Resource]:
    assert sync.desired is not None
    mine = sync.after.store.owned("ControllerRevision", sync.desired.uid)
    return sorted(mine, key=lambda rev: (int(rev.raw.get("revision") or 0), rev.name))


def _holds(revision: Resource, sts: Resource) -> bool:
    stored: Any = look(revision.raw, "data", "spec", "template", default={})
    return {key: value for key, value in stored.items() if key != "$patch"} == sts.spec.get("template")


# --- identity and claims -----------------------------------------------------------------------------------------


@decision("statefulset")
def identity(sync: Sync) -> Iterator[str]:
    """A pod is created with its own name as a label and as host name, its ordinal as a label, and a revision."""
    for pod in sync.created("Pod"):
        labels = pod.meta.labels
        if labels.get("statefulset.kubernetes.io/pod-name") != pod.name or pod.spec.get("hostname") != pod.name:
            yield f"{pod} was created without its name as label and host name"
        if labels.get("apps.kubernetes.io/pod-index") != str(ordinal(pod)) or not labels.get(REVISION_LABEL):
            yield f"{pod} was created without its ordinal or its revision"


@state
def claim_of_one_pod(world: World) -> Iterator[str]:
    """No two active pods of one StatefulSet mount one claim; terminating pods hold their name, so none can be
    beside."""
    mounts: dict[tuple[str, str, str], str] = {}
    for sts in world.store.all("StatefulSet"):
        templates = {look(entry, "metadata", "name") for entry in sts.spec.get("volumeClaimTemplates") or ()}
        for pod in active(pods_of(world.store, sts)) if templates else ():
            for volume in pod.spec.get("volumes") or ():
                claim = look(volume, "persistentVolumeClaim", "claimName")
                if claim is None or volume.get("name") not in templates:
                    continue
                place = (sts.uid, pod.namespace, claim)
                if mounts.setdefault(place, pod.name) != pod.name:
                    yield f"{mounts[place]} and {pod.name} of {sts} both mount {claim}"


@change
def claims_kept(step: Step) -> Iterator[str]:
    """Nobody but a user deletes a claim that the retention policy keeps.

    A claim goes by itself only through the garbage collector, so only if it had an owner, and the StatefulSet gives
    it one only under a policy of Delete (contract 6). A claim that a user asked to go, and that is only waited for,
    may go.
    """
    actor = step.rows[-1].actor if step.rows else "user"
    for claim in step.removed(CLAIM) if actor != "user" else ():
        if actor != "garbage-collector" or not claim.meta.owners:
            yield f"{actor} deleted {claim}, which nothing but its user may delete"


@decision("statefulset")
def retain_owns_no_claims(sync: Sync) -> Iterator[str]:
    """Under a policy of Retain for both events no claim gets an owner."""
    sts = sync.desired
    if sts is None:
        return
    policy = sts.spec.get("persistentVolumeClaimRetentionPolicy") or {}
    if any(policy.get(when, "Retain") != "Retain" for when in ("whenDeleted", "whenScaled")):
        return
    for old, new in sync.changes(CLAIM):
        had = {owner.uid for owner in old.meta.owners} if old is not None else set()
        if new is not None and {owner.uid for owner in new.meta.owners} - had:
            yield f"{sts} retains its claims, and gave {new} an owner"

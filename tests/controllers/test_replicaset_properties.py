"""What must be true of a ReplicaSet whatever happens: as many pods as it asks for, the least useful go first.

A random ReplicaSet lives through a random history, or is shown a random scene; what it reports is counted anew here,
and which pods are of least use is told here by the words of contract replicaset 5.
"""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.actions import Create, Delete, UpdateStatus, WakeAt
from reconcile.model.clock import later, stamp
from reconcile.model.pod import DELETION_COST, Pod, controller_reference
from reconcile.model.resource import Resource
from reconcile.model.selector import Selector
from reconcile.outcome import Reason
from reconcile.store.store import Store
from reconcile.testing import invariants
from reconcile.testing.histories import History, play
from reconcile.testing.invariants.deployments import size
from reconcile.testing.invariants.protocol import active, available, ready
from reconcile.testing.pod_states import pod_status
from reconcile.testing.scenes import Scene, admitted
from reconcile.testing.strategies.histories import histories
from reconcile.testing.strategies.objects import NOW, head
from reconcile.testing.strategies.states import states
from tests.controllers.seen import look, stored

LABELS = {"app": "web"}
CONTAINERS = {"containers": [{"name": "app", "image": "app:1"}]}


def replica_set(replicas: int, name: str = "web", **spec: Any) -> Resource:
    template = {"metadata": {"labels": LABELS}, "spec": CONTAINERS}
    body = {"replicas": replicas, "selector": {"matchLabels": LABELS}, "template": template, **spec}
    manifest = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name}, "spec": body}
    return admitted(manifest, uid=f"uid-{name}", now=NOW - timedelta(hours=1))


def pod(name: str, owner: Resource | None, state: str = "running and ready", **more: Any) -> Pod:
    """Return a pod in *state*; *more* are `node`, `cost`, `since`, `created`, `restarts`, `uid`."""
    meta = head(name, LABELS, more.get("created", NOW)) | {"uid": more.get("uid", f"uid-{name}")}
    meta |= {"ownerReferences": [controller_reference(owner)]} if owner is not None else {}
    meta |= {"annotations": {DELETION_COST: str(more["cost"])}} if "cost" in more else {}
    spec = {**CONTAINERS, **({"nodeName": more["node"]} if more.get("node") else {})}
    status = pod_status(state, more.get("since", NOW), more.get("restarts", 0))
    return Pod({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status})


@given(history=histories(kinds=("ReplicaSet",), max_size=16))
@settings(max_examples=25)
def test_whatever_happens_it_keeps_its_promises_and_gets_there(history: History) -> None:
    """No step breaks an invariant, and when the faults have ceased there are as many pods as it asks for."""
    play(history, checks=(*invariants.OBJECTS, *invariants.PODS, *invariants.REPLICASETS))


# --- what it reports -----------------------------------------------------------------------------------------------


def counted(scene: Scene) -> list[Pod]:
    """Return the pods that count: active, selected, its own or to be adopted."""
    rs, selector = scene.desired, Selector.parse(scene.desired.spec["selector"])
    found = []
    for item in scene.others:
        owner = item.meta.controller
        mine = owner.uid == rs.uid if owner is not None else not rs.meta.deleting
        if isinstance(item, Pod) and mine and selector.matches(item.meta.labels):
            found.append(item)
    return found


@given(scene=states("ReplicaSet", max_children=6))
@settings(max_examples=100)
def test_the_status_tells_what_was_there(scene: Scene) -> None:
    """After one sync the status counts the pods that were there before it, and is about the present generation; a pod
    that will become available has it woken at that moment."""
    rs, seen = scene.desired, look("replicaset", scene)
    there = active(counted(scene))
    seconds = int(rs.spec.get("minReadySeconds") or 0)
    expected = {
        "replicas": len(there),
        "readyReplicas": sum(map(ready, there)),
        "availableReplicas": sum(available(item, seconds, scene.now) for item in there),
        "fullyLabeledReplicas": sum(
            rs.look("spec", "template", "metadata", "labels").items() <= item.meta.labels.items() for item in there
        ),
        "terminatingReplicas": sum(item.terminating for item in counted(scene) if item.meta.controller is not None),
        "observedGeneration": rs.meta.generation,
    }
    status = stored(seen, rs).status
    waiting = [later(item.ready_time, seconds) for item in there if ready(item) and item.ready_time is not None]
    wakes = [row.action.at for row in seen.rows if isinstance(row.action, WakeAt)]

    assert expected == {name: status.get(name) or 0 for name in expected}
    assert sorted(at for at in waiting if at > scene.now)[:1] == wakes


@given(scene=states("ReplicaSet", max_children=6))
@settings(max_examples=50)
def test_one_sync_is_enough(scene: Scene) -> None:
    """If nothing is refused, as many active pods as are wanted are left, all others released; once the cache has seen
    that, nothing is asked for but what the status needs."""
    seen = look("replicaset", scene)
    if scene.desired.meta.deleting:
        return
    mine = [item for item in seen.after.store.owned("Pod", scene.desired.uid).of(Pod) if item.active]
    assert size(scene.desired) == len(mine)
    assert all(item.meta.labels["app"] == "web" for item in mine)

    again = look("replicaset", Scene(stored(seen, scene.desired), tuple(seen.after.store.all("Pod")), scene.now))
    assert [] == [row.what for row in again.rows if not isinstance(row.action, UpdateStatus | WakeAt)]


# --- how many at once ----------------------------------------------------------------------------------------------


def test_all_labels_of_the_template_are_looked_for() -> None:
    """A pod that is selected, but lacks a label that the template has meanwhile, counts, but not as fully labelled."""
    rs = replica_set(2)
    rs = rs.put(("spec", "template", "metadata", "labels"), {**LABELS, "tier": "front"})
    whole = pod("p1", rs).put(("metadata", "labels"), {**LABELS, "tier": "front", "more": "yes"})
    status = stored(look("replicaset", Scene(rs, (pod("p0", rs), whole), NOW)), rs).status

    assert (2, 1) == (status["replicas"], status["fullyLabeledReplicas"])


@pytest.mark.parametrize(("replicas", "there", "count"), [(499, 0, 499), (501, 0, 500), (0, 501, 500), (0, 499, 499)])
def test_one_sync_makes_or_removes_at_most_five_hundred(replicas: int, there: int, count: int) -> None:
    """What is left is the next sync's."""
    rs = replica_set(replicas)
    seen = look("replicaset", Scene(rs, tuple(pod(f"p{i}", rs) for i in range(there)), NOW))

    assert count == len(seen.of(Create)) + len(seen.of(Delete))


@given(replicas=st.integers(1, 40), refused=st.integers(0, 45))
@settings(max_examples=40)
def test_it_starts_slowly(replicas: int, refused: int) -> None:
    """Batches of 1, 2, 4 ...: a refusal in one of them is the end after it, so at most as many are tried in vain as
    have succeeded, and one; the failure is told and goes away when the next sync succeeds."""
    rs = replica_set(replicas)
    seen = look("replicaset", Scene(rs, (), NOW), refusals={refused: Reason.FORBIDDEN})
    first = 1
    while first <= refused:
        first = 2 * first + 1
    told = [entry["reason"] for entry in stored(seen, rs).status.get("conditions") or ()]

    assert min(first, replicas) == len(seen.of(Create))
    assert (["FailedCreate"] if refused < replicas else []) == told
    pods = tuple(seen.after.store.all("Pod"))
    after = look("replicaset", Scene(stored(seen, rs), pods, NOW))
    assert not stored(after, rs).status.get("conditions")


@pytest.mark.parametrize("reason", list(Reason))
def test_a_pod_that_is_gone_is_no_failure(reason: Reason) -> None:
    """Any other refusal of a deletion fails the sync."""
    rs = replica_set(0)
    seen = look("replicaset", Scene(rs, (pod("p", rs),), NOW), refusals={0: reason})

    assert seen.failed == (reason is not Reason.NOT_FOUND)


def test_a_failed_delete_is_told() -> None:
    """The condition says what failed, and keeps its first reason and time while it goes on failing."""
    rs = replica_set(0)
    seen = look("replicaset", Scene(rs, (pod("p", rs),), NOW), refusals={0: Reason.FORBIDDEN})
    (told,) = stored(seen, rs).status["conditions"]
    later_on = Scene(stored(seen, rs), (pod("p", rs),), NOW + timedelta(seconds=9))
    again = look("replicaset", later_on, refusals={0: Reason.FORBIDDEN})

    assert ("ReplicaFailure", "FailedDelete", stamp(NOW)) == (told["type"], told["reason"], told["lastTransitionTime"])
    assert [told] == stored(again, rs).status["conditions"]
    assert seen.failed


# --- which ones go -------------------------------------------------------------------------------------------------

AGES = st.sampled_from([0, 1, 5, 6, 7, 8, 60, 61]).map(lambda seconds: NOW - timedelta(seconds=seconds))


FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "state": st.sampled_from(["running and ready", "running", "pending", "unknown"]),
    "node": st.sampled_from(["n0", "n0", "n1", None]),
    "cost": st.sampled_from([0, 5, -5]),
    "since": AGES,
    "created": AGES,
    "restarts": st.sampled_from([0, 1, 3]),
}
USUAL: dict[str, Any] = {"node": "n0", "state": "running and ready"}


@st.composite
def rivals(draw: st.DrawFn, owner: Resource) -> list[Pod]:
    """Pods that differ in one respect, or two that differ in two: of three the order may be a circle (contract 11)."""
    vary = draw(st.sets(st.sampled_from(sorted(FIELDS)), min_size=1, max_size=2))
    spread = draw(st.booleans())
    found = []
    for index in range(2 if len(vary) > 1 else draw(st.integers(2, 4))):
        place = {"node": f"n{index}"} if spread else {}
        fields = USUAL | place | {name: draw(FIELDS[name]) for name in sorted(vary)}
        found.append(pod(f"p{index}", owner, uid=f"u{draw(st.integers(0, 9))}{index}", **fields))
    return found


def before(one: Pod, other: Pod, crowd: dict[str, int]) -> bool:
    """Return whether *one* goes before *other* (contract replicaset 5.1)."""
    traits = [
        (bool(item.node), {"Unknown": 1, "Running": 2}.get(item.phase, 0), ready(item), item.cost, -crowd[item.node])
        for item in (one, other)
    ]
    if traits[0] != traits[1]:
        return traits[0] < traits[1]
    if ready(one) and one.ready_time != other.ready_time:
        return younger(one, other, one.ready_time, other.ready_time)
    if one.restarts != other.restarts:
        return one.restarts > other.restarts
    if one.meta.created != other.meta.created:
        return younger(one, other, one.meta.created, other.meta.created)
    return False  # which of two equal ones goes is nobody's promise


def younger(one: Pod, other: Pod, since: Any, others: Any) -> bool:
    """Ages count by their power of two, in nanoseconds; within one power the lesser uid is taken."""
    ages = [(NOW - moment) // timedelta(microseconds=1) * 1000 for moment in (since, others)]
    powers = [age.bit_length() for age in ages]
    return powers[0] < powers[1] if powers[0] != powers[1] else one.uid < other.uid


@given(data=st.data())
@settings(max_examples=120)
def test_the_pod_of_least_use_goes(data: st.DataObject) -> None:
    """Of a few pods one is too many: none of the others would have gone before it."""
    parent = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "uid": "uid-d"}}
    owners = [controller_reference(Resource(parent))]
    plain = replica_set(1)
    pods = data.draw(rivals(plain))
    rs = plain.put(("spec", "replicas"), len(pods) - 1).put(("metadata", "ownerReferences"), owners)
    crowd = dict.fromkeys([item.node for item in pods], 0)
    for item in pods:
        crowd[item.node] += 1
    (row,) = look("replicaset", Scene(rs, tuple(pods), NOW)).of(Delete)
    assert isinstance(row.action, Delete)
    gone = next(item for item in pods if item.name == row.action.name)

    assert [] == [item.name for item in pods if item is not gone and before(item, gone, crowd)]


# --- whose pods they are, and what others did meanwhile --------------------------------------------------------------


@given(others=st.lists(st.sampled_from(["active", "terminating", "finished"]), min_size=1, max_size=4))
@settings(max_examples=30)
def test_only_what_lives_is_adopted(others: list[str]) -> None:
    """An orphan on its way out, or at its end, stays one."""
    rs = replica_set(9)
    orphans = [pod(f"p{i}", None, "failed" if state == "finished" else "running") for i, state in enumerate(others)]
    orphans = [
        item.put(("metadata", "deletionTimestamp"), stamp(NOW)) if state == "terminating" else item
        for item, state in zip(orphans, others, strict=True)
    ]
    seen = look("replicaset", Scene(rs, tuple(orphans), NOW))

    taken = [stored(seen, item).meta.controller is not None for item in orphans]
    assert [state == "active" for state in others] == taken


@pytest.mark.parametrize("meanwhile", ["gone", "replaced", "deleting"])
def test_who_is_not_there_any_more_adopts_nothing(meanwhile: str) -> None:
    """Before the first adoption the owner is read past the cache."""
    rs = replica_set(1)
    scene = Scene(rs, (pod("p", None),), NOW)
    others = Store.of(scene.others)
    live = {
        "gone": others,
        "replaced": others.put(rs.put(("metadata", "uid"), "uid-2")),
        "deleting": others.put(
            rs.put(("metadata", "deletionTimestamp"), stamp(NOW)).put(("metadata", "finalizers"), ["orphan"])
        ),
    }[meanwhile]
    seen = look("replicaset", scene, live=live)

    assert stored(seen, scene.others[0]).meta.controller is None
    assert seen.failed


def _status_scene() -> tuple[Scene, Store]:
    rs = replica_set(1)
    changed = rs.put(("metadata", "annotations"), {"by": "somebody"}).put(("metadata", "resourceVersion"), "2")
    scene = Scene(rs, (pod("p", rs),), NOW)
    return scene, Store.of([changed, *scene.others])


def test_a_conflict_about_the_status_is_settled_in_the_same_sync() -> None:
    """The counts go on top of what is there now, with all that somebody else has changed."""
    scene, live = _status_scene()
    seen = look("replicaset", scene, live=live)
    rs = stored(seen, scene.desired)

    assert ["Conflict", "ok"] == [row.result for row in seen.of(UpdateStatus)]
    assert (1, {"by": "somebody"}) == (rs.status["replicas"], dict(rs.meta.annotations))
    assert not seen.failed


@given(reason=st.sampled_from(list(Reason)))
@settings(max_examples=30)
def test_a_stray_that_cannot_be_released(reason: Reason) -> None:
    """A release that is refused fails the sync, unless the pod is gone or is not what it was."""
    rs = replica_set(0)
    stray = pod("p", rs).put(("metadata", "labels"), {"app": "other"})
    seen = look("replicaset", Scene(rs, (stray,), NOW), refusals={0: reason})

    assert seen.failed == (reason not in (Reason.NOT_FOUND, Reason.INVALID))


def test_a_stray_is_released() -> None:
    """A pod that is not selected any more belongs to nobody."""
    rs = replica_set(1)
    stray = pod("p", rs).put(("metadata", "labels"), {"app": "other"})
    seen = look("replicaset", Scene(rs, (stray,), NOW))

    assert () == tuple(stored(seen, stray).meta.owners)

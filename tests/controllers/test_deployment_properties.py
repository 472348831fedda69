"""What must be true of a Deployment whatever happens: how far a rollout may go, and what is told about it.

A random Deployment lives through a random history, or is shown a random scene. Sizes, counts and bounds are worked out
here anew, from contract deployment 6, 8 and 10.
"""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from reconcile.actions import Create, Update, UpdateStatus, WakeAt
from reconcile.cluster import Cluster
from reconcile.model.clock import instant, later, stamp
from reconcile.model.objects import read
from reconcile.model.pod import controller_reference
from reconcile.model.resource import Resource
from reconcile.nodes.behaviour import Behaviour
from reconcile.outcome import Reason
from reconcile.testing import invariants
from reconcile.testing.histories import History, play
from reconcile.testing.invariants.deployments import DESIRED, bounds, is_new, size
from reconcile.testing.invariants.jobs import condition
from reconcile.testing.scenes import Scene, admitted
from reconcile.testing.strategies.histories import histories
from reconcile.testing.strategies.objects import NOW, head
from reconcile.testing.strategies.states import states
from tests.controllers.seen import Seen, look, stored

LABELS = {"app": "web"}
HASH = "pod-template-hash"
NOTES = "deployment.kubernetes.io/"
REVISION = f"{NOTES}revision"
SHARES = [0, 1, 2, "25%", "30%", "50%", "100%"]


def manifest(replicas: int = 2, image: str = "app:1", **spec: Any) -> dict[str, Any]:
    pods = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "app", "image": image}]}}
    body = {"replicas": replicas, "selector": {"matchLabels": LABELS}, "template": pods, **spec}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": body}


def deployment(replicas: int = 2, image: str = "app:1", **spec: Any) -> Resource:
    return admitted(manifest(replicas, image, **spec), uid="uid-web", now=NOW - timedelta(hours=1))


def replica_set(d: Resource, number: int, replicas: int, available: int, **more: Any) -> Resource:
    """Return the ReplicaSet of *d* of the image app:*number*, created *number* seconds after it; *more* are `base`,
    what it was last scaled for, `pods` and `ready`, how many it reports, and `revision`."""
    suffix, labels = f"h{number}", {**LABELS, HASH: f"h{number}"}
    meta = head(f"web-{suffix}", labels, NOW - timedelta(minutes=30) + timedelta(seconds=number))
    base = more.get("base", size(d))
    notes = {"revision": str(more.get("revision", number)), "desired-replicas": str(base)}
    notes["max-replicas"] = str(base + bounds(d).most - size(d))
    meta |= {"annotations": {NOTES + key: value for key, value in notes.items()}}
    meta |= {"ownerReferences": [controller_reference(d)], "generation": 1}
    containers = deployment(1, f"app:{number}").spec["template"]["spec"]
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}}
    spec |= {"template": {"metadata": {"labels": labels}, "spec": containers}}
    spec |= {"minReadySeconds": d.spec["minReadySeconds"]} if d.spec.get("minReadySeconds") else {}
    told = {"replicas": more.get("pods", replicas), "observedGeneration": 1, "terminatingReplicas": 0}
    told |= {"readyReplicas": more.get("ready", available), "availableReplicas": available}
    return read({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta, "spec": spec, "status": told})


@given(history=histories(kinds=("Deployment",), max_size=16))
@settings(max_examples=25)
def test_whatever_happens_it_keeps_its_promises_and_gets_there(history: History) -> None:
    """No step breaks an invariant, and when the faults have ceased the newest template runs in the size asked for."""
    play(history, checks=(*invariants.OBJECTS, *invariants.PODS, *invariants.REPLICASETS, *invariants.DEPLOYMENTS))


# --- sizes -----------------------------------------------------------------------------------------------------------


@st.composite
def rollouts(draw: st.DrawFn, *, scaled: bool = False) -> Scene:
    """A Deployment of the image app:4 with up to three older ReplicaSets and perhaps the new one."""
    surge, missing = draw(st.sampled_from(SHARES)), draw(st.sampled_from(SHARES))
    assume(not {surge, missing} <= {0, "0%"})
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": missing}}
    d = deployment(draw(st.integers(1, 9)), "app:4", strategy=rolling)
    base = draw(st.integers(1, 9).filter(lambda count: count != size(d))) if scaled else size(d)
    found = []
    for number in draw(st.sets(st.sampled_from([1, 2, 3, 4]), min_size=1)):
        replicas = draw(st.integers(0, 6))
        ready = draw(st.integers(0, replicas))
        found.append(replica_set(d, number, replicas, draw(st.integers(0, ready)), base=base, ready=ready))
    most = str(sum(map(size, found)))
    kept = [rs.put(("metadata", "annotations", f"{NOTES}max-replicas"), most) if scaled else rs for rs in found]
    return Scene(d, tuple(kept), NOW)


def sizes(seen: Seen) -> dict[str, int]:
    """Return the sizes that ReplicaSets have after a sync; the new one's is under `new`."""
    d = seen.before.store.all("Deployment")[0]
    return {"new" if is_new(rs, d) else rs.name: size(rs) for rs in seen.after.store.all("ReplicaSet")}


def count(rs: Resource, field: str) -> int:
    """Return what *rs* reports; the API leaves zeros out."""
    return int(rs.status.get(field) or 0)


def step(scene: Scene) -> dict[str, int]:
    """Return the sizes after the next step of a rollout (contract deployment 6.2)."""
    d, limit = scene.desired, bounds(scene.desired)
    new = next((rs for rs in scene.others if is_new(rs, d)), None)
    old = [rs for rs in scene.others if rs is not new]
    now = size(new) if new is not None else 0
    room = limit.most - sum(map(size, scene.others))
    goal = limit.replicas if now > limit.replicas else now + max(0, min(room, limit.replicas - now))
    told = {rs.name: count(rs, "availableReplicas") for rs in scene.others}
    after = {rs.name: size(rs) for rs in old}
    # A ReplicaSet that is made in this step has got what there is room for, so old pods may go in the same one.
    made = goal if new is None else now
    pending = made - (told[new.name] if new is not None else 0)
    spare = sum(map(size, old)) + made - limit.least - pending
    if goal == made and spare > 0:
        quota = sum(told.values()) - limit.least
        for rs in old:
            gone = max(0, min(spare, after[rs.name] - told[rs.name]))
            after[rs.name], spare = after[rs.name] - gone, spare - gone
        for rs in old:
            gone = max(0, min(quota, after[rs.name]))
            after[rs.name], quota = after[rs.name] - gone, quota - gone
    return {**after, "new": goal}


@given(scene=rollouts())
@settings(max_examples=150)
def test_a_rollout_takes_the_step_that_the_bounds_allow(scene: Scene) -> None:
    """First the new one grows up to replicas + maxSurge; when it cannot, old pods go: those that serve nobody, oldest
    first, as far as pods are left besides new ones that do not serve yet; then as many as serve beyond the least."""
    assert step(scene) == sizes(look("deployment", scene))


@given(scene=rollouts(scaled=True))
@settings(max_examples=120)
def test_a_change_of_size_keeps_shares(scene: Scene) -> None:
    """A Deployment that is scaled during a rollout asks for as many pods as its new size and the surge allow; all of
    its ReplicaSets move in that direction only, and each keeps its share but for rounding."""
    d, active = scene.desired, [rs for rs in scene.others if size(rs)]
    new = next((rs for rs in scene.others if is_new(rs, d)), None)
    assume(len(active) > 1)
    assume(new is None or not size(new) == size(d) == count(new, "availableReplicas"))
    before, most = sum(map(size, active)), bounds(d).most
    after = sizes(look("deployment", scene))
    moved = {rs.name: after["new" if rs is new else rs.name] - size(rs) for rs in active}

    assert most == sum(after.values())
    assert all(one * (most - before) >= 0 for one in moved.values())
    assert all(abs(moved[rs.name] - size(rs) * (most / before - 1)) <= len(active) / 2 for rs in active)


@pytest.mark.parametrize("replicas", [10, 4])
def test_of_equals_the_newer_grow_and_the_older_shrink(replicas: int) -> None:
    """What rounding leaves over goes to the first in turn: of equals the newest if they grow, the oldest if not."""
    d = deployment(replicas, "app:4", strategy={"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}})
    scene = Scene(d, tuple(replica_set(d, number, 2, 0, base=6) for number in (1, 2, 3)), NOW)
    after = sizes(look("deployment", scene))

    grown = {10: {"web-h1": 3, "web-h2": 3, "web-h3": 5}, 4: {"web-h1": 1, "web-h2": 2, "web-h3": 2}}
    assert grown[replicas] == after


def test_a_saturated_rollout_is_not_scaled_in_proportion() -> None:
    """Where the new ReplicaSet has all its pods, the others go, although the size has changed."""
    d = deployment(3, "app:4")
    old = replica_set(d, 1, 2, 2, base=5)
    seen = look("deployment", Scene(d, (old, replica_set(d, 4, 3, 3)), NOW))

    assert {"web-h1": 0, "new": 3} == sizes(seen)


@given(replicas=st.integers(0, 5))
@example(replicas=0)
@settings(max_examples=6)
def test_a_paused_one_follows_its_size_only(replicas: int) -> None:
    """It gives its size to the ReplicaSet there is, creates none for a new template, and says that it is paused."""
    d = deployment(replicas, "app:4", paused=True)
    seen = look("deployment", Scene(d, (replica_set(d, 1, 2, 2, base=2),), NOW))
    statuses = [one.object.status for one in seen.actions(UpdateStatus)]
    reasons = [entry["reason"] for status in statuses for entry in status["conditions"] if entry["type"] == PROGRESS]

    assert {"web-h1": replicas} == sizes(seen)
    assert "DeploymentPaused" in reasons


PROGRESS = "Progressing"


# --- what it reports -------------------------------------------------------------------------------------------------


@given(scene=rollouts())
@settings(max_examples=100)
def test_the_status_tells_what_the_replicasets_told(scene: Scene) -> None:
    """The counts are sums over what the ReplicaSets reported before the sync; unavailable is what they asked for less
    what is available. It is available if as many pods are as a rollout would leave."""
    d, seen = scene.desired, look("deployment", scene)
    status = seen.actions(UpdateStatus)[-1].object.status
    available = sum(count(rs, "availableReplicas") for rs in scene.others)
    asked = sum(map(size, scene.others)) + sum(one.body["spec"]["replicas"] for one in seen.actions(Create))
    expected = {
        "replicas": sum(count(rs, "replicas") for rs in scene.others),
        "updatedReplicas": sum(count(rs, "replicas") for rs in scene.others if is_new(rs, d)),
        "readyReplicas": sum(count(rs, "readyReplicas") for rs in scene.others),
        "availableReplicas": available,
        "unavailableReplicas": max(0, asked - available),
        "observedGeneration": d.meta.generation,
    }
    (told,) = [entry["status"] for entry in status["conditions"] if entry["type"] == "Available"]

    assert expected == {name: status.get(name) or 0 for name in expected}
    assert str(available >= bounds(d).least) == told


@given(replicas=st.integers(1, 4), available=st.integers(0, 4), pods=st.integers(0, 4), told=st.integers(1, 4))
@settings(max_examples=60)
def test_updated_pods_are_those_that_are_there(replicas: int, available: int, pods: int, told: int) -> None:
    """What a ReplicaSet wants is not what it has: only what it reports is updated."""
    d = deployment(4, "app:4")
    new = replica_set(d, 4, replicas, min(available, pods), pods=pods, revision=told)
    status = look("deployment", Scene(d, (new,), NOW)).actions(UpdateStatus)[-1].object.status

    assert pods == (status.get("updatedReplicas") or 0)


SLOW = (Behaviour(image="app:bad", pull=False), Behaviour(start=1, ready=2, terminates=1))


def started(**spec: Any) -> Cluster:
    return Cluster.new(nodes=1, behaviours=SLOW).apply(manifest(**spec)).advance(60)


def broken(**spec: Any) -> Cluster:
    """Return the cluster in which an image that cannot be pulled has just been set."""
    return started(**spec).apply(manifest(image="app:bad", **spec))


def told(cluster: Cluster, name: str) -> tuple[str, str]:
    """Return status and reason of a condition; empty if there is none."""
    found = [entry for entry in cluster.get("Deployment", "web").status["conditions"] if entry["type"] == name]
    return (found[0]["status"], found[0]["reason"]) if found else ("", "")


@given(deadline=st.integers(5, 300), jump=st.integers(0, 3))
@settings(max_examples=8)
def test_a_rollout_that_gets_nowhere_is_told_at_its_deadline(deadline: int, jump: int) -> None:
    """Not a second before the deadline, counted from the last progress; and a complete one never times out."""
    cluster = started(progressDeadlineSeconds=deadline)
    calm = cluster.advance(3 * deadline)
    stuck = broken(progressDeadlineSeconds=deadline).advance(0)

    assert ("True", "NewReplicaSetAvailable") == told(calm, PROGRESS)
    assert ("True", "ReplicaSetUpdated") == told(stuck, PROGRESS)
    assert ("True", "ReplicaSetUpdated") == told(stuck.advance(deadline - 1), PROGRESS)
    assert ("False", "ProgressDeadlineExceeded") == told(stuck.advance(deadline + 2 + jump), PROGRESS)
    lost = calm.delete("Pod", calm.all("Pod")[0].name).advance(0.5)
    assert "NewReplicaSetAvailable" == told(lost, PROGRESS)[1]


def test_progress_starts_the_deadline_anew() -> None:
    """Each pod that becomes available, and each old one that goes, gives the rollout its whole deadline again."""
    slow = (Behaviour(image="app:2", start=8, terminates=1), Behaviour(terminates=1))
    spec: dict[str, Any] = {
        "progressDeadlineSeconds": 12,
        "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
    }
    cluster = Cluster.new(nodes=1, behaviours=slow).apply(manifest(4, **spec)).advance(60)
    rolling = cluster.apply(manifest(4, "app:2", **spec))
    for second in range(0, 60, 3):
        assert "ProgressDeadlineExceeded" != told(rolling.advance(second), PROGRESS)[1]
    assert ("True", "NewReplicaSetAvailable") == told(rolling.advance(60), PROGRESS)


def reporting(reason: str, ago: int, **counts: int) -> Resource:
    """Return a Deployment of the image app:4 that said *reason* of its progress so many seconds *ago*."""
    d, since = deployment(2, "app:4", progressDeadlineSeconds=60), stamp(NOW - timedelta(seconds=ago))
    progress = {"type": PROGRESS, "status": "True", "reason": reason, "lastUpdateTime": since}
    status = {**counts, "observedGeneration": 1, "conditions": [{**progress, "lastTransitionTime": since}]}
    return d.put(("status",), status).put(("metadata", "annotations"), {REVISION: "4"})


def progress_of(d: Resource, *sets: Resource) -> tuple[str, str]:
    """Return what a sync says of the progress, and since when."""
    sent = look("deployment", Scene(d, sets, NOW)).actions(UpdateStatus)
    (entry,) = [each for each in sent[-1].object.status["conditions"] if each["type"] == PROGRESS]
    return entry["reason"], entry["lastUpdateTime"]


def test_the_end_of_an_old_pod_is_progress() -> None:
    """One old pod fewer is reported: the deadline starts anew. Without that news it has passed."""
    counts = {"replicas": 4, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}
    d = reporting("ReplicaSetUpdated", 90, **counts)
    new, fewer = replica_set(d, 4, 2, 2), replica_set(d, 1, 0, 0, pods=1)

    assert ("ReplicaSetUpdated", stamp(NOW)) == progress_of(d, new, fewer)
    assert "ProgressDeadlineExceeded" == progress_of(d, new, replica_set(d, 1, 0, 0, pods=2))[0]


def test_a_rollout_is_complete_when_no_old_pod_is_left() -> None:
    """All new pods are available: that is not enough while another one is reported."""
    d = reporting("ReplicaSetUpdated", 5, replicas=3, updatedReplicas=1)
    new = replica_set(d, 4, 2, 2)

    assert "NewReplicaSetAvailable" == progress_of(d, new, replica_set(d, 1, 0, 0))[0]
    assert "NewReplicaSetAvailable" != progress_of(d, new, replica_set(d, 1, 0, 0, pods=1))[0]


def test_what_is_complete_never_times_out() -> None:
    """A pod that is lost after the rollout, for however long, is not the rollout's failure."""
    d = reporting("NewReplicaSetAvailable", 900, replicas=2, updatedReplicas=2, readyReplicas=2, availableReplicas=2)
    gone = replica_set(d, 4, 2, 1, pods=1)
    old = replica_set(d, 1, 0, 0, pods=1)

    assert "NewReplicaSetAvailable" == progress_of(d, gone)[0]
    assert "NewReplicaSetAvailable" == progress_of(d, gone, old)[0]


def test_the_older_of_two_with_the_template_is_the_new_one() -> None:
    """The other one is old, and goes."""
    d = deployment(2, "app:4")
    first = replica_set(d, 4, 1, 1)
    twin = replica_set(d, 5, 1, 1).put(("spec", "template", "spec"), first.spec["template"]["spec"])
    after = look("deployment", Scene(d, (first, twin), NOW)).after.store
    done = look("deployment", Scene(d, (replica_set(d, 4, 2, 2), twin), NOW)).after.store

    assert {"web-h4": 2, "web-h5": 1} == {rs.name: size(rs) for rs in after.all("ReplicaSet")}
    assert {"web-h4": 2, "web-h5": 0} == {rs.name: size(rs) for rs in done.all("ReplicaSet")}


def test_pausing_stops_the_clock() -> None:
    """While it is paused the deadline does not run; resumed, it gets the whole of it again, and says so."""
    cluster = (
        started(progressDeadlineSeconds=30).apply(manifest(image="app:bad", progressDeadlineSeconds=30)).advance(9)
    )
    paused = cluster.patch("Deployment", "web", {"spec": {"paused": True}}).advance(300)
    resumed = paused.patch("Deployment", "web", {"spec": {"paused": None}})

    assert ("Unknown", "DeploymentPaused") == told(paused, PROGRESS)
    assert ("Unknown", "DeploymentResumed") == told(resumed.advance(20), PROGRESS)
    assert ("False", "ProgressDeadlineExceeded") == told(resumed.advance(40), PROGRESS)


def test_a_condition_keeps_its_time_while_its_status_stays() -> None:
    """lastTransitionTime is when the status turned, whatever else is said meanwhile."""
    cluster = started()
    before = {e["type"]: e["lastTransitionTime"] for e in cluster.get("Deployment", "web").status["conditions"]}
    rolled = cluster.apply(manifest(image="app:2")).advance(60)
    after = {e["type"]: e["lastTransitionTime"] for e in rolled.get("Deployment", "web").status["conditions"]}

    assert before[PROGRESS] == after[PROGRESS]


def test_the_failure_of_a_replicaset_comes_and_goes() -> None:
    """What its ReplicaSet cannot do is told here, as long as it cannot."""
    d = deployment(1, "app:4", progressDeadlineSeconds=60)
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "lastTransitionTime": stamp(NOW)}
    new = replica_set(d, 4, 1, 0)
    bad = look("deployment", Scene(d, (new.put(("status", "conditions"), [failure]),), NOW))
    sent = bad.actions(UpdateStatus)[-1].object
    good = look("deployment", Scene(sent, (new,), NOW))

    assert condition(sent, "ReplicaFailure")
    assert not condition(good.actions(UpdateStatus)[-1].object, "ReplicaFailure")


# --- the new ReplicaSet ----------------------------------------------------------------------------------------------


@given(images=st.lists(st.sampled_from(["app:1", "app:2", "app:3"]), min_size=1, max_size=5), limit=st.integers(0, 3))
@example(images=["app:1", "app:2"] * 3, limit=3)
@settings(max_examples=15)
def test_revisions_count_the_templates_as_they_were_wanted(images: list[str], limit: int) -> None:
    """The ReplicaSet of the newest template has the highest revision; what it had before stays in its history, in
    order; beyond the limit the lowest revisions go."""
    cluster = started(image=images[0], revisionHistoryLimit=limit)
    wanted = images[:1]
    for image in images[1:]:
        cluster = cluster.apply(manifest(image=image, revisionHistoryLimit=limit)).advance(60)
        wanted += [image] if image != wanted[-1] else []
    sets = sorted(cluster.all("ReplicaSet"), key=lambda rs: int(rs.meta.annotations[REVISION]))
    held = [rs.look("spec", "template", "spec", "containers", 0, "image") for rs in sets]

    assert list(dict.fromkeys(wanted[::-1]))[: limit + 1] == held[::-1]
    assert sets[-1].meta.annotations[REVISION] == cluster.get("Deployment", "web").meta.annotations[REVISION]
    if limit == 3:
        assert str(len(wanted)) == sets[-1].meta.annotations[REVISION]
        past = [str(n) for n, image in enumerate(wanted[:-1], 1) if image == wanted[-1]]
        assert ",".join(past) == sets[-1].meta.annotations.get(f"{REVISION}-history", "")


def test_a_new_replicaset_is_what_the_deployment_says() -> None:
    """It has the hash in its name, labels, selector and template, the user's annotations but not kubectl's, and
    minReadySeconds, of which it hears later, too."""
    d = deployment(2, minReadySeconds=7)
    d = d.put(("metadata", "annotations"), {"note": "mine", "kubectl.kubernetes.io/last-applied-configuration": "{}"})
    (made,) = look("deployment", Scene(d, (), NOW)).after.store.all("ReplicaSet")
    suffix = made.meta.labels[HASH]
    changed = d.put(("spec", "minReadySeconds"), 9)
    (heard,) = look("deployment", Scene(changed, (made,), NOW)).after.store.all("ReplicaSet")

    assert f"web-{suffix}" == made.name
    assert {**LABELS, HASH: suffix} == made.spec["selector"]["matchLabels"] == dict(made.meta.labels)
    assert suffix == made.look("spec", "template", "metadata", "labels", HASH)
    assert {"note", REVISION, DESIRED, f"{NOTES}max-replicas"} == set(made.meta.annotations)
    assert (7, 9) == (made.spec["minReadySeconds"], heard.spec["minReadySeconds"])


def test_a_name_that_is_taken_leads_to_another() -> None:
    """Another's ReplicaSet of that name is a collision: it is counted, and the next name is another one."""
    d = deployment(2)
    (made,) = look("deployment", Scene(d, (), NOW)).after.store.all("ReplicaSet")
    taken = made.put(("metadata", "ownerReferences"), []).put(("metadata", "labels"), {"other": "yes"})
    first = look("deployment", Scene(d, (taken,), NOW))
    counted = first.actions(UpdateStatus)[-1].object
    second = look("deployment", Scene(counted, (taken,), NOW))
    other = made.put(("spec", "template", "spec", "containers"), [{"name": "app", "image": "other:1"}])
    ours = look("deployment", Scene(d, (other,), NOW))

    assert first.failed
    assert 1 == counted.status["collisionCount"]
    assert 2 == len(second.after.store.all("ReplicaSet"))
    assert ours.failed
    assert 1 == ours.actions(UpdateStatus)[-1].object.status["collisionCount"]


def test_only_what_stays_is_adopted() -> None:
    """A ReplicaSet that is being deleted is not taken in."""
    d = deployment(2, "app:4")
    orphan = replica_set(d, 1, 2, 2).put(("metadata", "ownerReferences"), [])
    going = orphan.put(("metadata", "deletionTimestamp"), stamp(NOW)).put(("metadata", "finalizers"), ["orphan"])

    assert stored(look("deployment", Scene(d, (orphan,), NOW)), orphan).meta.controller is not None
    assert stored(look("deployment", Scene(d, (going,), NOW)), orphan).meta.controller is None


@given(scene=states("Deployment", max_children=4))
@settings(max_examples=40)
def test_one_that_is_deleted_moves_nothing(scene: Scene) -> None:
    """Once it is on its way out it gives no ReplicaSet a size and makes none."""
    gone = scene.desired.put(("metadata", "deletionTimestamp"), stamp(NOW)).put(("metadata", "finalizers"), ["orphan"])
    seen = look("deployment", Scene(gone, scene.others, scene.now))

    assert [] == seen.actions(Create)
    before = {rs.name: size(rs) for rs in scene.others if rs.kind == "ReplicaSet"}
    assert before == {rs.name: size(rs) for rs in seen.after.store.all("ReplicaSet")}


def test_history_goes_when_the_rollout_is_done_and_nothing_of_it_is_used() -> None:
    """While pods are left, or the ReplicaSet reports some, it is kept; nor is anything cut before all is complete, nor
    in a sync that gives a ReplicaSet another size."""
    d = deployment(2, "app:4", revisionHistoryLimit=0)
    counts = dict.fromkeys(["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"], 2)
    whole = d.put(("status",), {**d.status, **counts, "observedGeneration": 1})
    new, empty, used = replica_set(d, 4, 2, 2), replica_set(d, 1, 0, 0), replica_set(d, 2, 0, 0, pods=1)
    done = look("deployment", Scene(whole, (new, empty, used), NOW))
    early = look("deployment", Scene(d, (new, empty, used), NOW))
    moving = look("deployment", Scene(whole, (replica_set(d, 4, 3, 2), empty), NOW))

    assert ["web-h2", "web-h4"] == [rs.name for rs in done.after.store.all("ReplicaSet")]
    assert 3 == len(early.after.store.all("ReplicaSet"))
    assert {"web-h1": 0, "new": 2} == sizes(moving)


# --- Recreate, rollback, conflicts -----------------------------------------------------------------------------------


@given(seconds=st.sampled_from([1.0, 5.0, 20.0]), replicas=st.integers(1, 3))
@settings(max_examples=6)
def test_recreate_never_runs_two_templates_at_once(seconds: float, replicas: int) -> None:
    """No pod of the new template is there while one of the old is, on its way out or not."""
    slow = (Behaviour(start=1, terminates=seconds),)
    spec: dict[str, Any] = {"strategy": {"type": "Recreate"}}
    cluster = Cluster.new(nodes=1, behaviours=slow).apply(manifest(replicas, **spec)).advance(30)
    cluster = cluster.apply(manifest(replicas, "app:2", **spec))
    for _ in range(60):
        cluster = cluster.advance(seconds / 4)
        assert 1 >= len({pod.look("spec", "containers", 0, "image") for pod in cluster.all("Pod")})
    assert [replicas] == [size(rs) for rs in cluster.all("ReplicaSet") if size(rs)]


@pytest.mark.parametrize(("to", "image"), [("0", "app:2"), ("1", "app:1"), ("9", "app:3")])
def test_the_rollback_annotation_is_obeyed_once(to: str, image: str) -> None:
    """0 is the revision before; one that is not there changes nothing; the annotation goes in any case."""
    cluster = started(image="app:1")
    for each in ("app:2", "app:3"):
        cluster = cluster.apply(manifest(image=each)).advance(60)
    back = cluster.patch("Deployment", "web", {"metadata": {"annotations": {ROLLBACK: to}}}).advance(60)
    d = back.get("Deployment", "web")

    assert image == d.look("spec", "template", "spec", "containers", 0, "image")
    assert ROLLBACK not in d.meta.annotations


ROLLBACK = "deprecated.deployment.rollback.to"


@given(number=st.integers(0, 3), reason=st.sampled_from([Reason.CONFLICT, Reason.FORBIDDEN, Reason.TIMEOUT]))
@settings(max_examples=20)
def test_a_refused_creation_fails_the_sync(number: int, reason: Reason) -> None:
    """Of a Deployment without ReplicaSets whatever is refused is tried again."""
    seen = look("deployment", Scene(deployment(2), (), NOW), refusals={number: reason})

    assert seen.failed or number >= len([*seen.actions(Create), *seen.actions(Update), *seen.actions(UpdateStatus)])


def test_a_rollout_is_woken_at_its_deadline() -> None:
    """Without news it asks to be looked at again when the deadline has passed, a second later."""
    cluster = (
        started(progressDeadlineSeconds=40).apply(manifest(image="app:bad", progressDeadlineSeconds=40)).advance(5)
    )
    d = cluster.get("Deployment", "web")
    seen = look("deployment", Scene(d, tuple(cluster.all("ReplicaSet")), cluster.now))
    progress = next(entry for entry in d.status["conditions"] if entry["type"] == PROGRESS)
    since = instant(progress["lastUpdateTime"])

    assert [later(since, 41)] == [one.at for one in seen.actions(WakeAt)]

"""What must be true of a StatefulSet whatever happens: who comes next, who goes next, and whose claims stay.

A random StatefulSet lives through a random history, or is shown a random scene. Which step is due, and what it reports,
is worked out anew in `statefulset_steps`.
"""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reconcile.actions import Create, Delete, Update, UpdateStatus, WakeAt
from reconcile.cluster import Cluster
from reconcile.model.clock import stamp
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.nodes.behaviour import Behaviour
from reconcile.outcome import Reason
from reconcile.store.store import Store
from reconcile.testing import invariants
from reconcile.testing.histories import History, play
from reconcile.testing.invariants.statefulsets import CLAIM, REVISION_LABEL, ordinal
from reconcile.testing.scenes import Scene
from reconcile.testing.strategies.histories import histories
from reconcile.testing.strategies.objects import NOW
from reconcile.testing.strategies.states import states
from tests.controllers.seen import look, stored
from tests.controllers.statefulset_steps import (
    LABELS,
    done,
    expected_status,
    made_from,
    manifest,
    member,
    revision,
    stateful_set,
    taken,
)


@given(history=histories(kinds=("StatefulSet",), max_size=16))
@settings(max_examples=25)
def test_whatever_happens_it_keeps_its_promises_and_gets_there(history: History) -> None:
    """No step breaks an invariant, and when the faults have ceased all pods are there, of the right revision."""
    play(history, checks=(*invariants.OBJECTS, *invariants.PODS, *invariants.STATEFULSETS))


# --- the next step -------------------------------------------------------------------------------------------------


@given(scene=states("StatefulSet", max_children=5))
@settings(max_examples=150)
def test_the_step_that_is_due_is_taken(scene: Scene) -> None:
    """In order: the lowest pod that is missing, or has ended; then the highest that is too many; then the highest that
    is outdated; each only when the ones before it are healthy. In Parallel: all at once, but for the rollout."""
    # Pods of scenes mount no claims, and one that should, and cannot, is in the way of the others.
    assume(not scene.desired.meta.deleting and not scene.desired.spec.get("volumeClaimTemplates"))
    seen = look("statefulset", scene)
    newest = stored(seen, scene.desired).status["updateRevision"]

    assert sorted({step.replace("roll", "delete") for step in taken(scene, newest)}) == done(seen)


@st.composite
def rollouts(draw: st.DrawFn) -> Scene:
    """Return a set half-way between the revisions `web-r1` and `web-r2`, its pods mostly there and healthy."""
    replicas, first = draw(st.integers(1, 4)), draw(st.sampled_from([0, 2]))
    partition = draw(st.one_of(st.none(), st.integers(0, 4)))
    way: dict[str, Any] = {"type": draw(st.sampled_from(["RollingUpdate", "RollingUpdate", "OnDelete"]))}
    way |= {} if partition is None or way["type"] == "OnDelete" else {"rollingUpdate": {"partition": partition}}
    policy = draw(st.sampled_from(["OrderedReady", "Parallel"]))
    spec = {"updateStrategy": way, "podManagementPolicy": policy, "ordinals": {"start": first}}
    sts = stateful_set(replicas, "app:2", **spec)
    told = {"currentRevision": "web-r1", "currentReplicas": draw(st.integers(0, replicas)), "observedGeneration": 1}
    sts = sts.put(("status",), {**sts.status, **told})
    state = st.sampled_from(["running and ready"] * 7 + ["running", "failed", "gone"])
    label = st.sampled_from(["web-r1", "web-r1", "web-r2"])
    drawn = {first + index: (draw(state), draw(label)) for index in range(replicas + draw(st.sampled_from([0, 0, 1])))}
    pods = [member(sts, index, *how) for index, how in drawn.items() if how[0] != "gone"]
    return Scene(sts, (revision(sts, 1, "app:1"), revision(sts, 2, "app:2"), *pods), NOW)


@given(scene=rollouts())
@settings(max_examples=150)
def test_a_rollout_replaces_from_the_last_down_to_the_partition(scene: Scene) -> None:
    """The pod that goes is the last one of an older revision, not below the partition, and all after it are available;
    of OnDelete none goes. Pods that are made have the revision of their side of the partition."""
    seen = look("statefulset", scene)
    made = [item for item in seen.actions(Create) if item.kind == "Pod"]
    images = {"web-r1": "app:1", "web-r2": "app:2"}
    named = {pod.body["metadata"]["name"]: made_from(scene, ordinal(Pod(pod.body)), "web-r2") for pod in made}

    assert sorted({step.replace("roll", "delete") for step in taken(scene, "web-r2")}) == done(seen)
    assert named == {pod.body["metadata"]["name"]: pod.body["metadata"]["labels"][REVISION_LABEL] for pod in made}
    assert {images[name] for name in named.values()} == {
        container["image"] for pod in made for container in pod.body["spec"]["containers"]
    }


@given(scene=rollouts())
@settings(max_examples=100)
def test_a_rollout_tells_how_far_it_is(scene: Scene) -> None:
    """Pods of the older revision count as current, less the one that goes now; those of the newer as updated."""
    expected = expected_status(scene, "web-r1", "web-r2")
    assume(expected["currentReplicas"] >= 0)  # the API refuses a status that counts below zero
    status = stored(look("statefulset", scene), scene.desired).status

    assert expected == {name: status.get(name) or 0 for name in expected}


# --- what it reports -----------------------------------------------------------------------------------------------


@given(scene=states("StatefulSet", max_children=5), named=st.booleans())
@settings(max_examples=100)
def test_the_status_tells_what_was_there(scene: Scene, *, named: bool) -> None:
    """After one sync the status counts the pods that were there before it; those on their way out count for no
    revision, and one that is replaced for the current one no more. When all numbers agree the newest is current."""
    assume(not scene.desired.spec.get("volumeClaimTemplates"))
    revisions = [item for item in scene.others if item.kind == "ControllerRevision"]
    if named and revisions:
        desired = scene.desired.put(("status", "currentRevision"), revisions[0].name)
        scene = Scene(desired, scene.others, scene.now)
    sts, seen = scene.desired, look("statefulset", scene)
    status = stored(seen, sts).status
    before = sts.status.get("currentRevision")
    current = before if before in {item.name for item in revisions} else status["updateRevision"]
    expected = expected_status(scene, current, status["updateRevision"])
    assume(expected["currentReplicas"] >= 0)  # the API refuses a status that counts below zero

    assert expected == {name: status.get(name) or 0 for name in expected}


def test_a_conflict_about_the_status_is_settled_in_the_same_sync() -> None:
    """The status goes on top of what is there now."""
    sts = stateful_set(1)
    scene = Scene(sts, (revision(sts, 1), member(sts, 0)), NOW)
    changed = sts.put(("metadata", "annotations"), {"by": "somebody"}).put(("metadata", "resourceVersion"), "2")
    seen = look("statefulset", scene, live=Store.of([changed, *scene.others]))

    assert ["Conflict", "ok"] == [row.result for row in seen.of(UpdateStatus)]
    assert (1, {"by": "somebody"}) == (stored(seen, sts).status["replicas"], dict(stored(seen, sts).meta.annotations))
    assert not seen.failed


def endless_conflicts(*others: Resource) -> list[str]:
    """Return what a set of one pod asks for, all of which is a conflict."""
    seen = look("statefulset", Scene(stateful_set(1), others, NOW), refusals=dict.fromkeys(range(30), Reason.CONFLICT))
    assert seen.failed
    return [row.what for row in seen.rows if isinstance(row.action, (Update, UpdateStatus))]


def test_nobody_tries_for_ever() -> None:
    """An endless conflict is given up: after five writes of the status, or four of a pod or of a revision's number."""
    sts = stateful_set(1)
    pod, first, second = member(sts, 0), revision(sts, 1, "app:1"), revision(sts, 2, "app:2")
    nameless = pod.put(("metadata", "labels"), {**LABELS, REVISION_LABEL: "web-r1"})

    assert ["update status of StatefulSet/web"] * 5 == endless_conflicts(first, pod)
    assert ["update Pod/web-0"] * 4 == [what for what in endless_conflicts(first, nameless) if "status" not in what]
    assert ["update ControllerRevision/web-r1"] * 4 == endless_conflicts(first, second, pod)


def test_a_pod_that_becomes_available_is_waited_for() -> None:
    """With minReadySeconds the set is looked at again when the time has passed, and goes on then."""
    sts = stateful_set(2, minReadySeconds=10)
    scene = Scene(sts, (revision(sts, 1), member(sts, 0)), NOW + timedelta(seconds=4))
    (wake,) = look("statefulset", scene).actions(WakeAt)

    assert wake.at is not None
    assert 0 < (wake.at - scene.now).total_seconds() <= 10


# --- many at once --------------------------------------------------------------------------------------------------


@given(replicas=st.integers(1, 12), refused=st.integers(0, 14))
@settings(max_examples=30)
def test_parallel_starts_slowly(replicas: int, refused: int) -> None:
    """Batches of 1, 2, 4 ...: a refusal in one of them is the end after it; the status is the last request."""
    sts = stateful_set(replicas, podManagementPolicy="Parallel")
    seen = look("statefulset", Scene(sts, (revision(sts, 1),), NOW), refusals={refused: Reason.FORBIDDEN})
    first = 1
    while first <= refused:
        first = 2 * first + 1

    assert min(first, replicas) == len(seen.of(Create))
    assert seen.failed == (refused <= replicas)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_pod_too_many_that_cannot_be_removed_is_told(number: int) -> None:
    """In Parallel the pods are removed in batches of 1, 2, 4 ...; a refusal is the end after its batch."""
    sts = stateful_set(0, podManagementPolicy="Parallel")
    pods = [member(sts, index) for index in range(4)]
    scene = Scene(sts, (revision(sts, 1), *pods), NOW)
    seen = look("statefulset", scene, refusals={number: Reason.FORBIDDEN})

    assert seen.failed
    assert 1 + 2 * (number > 0) == len(seen.of(Delete))


# --- whose they are ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "taken"), [("web-0", True), ("other-0", False), ("web", False), ("web-x", False)])
def test_only_pods_of_its_name_are_adopted(name: str, taken: bool) -> None:
    """The labels alone do not make a pod a member."""
    sts = stateful_set(1)
    stranger = member(sts, 0).put(("metadata", "name"), name).drop(("metadata", "ownerReferences"))
    seen = look("statefulset", Scene(sts, (revision(sts, 1), stranger), NOW))

    assert taken == (stored(seen, stranger).meta.controller is not None)


@pytest.mark.parametrize(("number", "goes"), [(2**31 - 1, True), (2**31, False), (10**10, False)])
def test_an_ordinal_has_31_bits(number: int, goes: bool) -> None:
    """A pod with a number beyond is a member without an ordinal: it is neither counted nor removed."""
    sts = stateful_set(1)
    scene = Scene(sts, (revision(sts, 1), member(sts, 0), member(sts, number)), NOW)
    seen = look("statefulset", scene)

    assert [f"delete web-{number}"] * goes == done(seen)
    assert 1 + goes == stored(seen, sts).status["replicas"]


def test_a_pod_of_another_name_is_let_go() -> None:
    """A pod that it controls, and that cannot be a member, is released."""
    sts = stateful_set(1)
    stranger = member(sts, 0).put(("metadata", "name"), "other-0")
    seen = look("statefulset", Scene(sts, (revision(sts, 1), stranger), NOW))

    assert stored(seen, stranger).meta.controller is None


@given(scene=states("StatefulSet", max_children=5))
@settings(max_examples=60)
def test_one_that_is_deleted_only_reports(scene: Scene) -> None:
    """Once it is on its way out it makes and removes no pods and no claims."""
    gone = scene.desired.put(("metadata", "deletionTimestamp"), stamp(NOW)).put(("metadata", "finalizers"), ["orphan"])
    seen = look("statefulset", Scene(gone, scene.others, scene.now))

    assert [] == done(seen)
    assert [] == [row.what for row in seen.rows if CLAIM in row.what]


# --- revisions -----------------------------------------------------------------------------------------------------

IMAGES = st.lists(st.sampled_from(["app:1", "app:2", "app:3", "app:4"]), min_size=1, max_size=6)


@given(images=IMAGES, limit=st.integers(0, 2))
@settings(max_examples=15)
def test_every_template_has_one_revision_and_the_newest_is_kept(images: list[str], limit: int) -> None:
    """However often images are set: one revision per template, the wanted one has the highest number, and of the others
    the newest are kept, as many as the limit says."""
    cluster = Cluster.new(nodes=1).apply(manifest(1, images[0], revisionHistoryLimit=limit)).settle()
    for image in images[1:]:
        cluster = cluster.apply(manifest(1, image, revisionHistoryLimit=limit)).settle()
    found = sorted(cluster.all("ControllerRevision"), key=lambda item: int(item.raw["revision"]))
    held = [item.look("data", "spec", "template", "spec", "containers", 0, "image") for item in found]
    order = list(dict.fromkeys(reversed(images)))

    assert order[: limit + 1] == held[::-1]
    assert len(found) == len({item.raw["revision"] for item in found})
    assert found[-1].name == cluster.get("StatefulSet", "web").status["currentRevision"]


@given(numbers=st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True))
@settings(max_examples=20)
def test_a_new_revision_is_above_all_others(numbers: list[int]) -> None:
    """Its number is the highest plus one, whatever others there are, also if its name was taken first."""
    sts = stateful_set(1, "app:new")
    old = [revision(sts, number, f"app:{number}") for number in numbers]
    seen = look("statefulset", Scene(sts, tuple(old), NOW))
    new = stored(seen, sts).status["updateRevision"]
    made = seen.after.store.get("ControllerRevision", "default", new)
    foreign = revision(sts, 1, "app:5").put(("metadata", "name"), new).put(("metadata", "ownerReferences"), [])
    foreign = foreign.put(("metadata", "labels"), {"other": "yes"})
    again = look("statefulset", Scene(sts, (*old, foreign), NOW))
    status = stored(again, sts).status
    other = again.after.store.get("ControllerRevision", "default", status["updateRevision"])

    assert made is not None
    assert other is not None
    assert other.name != made.name
    assert 1 == status["collisionCount"]
    assert max(numbers) + 1 == made.raw["revision"] == other.raw["revision"]


@pytest.mark.parametrize("field", ["terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy"])
def test_what_the_api_fills_in_is_no_change(field: str) -> None:
    """A revision of an older release, without a field that is filled in today, restarts no pod."""
    sts = stateful_set(1)
    old = revision(sts, 1)
    containers = [
        {k: v for k, v in old.look("data", "spec", "template", "spec", "containers", 0).items() if k != field}
    ]
    old = old.put(("data", "spec", "template", "spec", "containers"), containers)
    seen = look("statefulset", Scene(sts, (old, member(sts, 0)), NOW))

    assert [] == done(seen)
    assert ["web-r1"] == [item.name for item in seen.after.store.all("ControllerRevision")]


def test_history_counts_only_what_nobody_uses() -> None:
    """A limit of one keeps one revision beside those that pods have, and those that are wanted."""
    sts = stateful_set(3, "app:4", revisionHistoryLimit=1, updateStrategy={"type": "OnDelete"})
    sts = sts.put(("status", "currentRevision"), "web-r3")
    revisions = [revision(sts, number, f"app:{number}") for number in (1, 2, 3, 4)]
    pods = [member(sts, index, label="web-r3") for index in range(3)]
    kept = look("statefulset", Scene(sts, (*revisions[1:], *pods), NOW))
    cut = look("statefulset", Scene(sts, (*revisions, *pods), NOW))

    assert ["web-r2", "web-r3", "web-r4"] == [item.name for item in kept.after.store.all("ControllerRevision")]
    assert ["web-r2", "web-r3", "web-r4"] == [item.name for item in cut.after.store.all("ControllerRevision")]


# --- claims --------------------------------------------------------------------------------------------------------

DATA: dict[str, Any] = {
    "metadata": {"name": "data", "labels": {"tier": "disk"}},
    "spec": {"accessModes": ["ReadWriteOnce"]},
}
DATA["spec"] |= {"resources": {"requests": {"storage": "1Gi"}}}


def claimed(deleted: str, scaled: str, **more: Any) -> Cluster:
    policy = {"whenDeleted": deleted, "whenScaled": scaled}
    spec = manifest(2, volumeClaimTemplates=[DATA], persistentVolumeClaimRetentionPolicy=policy, **more)
    return Cluster.new(nodes=1, behaviours=(Behaviour(start=1, terminates=1),)).apply(spec).advance(60)


def claims_of(cluster: Cluster) -> dict[str, str]:
    return {item.name: item.uid for item in cluster.all(CLAIM)}


@pytest.mark.parametrize("scaled", ["Retain", "Delete"])
@pytest.mark.parametrize("deleted", ["Retain", "Delete"])
def test_claims_go_or_stay_as_the_policy_says(deleted: str, scaled: str) -> None:
    """Each pod has a claim of its own, with the set's labels. One whose pod is only restarted keeps it; of one that is
    scaled away, or whose set is deleted, the policy decides."""
    cluster = claimed(deleted, scaled)
    before = claims_of(cluster)
    restarted = cluster.delete("Pod", "web-0").advance(60)
    smaller = _scaled(cluster, 1)
    gone = cluster.delete("StatefulSet", "web").advance(60)
    fewer = smaller.delete("StatefulSet", "web").advance(60)

    assert {"data-web-0", "data-web-1"} == set(before)
    assert all({"tier": "disk", "app": "web"} == dict(item.meta.labels) for item in cluster.all(CLAIM))
    assert before == claims_of(restarted)
    assert (scaled == "Retain") == ("data-web-1" in claims_of(smaller))
    assert "data-web-0" in claims_of(smaller)
    assert (set(before) if deleted == "Retain" else set()) == set(claims_of(gone))
    assert (deleted == "Retain") == ("data-web-0" in claims_of(fewer))
    assert 2 == len(_scaled(smaller, 2).all("Pod"))


def _scaled(cluster: Cluster, replicas: int) -> Cluster:
    return cluster.patch("StatefulSet", "web", {"spec": {"replicas": replicas}}).advance(60)


def test_a_claim_that_goes_away_is_waited_for() -> None:
    """No pod is made beside a claim that is on its way out; nor before its claims are there."""
    sts = stateful_set(1, volumeClaimTemplates=[DATA])
    (claim,) = look("statefulset", Scene(sts, (revision(sts, 1),), NOW)).after.store.all(CLAIM)
    going = claim.put(("metadata", "deletionTimestamp"), stamp(NOW)).put(("metadata", "finalizers"), ["a/b"])
    seen = look("statefulset", Scene(sts, (revision(sts, 1), going), NOW))
    refused = look("statefulset", Scene(sts, (revision(sts, 1),), NOW), refusals={0: Reason.FORBIDDEN})

    assert [] == done(seen)
    assert seen.failed
    assert [] == done(refused)


@given(moves=st.lists(st.sampled_from(["web-0", "web-1"]), max_size=3))
@settings(max_examples=5)
def test_pods_come_back_to_their_own_claims(moves: list[str]) -> None:
    """Whichever pod is deleted, its successor mounts the very claim that it had."""
    cluster = claimed("Retain", "Retain", podManagementPolicy="Parallel")
    before = claims_of(cluster)
    for name in moves:
        cluster = cluster.delete("Pod", name).advance(60)

    assert before == claims_of(cluster)
    for pod in cluster.all("Pod"):
        assert f"data-{pod.name}" in [
            volume["persistentVolumeClaim"]["claimName"]
            for volume in pod.spec["volumes"]
            if volume.get("name") == "data"
        ]
        assert "web" == pod.spec["subdomain"]

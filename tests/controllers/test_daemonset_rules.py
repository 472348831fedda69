"""One sync of a DaemonSet, whatever it finds: what it does and tells is what the contract says, worked out anew."""

from datetime import timedelta
from typing import Any

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.actions import Create, Delete, Patch, Remember, Update, UpdateStatus, WakeAt
from reconcile.engine.faults import unprotected
from reconcile.engine.queue import Slot
from reconcile.engine.step import sync
from reconcile.model.clock import stamp
from reconcile.model.json import thaw
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.outcome import Reason, Rejected
from reconcile.testing.invariants.daemonsets import target
from reconcile.testing.invariants.protocol import rows
from reconcile.testing.scenes import Scene
from reconcile.testing.strategies.objects import NOW
from tests.controllers.daemonset_steps import (
    GENERATION,
    HASH,
    NUMBERS,
    daemon_set,
    due,
    member,
    revision,
    rollouts,
    scenes,
    there,
)
from tests.controllers.seen import CLUSTER, Seen, look, stored


def made(seen: Seen) -> list[str]:
    """Return the nodes that pods were made for, in order."""
    return [target(read(action.body)) for action in seen.actions(Create) if action.kind == "Pod"]


def gone(seen: Seen, kind: str = "Pod") -> list[str]:
    return sorted(action.name for action in seen.actions(Delete) if action.kind == kind)


Steps = tuple[list[str], list[str], bool]
"""The nodes that get a pod, the pods that go, and whether the sync fails."""


def wanted(scene: Scene) -> Steps:
    expected, fails = due(scene)
    return expected.creates, sorted(expected.deletes), fails


def done(scene: Scene) -> Steps:
    seen = look("daemonset", scene)
    return made(seen), gone(seen), seen.failed


@given(scene=scenes())
@settings(max_examples=150)
def test_the_pods_that_are_due_come_and_go(scene: Scene) -> None:
    """Every node gets what it lacks and loses what is too much; if none does, the rollout goes on within its bounds.
    Failed pods wait for as long as their node has to, and no longer."""
    assert wanted(scene) == done(scene)


@given(scene=rollouts())
@settings(max_examples=150)
def test_a_rollout_takes_the_step_that_its_bounds_allow(scene: Scene) -> None:
    """Old pods that serve go as far as maxUnavailable leaves nodes, or get a new one beside them as far as maxSurge
    does; one node always may, if both bounds are 0. Those that do not serve make way at once."""
    assert wanted(scene) == done(scene)


@given(scene=scenes())
@settings(max_examples=60)
def test_pods_are_of_the_wanted_revision(scene: Scene) -> None:
    """A pod that is made carries the hash of the wanted revision, and the generation if the annotation counts it."""
    generation = scene.desired.meta.annotations.get(GENERATION)
    seen = look("daemonset", scene)
    found = [thaw(action.body["metadata"]["labels"]) for action in seen.actions(Create) if action.kind == "Pod"]
    more = {} if generation is None else {"pod-template-generation": generation}

    assert [{"app": "agent", HASH: "r2"} | more] * len(found) == found


@given(scene=scenes())
@settings(max_examples=60)
def test_the_status_tells_what_was_there(scene: Scene) -> None:
    """The senior pod of each node counts, as it was at the start of the sync; the generation is told, too. Nothing is
    written if nothing is new. It looks again after minReadySeconds if a ready pod is not available yet."""
    ds, seen = scene.desired, look("daemonset", scene)
    expected = due(scene)[0]
    counts = expected.status()
    same = counts == {name: ds.status.get(name) or 0 for name in NUMBERS} and ds.status.get("observedGeneration") == 1
    status = stored(seen, ds).status

    assert counts | {"observedGeneration": 1} == {
        name: status.get(name) or 0 for name in (*NUMBERS, "observedGeneration")
    }
    assert same == (seen.of(UpdateStatus) == [])
    waits = [*expected.held] if counts["numberReady"] == counts["numberAvailable"] else [*expected.held, 10.0]
    asked = [wake.at for wake in seen.actions(WakeAt) if wake.at is not None and not wake.watched]
    assert min(asked, default=None) == (NOW + timedelta(seconds=min(waits)) if waits else None)


@given(waits=st.lists(st.sampled_from([32, 64, 128]), min_size=2, max_size=3))
@settings(max_examples=10)
def test_the_shortest_wait_counts(waits: list[int]) -> None:
    """Failed pods that stay for now are looked at again after the shortest of the waits, counted from now."""
    ds = daemon_set()
    places = [f"n{index}" for index in range(len(waits))]
    pods = [member(ds, f"agent-{place}", place, "failed") for place in places]
    told = {
        f"{ds.uid}/0/{place}": {"seconds": wait, "since": stamp(NOW - timedelta(seconds=20))}
        for place, wait in zip(places, waits, strict=True)
    }
    scene = Scene(ds, (revision(ds, "r2", 2, "agent:2"), *map(there, places), *pods), NOW, {"failedPods": told})
    seen = look("daemonset", scene)

    assert [NOW + timedelta(seconds=min(waits))] == [wake.at for wake in seen.actions(WakeAt)]
    assert [] == gone(seen)


@given(elapsed=st.sampled_from([900, 1799, 1800, 1801, 2701]))
@settings(max_examples=5)
def test_a_failure_of_long_ago_is_forgotten(elapsed: int) -> None:
    """Half an hour after a node's last failure, which is twice the longest wait, its waits begin at a second again."""
    ds, since = daemon_set(), stamp(NOW - timedelta(seconds=elapsed))
    told = {"failedPods": {f"{ds.uid}/0/n0": {"seconds": 64, "since": since}}}
    pods = (revision(ds, "r2", 2, "agent:2"), there("n0"), member(ds, "agent-n0", "n0", "failed"))
    (noted,) = look("daemonset", Scene(ds, pods, NOW, told)).actions(Remember)

    assert [1.0 if elapsed > 1800 else 128.0] == [entry["seconds"] for entry in noted.memory["failedPods"].values()]


@given(scene=scenes())
@settings(max_examples=60)
def test_the_waits_of_nodes_double(scene: Scene) -> None:
    """Each failed pod that goes doubles the wait of its node, and of no other one; so does nothing else."""
    begun = due(scene)[0].waits
    uid, generation = scene.desired.uid, scene.desired.status.get("observedGeneration", 0)
    before = (thaw(scene.memory) or {}).get("failedPods", {})
    told = [thaw(action.memory)["failedPods"] for action in look("daemonset", scene).actions(Remember)]
    kept = {key: entry["seconds"] for key, entry in before.items()}
    kept |= {f"{uid}/{generation}/{name}": seconds for name, seconds in begun.items()}

    assert [kept] * bool(begun) == [{key: entry["seconds"] for key, entry in waits.items()} for waits in told]


@given(scene=scenes())
@settings(max_examples=40)
def test_a_sync_that_does_not_see_its_own_writes_only_reports(scene: Scene) -> None:
    """Where 1.36 does not hold it back, it makes and removes nothing, and does not report the generation."""
    before, slot = look("daemonset", scene).before, Slot("daemonset", *scene.desired.key)
    blind = evolve(before, unseen=before.unseen.set(slot, before.store.version + 1))
    seen = Seen(before, sync(unprotected(CLUSTER.engine), blind, slot), [])
    seen = seen._replace(rows=rows(blind, seen.after))
    status, old = stored(seen, scene.desired).status, scene.desired.status

    assert [] == made(seen) + gone(seen) + gone(seen, "ControllerRevision")
    assert old.get("observedGeneration") == status.get("observedGeneration")
    assert due(scene)[0].status() == {name: status.get(name) or 0 for name in NUMBERS}


# --- refusals ------------------------------------------------------------------------------------------------------


@given(count=st.integers(1, 20), number=st.integers(0, 20))
def test_a_batch_with_a_failure_is_the_last_one(count: int, number: int) -> None:
    """Pods are made in batches of 1, 2, 4 ...; after one with a failure no other begins. The sync fails."""
    ds = daemon_set()
    scene = Scene(ds, (revision(ds, "r2", 1, "agent:2"), *(there(f"n{index:02}") for index in range(count))), NOW)
    seen = look("daemonset", scene, refusals={number: Reason.INTERNAL_ERROR})
    ends = [min(2**power - 1, count) for power in range(1, 6)]

    assert next(end for end in ends if end > number or end == count) == len(made(seen))
    assert (number < count) == any(row.result == "InternalError" for row in seen.of(Create))
    assert (number < count) == seen.failed  # a status that is refused once is written at the second attempt


# --- history -------------------------------------------------------------------------------------------------------


@st.composite
def histories(draw: st.DrawFn) -> tuple[Scene, list[tuple[str, int, int, str]]]:
    """Return a scene with revisions, and of each its name, number, template and whose it is."""
    ds = daemon_set("agent:0", revisionHistoryLimit=draw(st.integers(0, 3)), updateStrategy={"type": "OnDelete"})
    whose = st.sampled_from(["own"] * 5 + ["orphan", "leaving"])
    drawn = draw(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 4), whose), max_size=6))
    rows = [(f"r{index}", *each) for index, each in enumerate(drawn)]
    found: list[Resource] = []
    for name, number, image, owner in rows:
        item = revision(ds, name, number, f"agent:{image}", owned=owner == "own")
        leaving = {"deletionTimestamp": stamp(NOW), "finalizers": ["example.com/held"]}
        found.append(item.put(("metadata",), {**item.raw["metadata"], **leaving}) if owner == "leaving" else item)
    for index in range(draw(st.integers(0, 3))):
        label = draw(st.sampled_from([f"r{index}" for index in range(6)]))
        found += [there(f"n{index}"), member(ds, f"agent-{index}", f"n{index}", label=label)]
    return Scene(ds, tuple(found), NOW), rows


@given(drawn=histories())
@settings(max_examples=120)
def test_the_history_is_kept_in_order(drawn: tuple[Scene, list[tuple[str, int, int, str]]]) -> None:
    """Orphans are taken in unless they are going. Of those that hold the template the newest stays, and becomes the
    newest of all; all pods are handed over to it. Of the others the oldest go, but for those in use."""
    scene, every = drawn
    seen = look("daemonset", scene)
    mine = [row for row in every if row[3] != "leaving"]
    current = sorted((row for row in mine if row[2] == 0), key=lambda row: (row[1], row[0]))
    old = sorted((row for row in mine if row[2] != 0), key=lambda row: (row[1], row[0]))
    pods = [item for item in scene.others if item.kind == "Pod"]
    used = {pod.meta.labels[HASH] for pod in pods}
    excess = max(len(old) - int(scene.desired.spec["revisionHistoryLimit"]), 0)
    cut = [row[0] for row in old if row[0] not in used][:excess]
    top = max((row[1] for row in old), default=0) + 1
    patches = seen.actions(Patch)

    assert sorted(cut + [row[0] for row in current[:-1]]) == gone(seen, "ControllerRevision")
    assert [row[0] for row in every if row[3] == "orphan"] == [a.name for a in patches if a.kind != "Pod"]
    created: list[Any] = [action.body for action in seen.actions(Create) if action.kind == "ControllerRevision"]
    assert ([] if current else [top]) == [body["revision"] for body in created]
    renumbered = [(current[-1][0], top)] if current and current[-1][1] < top else []
    assert renumbered == [(a.object.name, a.object.raw["revision"]) for a in seen.actions(Update)]
    strange = [pod.name for pod in pods if len(current) > 1 and pod.meta.labels[HASH] != current[-1][0]]
    assert strange == [a.name for a in patches if a.kind == "Pod"]


@given(scene=scenes())
@settings(max_examples=20)
def test_one_that_is_deleted_does_nothing(scene: Scene) -> None:
    """Once it is on its way out it makes and removes no pods, and reports nothing."""
    gone = scene.desired.put(("metadata", "deletionTimestamp"), stamp(NOW)).put(("metadata", "finalizers"), ["orphan"])

    assert [] == look("daemonset", evolve(scene, desired=gone)).rows


@given(count=st.integers(0, 3))
@settings(max_examples=4)
def test_a_name_that_is_taken_leads_to_another(count: int) -> None:
    """Where another object has the name of the new revision one collision more is counted, and the sync fails."""
    ds = daemon_set("agent:9")
    ds = ds.put(("status",), {**ds.status, "collisionCount": count})
    (name,) = (action.body["metadata"]["name"] for action in look("daemonset", Scene(ds, (), NOW)).actions(Create))
    seen = look(
        "daemonset",
        Scene(ds, (revision(ds, name, 1, "agent:5", owned=False, label="x").drop(("metadata", "labels")),), NOW),
    )

    assert count + 1 == stored(seen, ds).status["collisionCount"]
    assert seen.failed


ANYWHERE = {
    "not-ready": "NoExecute",
    "unreachable": "NoExecute",
    "disk-pressure": "NoSchedule",
    "memory-pressure": "NoSchedule",
    "pid-pressure": "NoSchedule",
    "unschedulable": "NoSchedule",
}


@given(host=st.booleans())
@settings(max_examples=2)
def test_its_pods_stay_on_nodes_in_trouble(host: bool) -> None:
    """They tolerate what befalls nodes, without an end; a network that is missing only if they do not need it."""
    ds = daemon_set()
    ds = ds.put(
        ("spec", "template", "spec"), {**ds.spec["template"]["spec"], **({"hostNetwork": True} if host else {})}
    )
    seen = look("daemonset", Scene(ds, (there("n0"),), NOW))
    (spec,) = (action.body["spec"] for action in seen.actions(Create) if action.kind == "Pod")
    wanted = ANYWHERE | ({"network-unavailable": "NoSchedule"} if host else {})

    assert [
        {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": effect} for key, effect in wanted.items()
    ] == thaw(spec["tolerations"])


@given(count=st.integers(1, 4), reason=st.sampled_from([Reason.NOT_FOUND, Reason.FORBIDDEN]))
@settings(max_examples=8)
def test_a_pod_that_is_gone_already_is_no_failure(count: int, reason: Reason) -> None:
    """A removal that finds nothing has come to its end; any other refusal fails the sync."""
    ds, places = daemon_set(), [f"n{index}" for index in range(count)]
    pods = [member(ds, f"agent-{place}", place) for place in places]
    nodes = [there(place, "drops") for place in places]
    scene = Scene(ds, (revision(ds, "r2", 2, "agent:2"), *nodes, *pods), NOW)
    seen = look("daemonset", scene, refusals=dict.fromkeys(range(count), reason))

    assert [reason] * count == [row.outcome.reason for row in seen.of(Delete) if isinstance(row.outcome, Rejected)]
    assert seen.failed == (reason is not Reason.NOT_FOUND)


@given(since=st.sampled_from([5, 300]), extra=st.integers(1, 3))
@settings(max_examples=6)
def test_what_is_spare_goes_from_nodes_that_only_keep_a_pod(since: int, extra: int) -> None:
    """In a surge the old pod of a node counts as serving as long as it is there, whatever becomes of the new one."""
    ds = daemon_set(minReadySeconds=10)
    bounds = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    ds = ds.put(("spec", "updateStrategy"), bounds)
    pair = [member(ds, "old", "n0", label="r1"), member(ds, "new", "n0", label="r2", since=5)]
    spare = [member(ds, f"spare-{index}", f"n{index}", label="r1", since=since) for index in range(1, extra + 1)]
    nodes = [there("n0"), *(there(f"n{index}", "keeps") for index in range(1, extra + 1))]
    scene = Scene(ds, (revision(ds, "r1", 1, "agent:1"), revision(ds, "r2", 2, "agent:2"), *nodes, *pair, *spare), NOW)

    assert ([], [pod.name for pod in spare], False) == wanted(scene) == done(scene)

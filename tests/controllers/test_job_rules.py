"""One sync of a Job, whatever it finds: what it asks for and tells is what the contract says, worked out anew."""

from typing import Any, Final, NamedTuple

import pytest
from attrs import evolve
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from reconcile.actions import WRITES, Action, Create, Delete, Event, Patch, Remember, UpdateStatus, WakeAt
from reconcile.controllers.job.plan import JOB
from reconcile.engine.world import Row
from reconcile.model.clock import Instant
from reconcile.model.json import FrozenMap, thaw
from reconcile.model.objects import read
from reconcile.model.pod import controller_reference
from reconcile.model.resource import Resource
from reconcile.outcome import Reason, Rejected
from reconcile.store.store import Store
from reconcile.testing.invariants.jobs import INDEX, TRACKING, finished, uncounted
from reconcile.testing.scenes import Scene
from reconcile.testing.strategies.objects import NOW, head
from tests.controllers.job_facts import FAILURES, IGNORED, Facts, Json
from tests.controllers.job_scenes import FLAVOURS, ago, scenes, template, turned
from tests.controllers.job_steps import Expected, Made, shown
from tests.controllers.seen import Seen, look, stored

REASONS: Final = (Reason.INTERNAL_ERROR, Reason.FORBIDDEN, Reason.NOT_FOUND, Reason.NAMESPACE_TERMINATING)


class Did(NamedTuple):
    """What one sync asked for, and when it wants to look again."""

    adopted: list[str]
    released: list[str]
    untracked: list[str]
    deleted: list[str]
    created: list[Made]
    writes: list[Json]
    told: list[str]
    wakes: Instant | None
    remembers: tuple[int, str | None] | None


def did(seen: Seen) -> Did:
    """Return what was done in a sync."""
    patches = [(action.name, action.body["metadata"]) for action in seen.actions(Patch)]
    owners = [(name, meta["ownerReferences"][0]) for name, meta in patches if "ownerReferences" in meta]
    memory = [dict(thaw(action.memory) or {}).get("backoff") for action in seen.actions(Remember)]
    return Did(
        adopted=sorted(name for name, owner in owners if owner.get("controller")),
        released=sorted(name for name, owner in owners if owner.get("$patch") == "delete"),
        untracked=sorted(name for name, meta in patches if "ownerReferences" not in meta),
        deleted=sorted(action.name for action in seen.actions(Delete)),
        created=[made(action.body["metadata"].get("annotations", {})) for action in seen.actions(Create)],
        writes=[shown(thaw(action.object.status)) for action in seen.actions(UpdateStatus)],
        told=sorted(event.reason for event in seen.actions(Event) if not event.reason.startswith("Successful")),
        wakes=min((action.at for action in seen.actions(WakeAt) if action.at is not None), default=None),
        remembers=next(
            ((entry["failuresAfterLastSuccess"], entry["lastFailureTime"]) for entry in memory if entry), None
        ),
    )


def made(notes: FrozenMap) -> Made:
    return Made(int(notes.get(INDEX, -1)), notes.get(FAILURES, ""), notes.get(IGNORED, ""))


def expected(seen: Seen, scene: Scene) -> Did:
    """Return what was to be done. A status that is not taken ends the sync: pods keep their finalizers."""
    facts = Facts(scene)
    step = Expected(facts)
    refused = [isinstance(row.outcome, Rejected) for row in seen.of(UpdateStatus)]
    taken = not (step.worth and refused[:1] == [True])
    suspended = [step.suspension["reason"].removeprefix("Job")] if step.suspension else []
    let_go = [pod for pod in step.removed if facts.tracked(pod)] + (step.leaving if taken else [])
    return Did(
        adopted=[pod.name for pod in facts.adopted],
        released=[pod.name for pod in facts.released],
        untracked=sorted(pod.name for pod in let_go),
        deleted=sorted(pod.name for pod in step.deleted),
        created=step.created,
        writes=step.writes if taken else step.writes[:1],
        told=sorted(suspended + (step.events if not any(refused) else [])),
        wakes=step.wakes,
        remembers=step.remembers if taken else None,
    )


@pytest.mark.parametrize("flavour", FLAVOURS)
@given(data=st.data())
@settings(max_examples=150)
def test_one_sync_does_what_the_contract_says(flavour: str, data: st.DataObject) -> None:
    """Which pods are claimed, removed, made and let go, what the status says before and after, when it looks again,
    and what it remembers of failures."""
    scene = data.draw(scenes(flavour))

    seen = look("job", scene)

    assert expected(seen, scene) == did(seen)


# --- who is left alone -----------------------------------------------------------------------------------------------


@given(scene=scenes("plain"), ended=st.sampled_from(["Complete", "Failed"]))
@settings(max_examples=20)
def test_a_job_that_has_ended_is_left_alone(scene: Scene, ended: str) -> None:
    """Nothing is asked for or told; all that happens is that the record of failures is forgotten."""
    over = scene.desired.put(("status", "conditions"), [turned(ended, "True")])
    seen = look("job", evolve(scene, desired=over))
    noted = "backoff" in (scene.memory or {})

    assert ["Remember"] * noted == [type(row.action).__name__ for row in seen.rows]
    assert not any("backoff" in (action.memory or {}) for action in seen.actions(Remember))


@given(scene=scenes("plain"))
@settings(max_examples=20)
def test_a_job_of_somebody_else_is_left_alone(scene: Scene) -> None:
    """Whoever manages it, if not the built-in controller; whose own name is no other."""
    elsewhere, ours = (
        evolve(scene, desired=scene.desired.put(("spec", "managedBy"), name))
        for name in ("example.com/other", "kubernetes.io/job-controller")
    )
    seen = look("job", ours)

    assert [] == look("job", elsewhere).rows
    assert expected(seen, ours) == did(seen)


@given(scene=scenes("plain"))
@settings(max_examples=5)
def test_a_mode_that_nobody_knows_is_told(scene: Scene) -> None:
    """And nothing else is done about such a Job."""
    seen = look("job", evolve(scene, desired=scene.desired.put(("spec", "completionMode"), "Other")))

    assert ["UnknownCompletionMode"] == [event.reason for event in seen.actions(Event)]
    assert len(seen.rows) == 1


@pytest.mark.parametrize("change", ["gone", "replaced", "deleting"])
@given(scene=scenes("plain").filter(lambda drawn: Facts(drawn).adopted))
@settings(max_examples=5)
def test_who_is_not_there_any_more_adopts_nothing(change: str, scene: Scene) -> None:
    """Before it adopts, a Job is read past the cache; if it is gone, replaced or on its way, the sync ends there."""
    job = scene.desired
    newer = {
        "gone": [],
        "replaced": [job.put(("metadata", "uid"), "uid-new")],
        "deleting": [job.put(("metadata", "deletionTimestamp"), ago(1)).put(("metadata", "finalizers"), ["orphan"])],
    }[change]
    seen = look("job", scene, live=Store.of((*newer, *scene.others)))
    facts = Facts(scene)

    assert [pod.name for pod in facts.released] == [action.name for action in seen.actions(Patch)]
    assert ([], [], []) == (seen.actions(Create), seen.actions(Delete), seen.actions(UpdateStatus))
    assert seen.failed


# --- many pods -------------------------------------------------------------------------------------------------------


def crowd(count: int, phase: str, **spec: Any) -> Scene:
    """Return a Job with *count* pods in one *phase*."""
    sizes = {"completions": count, "parallelism": count, "backoffLimit": 9_999}
    given_ = {"selector": {"matchLabels": {"job": "work"}}, "template": template("Never"), **sizes, **spec}
    job = read({"apiVersion": "batch/v1", "kind": "Job", "metadata": head("work", {}, NOW), "spec": given_})
    meta = {"finalizers": [TRACKING], "ownerReferences": [controller_reference(job)]}
    body = {"apiVersion": "v1", "kind": "Pod", "spec": template("Never")["spec"], "status": {"phase": phase}}
    found = [read({**body, "metadata": {**head(f"work-{n}", {"job": "work"}, NOW), **meta}}) for n in range(count)]
    return Scene(job, tuple(found), NOW)


@given(restarts=st.permutations([0, 1, 2]))
@settings(max_examples=6)
def test_of_pods_too_many_the_one_whose_sidecars_restarted_most_goes(restarts: list[int]) -> None:
    """Where nothing else tells them apart; a container that starts again and again is no loss."""
    scene = crowd(3, "Running", parallelism=2)
    init = [{"name": "mesh", "image": "mesh:1", "restartPolicy": "Always"}]
    pods = [
        pod.put(("spec", "initContainers"), init).put(
            ("status", "initContainerStatuses"), [{"name": "mesh", "restartCount": count}]
        )
        for pod, count in zip(scene.others, restarts, strict=True)
    ]
    seen = look("job", Scene(scene.desired, tuple(pods), NOW))

    assert [f"work-{restarts.index(2)}"] == [action.name for action in seen.actions(Delete)]


@pytest.mark.parametrize(("count", "counted", "ended"), [(499, 499, True), (501, 500, False)])
def test_one_sync_counts_at_most_five_hundred(count: int, counted: int, ended: bool) -> None:
    """The others wait for the next sync, and so does the end of the Job."""
    seen = look("job", crowd(count, "Succeeded"))
    job = stored(seen, seen.before.store.all("Job")[0])

    assert (counted, ended) == (job.status["succeeded"], finished(job))


def test_one_sync_makes_or_removes_at_most_five_hundred() -> None:
    """Of pods that are missing, and of those that are too many."""
    making = look("job", crowd(0, "", completions=501, parallelism=501))
    removing = look("job", crowd(501, "Pending", parallelism=0))

    assert (500, 500) == (len(making.actions(Create)), len(removing.actions(Delete)))


# --- what is refused -------------------------------------------------------------------------------------------------


@given(count=st.integers(1, 20), refused=st.integers(0, 19), reason=st.sampled_from(REASONS))
@settings(max_examples=30)
def test_pods_are_made_in_growing_batches(count: int, refused: int, reason: Reason) -> None:
    """1, 2, 4, ... at a time. The batch in which one is refused is the last one, and only those that were made count;
    but that a namespace goes away is no failure, and those refused for that count, too."""
    scene = crowd(0, "", completions=count, parallelism=count)
    seen = look("job", scene, refusals={refused: reason} if refused < count else {})
    harmless = refused >= count or reason is Reason.NAMESPACE_TERMINATING
    last = count if harmless else min(count, 2 ** (refused + 1).bit_length() - 1)
    job = stored(seen, scene.desired)

    assert last == len(seen.actions(Create))
    assert last - (not harmless) == job.status.get("active", 0)
    assert harmless != seen.failed
    assert harmless != any(event.reason == "FailedCreate" for event in seen.actions(Event))


@pytest.mark.parametrize("flavour", ["plain", "per index"])
@given(data=st.data(), number=st.integers(0, 3), reason=st.sampled_from(REASONS))
@settings(max_examples=40)
def test_what_is_refused_is_made_good(flavour: str, data: st.DataObject, number: int, reason: Reason) -> None:
    """Whatever request is refused: the sync fails, unless what it wanted to go is gone. A status that is refused is the
    last request, and after a claim only other claims follow; a pod that keeps its finalizer stays uncounted; and as
    long as one is not gone that has to go, nothing says that the Job is over."""
    scene = data.draw(scenes(flavour))
    seen = look("job", scene, refusals={number: reason})
    writes = [row for row in seen.rows if isinstance(row.action, WRITES)]
    assume(number < len(writes) and isinstance(writes[number].outcome, Rejected))
    action = writes[number].action
    harmless = reason is Reason.NOT_FOUND and isinstance(action, Delete | Patch)
    job = stored(seen, scene.desired)

    if not any(isinstance(row.outcome, Rejected) for row in writes if row is not writes[number]):
        assert (harmless or (isinstance(action, Create) and reason is Reason.NAMESPACE_TERMINATING)) != seen.failed
    if isinstance(action, UpdateStatus):
        assert writes[-1] is writes[number]
    elif not harmless and not isinstance(action, Create):
        assert not finished(job)
    if claims(action) and not harmless:
        assert all(claims(row.action) for row in writes[number:])
    elif isinstance(action, Patch) and not harmless and noted_before(writes, number, action.name):
        assert f"uid-{action.name}" in waiting(job)
    elif isinstance(action, Delete) and not harmless:
        assert over(scene.desired) == over(job)


def claims(action: Action | None) -> bool:
    """Return whether *action* adopts or releases a pod."""
    return isinstance(action, Patch) and "ownerReferences" in action.body["metadata"]


def over(job: Resource) -> list[Any]:
    """Return the conditions that say that a Job is over, or is going to be."""
    return [
        entry for entry in job.status.get("conditions", ()) if entry["type"] in ("FailureTarget", "SuccessCriteriaMet")
    ]


@given(count=st.integers(1, 4), refused=st.integers(0, 4))
@settings(max_examples=20)
def test_no_job_ends_while_a_pod_keeps_its_finalizer(count: int, refused: int) -> None:
    """Not an Indexed one either, which notes indexes and no pods."""
    scene = crowd(count, "Succeeded", completionMode="Indexed")
    pods = [pod.put(("metadata", "annotations"), {INDEX: pod.name[-1]}) for pod in scene.others]
    # The first request tells what was counted.
    seen = look(
        "job", evolve(scene, others=pods), refusals={1 + refused: Reason.INTERNAL_ERROR} if refused < count else {}
    )

    assert (refused >= count) == finished(stored(seen, scene.desired))


def noted_before(writes: list[Row], number: int, name: str) -> bool:
    """Return whether the status that was written before says that the pod is to be counted."""
    told = [row.action.object for row in writes[:number] if isinstance(row.action, UpdateStatus)]
    return bool(told) and f"uid-{name}" in waiting(told[-1])


def waiting(job: Resource) -> list[str]:
    return [*uncounted(job, "succeeded"), *uncounted(job, "failed")]


# --- the pods --------------------------------------------------------------------------------------------------------

CONTAINERS: Final[SearchStrategy[Json]] = st.sampled_from(
    [
        {"name": "main", "image": "app:1"},
        {"name": "main", "image": "app:1", "env": [{"name": "A", "value": "b"}]},
        {"name": "main", "image": "app:1", "env": [{"name": "JOB_COMPLETION_INDEX", "value": "own"}]},
    ]
)


@st.composite
def templates(draw: DrawFn) -> Json:
    """Return templates that say themselves what a Job adds, or do not."""
    marks: Json = draw(st.sampled_from([{}, {INDEX: "x", "tier": "db"}]))
    notes: Json = draw(st.sampled_from([{}, {"note": "a"}, {INDEX: "x", FAILURES: "7"}]))
    held = draw(st.sampled_from([[], ["example.com/held"], [TRACKING]]))
    meta: Json = {"name": "dropped", "labels": {"job": "work", **marks}, "annotations": notes, "finalizers": held}
    spec: Json = {"restartPolicy": "Never", "containers": [draw(CONTAINERS)]}
    if draw(st.booleans()):
        spec["initContainers"] = [{**draw(CONTAINERS), "name": "setup"}]
    return {"metadata": meta, "spec": spec | ({"hostname": "own"} if draw(st.booleans()) else {})}


@given(pods=templates(), length=st.sampled_from([4, 55, 56, 60, 61]), indexed=st.booleans(), per_index=st.booleans())
@settings(max_examples=60)
def test_a_pod_is_what_the_template_says_and_its_index(pods: Json, length: int, indexed: bool, per_index: bool) -> None:
    """The template as it is, with the tracking finalizer and the Job as its controller; with an index also in an
    annotation, a label, the host name, the name, and the environment of each container that does not say it itself."""
    mode: Json = {"completionMode": "Indexed"} if indexed else {}
    mode |= {"backoffLimitPerIndex": 1} if indexed and per_index else {}
    scene = crowd(0, "", completions=2, parallelism=2, template=pods, **mode)
    job = scene.desired.put(("metadata", "name"), "w" * length)
    made = [thaw(action.body) for action in look("job", evolve(scene, desired=job)).actions(Create)]
    full = thaw(job.spec["template"])

    assert [pod(job, full, index if indexed else None, per_index) for index in range(2)] == made


def pod(job: Resource, template: Json, index: int | None, per_index: bool) -> Json:
    """Return the body of a pod of *job* (7.3)."""
    given_, spec, name = template["metadata"], dict(template["spec"]), f"{job.name}-"
    notes = {key: dict(given_[key]) for key in ("labels", "annotations") if given_.get(key)}
    if index is not None:
        name = f"{job.name[: 58 - len(f'-{index}-')]}-{index}-"
        notes = {key: {**notes.get(key, {}), INDEX: str(index)} for key in ("labels", "annotations")}
        notes["annotations"] |= {FAILURES: "0"} if per_index else {}
        spec["hostname"] = f"{job.name}-{index}"
        spec |= {key: [told(entry) for entry in spec[key]] for key in ("initContainers", "containers") if key in spec}
    held = given_.get("finalizers") or []
    meta = {"generateName": name, "finalizers": held if TRACKING in held else [*held, TRACKING], **notes}
    meta["ownerReferences"] = [thaw(controller_reference(job))]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": {}}


def told(container: Json) -> Json:
    """Return *container* with its index in the environment."""
    env = container.get("env", [])
    if any(entry["name"] == "JOB_COMPLETION_INDEX" for entry in env):
        return container
    source = {"fieldRef": {"fieldPath": f"metadata.labels['{INDEX}']"}}
    return {**container, "env": [*env, {"name": "JOB_COMPLETION_INDEX", "valueFrom": source}]}


# --- who looks when --------------------------------------------------------------------------------------------------


@given(scene=scenes("plain"), changed=st.booleans())
@settings(max_examples=10)
def test_only_another_spec_is_looked_at_at_once(scene: Scene, changed: bool) -> None:
    """What pods do, and what the status says, can wait for a second, so that a burst of it is one sync."""
    new = scene.desired.put(("metadata", "generation"), 2) if changed else scene.desired.put(("status", "ready"), 9)
    patience = JOB.delay((scene.desired, new), NOW)

    assert (0.0 if changed else 1.0) == patience
    assert [1.0] == [watch.delay for watch in JOB.watches]


@given(scene=scenes("plain"), ended=st.booleans(), gone=st.booleans(), elsewhere=st.booleans())
@settings(max_examples=40)
def test_a_pod_that_no_job_will_count_is_let_go(scene: Scene, ended: bool, gone: bool, elsewhere: bool) -> None:
    """One without a controller, or one whose Job has ended or is gone; not one of a Job that somebody else manages."""
    job = scene.desired.put(("status", "conditions"), [turned("Complete", "True")] if ended else [])
    job = job.put(("spec", "managedBy"), "example.com/other") if elsewhere else job
    others = scene.others if gone else (job, *scene.others)
    for item in scene.others:
        there = item.meta.controller is not None and item.meta.controller.uid == job.uid and not gone
        lost = not there or (ended and not elsewhere)
        seen = look("job-orphan", Scene(item, tuple(other for other in others if other is not item), NOW))

        assert [item.name] * (lost and TRACKING in item.meta.finalizers) == [a.name for a in seen.actions(Patch)]

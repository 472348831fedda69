"""The StatefulSet controller: recorded syncs, and the main facts one by one."""

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from reconcile.controllers.statefulset.plan import STATEFULSET
from reconcile.model.clock import instant
from reconcile.model.objects import read
from reconcile.model.revision_data import revision_data, revision_hash, revision_name, revision_patch
from reconcile.store.store import Store
from reconcile.sync import sync
from reconcile.testing.vectors import disagreements, read_rows
from reconcile.view import Observed

VECTORS = Path(__file__).parents[1] / "vectors" / "statefulset.jsonl.gz"
NOW = "2026-01-01T01:00:00Z"
BEFORE = "2026-01-01T00:00:00Z"
LABELS = {"app": "web"}
ROLLING = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}


def test_agrees_with_the_recorded_syncs() -> None:
    """Every recorded sync gives the recorded requests, events, requeue and error."""
    assert [] == list(islice(disagreements(read_rows(VECTORS), sync), 3))


# --- a StatefulSet, its revisions, pods and claims -----------------------------------------------------------------


def template(image: str) -> dict[str, Any]:
    container = {
        "name": "main",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }
    spec = {
        "containers": [container],
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
    }
    return {"metadata": {"labels": LABELS}, "spec": spec}


def name_of(image: str, collisions: int = 0) -> str:
    """Return the name of the revision of `web` whose template runs *image*."""
    return revision_name("web", revision_hash(revision_data(template(image)), collisions))


OLD, NEW, BROKEN = name_of("nginx:1"), name_of("nginx:2"), name_of("nginx:bad")


def owner(kind: str = "StatefulSet", name: str = "web", uid: str = "s") -> dict[str, Any]:
    version = "v1" if kind == "Pod" else "apps/v1"
    own = {"apiVersion": version, "kind": kind, "name": name, "uid": uid}
    return {**own, "controller": True, "blockOwnerDeletion": True}


def sts(image: str = "nginx:2", *, current: str = OLD, status: Mapping[str, Any] | None = None, **spec: Any) -> Any:
    """Return a StatefulSet of three that runs *image*, with what is given in its place."""
    defaults = {
        "replicas": 3,
        "podManagementPolicy": "OrderedReady",
        "serviceName": "web",
        "selector": {"matchLabels": LABELS},
        "template": template(image),
        "updateStrategy": ROLLING,
    }
    meta = {"name": "web", "namespace": "default", "uid": "s", "generation": 1, "resourceVersion": "7"}
    return {
        "kind": "StatefulSet",
        "apiVersion": "apps/v1",
        "metadata": meta,
        "spec": {**defaults, **spec},
        "status": {"observedGeneration": 1, "currentRevision": current, **(status or {})},
    }


def revision(image: str, number: int, **change: Any) -> Any:
    made = {
        "kind": "ControllerRevision",
        "apiVersion": "apps/v1",
        "metadata": {
            "name": name_of(image),
            "namespace": "default",
            "uid": f"r{number}",
            "labels": LABELS,
            "ownerReferences": [owner()],
        },
        "data": revision_patch(template(image)),
        "revision": number,
    }
    return {**made, **change}


def pod(ordinal: int, at: str = NEW, *, phase: str = "Running", ready: bool = True, **meta: Any) -> Any:
    """Return pod `web-<ordinal>` of revision *at*; ready since an hour, unless said otherwise."""
    name = f"web-{ordinal}"
    labels = {**LABELS, "statefulset.kubernetes.io/pod-name": name, "controller-revision-hash": at}
    own = {"name": name, "namespace": "default", "uid": f"p{ordinal}", "labels": labels, "ownerReferences": [owner()]}
    condition = {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": BEFORE}
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {**own, **meta},
        "spec": {},
        "status": {"phase": phase, "conditions": [condition]},
    }


def claim(ordinal: int, *owners: Any, **meta: Any) -> Any:
    own = {"name": f"data-web-{ordinal}", "namespace": "default", "uid": f"c{ordinal}", "resourceVersion": "3"}
    return {
        "kind": "PersistentVolumeClaim",
        "apiVersion": "v1",
        "metadata": {**own, **({"ownerReferences": list(owners)} if owners else {}), **meta},
    }


def mounting(made: Any) -> Any:
    """Return a pod that mounts its claim."""
    name = f"data-{made['metadata']['name']}"
    return {**made, "spec": {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": name}}]}}


CLAIMS = [{"metadata": {"name": "data"}, "spec": {}}]
BOTH = (revision("nginx:1", 1), revision("nginx:2", 2))


def snapshot(
    parent: Any, pods: Sequence[Any] = (), claims: Sequence[Any] = (), history: Sequence[Any] = BOTH, **more: Any
) -> dict[str, Any]:
    observed = {"pods": pods, "persistentvolumeclaims": claims, "controllerrevisions": history}
    return {"controller": "statefulset", "now": NOW, "parent": parent, "observed": observed, **more}


def requests(seen: Mapping[str, Any], *, conflicts: bool = False) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sync(seen, conflicts=conflicts)["requests"]
    return found


def does(*args: Any, **more: Any) -> list[str]:
    """Return what one sync does to pods, claims and revisions: `verb name`, without the status."""
    return [f"{r['verb']} {r['name']}" for r in requests(snapshot(*args, **more)) if r["subresource"] is None]


def status_after(*args: Any, **more: Any) -> Any:
    """Return the status that one sync writes."""
    (body,) = [r["body"] for r in requests(snapshot(*args, **more)) if r["subresource"] == "status"]
    return body["status"]


# --- one after the other -------------------------------------------------------------------------------------------


def test_pods_come_one_by_one() -> None:
    """The next pod is made when the one before is ready, and not earlier."""
    assert ["create web-0"] == does(sts())
    assert ["create web-1"] == does(sts(), [pod(0)])
    assert [] == does(sts(), [pod(0, ready=False)])


def test_pods_have_to_be_available_too() -> None:
    """With minReadySeconds the next pod waits for the time to pass, and the sync comes back then."""
    slow = sts(minReadySeconds=4000)

    assert [] == does(slow, [pod(0)])
    assert 400.0 == sync(snapshot(slow, [pod(0)]))["requeueAfter"]


def test_parallel_waits_for_none() -> None:
    """In Parallel all pods are made in one sync, ready or not."""
    parallel = sts(podManagementPolicy="Parallel")

    assert ["create web-1", "create web-2"] == does(parallel, [pod(0, ready=False)])


def test_ordinals_may_start_anywhere() -> None:
    """With `ordinals.start` the names shift; pods outside of the range are condemned."""
    shifted = sts(replicas=1, ordinals={"start": 5})

    assert ["create web-5"] == does(shifted, [pod(0)])
    assert ["delete web-6"] == does(shifted, [pod(0), pod(5), pod(6)])


def test_scaling_down_takes_the_highest_first() -> None:
    """One condemned pod a sync goes, from the top."""
    assert ["delete web-2"] == does(sts(replicas=1), [pod(0), pod(1), pod(2)])


def test_an_unready_pod_blocks_scaling_down() -> None:
    """In order nothing is scaled down while a wanted pod is not ready (kubernetes#41889)."""
    assert [] == does(sts(replicas=1), [pod(0, ready=False), pod(1), pod(2)])


def test_an_unready_condemned_pod_goes_in_its_turn() -> None:
    """An unhealthy condemned pod blocks those below it, unless it is the lowest unhealthy one itself."""
    one = sts(replicas=1)

    assert ["delete web-2"] == does(one, [pod(0), pod(1), pod(2, ready=False)])
    assert [] == does(one, [pod(0), pod(1, ready=False), pod(2, ready=False)])


def test_an_ended_pod_is_replaced() -> None:
    """A Failed pod is deleted; its successor has the same name, so it comes in a later sync."""
    assert ["delete web-1"] == does(sts(), [pod(0), pod(1, phase="Failed"), pod(2)])
    assert [] == does(sts(), [pod(0), pod(1, phase="Failed", deletionTimestamp=BEFORE), pod(2)])


# --- rollout -------------------------------------------------------------------------------------------------------


def test_a_rollout_takes_one_pod_at_a_time() -> None:
    """The highest pod of another revision is deleted; the next one only when its successor is available."""
    assert ["delete web-2"] == does(sts(), [pod(0, OLD), pod(1, OLD), pod(2, OLD)])
    assert ["delete web-1"] == does(sts(), [pod(0, OLD), pod(1, OLD), pod(2)])
    assert [] == does(sts(), [pod(0, OLD), pod(1, OLD), pod(2, ready=False)])


def test_max_unavailable_changes_nothing() -> None:
    """`maxUnavailable` is ignored: MaxUnavailableStatefulSet is off in 1.36 (kubernetes#137409)."""
    many = sts(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": 0, "maxUnavailable": 3}})

    assert ["delete web-2"] == does(many, [pod(0, OLD), pod(1, OLD), pod(2, OLD)])


@pytest.mark.parametrize("image", ["nginx:2", "nginx:1"])
def test_a_broken_rollout_stays_broken(image: str) -> None:
    """In order, a pod that never gets ready stays broken when the template is put right (kubernetes#67250)."""
    history = [revision("nginx:1", 1), revision("nginx:bad", 2), revision("nginx:2", 3)]
    pods = [pod(0, OLD), pod(1, OLD), pod(2, BROKEN, ready=False)]

    assert [] == [done for done in does(sts(image), pods, history=history) if "update" not in done]


def test_a_broken_rollout_goes_on_once_the_pod_is_deleted_by_hand() -> None:
    """Somebody has to delete the broken pod; it comes back at the revision that is wanted."""
    (made,) = [r["body"] for r in requests(snapshot(sts(), [pod(0, OLD), pod(1, OLD)])) if r["verb"] == "create"]

    assert NEW == made["metadata"]["labels"]["controller-revision-hash"]


def test_a_broken_rollout_heals_in_parallel() -> None:
    """In Parallel the broken pod is replaced without anybody's help."""
    history = [revision("nginx:1", 1), revision("nginx:bad", 2), revision("nginx:2", 3)]
    pods = [pod(0, OLD), pod(1, OLD), pod(2, BROKEN, ready=False)]

    assert ["delete web-2"] == does(sts(podManagementPolicy="Parallel"), pods, history=history)


def test_parallel_rolls_on_over_an_unready_pod() -> None:
    """In Parallel an unready pod with a lower ordinal does not hold the rollout up (kubernetes#96218)."""
    pods = [pod(0, OLD, ready=False), pod(1, OLD), pod(2, OLD)]

    assert ["delete web-2"] == does(sts(podManagementPolicy="Parallel"), pods)


def test_on_delete_replaces_nothing() -> None:
    """With OnDelete pods keep their revision until somebody deletes them."""
    assert [] == does(sts(updateStrategy={"type": "OnDelete"}), [pod(0, OLD), pod(1, OLD), pod(2, OLD)])


def partitioned(partition: int, **more: Any) -> Any:
    return sts(updateStrategy={"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}, **more)


def test_the_partition_holds_pods_back() -> None:
    """Pods below the partition are not replaced; a partition beyond the replicas holds all (helm#8674)."""
    assert ["delete web-2"] == does(partitioned(1), [pod(0, OLD), pod(1, OLD), pod(2, OLD)])
    assert [] == does(partitioned(1), [pod(0, OLD), pod(1), pod(2)])
    assert [] == does(partitioned(3), [pod(0, OLD), pod(1, OLD), pod(2, OLD)])


@pytest.mark.parametrize(("missing", "expected"), [(0, OLD), (2, NEW)])
def test_a_pod_comes_back_on_its_side_of_the_partition(missing: int, expected: str) -> None:
    """A pod deleted during a rollout comes back old below the partition and new above (kubernetes#78209)."""
    pods = [pod(ordinal, OLD) for ordinal in range(3) if ordinal != missing]
    (made,) = [r["body"] for r in requests(snapshot(partitioned(1), pods)) if r["verb"] == "create"]

    assert expected == made["metadata"]["labels"]["controller-revision-hash"]


def test_scaling_to_zero_completes_a_rollout() -> None:
    """At 0 replicas all counts agree, so the new revision becomes the current one (kubernetes#121534)."""
    assert NEW == status_after(partitioned(2, replicas=0))["currentRevision"]


def test_a_rollout_is_complete_when_the_counts_agree() -> None:
    """With all pods updated and ready the update revision becomes the current one."""
    status = status_after(sts(), [pod(0), pod(1), pod(2)])

    assert (NEW, 3) == (status["currentRevision"], status["currentReplicas"])


def test_without_rolling_update_the_status_is_the_partition() -> None:
    """`type: RollingUpdate` alone: pods below status.currentReplicas are made from the current revision."""
    alone = sts(updateStrategy={"type": "RollingUpdate"}, status={"currentReplicas": 1})
    (made,) = [r["body"] for r in requests(snapshot(alone)) if r["verb"] == "create"]

    assert OLD == made["metadata"]["labels"]["controller-revision-hash"]


def test_without_any_strategy_the_partition_is_zero() -> None:
    """Where not even a type is given the server fills in a partition of 0, whatever the status says."""
    alone = sts(updateStrategy={}, status={"currentReplicas": 1})
    (made,) = [r["body"] for r in requests(snapshot(alone)) if r["verb"] == "create"]

    assert NEW == made["metadata"]["labels"]["controller-revision-hash"]


def test_a_set_may_want_more_pods_than_there_can_be() -> None:
    """What is not there yet takes no room: one pod is made, as always."""
    assert ["create web-1"] == does(sts(replicas=2**31 - 1), [pod(0)])


# --- revisions -----------------------------------------------------------------------------------------------------


def test_a_new_template_is_a_new_revision() -> None:
    """A revision is made for a template that none holds, with the next number."""
    made = requests(snapshot(sts("nginx:3"), [pod(0), pod(1), pod(2)]))[0]

    assert ("create", name_of("nginx:3"), 3) == (made["verb"], made["name"], made["body"]["revision"])


def test_rolling_back_renumbers() -> None:
    """The template of an old revision makes that revision the newest again; its name stays."""
    first = requests(snapshot(sts("nginx:1"), [pod(0), pod(1), pod(2)]))[0]

    assert ("update", OLD, 3) == (first["verb"], first["name"], first["body"]["revision"])


def test_a_revision_of_an_older_release_counts() -> None:
    """A newest revision that differs by what the server fills in starts no rollout (kubernetes#134773)."""
    older = template("nginx:2")
    older["metadata"]["creationTimestamp"] = None
    del older["spec"]["schedulerName"]
    data = {"spec": {"template": {"$patch": "replace", **older}}}
    pods = [pod(0), pod(1), pod(2)]

    assert [] == does(sts(), pods, history=[revision("nginx:2", 1, data=data)])


NO_TEMPLATES: tuple[Any, ...] = (
    {"containers": [None, 7]},
    {"containers": "x"},
    {"restartPolicy": 1},
    {"volumes": {}},
    5,
)


@pytest.mark.parametrize("spec", NO_TEMPLATES)
def test_a_revision_may_hold_anything(spec: Any) -> None:
    """The newest revision that holds no template is passed over; with nothing to go by, a new one is made."""
    odd = revision("nginx:9", 9, data={"spec": {"template": {"$patch": "replace", "spec": spec}}})
    made = [r["body"] for r in requests(snapshot(sts(current=""), history=[odd])) if r["verb"] == "create"]

    assert [NEW, "web-0"] == [body["metadata"]["name"] for body in made]


@pytest.mark.parametrize("spec", NO_TEMPLATES)
def test_no_pods_are_made_from_what_is_no_template(spec: Any) -> None:
    """A current revision that holds none is an error: no pod is touched, and the status stays."""
    odd = revision("nginx:1", 1, data={"spec": {"template": {"$patch": "replace", "spec": spec}}})
    result = sync(snapshot(sts(), history=[odd, revision("nginx:2", 2)]))

    assert ([], True) == (result["requests"], result["error"])


def test_fields_that_nobody_knows_are_not_restored() -> None:
    """A pod made from an old revision has what a template can have."""
    odd = template("nginx:1")
    odd["spec"]["invented"] = {"by": "an older release"}
    history = [revision("nginx:1", 1, data={"spec": {"template": {"$patch": "replace", **odd}}}), BOTH[1]]
    (made,) = [r["body"] for r in requests(snapshot(partitioned(1), history=history)) if r["verb"] == "create"]

    assert OLD == made["metadata"]["labels"]["controller-revision-hash"]
    assert "invented" not in made["spec"]


def test_a_taken_name_is_passed_over() -> None:
    """Where another revision has the name, the next hash is tried and counted; the label keeps the first one."""
    squatter = revision("nginx:9", 1)
    squatter["metadata"] = {"name": NEW, "namespace": "default", "uid": "x"}
    found = requests(snapshot(sts(replicas=0), history=[squatter]))
    names = [r["name"] for r in found if r["verb"] == "create"]

    assert [NEW, name_of("nginx:2", 1)] == names
    assert f"web-{found[1]['body']['metadata']['labels']['controller.kubernetes.io/hash']}" == NEW
    assert 1 == found[-1]["body"]["status"]["collisionCount"]


def test_history_is_cut() -> None:
    """Beyond revisionHistoryLimit the oldest revisions go, but none that a pod has."""
    history = [revision(f"nginx:{n}", n) for n in (1, 2, 3, 4, 5)]
    pods = [pod(0, OLD), pod(1, OLD), pod(2, OLD)]
    done = does(sts("nginx:5", revisionHistoryLimit=1, updateStrategy={"type": "OnDelete"}), pods, history=history)

    assert [f"delete {name_of(f'nginx:{n}')}" for n in (2, 3)] == done


# --- claims --------------------------------------------------------------------------------------------------------


def test_claims_come_before_the_pod() -> None:
    """A pod is made after its claims, and mounts them."""
    with_claims = sts(volumeClaimTemplates=CLAIMS)

    assert ["create data-web-0", "create web-0"] == does(with_claims)
    assert ["create web-0"] == does(with_claims, claims=[claim(0)])


def test_a_missing_claim_is_made_while_the_pod_is_pending() -> None:
    """A claim that was deleted under a pod comes back as long as the pod is pending, not later."""
    with_claims = sts(volumeClaimTemplates=CLAIMS, replicas=1)

    assert ["create data-web-0"] == does(with_claims, [mounting(pod(0, phase="Pending", ready=False))])
    assert [] == does(with_claims, [mounting(pod(0))])


def test_a_claim_of_a_pending_pod_that_cannot_be_changed() -> None:
    """While a pod is pending, a refused change of its claims is told and ends the sync with an error."""
    refused = [{"verb": "update", "resource": "persistentvolumeclaims", "reason": "Forbidden"}]
    pending = mounting(pod(0, phase="Pending", ready=False))
    result = sync(snapshot(policy("Retain", "Delete"), [pending], [claim(0)], reject=refused))

    assert result["error"]
    assert ["FailedUpdate"] == [event["reason"] for event in result["events"]]


def test_a_policy_that_nobody_knows_keeps_the_claims() -> None:
    """What no server would store is taken for Retain."""
    odd = policy("Later", "Delete")

    assert ["update data-web-0", "update web-0"] == does(odd, [mounting(pod(0))], [claim(0, owner())])


def test_a_claim_that_is_going_stands_in_the_way() -> None:
    """No pod is made while its claim is being deleted: an error, tried again later."""
    seen = snapshot(sts(volumeClaimTemplates=CLAIMS), claims=[claim(0, deletionTimestamp=BEFORE)])
    result = sync(seen)

    assert result["error"]
    assert [] == [r for r in result["requests"] if r["subresource"] is None]
    assert ["FailedCreate"] == [event["reason"] for event in result["events"]]


def policy(when_scaled: str, when_deleted: str, **more: Any) -> Any:
    retention = {"whenScaled": when_scaled, "whenDeleted": when_deleted}
    return sts(volumeClaimTemplates=CLAIMS, replicas=1, persistentVolumeClaimRetentionPolicy=retention, **more)


SET = [owner()]
POD1 = [owner("Pod", "web-1", "p1")]


@pytest.mark.parametrize(
    ("when_scaled", "when_deleted", "wanted", "scaled_away"),
    [
        ("Retain", "Retain", [], []),
        ("Retain", "Delete", SET, SET),
        ("Delete", "Retain", [], POD1),
        ("Delete", "Delete", SET, POD1),
    ],
)
def test_claims_get_the_owners_that_the_policy_asks_for(
    when_scaled: str, when_deleted: str, wanted: list[Any], scaled_away: list[Any]
) -> None:
    """A claim goes with the set, with its scaled-away pod, or stays: who owns it decides."""
    stranger = {"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "n"}
    wrong = [{**owner(), "controller": False}, stranger]
    pods = [mounting(pod(0)), mounting(pod(1))]
    seen = snapshot(policy(when_scaled, when_deleted), pods, [claim(0, *wrong), claim(1, *wrong)])
    owners = {
        r["name"]: r["body"]["metadata"]["ownerReferences"]
        for r in requests(seen)
        if r["resource"] == "persistentvolumeclaims"
    }

    assert {"data-web-0": [stranger, *wanted], "data-web-1": [stranger, *scaled_away]} == owners


def test_a_claim_of_an_earlier_pod_is_waited_for() -> None:
    """With whenScaled Delete a claim that goes with an earlier pod of the name must be gone first."""
    assert [] == does(policy("Delete", "Retain"), claims=[claim(0, owner("Pod", "web-0", "gone"))])


def test_a_claim_that_somebody_else_controls_is_told_of() -> None:
    """Our references leave a claim that somebody else controls, and the user is warned."""
    other = owner("Database", "db", "d")
    seen = sync(
        snapshot(policy("Retain", "Delete"), [mounting(pod(0))], [claim(0, other, {**owner(), "controller": False})])
    )
    (updated,) = [r["body"] for r in seen["requests"] if r["resource"] == "persistentvolumeclaims"]

    assert [other] == updated["metadata"]["ownerReferences"]
    assert "ConflictingController" in [event["reason"] for event in seen["events"]]


# --- adoption, deletion, identity ----------------------------------------------------------------------------------


def test_orphans_are_adopted_by_label_and_name() -> None:
    """An orphan is adopted if the selector matches and its name is the set's; one with another base name is not."""
    orphan, stranger = pod(0, ownerReferences=[]), pod(1, ownerReferences=[])
    stranger["metadata"]["name"] = "other-1"

    assert ["patch web-0"] == does(sts(replicas=1), [orphan, stranger])


def test_a_pod_that_lost_its_labels_is_released() -> None:
    """A pod that the selector no longer matches is let go."""
    assert ["patch web-0"] == does(sts(replicas=0), [pod(0, labels={})])


def test_a_set_that_is_deleted_only_reports() -> None:
    """Pods and claims of a deleted set are left to the garbage collector; the status is still written."""
    going = sts()
    going["metadata"]["deletionTimestamp"] = BEFORE

    assert [] == does(going, [pod(0), pod(1, phase="Failed")])
    assert 2 == status_after(going, [pod(0), pod(1, phase="Failed")])["replicas"]


def test_a_pod_gets_its_name_label_back() -> None:
    """The label that repeats the name is repaired; the revision label is not looked at here."""
    (sent,) = [
        r["body"] for r in requests(snapshot(sts(replicas=1), [pod(0, labels=LABELS)])) if r["verb"] == "update"
    ][:1]

    assert "web-0" == sent["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"]


# --- a server that says no -----------------------------------------------------------------------------------------


def test_the_status_is_written_on_a_fresh_copy_after_a_conflict() -> None:
    """Where the object changed meanwhile the status goes on top of what is there now."""
    live = sts()
    live["metadata"]["resourceVersion"] = "8"
    result = sync(snapshot(sts(replicas=0), liveParent=live), conflicts=True)
    versions = [r["body"]["metadata"]["resourceVersion"] for r in result["requests"] if r["subresource"] == "status"]

    assert ["7", "8"] == versions
    assert not result["error"]


def test_a_conflict_about_a_claim_is_settled_in_the_same_sync() -> None:
    """In Parallel a pending pod's claim is looked at twice; the second, refused write is seen to be done already."""
    pods = [mounting(pod(0, phase="Pending", ready=False))]
    parent = policy("Retain", "Delete", podManagementPolicy="Parallel")
    result = sync(snapshot(parent, pods, [claim(0)]), conflicts=True)
    updates = [r["name"] for r in result["requests"] if r["verb"] == "update" and r["subresource"] is None]

    assert ["data-web-0", "data-web-0"] == updates
    assert not result["error"]


def test_a_refused_pod_ends_the_visit() -> None:
    """A pod that the API refuses is told of and tried again later; the status is written all the same."""
    reject = [{"verb": "create", "resource": "pods", "reason": "Forbidden"}]
    result = sync(snapshot(sts(), reject=reject))

    assert result["error"]
    assert ["FailedCreate"] == [event["reason"] for event in result["events"]]
    assert ["create", "update"] == [r["verb"] for r in result["requests"]]


# --- words ---------------------------------------------------------------------------------------------------------


def whys(parent: Any, pods: Sequence[Any]) -> list[str]:
    store = Store.of([read(raw) for raw in (parent, *pods, *BOTH)])
    observed = Observed(now=instant(NOW), cache=store, live=store)  # type: ignore[arg-type]
    actions = STATEFULSET.reconcile(read(parent), observed)
    return [action.why for action in actions if type(action).__name__ in ("Create", "Delete")]


def test_every_step_says_why() -> None:
    """The reasons name the pods and revisions that they are about."""
    assert ["web-2 is the highest ordinal above the 1 wanted"] == whys(sts(replicas=1), [pod(0), pod(1), pod(2)])
    assert [f"web-2 runs revision {OLD}, {NEW} is wanted"] == whys(sts(), [pod(0), pod(1), pod(2, OLD)])
    assert ["web-1 has ended (Failed); a new pod takes its place"] == whys(sts(), [pod(0), pod(1, phase="Failed")])

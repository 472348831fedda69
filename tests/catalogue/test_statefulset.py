"""The catalogue, StatefulSet: behaviours that users met and reported, as Kubernetes 1.36 has them."""

from typing import Any

import pytest
from attrs import evolve

from reconcile import Cluster, NotSettled, Observed, Resource
from reconcile.actions import MERGE, Action, Patch
from reconcile.controller import Controller
from reconcile.engine import faults
from reconcile.model.json import thaw
from reconcile.model.pod import Pod
from tests.catalogue.kubectl import told_of
from tests.catalogue.mutants import MUTANTS, by_budget
from tests.checked import (
    checked,
    deeds,
    images,
    names,
    pods,
    reasons,
    sick,
    statefulset,
    status,
    well,
    with_image,
)

CLAIMS = [
    {
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    }
]
PARALLEL: dict[str, Any] = {"podManagementPolicy": "Parallel"}


def web(cluster: Cluster) -> Resource:
    return cluster.get("sts", "web")


def image(cluster: Cluster, tag: str) -> Cluster:
    return with_image(cluster, "sts", "web", f"app:{tag}")


def partition(number: int) -> dict[str, Any]:
    return {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": number}}}


def started(*, instead: list[Controller] | None = None, **spec: Any) -> Cluster:
    """A cluster with a StatefulSet whose pods are all there."""
    return checked(instead=instead or []).apply(statefulset(**spec)).settle()


# --- rollouts that stand -----------------------------------------------------------------------------------------


def test_d_s1_a_bad_template_wedges_a_set_in_order() -> None:
    """D-S1: a pod of a bad template never gets ready, and a good template after it changes nothing: the broken pod is
    never deleted, days later neither. Deleted by hand it comes back good. With Parallel it heals by itself (upstream
    #67250, open since 2018)."""
    stuck = image(started(replicas=3), "bad").settle()
    assert ["1", "1", "bad"] == images(stuck)

    for tag in ("1", "2"):
        waiting = image(stuck, tag).advance(3 * 86400)
        assert ["1", "1", "bad"] == images(waiting)
        assert [tag, tag, tag] == images(waiting.delete("pod", "web-2").settle())

    parallel = image(started(replicas=3, **PARALLEL), "bad").settle()
    assert ["2", "2", "2"] == images(image(parallel, "2").settle())


def test_d_s2_parallel_rolls_out_whatever_else_is_unready() -> None:
    """D-S2: with Parallel the highest ordinal is replaced although another pod is not ready; in order it is not
    (upstream #96218)."""
    parallel = image(sick(started(replicas=3, **PARALLEL), "web-0").settle(), "2").settle()
    assert ["2", "2", "2"] == images(parallel)
    assert [f"delete Pod/web-{ordinal}" for ordinal in (2, 1, 0)] == deeds(parallel, "statefulset", "delete Pod")

    assert ["1", "1", "1"] == images(image(sick(started(replicas=3), "web-0").settle(), "2").settle())


def test_d_s3_with_the_gate_on_broken_pods_eat_the_budget() -> None:
    """D-S3: with MaxUnavailableStatefulSet on, pods of a first, faulty revision count as unavailable and use up the
    budget, so a good revision is never rolled out, in Parallel either (upstream #137409). The gate is off in 1.36, and
    Parallel heals: both behaviours."""
    faulty: dict[str, Any] = {"replicas": 3, "image": "app:bad", **PARALLEL}

    assert ["2", "2", "2"] == images(image(started(**faulty), "2").settle())
    gated = started(instead=[by_budget(1)], **faulty)
    assert ["bad", "bad", "bad"] == images(image(gated, "2").advance(86400))


def test_d_s14_what_the_budget_of_the_gate_means() -> None:
    """D-S14: with MaxUnavailableStatefulSet on, as many pods are replaced at once as may be unavailable, less those
    that are. With the gate off, as in 1.36, the API drops the field, and it is one at a time (upstream #119234)."""
    asked = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 2}}
    off = started(replicas=4, updateStrategy=asked, **PARALLEL)
    assert {"partition": 0} == web(off).spec["updateStrategy"]["rollingUpdate"]

    assert 1 == most_missing(image(off, "slow"))
    lax = ["rollout_from_the_top", "one_deletion"]
    fresh = statefulset(replicas=4, **PARALLEL)
    gated = checked(instead=[by_budget(2)], excepting=lax).apply(fresh).settle()
    assert 2 == most_missing(image(gated, "slow"))
    assert ["slow"] * 4 == images(image(gated, "slow").advance(60))
    assert 2 == most_missing(image(sick(gated, "web-0").settle(), "slow"))


def most_missing(cluster: Cluster) -> int:
    """How many pods are missing or not ready at most in the minute to come."""
    most = 0
    for _ in range(60):
        cluster = cluster.advance(1)
        most = max(most, 4 - sum(pod.ready and not pod.meta.deleting for pod in pods(cluster)))
    return most


# --- partitions and revisions ------------------------------------------------------------------------------------


def test_d_s4_scaling_to_nothing_completes_a_rollout() -> None:
    """D-S4: half of four pods updated, scaled to 0 and then to 2: both come back new, although the partition is 2. With
    no pods all counts agree, so the new revision became the current one (upstream #121534)."""
    half = image(started(replicas=4, **partition(2)), "2").settle()
    assert ["1", "1", "2", "2"] == images(half)

    nothing = half.scale("sts", "web", 0).settle()
    assert web(nothing).status["currentRevision"] == web(nothing).status["updateRevision"]
    assert ["2", "2"] == images(nothing.scale("sts", "web", 2).settle())
    assert ["1", "1"] == images(half.scale("sts", "web", 2).settle())


def test_d_s5_the_status_runs_ahead_of_the_pods() -> None:
    """D-S5: the sync that deletes the first pod of a rollout already reports one current pod fewer, with no updated one
    yet and all pods ready: 3 pods, 2 current, 0 updated. Just that is what users reported (upstream #121397; settled by
    its trace)."""
    cluster = image(started(replicas=3, **partition(1)), "2")
    seen = cluster.run_until(lambda c: web(c).status.get("currentReplicas") == 2)

    counts = {"replicas": 3, "readyReplicas": 3, "availableReplicas": 3, "currentReplicas": 2}
    assert counts.items() <= web(seen).status.items()
    assert "updatedReplicas" not in web(seen).status
    end = web(cluster.settle()).status
    assert (1, 2) == (end["currentReplicas"], end["updatedReplicas"])


def test_d_s6_a_pod_deleted_during_a_rollout_comes_back_new() -> None:
    """D-S6: a pod that is deleted before its turn comes back at the new revision, if it is not below the partition; a
    strategy that was left out has a partition of 0. One that names its type and nothing more has none, and brings back
    the old revision below the number of current pods (upstream #78209, #70442; both models)."""
    bare = started(replicas=3, updateStrategy={"type": "RollingUpdate"})
    assert "rollingUpdate" not in web(bare).spec["updateStrategy"]
    for cluster, expected in ((started(replicas=3), "slow"), (bare, "1")):
        midway = image(cluster, "slow").settle()
        assert ["1", "1", "slow"] == images(midway)
        assert expected == images(midway.delete("pod", "web-0").settle())[0]


def test_d_s7_raising_the_partition_rolls_back_only_what_is_made_anew() -> None:
    """D-S7: a partition that is raised over updated pods leaves them; each goes back to the old revision when it is
    recreated (upstream #91676)."""
    updated = image(started(replicas=3, **partition(1)), "2").settle()
    raised = updated.patch("sts", "web", {"spec": partition(3)}).settle()
    assert ["1", "2", "2"] == images(raised)

    assert ["1", "1", "2"] == images(raised.delete("pod", "web-1").settle())


def upgraded(cluster: Cluster) -> Cluster:
    """The cluster as an upgrade of Kubernetes leaves it: its revision was written by a release that wrote more."""
    (revision,) = cluster.all("ControllerRevision")
    old = thaw(revision.raw)
    old["data"]["spec"]["template"]["metadata"]["creationTimestamp"] = None
    meta = {key: old["metadata"][key] for key in ("name", "labels", "ownerReferences")}
    cluster = cluster.delete("controllerrevision", revision.name).create({**old, "metadata": meta})
    return evolve(cluster, world=faults.restart(cluster.engine, cluster.world, "statefulset"))


def test_d_s8_an_upgrade_does_not_restart_every_pod() -> None:
    """D-S8: a revision that says the same in other bytes, as 1.33 wrote it, is taken for the template's own; with
    StatefulSetSemanticRevisionComparison off a new one is made and every pod restarted (upstream #134773, fixed; the
    gate off is a mutant)."""
    faithful = upgraded(started(replicas=3)).settle()
    assert (1, []) == (len(faithful.all("ControllerRevision")), deeds(faithful, "statefulset", "delete Pod"))

    mutant = upgraded(started(instead=[MUTANTS["D-S8"]], replicas=3)).settle()
    assert 2 == len(mutant.all("ControllerRevision"))
    assert 3 == len(deeds(mutant, "statefulset", "delete Pod"))


def mirror(pod: Pod, observed: Observed) -> list[Action]:
    """A webhook that takes images from a mirror, as a controller: it alters pods after they were made."""
    images = [entry["image"] for entry in pod.spec["containers"]]
    if pod.meta.deleting or images[0].startswith("mirror/"):
        return []
    body = {"spec": {"containers": [{"name": "app", "image": f"mirror/{images[0]}"}]}}
    return [Patch(*pod.key, body, "images come from the mirror")]


def test_d_s9_pods_that_a_webhook_altered_are_not_rolled_for_ever() -> None:
    """D-S9: pods are told apart by the revision in their label, not by what is in them: whatever alters them, nothing
    is rolled. A controller that compares contents deletes and makes them for ever (upstream #61998, old; a mutant)."""
    webhook = Controller("webhook", "Pod", mirror)

    def play(*instead: Controller) -> Cluster:
        cluster = checked(instead=instead)
        engine = evolve(cluster.engine, controllers=(*cluster.engine.controllers, webhook))
        return evolve(cluster, engine=engine).apply(statefulset(replicas=2)).settle(max_steps=500)

    assert [] == deeds(play(), "statefulset", "delete Pod")
    with pytest.raises((AssertionError, NotSettled)):
        play(MUTANTS["D-S9"])


# --- claims ------------------------------------------------------------------------------------------------------


def test_d_s10_claims_that_are_gone_or_going() -> None:
    """D-S10: a claim that is being deleted keeps its pod from being made, and another one is made when it is gone. A
    missing claim is made anew only for a pod that is Pending, not for one that runs. Under whenScaled Delete a claim
    that still names a pod as its owner blocks the next pod of that name until it is collected (upstream #89910)."""
    cluster = started(replicas=2, volumeClaimTemplates=CLAIMS)
    going = cluster.delete("pvc", "data-web-1")
    assert going.get("pvc", "data-web-1").meta.deleting
    after = going.delete("pod", "web-1").settle()
    assert "FailedCreate" in reasons(after, "sts", "web")
    assert ["web-0", "web-1"] == names(pods(after))
    assert cluster.get("pvc", "data-web-1").uid != after.get("pvc", "data-web-1").uid

    assert None is lost(cluster, "data-web-1").settle().find("pvc", "data-web-1")
    pending = started(replicas=1, image="app:bad", volumeClaimTemplates=CLAIMS)
    assert None is not lost(pending, "data-web-0").settle().find("pvc", "data-web-0")

    policy = {"whenDeleted": "Retain", "whenScaled": "Delete"}
    item = statefulset(replicas=1, volumeClaimTemplates=CLAIMS, persistentVolumeClaimRetentionPolicy=policy)
    stale = {"apiVersion": "v1", "kind": "Pod", "name": "web-0", "uid": "11111111-1111-4111-8111-111111111111"}
    claim = {"name": "data-web-0", "labels": {"app": "web"}, "ownerReferences": [stale]}
    kept = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": claim, "spec": CLAIMS[0]["spec"]}
    uncollected = without(checked(excepting=["no_orphan_after_cascade"]), "garbage-collector")
    assert [] == pods(uncollected.create(kept).apply(item).settle())
    assert ["web-0"] == names(pods(checked().create(kept).apply(item).settle()))


def without(cluster: Cluster, controller: str) -> Cluster:
    left = tuple(item for item in cluster.engine.controllers if item.name != controller)
    return evolve(cluster, engine=evolve(cluster.engine, controllers=left))


def lost(cluster: Cluster, claim: str) -> Cluster:
    """The cluster after a claim was deleted by force, finalizers and all, and its set looked at again."""
    body = {"metadata": {"finalizers": None}}
    gone = cluster.delete("pvc", claim).done(
        Patch("PersistentVolumeClaim", "default", claim, body, "the user forces it", patch_type=MERGE)
    )
    return evolve(gone, world=faults.restart(gone.engine, gone.world, "statefulset"))


# --- order and identity ------------------------------------------------------------------------------------------


def test_d_s11_one_unready_pod_halts_scaling_both_ways() -> None:
    """D-S11: pods come up as 0, 1, 2 and go as 2, 1, 0; one that is not ready stops both. Of two that are to go and are
    not ready the lower one goes when its turn comes, and the higher one, whose turn it is, waits for it: neither goes
    (upstream #41889)."""
    cluster = started(replicas=3)
    assert [f"create Pod/web-{ordinal}" for ordinal in (0, 1, 2)] == deeds(cluster, "statefulset", "create Pod")

    unready = sick(cluster, "web-1").settle()
    assert 3 == len(pods(unready.scale("sts", "web", 5).settle()))
    assert 3 == len(pods(unready.scale("sts", "web", 2).settle()))
    assert 3 == len(pods(sick(unready, "web-2").scale("sts", "web", 0).settle()))
    healed = well(unready.scale("sts", "web", 0), "web-1").settle()
    assert [f"delete Pod/web-{ordinal}" for ordinal in (2, 1, 0)] == deeds(healed, "statefulset", "delete Pod")


@pytest.mark.parametrize("phase", ["Failed", "Succeeded"])
def test_d_s12_a_pod_that_ended_is_made_again_under_its_name(phase: str) -> None:
    """D-S12: a pod that failed or succeeded is deleted, and the next sync makes it again with the same name."""
    cluster = started(replicas=2)
    again = status(cluster, "Pod", "web-1", {"phase": phase}).settle()

    assert ["web-0", "web-1"] == names(pods(again))
    assert cluster.get("pod", "web-1").uid != again.get("pod", "web-1").uid
    assert cluster.get("pod", "web-0").uid == again.get("pod", "web-0").uid


def test_d_s13_a_partition_over_all_pods_rolls_nothing_out_and_is_complete() -> None:
    """D-S13: with a partition of at least the replicas no pod is updated, so whoever waits for all to be updated waits
    for ever; `rollout status` calls it complete (helm #8674)."""
    cluster = image(started(replicas=2, **partition(2)), "2").advance(86400)

    assert ["1", "1"] == images(cluster)
    assert 0 == web(cluster).status.get("updatedReplicas", 0)
    assert ("partitioned roll out complete: 0 new pods have been updated...", "") == told_of(cluster, "sts/web")

"""The catalogue, Deployment: behaviours that users met and reported, as Kubernetes 1.36 has them."""

from typing import Any

import pytest
from attrs import evolve

from reconcile import Cluster, Resource
from reconcile.actions import Create, Update
from reconcile.controllers.deployment.annotations import DESIRED_REPLICAS, MAX_REPLICAS, REVISION
from reconcile.controllers.deployment.plan import DEPLOYMENT
from reconcile.engine import faults
from reconcile.engine.queue import Slot
from reconcile.engine.run import step
from reconcile.model.json import thaw
from reconcile.nodes.behaviour import Behaviour
from reconcile.testing import invariants
from reconcile.testing.goals import unmet
from reconcile.view import Observed
from tests.catalogue.direct import NoLiveReads
from tests.catalogue.kubectl import looked_at, revisions_of, session_of_undo, told_of, undo
from tests.catalogue.mutants import MUTANTS
from tests.checked import (
    by_age,
    checked,
    condition,
    deployment,
    images,
    names,
    pods,
    replicaset,
    rolling,
    sick,
    sizes,
    status,
    template,
    with_image,
)

WEB = Slot("deployment", "Deployment", "default", "web")
STOPS_SLOWLY = [Behaviour(ready=5.0, terminates=25.0)]


def web(cluster: Cluster) -> Resource:
    return cluster.get("deploy", "web")


def stuck(**how: Any) -> Cluster:
    """Ten replicas, surge 3, unavailable 2, and a new image that cannot be pulled: 8 old pods and 5 new ones."""
    cluster = checked(nodes=10, **how).apply(deployment(replicas=10, strategy=rolling(3, 2))).settle().advance(1)
    cluster = with_image(cluster, "deploy", "web", "app:bad").settle().advance(1)
    assert [8, 5] == sizes(cluster)
    return cluster


def image(cluster: Cluster, tag: str) -> Cluster:
    return with_image(cluster, "deploy", "web", f"app:{tag}")


def scaled(cluster: Cluster) -> list[str]:
    """What the controller said it scaled, oldest first, the ReplicaSets by their place in the order of creation."""
    places = {rs.name: str(place) for place, rs in enumerate(by_age(cluster.all("ReplicaSet")))}
    told = [row.why for row in cluster.trace if row.actor == "deployment" and row.what == "event ScalingReplicaSet"]
    return [" ".join(places.get(word, word) for word in line.split()) for line in told]


# --- terminating pods --------------------------------------------------------------------------------------------


def test_d_d1_terminating_pods_are_not_counted_against_the_surge() -> None:
    """D-D1: of 15 pods three are told to go and seven new ones are made at once, because what terminates is no longer
    there for the controller: 19 that stay, as allowed, and 22 in all (upstream #95498)."""
    cluster = checked(nodes=10, fates=STOPS_SLOWLY).apply(deployment(replicas=15)).advance(6)
    first = image(cluster, "2").settle()

    assert [12, 7] == sizes(first)
    terminating = sum(pod.meta.deleting for pod in pods(first))
    assert (3, 19, 22) == (terminating, len(pods(first)) - terminating, len(pods(first)))


def test_d_d2_without_surge_there_is_one_pod_more_all_the_same() -> None:
    """D-D2: with surge 0 the new pod is made while the old one still terminates (upstream #99513, #97227)."""
    item = deployment(replicas=3, strategy=rolling(0, 1))
    first = image(checked(fates=STOPS_SLOWLY).apply(item).advance(6), "2").settle()

    assert [2, 1] == sizes(first)
    assert [False, False, False, True] == sorted(pod.meta.deleting for pod in pods(first))


# --- proportional scaling ----------------------------------------------------------------------------------------


def spread(old: list[int], replicas: int, *, surge: Any = 1, most: str | None = "sum", reported: int = 0) -> list[int]:
    """How the controller spreads *replicas* over ReplicaSets of the sizes *old*, oldest first.

    *most* is what they note as their largest size together, `sum` for what they have, None for no note; *reported* is
    how many pods the Deployment reports. Nothing but the deployment controller runs, and only once.
    """
    cluster = two_sided(old, replicas, surge=surge, most=str(sum(old)) if most == "sum" else most, reported=reported)
    plan = DEPLOYMENT.reconcile(web(cluster), view(cluster))
    written = {a.object.name: int(a.object.spec["replicas"]) for a in plan if isinstance(a, Update)}
    return [written.get(rs.name, rs.spec["replicas"]) for rs in by_age(cluster.all("ReplicaSet"))]


def view(cluster: Cluster) -> Observed:
    return Observed(cluster.now, cluster.world.store, NoLiveReads())


def two_sided(old: list[int], replicas: int, *, surge: Any, most: str | None, reported: int = 0) -> Cluster:
    """A Deployment with ReplicaSets of the sizes *old*, the newest of its own template, nobody at work."""
    cluster = Cluster.new(nodes=0, builtin=[])
    cluster = cluster.create(deployment(replicas=replicas, image=f"app:{len(old) - 1}", strategy=rolling(surge, 0)))
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": web(cluster).uid}
    for number, size in enumerate(old):
        labels = {"app": "web", "pod-template-hash": str(number)}
        notes = {DESIRED_REPLICAS: "1", REVISION: str(number + 1)} | ({MAX_REPLICAS: most} if most is not None else {})
        item = replicaset(f"web-{number}", image=f"app:{number}", replicas=size)
        item["metadata"] |= {
            "labels": labels,
            "annotations": notes,
            "ownerReferences": [{**reference, "controller": True, "blockOwnerDeletion": True}],
        }
        item["spec"] |= {
            "selector": {"matchLabels": labels},
            "template": template(f"app:{number}", labels=labels),
        }
        cluster = cluster.create(item).advance(1)
    return status(cluster, "Deployment", "web", {"replicas": reported})


def test_d_d3_what_is_added_goes_to_old_and_new_in_proportion() -> None:
    """D-D3: 8 and 5, scaled from 10 to 30 with surge 3, become 20 and 13; so do the ReplicaSets of a whole cluster."""
    assert [20, 13] == spread([8, 5], 30, surge=3)
    assert [20, 13] == sizes(stuck().scale("deploy", "web", 30).settle())


@pytest.mark.parametrize(
    ("old", "replicas", "expected"), [([2, 2], 2, [1, 2]), ([3, 3], 2, [1, 2]), ([4, 4], 6, [3, 4])]
)
def test_d_d4_what_rounding_leaves_goes_to_the_first(old: list[int], replicas: int, expected: list[int]) -> None:
    """D-D4: halves are rounded away from zero, and what is left over is made up by the first ReplicaSet in line: of
    equal ones the older shrinks."""
    assert expected == spread(old, replicas)


def test_d_d5_scaling_that_was_interrupted_is_not_taken_up_where_it_stopped() -> None:
    """D-D5: if the controller ends after it scaled the first ReplicaSet, the next one computes anew from annotations of
    both times. Left alone it comes to the same sizes; scaled again meanwhile, to others: 18 and 5 instead of 14 and 9
    (upstream #44734 is open; which sizes, by an exhaustive search over small ones)."""
    thirty = stuck().scale("deploy", "web", 30)
    crashed = evolve(thirty, world=faults.crash(thirty.engine, thirty.world, WEB, 1))
    assert [20, 5] == sizes(crashed)

    assert [20, 13] == sizes(thirty.settle()) == sizes(crashed.settle())
    assert [14, 9] == sizes(thirty.settle().scale("deploy", "web", 20).settle())
    assert [18, 5] == sizes(crashed.scale("deploy", "web", 20).settle())


def test_d_d6_the_newest_is_not_favoured() -> None:
    """D-D6: 5 and 1, scaled from 5 to 10 with surge 2, become 10 and 2; before 1.4 the newest got all that was added
    (upstream #29357)."""
    assert [10, 2] == spread([5, 1], 10, surge=2)


def test_d_d7_size_and_template_in_one_apply_scale_the_old_ones_first() -> None:
    """D-D7: a new size and a third template applied at once: the size is followed first, over what is there, then the
    third ReplicaSet starts with what the others give: 15, 13 and 5. In two steps it is 20, 8 and 5, for the pods of the
    oldest have got ready meanwhile (upstream #39295 reports these numbers; settled by running the contract)."""
    at_once = stuck().apply(deployment(replicas=30, image="app:bad-too", strategy=rolling(3, 2)))
    assert [15, 13, 5] == sizes(at_once.settle())
    assert [
        "Scaled up replica set 0 from 8 to 20",
        "Scaled up replica set 1 from 5 to 13",
        "Scaled down replica set 0 from 20 to 15",
        "Scaled up replica set 2 from 0 to 5",
    ] == scaled(at_once.settle())[-4:]

    assert [20, 8, 5] == sizes(image(stuck().scale("deploy", "web", 30).settle(), "bad-too").settle())


def test_d_d8_a_paused_rollout_keeps_its_shares_and_loses_them_when_resumed() -> None:
    """D-D8: 8 and 5 scaled down to 5: paused they keep their shares, 5 and 3; resumed the rollout goes on and moves
    them to 3 and 5, where they would have been without the pause (upstream #28105; settled by running the contract)."""
    paused = stuck().patch("deploy", "web", {"spec": {"paused": True}}).settle()
    small = paused.scale("deploy", "web", 5).settle()
    assert [5, 3] == sizes(small)
    assert [3, 5] == sizes(small.patch("deploy", "web", {"spec": {"paused": None}}).settle())
    assert [3, 5] == sizes(stuck().scale("deploy", "web", 5).settle())

    assert [20, 13] == sizes(paused.scale("deploy", "web", 30).settle())


def test_d_d9_a_replicaset_that_is_scaled_by_hand_stays_too_large_while_the_rollout_is_blocked() -> None:
    """D-D9: the new ReplicaSet of a blocked rollout, scaled by hand from 5 to 9, stays so: 17 pods where 13 are
    allowed. An old one is scaled back (upstream #28271 reports 8 and 9; settled by running the contract)."""
    cluster = stuck()
    old, new = names(by_age(cluster.all("ReplicaSet")))

    assert [8, 9] == sizes(cluster.scale("rs", new, 9).settle())
    assert [8, 5] == sizes(cluster.scale("rs", old, 12).settle())


# --- rollouts ----------------------------------------------------------------------------------------------------


def test_d_d10_a_third_template_takes_the_place_of_what_is_unhealthy() -> None:
    """D-D10: a template that comes while the rollout is at its limit starts with no pods; the unhealthy ReplicaSet
    makes way first, then the oldest (upstream #22512)."""
    third = image(stuck(), "3")
    after = third.settle()
    created = [row.action.body for row in after.trace if isinstance(row.action, Create) and row.actor == "deployment"]
    assert [10, 3, 0] == [body["spec"]["replicas"] for body in created]

    assert [0, 0, 10] == sizes(after)
    assert [
        "Scaled down replica set 1 from 5 to 0",
        "Scaled up replica set 2 from 0 to 5",
        "Scaled down replica set 0 from 8 to 7",
    ] == scaled(after)[4:7]


def test_d_d11_scaling_down_may_take_a_healthy_new_pod() -> None:
    """D-D11: scaling down during a rollout looks at sizes, not at health: of 1 unready old pod and 5 ready new ones the
    bigger side gives, a ready pod goes and the unready one stays (upstream #119536)."""
    assert [1, 4] == spread([1, 5], 4)

    cluster = checked(nodes=10).apply(deployment(replicas=5, strategy=rolling(1, 0))).settle().advance(1)
    held = image(cluster, "slow").advance(45)
    assert [1, 5] == sizes(held)
    old = next(pod.name for pod in pods(held) if pod.spec["containers"][0]["image"] == "app:1")
    smaller = sick(held, old).scale("deploy", "web", 4)
    smaller = smaller.run_until(lambda c: sizes(c) != [1, 5])
    assert [1, 4] == sizes(smaller)
    assert old in names(pods(smaller))


def test_d_d12_a_blocked_rollout_takes_nothing_more_and_undo_takes_the_bad_ones_first() -> None:
    """D-D12: with 8 old and 5 crashing pods one old pod is lost: 13 - 8 - 5 leaves nothing to take, and nothing is
    taken. Undone, four of the five bad ones go first, because the lost one counts."""
    cluster = stuck()
    lost = sick(cluster, pods(cluster)[0].name).settle()
    assert [8, 5] == sizes(lost)
    assert 7 == web(lost).status["availableReplicas"]

    back = undo(lost, "deployment/web").settle()
    assert [10, 0] == sizes(back)
    assert "Scaled down replica set 1 from 5 to 1" == scaled(back)[4]


# --- revisions ---------------------------------------------------------------------------------------------------


def test_d_d13_the_greatest_revision_wraps_around_and_takes_the_number_away() -> None:
    """D-D13: after a ReplicaSet with revision 2^63 - 1 the next number is negative, so it is not written: the new
    ReplicaSet has none, the Deployment loses its own, and the history shows 0 (upstream #141853, open)."""
    old = replicaset(replicas=1)
    old["metadata"]["annotations"] = {REVISION: str(2**63 - 1)}
    cluster = checked(excepting=["revisions_only_rise"]).apply(old).settle().advance(1)
    cluster = cluster.apply(deployment(image="app:2", replicas=1)).settle()

    assert [str(2**63 - 1), None] == [rs.meta.annotations.get(REVISION) for rs in by_age(cluster.all("ReplicaSet"))]
    assert not web(cluster).meta.annotations.get(REVISION)
    assert ["0", str(2**63 - 1)] == revisions_of(cluster, "deployment/web")


def test_d_d14_shares_of_large_replicasets_overflow() -> None:
    """D-D14: sizes are multiplied in 32 bits: 30,000 and 29,000, scaled to 60,000 with surge 25 % (75,000 allowed),
    become 110,932 and -35,932: the first write breaks the bound, the second the API refuses. Other sizes heal by luck.
    The surge bound and the rule of natural sizes both notice."""
    assert [110_932, -35_932] == spread([30_000, 29_000], 60_000, surge="25%")
    assert [45_000, 30_000] == spread([30_000, 20_000], 60_000, surge="25%")

    cluster = two_sided([30_000, 29_000], 60_000, surge="25%", most="59000")
    engine = evolve(cluster.engine, controllers=(DEPLOYMENT,))
    world = faults.again(faults.restart(engine, cluster.world, "deployment"), WEB)
    after = next_sync(Cluster(engine, world))
    violation = invariants.surge_bound(world, after.world)
    assert violation is not None
    assert "139932" in violation
    assert [110_932, 29_000] == sizes(after)


def next_sync(cluster: Cluster) -> Cluster:
    after = step(cluster.engine, cluster.world)
    assert after is not None
    return evolve(cluster, world=after)


def test_d_d15_a_deadline_runs_while_nothing_is_paused_and_is_remembered_after_undo() -> None:
    """D-D15: without progress the deadline passes and Progressing turns False. While the rollout is paused it does not
    run. Right after an undo the old condition may still be there, so one `rollout status` fails: with a single replica,
    for the number of updated pods does not grow then, and nothing else is progress yet (upstream #40207)."""
    cluster = checked().apply(deployment(replicas=1, progressDeadlineSeconds=60)).settle().advance(1)
    late = image(cluster, "bad").advance(70)
    assert ("False", "ProgressDeadlineExceeded") == progress(late)

    paused = image(cluster, "bad").settle().patch("deploy", "web", {"spec": {"paused": True}}).advance(600)
    assert ("Unknown", "DeploymentPaused") == progress(paused)
    resumed = paused.patch("deploy", "web", {"spec": {"paused": None}})
    assert ("Unknown", "DeploymentResumed") == progress(resumed.advance(50))
    assert ("False", "ProgressDeadlineExceeded") == progress(resumed.advance(70))

    back = undo(late, "deployment/web")
    assert 'deployment "web" exceeded its progress deadline' == told_of(back, "deployment/web")[1]
    assert ('deployment "web" successfully rolled out', "") == told_of(back.settle(), "deployment/web")


def progress(cluster: Cluster) -> tuple[str, str]:
    found = condition(web(cluster), "Progressing")
    return found["status"], found["reason"]


def test_d_d16_a_pod_becomes_available_without_any_event() -> None:
    """D-D16: minReadySeconds passes without anything happening, so the ReplicaSet must look again by itself; one that
    does not never reports the pods as available, and the rollout stands (upstream #41641, fixed; a mutant)."""
    item = deployment(replicas=2, minReadySeconds=30)

    faithful = checked().apply(item).advance(120)
    assert [] == unmet(faithful.world)
    mutant = checked(instead=[MUTANTS["D-D16"]]).apply(item).advance(120)
    assert "availableReplicas" in "".join(unmet(mutant.world))


def test_d_d17_a_hash_that_is_taken_is_counted_and_another_name_found() -> None:
    """D-D17: if a ReplicaSet with another template has the name, collisionCount is raised and the next hash is taken
    (upstream #29735)."""
    plain = checked().apply(deployment(replicas=1)).settle()
    (name,) = names(plain.all("ReplicaSet"))
    taken = replicaset("other", replicas=0)
    taken["metadata"]["name"] = name
    cluster = checked().apply(taken).settle().apply(deployment(replicas=1)).settle()

    assert 1 == web(cluster).status["collisionCount"]
    assert name in names(cluster.all("ReplicaSet"))
    assert ["1"] == images(cluster)
    assert not pods(cluster)[0].name.startswith(name)


def test_d_d18_undo_gives_the_old_replicaset_a_new_number() -> None:
    """D-D18: the ReplicaSet that is gone back to takes the number after the highest; its old number disappears, and
    numbers are compared as numbers: 10 comes after 9 (upstream #49701)."""
    cluster = checked().apply(deployment(replicas=1, revisionHistoryLimit=20)).settle()
    for tag in range(2, 11):
        cluster = image(cluster.advance(1), str(tag)).settle()
    assert "10" == web(cluster).meta.annotations[REVISION]

    back = undo(cluster, "deployment/web").settle()
    assert ["9"] == images(back)
    assert "11" == web(back).meta.annotations[REVISION]
    assert [*map(str, range(1, 9)), "10", "11"] == revisions_of(back, "deployment/web")


def test_d_d19_without_a_note_the_reported_pods_are_the_base() -> None:
    """D-D19: a ReplicaSet without the annotation of the largest size, or with 0 in it, is scaled in proportion to the
    pods that the Deployment reports; if it reports none, it keeps its size, but for what rounding leaves (upstream
    PR #128535)."""
    noted = spread([8, 5], 30, surge=3)

    assert noted == spread([8, 5], 30, surge=3, most=None, reported=13)
    assert noted == spread([8, 5], 30, surge=3, most="0", reported=13)
    assert [28, 5] == spread([8, 5], 30, surge=3, most=None, reported=0)


# --- owners and kubectl ------------------------------------------------------------------------------------------


def test_d_d20_selectors_that_overlap_start_no_fight_and_orphans_are_adopted() -> None:
    """D-D20: two Deployments with one selector keep to what they own. What one leaves behind with `--cascade=orphan`
    is adopted by the other, which scales it down as one of its old ones (upstream #24152, #30028)."""
    twin = deployment(replicas=2)
    twin["metadata"]["name"] = "twin"
    twin["spec"]["template"]["spec"]["containers"][0]["image"] = "app:twin"
    both = checked().apply([deployment(replicas=3), twin]).settle()
    assert 5 == len(pods(both))
    assert both.world.store is both.advance(3600).world.store

    orphaned = both.delete("deploy", "twin", propagation="Orphan").settle()
    assert ["1", "1", "1"] == images(orphaned)
    assert {"web"} == {rs.meta.controller.name for rs in orphaned.all("ReplicaSet") if rs.meta.controller}


def test_d_d21_undo_does_not_touch_what_was_applied_last() -> None:
    """D-D21: after apply, apply with a renamed container, and undo, the annotation still tells of the second; so the
    next apply takes away what is not there any more and leaves the first container beside its own. kubectl warns
    (upstream #94698)."""

    def named(container: str) -> dict[str, Any]:
        item = deployment(replicas=1)
        item["spec"]["template"]["spec"]["containers"][0]["name"] = container
        return item

    cluster = checked().apply(named("first")).settle().advance(1).apply(named("second")).settle()
    back = session_of_undo(cluster, "deployment/web")
    assert "was previously managed with 'kubectl apply'" in "".join(piece.text for piece in back.printed)
    assert ["first"] == containers(back.cluster)

    assert ["first", "third"] == sorted(containers(back.cluster.settle().apply(named("third"))))


def containers(cluster: Cluster) -> list[str]:
    return [entry["name"] for entry in thaw(web(cluster).look("spec", "template", "spec", "containers"))]


def test_d_d22_when_rollout_status_says_success() -> None:
    """D-D22: `rollout status` looks at the status alone: it waits for new pods to be made and available and for old
    ones to go, fails at the deadline, and refuses strategies without a rollout (upstream #72212, #68573)."""
    cluster = checked().apply(deployment(replicas=3, progressDeadlineSeconds=60)).settle().advance(1)
    moving = image(cluster, "slow").settle()
    waiting, _ = looked_at(moving, "deployment/web")
    assert 'Waiting for deployment "web" rollout to finish: 1 out of 3 new replicas have been updated...' == waiting
    assert ('deployment "web" successfully rolled out', "") == told_of(moving, "deployment/web")

    bad = image(cluster, "bad")
    assert 'deployment "web" exceeded its progress deadline' == told_of(bad, "deployment/web")[1]
    assert ["1", "1", "1"] == images(undo(bad.advance(70), "deployment/web").settle())

    only = {"updateStrategy": {"type": "OnDelete"}, "serviceName": "web"}
    refusing = checked().apply({**deployment(), "kind": "StatefulSet", "spec": {**deployment()["spec"], **only}})
    assert "rollout status is only available for RollingUpdate strategy type" in told_of(refusing, "sts/web")[1]

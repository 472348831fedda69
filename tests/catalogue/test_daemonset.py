"""The catalogue, DaemonSet: behaviours that users met and reported, as Kubernetes 1.36 has them."""

from typing import Any

import pytest
from attrs import evolve
from pyrsistent import pmap

from reconcile import ApiError, Cluster, Resource
from reconcile.controller import Controller
from reconcile.controllers.daemonset.plan import DAEMONSET
from reconcile.engine import faults
from reconcile.engine.queue import Slot
from reconcile.engine.run import scrambled, step
from reconcile.engine.step import sync
from reconcile.model.json import thaw
from tests.catalogue.mutants import MUTANTS
from tests.catalogue.test_replicaset import turn_away
from tests.checked import checked, daemonset, deeds, images, names, pods, with_image

WEB = Slot("daemonset", "DaemonSet", "default", "web")


def web(cluster: Cluster) -> Resource:
    return cluster.get("ds", "web")


def image(cluster: Cluster, tag: str) -> Cluster:
    return with_image(cluster, "ds", "web", f"app:{tag}")


def rolling(*, unavailable: Any = 0, surge: Any = 0) -> dict[str, Any]:
    return {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": unavailable, "maxSurge": surge}}


def started(item: dict[str, Any], *instead: Controller, nodes: int = 3, **how: Any) -> Cluster:
    """A cluster with a DaemonSet whose pods are all there."""
    return checked(nodes=nodes, instead=instead, **how).apply(item).settle()


def ready(cluster: Cluster) -> int:
    return sum(pod.ready and not pod.meta.deleting for pod in pods(cluster))


def down(cluster: Cluster, *nodes: str) -> Cluster:
    """The cluster some minutes after the kubelets of *nodes* stopped."""
    for node in nodes:
        cluster = evolve(cluster, world=faults.stop_node(cluster.engine, cluster.world, node))
    return cluster.advance(120)


# --- rollouts ----------------------------------------------------------------------------------------------------


def test_d_n1_broken_pods_of_an_old_revision_use_up_the_budget() -> None:
    """D-N1: three bad updates in a row cost one node, the one whose pod is replaced by each; a controller that does not
    count unready old pods loses a node to each (upstream #123232, fixed; a mutant)."""

    def three_bad_ones(*instead: Controller) -> Cluster:
        cluster = started(daemonset(), *instead)
        for tag in ("bad", "bad-too", "bad-again"):
            cluster = image(cluster, tag).settle()
        return cluster

    assert (2, ["1", "1", "bad-again"]) == (ready(three_bad_ones()), sorted(images(three_bad_ones())))
    with pytest.raises(AssertionError, match="daemonset_availability"):
        three_bad_ones(MUTANTS["D-N1"])


def tolerant(tolerates: bool) -> dict[str, Any]:
    """A DaemonSet that surges, and does or does not tolerate the taint of a dedicated node."""
    item = daemonset(image="app:1" if tolerates else "app:2", updateStrategy=rolling(surge=1))
    taint = {"key": "dedicated", "operator": "Exists", "effect": "NoSchedule"}
    item["spec"]["template"]["spec"]["tolerations"] = [taint] if tolerates else []
    return item


def test_d_n2_a_surging_rollout_takes_pods_from_nodes_that_are_not_eligible_any_more() -> None:
    """D-N2: with surge, a template that does not tolerate a node any more gets its old pod away from there, once more
    pods are available than nodes want one; before, it stayed for ever (upstream #118823, fixed; a mutant)."""

    def narrowed(*instead: Controller) -> Cluster:
        cluster = started(tolerant(True), *instead)
        spec = {"spec": {"taints": [{"key": "dedicated", "value": "db", "effect": "NoSchedule"}]}}
        return cluster.patch("Node", "node-0", spec).settle().apply(tolerant(False)).settle()

    assert ["node-1", "node-2"] == sorted(pod.node for pod in pods(narrowed()))
    stays = narrowed(MUTANTS["D-N2"])
    assert ["node-0", "node-1", "node-2"] == sorted(pod.node for pod in pods(stays))
    assert 1 == web(stays).status["numberMisscheduled"]


def test_d_n3_more_dead_nodes_than_may_be_unavailable_block_a_rollout() -> None:
    """D-N3: with three dead nodes and one that may be unavailable nothing healthy is updated, for ever (upstream
    #117204, by design)."""
    cluster = down(started(daemonset(), nodes=5), "node-0", "node-1", "node-2")
    later = image(cluster, "2").advance(7 * 86400)

    assert ["1", "1"] == [tag for pod, tag in zip(pods(later), images(later), strict=True) if pod.ready]


def test_d_n4_pods_that_are_not_available_yet_go_all_at_once() -> None:
    """D-N4: a second update inside minReadySeconds deletes every pod of the first at once: what is not available is
    replaced outside of the budget (kruise #1323, #898)."""
    cluster = started(daemonset(minReadySeconds=60), nodes=4).advance(30)
    at_once = image(cluster, "2").settle()
    assert [cluster.now] * 4 == [row.at for row in at_once.trace if row.what.startswith("delete Pod")][:4]
    assert 4 == len(deeds(at_once, "daemonset", "delete Pod"))

    patient = image(started(daemonset(minReadySeconds=60), nodes=4).advance(61), "2").settle()
    assert 1 == len(deeds(patient, "daemonset", "delete Pod"))


def test_d_n5_a_pod_that_cannot_end_holds_its_node_and_no_other() -> None:
    """D-N5: a pod that is stuck terminating on a dead node counts as unavailable, and its node gets no other; the
    rollout goes on if more may be unavailable. Deleted by force it is replaced once the node is back (upstream #63465;
    settled by the contract, 5 and 7, and PR #77773)."""
    dead = down(started(daemonset(updateStrategy=rolling(unavailable=2)), nodes=3), "node-0")
    updated = image(dead, "2").advance(86400)
    (stuck,) = [pod for pod in pods(updated) if pod.meta.deleting]
    assert ("node-0", 2, 3) == (stuck.node, images(updated).count("2"), len(pods(updated)))

    blocked = image(down(started(daemonset(), nodes=3), "node-0"), "2").advance(86400)
    assert ["1", "1", "1"] == images(blocked)

    forced = updated.delete("pod", stuck.name, grace_period_seconds=0).settle()
    assert ["2", "2"] == images(forced)
    back = evolve(forced, world=faults.start_node(forced.engine, forced.world, "node-0")).settle()
    assert ["2", "2", "2"] == images(back)


def test_d_n6_surge_means_at_most_two_pods_on_a_node() -> None:
    """D-N6: with surge the new pod comes beside the old one, which goes when the new one is available; an old pod that
    is not available gets its successor beyond maxSurge. Neither surge nor unavailable is refused by the API (upstream
    PR #96441)."""
    cluster = image(started(daemonset(updateStrategy=rolling(surge=1)), nodes=3), "slow")
    most, beside = 0, set()
    for _ in range(40):
        cluster = cluster.advance(1)
        places = [pod.node for pod in pods(cluster)]
        most = max(most, *map(places.count, places))
        beside.add(len(places) - 3)
        assert 3 == ready(cluster)
    assert (2, {0, 1}, ["slow"] * 3) == (most, beside, images(cluster))

    broken = started(daemonset(image="app:bad", updateStrategy=rolling(surge=1)), nodes=3)
    assert (["slow"] * 3, 0) == (images(image(broken, "slow").settle()), ready(image(broken, "slow").settle()))

    with pytest.raises(ApiError, match="cannot be 0 when maxSurge is 0"):
        checked().apply(daemonset(updateStrategy=rolling()))


def test_d_n7_a_copied_revision_makes_a_rollback_one_in_name_only() -> None:
    """D-N7: somebody copies an old revision under another name; going back to its template, the controller finds it
    twice, gives all pods the label of one, and deletes the other. So all count as updated, and only the one is that
    the same sync replaced, before it saw the labels (upstream #111280; settled by the contract, 2 and 4)."""
    second = image(started(daemonset()), "2").settle()
    (old,) = [item for item in second.all("ControllerRevision") if item.raw["revision"] == 1]
    raw = thaw(old.raw)
    labels = {**raw["metadata"]["labels"], "controller-revision-hash": "copy"}
    meta = {"name": "web-copy", "labels": labels, "ownerReferences": raw["metadata"]["ownerReferences"]}
    copied = second.create({**raw, "metadata": meta, "revision": 3})

    back = image(copied, "1").settle()
    assert ["1", "2", "2"] == sorted(images(back))
    assert 3 == web(back).status["updatedNumberScheduled"]
    assert old.name not in names(back.all("ControllerRevision"))

    assert ["1", "1", "1"] == images(image(second, "1").settle())


def test_d_n8_which_nodes_go_first_is_left_open() -> None:
    """D-N8: upstream walks over a hash map, so which nodes are replaced first is arbitrary; how many is not. Here an
    order can be chosen."""
    firsts = set()
    for seed in range(6):
        cluster = started(daemonset(updateStrategy=rolling(unavailable=2)), nodes=6)
        engine = evolve(cluster.engine, hashed=scrambled(seed))
        moved = image(evolve(cluster, engine=engine), "bad").settle()
        places = tuple(sorted(pod.node for pod in pods(moved) if not pod.ready))
        assert 2 == len(places)
        firsts.add(places)

    assert 1 < len(firsts)


# --- pods that fail ----------------------------------------------------------------------------------------------


def test_d_n9_failed_pods_are_replaced_ever_more_slowly() -> None:
    """D-N9: a pod that the kubelet turns away is deleted and made again after 1 s, 2 s, 4 s, ... up to 15 minutes:
    seven in a minute. Without this back-off there are as many as the kubelet can turn away (upstream #14528, old; a
    mutant)."""
    strict = Controller("kubelet", "Pod", turn_away)

    def a_minute(*instead: Controller) -> int:
        cluster = checked(nodes=1, instead=[strict, *instead]).apply(daemonset()).advance(60)
        return len(deeds(cluster, "daemonset", "create Pod"))

    assert 7 == a_minute()
    assert 61 == a_minute(MUTANTS["D-N9"])


def test_d_n9_pods_come_in_bursts() -> None:
    """D-N9: one sync makes at most 250 pods, however many nodes lack one."""
    cluster = Cluster.new(nodes=260, builtin=[DAEMONSET]).apply(daemonset())
    made = []
    world = cluster.world
    while (after := step(cluster.engine, world)) is not None:
        before, world = len(world.store.all("Pod")), after
        made.append(len(world.store.all("Pod")) - before)

    assert [250, 10] == [count for count in made if count]


def test_d_n9_two_pods_on_a_node_are_one_too_many() -> None:
    """D-N9: a controller that lost its memory and looks at an old cache makes a second pod on every node; when it sees
    them, the younger go (upstream #95432; StaleControllerConsistency, on in 1.36, prevents it)."""
    fresh = checked(nodes=2, excepting=["one_pod_per_node"]).apply(daemonset())
    engine = faults.unprotected(fresh.engine)
    world = sync(engine, faults.hold(fresh.world, "daemonset"), WEB)
    forgetful = sync(engine, faults.again(evolve(world, unseen=pmap()), WEB), WEB)
    double = evolve(fresh, world=forgetful)
    assert 4 == len(pods(double))

    seen = evolve(fresh, world=faults.catch_up(fresh.engine, forgetful, "daemonset")).settle()
    assert ["node-0", "node-1"] == sorted(pod.node for pod in pods(seen))

    guarded = sync(fresh.engine, faults.hold(fresh.world, "daemonset"), WEB)
    guarded = sync(fresh.engine, faults.again(guarded, WEB), WEB)
    assert 2 == len(guarded.store.all("Pod"))

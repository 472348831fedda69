"""The DaemonSet controller: recorded syncs, and the main facts one by one."""

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from reconcile.actions import Create, Delete, Event, Remember, UpdateStatus, WakeAt
from reconcile.cluster import Cluster
from reconcile.controllers.daemonset.plan import DAEMONSET
from reconcile.engine.run import scrambled
from reconcile.model.clock import instant, later
from reconcile.model.json import freeze
from reconcile.model.objects import read
from reconcile.model.revision_data import revision_patch
from reconcile.model.template_hash import pod_template_hash
from reconcile.store.store import Store
from reconcile.sync import sync
from reconcile.testing.vectors import disagreements, read_rows
from reconcile.view import Observed, alphabetical

VECTORS = Path(__file__).parents[1] / "vectors" / "daemonset.jsonl.gz"
NOW = "2026-01-01T01:00:00Z"
BEFORE = "2026-01-01T00:00:00Z"
JUST_NOW = "2026-01-01T00:59:57Z"
LABELS = {"app": "agent"}


def test_agrees_with_the_recorded_syncs() -> None:
    """Every recorded sync gives the recorded requests, events, requeue and error."""
    assert [] == list(islice(disagreements(read_rows(VECTORS), sync), 3))


# --- a DaemonSet, its revisions, nodes and pods --------------------------------------------------------------------


def template(image: str, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "main", "image": image}], **spec}}


def digest(image: str, collisions: int | None = None, **spec: Any) -> str:
    """Return the hash of the revision whose template runs *image*."""
    return pod_template_hash(freeze(template(image, **spec)), collisions)


OLD, NEW = digest("agent:1"), digest("agent:2")


def owner(**change: Any) -> dict[str, Any]:
    own = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent", "uid": "d"}
    return {**own, "controller": True, "blockOwnerDeletion": True, **change}


def rolling(unavailable: int | str = 1, surge: int | str = 0) -> dict[str, Any]:
    return {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": unavailable, "maxSurge": surge}}


ON_DELETE = {"type": "OnDelete"}


def ds(image: str = "agent:2", status: Mapping[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """Return a DaemonSet that runs *image*, with what is given in its place; `pods` changes the spec of its pods."""
    own = {
        "selector": {"matchLabels": LABELS},
        "template": template(image, **spec.pop("pods", {})),
        "updateStrategy": rolling(),
    }
    return {
        "kind": "DaemonSet",
        "apiVersion": "apps/v1",
        "metadata": {"name": "agent", "namespace": "kube-system", "uid": "d", "generation": 3, "resourceVersion": "7"},
        "spec": {**own, **spec},
        "status": {"observedGeneration": 3, **(status or {})},
    }


def annotated(parent: Mapping[str, Any], **meta: Any) -> dict[str, Any]:
    """Return *parent* with other metadata."""
    return {**parent, "metadata": {**parent["metadata"], **meta}}


def revision(image: str, number: int, *, name: str = "", **meta: Any) -> dict[str, Any]:
    label = digest(image)
    own = {
        "name": name or f"agent-{label}",
        "namespace": "kube-system",
        "uid": f"r{number}",
        "labels": {**LABELS, "controller-revision-hash": label},
        "ownerReferences": [owner()],
    }
    made = {"kind": "ControllerRevision", "apiVersion": "apps/v1", "metadata": {**own, **meta}, "revision": number}
    return {**made, "data": revision_patch(freeze(template(image)))}


BOTH = (revision("agent:1", 1), revision("agent:2", 2))


def node(name: str, *taints: str, **meta: Any) -> dict[str, Any]:
    """Return a node; a taint is `key:Effect`."""
    spec = {"taints": [{"key": key, "effect": effect} for key, _, effect in (t.partition(":") for t in taints)]}
    return {"kind": "Node", "apiVersion": "v1", "metadata": {"name": name, "uid": name, **meta}, "spec": spec}


def pinned(name: str) -> dict[str, Any]:
    terms = [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [name]}]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return {"affinity": {"nodeAffinity": required}}


def pod(
    name: str, where: str, at: str = NEW, *, phase: str = "Running", ready: str | None = BEFORE, **change: Any
) -> dict[str, Any]:
    """Return a pod on node *where* of the revision *at*, ready since *ready*; `bound=False` leaves it unbound."""
    spec = {"nodeName": where} if change.pop("bound", True) else pinned(where)
    labels = {**LABELS, "controller-revision-hash": at}
    own = {"name": name, "namespace": "kube-system", "uid": name, "labels": labels, "ownerReferences": [owner()]}
    condition = {"type": "Ready", "status": str(ready is not None), "lastTransitionTime": ready or BEFORE}
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {**own, "creationTimestamp": BEFORE, **change},
        "spec": spec,
        "status": {"phase": phase, "conditions": [condition]},
    }


def snapshot(
    parent: Any, nodes: Sequence[Any] = (), pods: Sequence[Any] = (), history: Sequence[Any] = BOTH, **more: Any
) -> dict[str, Any]:
    observed = {"nodes": nodes, "pods": pods, "controllerrevisions": history}
    return {"controller": "daemonset", "now": NOW, "parent": parent, "observed": observed, **more}


def target(request: Mapping[str, Any]) -> str:
    """Return the name in *request*, or the node that a new pod is meant for."""
    if request["verb"] != "create" or request["resource"] != "pods":
        return str(request["name"])
    affinity = request["body"]["spec"]["affinity"]["nodeAffinity"]
    (term,) = affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]
    return str(term["matchFields"][0]["values"][0])


def does(*args: Any, **more: Any) -> list[str]:
    """Return what one sync does to pods and revisions: `verb name`, without the status."""
    return said(sync(snapshot(*args, **more)))


def said(result: Mapping[str, Any]) -> list[str]:
    return [f"{r['verb']} {target(r)}" for r in result["requests"] if r["subresource"] is None]


def reasons(result: Mapping[str, Any]) -> list[str]:
    return [event["reason"] for event in result["events"]]


def status_after(*args: Any, **more: Any) -> dict[str, Any]:
    """Return the status that one sync writes."""
    (body,) = [r["body"] for r in sync(snapshot(*args, **more))["requests"] if r["subresource"] == "status"]
    status: dict[str, Any] = body["status"]
    return status


def refusal(verb: str, resource: str, reason: str = "InternalError", **more: Any) -> dict[str, Any]:
    return {"verb": verb, "resource": resource, "reason": reason, **more}


NODES = [node("a"), node("b"), node("c")]


def three(at: str = NEW, **change: Any) -> list[dict[str, Any]]:
    """Return a pod on each of three nodes."""
    return [pod(f"pod-{name}", name, at, **change) for name in "abc"]


# --- which node gets a pod -----------------------------------------------------------------------------------------


def test_every_node_gets_a_pod() -> None:
    """A pod is made for each node that has none, in the order of their names."""
    assert ["create a", "create c"] == does(ds(), NODES, [pod("p", "b")])


def test_a_new_pod_is_pinned_tolerant_and_labelled() -> None:
    """It names its node, tolerates what daemons tolerate, and carries the revision and the template's generation."""
    affinity = pinned("elsewhere") | {"tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists"}]}
    parent = annotated(ds(pods=affinity), annotations={"deprecated.daemonset.template.generation": "7"})
    result = sync(snapshot(parent, [node("elsewhere")], history=[]))
    (made,) = [r["body"] for r in result["requests"] if r["resource"] == "pods"]

    labels = {**LABELS, "controller-revision-hash": digest("agent:2", **affinity), "pod-template-generation": "7"}
    assert labels == made["metadata"]["labels"]
    assert "agent-" == made["metadata"]["generateName"]
    assert pinned("elsewhere")["affinity"] == made["spec"]["affinity"]
    tolerated = [(t["key"], t.get("effect")) for t in made["spec"]["tolerations"]]
    assert ("node.kubernetes.io/not-ready", None) == tolerated[0]
    assert ("node.kubernetes.io/unschedulable", "NoSchedule") == tolerated[-1]
    assert 7 == len(tolerated)


def test_a_cordoned_node_gets_a_pod() -> None:
    """The taint of a cordoned node is tolerated; any other that keeps pods away is not."""
    nodes = [node("a", "node.kubernetes.io/unschedulable:NoSchedule"), node("b", "gpu:NoSchedule")]

    assert ["create a"] == does(ds(), nodes)
    anywhere = ds(pods={"tolerations": [{"operator": "Exists"}]})
    assert ["create a", "create b"] == [each for each in does(anywhere, nodes) if "agent" not in each]


def test_a_taint_without_execution_keeps_the_pod() -> None:
    """NoSchedule keeps pods away and lets those there stay, counted as misscheduled; NoExecute drives them away."""
    pods = [pod("p", "a"), pod("q", "b"), pod("r", "b", deletionTimestamp=JUST_NOW)]
    nodes = [node("a", "gpu:NoSchedule"), node("b", "gpu:NoExecute")]

    assert ["delete q"] == does(ds(), nodes, pods)
    assert 2 == status_after(ds(), nodes, pods)["numberMisscheduled"]


def test_pods_of_nodes_that_are_gone() -> None:
    """A pod that waits for a node that is gone is deleted, even if it is terminating already; a bound one is left."""
    waiting = [pod("p", "x", bound=False), pod("q", "y", bound=False, deletionTimestamp=BEFORE)]

    assert ["delete p", "delete q"] == does(ds(), [], [*waiting, pod("r", "x")])


def test_a_pod_without_a_node_is_left_alone() -> None:
    """A pod that is neither bound nor pinned takes part in nothing, but is claimed."""
    lost = pod("p", "a", ownerReferences=[])
    lost["spec"] = {}
    several = pod("q", "a", bound=False)
    terms = several["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    ((field,),) = (term["matchFields"] for term in terms["nodeSelectorTerms"])
    terms["nodeSelectorTerms"] = [{"matchFields": [{**field, "operator": "NotIn"}, {**field, "values": ["a", "b"]}]}]

    assert ["patch p", "create a"] == does(ds(), [node("a")], [lost, several])


def test_of_two_pods_the_senior_stays() -> None:
    """Bound before unbound, older before younger, then by name; terminating ones are not counted."""
    young = pod("b", "a", creationTimestamp=JUST_NOW)
    unbound = pod("a", "a", bound=False)
    going = pod("0", "a", deletionTimestamp=JUST_NOW)

    assert ["delete b", "delete a"] == does(ds(), [node("a")], [young, unbound, going, pod("c", "a")])


def test_a_pod_that_goes_holds_its_place() -> None:
    """Nothing is made beside a terminating pod that still runs; beside one that has ended it is."""
    going = pod("p", "a", deletionTimestamp=JUST_NOW)

    assert [] == does(ds(), [node("a")], [going])
    assert ["create a"] == does(ds(), [node("a")], [{**going, "status": {"phase": "Failed"}}])


def test_at_most_250_at_once() -> None:
    """One sync makes at most 250 pods and removes at most 250."""
    nodes = [node(f"n{number:03}") for number in range(260)] + [node(f"t{n:03}", "x:NoExecute") for n in range(260)]
    done = does(ds(), nodes, [pod(f"p{number:03}", f"t{number:03}") for number in range(260)])

    assert [f"create n{number:03}" for number in range(250)] + [f"delete p{number:03}" for number in range(250)] == done


# --- pods that ended -----------------------------------------------------------------------------------------------


def test_an_ended_pod_is_deleted_first_and_replaced_later() -> None:
    """A failed or succeeded pod is deleted and told of; its successor comes when it is gone."""
    result = sync(snapshot(ds(), NODES[:2], [pod("p", "a", phase="Failed"), pod("q", "b", phase="Succeeded")]))

    assert ["delete p", "delete q"] == said(result)
    assert {"FailedDaemonPod", "SucceededDaemonPod", "SuccessfulDelete"} == set(reasons(result))


def test_of_two_failed_pods_one_waits() -> None:
    """The second failed pod of a node is left alone until the back-off of the first is over."""
    result = sync(snapshot(ds(), [node("a")], [pod("q", "a", phase="Failed"), pod("p", "a", phase="Failed")]))

    assert ["delete p"] == said(result)
    assert 1.0 == result["requeueAfter"]


def failing(*times: float, memory: Any = None, generation: int = 3, where: str = "a") -> list[tuple[bool, float]]:
    """Let the only pod fail at each of *times*, in seconds; return whether it is deleted, and how long it waits."""
    parent = ds(status={"observedGeneration": generation})
    objects = [parent, node("a"), node("b"), pod("p", where, phase="Failed"), pod("z", "ab"[where == "a"]), *BOTH]
    store = Store.of(map(read, objects))
    seen = []
    for time in times:
        now = later(instant(NOW), time)
        actions = DAEMONSET.reconcile(read(parent), Observed(now, store, store, memory=memory))  # type: ignore[arg-type]
        memory = next((action.memory for action in actions if isinstance(action, Remember)), memory)
        wakes = [(a.at - now).total_seconds() for a in actions if isinstance(a, WakeAt) and a.at is not None]
        seen.append((any(isinstance(action, Delete) for action in actions), min(wakes, default=0.0)))
    return seen


def test_the_back_off_doubles() -> None:
    """A node whose pods fail waits 1, 2, 4 ... seconds from one deletion to the next; who asks early waits in full."""
    assert [(True, 0.0), (False, 1.0), (True, 0.0), (False, 2.0), (True, 0.0)] == failing(0, 0.9, 1, 2.9, 3)


def test_the_back_off_has_an_end() -> None:
    """After many failures it is 15 minutes, and it starts over half an hour after the last one."""
    times = [2.0**n - 1 for n in range(11)]
    end = times[-1]
    *_, early, late = failing(*times, end + 899, end + 900)
    assert ((False, 900.0), (True, 0.0)) == (early, late)

    *_, again, soon = failing(*times, end + 1800.5, end + 1801.4)
    assert ((True, 0.0), (False, 1.0)) == (again, soon)
    *_, last, still = failing(*times, end + 1800, end + 1801)
    assert ((True, 0.0), (False, 900.0)) == (last, still)


def test_the_back_off_can_be_lost() -> None:
    """What is remembered belongs to one node and one reported generation; without it a node starts afresh."""
    waits = freeze({"failedPods": {"d/3/a": {"seconds": 60, "since": NOW}}})

    assert [(False, 60.0)] == failing(1, memory=waits)
    assert [(True, 0.0)] == failing(1, memory=None)
    assert [(True, 0.0)] == failing(1, memory=waits, where="b")
    assert [(True, 0.0)] == failing(1, memory=waits, generation=2)


def test_old_waits_are_forgotten() -> None:
    """What is remembered does not grow: a wait of more than half an hour ago goes with the next failure."""
    waits = freeze({"failedPods": {"d/3/x": {"seconds": 60, "since": BEFORE}, "d/3/y": {"seconds": 60, "since": NOW}}})
    store = Store.of(map(read, [node("a"), pod("p", "a", phase="Failed"), ds(), *BOTH]))
    actions = DAEMONSET.reconcile(read(ds()), Observed(instant(NOW), store, store, memory=waits))  # type: ignore[arg-type]
    (kept,) = [action.memory for action in actions if isinstance(action, Remember)]

    first = {"seconds": 1.0, "since": "2026-01-01T01:00:00+00:00"}
    assert {"failedPods": {"d/3/a": first, "d/3/y": {"seconds": 60.0, "since": first["since"]}}} == kept


# --- rollout without surge -----------------------------------------------------------------------------------------


def test_a_rollout_takes_as_many_nodes_as_it_may() -> None:
    """Available old pods are deleted up to maxUnavailable, the first nodes by name first."""
    assert ["delete pod-a"] == does(ds(), NODES, three(OLD))
    assert ["delete pod-a", "delete pod-b"] == does(ds(updateStrategy=rolling(2)), NODES, three(OLD))


def test_a_percentage_rounds_up() -> None:
    """34 % of three nodes are two, unlike for a Deployment."""
    assert ["delete pod-a", "delete pod-b"] == does(ds(updateStrategy=rolling("34%")), NODES, three(OLD))


def test_both_limits_0_let_one_node_go() -> None:
    """A rollout that may do nothing does the least."""
    assert ["delete pod-a"] == does(ds(updateStrategy=rolling(0)), NODES, three(OLD))
    assert ["delete pod-a"] == does(ds(updateStrategy=rolling("0%", "0%")), NODES, three(OLD))
    assert ["delete pod-a"] == does(ds(updateStrategy={"type": "RollingUpdate"}), NODES, three(OLD))


def test_the_order_of_nodes_is_a_choice() -> None:
    """Which node comes first follows from the order of the view; how many are taken does not."""
    store = Store.of(map(read, [ds(updateStrategy=rolling(2)), *NODES, *three(OLD), *BOTH]))
    taken = set()
    for order in (alphabetical, *map(scrambled, range(8))):
        parent = store.get("DaemonSet", "kube-system", "agent")
        actions = DAEMONSET.reconcile(parent, Observed(instant(NOW), store, store, hashed=order))  # type: ignore[arg-type]
        gone = [action.name for action in actions if isinstance(action, Delete)]
        assert sorted(gone, key=lambda name: order(name.removeprefix("pod-"))) == gone
        assert 2 == len(gone)
        taken.add(tuple(gone))

    assert ("pod-a", "pod-b") in taken
    assert len(taken) > 2


@pytest.mark.parametrize(
    "gap",
    [
        pytest.param([], id="an empty node"),
        pytest.param([pod("c", "c", deletionTimestamp=JUST_NOW)], id="a node whose pod goes"),
        pytest.param([pod("c", "c", ready=None)], id="a node whose new pod is not ready"),
        pytest.param([pod("c", "c", ready=JUST_NOW)], id="a node whose new pod is ready but not for long enough"),
    ],
)
def test_a_node_without_an_available_pod_uses_the_budget_up(gap: list[Any]) -> None:
    """Nothing available goes while as many nodes are without an available pod as may be."""
    pods = [pod("a", "a", OLD), pod("b", "b", OLD), *gap]
    done = does(ds(minReadySeconds=10), [*NODES, node("d", "x:NoSchedule")], pods)

    assert [] == [each for each in done if each.startswith("delete")]


def test_broken_old_pods_go_outside_of_the_budget() -> None:
    """Old pods that are not available are all replaced at once, whatever maxUnavailable says."""
    pods = [pod("a", "a", OLD, ready=None), pod("b", "b", OLD, ready=JUST_NOW), pod("c", "c", OLD)]

    assert ["delete a", "delete b"] == does(ds(minReadySeconds=10), NODES, pods)


def test_availability_ripens() -> None:
    """With minReadySeconds a new pod does not count as available until the time has passed, to the second."""
    pods = [pod("a", "a", ready=JUST_NOW), pod("b", "b", OLD), pod("c", "c", OLD)]

    assert [] == does(ds(minReadySeconds=4), NODES, pods)
    assert ["delete b"] == does(ds(minReadySeconds=3), NODES, pods)


def test_manage_postpones_the_rollout() -> None:
    """A sync that made or removed any pod rolls nothing out."""
    assert ["create c"] == does(ds(updateStrategy=rolling(3)), NODES, three(OLD)[:2])


def test_surplus_pods_count_as_unavailable() -> None:
    """A node with two old pods that nobody can remove yet is being worked on."""
    late = [pod("c2", "c", OLD, phase="Failed"), pod("c3", "c", OLD)]
    waits = {"failedPods": {"d/3/c": {"seconds": 60, "since": NOW}}}
    seen = snapshot(ds(), NODES, [*three(OLD)[:2], *late], memory=waits)

    assert [] == said(sync(seen))


def test_an_old_pod_on_an_unwanted_node_goes_as_well() -> None:
    """Without surge a rollout deletes old pods also where none should be; they do not come back."""
    nodes = [node("a", "x:NoSchedule"), node("b")]

    assert ["delete a"] == does(ds(), nodes, [pod("a", "a", OLD), pod("b", "b")])


def test_the_generation_makes_a_pod_up_to_date() -> None:
    """A pod with another hash but the template's generation is not replaced; a malformed annotation says nothing."""
    parent = annotated(ds(), annotations={"deprecated.daemonset.template.generation": "2"})
    old = pod("p", "a", OLD, labels={**LABELS, "pod-template-generation": "2", "controller-revision-hash": OLD})
    bad = annotated(ds(), annotations={"deprecated.daemonset.template.generation": "two"})

    assert [] == does(parent, NODES[:1], [old])
    assert 1 == status_after(parent, NODES[:1], [old])["updatedNumberScheduled"]
    assert ["delete p"] == does(bad, NODES[:1], [old])


def test_on_delete_waits_for_the_user() -> None:
    """With OnDelete old pods stay, and nothing surges."""
    assert [] == does(ds(updateStrategy=ON_DELETE), NODES, three(OLD))
    assert [] == does(ds(updateStrategy={**rolling(0, 1), **ON_DELETE}), NODES, three(OLD))


def test_a_limit_that_is_no_number_is_an_error() -> None:
    """The rollout cannot go on; the status is written all the same."""
    for strategy in (rolling("many"), rolling(0, "many")):
        result = sync(snapshot(ds(updateStrategy=strategy), NODES, three(OLD)))
        assert (True, []) == (result["error"], said(result))
        assert "status" in [r["subresource"] for r in result["requests"]]


# --- rollout with surge --------------------------------------------------------------------------------------------


def surging(limit: int | str = 1, **spec: Any) -> dict[str, Any]:
    return ds(updateStrategy=rolling(0, limit), **spec)


def test_with_surge_the_new_pod_comes_first() -> None:
    """A new pod is made beside the old one, on as many nodes as may surge."""
    assert ["create a"] == does(surging(), NODES, three(OLD))
    assert ["create a", "create b"] == does(surging("34%"), NODES, three(OLD))
    assert [] == does(surging(), NODES, [*three(OLD), pod("new", "a", ready=None)])
    assert ["create b"] == does(surging(2), NODES, [*three(OLD), pod("new", "a", ready=None)])


def test_with_surge_the_old_pod_goes_when_the_new_one_is_available() -> None:
    """Until then both stay; an old pod that is not ready goes at once."""
    pods = [*three(OLD), pod("new", "a", ready=JUST_NOW)]
    broken = [pod("pod-a", "a", OLD, ready=None), *three(OLD)[1:], pod("new", "a", ready=None)]

    assert ["delete pod-a"] == does(surging(), NODES, pods)
    assert [] == does(surging(minReadySeconds=10), NODES, pods)
    assert ["delete pod-a"] == does(surging(), NODES, broken)


def test_with_surge_broken_nodes_come_first_and_are_not_counted() -> None:
    """An old pod that is not available gets a successor at once, on top of those that maxSurge allows."""
    pods = [pod("pod-a", "a", OLD), pod("pod-b", "b", OLD, ready=None), pod("pod-c", "c", OLD, ready=JUST_NOW)]

    assert ["create b", "create c", "create a"] == does(surging(minReadySeconds=10), NODES, pods)


def test_with_surge_a_place_is_not_held() -> None:
    """A pod that goes, or that ended, does not keep the next one from coming."""
    going = pod("p", "a", deletionTimestamp=JUST_NOW)
    failed = pod("q", "b", phase="Failed")

    assert ["create a", "create b", "delete q"] == does(surging(), NODES[:2], [going, failed])
    assert [] == does(surging(), [node("a", "x:NoSchedule")], [going])


def test_with_surge_of_many_pods_two_stay() -> None:
    """The senior pod of the wanted revision and the senior one of any other stay, by the hash alone."""
    pods = [pod("n1", "a", ready=None), pod("n2", "a", ready=None), pod("o1", "a", OLD), pod("o2", "a", "other")]

    assert ["delete n2", "delete o2"] == does(surging(), NODES[:1], pods)


def test_with_surge_the_generation_decides_nothing_in_the_first_step() -> None:
    """Two pods that are up to date, one by hash and one by generation: the first step keeps the one with the hash."""
    parent = annotated(surging(), annotations={"deprecated.daemonset.template.generation": "2"})
    labels = {**LABELS, "pod-template-generation": "2", "controller-revision-hash": OLD}

    assert ["delete o"] == does(parent, NODES[:1], [pod("n", "a"), pod("o", "a", labels=labels)])


def test_with_surge_excess_counts_as_surging() -> None:
    """A node with two pods of one kind that the first step leaves alone is being worked on."""
    labels = {**LABELS, "pod-template-generation": "2", "controller-revision-hash": OLD}
    parent = annotated(surging(), annotations={"deprecated.daemonset.template.generation": "2"})
    pods = [pod("n", "a", ready=None), pod("o", "a", labels=labels), pod("p", "b", "other")]

    assert [] == does(parent, NODES[:2], pods)
    assert ["create b"] == does(annotated(parent, annotations={}), NODES[:2], [pod("n", "a"), *pods[2:]])


def test_with_surge_unwanted_nodes_give_up_what_is_to_spare() -> None:
    """On a node that should have none an old pod goes if it is broken, or if enough others are available."""
    nodes = [node("a", "x:NoSchedule"), node("b", "x:NoSchedule"), node("c"), node("d")]
    olds = [pod("a", "a", OLD), pod("b", "b", OLD)]

    assert ["delete a"] == does(surging(), nodes, [*olds, pod("c", "c"), pod("d", "d", ready=None)])
    assert ["delete a", "delete b"] == does(surging(), nodes, [*olds, pod("c", "c"), pod("d", "d")])
    broken = [pod("a", "a", OLD, ready=None), pod("b", "b", OLD)]
    assert ["delete a"] == does(surging(), nodes, [*broken, pod("c", "c", ready=None), pod("d", "d")])


def test_with_surge_the_old_pod_goes_by_generation_too() -> None:
    """A pair that the first step does not see (the label of the hash is the same) is resolved by the second."""
    parent = annotated(surging(), annotations={"deprecated.daemonset.template.generation": "2"})
    label = {**LABELS, "pod-template-generation": "2", "controller-revision-hash": OLD}
    failed = pod("o", "a", OLD, phase="Failed")
    waits = {"failedPods": {"d/3/a": {"seconds": 60, "since": NOW}}}
    result = sync(snapshot(parent, NODES[:1], [pod("n", "a", labels=label), failed], memory=waits))

    assert ["delete o"] == said(result)


def test_with_surge_a_node_that_is_gone_is_an_error() -> None:
    """An old pod whose node is gone stops the rollout until it is gone too; nothing is requested."""
    result = sync(snapshot(surging(), NODES[:1], [pod("a", "a", OLD), pod("x", "x", OLD)]))

    assert (True, []) == (result["error"], said(result))


# --- history -------------------------------------------------------------------------------------------------------


def test_a_new_template_is_a_new_revision() -> None:
    """It is named after the hash of the template, carries it as a label, and gets the next number."""
    result = sync(snapshot(annotated(ds("agent:3"), annotations={"a": "b"}), NODES, three()))
    made = result["requests"][0]

    assert ("create", f"agent-{digest('agent:3')}", 3) == (made["verb"], made["name"], made["body"]["revision"])
    meta = made["body"]["metadata"]
    assert {**LABELS, "controller-revision-hash": digest("agent:3")} == meta["labels"]
    assert {"a": "b"} == meta["annotations"]


def test_rolling_back_renumbers() -> None:
    """The template of an old revision makes that revision the newest again; pods of it are up to date at once."""
    result = sync(snapshot(ds("agent:1"), NODES, three(OLD)))
    (renumbered,) = [r for r in result["requests"] if r["resource"] == "controllerrevisions"]

    assert (f"agent-{OLD}", 3) == (renumbered["name"], renumbered["body"]["revision"])
    assert [f"update agent-{OLD}"] == said(result)


def test_a_number_never_falls() -> None:
    """The newest revision keeps its number, however high it is."""
    assert [] == does(ds(), NODES, three(), history=[revision("agent:1", 1), revision("agent:2", 9)])


def test_a_revision_without_its_label_gets_its_name() -> None:
    """Pods of it do not carry that name, so they are replaced."""
    bare = revision("agent:2", 2, labels=LABELS)
    first, *rest = sync(snapshot(ds(), NODES, three(), history=[BOTH[0], bare]))["requests"]

    assert f"agent-{NEW}" == first["body"]["metadata"]["labels"]["controller-revision-hash"]
    assert ["pod-a"] == [r["name"] for r in rest if r["verb"] == "delete"]


def test_revisions_are_claimed() -> None:
    """Orphans that are selected are adopted, but not those that go; what is no longer selected is released."""
    orphan = revision("agent:2", 2, ownerReferences=[])
    going = revision("agent:3", 3, ownerReferences=[], deletionTimestamp=BEFORE)
    stray = revision("agent:1", 1, labels={"controller-revision-hash": OLD})
    elsewhere = revision("agent:5", 5, namespace="default")
    result = sync(snapshot(ds(), NODES, three(), history=[orphan, going, stray, elsewhere]))
    patched = {r["name"]: r["body"]["metadata"]["ownerReferences"] for r in result["requests"] if r["verb"] == "patch"}

    released = [{"$patch": "delete", "uid": "d"}]
    assert {f"agent-{NEW}": [owner()], f"agent-{OLD}": released} == patched


def test_a_taken_name_costs_a_sync() -> None:
    """Another template has the name: the collision is counted, and the sync ends with an error."""
    squatter = {**revision("agent:9", 1, name=f"agent-{NEW}", ownerReferences=[], labels={})}
    result = sync(snapshot(ds(), NODES, history=[squatter]))

    assert [f"create agent-{NEW}"] == said(result)
    assert (True, 1) == (result["error"], result["requests"][-1]["body"]["status"]["collisionCount"])
    counted = ds(status={"collisionCount": 1})
    assert f"create agent-{digest('agent:2', 1)}" == does(counted, NODES, history=[squatter])[0]


def test_a_taken_name_that_holds_the_template_is_used() -> None:
    """Whoever owns it; its label, or the lack of one, decides which pods are up to date."""
    stranger = revision("agent:2", 1, ownerReferences=[owner(uid="other", name="other")], labels={})
    result = sync(snapshot(ds(updateStrategy=ON_DELETE), NODES[:1], history=[stranger]))
    (made,) = [r["body"] for r in result["requests"] if r["resource"] == "pods"]

    assert not result["error"]
    assert LABELS == made["metadata"]["labels"]
    assert "updatedNumberScheduled" not in status_after(ds(), NODES[:1], [pod("p", "a", "")], history=[stranger])


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param({"reject": [refusal("get", "controllerrevisions")]}, id="the other one cannot be read"),
        pytest.param({"reject": [refusal("get", "daemonsets")]}, id="the DaemonSet cannot be read"),
        pytest.param({"liveParent": ds(status={"collisionCount": 4})}, id="the count is out of date"),
        pytest.param(
            {"reject": [refusal("update", "daemonsets", subresource="status")]}, id="the count cannot be written"
        ),
    ],
)
def test_trouble_with_a_taken_name_ends_the_sync(trouble: dict[str, Any]) -> None:
    """Without the wanted revision nothing goes on, not even the status."""
    squatter = revision("agent:9", 1, name=f"agent-{NEW}", ownerReferences=[], labels={})
    result = sync(snapshot(ds(), NODES, history=[squatter], **trouble))

    assert result["error"]
    assert [f"create agent-{NEW}"] == said(result)
    written = [r["body"]["status"].get("collisionCount") for r in result["requests"] if r["subresource"] == "status"]
    assert written in ([], [1])


def test_duplicates_are_merged() -> None:
    """Of revisions that hold the same, the newest stays, the last of equals; all pods get its label, others go."""
    twins = [revision("agent:2", 2, name=name, uid=name) for name in ("agent-x", "agent-y")]
    for twin in twins:
        twin["metadata"]["labels"] = {**LABELS, "controller-revision-hash": twin["metadata"]["name"]}
    lost = {**pod("lost", "a", "agent-x"), "spec": {}}
    pods = [pod("a", "a", OLD), pod("b", "b", "agent-y"), lost]
    done = does(ds(), NODES[:2], pods, history=[*twins, revision("agent:2", 1)])

    # The snapshot stays as it is, so pod a is still replaced as an old one.
    assert ["patch a", "patch lost", f"delete agent-{NEW}", "delete agent-x", "delete a"] == done


@pytest.mark.parametrize(
    "reject",
    [
        refusal("patch", "pods", name="orphan"),
        refusal("patch", "pods", name="a"),
        refusal("delete", "controllerrevisions"),
    ],
)
def test_trouble_with_merging_ends_the_sync(reject: dict[str, Any]) -> None:
    """Pods that cannot be claimed or relabelled, or a revision that cannot be deleted: nothing else is done."""
    twins = [revision("agent:2", 2), revision("agent:2", 1, name="agent-x")]
    orphan = pod("orphan", "b", ownerReferences=[])
    result = sync(snapshot(ds(), NODES, [pod("a", "a", OLD), orphan], history=twins, reject=[reject]))

    assert result["error"]
    assert [] == [r for r in result["requests"] if r["verb"] == "create" or r["subresource"] == "status"]


@pytest.mark.parametrize(
    ("parent", "history", "reject"),
    [
        (ds("agent:3"), BOTH, refusal("create", "controllerrevisions")),
        (ds("agent:1"), BOTH, refusal("update", "controllerrevisions")),
        (ds(), [revision("agent:2", 2, labels=LABELS)], refusal("update", "controllerrevisions")),
        (ds(), [revision("agent:2", 2, ownerReferences=[])], refusal("patch", "controllerrevisions")),
    ],
    ids=["a new one is refused", "renumbering is refused", "the label is refused", "adoption is refused"],
)
def test_trouble_with_the_history_ends_the_sync(parent: Any, history: Any, reject: Any) -> None:
    """One request, its refusal, and an error; the status is not written."""
    result = sync(snapshot(parent, NODES, history=history, reject=[reject]))

    assert (True, 1) == (result["error"], len(result["requests"]))


def test_history_is_cut() -> None:
    """Beyond the limit the oldest go; what a pod on a node was made from stays, and counts."""
    history = [revision(f"agent:{number}", number) for number in range(1, 7)]
    going = pod("b", "b", digest("agent:2"), phase="Failed", deletionTimestamp=BEFORE)
    waiting = pod("c", "c", digest("agent:3"), bound=False)
    lost = {**pod("d", "d", digest("agent:4")), "spec": {}}
    parent = ds("agent:6", updateStrategy=ON_DELETE, revisionHistoryLimit=3)
    done = does(parent, NODES[:1], [pod("a", "a", OLD), going, waiting, lost], history=history)

    gone = [digest("agent:4"), digest("agent:5")]
    assert ["delete c"] == [each for each in done if "agent" not in each]
    assert [f"delete agent-{gone[0]}", f"delete agent-{gone[1]}"] == [each for each in done if "agent" in each]


def test_an_adopted_pod_keeps_its_revision() -> None:
    """A pod that was adopted in this very sync counts for the history."""
    parent = ds(updateStrategy=ON_DELETE, revisionHistoryLimit=0)

    assert ["patch a"] == does(parent, NODES[:1], [pod("a", "a", OLD, ownerReferences=[])])
    assert [f"delete agent-{OLD}"] == does(parent, NODES[:1], [pod("a", "a")])


def test_a_refused_cut_is_an_error() -> None:
    """The status is written all the same."""
    reject = [refusal("delete", "controllerrevisions")]
    result = sync(snapshot(ds(revisionHistoryLimit=0), NODES, three(), reject=reject))

    assert (True, "status") == (result["error"], result["requests"][-1]["subresource"])


# --- adoption ------------------------------------------------------------------------------------------------------


def test_pods_are_claimed() -> None:
    """An orphan that is selected is adopted, unless it goes; a pod that is no longer selected is released."""
    orphan = pod("orphan", "a", ownerReferences=[])
    going = pod("going", "b", ownerReferences=[], deletionTimestamp=BEFORE)
    stray = pod("stray", "c", labels={"controller-revision-hash": NEW})
    foreign = pod("foreign", "b", ownerReferences=[owner(name="other")])
    result = sync(snapshot(ds(), NODES, [orphan, going, stray, foreign]))

    assert ["patch stray", "patch orphan", "create b", "create c"] == said(result)


def test_who_cannot_claim_reports_nothing() -> None:
    """A refused claim is tried again where the status is counted; if that is refused too, none is written."""
    pods = [pod("p", "a", ownerReferences=[])]
    often = sync(snapshot(ds(), NODES, pods, reject=[refusal("patch", "pods")]))
    once = sync(snapshot(ds(), NODES, pods, reject=[refusal("patch", "pods", count=1)]))

    assert (True, ["patch p", "patch p"]) == (often["error"], said(often))
    assert [None, None] == [r["subresource"] for r in often["requests"]]
    assert (True, ["patch p", "patch p"]) == (once["error"], said(once))
    assert 1 == once["requests"][-1]["body"]["status"]["currentNumberScheduled"]


@pytest.mark.parametrize("live", [None, annotated(ds(), uid="other"), annotated(ds(), deletionTimestamp=BEFORE)])
def test_a_daemonset_that_is_gone_adopts_nothing(live: Any) -> None:
    """Before adopting, the DaemonSet is read anew: gone, replaced or on its way out, it adopts nothing."""
    result = sync(snapshot(ds(), NODES, [pod("p", "a", ownerReferences=[])], liveParent=live))

    assert (True, []) == (result["error"], said(result))


# --- the status ----------------------------------------------------------------------------------------------------


def test_the_status_counts_nodes() -> None:
    """It tells of what was there when the sync began, and leaves out what is zero, as the API does."""
    nodes = [*NODES, node("d"), node("e", "x:NoSchedule")]
    pods = [pod("a", "a"), pod("b", "b", OLD, ready=None), pod("c", "c", ready=JUST_NOW), pod("e", "e"), pod("x", "x")]
    condition = {"type": "Odd", "status": "True", "lastTransitionTime": BEFORE}
    parent = ds(minReadySeconds=10, status={"observedGeneration": 2, "collisionCount": 2, "conditions": [condition]})

    assert {
        "observedGeneration": 3,
        "desiredNumberScheduled": 4,
        "currentNumberScheduled": 3,
        "numberMisscheduled": 1,
        "numberReady": 2,
        "numberAvailable": 1,
        "numberUnavailable": 3,
        "updatedNumberScheduled": 2,
        "collisionCount": 2,
        "conditions": [condition],
    } == status_after(parent, nodes, pods)
    empty = {"observedGeneration": 3, "currentNumberScheduled": 0, "numberMisscheduled": 0}
    assert {**empty, "desiredNumberScheduled": 0, "numberReady": 0} == status_after(
        ds(status={"observedGeneration": 0}), []
    )


def test_the_status_tells_of_the_senior_pod() -> None:
    """Of several pods on a node the senior one is counted, even if it is on its way out."""
    status = status_after(ds(), NODES[:1], [pod("a", "a", OLD, deletionTimestamp=JUST_NOW), pod("b", "a", ready=None)])

    assert (1, None) == (status["numberReady"], status.get("updatedNumberScheduled"))


GOOD = {
    "desiredNumberScheduled": 3,
    "currentNumberScheduled": 3,
    "numberReady": 3,
    "numberAvailable": 3,
    "updatedNumberScheduled": 3,
    "numberMisscheduled": 0,
}


def test_nothing_new_is_nothing_written() -> None:
    """A status that is right and up to date is left alone; a generation that was not reported is."""
    assert [] == sync(snapshot(ds(status=GOOD), NODES, three()))["requests"]
    assert 3 == status_after(ds(status={**GOOD, "observedGeneration": 2}), NODES, three())["observedGeneration"]


def test_a_ready_pod_is_looked_at_again() -> None:
    """While a ready pod is not available yet, the sync comes back after minReadySeconds in full."""
    parent = ds(minReadySeconds=10)

    assert 10.0 == sync(snapshot(parent, NODES, three(ready=JUST_NOW)))["requeueAfter"]
    assert sync(snapshot(parent, NODES, three()))["requeueAfter"] is None


def test_a_pair_is_looked_at_again() -> None:
    """Where the status tells of the old pod only, a wake-up of its own comes when the new one is available."""
    parent = surging(minReadySeconds=10)
    pods = [pod("old", "a", OLD), pod("new", "a", ready=JUST_NOW), pod("odd", "b", ready="2026-01-01T00:59:59Z")]
    pods[2]["status"]["conditions"][0]["lastTransitionTime"] = None
    store = Store.of(map(read, [parent, *NODES[:2], *pods, *BOTH]))
    actions = DAEMONSET.reconcile(read(parent), Observed(instant(NOW), store, store))  # type: ignore[arg-type]
    (wake,) = [action for action in actions if isinstance(action, WakeAt) and action.watched]

    assert later(instant(JUST_NOW), 11) == wake.at


def test_the_status_is_written_on_a_fresh_copy_after_a_conflict() -> None:
    """A refused status goes once more on top of what is there now, with the generation that the sync saw."""
    live = annotated(ds(status={"observedGeneration": 1, "collisionCount": 5}), resourceVersion="8", generation=9)
    result = sync(snapshot(ds(status={"observedGeneration": 2}), NODES, three(), liveParent=live), conflicts=True)
    first, second = (r["body"] for r in result["requests"])

    assert ("7", "8") == (first["metadata"]["resourceVersion"], second["metadata"]["resourceVersion"])
    assert (3, 5) == (second["status"]["observedGeneration"], second["status"]["collisionCount"])
    assert not result["error"]


@pytest.mark.parametrize(
    ("reject", "tries"),
    [
        ([refusal("update", "daemonsets", subresource="status")], 2),
        ([refusal("update", "daemonsets", subresource="status"), refusal("get", "daemonsets")], 1),
    ],
)
def test_a_status_that_stays_refused_is_an_error(reject: list[Any], tries: int) -> None:
    """Two tries, or one if the DaemonSet cannot be read; and nobody asks to look at ready pods again."""
    result = sync(snapshot(ds(minReadySeconds=10), NODES, three(ready=JUST_NOW), reject=reject))

    assert (True, tries, None) == (result["error"], len(result["requests"]), result["requeueAfter"])


# --- a server that says no -----------------------------------------------------------------------------------------


def test_a_failed_batch_is_the_last_one() -> None:
    """Pods are made 1, 2, 4 ... at a time; after a failure no more, but what has to go still goes."""
    nodes = [*NODES, node("d"), node("e"), node("t", "x:NoExecute")]
    reject = [refusal("create", "pods", after=1, count=1)]
    result = sync(snapshot(ds(), nodes, [pod("p", "t")], reject=reject))

    assert ["create a", "create b", "create c", "delete p"] == said(result)
    assert ["SuccessfulCreate", "FailedCreate", "SuccessfulCreate", "SuccessfulDelete"] == reasons(result)
    assert (True, "status") == (result["error"], result["requests"][-1]["subresource"])


def test_a_failed_deletion_is_told() -> None:
    """The others go; the rollout and the history wait for a sync without trouble."""
    reject = [refusal("delete", "pods", name="p")]
    nodes = [node("a"), node("t", "x:NoExecute"), node("u", "x:NoExecute")]
    pods = [pod("o", "a", OLD), pod("p", "t"), pod("q", "u")]
    result = sync(snapshot(ds(revisionHistoryLimit=0), nodes, pods, reject=reject))

    assert ["delete p", "delete q"] == said(result)
    assert (True, ["FailedDelete", "SuccessfulDelete"]) == (result["error"], reasons(result))


def test_a_pod_that_is_gone_is_no_failure() -> None:
    """Nobody is told, and because nothing was done the rollout goes on."""
    reject = [refusal("delete", "pods", "NotFound", name="p")]
    result = sync(
        snapshot(ds(), [node("a"), node("t", "x:NoExecute")], [pod("o", "a", OLD), pod("p", "t")], reject=reject)
    )

    assert ["delete p", "delete o"] == said(result)
    assert (False, ["SuccessfulDelete"]) == (result["error"], reasons(result))


def test_a_namespace_that_goes_is_no_failure() -> None:
    """Nobody is told of pods that cannot be made in it, and the rollout waits for them all the same."""
    reject = [refusal("create", "pods", "NamespaceTerminating")]
    result = sync(snapshot(ds(), NODES[:2], [pod("o", "a", OLD)], reject=reject))

    assert ["create b"] == said(result)
    assert (False, []) == (result["error"], reasons(result))


def test_a_refused_rollout_is_an_error() -> None:
    """The history is not cut then, and the status is written."""
    reject = [refusal("delete", "pods")]
    result = sync(snapshot(ds(revisionHistoryLimit=0), NODES[:1], [pod("o", "a", OLD)], reject=reject))

    assert ["delete o"] == said(result)
    assert (True, "status") == (result["error"], result["requests"][-1]["subresource"])


def test_a_controller_that_does_not_see_its_writes_reports_only() -> None:
    """Numbers are told, the generation is not; no pod is made or removed."""
    parent = ds(status={"observedGeneration": 2})
    store = Store.of(map(read, [parent, *NODES, *three(OLD)[:2], *BOTH]))
    seen = Observed(instant(NOW), store, store, settled=False)  # type: ignore[arg-type]
    (told,) = DAEMONSET.reconcile(read(parent), seen)

    assert isinstance(told, UpdateStatus)
    assert (2, 3) == (told.object.status["observedGeneration"], told.object.status["desiredNumberScheduled"])


# --- what is left alone --------------------------------------------------------------------------------------------


def test_a_selector_that_takes_everything_is_told_of() -> None:
    """Nothing else is done, not even while it is being deleted."""
    result = sync(snapshot(annotated(ds(selector={}), deletionTimestamp=BEFORE), NODES))

    assert ([], ["SelectingAll"], False) == (result["requests"], reasons(result), result["error"])


def test_a_selector_that_cannot_be_read_is_an_error() -> None:
    """Nothing is done."""
    result = sync(snapshot(ds(selector={"matchExpressions": [{"key": "a", "operator": "Odd"}]}), NODES))

    assert ([], True) == (result["requests"], result["error"])


def test_no_selector_takes_nothing() -> None:
    """Its own pods are released, and new ones come."""
    assert ["patch p", "create a"] == [
        each for each in does(ds(selector=None), NODES[:1], [pod("p", "a")], history=[]) if "agent" not in each
    ]


def test_a_daemonset_that_is_deleted_does_nothing() -> None:
    """No adoption, no revision, no status."""
    result = sync(snapshot(annotated(ds("agent:3"), deletionTimestamp=BEFORE), NODES, history=[]))

    assert ([], [], False) == (result["requests"], result["events"], result["error"])


# --- what wakes it -------------------------------------------------------------------------------------------------


def woken(old: Any, new: Any, pods: Sequence[Any] = (), **more: Any) -> list[Any]:
    """Return whom the change of a node from *old* to *new* wakes."""
    parent = ds(**more)
    store = Store.of(map(read, [parent, *([new] if new else []), *pods]))
    (watch,) = [watch for watch in DAEMONSET.watches if watch.kind == "Node"]
    return list(watch.keys((old and read(old), new and read(new)), store))


AGENT = [("kube-system", "agent")]


def test_a_node_wakes_whom_it_concerns() -> None:
    """A node that lacks a pod, or must lose one, wakes the DaemonSet; one that is as it should be does not."""
    here = [pod("p", "a")]
    plain, marked, tainted = node("a"), node("a", labels={"x": "y"}), node("a", "x:NoExecute")

    assert AGENT == woken(None, plain)
    assert [] == woken(None, plain, here)
    assert [] == woken(None, tainted)
    assert [] == woken(plain, plain)
    assert AGENT == woken(plain, marked)
    assert [] == woken(plain, marked, here)
    assert AGENT == woken(plain, tainted, here)


def test_a_node_that_goes_wakes_nobody() -> None:
    """As upstream: the status tells of it when the next sync is due for another reason."""
    assert [] == woken(node("a"), None, [pod("p", "a")])


def test_a_misplaced_pod_may_come_to_its_place() -> None:
    """While pods are misscheduled any change of their node wakes the DaemonSet (kubernetes#132477)."""
    shut, here = node("a", "x:NoSchedule"), [pod("p", "a")]

    assert [] == woken(node("a"), shut, here)
    assert AGENT == woken(shut, node("a"), here, status={"numberMisscheduled": 1})
    assert [] == woken(shut, node("a"), here)


# --- words ---------------------------------------------------------------------------------------------------------


def whys(parent: Any, nodes: Sequence[Any], pods: Sequence[Any]) -> list[str]:
    store = Store.of(map(read, [parent, *nodes, *pods, *BOTH]))
    actions = DAEMONSET.reconcile(read(parent), Observed(instant(NOW), store, store))  # type: ignore[arg-type]
    return [action.why for action in actions if isinstance(action, Create | Delete)]


def test_every_step_says_why() -> None:
    """The reasons name nodes, pods and limits."""
    old = "it is of an old revision; 0 of 3 nodes are without an available pod, 1 may be"
    assert ["a should have a pod"] == whys(ds(), NODES[:1], [])
    assert [old] == whys(ds(), NODES, three(OLD))
    assert ["a must not run a pod"] == whys(ds(), [node("a", "x:NoExecute")], [pod("p", "a")])
    assert ["p has ended (Failed)"] == whys(ds(), NODES[:1], [pod("p", "a", phase="Failed")])
    assert ["a has a pod of an old revision"] == whys(surging(), NODES[:1], [pod("p", "a", OLD)])
    assert ["p waits for x, which is gone"] == whys(ds(), [], [pod("p", "x", bound=False)])


def test_events_name_pods() -> None:
    """Who reads the events finds the pods that they are about."""
    store = Store.of(map(read, [ds(), *NODES[:2], pod("p", "a", phase="Failed"), *BOTH]))
    actions = DAEMONSET.reconcile(read(ds()), Observed(instant(NOW), store, store))  # type: ignore[arg-type]
    told = [action.why for action in actions if isinstance(action, Event)]

    assert ["Found failed daemon pod p on a; deleting it", "Created pod: agent-*", "Deleted pod: p"] == told


def test_a_lost_revision_is_made_anew() -> None:
    """The DaemonSet is told when its revision is deleted, and notes it once more."""
    head = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}}
    spec = {"selector": {"matchLabels": LABELS}, "template": template("agent:1")}
    cluster = Cluster.new(nodes=1).apply([{**head, "spec": spec}]).settle()
    (before,) = cluster.all("ControllerRevision")

    (after,) = cluster.delete("ControllerRevision", before.name).settle().all("ControllerRevision")

    assert (before.name, before.raw["data"]) == (after.name, after.raw["data"])
    assert before.uid != after.uid

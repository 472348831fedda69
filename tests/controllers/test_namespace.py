"""Namespaces that are deleted: emptied, pods first, and gone when nothing is left."""

from typing import Any, Final

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from reconcile.actions import Delete, Update, UpdateStatus, WakeAt
from reconcile.cluster import Cluster
from reconcile.controllers.namespace import NAMESPACE, reconcile
from reconcile.engine import faults
from reconcile.engine.queue import Slot
from reconcile.engine.run import shuffled
from reconcile.engine.step import sync
from reconcile.engine.world import Row
from reconcile.model.clock import Instant, instant, stamp
from reconcile.model.condition import find
from reconcile.model.json import freeze
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.nodes.behaviour import Behaviour
from reconcile.outcome import Applied, Outcome, Reason, Rejected
from reconcile.store.store import Store
from reconcile.testing.invariants.namespaces import namespace_goes_empty, terminating_takes_nothing_new
from reconcile.testing.stage import Stage
from reconcile.view import Observed

TEAM: Final = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}
TEMPLATE: Final[dict[str, Any]] = {
    "metadata": {"labels": {"a": "b"}},
    "spec": {"containers": [{"name": "c", "image": "app"}]},
}
HOLD: Final = {"metadata": {"finalizers": ["example.com/hold"]}}
FREE: Final = {"metadata": {"finalizers": None}}


def thing(kind: str, version: str, spec: dict[str, Any], name: str = "web") -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "team"}, "spec": spec}


SCALED: Final = {"replicas": 2, "selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE}
POD: Final = thing("Pod", "v1", TEMPLATE["spec"])
DEPLOYMENT: Final = thing("Deployment", "apps/v1", SCALED)
CLAIM: Final = thing(
    "PersistentVolumeClaim", "v1", {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
)
CONTENTS: Final = (
    DEPLOYMENT,
    thing("StatefulSet", "apps/v1", {**SCALED, "serviceName": "web"}),
    thing("DaemonSet", "apps/v1", {"selector": SCALED["selector"], "template": TEMPLATE}),
    thing("Job", "batch/v1", {"template": {"spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}}),
    thing(
        "CronJob",
        "batch/v1",
        {
            "schedule": "* * * * *",
            "jobTemplate": {"spec": {"template": {"spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}}},
        },
    ),
    thing("Service", "v1", {"selector": {"a": "b"}, "ports": [{"port": 80}]}),
    thing("PodDisruptionBudget", "policy/v1", {"maxUnavailable": 1, "selector": {"matchLabels": {"a": "b"}}}),
    thing("Widget", "example.com/v1", {}),
    CLAIM,
    thing("Pod", "v1", TEMPLATE["spec"], "alone"),
)
SLOW: Final = (Behaviour(terminates=3.0),)
BARE: Final = Cluster.new(nodes=2, behaviours=SLOW).create(TEAM)


def inside(cluster: Cluster) -> list[str]:
    store = cluster.world.store
    return [str(item) for kind in store.kinds for item in store.all(kind, "team")]


def rows(before: Cluster, after: Cluster) -> list[Row]:
    return after.trace[len(before.trace) :]


def told(cluster: Cluster, kind: str) -> tuple[str, str]:
    condition = find(cluster.get("ns", "team").status["conditions"], kind)
    assert condition is not None
    return condition["status"], condition["reason"]


# --- in a cluster ------------------------------------------------------------------------------------------------


def test_all_that_is_in_it_goes_and_then_it_goes() -> None:
    """Objects of every kind, those of the user's own kinds too; what is elsewhere stays."""
    elsewhere = {**DEPLOYMENT, "metadata": {"name": "web"}}
    full = BARE.apply([*CONTENTS, elsewhere]).advance(30)
    assert {item["kind"] for item in CONTENTS} <= {text.partition("/")[0] for text in inside(full)}

    empty = full.delete("ns", "team").advance(60)

    assert empty.find("ns", "team") is None
    assert [] == inside(empty)
    assert 2 == len(empty.all("pods", "default"))


def test_an_empty_one_goes_at_once() -> None:
    """There is nothing to wait for."""
    assert BARE.delete("ns", "team").settle().find("ns", "team") is None


def test_pods_go_first() -> None:
    """Nothing else is touched before the last pod is gone, and no pod takes the place of another."""
    full = BARE.apply([DEPLOYMENT, CLAIM]).advance(10)
    waiting = full.delete("ns", "team").advance(2)

    assert ["True", "True"] == [str(pod.meta.deleting) for pod in waiting.all("pods", "team")]
    assert not waiting.get("deploy", "web", "team").meta.deleting
    assert ("True", "SomeResourcesRemain") == told(waiting, "NamespaceContentRemaining")
    assert ("False", "ContentHasNoFinalizers") == told(waiting, "NamespaceFinalizersRemaining")
    gone = waiting.advance(3)
    assert gone.find("ns", "team") is None
    refused = [row.result for row in rows(waiting, gone) if row.what.startswith("create Pod")]
    assert {"NamespaceTerminating"} == set(refused)


def test_the_grace_period_holds_it_up() -> None:
    """A pod whose containers do not end has the time that its spec gives it."""
    slow = Cluster.new(nodes=1, behaviours=(Behaviour(terminates=3600.0),)).create(TEAM)
    asked = slow.create(POD).advance(10).delete("ns", "team")

    assert asked.advance(29).find("ns", "team") is not None
    assert asked.advance(33).find("ns", "team") is None


def test_a_foreign_finalizer_holds_it_up_for_ever() -> None:
    """The conditions say what is left and behind which finalizer; what goes with the pod waits with it."""
    full = BARE.create(POD).create(CLAIM).patch("pod", "web", HOLD, namespace="team").advance(10)
    held = full.delete("ns", "team").run().advance(86_400)

    assert ["PersistentVolumeClaim/web", "Pod/web"] == inside(held)
    assert ("True", "SomeResourcesRemain") == told(held, "NamespaceContentRemaining")
    assert ("True", "SomeFinalizersRemain") == told(held, "NamespaceFinalizersRemaining")
    assert ("False", "ContentDeleted") == told(held, "NamespaceDeletionContentFailure")
    message = find(held.get("ns", "team").status["conditions"], "NamespaceFinalizersRemaining")["message"]  # type: ignore[index]
    assert "held by finalizers: example.com/hold (1)" == message
    assert held.patch("pod", "web", FREE, namespace="team").run().find("ns", "team") is None


def test_only_pods_hold_up_the_rest() -> None:
    """A claim that is held waits alone."""
    full = BARE.apply(CONTENTS).patch("pvc", "web", HOLD, namespace="team").advance(10)

    assert ["PersistentVolumeClaim/web"] == inside(full.delete("ns", "team").advance(60))


def test_one_finalizer_less_is_told() -> None:
    """Of two finalizers one is taken away: the object is still there, and the condition is about the other."""
    both = {"metadata": {"finalizers": ["example.com/a", "example.com/b"]}}
    held = BARE.create(CLAIM).patch("pvc", "web", both, namespace="team").delete("ns", "team").run()
    after = held.patch("pvc", "web", {"metadata": {"finalizers": ["example.com/b"]}}, namespace="team").run()

    condition = find(after.get("ns", "team").status["conditions"], "NamespaceFinalizersRemaining")
    assert condition is not None
    assert "held by finalizers: example.com/b (1)" == condition["message"]


def test_finalizers_of_its_own_hold_it_up_empty() -> None:
    """Those of its metadata, and others than `kubernetes` in its spec, are for whoever has set them."""
    held = BARE.patch("ns", "team", HOLD).create(POD).advance(5).delete("ns", "team").run()

    assert [] == inside(held)
    assert {} == held.get("ns", "team").spec
    assert ("False", "ContentRemoved") == told(held, "NamespaceContentRemaining")
    assert held.patch("ns", "team", FREE).find("ns", "team") is None

    named = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "b"}, "spec": {"finalizers": ["x.io/mine"]}}
    mine = Cluster.new(nodes=0).create(named).delete("ns", "b").run().get("ns", "b")
    assert ["x.io/mine"] == list(mine.spec["finalizers"])


def test_another_of_that_name_begins_anew() -> None:
    """What the deleted one held does not come back, and the new one is not being deleted."""
    again = BARE.create(POD).advance(5).delete("ns", "team").run().create(TEAM)

    assert [] == inside(again)
    assert "Active" == again.get("ns", "team").status["phase"]
    assert again.create(POD).find("pod", "web", "team") is not None


def test_many_pods_that_end_one_by_one_are_few_syncs() -> None:
    """What goes within a second is looked at together."""
    behaviours = tuple(Behaviour(labels={"n": str(n)}, terminates=1.0 + n / 50) for n in range(50))
    full = Cluster.new(nodes=1, behaviours=behaviours).create(TEAM)
    for n in range(50):
        pod = thing("Pod", "v1", TEMPLATE["spec"], f"p{n}")
        full = full.create({**pod, "metadata": {**pod["metadata"], "labels": {"n": str(n)}}})
    full = full.advance(5)
    gone = full.delete("ns", "team").run()

    assert gone.find("ns", "team") is None
    assert 4 > sum(row.what == "update status of Namespace/team" for row in rows(full, gone))


@given(st.lists(st.sampled_from(CONTENTS), unique_by=lambda item: item["kind"]), st.floats(0, 20), st.integers(0, 99))
def test_whatever_is_in_it_and_in_whatever_order_it_ends(contents: Any, after: float, seed: int) -> None:
    """Nothing is created after its deletion, it goes only when it is empty, and it always goes."""
    stage = Stage(BARE.apply(contents), checks=(terminating_takes_nothing_new, namespace_goes_empty))
    stage.wait(after, policy=shuffled(seed))
    stage.request(Delete("Namespace", "", "team", "the user deletes it"))
    stage.wait(120, policy=shuffled(seed + 1))

    assert stage.cluster.find("ns", "team") is None
    assert [] == inside(stage.cluster)


# --- one sync ----------------------------------------------------------------------------------------------------

NOW: Final = instant("2026-01-01T00:00:00Z")


def leaving(**status: Any) -> Resource:
    meta = {"name": "team", "uid": "u", "resourceVersion": "1", "deletionTimestamp": stamp(NOW)}
    return read(
        freeze(
            {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": meta,
                "spec": {"finalizers": ["kubernetes"]},
                "status": {"phase": "Terminating", **status},
            }
        )
    )


def left(kind: str, name: str, **meta: Any) -> Resource:
    return read(
        freeze(
            {
                "apiVersion": "v1",
                "kind": kind,
                "metadata": {"name": name, "namespace": "team", "uid": f"uid-{name}", **meta},
            }
        )
    )


def looked(namespace: Resource, store: Store, now: Instant, answers: tuple[Outcome, ...] = ()) -> list[Any]:
    return list(reconcile(namespace, Observed(now, store, store, answers=answers)))  # type: ignore[arg-type]


def plan(namespace: Resource, *others: Resource, answers: tuple[Outcome, ...] = ()) -> list[Any]:
    return looked(namespace, Store.of([namespace, *others]), NOW, answers)


def test_what_it_sends() -> None:
    """Deletions in the background of just these objects, the conditions, and a request to `finalize`."""
    deletion, status, finalize = plan(leaving(), left("Service", "web"))

    assert (("Background", "uid-web")) == (deletion.propagation, deletion.uid)
    assert isinstance(status, UpdateStatus)
    assert 5 == len(status.object.status["conditions"])
    assert isinstance(finalize, Update)
    assert ("finalize", {}) == (finalize.subresource, finalize.object.spec)


def test_one_that_stays_is_left_alone() -> None:
    """And so is one whose spec has lost the finalizer: somebody else has let it go."""
    staying = leaving().drop(("metadata", "deletionTimestamp"))

    assert [] == plan(staying, left("Pod", "a"))
    assert [] == plan(leaving().drop(("spec", "finalizers")), left("Pod", "a"))


def test_what_is_being_deleted_is_not_asked_again() -> None:
    """It is waited for, and told of once."""
    going = left("Pod", "a", deletionTimestamp=stamp(NOW))
    (status,) = plan(leaving(), going, left("Service", "web"))

    assert isinstance(status, UpdateStatus)
    assert [] == plan(status.object, going, left("Service", "web"))


@pytest.mark.parametrize(
    ("reason", "fails"), [(Reason.NOT_FOUND, False), (Reason.CONFLICT, True), (Reason.TIMEOUT, True)]
)
def test_a_refused_deletion(reason: Reason, fails: bool) -> None:
    """Who is gone already is no failure; any other refusal is told and tried again, and the namespace stays."""
    actions = plan(leaving(), left("Service", "web"), answers=(Rejected(reason, "no"),))
    status = next(action.object for action in actions if isinstance(action, UpdateStatus))
    failure = find(status.status["conditions"], "NamespaceDeletionContentFailure")

    assert failure is not None
    assert fails == (failure["reason"] == "ContentDeletionFailed")
    assert fails == any(isinstance(action, WakeAt) for action in actions)
    assert fails != any(isinstance(action, Update) for action in actions)


@pytest.mark.parametrize("refused", [0, 1])
def test_a_refused_write_of_its_own_is_tried_again(refused: int) -> None:
    """Status or finalize: the sync fails."""
    answers: list[Outcome] = [Applied(), Applied()]
    answers[refused] = Rejected(Reason.CONFLICT, "changed")

    assert isinstance(plan(leaving(), answers=tuple(answers))[-1], WakeAt)


def test_a_condition_keeps_its_time_while_its_status_stays() -> None:
    """Another message is no turn; the conditions of others stay."""
    first = plan(
        leaving(conditions=[{"type": "Other", "status": "True"}]), left("Pod", "a", deletionTimestamp=stamp(NOW))
    )
    now = instant("2026-01-01T01:00:00Z")
    store = Store.of([left("Pod", name, deletionTimestamp=stamp(NOW)) for name in "ab"])
    (second,) = looked(first[0].object, store, now)

    conditions = second.object.status["conditions"]
    remaining = find(conditions, "NamespaceContentRemaining")
    assert remaining is not None
    assert ("still there: pods (2)", stamp(NOW)) == (remaining["message"], remaining["lastTransitionTime"])
    assert find(conditions, "Other") is not None


def test_a_cache_that_lags_shows_too_much() -> None:
    """What it still shows is asked to go again, and that it is gone is no failure."""
    service = thing("Service", "v1", {"ports": [{"port": 80}]})
    asked = BARE.create(service).settle().delete("ns", "team")
    slot = Slot("namespace", "Namespace", "", "team")
    held = faults.hold(asked.world, "namespace")
    emptied = evolve(held, store=held.store.remove("Service", "team", "web").remove("Endpoints", "team", "web"))

    after = evolve(asked, world=sync(asked.engine, emptied, slot))

    assert [] == inside(after)
    assert after.find("ns", "team") is None


# --- what wakes it -----------------------------------------------------------------------------------------------


def woken(before: Resource | None, after: Resource | None, home: Resource) -> list[Any]:
    (watch,) = NAMESPACE.watches
    return list(watch.keys((before, after), Store.of([home])))


def test_what_wakes_it() -> None:
    """What goes, or loses a finalizer, in a namespace that is being deleted; nothing that happens elsewhere."""
    staying = leaving().drop(("metadata", "deletionTimestamp"))
    pod, held = left("Pod", "a"), left("Pod", "a", finalizers=["x.io/a"])

    assert [("", "team")] == woken(pod, None, leaving()) == woken(held, pod, leaving())
    assert [] == woken(pod, None, staying) == woken(None, pod, leaving()) == woken(held, held, leaving())
    assert [] == woken(leaving(), None, leaving())


def test_which_of_its_own_changes_wake_it() -> None:
    """It has nothing to do for a namespace that is not being deleted."""
    staying = leaving().drop(("metadata", "deletionTimestamp"))
    changes = [(staying, leaving()), (None, staying), (leaving(), None)]

    assert [True, False, False] == [NAMESPACE.interest(change, Store()) for change in changes]

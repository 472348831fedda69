"""The steps: who may take one when, and what each of them does."""

from collections.abc import Sequence

import pytest
from attrs import evolve

from reconcile import Controller, Create, Delete, Observed, Resource
from reconcile.actions import Action
from reconcile.controllers.deployment.plan import DEPLOYMENT
from reconcile.controllers.replicaset import REPLICASET
from reconcile.model.clock import Instant
from reconcile.model.pod import Pod
from reconcile.nodes.fates import FATES, Fate
from reconcile.testing.explore import Edit, Scope, delete, explore, pause, resume, scale, set_image, tell, undo
from reconcile.testing.explore.atoms import State
from reconcile.testing.explore.expand import Label, Workshop
from reconcile.testing.explore.recall import Impure
from reconcile.testing.explore.steps import distinct_orders
from reconcile.testing.invariants import state
from tests.checked import deployment, replicaset
from tests.testing.explore import worlds


def after(shop: Workshop, *words: str) -> State:
    """The state after steps, each the first one whose label begins like that."""
    found = shop.start
    for word in words:
        found = next(then for label, then in shop.successors(found) if " ".join(label).startswith(word))
    return found


def labels(shop: Workshop, found: State) -> list[str]:
    return [" ".join(part for part in label[:2] if len(part) != 16) for label, _ in shop.successors(found)]


def pods(found: State) -> int:
    return sum(thing.kind == "Pod" for thing in found.things)


# --- syncs -------------------------------------------------------------------------------------------------------


def test_pods_that_are_alike_are_one_step() -> None:
    """Of two pods that do not differ it does not matter which becomes ready: one step, and one state."""
    shop = Workshop(worlds.pair())
    made = after(shop, "sync")

    assert 2 == pods(made)
    assert ["sync replicaset/ReplicaSet/default/web", "fate becomes ready"] == labels(shop, made)


def test_whoever_could_be_chosen_is_chosen() -> None:
    """A controller that deletes one of two pods that are alike to it, one bound and one not: one step."""
    shop = Workshop(worlds.resized())
    made = after(shop, "sync", "sync", "fate becomes ready", "sync", "edit")

    # The ReplicaSet prefers the one that is not bound, whatever it is called: both orders come to one state.
    assert ["sync replicaset/ReplicaSet/default/web", "fate becomes ready", "edit 0"] == labels(shop, made)


def _any(rs: Resource, observed: Observed) -> Sequence[Action]:
    """Deletes the first pod by name, if there are two."""
    found = observed.owned("Pod", rs).of(Pod)
    return [] if len(found) < 2 else [Delete("Pod", found[0].namespace, found[0].name, "there are two")]


def test_a_choice_by_name_is_taken_in_every_order() -> None:
    """Names mean nothing: who chooses by name chooses each of those that differ."""
    shop = Workshop(evolve(worlds.pair(), controllers=(REPLICASET, Controller("picker", "ReplicaSet", _any))))
    made = after(shop, "sync replicaset", "fate becomes ready")

    ways = [then for label, then in shop.successors(made) if label[0] == "sync" and label[1].startswith("picker")]

    assert 2 == len({then.encode() for then in ways})


def test_orders() -> None:
    """All orders of those that differ, each once."""
    assert [[]] == list(distinct_orders([]))
    assert 6 == len(list(distinct_orders("abc")))
    assert [["a", "a"]] == list(distinct_orders("aa"))


def test_crashes() -> None:
    """Before each request of a sync, and after the last one, the process may end; once, if the budget says so."""
    shop = Workshop(worlds.counted())
    crashed = [then for label, then in shop.successors(shop.start) if label[0] == "crash"]

    assert [0, 1] == sorted(map(pods, crashed))
    assert not [label for then in crashed for label, _ in shop.successors(then) if label[0] == "crash"]
    # What was remembered is gone, and the object is due again.
    assert all(not then.memos and then.dues for then in crashed)


# --- controllers of objects without names of their own -----------------------------------------------------------


def test_controllers_of_nameless_objects() -> None:
    """A pod is due for its controllers as what it is, not by name: two that are alike are one step."""
    shop = Workshop(worlds.labelled())
    made = after(shop, "sync replicaset")

    assert ["sync replicaset/ReplicaSet/default/web", "sync labeller"] == labels(shop, made)
    assert {("labeller",)} == {thing.marks for thing in made.things if thing.kind == "Pod"}
    report = explore(worlds.labelled)
    assert report.closed
    assert 0 == report.hopeless


def test_garbage() -> None:
    """What belongs to a ReplicaSet that was deleted is collected, even if the collector's process ends on the way."""
    report = explore(worlds.collected)

    assert report.closed
    assert () == report.findings


def test_nameless_objects_are_told_by_their_names() -> None:
    """In a trace each pod has a name."""
    scope = evolve(worlds.labelled(), invariants=(state(_seen),))
    finding = explore(lambda: scope).findings[0]

    story = tell(scope, finding)

    assert story.exact
    assert "step labeller pod/web-" in story.trace()


def _seen(world):  # type: ignore[no-untyped-def]
    """No pod is labelled."""
    return [f"{pod} is" for pod in world.store.all("Pod") if "seen" in pod.meta.labels]


# --- fates and edits ---------------------------------------------------------------------------------------------


def test_mishaps_have_a_budget() -> None:
    """A pod fails as often as the budget says, and crashes never if it does not say."""
    shop = Workshop(worlds.pair())
    ready = after(shop, "sync", "fate becomes ready")

    assert "fate fails" in labels(shop, ready)
    assert "fate crashes" not in labels(shop, ready)
    assert "fate fails" not in labels(
        shop, after(shop, "sync", "fate becomes ready", "fate becomes ready", "fate fails")
    )


def test_a_fate_that_the_api_refuses_is_none() -> None:
    """What is refused does not happen."""

    def writes(pod: Pod, now: Instant) -> Sequence[Action]:
        return [Create("Pod", pod.namespace, {"metadata": {"name": "Not A Name"}}, "a mistake")]

    scope = evolve(worlds.pair(), fates=(Fate("multiplies", FATES[0].possible, writes),), budget={})

    shop = Workshop(scope)
    assert ["sync replicaset/ReplicaSet/default/web"] == labels(shop, after(shop, "sync"))


def test_edits_wait_until_they_are_possible() -> None:
    """What kubectl refuses is done later: an undo needs an earlier revision, and no pause."""
    target = "deployment/web"
    scope = Scope(
        controllers=(DEPLOYMENT, REPLICASET),
        manifests=(deployment("web", replicas=1),),
        users=((undo(target), resume(target)), (set_image(target, "app=app:2"), pause(target))),
        fates=(),
    )
    shop = Workshop(scope)

    assert "edit 0" not in labels(shop, shop.start)
    second = after(shop, "sync deployment", "edit 1", "sync deployment")
    assert ["edit 0", "edit 1"] == [label for label in labels(shop, second) if label.startswith("edit")]
    paused = after(shop, "sync deployment", "edit 1", "sync deployment", "edit 1")
    assert "edit 0" not in labels(shop, paused)


def test_edits_are_commands() -> None:
    """Each edit is told as it is typed, and each user does one thing after the other."""
    edits = (scale("rs/web", 3), pause("deploy/web"), delete("rs/web"))
    assert [
        "kubectl scale rs/web --replicas=3",
        "kubectl rollout pause deploy/web",
        "kubectl delete rs/web --wait=false",
    ] == [edit.command for edit in edits]

    shop = Workshop(worlds.resized())
    once = after(shop, "edit")
    assert b"\x01" == once.done
    assert [b"\x02"] == [then.done for label, then in shop.successors(once) if label[0] == "edit"]


def test_an_edit_that_is_not_possible_at_all() -> None:
    """What kubectl fails at is not done."""
    absent = Scope(controllers=(REPLICASET,), manifests=(replicaset("web"),), users=((scale("rs/app", 1),),), fates=())

    assert "edit 0" not in labels(Workshop(absent), Workshop(absent).start)


# --- what is not allowed -----------------------------------------------------------------------------------------


def test_a_controller_that_keeps_notes_of_its_own() -> None:
    """Who decides by something else than what it is given cannot be explored, and is told so."""
    calls: list[int] = []

    def moody(rs: Resource, observed: Observed) -> Sequence[Action]:
        calls.append(1)
        observed.cache.all("Pod" if len(calls) < 3 else "Node", None)
        return []

    scope = evolve(worlds.pair(), controllers=(REPLICASET, Controller("moody", "ReplicaSet", moody)))

    with pytest.raises(Impure, match="for no visible reason"):
        explore(lambda: scope)


def test_the_way_back() -> None:
    """The labels of a way lead to the state at its end, in any workshop."""
    report = explore(worlds.greedy)
    way: tuple[Label, ...] = report.findings[1].path

    assert Workshop(worlds.greedy()).state_at(way).encode() == Workshop(worlds.greedy()).state_at(way).encode()


def test_a_user_may_do_anything() -> None:
    """An edit is any function of a session; what it refuses is not possible."""
    scope = evolve(worlds.pair(), users=((Edit("do nothing", lambda session: session),),), budget={})

    shop = Workshop(scope)
    assert "edit 0" in labels(shop, shop.start)
    assert shop.start.things == after(shop, "edit").things


def test_an_edit_that_is_refused() -> None:
    """Nor is what kubectl does not understand."""
    scope = evolve(worlds.pair(), users=((scale("widgets", 1),),), budget={})

    assert "edit 0" not in labels(Workshop(scope), Workshop(scope).start)

"""Faults: what goes wrong, and that nothing else does."""

from collections.abc import Iterable, Mapping

import pytest
from attrs import evolve

from reconcile import Cluster, loads
from reconcile.actions import WRITES, Create, UpdateStatus
from reconcile.controllers.builtin import BUILTIN
from reconcile.engine import faults
from reconcile.engine.queue import Slot
from reconcile.engine.run import run, step
from reconcile.engine.step import sync
from reconcile.engine.world import Engine, World
from reconcile.model.clock import later
from reconcile.outcome import Reason

WEB = """
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.25"}]}
"""
SLOT = Slot("replicaset", "ReplicaSet", "default", "web")
OTHER = {**loads(WEB)[0].raw, "metadata": {"name": "other"}}
OTHER_SLOT = Slot("replicaset", "ReplicaSet", "default", "other")


def cluster() -> Cluster:
    """A cluster that was just asked for three pods."""
    return Cluster.new(nodes=2).apply(loads(WEB))


def new_pods(world: World) -> int:
    """How many pods were created in a world that had none."""
    return len(world.store.all("Pod"))


def settled(engine: Engine, world: World) -> World:
    return run(engine, world, until=later(world.now, 3600))


@pytest.mark.parametrize("before", [0, 1, 2, 3])
def test_a_crash_comes_between_two_requests(before: int) -> None:
    """What was sent before the crash is carried out, nothing after it, and the next process does the rest."""
    start = cluster()

    after = faults.crash(start.engine, start.world, SLOT, before)

    assert before == new_pods(after)
    assert 3 == new_pods(settled(start.engine, after))


def test_a_sync_with_fewer_requests_is_carried_out_whole() -> None:
    """A crash that would come later than the last request comes after it."""
    start = cluster()

    after = faults.crash(start.engine, start.world, SLOT, 9)

    assert 3 == new_pods(after)
    assert isinstance(after.trace.right.action, UpdateStatus)


def test_a_refused_request_is_not_carried_out() -> None:
    """The controller gets the refusal, and tries again later."""
    start = cluster()

    after = faults.refuse(start.engine, start.world, SLOT, 1, Reason.FORBIDDEN)

    assert 2 == new_pods(after), "of a batch of one and a batch of two the first of the second was refused"
    assert [Reason.FORBIDDEN] == [row.result for row in after.trace if row.refused]
    assert 3 == new_pods(settled(start.engine, after))


def test_a_lost_answer_is_a_timeout_for_something_that_was_done() -> None:
    """The pod is there although its creation timed out; once the controller sees it, it makes only what is missing."""
    start = cluster()

    after = faults.lose_answer(start.engine, start.world, SLOT, 0)

    assert [Reason.TIMEOUT] == [row.result for row in after.trace if row.refused]
    assert 1 == new_pods(after)
    assert 3 == new_pods(settled(start.engine, after))


def test_a_restart_forgets_and_lists_anew() -> None:
    """Memory, back-off and what was queued go; every object of the controller's kind is looked at."""
    start = cluster()
    other = Slot("replicaset", "ReplicaSet", "default", "gone")
    held = faults.hold(faults.again(start.world, other), "replicaset")
    job = Slot("job", "Job", "default", "other")
    failed = evolve(held, failures=held.failures.set(SLOT, 3).set(job, 2))

    after = faults.restart(start.engine, failed, "replicaset")

    assert {job: 2} == dict(after.failures)
    assert [SLOT] == [slot for slot in after.queue.due(after.now) if slot.controller == "replicaset"]
    assert 0 == len(after.caches)


def test_a_restarted_garbage_collector_lists_everything() -> None:
    """A controller of all kinds looks at all objects."""
    start = cluster()

    after = faults.restart(start.engine, start.world, "garbage-collector")

    assert 1 + 4 + 1 + 2 == sum(slot.controller == "garbage-collector" for slot in after.queue.places)


def stale(engine: Engine, world: World, controller: str = "replicaset") -> World:
    """The world after the controller synced twice, the second time without seeing what it did in the first."""
    held = faults.hold(world, controller)
    return sync(engine, sync(engine, held, SLOT), SLOT)


def test_a_stale_cache_does_no_harm_to_a_protected_controller() -> None:
    """1.36 makes the ReplicaSet controller wait until it sees its own writes; then it goes on."""
    start = cluster()

    held = stale(start.engine, start.world)

    assert 3 == new_pods(held)
    assert 3 == new_pods(settled(start.engine, faults.catch_up(start.engine, held, "replicaset")))


def test_a_stale_cache_makes_an_unprotected_controller_create_twice() -> None:
    """Without the protection the pods that it does not see are created once more (catalogue, staleness)."""
    start = cluster()
    engine = faults.unprotected(start.engine)

    held = stale(engine, start.world)

    assert 6 == new_pods(held)
    assert 3 == new_pods(settled(engine, faults.catch_up(engine, held, "replicaset")))


def test_the_protection_is_taken_away_by_name() -> None:
    """Other controllers keep it."""
    engine = faults.unprotected(Engine(BUILTIN), ["job"])

    assert not engine.by_name["job"].settles
    assert engine.by_name["replicaset"].settles


def test_holding_twice_holds_the_first_state() -> None:
    """A cache that has stopped does not move; one that never stopped has nothing to catch up with."""
    start = cluster()
    held = faults.hold(start.world, "replicaset")
    moved = start.scale("rs", "web", 5).world

    assert held is faults.hold(held, "replicaset")
    assert moved is faults.catch_up(start.engine, moved, "replicaset")


def test_a_deaf_controller_hears_when_its_cache_shows_it() -> None:
    """Of two changes that it missed it is told once; it sees only the last one."""
    start = cluster()
    world = settled(start.engine, start.world)
    held = faults.hold(world, "replicaset")
    for replicas in (5, 4):
        scaled = evolve(start, world=held).scale("rs", "web", replicas).world
        held = faults.deafen(held, scaled, ["replicaset"])
    held = faults.deafen(held, evolve(start, world=held).create(OTHER).world, ["job"])

    assert [OTHER_SLOT] == queued(held, "replicaset")
    shown = faults.catch_up(start.engine, held, "replicaset")
    assert [OTHER_SLOT, SLOT] == queued(shown, "replicaset")
    assert 4 + 3 == new_pods(settled(start.engine, shown))


def queued(world: World, controller: str) -> list[Slot]:
    return sorted(slot for slot in world.queue.places if slot.controller == controller)


def test_a_deaf_controller_keeps_what_it_had_queued() -> None:
    """A key that was queued for later stays queued for then; only the earlier delivery is taken back."""
    start = cluster()
    world = settled(start.engine, start.world)
    due = later(world.now, 60)
    waiting = evolve(world, queue=world.queue.add(SLOT, due).add(OTHER_SLOT, due))
    scaled = evolve(start, world=waiting).scale("rs", "web", 4).world

    deaf = faults.deafen(waiting, scaled, ["replicaset"])

    assert due == deaf.queue.places[SLOT][0] == deaf.queue.places[OTHER_SLOT][0]


def test_a_deaf_controller_may_put_off_its_work() -> None:
    """One that waits for its cache to show its own writes tries again later, although it wrote nothing just now."""
    start = cluster()
    held = faults.hold(start.world, "replicaset")
    wrote = sync(start.engine, held, SLOT)
    again = evolve(wrote, queue=wrote.queue.add(SLOT, wrote.now))

    deaf = faults.deafen(again, sync(start.engine, again, SLOT), ["replicaset"])

    assert wrote.now < deaf.queue.places[SLOT][0]


def test_a_cache_can_follow_part_of_the_way() -> None:
    """It shows an older state than the present one, and the controller is told of that."""
    start = cluster().create(OTHER)
    held = faults.hold(start.world, "replicaset")
    older = start.scale("rs", "web", 1)
    newer = older.scale("rs", "web", 2)
    world = World(store=newer.world.store, now=newer.now, caches=held.caches)

    shown = faults.show(start.engine, world, "replicaset", older.world.store)

    assert 1 == shown.caches["replicaset"].get(*SLOT[1:]).spec["replicas"]  # type: ignore[union-attr]
    assert [SLOT] == queued(shown, "replicaset")


def test_nothing_happens_on_a_stopped_node() -> None:
    """Its pods are lost after a while, and come up elsewhere; when it starts again it goes on."""
    start = cluster()
    world = settled(start.engine, start.world)

    down = faults.stop_node(start.engine, world, "node-0")
    assert ["False"] == sorted({ready(pod) for pod in settled(start.engine, down).store.on_node("node-0")})
    up = settled(start.engine, faults.start_node(start.engine, down, "node-0"))
    assert {"True"} == {ready(pod) for pod in up.store.all("Pod")}


def ready(pod: object) -> str:
    conditions: Iterable[dict[str, str]] = pod.status["conditions"]  # type: ignore[attr-defined]
    return next(entry["status"] for entry in conditions if entry["type"] == "Ready")


def test_a_slow_node_is_late() -> None:
    """What its kubelet had to do is done so many seconds later; other nodes are not concerned."""
    start = cluster()
    world = start.world
    while not any(slot.controller == "kubelet" for slot in world.queue.places):
        world = step(start.engine, world) or pytest.fail("no pod was bound")
    (slot,) = queued(world, "kubelet")
    pod = world.store.get(*slot[1:])
    assert pod is not None

    assert world.queue.places == faults.slow_node(world, "elsewhere", 5).queue.places
    slow = faults.slow_node(world, pod.spec["nodeName"], 5)

    assert later(world.queue.places[slot][0], 5) == slow.queue.places[slot][0]


def test_the_trace_tells_of_a_fault() -> None:
    """A request that was refused or lost stands in the trace as what the controller asked for."""
    start = cluster()

    after = faults.refuse(start.engine, start.world, SLOT, 0)

    (row,) = (row for row in after.trace if row.refused)
    assert isinstance(row.action, Create)
    assert ("replicaset", Reason.INTERNAL_ERROR) == (row.actor, row.result)


def test_a_conflict_is_met_by_reading_again() -> None:
    """The status was not written; the controller reads its object past the cache and tries once more."""
    start = cluster()
    world = settled(start.engine, start.world)
    scaled = evolve(start, world=world).scale("rs", "web", 2).world

    after = faults.refuse(start.engine, scaled, SLOT, 1, Reason.CONFLICT)

    rows = list(after.trace)[len(scaled.trace) :]
    assert ["Delete", "UpdateStatus", "UpdateStatus"] == [
        type(row.action).__name__ for row in rows if isinstance(row.action, WRITES)
    ]
    assert [Reason.CONFLICT] == [row.result for row in rows if row.refused]
    rested = settled(start.engine, after)
    assert 2 == new_pods(rested) == rested.store.get(*SLOT[1:]).status["replicas"]  # type: ignore[union-attr]


@pytest.mark.parametrize("protected", [True, False])
def test_a_key_that_is_delivered_once_more_changes_nothing(protected: bool) -> None:
    """It is queued, looked at, and nothing is written; whether stale caches are guarded against or not."""
    start = cluster()
    engine = start.engine if protected else faults.unprotected(start.engine)
    world = settled(engine, start.world)

    twice = faults.again(faults.again(world, SLOT), SLOT)
    after = settled(engine, twice)

    assert [SLOT] == queued(twice, "replicaset")
    assert world.steps + 1 == after.steps
    assert world.store.version == after.store.version


WORK: Mapping[str, tuple[str, str, str, int, int]] = {
    "replicaset": ("apps/v1", "ReplicaSet", "replicas: 2", 2, 4),
    "daemonset": ("apps/v1", "DaemonSet", "minReadySeconds: 1", 2, 2),
    "job": ("batch/v1", "Job", "parallelism: 2", 2, 2),
    "statefulset": ("apps/v1", "StatefulSet", "replicas: 2", 1, 1),
}
"""By controller: what there is to do, how many pods one sync makes of it, and how many two make without protection."""


@pytest.mark.parametrize("protected", [True, False])
@pytest.mark.parametrize("name", WORK)
def test_what_a_stale_cache_does_to_each_controller(name: str, protected: bool) -> None:
    """With the protection nobody makes a pod twice. Without it a ReplicaSet does. DaemonSets and Jobs still know what
    they wait for, and a StatefulSet's pods have their names, so that its second request is refused."""
    version, kind, field, once, more = WORK[name]
    selector = "" if kind == "Job" else "selector: {matchLabels: {app: web}}, "
    policy = ", restartPolicy: Never" if kind == "Job" else ""
    template = "{metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: i}]" + policy + "}}"
    text = f"{{apiVersion: {version}, kind: {kind}, metadata: {{name: web}}, spec: {{{selector}{field}, template: "
    start = Cluster.new(nodes=2).apply(loads(text + template + "}}"))
    engine = start.engine if protected else faults.unprotected(start.engine)
    slot = Slot(name, kind, "default", "web")

    held = faults.hold(start.world, name)
    twice = sync(engine, sync(engine, held, slot), slot)

    assert (once if protected else more) == new_pods(twice)
    refused = [row.action.kind for row in twice.trace if row.refused and isinstance(row.action, Create)]
    assert (not protected and name == "statefulset") == ("Pod" in refused)
    assert len(settled(engine, faults.catch_up(engine, twice, name)).store.all("Pod")) >= 2


def test_what_was_in_between_is_never_seen() -> None:
    """An object that came and went while a cache stood still is not told of at all."""
    start = cluster()
    held = faults.hold(settled(start.engine, start.world), "replicaset")
    made = evolve(start, world=held).create(OTHER)
    gone = faults.deafen(held, made.delete("rs", "other").world, ["replicaset"])

    shown = faults.catch_up(start.engine, gone, "replicaset")

    assert [] == queued(shown, "replicaset")


def test_a_fault_that_would_strike_nobody_is_refused() -> None:
    """A name that no controller has is a slip of the pen, and the test would pass for nothing."""
    start = Cluster.new()
    engine, world = start.engine, start.world

    for strike in (
        lambda: faults.restart(engine, world, "replicasets"),
        lambda: faults.show(engine, world, "replicasets", world.store),
        lambda: faults.unprotected(engine, ["replicasets"]),
    ):
        with pytest.raises(
            ValueError, match=r"^unknown controller 'replicasets'; expected one of cronjob, daemonset, "
        ):
            strike()

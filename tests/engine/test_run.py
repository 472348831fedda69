"""The interpreter: what wakes whom, how time passes, and that runs can be repeated."""

import subprocess
import sys
from collections.abc import Iterable
from typing import Any

import pytest

from reconcile.actions import Action, Create, Event, Patch, Remember, WakeAt
from reconcile.controller import Change, Controller, Key, mapped, owned
from reconcile.engine.run import NotSettled, advance, fifo, run, scrambled, settle, shuffled, step
from reconcile.engine.step import submit
from reconcile.engine.world import START, Engine, World
from reconcile.model.clock import later
from reconcile.model.json import freeze
from reconcile.model.pod import controller_reference
from reconcile.model.resource import Resource
from reconcile.view import Observed, Reader


def part_of(widget: Resource) -> Any:
    meta = {"name": f"{widget.name}-part", "ownerReferences": [controller_reference(widget)]}
    return freeze({"kind": "Part", "apiVersion": "v1", "metadata": meta})


def keep_a_part(widget: Resource, observed: Observed) -> list[Action]:
    """A user's controller: every Widget has one Part, and is told so ten seconds after its creation."""
    if not len(observed.owned("Part", widget)):
        return [
            Create("Part", widget.namespace, part_of(widget), "the part is missing"),
            Event("Normal", "Made", widget, "made a part"),
        ]
    if observed.memory is not None:
        return []
    due = later(START, 10)
    if observed.now < due:
        return [WakeAt(due, "the part has settled then")]
    return [Remember({"told": True}, "it was told"), Event("Normal", "Settled", widget, "the part has settled")]


WIDGETS = Controller("widgets", "Widget", keep_a_part, watches=(owned("Part", "Widget"),))


def widget(name: str = "w") -> Create:
    return Create("Widget", "d", freeze({"kind": "Widget", "metadata": {"name": name}}), "the user wants one")


def world(engine: Engine, *actions: Action, seed: int = 0) -> World:
    state = engine.begin(seed=seed)
    for action in actions:
        state, _ = submit(engine, state, action)
    return state


ENGINE = Engine((WIDGETS,))


def test_a_users_controller_runs() -> None:
    """A controller of the user's own, for a kind of the user's own, is woken and carried out."""
    after = settle(ENGINE, world(ENGINE, widget()))

    assert after.store.get("Part", "d", "w-part") is not None
    assert ["user", "widgets", "widgets", "widgets"] == [row.actor for row in after.trace]


def test_the_clock_jumps_to_the_next_wake_up() -> None:
    """Nothing happens between two wake-ups, so no time is spent there."""
    after = run(ENGINE, world(ENGINE, widget()))

    assert later(START, 10) == after.now
    assert ["Made", "Settled"] == [note.reason for note in after.told()]


def test_time_passes_even_if_nothing_happens() -> None:
    """A run for a duration ends at its end."""
    assert later(START, 60) == advance(ENGINE, world(ENGINE), 60).now


def test_a_deleted_child_wakes_its_owner() -> None:
    """A watch maps a change of a child to its owner, also when the child goes."""
    settled = settle(ENGINE, world(ENGINE, widget()))
    gone, _ = submit(ENGINE, settled, Patch("Part", "d", "w-part", freeze({"metadata": {"labels": {"a": "b"}}}), ""))

    assert [("widgets", "w")] == [(slot.controller, slot.name) for slot in gone.queue.due(gone.now)]


def test_what_is_remembered_goes_with_its_object() -> None:
    """Memory, failures and the like of an object that is gone are forgotten."""
    after = run(ENGINE, world(ENGINE, widget()))
    assert len(after.memory) == 1
    (slot,) = after.memory
    forgotten = run(
        ENGINE, World(store=after.store.remove(*slot[1:]), queue=after.queue.add(slot, after.now), memory=after.memory)
    )

    assert len(forgotten.memory) == 0


def always(_: Resource, observed: Observed) -> list[Action]:
    return [WakeAt(later(observed.now, 1), "there is always more to do")]


def test_a_world_that_never_settles_is_an_error() -> None:
    """The error says what kept it busy, and holds the world as it was then."""
    engine = Engine((Controller("busy", "Widget", always),))

    with pytest.raises(NotSettled, match=r"did not settle within 50 steps.*busy: Widget d/w") as caught:
        run(engine, world(engine, widget()), max_steps=50)
    assert 50 == caught.value.world.steps


def every_hour(_: Resource, observed: Observed) -> list[Action]:
    return [WakeAt(later(observed.now, 3600), "once more")]


def test_time_passes_however_much_happens_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound on the work of a run is one for each day that passes, unless the caller gives one for all of it."""
    monkeypatch.setattr("reconcile.engine.run.MAX_STEPS", 30)
    engine = Engine((Controller("hourly", "Widget", every_hour),))
    before = world(engine, widget())
    after = advance(engine, before, 3.5 * 86400)

    assert (later(START, 3.5 * 86400), 85) == (after.now, after.steps)
    with pytest.raises(NotSettled):
        advance(engine, before, 3.5 * 86400, max_steps=30)


def test_asking_again_and_again_takes_longer_and_longer() -> None:
    """A sync that asks for another try every time is made some dozens of times a day, not millions."""

    def ask(widget: Resource, observed: Observed) -> list[Action]:
        return [WakeAt(None, "it may be better in a moment")]

    engine = Engine((Controller("asking", "Widget", ask),))
    after = advance(engine, world(engine, widget()), 86400)

    assert 80 < after.steps < 120


def test_a_try_that_is_the_last_one_ends_the_back_off() -> None:
    """Who does not ask again, and did not fail, is tried at once the next time."""
    engine = Engine((Controller("asking", "Widget", lambda widget, observed: _twice(observed)),))
    after = settle(engine, world(engine, widget()))

    assert {} == dict(advance(engine, after, 1).failures)


def _twice(observed: Observed) -> list[Action]:
    return [WakeAt(None, "once more")] if observed.now < later(START, 0.01) else []


def test_waiting_for_what_cannot_happen_is_an_error() -> None:
    """A predicate that is still false when nothing is left to do is not waited for for ever."""
    with pytest.raises(NotSettled, match="nothing is left to do"):
        run(ENGINE, world(ENGINE, widget()), stop=lambda state: False)


def test_a_predicate_ends_a_run() -> None:
    """The run stops as soon as the predicate holds."""
    after = run(ENGINE, world(ENGINE, widget()), stop=lambda state: state.store.count("Part") == 1)

    assert (START, 1) == (after.now, after.steps)


def refuse(item: Resource, observed: Observed) -> list[Action]:
    return [Create("Widget", item.namespace, item.raw, "it is there already"), Event("Normal", "Never", item, "")]


def test_a_refused_action_ends_a_plain_plan() -> None:
    """The rest of the list is not carried out, and the sync is tried again, later each time."""
    engine = Engine((Controller("refused", "Widget", refuse),))
    after = advance(engine, world(engine, widget()), 0.02)

    assert not after.told()
    assert [0, 5, 15] == [(row.at - START).microseconds // 1000 for row in after.trace if row.refused]


def test_an_old_world_is_still_there() -> None:
    """A run leaves the world that it started from alone: forking is keeping a value."""
    before = world(ENGINE, widget())
    first, second = run(ENGINE, before), run(ENGINE, before)

    assert 0 == before.store.count("Part")
    assert [row.what for row in first.trace] == [row.what for row in second.trace]


def everybody(change: Change, reader: Reader) -> Iterable[Key]:
    return [(item.namespace, item.name) for item in reader.all("Widget")]


def test_policies_choose_among_what_is_due() -> None:
    """First in first out, or any by a seed; every policy reaches the same end here."""
    engine = Engine((Controller("w", "Widget", keep_a_part, watches=(mapped("Part", everybody),)),))
    many = world(engine, *(widget(f"w{index}") for index in range(8)))
    ends = [run(engine, many, policy=policy) for policy in (fifo, shuffled(1), shuffled(1), shuffled(2))]
    orders = [[row.subject for row in end.trace if row.actor == "w"] for end in ends]

    assert orders[1] == orders[2]
    assert orders[0] != orders[1]
    assert orders[1] != orders[3]
    assert {8} == {end.store.count("Part") for end in ends}


def list_parts(widget: Resource, observed: Observed) -> list[Action]:
    """A controller that tells of everything in the order in which its cache and its hash maps yield it."""
    parts = sorted(observed.cache.all("Part"), key=observed.order)
    assert sorted(parts, key=observed.place) == parts
    return [Event("Normal", "Listed", widget, " ".join(part.name for part in parts))]


def test_the_order_of_caches_and_hash_maps_can_be_chosen() -> None:
    """By default things are listed by name; `Engine.hashed` gives any other order."""
    started = run(ENGINE, world(ENGINE, *(widget(name) for name in "abcd")))

    def listed(**order: Any) -> str:
        engine = Engine((Controller("lister", "Widget", list_parts),), **order)
        told = submit(engine, started, widget("z"))[0]
        return run(engine, told).told()[-1].message

    assert "a-part b-part c-part d-part" == listed()
    assert "d-part a-part b-part c-part" == listed(hashed=scrambled(1))


def test_nothing_due_is_no_step() -> None:
    """Stepping a quiet world does nothing."""
    assert step(ENGINE, world(ENGINE)) is None


SCRIPT = """
from reconcile import Cluster, loads
from reconcile.engine.run import shuffled
text = open({path!r}).read()
cluster = Cluster.new(seed={seed}).apply(loads(text)).run(policy=shuffled({seed}))
cluster = cluster.delete("pod", cluster.all("pod")[0].name).run(policy=shuffled({seed}))
print([(str(row.at), row.actor, row.subject, row.what, row.why, row.result) for row in cluster.trace])
"""
MANIFEST = """
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web}
spec:
  replicas: 7
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, x: "1", y: "2"}}
    spec: {containers: [{name: c, image: nginx}]}
"""


def traced(path: str, seed: int, hash_seed: str) -> str:
    code = SCRIPT.format(path=path, seed=seed)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": hash_seed}
    )
    return done.stdout


def test_the_same_seed_gives_the_same_trace_in_every_process(tmp_path: Any) -> None:
    """Equal seeds give equal traces whatever Python's hash seed is; another seed gives another trace."""
    path = tmp_path / "web.yaml"
    path.write_text(MANIFEST)
    one, same, other = (traced(str(path), seed, hashing) for seed, hashing in ((1, "0"), (1, "42"), (2, "0")))

    assert one == same
    assert one != other

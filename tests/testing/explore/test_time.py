"""Worlds in which time passes: wake-ups come, and what has a horizon grows older."""

from attrs import evolve

from reconcile.engine.world import World
from reconcile.testing.explore import STUCK, Scope, explore, reached, tell
from reconcile.testing.explore.expand import Workshop
from tests.testing.explore import worlds


def ended(world: World) -> bool:
    """Whether the Job has failed for good, or everything is as it is asked for."""
    conditions = [entry for item in world.store.all("Job") for entry in item.status.get("conditions") or ()]
    return reached(world) or any(entry["type"] == "Failed" for entry in conditions)


def failing() -> Scope:
    """A Job one of whose pods fails, and is made anew after its back-off of ten seconds."""
    horizons = {"Pod": 20.0, "Job": 20.0}
    return evolve(worlds.batch(), budget={"fail": 1}, horizons=horizons, goal=ended)


def test_a_back_off_passes() -> None:
    """A Job waits after a failure, in every order, and comes to its end."""
    report = explore(failing)

    assert (62, 102, 14, 19, 0, True) == (
        *(report.states, report.steps, report.depth, report.goals),
        *(report.hopeless, report.closed),
    )
    assert () == report.findings


def test_time_makes_nothing() -> None:
    """As time passes, no object comes or goes."""
    shop = Workshop(failing())
    seen = {shop.start.encode(): shop.start}
    passed = 0
    for state in (queue := [shop.start]):
        for label, after in shop.successors(state):
            if label[0] == "time":
                passed += 1
                assert sorted(thing.place for thing in state.things) == sorted(thing.place for thing in after.things)
            if after.encode() not in seen:
                seen[after.encode()] = after
                queue.append(after)

    assert passed


def test_without_horizons_nothing_grows_older() -> None:
    """A Job whose ages are not told apart waits for ever, and is told as stuck: nothing rests, and nothing helps."""
    blind = evolve(failing(), horizons={})
    finding = explore(lambda: blind).find(STUCK)

    assert finding is not None
    assert () == finding.rest
    lines = tell(blind, finding).trace().splitlines()
    assert "     from here on, no steps lead to the goal" in lines


def test_patience() -> None:
    """Time passes when nobody has anything else to do; without patience at any moment, and there are more states."""
    patient, hasty = explore(failing), explore(lambda: evolve(failing(), patient=False))

    assert hasty.states > patient.states
    assert () == hasty.findings


def test_a_wake_up_comes() -> None:
    """A controller that waits ten seconds is stuck where no time passes."""
    assert 0 == explore(worlds.slept).hopeless
    timeless = evolve(worlds.slept(), time=False)
    assert [STUCK] == [finding.name for finding in explore(lambda: timeless).findings]


def test_what_is_due_soon_is_due() -> None:
    """What a queue holds back for less than `soon` comes among the rest; no time passes for it."""
    timeless = evolve(worlds.slept(), time=False, soon=10.0)

    assert () == explore(lambda: timeless).findings

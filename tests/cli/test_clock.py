"""The cluster's time between commands."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from reconcile.cli import clock
from reconcile.cli.clock import caught_up, settled
from reconcile.cli.host import Host
from reconcile.cli.run import run
from reconcile.cli.state import MANUAL, REAL, Held, Settings, State, fresh
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.session import Piece

NOON = datetime(2026, 5, 1, 12, 0, 0, 250_000, tzinfo=UTC)
BEHAVIOURS = [{"image": "*", "start": "10s"}]


def pod(name: str = "a", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name},
        "spec": {"containers": [{"name": "c", "image": "x"}], **spec},
    }


@pytest.fixture
def state() -> State:
    """A cluster that follows the real time, with a pod that takes ten seconds to start."""
    begun = fresh(Settings(nodes=1, behaviours=BEHAVIOURS), NOON)
    return settled(evolve(begun, cluster=begun.cluster.apply(pod())))


def at(*, after: float) -> datetime:
    return NOON + timedelta(seconds=after)


def phase(state: State) -> Any:
    return state.cluster.get("Pod", "a").look("status", "phase")


def test_it_begins_at_the_real_time() -> None:
    """A cluster that follows the real time begins in it, at a whole second."""

    assert NOON.replace(microsecond=0) == fresh(Settings(nodes=0), NOON).cluster.now
    assert 2026 == fresh(Settings(nodes=0, clock=MANUAL), NOON).cluster.now.year


def test_time_passes_between_commands(state: State) -> None:
    """What falls due between two commands has happened when the second one looks."""
    early, _ = caught_up(state, at(after=9))
    late, told = caught_up(early, at(after=11))

    assert ("Pending", "Running", "") == (phase(early), phase(late), told)
    assert 11 == (late.cluster.now - state.cluster.now).total_seconds()


def test_a_clock_that_was_set_back(state: State) -> None:
    """Time never goes back."""
    back, _ = caught_up(state, at(after=-3600))

    assert state.cluster.now == back.cluster.now


def test_a_jump_is_kept(state: State) -> None:
    """After a command that waited, time goes on from where it came to."""
    jumped = evolve(state, cluster=state.cluster.advance(100))

    later, _ = caught_up(jumped, at(after=5))

    assert 105 == (later.cluster.now - state.cluster.now).total_seconds()


def test_a_manual_clock_stands_still() -> None:
    """Nothing passes by itself."""
    state = fresh(Settings(nodes=1, clock=MANUAL), NOON)

    assert (state, "") == caught_up(state, at(after=1000))


def test_too_much_work(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that has too much to catch up with sleeps over the rest, and the user is told."""
    monkeypatch.setattr(clock, "CATCH_UP", 3)
    crashing = [pod(f"p{n}") for n in range(5)]
    busy = evolve(state, cluster=state.cluster.apply(crashing).settle())

    late, told = caught_up(busy, at(after=60))

    assert told.startswith("Warning: too much happened since the last command")
    assert 60 == (late.cluster.now - state.cluster.now).total_seconds()
    assert "Running" == phase(settled(late))


def test_no_end(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not settle at one instant is refused as a whole."""
    monkeypatch.setattr(clock, "SETTLE", 2)
    busy = evolve(state, cluster=state.cluster.apply([pod(f"p{n}") for n in range(5)]))

    with pytest.raises(Refused, match="nothing was changed"):
        settled(busy)


def commands(held: Held, wall: Callable[[], datetime], **environ: str) -> Callable[[str], str]:
    def command(line: str) -> str:
        printed: list[Piece] = []
        run(Host(lambda *_: held, (Path(),), environ, lambda: (), printed.append, wall, run), line.split())
        return "".join(piece.text for piece in printed)

    return command


def test_switching_clocks(state: State) -> None:
    """`--clock` is remembered, and time that passed under the other clock does not count twice."""
    held = Held(state)
    now = [at(after=0)]
    command = commands(held, lambda: now[0])

    command("get pods --clock manual")
    assert MANUAL == held.state.settings.clock
    now[0] = at(after=1000)
    assert "Pending" in command("get pods")
    command("advance 4s")
    command("get pods --clock real")
    assert REAL == held.state.settings.clock
    assert "Pending" in command("get pods")
    now[0] = at(after=1007)
    assert "Running" in command("get pods")


def test_the_environment_names_a_clock(state: State) -> None:
    """RECONCILE_CLOCK is as good as the flag."""
    held = Held(state)
    commands(held, lambda: NOON, RECONCILE_CLOCK="manual")("advance 1s")

    assert MANUAL == held.state.settings.clock

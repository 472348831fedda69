"""Wrong use of the laws is answered at once, with one sentence."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from reconcile import Controller
from reconcile.testing import laws

check: Any = laws.check
POOLS = Controller("pools", "Pool", lambda pool, observed: [])
POOL = {"apiVersion": "example.com/v1", "kind": "Pool", "metadata": {"name": "web"}}
LIFE = "moves: [{wait: {seconds: 1}}]"
SCENE = "{now: '2026-01-01T00:00:00Z', parent: {kind: Pool, metadata: {name: web}}}"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: check(POOLS.reconcile), "expected a controller, e.g. Controller"),
        (lambda: check([POOLS]), "expected a controller, e.g. Controller"),
        (lambda: check(POOLS, waive=["stale"]), "waive: expected the reason for each law"),
        (lambda: check(POOLS, waive={"stall": "slow"}), "unknown law 'stall'; expected one of total, pure"),
        (lambda: check(POOLS, max_examples=0), "max_examples: expected a number from 1, got 0"),
        (lambda: check(POOLS, max_examples="many"), "max_examples: expected a number from 1, got 'many'"),
        (lambda: check(POOLS, desired=POOL), "desired: expected a Hypothesis strategy"),
        (lambda: check(POOLS, observed=[POOL]), "observed: expected a Hypothesis strategy"),
        (lambda: check(POOLS, touches="Pod"), "touches: expected a function"),
        (lambda: laws.replay(POOLS, "stall", LIFE), "unknown law 'stall'; expected one of total, pure"),
        (lambda: laws.replay(POOLS, "stale", "nonsense"), "the law 'stale' is tried on one YAML object with 'moves'"),
        (lambda: laws.replay(POOLS, "stale", SCENE), "the law 'stale' is tried on one YAML object with 'moves'"),
        (lambda: laws.replay(POOLS, "pure", LIFE), "the law 'pure' is tried on one YAML object with 'parent'"),
    ],
)
def test_wrong_use_is_one_sentence(wrong: Callable[[], object], said: str) -> None:
    """What was expected, and what was given instead."""
    with pytest.raises((TypeError, ValueError)) as caught:
        wrong()

    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_right_use_is_not_in_the_way() -> None:
    """A state of the right sort is tried, and `observed` may be a function."""
    laws.replay(POOLS, "stale", LIFE)
    laws.replay(POOLS, "pure", SCENE)
    laws.check(POOLS, observed=lambda pool: st.just([]), max_examples=1)


@pytest.mark.parametrize("law", ["total", "settles"])
def test_objects_of_another_kind_are_refused(law: str) -> None:
    """Nobody would look at them, and every law would seem to be kept."""
    case = check(POOLS, desired=st.just({**POOL, "kind": "Puddle"}), max_examples=2)(f"test_{law}")

    with pytest.raises(ValueError, match=r"^desired: pools looks after the kind 'Pool', got 'Puddle'$"):
        case.debug()


def test_a_function_that_returns_nothing_is_told_so() -> None:
    """Who forgets the `return` hears what was expected."""
    forgets: Any = lambda pool, observed: None  # noqa: E731

    with pytest.raises(laws.LawBroken, match="it raises TypeError: expected a list of actions, got None"):
        laws.replay(Controller("pools", "Pool", forgets), "total", SCENE)

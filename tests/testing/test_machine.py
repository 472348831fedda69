"""The machine over a whole cluster: nothing we promise breaks in chaos, and everything converges after it."""

import unittest
from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from reconcile import Controller, Observed, Resource
from reconcile.controllers.replicaset import REPLICASET
from reconcile.script import scripted
from reconcile.testing import invariants
from reconcile.testing.machine import ClusterMachine, machine
from reconcile.testing.moves import Move
from reconcile.testing.stage import Broken


def profile(examples: int, steps: int = 12, *, shrink: bool = True) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
    )


TestReplicaSets = machine(kinds=("ReplicaSet",)).TestCase
TestReplicaSets.settings = profile(10)
TestDeployments = machine(kinds=("Deployment",)).TestCase
TestDeployments.settings = profile(15)
TestStatefulSets = machine(kinds=("StatefulSet",)).TestCase
TestStatefulSets.settings = profile(15)
TestEverything = machine().TestCase
TestEverything.settings = profile(10)


@pytest.mark.slow
def test_long_plays() -> None:
    """A thousand long plays of everything."""
    run_state_machine_as_test(machine(), settings=profile(1_000, 40))


def one_too_many(rs: Resource, observed: Observed) -> object:
    """The ReplicaSet controller, but for one pod more than is wanted."""
    greedy = rs.put(("spec", "replicas"), (rs.spec.get("replicas") or 0) + 1)
    return REPLICASET.reconcile.script(greedy, observed)  # type: ignore[attr-defined]


GREEDY = evolve(REPLICASET, reconcile=scripted(one_too_many))  # type: ignore[arg-type]


def test_a_faulty_controller_is_caught() -> None:
    """A ReplicaSet controller that makes one pod too many, in the place of ours, breaks the invariant of its name."""
    greedy = machine(kinds=("ReplicaSet",), faults=False, controllers=(GREEDY,))

    with pytest.raises(Broken, match="replicaset_creates_no_more"):
        run_state_machine_as_test(greedy, settings=profile(50, shrink=False))


def test_what_only_shows_in_the_end_is_caught() -> None:
    """Without that invariant it is the end that tells: the cluster is at rest, but not as was asked for."""
    others = [check for name, check in invariants.ALL.items() if not name.startswith("replicaset_")]
    greedy = machine(kinds=("ReplicaSet",), faults=False, controllers=(GREEDY,), checks=others)

    with pytest.raises(Broken, match=r"converges: at rest, but ReplicaSet/web: "):
        run_state_machine_as_test(greedy, settings=profile(50, shrink=False))


def greet(pod: Resource, observed: Observed) -> list[object]:
    return []


class Subclassed(machine(kinds=("Deployment",), faults=False)):  # type: ignore[misc]
    """A user's own rules and invariants beside ours."""

    nodes = 3
    controllers = (Controller("greeter", "Pod", greet),)  # type: ignore[arg-type]
    bursts = 0

    @rule(replicas=st.integers(0, 3))
    def burst(self, replicas: int) -> None:
        """A rule of the user's own, made of moves."""
        type(self).bursts += 1
        for target in range(3):
            self.play(Move("scale", {"target": target, "replicas": replicas}))

    @invariant()
    def never_more_than_three_nodes_less(self) -> None:
        """An invariant of the user's own, on the cluster between two rules."""
        assert isinstance(self.cluster.all("Node"), list)


def test_machines_can_be_subclassed() -> None:
    """A subclass sees the cluster, plays moves, adds rules and invariants, and says how many nodes there are."""
    run_state_machine_as_test(Subclassed, settings=profile(5))

    assert Subclassed.bursts
    assert issubclass(Subclassed, ClusterMachine)
    assert "greeter" in Subclassed().stage.engine.by_name


def test_machines_take_more_rules() -> None:
    """Rules can be added without a class, by name."""
    more: Mapping[str, st.SearchStrategy[Move]] = {"pause_a_while": st.just(Move("wait", {"seconds": 3.0}))}

    assert hasattr(machine(more=more), "pause_a_while")


def test_a_machine_is_a_plain_test_case() -> None:
    """pytest and unittest collect it."""
    assert issubclass(TestEverything, unittest.TestCase)


def test_a_play_that_broke_off_is_not_asked_to_converge() -> None:
    """The first thing that went wrong is the one that is told."""

    broken = machine(checks=(lambda before, after: "never",))()
    with pytest.raises(Broken, match="never"):
        broken.play(Move("work", {"steps": 1}))
    broken.teardown()


@pytest.mark.parametrize("controllers", [REPLICASET, [REPLICASET.reconcile]])
def test_what_is_no_list_of_controllers_is_refused(controllers: Any) -> None:
    """At once, and not when the first cluster is made."""
    with pytest.raises(TypeError, match=r"^controllers: expected a list of them, e.g. \[Controller"):
        machine(controllers=controllers)

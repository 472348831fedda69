"""What is explored: a small world, and everything that may happen in it.

    Scope(
        controllers=[DEPLOYMENT, REPLICASET],       who acts
        manifests=loads(text),                      what the world begins with
        users=[[edit, edit], [edit]],               what each user does, one thing after the other, each at any moment
        fates=fates(),                              what may become of pods, at any moment
        crashes=["deployment"],                     whose processes may end between two requests
        budget={"crash": 1},                        how many mishaps there may be of each kind
        goal=reached,                               what must stay within reach
    )

Rules
1. Controllers sync whenever they are due, in any order. How long anything takes is not said: every order is tried.
2. A scope is made by a function without arguments that other processes can import: it holds functions, which do not
   travel.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final

from attrs import field, frozen

from reconcile.cluster import Cluster, Manifest
from reconcile.controller import Controller
from reconcile.engine.world import Engine, World
from reconcile.kubectl.session import Session
from reconcile.nodes.fates import FATES, Fate
from reconcile.store.admitted import ADMITTED
from reconcile.store.apply import Rules
from reconcile.store.seed import namespace
from reconcile.testing import goals
from reconcile.testing.invariants import BY_KIND, name_of
from reconcile.testing.invariants.protocol import Invariant, of_states

CRASH: Final = "crash"
"""The kind of mishap that the end of a controller's process is."""
UNSEEN: Final = frozenset({"unique_uids", "versions_rise"})
"""Invariants of what states leave out."""


@frozen
class Edit:
    """One thing that a user does."""

    command: str
    """How the user types it."""
    act: Callable[[Session], Session]
    """What it does; what fails is not possible just then, and is done later."""


def reached(world: World) -> bool:
    """Return whether everything that is asked for is there and reported."""
    return not any(
        True
        for table in (goals.REPORTED, goals.REACHED)
        for kind, goal in table.items()
        for item in world.store.all(kind)
        if not item.meta.deleting
        for _ in goal(world, item)
    )


def _controllers(controllers: Iterable[Controller]) -> tuple[Controller, ...]:
    return tuple(controllers)


def _manifests(manifests: Iterable[Manifest]) -> tuple[Manifest, ...]:
    return tuple(manifests)


def _scripts(scripts: Iterable[Iterable[Edit]]) -> tuple[tuple[Edit, ...], ...]:
    return tuple(map(tuple, scripts))


@frozen
class Scope:
    """A small world with all that may happen in it."""

    controllers: Sequence[Controller] = field(converter=_controllers)
    """Who acts; a garbage collector only if it is named."""
    manifests: Sequence[Manifest] = field(converter=_manifests)
    """What is created in the beginning, in the namespace `default` unless they say otherwise."""
    rested: bool = False
    """Whether the world first comes to rest, with every pod faring as it should, before anything else happens."""
    users: Sequence[Sequence[Edit]] = field(default=(), converter=_scripts)
    fates: Sequence[Fate] = FATES
    crashes: Sequence[str] = ()
    """The controllers whose processes may end before or between two requests, or after the last; each end is a mishap
    of the kind `crash`."""
    budget: Mapping[str, int] = field(factory=dict)
    """By kind of mishap, how many there are in all; none of what is not named."""
    goal: Callable[[World], bool] = reached
    """What must be within reach from every state."""
    invariants: Sequence[Invariant] = field()
    """What must be true of every step and every state; by default what is known of the kinds that the controllers look
    after."""
    time: bool = False
    """Whether the wake-ups come that controllers ask for; otherwise no time passes."""
    patient: bool = True
    """Whether they come only when neither a controller nor a pod has anything else to do."""
    horizons: Mapping[str, float] = field(factory=dict)
    """By kind, for how many seconds the ages of times in its status, and in what is remembered for it, are told apart:
    longer than anybody waits. Of a Job's back-off nothing is seen unless Jobs and Pods have one."""
    soon: float = 5.0
    """What a queue holds back for at most so many seconds counts as due: it comes among the rest, in any order."""

    @invariants.default
    def _known(self) -> tuple[Invariant, ...]:
        kinds = {"*", "Pod", *(controller.kind for controller in self.controllers)}
        known = (invariant for kind in BY_KIND if kind in kinds for invariant in BY_KIND[kind])
        return tuple(invariant for invariant in known if name_of(invariant) not in UNSEEN)

    @cached_property
    def engine(self) -> Engine:
        """The controllers and the rules of the API."""
        return Engine(tuple(self.controllers), Rules(gate=ADMITTED))

    @cached_property
    def world(self) -> World:
        """The world in the beginning."""
        cluster = Cluster(self.engine, self.engine.begin())
        for item in (namespace("default"), *self.manifests):
            cluster = cluster.create(item)
        return cluster.world

    @cached_property
    def of_states(self) -> tuple[Invariant, ...]:
        """The invariants of single states."""
        return tuple(filter(of_states, self.invariants))

    @cached_property
    def of_steps(self) -> tuple[Invariant, ...]:
        """The invariants of steps."""
        return tuple(each for each in self.invariants if not of_states(each))

    @cached_property
    def mishaps(self) -> tuple[str, ...]:
        """The kinds of mishaps, sorted."""
        return tuple(sorted(self.budget))

"""A state machine over a whole cluster: users' edits, fates of pods, lost nodes, faults; then calm, and convergence.

    TestCluster = machine().TestCase                                # everything
    TestRollouts = machine(kinds=("Deployment",), faults=False).TestCase

Rules 1. Each rule plays one move (`reconcile.testing.moves`); after every step of the cluster every invariant is
checked. 2. When Hypothesis has had its way the faults end, and the cluster must come to rest, have what is asked for,
and stay so
   (`Stage.converge`): eventually stable reconciliation.
3. A machine is a class, as Hypothesis has it. Add rules and invariants of your own in a subclass: they see
   `self.stage` and `self.cluster`, and change the cluster by `self.play(move)` or `self.stage.request(action)`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final

from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from hypothesis.strategies import SearchStrategy

from reconcile.cluster import Cluster
from reconcile.controller import Controller
from reconcile.controllers.builtin import BUILTIN
from reconcile.engine import faults as failing
from reconcile.engine.world import Engine
from reconcile.nodes.behaviour import Behaviour
from reconcile.testing.histories import DEFAULT_FATES
from reconcile.testing.invariants.protocol import Invariant
from reconcile.testing.moves import Move
from reconcile.testing.stage import Stage
from reconcile.testing.strategies.moves import NODE_MOVES, POD_FATES, edits_by_word, faults_by_word, move, time_by_word
from reconcile.testing.strategies.workloads import BY_KIND, manifests


class ClusterMachine(RuleBasedStateMachine):
    """A cluster that is played on; `machine` adds the rules."""

    nodes: ClassVar[int] = 2
    """How many nodes there are in the beginning."""
    controllers: ClassVar[Sequence[Controller]] = ()
    """Controllers that run beside the built-in ones, or in the place of those of their names."""
    fates: ClassVar[Sequence[Behaviour]] = DEFAULT_FATES
    """How pods fare."""
    protected: ClassVar[bool] = True
    """Whether controllers wait until their caches show their own writes, as they do in 1.36."""
    checks: ClassVar[Iterable[Invariant] | None] = None
    """The invariants that are checked after every step; None for all."""
    converges: ClassVar[bool] = True
    """Whether the cluster must converge in the end."""

    def __init__(self) -> None:
        super().__init__()
        names = {controller.name for controller in self.controllers}
        builtin = [controller for controller in BUILTIN if controller.name not in names]
        cluster = Cluster.new(nodes=self.nodes, controllers=self.controllers, builtin=builtin, behaviours=self.fates)
        engine: Engine = cluster.engine if self.protected else failing.unprotected(cluster.engine)
        self.stage = Stage(Cluster(engine, cluster.world), checks=self.checks)
        self._whole = True

    @property
    def cluster(self) -> Cluster:
        """The cluster as it is now."""
        return self.stage.cluster

    def play(self, one: Move) -> None:
        """Play one move. Raises Broken if an invariant does not hold of one of its steps."""
        self._whole = False
        self.stage.do(one)
        self._whole = True

    def teardown(self) -> None:
        """End the chaos, and see whether the cluster converges; not if the play broke off."""
        if self._whole and self.converges:
            self.stage.converge()


Words = Mapping[str, SearchStrategy[Move]]

EVERYTHING: Final = tuple(BY_KIND)


def machine(
    *,
    kinds: tuple[str, ...] = EVERYTHING,
    faults: bool = True,
    controllers: Sequence[Controller] = (),
    protected: bool = True,
    checks: Iterable[Invariant] | None = None,
    converges: bool = True,
    more: Words | None = None,
) -> type[ClusterMachine]:
    """Return a machine over a cluster with workloads of *kinds*; `.TestCase` is its test.

    How many nodes there are, and how pods fare, are attributes of the class, to be set in a subclass.

    Args:
        kinds: of the workloads that users apply.
        faults: whether requests, processes and caches fail; pods and nodes always may.
        controllers: run beside the built-in ones, or in the place of those of their names.
        protected: whether controllers wait until their caches show their own writes; without, leave out the
            invariants `invariants.PROTECTED`.
        checks: the invariants that are checked; by default all.
        converges: whether the cluster must converge in the end.
        more: rules to add: a name and what draws moves for it.
    """
    if isinstance(controllers, Controller) or not all(isinstance(one, Controller) for one in controllers):
        raise TypeError(f"controllers: expected a list of them, e.g. [Controller('pools', ...)], got {controllers!r}")
    words = {**edits_by_word(kinds=kinds), **POD_FATES, **NODE_MOVES, **time_by_word()}
    words |= {**(faults_by_word() if faults else {}), **(more or {})}
    members: dict[str, Any] = {word: _rule(word, drawn) for word, drawn in sorted(words.items())}
    members["first"] = initialize(one=move("apply", manifest=manifests(kinds=kinds)))(_play("first"))
    settings = {
        "controllers": tuple(controllers),
        "protected": protected,
        "checks": None if checks is None else tuple(checks),
        "converges": converges,
    }
    return type("DrawnMachine", (ClusterMachine,), {**members, **settings, "__module__": __name__})


def _play(name: str) -> Callable[[ClusterMachine, Move], None]:
    def step(self: ClusterMachine, one: Move) -> None:
        self.play(one)

    step.__name__ = step.__qualname__ = name
    return step


def _rule(word: str, drawn: SearchStrategy[Move]) -> Any:
    return rule(one=drawn)(_play(word))

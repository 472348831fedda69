"""A stage: a cluster on which moves are played, with every invariant checked after every step.

Rules
1. A step is one request of a user's, one sync of one controller, or one fault. After each the chosen invariants are
   checked; one that does not hold ends the play with `Broken`, which tells the story so far.
2. First chaos: whatever the moves say. Then calm: faults off, nodes up, images good, and what only a user can free
   is freed (below). Then the cluster must come to rest, have what is asked for (`goals`), and stay so: when every
   controller starts again and looks at everything, nothing is written.
3. Calm frees what upstream leaves to users: pods of a bare ReplicaSet and of OnDelete keep their old template; a
   StatefulSet in order waits for ever for a pod that never gets ready (catalogue D-S1), and any for a pod of nobody's
   that has the name of one of its own, and for a pending pod whose claim was deleted (contract statefulset 5).
   CronJobs are suspended, and Jobs that fail and fail are given up.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from attrs import evolve

from reconcile.actions import MERGE, Action, Delete, Patch
from reconcile.cluster import Cluster
from reconcile.engine import faults
from reconcile.engine.queue import Slot
from reconcile.engine.run import Policy, fifo, shuffled
from reconcile.engine.step import submit, sync
from reconcile.engine.world import Engine, Row, World
from reconcile.model.clock import later
from reconcile.model.json import FrozenMap, freeze, look
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.outcome import Reason
from reconcile.testing import goals, invariants
from reconcile.testing.invariants.jobs import finished
from reconcile.testing.invariants.protocol import Invariant, pods_of, rows
from reconcile.testing.moves import EDITS, Move, node_at, pick, with_image, workloads

GOOD_IMAGE: Final = "app:1"
"""What the user sets in the end; every table of fates lets it get ready."""
SETTLED: Final = 3600.0
"""How long, in seconds, controllers get before a user looks at what is stuck."""
REST: Final = 6 * 3600.0
"""How long nothing may be due, in seconds, before a cluster is said to be at rest."""
MAX_STEPS: Final = 5_000
"""How many steps that write a cluster may take to come to rest, unless a stage is told otherwise."""
LOOKS: Final = 10
"""How many times as many steps there may be in all: looking and writing nothing harms nobody."""
BUSY: Final = "still busy"
"""What is said of a cluster that does not come to rest."""
SHOWN: Final = 12
"""How many rows of the trace a broken play tells."""


class Broken(AssertionError):  # noqa: N818 - it names a state of the world, not a mistake
    """Something that must be true was not; the text is the counterexample."""

    def __init__(self, what: str, stage: "Stage") -> None:
        super().__init__(f"{what}\n{stage.story()}")
        self.what = what
        self.world = stage.world


class Stage:
    """A cluster under test."""

    def __init__(
        self, cluster: Cluster, *, checks: Iterable[Invariant] | None = None, max_steps: int = MAX_STEPS
    ) -> None:
        self.engine: Engine = cluster.engine
        self.world: World = cluster.world
        self.checks = tuple(invariants.ALL.values() if checks is None else checks)
        self.max_steps = max_steps
        self.deaf: frozenset[str] = frozenset()
        """Controllers with a lagging cache that are not told of anything either."""
        self.earlier = self.world.store
        """The store before the last step."""
        self.moves: list[Move] = []
        self.last: list[Row] = []

    @property
    def cluster(self) -> Cluster:
        """The cluster as it is now."""
        return Cluster(self.engine, self.world)

    def story(self) -> str:
        """Return the newest rows of the trace, a line each."""
        lines = [f"  {row.at:%H:%M:%S} {row.actor}: {row.what} ({row.result}) - {row.why}" for row in self.last]
        return "\n".join(["what happened last:", *(line[:118] for line in lines[-SHOWN:])])

    # --- one step ------------------------------------------------------------------------------------------------

    def become(self, after: World, *, heard: bool = False) -> None:
        """Take *after* for the next world, checking the step to it. Raises Broken.

        Deaf controllers do not hear of what the step brought, unless it is *heard*.
        """
        before = self.world
        if self.deaf and not heard:
            after = faults.deafen(before, after, self.deaf)
        self.last = [*self.last, *rows(before, after)][-SHOWN:]
        self.earlier = before.store
        self.world = after
        violation = invariants.check(before, after, self.checks)
        if violation is not None:
            raise Broken(str(violation), self)

    def request(self, action: Action) -> None:
        """Send one request of a user's; it may be refused."""
        self.become(submit(self.engine, self.world, action)[0])

    def due(self, pick: int = 0) -> Slot | None:
        """Return one of the slots that are due, counted around; if none is, let the time pass until one is."""
        if not self.world.queue.ready(self.world.now):
            next_due = self.world.queue.next_due()
            if next_due is None:
                return None
            self.world = evolve(self.world, now=next_due)
        return self.world.queue.at(pick % self.world.queue.ready(self.world.now))

    def sync(self, pick: int = 0) -> None:
        """Let one controller look at one object."""
        slot = self.due(pick)
        if slot is not None:
            self.become(sync(self.engine, self.world, slot))

    # --- moves ---------------------------------------------------------------------------------------------------

    def do(self, move: Move) -> None:
        """Play one move. Raises Broken, and ValueError for a word that is none."""
        self.moves.append(move)
        if move.word in EDITS:
            for action in EDITS[move.word](self.cluster, move.args):
                self.request(action)
        elif move.word in FAULTS:
            FAULTS[move.word](self, move.args)
        else:
            raise ValueError(f"unknown move {move.word!r}; expected one of {', '.join(sorted({*EDITS, *FAULTS}))}")

    def work(self, steps: int, seed: int = 0) -> None:
        """Let so many syncs happen, in an order that follows from *seed*; less if nothing is left to do."""
        policy = shuffled(seed)
        for _ in range(steps):
            ready = self.world.queue.ready(self.world.now)
            self.sync(policy(self.world, ready) if ready else 0)

    def wait(self, seconds: float, *, policy: Policy = fifo) -> None:
        """Let so many seconds pass, with what falls due in them, in the order of *policy*, by default as it fell due.

        Raises Broken if that takes too many steps.
        """
        end = later(self.world.now, seconds)
        written = 0
        for _ in range(self.max_steps * LOOKS):
            due = self.world.queue.next_due()
            if due is None or due > end:
                self.world = evolve(self.world, now=end)
                return
            ready, version = self.world.queue.ready(self.world.now), self.world.store.version
            self.sync(policy(self.world, ready) if ready else 0)
            written += self.world.store.version != version
            if written == self.max_steps:
                break
        raise Broken(f"settles: {BUSY} after {written} steps that wrote something, with {self.due()}", self)

    # --- calm ----------------------------------------------------------------------------------------------------

    def calm(self) -> None:
        """Take all faults away and put right what only a user can."""
        self.heal()
        self._put_right()
        self.wait(SETTLED)
        self._put_right()  # once more, for what a deletion has left behind as nobody's
        for pod in self.cluster.all("Pod"):
            if isinstance(pod, Pod) and _stuck(pod, self.world):
                self.request(Delete(*pod.key, "the user frees what waits for ever"))
        for job in self.cluster.all("Job"):
            failed = [pod for pod in pods_of(self.world.store, job) if pod.phase == "Failed"]
            if (failed or job.status.get("failed")) and not finished(job):
                self.request(Delete(*job.key, "the user gives up what fails for ever", propagation="Background"))
        self.wait(REST)

    def _put_right(self) -> None:
        for item in workloads(self.cluster):
            for action in _put_right(item):
                self.request(action)

    def heal(self) -> None:
        """Take all faults away: caches follow, everybody hears, nodes are up and take pods."""
        self.deaf = frozenset()
        for controller in sorted(self.world.caches):
            self.become(faults.catch_up(self.engine, self.world, controller))
        for node in self.cluster.all("Node"):
            self.become(faults.start_node(self.engine, self.world, node.name))
        for index in range(len(self.cluster.all("Node"))):
            for word in ("cordon", "taint"):
                for action in EDITS[word](self.cluster, FrozenMap(node=index, on=False)):
                    self.request(action)
        if not self.cluster.all("Node"):
            self.do(Move("add_node", {"number": 0}))

    def converge(self) -> None:
        """Calm down; then the cluster must have what is asked for, and stay so. Raises Broken."""
        self.calm()
        self.expect_goals()
        self.expect_rest()

    def expect_goals(self) -> None:
        """Raise Broken if something that is asked for is not there."""
        lacking = goals.unmet(self.world)
        if lacking:
            raise Broken("converges: at rest, but " + "; ".join(lacking[:3]), self)

    def expect_rest(self) -> None:
        """Raise Broken if anything is written when all controllers start again and look at everything."""
        version = self.world.store.version
        for controller in self.engine.controllers:
            self.world = faults.restart(self.engine, self.world, controller.name)
        self.wait(REST)
        if self.world.store.version != version:
            raise Broken("stays: something was written although everything was there", self)


# --- putting right -----------------------------------------------------------------------------------------------


def _put_right(item: Resource) -> Iterable[Action]:
    """Yield what a user does who wants a workload to work: a good image, and nothing that holds it back."""
    if item.kind != "Job":
        yield with_image(item, GOOD_IMAGE)
    body = _FREED.get(item.kind)
    if body is not None:
        yield Patch(*item.key, freeze(body), "the user frees it", patch_type=MERGE)
    if item.kind == "StatefulSet" and look(item.spec, "updateStrategy", "rollingUpdate", "partition"):
        whole = freeze({"spec": {"updateStrategy": {"rollingUpdate": {"partition": 0}}}})
        yield Patch(*item.key, whole, "the user rolls out to all", patch_type=MERGE)


_FREED: Final[Mapping[str, Any]] = {
    "CronJob": {"spec": {"suspend": True}},
    "Deployment": {"spec": {"paused": None}},
}


def _stuck(pod: Pod, world: World) -> bool:
    """Whether *pod* waits for ever for its user (rule 3), or stands in the way of one that has an owner."""
    controller = pod.meta.controller
    if controller is None:
        return True
    if (pod.ready and not pod.restarts) or not pod.active:
        return False  # one that crashes again and again is ready now and then
    owner = world.store.get(controller.kind, pod.namespace, controller.name)
    return owner is not None and (_LEFT_TO_USERS.get(owner.kind, _never)(owner) or _without_claim(pod, world))


def _without_claim(pod: Pod, world: World) -> bool:
    """Whether a claim that *pod* mounts is on its way out, which it is for as long as the pod is there."""
    found = (world.store.get("PersistentVolumeClaim", pod.namespace, name) for name in pod.claims)
    return any(claim is not None and claim.meta.deleting for claim in found)


def _never(owner: Resource) -> bool:
    return False


def _on_delete(owner: Resource) -> bool:
    return bool(look(owner.spec, "updateStrategy", "type") == "OnDelete")


_LEFT_TO_USERS: Final[Mapping[str, Callable[[Resource], bool]]] = {
    "ReplicaSet": lambda rs: rs.meta.controller is None,
    "StatefulSet": lambda sts: sts.spec.get("podManagementPolicy") != "Parallel" or _on_delete(sts),
    "DaemonSet": _on_delete,
}


# --- faults as moves ---------------------------------------------------------------------------------------------

Mishap = Callable[[Stage, FrozenMap], None]


def _in_sync(strike: Callable[[Engine, World, Slot, FrozenMap], World]) -> Mishap:
    """Return the move that lets one of the due slots sync while something goes wrong."""

    def mishap(stage: Stage, args: FrozenMap) -> None:
        slot = stage.due(args.get("pick", 0))
        if slot is not None:
            stage.become(strike(stage.engine, stage.world, slot, args))

    return mishap


def _lose(engine: Engine, world: World, slot: Slot, args: FrozenMap) -> World:
    """Lose an answer, but not to a controller whose cache lags, for nothing protects it then (faults, rule 4)."""
    if slot.controller in world.caches:
        return sync(engine, world, slot)
    return faults.lose_answer(engine, world, slot, args.get("request", 0))


def _named(strike: Callable[[Stage, str], None]) -> Mishap:
    """Return the move that strikes one controller by name; a name that nobody has is nobody."""

    def mishap(stage: Stage, args: FrozenMap) -> None:
        if args["controller"] in stage.engine.by_name:
            strike(stage, args["controller"])

    return mishap


def _hold(stage: Stage, controller: str) -> None:
    stage.become(faults.hold(stage.world, controller))


def _deafen(stage: Stage, controller: str) -> None:
    _hold(stage, controller)
    stage.deaf |= {controller}


def _follow(stage: Stage, controller: str) -> None:
    if controller in stage.world.caches:
        # It hears of what its cache comes to show, deaf or not; nobody would tell it again.
        stage.become(faults.show(stage.engine, stage.world, controller, stage.earlier), heard=True)


def _catch_up(stage: Stage, controller: str) -> None:
    stage.deaf -= {controller}
    stage.become(faults.catch_up(stage.engine, stage.world, controller))


def _restart(stage: Stage, controller: str) -> None:
    stage.deaf -= {controller}
    stage.become(faults.restart(stage.engine, stage.world, controller))


def _again(stage: Stage, args: FrozenMap) -> None:
    item = pick(workloads(stage.cluster), args["target"])
    for controller in stage.engine.own(item.kind) if item is not None else ():
        assert item is not None
        stage.become(faults.again(stage.world, Slot(controller.name, *item.key)), heard=True)


def _on_node(strike: Callable[[Stage, str, FrozenMap], World]) -> Mishap:
    def mishap(stage: Stage, args: FrozenMap) -> None:
        node = node_at(stage.cluster, args["node"])
        if node is not None:
            stage.become(strike(stage, node.name, args))

    return mishap


FAULTS: Final[Mapping[str, Mishap]] = {
    "work": lambda stage, args: stage.work(args.get("steps", 1), args.get("seed", 0)),
    "wait": lambda stage, args: stage.wait(args["seconds"]),
    "crash": _in_sync(lambda engine, world, slot, args: faults.crash(engine, world, slot, args.get("before", 0))),
    "refuse": _in_sync(
        lambda engine, world, slot, args: faults.refuse(
            engine, world, slot, args.get("request", 0), Reason(args.get("reason", "InternalError"))
        )
    ),
    "lose_answer": _in_sync(_lose),
    "hold": _named(_hold),
    "deafen": _named(_deafen),
    "follow": _named(_follow),
    "catch_up": _named(_catch_up),
    "restart_controller": _named(_restart),
    "again": _again,
    "stop_node": _on_node(lambda stage, name, _: faults.stop_node(stage.engine, stage.world, name)),
    "start_node": _on_node(lambda stage, name, _: faults.start_node(stage.engine, stage.world, name)),
    "slow_node": _on_node(lambda stage, name, args: faults.slow_node(stage.world, name, args.get("seconds", 1.0))),
}
"""What time and faults do, by the word of the move."""

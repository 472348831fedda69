"""Histories: what users, time and faults did to a cluster, as data; played with every invariant checked.

    history = read(text)          # YAML
    play(history)                 # raises Broken if something that must be true was not

Rules
1. A history is all that a play depends on: seed, nodes, fates of pods, whether stale caches are guarded against, moves.
   The same history gives the same play, in every process.
2. A play is the moves, then calm, then convergence (`reconcile.testing.stage`).

`python -m reconcile.testing.campaign --count 100000` draws that many random ones and reports what it found.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from attrs import evolve, frozen

from reconcile.actions import MERGE, Patch
from reconcile.cluster import Cluster
from reconcile.engine import faults
from reconcile.engine.world import World
from reconcile.model.json import freeze, thaw
from reconcile.nodes.behaviour import Behaviour, read_behaviours, write_behaviours
from reconcile.testing.compact import compact_yaml
from reconcile.testing.invariants.protocol import Invariant
from reconcile.testing.moves import Move, read_moves
from reconcile.testing.stage import Broken, Stage
from reconcile.yaml_json import read_documents

DEFAULT_FATES: Final = (
    Behaviour(image="*:bad", pull=False),
    Behaviour(image="*:crash", exit_code=1, runs=2.0),
    Behaviour(image="*:flaky", becomes_ready=False),
    Behaviour(image="*:slow", start=5.0, ready=20.0),
    Behaviour(image="*:fail", exit_code=1, runs=1.0),
    Behaviour(image="*:retry", exit_codes=(1, 0), runs=1.0),
    Behaviour(owner="Job", exit_code=0, runs=1.0),
    Behaviour(),
)
"""How pods fare unless a history says otherwise: at once, and as the tags of their images say."""


@frozen(repr=False)
class History:
    """A history."""

    moves: tuple[Move, ...] = ()
    nodes: int = 2
    """How many nodes there are in the beginning; every other one is in zone `a`."""
    seed: int = 0
    """What names and delays are drawn from."""
    fates: tuple[Behaviour, ...] = DEFAULT_FATES
    """How pods fare; rows of `reconcile.Behaviour`."""
    protected: bool = True
    """Whether controllers wait until their caches show their own writes, as they do in 1.36."""

    def __repr__(self) -> str:
        """Return the history in YAML: what a failing test shows."""
        return f"History:\n{self.text()}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show the history the same way where Hypothesis prints an example."""
        printer.text(repr(self))

    def document(self) -> dict[str, Any]:
        """Return the history as plain JSON; what is as usual is left out."""
        usual = History()
        told: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("nodes", "seed", "protected")
            if getattr(self, name) != getattr(usual, name)
        }
        if self.fates != usual.fates:
            told["fates"] = write_behaviours(self.fates)
        return {**told, "moves": [thaw(move.document()) for move in self.moves]}

    def text(self) -> str:
        """Return the history in YAML."""
        return compact_yaml(self.document())


def read(text: str) -> History:
    """Return the history that *text* is, in YAML.

    >>> read("moves: [{wait: {seconds: 5}}]").moves
    (Move('wait', {'seconds': 5}),)
    """
    (document,) = read_documents(text)
    return of_document(document)


def of_document(document: Mapping[str, Any]) -> History:
    """Return the history that *document* is."""
    plain = {name: document[name] for name in ("nodes", "seed", "protected") if name in document}
    fates = read_behaviours(thaw(document["fates"])) if "fates" in document else DEFAULT_FATES
    return History(read_moves(document.get("moves") or ()), fates=fates, **plain)


def begin(history: History, *, checks: Iterable[Invariant] | None = None) -> Stage:
    """Return the stage on which *history* is about to be played."""
    cluster = _cluster(history.nodes, history.seed, history.fates)
    if not history.protected:
        cluster = evolve(cluster, engine=faults.unprotected(cluster.engine))
    return Stage(cluster, checks=checks)


@lru_cache(maxsize=64)
def _cluster(nodes: int, seed: int, fates: tuple[Behaviour, ...]) -> Cluster:
    """Return a fresh cluster; building one costs as much as dozens of steps, and it never changes."""
    cluster = Cluster.new(nodes=nodes, seed=seed, behaviours=fates)
    for index in range(0, nodes, 2):
        label = freeze({"metadata": {"labels": {"zone": "a"}}})
        cluster = cluster.done(Patch("Node", "", f"node-{index}", label, "every other node", patch_type=MERGE))
    return evolve(cluster, world=evolve(cluster.world, trace=World().trace))


def play(history: History, *, checks: Iterable[Invariant] | None = None, calm: bool = True) -> Stage:
    """Play *history* and return the stage as it is in the end; without *calm* only its moves.

    Raises Broken.
    """
    stage = begin(history, checks=checks)
    for move in history.moves:
        stage.do(move)
    if calm:
        stage.converge()
    return stage


def failure(history: History) -> str | None:
    """Return why *history* cannot be played to its good end; None if it can."""
    try:
        play(history)
    except Broken as broken:
        return str(broken)
    return None

"""The cluster's time between commands.

Rules
1. By default it follows the real time: before each command the cluster is played forward by what has passed since the
   last one. With a manual clock it moves by `advance`, and by the commands that wait.
2. The work of catching up is bounded. A cluster that was left alone for too long is played for a while; then its clock
   jumps to the present, as if its controllers had been down meanwhile, and the user is told.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from attrs import evolve

from reconcile.cli.state import REAL, State
from reconcile.engine.run import NotSettled
from reconcile.kubectl.failures import Refused
from reconcile.model.clock import Instant, between, later, stamp

NO_ENVIRON: Final[Mapping[str, str]] = MappingProxyType({})
CATCH_UP: Final = 50_000
"""How many syncs a command may play to catch up with the present: some seconds of work."""
SETTLE: Final = 60_000
"""How many syncs a command may cause at one instant: about a minute of work, fifteen thousand pods."""
MAX_STEPS: Final = "RECONCILE_MAX_STEPS"
"""The environment's word for another bound, for who has the patience."""


def caught_up(state: State, wall: Instant) -> tuple[State, str]:
    """Return *state* at the real time *wall*, and what the user must know about that."""
    if state.settings.clock != REAL or state.wall is None:
        return state, ""
    passed = max(between(state.wall, wall), 0.0)
    cluster, until = state.cluster, later(state.cluster.now, passed)
    try:
        return State(state.settings, cluster.advance(passed, max_steps=CATCH_UP), wall), ""
    except NotSettled as stopped:
        asleep = evolve(stopped.world, now=until)
        told = (
            f"Warning: too much happened since the last command; the cluster was played until "
            f"{stamp(stopped.world.now)}, and its clock then jumped to {stamp(until)}"
        )
        return State(state.settings, evolve(cluster, world=asleep), wall), told


def settled(state: State, environ: Mapping[str, str] = NO_ENVIRON) -> State:
    """Return *state* with everything done that is due; raise Refused if there is no end to it."""
    bound = environ.get(MAX_STEPS, "")
    try:
        return evolve(state, cluster=state.cluster.settle(max_steps=int(bound) if bound.isdecimal() else SETTLE))
    except NotSettled as stopped:
        raise Refused(f"nothing was changed: {stopped} ({MAX_STEPS} sets another bound)") from None

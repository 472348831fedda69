"""One sync of a StatefulSet, from what it owns to when to look again (contract statefulset 2).

Rules
1. Orphan revisions are adopted first, then pods are adopted and released; an error there ends the sync.
2. Then: find the two revisions, visit the wanted pods, scale down, roll out, write the status, cut the history.
3. The status is written and the history cut even if something before went wrong. A set that is being deleted does only
   that: its pods and claims are left to the garbage collector.
4. What a sync writes, it does not see: all its decisions rest on what was there at its start.

Upstream meets orphans in the order of a hash map; here they come by name. All are adopted in the same sync either way.
"""

from collections.abc import Sequence
from typing import Final

from reconcile.actions import WakeAt
from reconcile.controller import Controller, owned
from reconcile.controllers._claim import claim, selects
from reconcile.controllers.statefulset.claims import Claims
from reconcile.controllers.statefulset.identity import parted
from reconcile.controllers.statefulset.lineup import Lineup, line_up
from reconcile.controllers.statefulset.replicas import keep
from reconcile.controllers.statefulset.revisions import (
    Revisions,
    adopt_revisions,
    choose_revisions,
    truncate,
    unreadable,
    visible_revisions,
)
from reconcile.controllers.statefulset.status import status_of, write_status
from reconcile.controllers.statefulset.update import NOTHING_ROLLED, Rolled, roll_out, scale_down
from reconcile.controllers.statefulset.visit import visit
from reconcile.model.clock import Instant, later
from reconcile.model.json import FrozenMap
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.model.selector import Selector
from reconcile.model.statefulset import StatefulSet
from reconcile.script import Script, Steps, scripted
from reconcile.view import Observed


@scripted
def reconcile(sts: StatefulSet, observed: Observed) -> Script:
    """Return the actions that bring the pods of *sts* closer to what it asks for."""
    try:
        selector = Selector.parse(sts.selector)
    except ValueError:
        return
    error = yield from adopt_revisions(sts, selector, observed)
    pods: list[Pod] = []
    if error is None:
        pods, error = yield from _claim_pods(sts, selector, observed)
    if error is not None:
        yield WakeAt(None, "pods and revisions could not be claimed", error=error)
        return
    status, error = yield from _act(sts, pods, selector, observed)
    if error is not None:
        yield WakeAt(None, "the sync did not succeed", error=error)
    elif status is not None:
        yield from _wake(sts, status, pods, observed.now)


# --- 9: which pods are ours ----------------------------------------------------------------------------------------


def _claim_pods(sts: StatefulSet, selector: Selector, observed: Observed) -> Steps[tuple[list[Pod], str | None]]:
    own = [pod for pod in observed.owned("Pod", sts).of(Pod) if _controls(sts, pod)]
    kept = [pod for pod in own if _ours(sts, selector, pod)]
    strays: list[Pod] = []
    orphans: list[Pod] = []
    if not sts.meta.deleting:
        strays = [pod for pod in own if not _ours(sts, selector, pod)] if len(kept) < len(own) else []
        free = observed.orphans("Pod", sts.namespace).where(lambda t: not t.deleting and selector.matches(t.labels))
        orphans = [pod for pod in free.of(Pod) if _ours(sts, selector, pod)]
    adopted, error = yield from claim(sts, strays, orphans, observed)
    return sorted([*kept, *adopted], key=lambda pod: pod.name) if adopted else kept, error


def _controls(sts: StatefulSet, pod: Pod) -> bool:
    return pod.trait.owner == sts.key


def _ours(sts: StatefulSet, selector: Selector, pod: Resource) -> bool:
    return parted(pod.name)[0] == sts.name and selector.matches(pod.meta.labels)


# --- 2.4 to 2.7: the work ------------------------------------------------------------------------------------------


def _act(
    sts: StatefulSet, pods: Sequence[Pod], selector: Selector, observed: Observed
) -> Steps[tuple[FrozenMap | None, str | None]]:
    """Do the work; return the status and the first thing that went wrong."""
    listed = visible_revisions(sts, selector, observed)
    chosen, error = yield from choose_revisions(sts, listed, observed)
    status = None
    if chosen is not None and (error := unreadable(chosen)) is None:
        status, error = yield from _advance(sts, pods, chosen, observed)
        unwritten = yield from write_status(sts, status, observed)
        error = error or unwritten
    uncut = yield from truncate(sts, pods, listed, chosen)
    return status, error or uncut


def _advance(
    sts: StatefulSet, pods: Sequence[Pod], revisions: Revisions, observed: Observed
) -> Steps[tuple[FrozenMap, str | None]]:
    """Move the pods one step; return the status and what went wrong."""
    if sts.meta.deleting:
        return status_of(sts, pods, revisions, 0, observed.now), None
    lineup = line_up(sts, pods, revisions)
    rolled = yield from _move(lineup, observed)
    return status_of(sts, lineup.present, revisions, rolled.replaced, observed.now), rolled.error


def _move(lineup: Lineup, observed: Observed) -> Steps[Rolled]:
    sts, claims = lineup.sts, Claims(lineup.sts, observed)
    halt = yield from visit(sts, range(sts.replicas), lambda index: keep(lineup, index, claims, observed))
    if halt is None:
        halt = yield from scale_down(lineup, claims, observed.now)
    if halt is not None:
        return Rolled(error=halt.error)
    if sts.strategy != "RollingUpdate":
        return NOTHING_ROLLED
    return (yield from roll_out(lineup, observed.now))


# --- 8: looking again ----------------------------------------------------------------------------------------------


def _wake(sts: StatefulSet, status: FrozenMap, pods: Sequence[Pod], now: Instant) -> Script:
    if sts.min_ready_seconds and status.get("readyReplicas", 0) != status["availableReplicas"]:
        ready = (later(pod.ready_time, sts.min_ready_seconds) for pod in pods if pod.ready and pod.ready_time)
        soon = min((instant for instant in ready if instant > now), default=later(now, sts.min_ready_seconds))
        yield WakeAt(soon, "a ready pod becomes available")


STATEFULSET: Final = Controller(
    "statefulset",
    "StatefulSet",
    reconcile,
    # As upstream: pods wake the set that owns them or might; claims and revisions wake nobody.
    watches=(owned("Pod", "StatefulSet", selector=selects),),
    settles=True,
)

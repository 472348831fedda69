"""One sync of a Deployment, from its ReplicaSets to its status.

Rules (contract deployment 2)
1. A selector that selects everything is a mistake: say so and do nothing.
2. What a sync may do depends on the first of these that holds: it is being deleted (report), paused (follow the size),
   to be rolled back, has changed its size (follow it), and only then comes the rollout by its strategy.
3. The Deployment is held in memory and carried through the sync as a value: what one step notes on it, the
   next step sees, whether it was written or not.
4. A refused request ends the sync, as a rule; the next one does what is left.
"""

from collections.abc import Callable, Iterable
from typing import Final

from reconcile.actions import Event, UpdateStatus, WakeAt
from reconcile.controller import Change, Controller, Key, mapped, owned
from reconcile.controllers._claim import selects
from reconcile.controllers.deployment.answers import SyncFailed, write_status
from reconcile.controllers.deployment.conditions import (
    PAUSED,
    PROGRESSING,
    RESUMED,
    TIMED_OUT,
    condition,
    progressing,
    set_condition,
)
from reconcile.controllers.deployment.recreate import recreate
from reconcile.controllers.deployment.replicasets import claim_sets, sync_revision
from reconcile.controllers.deployment.rollback import roll_back, rollback_target
from reconcile.controllers.deployment.rolling import roll
from reconcile.controllers.deployment.scaling import follow_size, size_changed
from reconcile.controllers.deployment.status import report
from reconcile.model.clock import Instant
from reconcile.model.deployment import RECREATE, ROLLING_UPDATE, Deployment
from reconcile.model.pod import Pod
from reconcile.model.replicaset import ReplicaSet
from reconcile.model.resource import Resource
from reconcile.script import Script, Steps, scripted
from reconcile.view import Observed, Reader

Step = Callable[[Deployment, tuple[ReplicaSet, ...], Observed], Script]

STRATEGIES: Final[dict[str, Step]] = {ROLLING_UPDATE: roll, RECREATE: recreate}


@scripted
def reconcile(d: Deployment, observed: Observed) -> Script:
    """Return the actions that bring *d* one step closer to its template and size."""
    try:
        yield from _sync(d, observed)
    except SyncFailed as failure:
        yield WakeAt(None, f"the sync did not succeed: {failure}", error=str(failure))


def _sync(d: Deployment, observed: Observed) -> Script:
    if d.selector == {}:
        yield from _refuse_to_select_all(d)
        return
    claimed = yield from claim_sets(d, observed)
    if d.meta.deleting:
        d, sets = yield from sync_revision(d, claimed, observed)
        yield from report(d, sets, observed.now)
        return
    d = yield from _note_pause(d, observed.now)
    if d.paused:
        yield from follow_size(d, claimed, observed)
    elif rollback_target(d) is not None:
        yield from roll_back(d, claimed, observed)
    else:
        yield from _move(d, claimed, observed)


def _move(d: Deployment, claimed: tuple[ReplicaSet, ...], observed: Observed) -> Script:
    """Follow a change of size or else move the rollout."""
    d, sets = yield from sync_revision(d, claimed, observed)
    if size_changed(d, sets):
        yield from follow_size(d, claimed, observed)
        return
    step = STRATEGIES.get(d.strategy)
    if step is None:
        raise SyncFailed(f"unexpected deployment strategy type: {d.strategy}")
    yield from step(d, claimed, observed)


def _refuse_to_select_all(d: Deployment) -> Script:
    yield Event("Warning", "SelectingAll", d, "This deployment selects all pods. A non-empty selector is required.")
    if (d.status.get("observedGeneration") or 0) < d.meta.generation:
        seen = d.put(("status", "observedGeneration"), d.meta.generation)
        # Nobody is told if this is refused (contract deployment 2).
        yield UpdateStatus(seen, "the generation was seen; nothing is done with a selector of everything")


# --- 5: pausing --------------------------------------------------------------------------------------------------


def _note_pause(d: Deployment, now: Instant) -> Steps[Deployment]:
    """Note on *d* that it was paused or resumed: while it is paused the deadline does not run."""
    current = progressing(d)
    reason = current.get("reason") if current is not None else None
    if d.progress_deadline is None or reason == TIMED_OUT or d.paused == (reason == PAUSED):
        return d
    reason, message = (PAUSED, "Deployment is paused") if d.paused else (RESUMED, "Deployment is resumed")
    noted = set_condition(d, condition(PROGRESSING, "Unknown", reason, message, now))
    yield from write_status(noted, message)
    return noted


# --- what wakes it -----------------------------------------------------------------------------------------------


def _recreated(change: Change, reader: Reader) -> Iterable[Key]:
    """Yield the Deployment that waits for a pod to end: only Recreate looks at pods."""
    old, new = change
    if not isinstance(old, Pod) or (isinstance(new, Pod) and not new.finished):
        return
    rs = _controller(old, "ReplicaSet", reader)
    d = _controller(rs, "Deployment", reader) if rs is not None else None
    if isinstance(d, Deployment) and d.strategy == RECREATE:
        yield (d.namespace, d.name)


def _controller(item: Resource, kind: str, reader: Reader) -> Resource | None:
    owner = item.meta.controller
    found = reader.get(kind, item.namespace, owner.name) if owner is not None and owner.kind == kind else None
    return found if found is not None and owner is not None and found.uid == owner.uid else None


DEPLOYMENT: Final = Controller(
    "deployment",
    "Deployment",
    reconcile,
    watches=(owned("ReplicaSet", "Deployment", selector=selects), mapped("Pod", _recreated)),
)

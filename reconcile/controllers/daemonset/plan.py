"""One sync of a DaemonSet, from its history to when to look again (contract daemonset 2).

Rules
1. A DaemonSet that selects everything is told about and left alone; one that is being deleted is left alone.
2. First the wanted revision is found. Without it nothing goes on, not even the status.
3. Then every node gets what it lacks and loses what is too much (`manage`). Pods of old revisions are replaced
   (`rolling`) only by a sync that did not have to do any of that, and the history is cut only if both went well.
4. The status is written last, also after something went wrong, unless the pods could not be claimed.
5. A sync whose view does not show the controller's own writes yet reports what it sees and does nothing else. (1.36
   does not even begin such a sync: see `settles`.)
6. What a sync writes, it does not see: all its decisions rest on what was there at its start.
"""

from collections.abc import Iterable
from typing import Final

from reconcile.actions import Event, WakeAt
from reconcile.controller import Change, Controller, Key, mapped, owned
from reconcile.controllers._claim import selects
from reconcile.controllers.daemonset.carry import carry_out
from reconcile.controllers.daemonset.claimed import Claimed
from reconcile.controllers.daemonset.history import History, clean_up, look_up
from reconcile.controllers.daemonset.manage import manage
from reconcile.controllers.daemonset.rolling import roll
from reconcile.controllers.daemonset.scene import Scene
from reconcile.controllers.daemonset.status import report
from reconcile.model.clock import EPOCH, later
from reconcile.model.daemonset import DaemonSet, eligible
from reconcile.model.node import Node
from reconcile.model.selector import Selector
from reconcile.script import Script, Steps, scripted
from reconcile.view import Observed, Reader


@scripted
def reconcile(ds: DaemonSet, observed: Observed) -> Script:
    """Return the actions that give every node that takes it one pod of *ds*."""
    if _selects_all(ds):
        yield Event(
            "Warning", "SelectingAll", ds, "This daemon set selects all pods; it needs a selector that does not"
        )
        return
    if ds.meta.deleting:
        return
    try:
        selector = Selector.parse(ds.selector)
    except ValueError as problem:
        yield WakeAt(None, "the selector cannot be read", error=str(problem))
        return
    claimed = Claimed(ds, selector, observed)
    history, error = yield from look_up(ds, selector, claimed, observed)
    if history is not None:
        error = yield from _act(ds, history, claimed, observed)
    if error is not None:
        yield WakeAt(None, "the sync did not succeed", error=error)


def _selects_all(ds: DaemonSet) -> bool:
    return ds.selector is not None and not any(ds.selector.values())


def _act(ds: DaemonSet, history: History, claimed: Claimed, observed: Observed) -> Steps[str | None]:
    """Do the work and report; return the first thing that went wrong."""
    error = (yield from _work(ds, history, claimed, observed)) if observed.settled else None
    daemon, refused = yield from claimed.daemon()
    if refused is None:
        scene = Scene(ds, daemon, history.hash, observed)
        refused = yield from report(scene, seen=observed.settled)
        yield from _await_maturity(scene)
    return error or refused


def _work(ds: DaemonSet, history: History, claimed: Claimed, observed: Observed) -> Steps[str | None]:
    daemon, error = yield from claimed.daemon()
    if error is not None:
        return error
    scene = Scene(ds, daemon, history.hash, observed)
    work = yield from manage(scene)
    done = yield from carry_out(ds, history.hash, work, "should have a pod")
    if done.error is None and not done.acted and ds.rolling:
        try:
            work = roll(scene)
        except ValueError as problem:
            return str(problem)
        done = yield from carry_out(ds, history.hash, work, "has a pod of an old revision")
    if done.error is not None:
        return done.error
    return (yield from clean_up(ds, history, claimed, observed))


def _await_maturity(scene: Scene) -> Script:
    """Come back when the next ready pod is available, on whose account ever."""
    firsts = [group.following(scene.matured) for _, group in scene.groups]
    first = min((since for since in firsts if since is not None), default=None)
    if first is not None:
        # Upstream asks for it when a pod becomes ready, and adds a second for clocks that differ.
        due = later(EPOCH, first / 1_000_000 + scene.ds.min_ready_seconds + 1)
        yield WakeAt(due, "a ready pod is available then", watched=True)


# --- what wakes it -----------------------------------------------------------------------------------------------


def _on_node(change: Change, reader: Reader) -> Iterable[Key]:
    """A node that comes, or whose labels or taints change, concerns the DaemonSets that have something to do there.

    As upstream, a node that goes wakes nobody, and neither does a taint that keeps only new pods away: the status tells
    of them when the next sync is due for another reason.
    """
    old, new = change
    if not isinstance(new, Node) or (isinstance(old, Node) and _alike(old, new)):
        return
    here = {trait.owner for trait in reader.on_node(new.name).groups}
    for ds in reader.all("DaemonSet"):
        if isinstance(ds, DaemonSet) and _concerned(ds, new, scheduled=ds.key in here):
            yield (ds.namespace, ds.name)


_REVISIONS: Final = owned("ControllerRevision", "DaemonSet", selector=selects)


def _on_revision(change: Change, reader: Reader) -> Iterable[Key]:
    """A revision that goes, or that is nobody's, concerns whom it was or may be of; any other write is its owner's."""
    new = change[1]
    return _REVISIONS.keys(change, reader) if new is None or new.meta.controller is None else ()


def _alike(old: Node, new: Node) -> bool:
    return old.meta.labels == new.meta.labels and old.taints == new.taints


def _concerned(ds: DaemonSet, node: Node, *, scheduled: bool) -> bool:
    should_run, should_continue = eligible(ds.pod_spec, node)
    if not scheduled:
        return should_run
    # A pod that counts as misplaced may be in its place from now on (kubernetes#132477).
    return not should_continue or ds.status.get("numberMisscheduled", 0) > 0


DAEMONSET: Final = Controller(
    "daemonset",
    "DaemonSet",
    reconcile,
    watches=(
        owned("Pod", "DaemonSet", selector=selects),
        mapped("Node", _on_node),
        mapped("ControllerRevision", _on_revision),
    ),
    settles=True,
)

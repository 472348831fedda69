"""Every DaemonSet on all nodes, folded from writes.

A change of a node costs one look per DaemonSet, a change of a pod one entry; a DaemonSet whose template or selector
changes is looked at anew on every node.
"""

from collections.abc import Callable
from typing import Any, Final

from pyrsistent import PMap, pmap

from reconcile.daemons import Daemon
from reconcile.model.daemonset import DaemonSet
from reconcile.model.node import Node
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource

Daemons = PMap[str, Daemon]
"""By the uid of the DaemonSet."""

NO_DAEMONS: Final[Daemons] = pmap()

Listing = Callable[[], tuple[list[Node], list[Pod]]]
"""All nodes, and the pods that the DaemonSet in question controls; asked for only if all must be looked at."""


def fold(daemons: Daemons, old: Resource | None, new: Resource | None, listing: Listing) -> Daemons:
    """Return *daemons* after *old* became *new*; the same value if that changes nothing for any of them."""
    item = new if new is not None else old
    folded = _FOLDS.get(type(item))
    return daemons if folded is None else folded(daemons, old, new, listing)


def _fold_daemon_set(daemons: Daemons, old: DaemonSet | None, new: DaemonSet | None, listing: Listing) -> Daemons:
    if old is not None and (new is None or new.uid != old.uid):
        daemons = daemons.discard(old.uid)
    if new is None or (new.uid in daemons and old is not None and _asks_the_same(old, new)):
        return daemons
    return daemons.set(new.uid, Daemon.of(new, *listing()))


def _asks_the_same(old: DaemonSet, new: DaemonSet) -> bool:
    return old.spec.get("template") == new.spec.get("template") and old.selector == new.selector


def _fold_node(daemons: Daemons, old: Node | None, new: Node | None, _: Listing) -> Daemons:
    for uid in sorted(daemons):
        before = daemons[uid]
        if new is not None:
            after = before.put_node(new)
        else:
            assert old is not None
            after = before.remove_node(old.name)
        daemons = daemons if after is before else daemons.set(uid, after)
    return daemons


def _fold_pod(daemons: Daemons, old: Pod | None, new: Pod | None, _: Listing) -> Daemons:
    if not daemons:
        return daemons
    before, after = _daemon_of(daemons, old), _daemon_of(daemons, new)
    if old is not None and new is not None and before and before == after:
        return daemons.set(after, daemons[after].change_pod(old, new))
    if old is not None and before:
        daemons = daemons.set(before, daemons[before].remove_pod(old))
    if new is not None and after:
        daemons = daemons.set(after, daemons[after].put_pod(new))
    return daemons


def _daemon_of(daemons: Daemons, pod: Pod | None) -> str:
    """Return the uid of the DaemonSet that controls *pod*; empty if none does."""
    controller = pod.meta.controller if pod is not None else None
    if pod is None or controller is None:
        return ""
    daemon = daemons.get(controller.uid)
    return controller.uid if daemon is not None and daemon.controls(pod) else ""


_FOLDS: Final[dict[type[Any], Callable[[Daemons, Any, Any, Listing], Daemons]]] = {
    DaemonSet: _fold_daemon_set,
    Node: _fold_node,
    Pod: _fold_pod,
}

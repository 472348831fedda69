"""Which pods are a DaemonSet's own (contract daemonset 3).

Rules
1. All pods that it controls and selects are its own, also those that ended or are on their way out. What it no longer
   selects is released; an orphan that it selects, and that nobody deletes, is adopted.
2. Upstream claims anew in several steps of one sync, and sends the same patches again. Here what was claimed stays
   claimed for the rest of the sync; only where something went wrong a later step tries again.
"""

from collections.abc import Iterator

from reconcile.children import Group
from reconcile.controllers._claim import claim
from reconcile.daemons import Daemon
from reconcile.model.daemonset import DaemonSet, target_node
from reconcile.model.pod import Pod, Trait
from reconcile.model.revision import revision_label
from reconcile.model.selector import Selector
from reconcile.script import Steps
from reconcile.view import Observed


class Claimed:
    """The pods of one sync."""

    def __init__(self, ds: DaemonSet, selector: Selector, observed: Observed) -> None:
        self._ds = ds
        self._selector = selector
        self._observed = observed
        self._own = observed.owned("Pod", ds).where(lambda trait: trait.owner == ds.key)
        self._adopted: list[Pod] = []
        self._daemon: Daemon | None = None

    def daemon(self) -> Steps[tuple[Daemon, str | None]]:
        """Claim the pods; return what is on which node, and what went wrong, if anything did."""
        if self._daemon is not None:
            return self._daemon, None
        strays = self._own.where(lambda trait: not self._selects(trait)).of(Pod)
        orphans = self._observed.orphans("Pod", self._ds.namespace).where(self._adopts).of(Pod)
        place = self._observed.place
        self._adopted, error = yield from claim(
            self._ds, sorted(strays, key=place), sorted(orphans, key=place), self._observed
        )
        daemon = self._observed.cache.daemon(self._ds.uid) or Daemon.of(self._ds, (), ())
        for pod in self._adopted:
            daemon = daemon.put_pod(pod)
        self._daemon = daemon if error is None else None
        return daemon, error

    def _selects(self, trait: Trait) -> bool:
        return self._selector.matches(trait.labels)

    def _adopts(self, trait: Trait) -> bool:
        return not trait.deleting and self._selects(trait)

    def pods(self) -> list[Pod]:
        """Return all claimed pods, also those without a node. Costs as much as there are."""
        return sorted([*self._own.where(self._selects).of(Pod), *self._adopted], key=self._observed.place)

    def revisions(self) -> set[str]:
        """Return the labels of the revisions that the claimed pods on nodes were made from. Costs the groups."""
        kept = self._own.where(self._selects).groups.items()
        live = {revision_label(trait.labels) for trait, group in kept if trait.assigned or any(_meant(group))}
        return live | {revision_label(pod.meta.labels) for pod in self._adopted if target_node(pod)}


def _meant(group: Group) -> Iterator[bool]:
    """Yield, for each pod of a group that is not bound, whether it is meant for some node."""
    return (isinstance(pod, Pod) and bool(target_node(pod)) for pod in group)

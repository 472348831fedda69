"""What the steps of a sync look at: the DaemonSet, its pods on all nodes, the revision that is wanted.

Rules (contract daemonset 3 and 7)
1. A pod is up to date if it carries the hash of the wanted revision, or the generation of the template that the
   DaemonSet's annotation counts. A pod with neither is of an old revision.
2. A pod is available once it is ready for minReadySeconds, whatever its phase.
3. Where several nodes could come next, the order of the view decides, by default that of their names. Upstream walks
   over hash maps there: which node comes first is arbitrary, how many are taken is not.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar

from attrs import frozen

from reconcile.daemons import Daemon, DaemonPod, Entry, NodeGroup, NodeTrait, Ready, matured
from reconcile.model.daemonset import DaemonSet
from reconcile.model.intstr import IntOrString, resolve
from reconcile.view import Observed, alphabetical

T = TypeVar("T")


@frozen
class Scene:
    """One DaemonSet on all nodes, seen with a revision in mind."""

    ds: DaemonSet
    daemon: Daemon
    hash: str
    observed: Observed

    @cached_property
    def groups(self) -> list[tuple[NodeTrait, NodeGroup]]:
        """The nodes by what makes them alike."""
        return list(self.daemon.sorted_groups())

    @cached_property
    def matured(self) -> Ready:
        """The end of the pods that are available, in the order of becoming ready."""
        return matured(self.ds.min_ready_seconds, self.observed.now)

    @cached_property
    def desired(self) -> int:
        """How many nodes should run a pod."""
        return sum(len(group) for trait, group in self.groups if trait.exists and trait.should_run)

    @cached_property
    def surges(self) -> bool:
        """Whether a node may have two pods: the share that may is taken of one node."""
        try:
            return share(self.ds, self.ds.max_surge, 1) > 0
        except ValueError:
            return False

    @cached_property
    def _generation(self) -> str | None:
        generation = self.ds.template_generation
        return None if generation is None else str(generation)

    def updated(self, pod: DaemonPod) -> bool:
        """Return whether *pod* was made from the wanted template."""
        return (self.hash != "" and pod.revision == self.hash) or pod.generation == self._generation

    def first(self, count: int, *sources: Iterable[Entry]) -> list[Entry]:
        """Return the first *count* of the entries of all *sources*, each in the order of names, as the nodes come.

        In the order of names only as many are looked at as are wanted.
        """
        return list(islice(self.each(*sources), max(count, 0)))

    def each(self, *sources: Iterable[Entry]) -> Iterator[Entry]:
        """Return the entries of all *sources*, each in the order of names, as the nodes come."""
        hashed: Callable[[str], Any] = self.observed.hashed
        merged = heapq.merge(*sources, key=_name)
        return merged if hashed is alphabetical else iter(sorted(merged, key=lambda entry: hashed(entry.node)))


def _name(entry: Entry) -> str:
    return entry.node


def named(entries: Iterable[Entry]) -> list[Entry]:
    """Return *entries* in the order of names."""
    return sorted(entries, key=_name)


def share(ds: DaemonSet, value: IntOrString | None, total: int) -> int:
    """Return how many of *total* nodes *value* means; none where nothing is rolled out.

    Raises ValueError if it is no number and no percentage.
    """
    return resolve(value, total, round_up=True) if ds.rolling else 0

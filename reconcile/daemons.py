"""One DaemonSet on all nodes: which node has which pods, grouped by what makes nodes alike.

Rules
1. Every node that exists has an entry, and every node that a pod is meant for. An entry says whether a pod should run
   there, whether one may go on running, and which pods are there.
2. Entries with the same trait are one group: whoever counts walks over the groups, whoever acts looks into the groups
   that need something. A node or a pod that changes costs one entry, however many there are.
3. In a group entries stand by name, and for each of their pods that is ready by when it became so: how many have been
   ready for long enough is a look-up.
4. Pods that have ended and are on their way out are left out, as are pods that the selector does not take.

Contract: daemonset 3, 5.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final, NamedTuple, Self

from attrs import evolve, field, frozen
from pyrsistent import PMap, pmap

from reconcile.children import microseconds
from reconcile.model.clock import Instant, later
from reconcile.model.daemonset import GENERATION_LABEL, DaemonSet, eligible, target_node
from reconcile.model.json import FrozenMap
from reconcile.model.node import Node
from reconcile.model.ordered import SortedMap
from reconcile.model.pod import FINISHED, Pod
from reconcile.model.revision import POD_LABEL
from reconcile.model.selector import NOTHING, Selector


class DaemonPod(NamedTuple):
    """What makes two daemon pods alike."""

    ended: str
    """Failed, Succeeded, or empty for a pod that runs or may still run."""
    deleting: bool
    bound: bool
    ready: bool
    revision: str
    generation: str


class NodeTrait(NamedTuple):
    """What makes two nodes alike to a DaemonSet."""

    exists: bool
    should_run: bool
    should_continue: bool
    pods: tuple[DaemonPod, ...]
    """The pods there, in the order of `Entry.pods`."""


def _trait_of(pod: Pod) -> DaemonPod:
    labels = pod.meta.labels
    ended = pod.phase if pod.phase in FINISHED else ""
    return DaemonPod(
        ended, pod.meta.deleting, bool(pod.node), pod.ready, labels.get(POD_LABEL, ""), labels.get(GENERATION_LABEL, "")
    )


_FIRST: Final = -(2**63)
_NEVER: Final = 2**63


def _seniority(pod: Pod) -> tuple[bool, int, str]:
    created = pod.meta.created
    return (not pod.node, _FIRST if created is None else microseconds(created), pod.name)


@frozen
class Entry:
    """What a DaemonSet has on one node."""

    node: str
    exists: bool = False
    should_run: bool = False
    should_continue: bool = False
    pods: tuple[Pod, ...] = ()
    """The pods there, the senior one first: bound before unbound, older before younger, then by name."""

    @cached_property
    def trait(self) -> NodeTrait:
        """The group that the node falls into."""
        return NodeTrait(self.exists, self.should_run, self.should_continue, tuple(map(_trait_of, self.pods)))

    @cached_property
    def ready_since(self) -> tuple[int | None, ...]:
        """For each pod the instant at which it became ready, in microseconds; None for one that is not ready."""
        return tuple(_since(pod) for pod in self.pods)

    def put(self, pod: Pod) -> "Entry":
        """Return the entry with *pod* on it."""
        others = (old for old in self.pods if old.name != pod.name)
        return evolve(self, pods=tuple(sorted((*others, pod), key=_seniority)))

    def discard(self, pod: Pod) -> "Entry":
        """Return the entry without *pod*."""
        return evolve(self, pods=tuple(old for old in self.pods if old.name != pod.name))


def _since(pod: Pod) -> int | None:
    if not pod.ready:
        return None
    return _NEVER if pod.ready_time is None else microseconds(pod.ready_time)


Ready = tuple[int, str]
"""When a pod became ready, in microseconds, and on which node."""

_NO_ENTRIES: Final[SortedMap[str, Entry]] = SortedMap.of(())
_NO_TIMES: Final[SortedMap[Ready, Entry]] = SortedMap.of(())


def matured(min_ready_seconds: int, now: Instant) -> Ready:
    """Return the end of the pods that have been ready for *min_ready_seconds*, in the order of becoming ready."""
    if not min_ready_seconds:
        # Then nobody asks since when, not even of a pod that does not say it.
        return (_NEVER + 1, "")
    return (microseconds(later(now, -min_ready_seconds)) + 1, "")


@frozen
class NodeGroup:
    """Entries with one trait."""

    entries: SortedMap[str, Entry] = _NO_ENTRIES
    ready: tuple[SortedMap[Ready, Entry], ...] = ()
    """For each place among the pods, the entries whose pod there is ready, by when it became so."""

    def __len__(self) -> int:
        return len(self.entries)

    def put(self, entry: Entry) -> "NodeGroup":
        """Return the group with *entry* in it."""
        before = self.ready or (_NO_TIMES,) * len(entry.pods)
        times = zip(before, entry.ready_since, strict=True)
        ready = tuple(old if since is None else old.set((since, entry.node), entry) for old, since in times)
        return NodeGroup(self.entries.set(entry.node, entry), ready)

    def discard(self, entry: Entry) -> "NodeGroup":
        """Return the group without *entry*."""
        times = zip(self.ready, entry.ready_since, strict=True)
        ready = tuple(old if since is None else old.discard((since, entry.node)) for old, since in times)
        return NodeGroup(self.entries.discard(entry.node), ready)

    def available(self, place: int, end: Ready) -> int:
        """Return how many of the pods at *place* have been ready for long enough; *end* is from `matured`."""
        return self.ready[place].rank(end)

    def mature(self, place: int, end: Ready) -> list[Entry]:
        """Return the entries whose pod at *place* has been ready for long enough. Costs as much as there are."""
        return list(self.ready[place].values(None, end))

    def young(self, place: int, end: Ready) -> list[Entry]:
        """Return the entries whose pod at *place* is ready, but not for long enough. Costs as much as there are."""
        return list(self.ready[place].values(end, None))

    def following(self, end: Ready) -> int | None:
        """Return when the first of the pods became ready that have not been so for long enough; None if none is."""
        firsts = (next(times.keys(end, (_NEVER, "")), None) for times in self.ready)
        return min((first[0] for first in firsts if first is not None), default=None)


_NO_GROUP: Final = NodeGroup()


@frozen
class Daemon:
    """A DaemonSet on all nodes; a persistent value."""

    owner: tuple[str, str, str]
    """The key of the DaemonSet; pods that name another one as their controller, under the same uid, are not its."""
    pod_spec: FrozenMap
    selector: Selector
    entries: PMap[str, Entry] = field(factory=pmap)
    groups: PMap[NodeTrait, NodeGroup] = field(factory=pmap)

    @classmethod
    def of(cls, daemon_set: DaemonSet, nodes: Iterable[Node], pods: Iterable[Pod]) -> Self:
        """Return *daemon_set* on *nodes* with the *pods* that it controls: the slow twin of folding changes in."""
        daemon = cls(daemon_set.key, daemon_set.pod_spec, _selector(daemon_set))
        for node in nodes:
            daemon = daemon.put_node(node)
        for pod in pods:
            daemon = daemon.put_pod(pod) if daemon.controls(pod) else daemon
        return daemon

    def controls(self, pod: Pod) -> bool:
        """Return whether *pod*, whose controller has the uid of the DaemonSet, also has its name."""
        return pod.trait.owner == self.owner

    def sorted_groups(self) -> Iterator[tuple[NodeTrait, NodeGroup]]:
        """Yield the groups in an order that does not depend on hashing."""
        return iter(sorted(self.groups.items(), key=lambda item: item[0]))

    def put_node(self, node: Node) -> Self:
        """Return the daemon after *node* came or changed; the same value if that changes nothing for it."""
        old = self.entries.get(node.name) or Entry(node.name)
        should_run, should_continue = eligible(self.pod_spec, node)
        new = evolve(old, exists=True, should_run=should_run, should_continue=should_continue)
        return self._replace(old, new)

    def remove_node(self, name: str) -> Self:
        """Return the daemon after a node left."""
        old = self.entries.get(name)
        return self if old is None else self._replace(old, Entry(name, pods=old.pods))

    def put_pod(self, pod: Pod) -> Self:
        """Return the daemon with *pod*, which it controls or just adopted."""
        node = self._place(pod)
        old = self.entries.get(node) or Entry(node)
        return self._replace(old, old.put(pod)) if node else self

    def change_pod(self, old: Pod, new: Pod) -> Self:
        """Return the daemon after a pod that it controls became *new*."""
        if target_node(old) == self._place(new):
            return self.put_pod(new)
        return self.remove_pod(old).put_pod(new)

    def _place(self, pod: Pod) -> str:
        """Return the node on which *pod* counts; empty if it counts on none."""
        if not self.selector.matches(pod.meta.labels) or (pod.finished and pod.meta.deleting):
            return ""
        return target_node(pod)

    def remove_pod(self, pod: Pod) -> Self:
        """Return the daemon without *pod*."""
        old = self.entries.get(target_node(pod))
        return self if old is None else self._replace(old, old.discard(pod))

    def _replace(self, old: Entry, new: Entry) -> Self:
        if new == old and new.node in self.entries:
            return self
        groups = self.groups
        if old.node in self.entries:
            rest = groups[old.trait].discard(old)
            groups = groups.set(old.trait, rest) if len(rest) else groups.remove(old.trait)
        if not new.exists and not new.pods:
            return evolve(self, entries=self.entries.discard(new.node), groups=groups)
        groups = groups.set(new.trait, groups.get(new.trait, _NO_GROUP).put(new))
        return evolve(self, entries=self.entries.set(new.node, new), groups=groups)


def _selector(daemon_set: DaemonSet) -> Selector:
    try:
        return Selector.parse(daemon_set.selector)
    except ValueError:
        return NOTHING

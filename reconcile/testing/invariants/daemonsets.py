"""Invariants of DaemonSets (contract daemonset).

A pod belongs to the node that it is bound to, or that its required affinity names while it is not bound. Whether a node
takes a pod is worked out here from labels and taints, apart from the controller.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from reconcile.model.json import look
from reconcile.model.node import Node
from reconcile.model.placement import selects
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.testing.invariants.protocol import Sync, active, available, decision, names, pods_of

BURST: Final = 250
HASH_LABEL: Final = "controller-revision-hash"

_ALWAYS: Final = frozenset(
    {
        ("node.kubernetes.io/not-ready", "NoExecute"),
        ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"),
        ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"),
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
    }
)
"""Taints that a daemon pod tolerates without saying so."""


def target(pod: Resource) -> str:
    """Return the node that *pod* is bound to or meant for; empty if none can be told."""
    if pod.spec.get("nodeName"):
        return str(pod.spec["nodeName"])
    path = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
    for term in look(pod.spec, *path, default=()):
        for field in term.get("matchFields") or ():
            if field.get("key") == "metadata.name" and len(field.get("values") or ()) == 1:
                return str(field["values"][0])
    return ""


def by_node(pods: Sequence[Pod]) -> Mapping[str, list[Pod]]:
    """Return *pods* by the node that they belong to."""
    found: dict[str, list[Pod]] = defaultdict(list)
    for pod in pods:
        found[target(pod)].append(pod)
    return found


def takes(node: Node, ds: Resource) -> bool:
    """Return whether a pod of *ds* should run on *node* (contract 5)."""
    spec = look(ds.spec, "template", "spec", default={})
    if spec.get("nodeName") not in (None, "", node.name) or not selects(spec, node):
        return False
    tolerations = spec.get("tolerations") or ()
    return all(_bears(tolerations, taint) for taint in node.taints if taint.get("effect") != "PreferNoSchedule")


def _bears(tolerations: Sequence[Any], taint: Any) -> bool:
    if (taint.get("key"), taint.get("effect")) in _ALWAYS:
        return True
    return any(_tolerates(toleration, taint) for toleration in tolerations)


def _tolerates(toleration: Any, taint: Any) -> bool:
    if toleration.get("effect") not in (None, "", taint.get("effect")):
        return False
    if toleration.get("key") not in (None, "", taint.get("key")):
        return False
    operator = toleration.get("operator") or "Equal"
    return operator == "Exists" or (
        operator == "Equal" and (toleration.get("value") or "") == (taint.get("value") or "")
    )


def _rolling(ds: Resource, field: str, default: Any) -> Any:
    if look(ds.spec, "updateStrategy", "type", default="RollingUpdate") != "RollingUpdate":
        return 0
    return look(ds.spec, "updateStrategy", "rollingUpdate", field, default=default)


def share(value: Any, total: int) -> int:
    """Return what a number or a percentage (rounded up) of *total* nodes is."""
    return value if isinstance(value, int) else -(-int(value.removesuffix("%")) * total // 100)


def surges(ds: Resource) -> bool:
    """Return whether a node may have two pods during a rollout."""
    return share(_rolling(ds, "maxSurge", 0), 1) > 0


@decision("daemonset")
def one_pod_per_node(sync: Sync) -> Iterator[str]:
    """A DaemonSet without surge makes a pod for a node only if no other one of its own is there, not even a terminating
    one that has not ended; counted in the store itself, so it holds while the controller waits for its own writes."""
    ds = sync.desired
    made = sync.created("Pod") if ds is not None else []
    if ds is None or not made:
        return
    after = by_node([pod for pod in pods_of(sync.after.store, ds) if not (pod.meta.deleting and pod.finished)])
    limit = 2 if surges(ds) else 1
    for node in sorted({target(pod) for pod in made}):
        here = active(after[node]) if surges(ds) else after[node]
        if len(here) > limit:
            yield f"{ds} has {len(here)} pods on {node}: {names(here)}"


@decision("daemonset")
def only_eligible_nodes(sync: Sync) -> Iterator[str]:
    """A DaemonSet makes pods only for nodes that exist, that its selector and affinity take, and whose taints its pods
    tolerate, as it saw them; and none while it is being deleted."""
    ds = sync.desired
    for pod in sync.created("Pod") if ds is not None else ():
        assert ds is not None
        node = sync.seen.get("Node", "", target(pod))
        if not isinstance(node, Node) or not takes(node, ds):
            yield f"{ds} made {pod} for node {target(pod) or 'nowhere'}, which does not take it"
        if ds.meta.deleting:
            yield f"{ds} is being deleted and made {pod}"


@decision("daemonset")
def daemonset_burst(sync: Sync) -> Iterator[str]:
    """One sync of a DaemonSet creates at most 250 pods and deletes at most 250 in each of its two steps."""
    if len(sync.created("Pod")) > 2 * BURST or len(sync.removed("Pod")) > 2 * BURST:
        yield f"{sync.desired} created or deleted more than {2 * BURST} pods in one sync"


@decision("daemonset")
def daemonset_availability(sync: Sync) -> Iterator[str]:
    """A rollout without surge takes an available pod only while at most maxUnavailable nodes are without one.

    Counted, as the controller saw them, over the nodes that should have a pod: those that are left with exactly one pod
    that is not terminating and is available. Unavailable pods of an old revision are replaced outside of that budget
    (D-N4). Not counted: pods on nodes that should have none, surplus pods, and pods that ended.
    """
    ds = sync.desired
    gone = {pod.uid for pod in sync.removed("Pod")}
    if ds is None or not gone or surges(ds):
        return
    seconds = int(ds.spec.get("minReadySeconds") or 0)
    nodes = [node for node in sync.seen.all("Node") if isinstance(node, Node) and takes(node, ds)]
    here = by_node([pod for pod in pods_of(sync.seen, ds) if not pod.meta.deleting])
    serving = {n.name for n in nodes if len(here[n.name]) == 1 and available(here[n.name][0], seconds, sync.now)}
    taken = {name for name in serving if here[name][0].uid in gone and not here[name][0].finished}
    allowed = max(share(_rolling(ds, "maxUnavailable", 1), len(nodes)), 1)
    if taken and len(nodes) - len(serving) + len(taken) > allowed:
        without = len(nodes) - len(serving)
        yield f"{ds} took {len(taken)} available pods with {without} of {len(nodes)} nodes without one"


@decision("daemonset")
def daemonset_surge(sync: Sync) -> Iterator[str]:
    """A rollout with surge has at most maxSurge nodes on which a new pod is on its way beside an available old one.

    Counted when such a pod is made: nodes that should have one, with an available old pod and a pod that was just made
    or is not available yet. Old pods that are not available are replaced outside of that budget (D-N6).
    """
    ds = sync.desired
    made = {target(pod) for pod in sync.created("Pod")}
    if ds is None or not made or not surges(ds):
        return
    seconds = int(ds.spec.get("minReadySeconds") or 0)
    nodes = [node for node in sync.seen.all("Node") if isinstance(node, Node) and takes(node, ds)]
    here = by_node(active(pods_of(sync.seen, ds)))
    serving = {n.name for n in nodes if any(available(pod, seconds, sync.now) for pod in here[n.name])}
    extra = made & serving
    limit = share(_rolling(ds, "maxSurge", 0), len(nodes))
    waiting = {
        n.name
        for n in nodes
        if len(here[n.name]) > 1 and any(not available(pod, seconds, sync.now) for pod in here[n.name])
    }
    if extra and len(extra | (waiting & serving)) > limit:
        yield f"{ds} surges on {len(extra | (waiting & serving))} nodes; {limit} may"


@decision("daemonset")
def on_delete_waits_for_the_user(sync: Sync) -> Iterator[str]:
    """With OnDelete a DaemonSet deletes no pod that is the only one on a node that should have it, unless it has
    ended."""
    ds = sync.desired
    if ds is None or look(ds.spec, "updateStrategy", "type") != "OnDelete":
        return
    here = by_node([pod for pod in pods_of(sync.seen, ds) if not pod.meta.deleting and not pod.finished])
    for pod in sync.removed("Pod"):
        node = sync.seen.get("Node", "", target(pod))
        alone = isinstance(pod, Pod) and not pod.finished and len(here[target(pod)]) == 1
        if alone and isinstance(node, Node) and takes(node, ds):
            yield f"{ds} has OnDelete and deleted {pod}, the only one on {node.name}"

"""Moves: what users do to a cluster, as plain data, so that a history of them can be drawn, shrunk and replayed.

Rules
1. A move is a word and its arguments: `Move("scale", {"target": 1, "replicas": 3})`, in YAML `scale: {target: 1, ...}`.
2. A target is a number: that one of the objects there are, in the order of kind, namespace and name, counted around. So
   every move can be played in every cluster, and one that has no target does nothing.
3. An edit becomes requests as kubectl sends them. What the API refuses is refused, as it would be to a user.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from attrs import field, frozen

from reconcile.actions import MERGE, STRATEGIC_MERGE, Action, Create, Delete, Patch
from reconcile.cluster import DEFAULT_NAMESPACE, Cluster
from reconcile.kubectl.rollback import NoRollback, Skipped, undo
from reconcile.model.clock import stamp
from reconcile.model.json import FrozenMap, freeze, look
from reconcile.model.kinds import BY_NAME
from reconcile.model.node import Node
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.patch.three_way import annotated, apply_patch
from reconcile.store.seed import node

T = TypeVar("T")

WORKLOADS: Final = ("CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "StatefulSet")
"""The kinds that a `target` counts through; ReplicaSets only if no Deployment has them."""

CONTAINER: Final = "app"
"""What the container of every drawn template is called, so that `set image` finds it."""


@frozen(repr=False)
class Move:
    """One move."""

    word: str
    args: FrozenMap = field(default=FrozenMap(), converter=freeze)

    def __repr__(self) -> str:
        """Return the move as one writes it in Python."""
        return f"Move({self.word!r}, {dict(self.args)!r})"

    def document(self) -> dict[str, Any]:
        """Return the move as one writes it in YAML."""
        return {self.word: dict(self.args)}


def read_moves(documents: Iterable[Mapping[str, Any]]) -> tuple[Move, ...]:
    """Return the moves that *documents* are.

    >>> read_moves([{"scale": {"target": 0, "replicas": 2}}])
    (Move('scale', {'target': 0, 'replicas': 2}),)
    """
    return tuple(Move(word, args or {}) for document in documents for word, args in document.items())


def workloads(cluster: Cluster) -> list[Resource]:
    """Return what a `target` counts through."""
    found = (item for kind in WORKLOADS for item in cluster.all(kind))
    return [item for item in found if item.kind != "ReplicaSet" or item.meta.controller is None]


def pick(items: Sequence[T], index: int) -> T | None:
    """Return the item that *index* names, counted around; None if there are none.

    >>> pick("abc", 4)
    'b'
    """
    return items[index % len(items)] if items else None


Edit = Callable[[Cluster, FrozenMap], Iterable[Action]]
"""From a cluster and the arguments of a move to the requests that it makes."""

WHY: Final = "the user wants it"


# --- kubectl apply, delete, patch ----------------------------------------------------------------------------------


def _apply(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    manifest = args["manifest"]
    kind, name = manifest["kind"], manifest["metadata"]["name"]
    namespaced = kind not in BY_NAME or BY_NAME[kind].namespaced
    place = (manifest["metadata"].get("namespace") or DEFAULT_NAMESPACE) if namespaced else ""
    live = cluster.world.store.get(kind, place, name)
    if live is None:
        yield Create(kind, place, annotated(manifest, namespace=place), WHY)
        return
    patch = apply_patch(kind, live.raw, manifest, namespace=place)
    if patch:
        yield Patch(kind, place, name, patch, WHY, patch_type=STRATEGIC_MERGE if kind in BY_NAME else MERGE)


def _delete(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    item = _meant(cluster, args)
    if item is not None:
        yield Delete(*item.key, WHY, propagation=args.get("propagation", "Background"))


def _change(item: Resource | None, body: Any) -> Iterator[Action]:
    if item is not None:
        yield Patch(*item.key, freeze(body), WHY, patch_type=MERGE)


def _patch(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    return _change(_meant(cluster, args), args["body"])


def _meant(cluster: Cluster, args: FrozenMap) -> Resource | None:
    """Return the workload that a move is about: one of all, or of one kind, which may be any."""
    kind = args.get("kind")
    if kind is not None and kind not in WORKLOADS:
        return pick(cluster.all(kind), args["target"])
    return pick([item for item in workloads(cluster) if kind in (None, item.kind)], args["target"])


def _delete_child(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    """A user deletes something that an object of a kind owns, but for objects of some kinds."""
    owned = (child for owner in cluster.all(args["kind"]) for child in cluster.world.store.dependents(owner.uid))
    child = pick([child for child in owned if child.kind not in args.get("but", ())], args["child"])
    if child is not None:
        yield Delete(*child.key, WHY)


def _scale(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    kinds = ("Deployment", "ReplicaSet", "StatefulSet") if args.get("owned") else ("Deployment", "StatefulSet")
    loose = [item for item in workloads(cluster) if item.kind == "ReplicaSet" and not args.get("owned")]
    item = pick([*(item for kind in kinds for item in cluster.all(kind)), *loose], args["target"])
    if item is not None:
        body = freeze({"spec": {"replicas": args["replicas"]}})
        yield Patch(*item.key, body, WHY, patch_type=MERGE, subresource="scale")


# --- kubectl set image, rollout ------------------------------------------------------------------------------------


def with_image(item: Resource, image: str) -> Patch:
    """Return what `kubectl set image` sends for the containers of *item*."""
    path = ("jobTemplate", "spec", "template") if item.kind == "CronJob" else ("template",)
    containers = look(item.spec, *path, "spec", "containers", default=())
    body: Any = {"spec": {"containers": [{"name": entry["name"], "image": image} for entry in containers]}}
    for name in (*path[::-1], "spec"):
        body = {name: body}
    return Patch(*item.key, freeze(body), f"the user sets the image {image}")


def _image(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    item = pick([item for item in workloads(cluster) if item.kind != "Job"], args["target"])
    if item is not None:
        yield with_image(item, args["image"])


def _deployment(cluster: Cluster, args: FrozenMap) -> Resource | None:
    return pick(cluster.all("Deployment"), args["target"])


def _rolled(cluster: Cluster, args: FrozenMap) -> Resource | None:
    return pick(
        [item for kind in ("DaemonSet", "Deployment", "StatefulSet") for item in cluster.all(kind)], args["target"]
    )


def _undo(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    item = _rolled(cluster, args)
    if item is None:
        return
    try:
        action = undo(item, cluster.world.store, args.get("revision", 0))
    except NoRollback:
        return
    if not isinstance(action, Skipped):
        yield action


def _restart(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    note = {"kubectl.kubernetes.io/restartedAt": stamp(cluster.now)}
    return _change(_rolled(cluster, args), {"spec": {"template": {"metadata": {"annotations": note}}}})


def _suspend(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    item = pick([*cluster.all("CronJob"), *cluster.all("Job")], args["target"])
    return _change(item, {"spec": {"suspend": args.get("on", True)}})


# --- pods and claims -----------------------------------------------------------------------------------------------


def _pod(cluster: Cluster, args: FrozenMap) -> Resource | None:
    return pick(cluster.all("Pod"), args["pod"])


def _delete_pod(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    pod = _pod(cluster, args)
    if pod is not None:
        yield Delete(*pod.key, WHY, grace_period_seconds=args.get("grace"))


def _label_pod(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    return _change(_pod(cluster, args), {"metadata": {"labels": args["labels"]}})


def _end_pod(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    """The kubelet gives a pod up (evicted, say), or all its containers end well."""
    pod = _pod(cluster, args)
    if isinstance(pod, Pod) and not pod.finished and pod.node:
        phase = args.get("phase", "Failed")
        turned = {"type": "Ready", "status": "False", "lastTransitionTime": stamp(cluster.now)}
        others = [entry for entry in pod.conditions if entry.get("type") != "Ready"]
        state = {"terminated": {"exitCode": int(phase == "Failed"), "finishedAt": stamp(cluster.now)}}
        ended = [{**entry, "ready": False, "state": state} for entry in pod.status.get("containerStatuses") or ()]
        body = freeze({"status": {"phase": phase, "conditions": [*others, turned], "containerStatuses": ended or None}})
        yield Patch(*pod.key, body, f"the pod ends as {phase}", patch_type=MERGE, subresource="status")


def _unready_pod(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    """A probe fails for a moment."""
    pod = _pod(cluster, args)
    if isinstance(pod, Pod) and pod.ready:
        turned = {"type": "Ready", "status": "False", "lastTransitionTime": stamp(cluster.now)}
        others = [entry for entry in pod.conditions if entry.get("type") != "Ready"]
        body = freeze({"status": {"conditions": [*others, turned]}})
        yield Patch(*pod.key, body, "a probe failed", patch_type=MERGE, subresource="status")


def _delete_claim(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    claim = pick(cluster.all("PersistentVolumeClaim"), args["claim"])
    if claim is not None:
        yield Delete(*claim.key, WHY)


# --- nodes ---------------------------------------------------------------------------------------------------------


def node_at(cluster: Cluster, index: int) -> Node | None:
    """Return the node that *index* names."""
    return pick([item for item in cluster.all("Node") if isinstance(item, Node)], index)


def _add_node(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    name = f"extra-{args['number']}"
    if cluster.find("Node", name) is None:
        yield Create("Node", "", node(name, cluster.now, labels=args.get("labels")), WHY)


def _remove_node(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    item = node_at(cluster, args["node"])
    if item is not None:
        yield Delete(*item.key, WHY)


def _cordon(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    return _change(node_at(cluster, args["node"]), {"spec": {"unschedulable": args.get("on", True) or None}})


def _taint(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    item = node_at(cluster, args["node"])
    if item is not None:
        others = [taint for taint in item.taints if taint.get("key") != TAINT]
        own = [{"key": TAINT, "effect": args["effect"]}] if args.get("effect") else []
        yield from _change(item, {"spec": {"taints": [*others, *own] or None}})


TAINT: Final = "example.com/kept-away"
"""The taint that a move puts on a node."""


def _label_node(cluster: Cluster, args: FrozenMap) -> Iterator[Action]:
    return _change(node_at(cluster, args["node"]), {"metadata": {"labels": args["labels"]}})


EDITS: Final[Mapping[str, Edit]] = {
    "apply": _apply,
    "delete": _delete,
    "delete_child": _delete_child,
    "patch": _patch,
    "scale": _scale,
    "image": _image,
    "pause": lambda cluster, args: _change(_deployment(cluster, args), {"spec": {"paused": True}}),
    "resume": lambda cluster, args: _change(_deployment(cluster, args), {"spec": {"paused": None}}),
    "undo": _undo,
    "restart": _restart,
    "suspend": _suspend,
    "delete_pod": _delete_pod,
    "label_pod": _label_pod,
    "end_pod": _end_pod,
    "unready_pod": _unready_pod,
    "delete_claim": _delete_claim,
    "add_node": _add_node,
    "remove_node": _remove_node,
    "cordon": _cordon,
    "taint": _taint,
    "label_node": _label_node,
}
"""What each word of a user's means."""

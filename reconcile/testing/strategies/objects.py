"""Pods and nodes in every state, services, claims: objects as the API holds them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from reconcile.engine.world import START
from reconcile.model.clock import Instant, stamp
from reconcile.model.json import freeze, put
from reconcile.model.node import STOPPED, Node
from reconcile.model.objects import read
from reconcile.model.pod import DELETION_COST, Pod, controller_reference
from reconcile.model.resource import Resource
from reconcile.store.seed import node
from reconcile.testing.moves import CONTAINER
from reconcile.testing.pod_states import STATES, pod_status
from reconcile.testing.strategies.labels import RARELY, choices, labels, optional

NODES: Final = ("node-0", "node-1", "node-2")

PLAIN_TEMPLATE: Final[Mapping[str, Any]] = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": CONTAINER, "image": "app:1"}]},
}

USUAL: Final = ("running and ready",) * 4 + tuple(STATES)
"""What is drawn from: every second pod or so is well, so that there is something to lose."""


@lru_cache(maxsize=16)
def ago(*, maximum: int = 3600) -> SearchStrategy[Instant]:
    """Return instants up to *maximum* seconds before the time of a scene; they shrink to that time."""
    seconds = st.sampled_from(sorted({0, 1, 2, 5, 60, maximum}))
    return seconds.map(lambda count: START + timedelta(seconds=3600 - count))


NOW: Final = START + timedelta(seconds=3600)
"""The time of a drawn scene: an hour after everything began, so that there is a past."""


@st.composite
def pods(
    draw: DrawFn,
    *,
    name: str = "pod-0",
    owner: Resource | None = None,
    template: Mapping[str, Any] | None = None,
    states: Sequence[str] = USUAL,
    nodes: Sequence[str] = NODES,
    label_sets: SearchStrategy[dict[str, str]] | None = None,
    deleting: bool = True,
) -> Pod:
    """Return pods in every state: bound or not, on their way or ended, terminating, restarted, dear to delete.

    Args:
        name: of the pod; its uid follows from it.
        owner: its controller; none for an orphan.
        template: what it is made from; by default one container with `app:1`.
        states: keys of `STATES` to choose from.
        nodes: to choose from.
        label_sets: of the labels that it has, instead of the template's.
        deleting: whether it may be on its way out.
    """
    body = PLAIN_TEMPLATE if template is None else template
    state = draw(choices(*states))
    phase = STATES[state][0]
    own = draw(label_sets) if label_sets is not None else dict(body.get("metadata", {}).get("labels") or {})
    meta: dict[str, Any] = head(name, own, draw(ago()))
    cost = draw(choices("", "", "5", "-1"))
    meta |= {"annotations": {DELETION_COST: cost}} if cost else {}
    meta |= {"ownerReferences": [controller_reference(owner)]} if owner is not None else {}
    if deleting and draw(RARELY):
        gone = stamp(NOW + timedelta(seconds=draw(choices(0, 30))))
        meta |= {"deletionTimestamp": gone, "deletionGracePeriodSeconds": 30}
    spec = dict(body["spec"])
    if phase in ("Running", "Succeeded", "Failed") or (phase != "" and draw(choices(False, True))):
        spec["nodeName"] = draw(choices(*nodes))
    status = pod_status(state, draw(ago(maximum=30)), draw(choices(0, 1, 2)))
    return Pod(freeze({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status}))


def head(name: str, marks: dict[str, str], created: Instant) -> dict[str, Any]:
    """Return the metadata of an object that was *created* then and carries the labels *marks*."""
    meta = {"name": name, "namespace": "default", "uid": f"uid-{name}", "creationTimestamp": stamp(created)}
    return meta | {"resourceVersion": "1"} | ({"labels": marks} if marks else {})


@st.composite
def nodes(draw: DrawFn, *, name: str = "node-0", max_taints: int = 2) -> Node:
    """Return nodes in every state: ready, not ready, lost, cordoned, tainted, labelled, small."""
    effect = st.sampled_from(("NoSchedule", "NoExecute", "PreferNoSchedule"))
    key = st.sampled_from(("example.com/kept-away", "node.kubernetes.io/unreachable"))
    taint = st.fixed_dictionaries({"key": key, "effect": effect})
    taints = draw(st.lists(taint, max_size=max_taints, unique_by=lambda one: (one["key"], one["effect"])))
    marks = draw(optional({}, zone=st.sampled_from(("a", "b"))))
    room = draw(st.sampled_from(({}, {"pods": "1"})))
    body = node(name, START, labels=marks, taints=taints, capacity=room)
    raw = put(body, ("metadata", "uid"), f"uid-{name}")
    if draw(RARELY):
        raw = put(raw, ("spec", "unschedulable"), True)
    if draw(RARELY):
        raw = put(raw, ("metadata", "annotations"), {STOPPED: stamp(START)})
    status = draw(choices("True", "True", "False", "Unknown"))
    conditions = [{**entry, "status": status} for entry in body["status"]["conditions"]]
    return Node(put(raw, ("status",), {**body["status"], "conditions": conditions}))


def services(*, name: str = "web") -> SearchStrategy[dict[str, Any]]:
    """Return manifests of Services for the pods with the label `app` of that *name*; some are headless."""
    port = {"port": 80, "targetPort": 8080}
    spec = optional({"selector": st.just({"app": name}), "ports": st.just([port])}, clusterIP=st.just("None"))
    head = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}}
    return spec.map(lambda drawn: {**head, "spec": drawn})


@st.composite
def claims(draw: DrawFn, *, name: str = "data-web-0", owner: Resource | None = None) -> Resource:
    """Return claims in every state: pending, bound, lost, on their way out; owned if there is an *owner*."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    meta = head(name, {}, START) | {"finalizers": ["kubernetes.io/pvc-protection"]}
    if owner is not None and draw(choices(False, True)):
        meta["ownerReferences"] = [controller_reference(owner)]
    body = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": spec}
    raw = put(freeze(body), ("status",), {"phase": draw(choices(*_PHASES))})
    if draw(RARELY):
        raw = put(raw, ("metadata", "deletionTimestamp"), stamp(NOW))
    return read(raw)


_PHASES: Final = ("Bound", "Pending", "Lost")


@st.composite
def pod_lists(
    draw: DrawFn,
    *,
    prefix: str = "pod",
    max_size: int = 4,
    owner: Resource | None = None,
    strangers: bool = True,
    template: Mapping[str, Any] | None = None,
    states: Sequence[str] = USUAL,
) -> list[Pod]:
    """Return up to *max_size* pods of different names: of *owner*, and with *strangers* orphans, foreign ones, some
    that are not selected, and some with another image."""
    kinds: tuple[str, ...] = ("own",)
    if strangers and owner is not None:
        if draw(choices(False, False, True)):
            kinds, states = ("own", "outdated"), ("running and ready",)
        else:
            kinds = ("own", "own", "own", "outdated", "outdated", "orphan", "stray", "foreign")
    drawn = draw(_sorts(kinds, max_size))
    return [draw(_kin(f"{prefix}-{index}", sort, owner, template, states)) for index, sort in enumerate(drawn)]


@lru_cache(maxsize=16)
def _sorts(kinds: tuple[str, ...], max_size: int) -> SearchStrategy[list[str]]:
    return st.lists(choices(*kinds), max_size=max_size)


def _kin(
    name: str, sort: str, owner: Resource | None, template: Mapping[str, Any] | None, states: Sequence[str]
) -> SearchStrategy[Pod]:
    other = None if owner is None else owner.put(("metadata", "uid"), "uid-other").put(("metadata", "name"), "other")
    parent = {"orphan": None, "foreign": other}.get(sort, owner)
    if sort == "outdated" and template is not None:
        containers = [{**entry, "image": "app:0"} for entry in template["spec"]["containers"]]
        template = put(template, ("spec", "containers"), containers)
    return pods(
        name=name, owner=parent, template=template, states=states, label_sets=_LOOSE if sort == "stray" else None
    )


_LOOSE: Final = labels()

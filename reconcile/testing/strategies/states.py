"""Whole observed states: an object of a kind, and around it whatever its controller may find.

The children are of every sort: its own, orphans that it may adopt, strays that it must let go, other people's. What the
status says need not be true. Nothing of this has to be reachable: a controller must cope with whatever it sees.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from reconcile.model.clock import stamp
from reconcile.model.json import look, put
from reconcile.model.objects import read
from reconcile.model.pod import JOB_TRACKING, controller_reference
from reconcile.model.resource import Resource
from reconcile.model.revision_data import revision_patch
from reconcile.testing.scenes import Scene, admitted
from reconcile.testing.strategies.labels import RARELY, choices
from reconcile.testing.strategies.objects import NODES, NOW, PLAIN_TEMPLATE, ago, claims, head, nodes, pod_lists, pods
from reconcile.testing.strategies.workloads import BY_KIND, manifests
from reconcile.view import Observed

Children = SearchStrategy[list[Resource]]


def states(kind: str, *, desired: SearchStrategy[Any] | None = None, max_children: int = 4) -> SearchStrategy[Scene]:
    """Return scenes around an object of *kind*, with up to *max_children* of each sort.

    Args:
        kind: of the object; one that is not known is taken to keep `spec.replicas` pods of `spec.template`.
        desired: manifests or objects to use instead of the usual ones of the kind.
        max_children: how many there are at most.
    """
    return _states(widgets(kind) if desired is None and kind not in BY_KIND else desired, kind, max_children)


@st.composite
def _states(draw: DrawFn, desired: SearchStrategy[Any] | None, kind: str, max_children: int) -> Scene:
    manifest = draw(manifests(kinds=(kind,)) if desired is None else desired)
    item = _aged(draw, admitted(manifest, uid="uid-desired", now=draw(ago())))
    children = draw(CHILDREN.get(kind, _pods)(item, max_children))
    return Scene(item, tuple(children), NOW)


def _aged(draw: DrawFn, item: Resource) -> Resource:
    """Return *item* as it may be found: with some status, at times on its way out."""
    counts = STATUS_COUNTS.get(item.kind, ())
    told = draw(_claimed(counts)) if counts else {}
    if told:
        item = item.put(("status",), {**item.status, **told, "observedGeneration": draw(choices(0, 1))})
    if draw(RARELY) and draw(choices(False, True)):
        finalizers = draw(choices("foregroundDeletion", "orphan"))
        item = item.put(("metadata", "deletionTimestamp"), stamp(NOW)).put(("metadata", "finalizers"), [finalizers])
    return item


@lru_cache(maxsize=16)
def _claimed(counts: tuple[str, ...]) -> SearchStrategy[dict[str, int]]:
    return st.dictionaries(st.sampled_from(counts), st.integers(0, 4), max_size=4)


STATUS_COUNTS: Final[Mapping[str, tuple[str, ...]]] = {
    "ReplicaSet": ("replicas", "readyReplicas", "availableReplicas", "fullyLabeledReplicas", "terminatingReplicas"),
    "Deployment": ("replicas", "readyReplicas", "availableReplicas", "updatedReplicas", "collisionCount"),
    "StatefulSet": ("replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "collisionCount"),
    "DaemonSet": ("currentNumberScheduled", "desiredNumberScheduled", "numberReady", "collisionCount"),
}
"""What a status may claim."""


@lru_cache(maxsize=16)
def widgets(kind: str, *, name: str = "web", max_replicas: int = 4) -> SearchStrategy[dict[str, Any]]:
    """Return manifests of a kind of the user's own that keeps `spec.replicas` pods of `spec.template`."""
    head = {"apiVersion": "example.com/v1", "kind": kind, "metadata": {"name": name}}
    spec = st.fixed_dictionaries(
        {
            "replicas": st.integers(0, max_replicas),
            "selector": st.just({"matchLabels": {"app": name}}),
            "template": st.just({**PLAIN_TEMPLATE, "metadata": {"labels": {"app": name}}}),
        }
    )
    return spec.map(lambda drawn: {**head, "spec": drawn})


# --- what is around it ---------------------------------------------------------------------------------------------


def template_of(item: Resource) -> Mapping[str, Any]:
    """Return the pod template of *item*, or a plain one."""
    template: Mapping[str, Any] = item.spec.get("template") or PLAIN_TEMPLATE
    return template


def _pods(item: Resource, size: int) -> Children:
    return pod_lists(prefix=item.name, owner=item, template=template_of(item), max_size=size).map(list)


@st.composite
def _replicasets(draw: DrawFn, d: Resource, size: int) -> list[Resource]:
    """ReplicaSets of a Deployment, of its template and of others, with pods."""
    found: list[Resource] = []
    for index in range(draw(st.integers(0, min(size, 3)))):
        template = put(template_of(d), ("metadata", "labels", "pod-template-hash"), f"h{index}")
        if draw(choices(False, True)):
            template = put(template, ("spec", "terminationGracePeriodSeconds"), index + 2)
        replicas = draw(choices(0, 1, 2, 3))
        rs = _replicaset(d, f"{d.name}-h{index}", template, replicas, owned=not draw(RARELY))
        numbers = {name: draw(st.integers(0, replicas)) for name in ("readyReplicas", "availableReplicas")}
        rs = rs.put(("status",), {"replicas": draw(choices(0, 1, 2, 3)), "observedGeneration": 1, **numbers})
        notes = {"revision": index + 1, "desired-replicas": draw(choices(0, 1, 2, 3, 4)), "max-replicas": 5}
        named = {f"deployment.kubernetes.io/{key}": str(value) for key, value in notes.items()}
        found.append(rs.put(("metadata", "annotations"), named))
        found += draw(pod_lists(prefix=rs.name, owner=rs, template=template, max_size=2, strangers=False))
    return found


def _replicaset(d: Resource, name: str, template: Any, replicas: int, *, owned: bool) -> Resource:
    selected = template["metadata"]["labels"]
    meta = head(name, selected, NOW) | ({"ownerReferences": [controller_reference(d)]} if owned else {})
    spec = {"replicas": replicas, "selector": {"matchLabels": selected}, "template": template}
    return read({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta, "spec": spec})


def _revision(owner: Resource, number: int, template: Any) -> Resource:
    marks = {**template["metadata"]["labels"], "controller-revision-hash": f"r{number}"}
    meta = head(f"{owner.name}-r{number}", marks, NOW) | {"ownerReferences": [controller_reference(owner)]}
    body = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": meta, "revision": number}
    return read({**body, "data": revision_patch(template)})


@st.composite
def _revisions(draw: DrawFn, owner: Resource) -> list[Resource]:
    """Revisions of a workload: of its template, or of others."""
    found = []
    for number in range(1, draw(choices(0, 1, 2, 3)) + 1):
        template = template_of(owner)
        if draw(choices(False, True)):
            template = put(template, ("spec", "terminationGracePeriodSeconds"), number + 2)
        found.append(_revision(owner, number, template))
    return found


@st.composite
def _members(draw: DrawFn, sts: Resource, size: int) -> list[Resource]:
    """What a StatefulSet finds: revisions, pods by ordinal, claims."""
    found: list[Resource] = draw(_revisions(sts))
    names = [item.name for item in found] or [f"{sts.name}-r1"]
    for ordinal in sorted(draw(st.sets(st.integers(0, 5), max_size=size))):
        name = f"{sts.name}-{ordinal}"
        marks = {"statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": str(ordinal)}
        marks["controller-revision-hash"] = draw(choices(*names))
        template = put(template_of(sts), ("metadata", "labels"), {**template_of(sts)["metadata"]["labels"], **marks})
        found.append(draw(pods(name=name, owner=sts if not draw(RARELY) else None, template=template)))
        if sts.spec.get("volumeClaimTemplates") and draw(choices(False, True)):
            found.append(draw(claims(name=f"data-{name}", owner=sts)))
    return found


@st.composite
def _daemons(draw: DrawFn, ds: Resource, size: int) -> list[Resource]:
    """What a DaemonSet finds: nodes, revisions, pods on the nodes, and on one that is gone."""
    found: list[Resource] = [draw(nodes(name=name)) for name in NODES[: draw(choices(0, 1, 2, 3))]]
    found += draw(_revisions(ds))
    for pod in draw(pod_lists(prefix=ds.name, owner=ds, template=template_of(ds), max_size=size)):
        found.append(pod.put(("metadata", "labels", "controller-revision-hash"), draw(choices("r1", "r2"))))
    return found


@st.composite
def _workers(draw: DrawFn, job: Resource, size: int) -> list[Resource]:
    """Pods of a Job: tracked or not, with an index where it has indexes."""
    template = template_of(job)
    found: list[Resource] = []
    for pod in draw(pod_lists(prefix=job.name, owner=job, template=template, max_size=size)):
        kept: Resource = pod
        if draw(choices(0, 1, 2, 3)):
            kept = kept.put(("metadata", "finalizers"), [JOB_TRACKING])
        if job.spec.get("completionMode") == "Indexed":
            index = str(draw(choices(0, 1, 2, 3, 4)))
            kept = kept.put(("metadata", "annotations", "batch.kubernetes.io/job-completion-index"), index)
        found.append(kept)
    return found


@st.composite
def _runs(draw: DrawFn, cronjob: Resource, size: int) -> list[Resource]:
    """Jobs of a CronJob: running, complete, failed."""
    found = []
    for index in range(draw(st.integers(0, size))):
        meta = head(f"{cronjob.name}-{index}", {}, draw(ago())) | {"ownerReferences": [controller_reference(cronjob)]}
        spec = look(cronjob.spec, "jobTemplate", "spec")
        job = read({"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": spec})
        end = draw(choices("", "Complete", "Failed"))
        if end:
            done = {"type": end, "status": "True", "lastTransitionTime": stamp(NOW), "lastProbeTime": stamp(NOW)}
            ended = {"completionTime": stamp(NOW)} if end == "Complete" else {}
            job = job.put(("status",), {"startTime": stamp(draw(ago())), "conditions": [done], **ended})
        found.append(job)
    return found


CHILDREN: Final[Mapping[str, Callable[[Resource, int], Children]]] = {
    "Deployment": _replicasets,
    "StatefulSet": _members,
    "DaemonSet": _daemons,
    "Job": _workers,
    "CronJob": _runs,
}
"""What the controller of each kind finds around an object; of any other kind it is pods."""


def snapshots(kind: str, *, controller: str | None = None, max_children: int = 4) -> SearchStrategy[dict[str, Any]]:
    """Return observed states of *kind* in the form that `reconcile.sync` takes, as questions to *controller*."""
    return states(kind, max_children=max_children).map(lambda scene: scene.snapshot(controller or kind.lower()))


def observations(kind: str, *, max_children: int = 4) -> SearchStrategy[tuple[Resource, Observed]]:
    """Return observed states of *kind* as a controller's function takes them: an object and a view."""
    return states(kind, max_children=max_children).map(lambda scene: (scene.desired, scene.observed()))

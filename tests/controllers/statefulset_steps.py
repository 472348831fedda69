"""Which step a StatefulSet takes next, and what it reports, worked out anew from contract statefulset 4 to 8.

And its objects in few words: sets, revisions and pods of the names and labels that belong together.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from reconcile.actions import Create, Delete
from reconcile.model.objects import read
from reconcile.model.pod import Pod, controller_reference
from reconcile.model.resource import Resource
from reconcile.model.revision_data import revision_patch
from reconcile.testing.invariants.deployments import size
from reconcile.testing.invariants.protocol import available, ready
from reconcile.testing.invariants.statefulsets import REVISION_LABEL, in_order, ordinal, start, wanted
from reconcile.testing.pod_states import pod_status
from reconcile.testing.scenes import Scene, admitted
from reconcile.testing.strategies.objects import NOW, head
from tests.controllers.seen import Seen

LABELS = {"app": "web"}


def template(image: str = "app:1") -> dict[str, Any]:
    return {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "app", "image": image}]}}


def manifest(replicas: int, image: str = "app:1", **spec: Any) -> dict[str, Any]:
    body = {"replicas": replicas, "serviceName": "web", "selector": {"matchLabels": LABELS}, **spec}
    body["template"] = template(image)
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": body}


def stateful_set(replicas: int, image: str = "app:1", **spec: Any) -> Resource:
    return admitted(manifest(replicas, image, **spec), uid="uid-web", now=NOW - timedelta(hours=1))


def revision(sts: Resource, number: int, image: str = "app:1") -> Resource:
    """Return the revision *number* of *sts*, of the template with *image*."""
    full = stateful_set(1, image).spec["template"]
    meta = head(f"web-r{number}", LABELS, NOW) | {"ownerReferences": [controller_reference(sts)]}
    body = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": meta, "revision": number}
    return read({**body, "data": revision_patch(full)})


def member(sts: Resource, index: int, state: str = "running and ready", label: str = "web-r1") -> Pod:
    """Return the pod of *sts* with the ordinal *index*, of the revision *label*."""
    name = f"{sts.name}-{index}"
    marks = {"statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": str(index)}
    meta = head(name, {**LABELS, **marks, REVISION_LABEL: label}, NOW)
    meta["ownerReferences"] = [controller_reference(sts)]
    spec = {**template()["spec"], "nodeName": "node-0"}
    return Pod({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": pod_status(state, NOW)})


# --- the next step -------------------------------------------------------------------------------------------------


def lineup(scene: Scene) -> dict[int, Pod]:
    """Return the pods of the set by ordinal; scenes have one of each at most."""
    sts, found = scene.desired, {}
    for item in scene.others:
        owner = item.meta.controller
        mine = owner.uid == sts.uid if owner is not None else not (sts.meta.deleting or item.meta.deleting)
        if isinstance(item, Pod) and mine and item.meta.labels.get("app") == "web" and ordinal(item) >= 0:
            found[ordinal(item)] = item
    return found


def serves(scene: Scene, pod: Pod | None) -> bool:
    """Return whether *pod* is there to stay, and has been ready for long enough."""
    seconds = int(scene.desired.spec.get("minReadySeconds") or 0)
    return pod is not None and not pod.meta.deleting and available(pod, seconds, scene.now)


def sound(scene: Scene, pod: Pod | None) -> bool:
    """Return whether *pod* runs, too."""
    return pod is not None and pod.phase == "Running" and serves(scene, pod)


def due(scene: Scene, newest: str) -> Iterator[str]:
    """Yield what the set does next with its pods, one after the other; in order it is at most one thing."""
    sts, pods = scene.desired, lineup(scene)
    for index in wanted(sts):
        pod = pods.get(index)
        if pod is None:
            yield f"create web-{index}"
        elif pod.finished and not pod.meta.deleting:
            yield f"delete web-{index}"
        if in_order(sts) and not sound(scene, pod):
            return
    surplus = [pods[index] for index in sorted(pods, reverse=True) if index not in wanted(sts)]
    yield from _condemned(scene, surplus)
    if sts.look("spec", "updateStrategy", "type") == "RollingUpdate" and not (surplus and in_order(sts)):
        yield from _rolled(scene, newest)


def _condemned(scene: Scene, surplus: list[Pod]) -> Iterator[str]:
    one = in_order(scene.desired)
    lowest = next((pod for pod in reversed(surplus) if not serves(scene, pod)), None)
    for pod in surplus[:1] if one else surplus:
        if not pod.meta.deleting and not (one and pod is not lowest and not sound(scene, pod)):
            yield f"delete {pod.name}"


def _rolled(scene: Scene, newest: str) -> Iterator[str]:
    sts, pods = scene.desired, lineup(scene)
    partition = int(sts.look("spec", "updateStrategy", "rollingUpdate", "partition", default=0))
    for index in reversed(wanted(sts)):
        pod = pods.get(index)
        if index - start(sts) < partition:
            return
        if pod is None:
            yield from [f"roll web-{index}"] if made_from(scene, index, newest) != newest else []
            return
        if pod.meta.labels.get(REVISION_LABEL) != newest and not pod.meta.deleting:
            yield f"roll {pod.name}"
            return
        if not serves(scene, pod):
            return


def made_from(scene: Scene, index: int, newest: str) -> str:
    """Return the name of the revision that a pod with the ordinal *index* is made from."""
    sts = scene.desired
    kept = sts.look("spec", "updateStrategy", "rollingUpdate", "partition")
    if kept is None:
        rolls = sts.look("spec", "updateStrategy", "type") == "RollingUpdate"
        kept = int(sts.status.get("currentReplicas") or 0) if rolls else 0
    known = {item.name for item in scene.others if item.kind == "ControllerRevision"}
    current = str(sts.status.get("currentRevision") or "")
    return current if index - start(sts) < kept and current in known else newest


def taken(scene: Scene, newest: str) -> list[str]:
    """Return the steps that are taken in one sync."""
    steps = list(due(scene, newest))
    return steps[:1] if in_order(scene.desired) else steps


def done(seen: Seen) -> list[str]:
    """Return what was done with pods."""
    made = [f"create {one.body['metadata']['name']}" for one in seen.actions(Create) if one.kind == "Pod"]
    gone = [f"delete {one.name}" for one in seen.actions(Delete) if one.kind == "Pod"]
    return sorted({*made, *gone})


def expected_status(scene: Scene, current: str, update: str) -> dict[str, Any]:
    sts = scene.desired
    there = [pod for pod in lineup(scene).values() if pod.phase]
    running = [pod for pod in there if pod.phase == "Running" and ready(pod)]
    seconds = int(sts.spec.get("minReadySeconds") or 0)
    labels = Counter(pod.meta.labels.get(REVISION_LABEL) for pod in there if not pod.meta.deleting)
    rolled = [] if sts.meta.deleting else [step for step in taken(scene, update) if step.startswith("roll")]
    counts: dict[str, Any] = {
        "replicas": len(there),
        "readyReplicas": len(running),
        "availableReplicas": sum(available(pod, seconds, scene.now) for pod in running),
        "currentReplicas": labels[current] - len(rolled),
        "updatedReplicas": labels[update],
    }
    numbers = {counts["replicas"], counts["readyReplicas"], counts["updatedReplicas"], size(sts)}
    complete = len(numbers) == 1 and sts.look("spec", "updateStrategy", "type") == "RollingUpdate"
    if complete:
        counts["currentReplicas"] = counts["updatedReplicas"]
    return {**counts, "currentRevision": update if complete else current, "observedGeneration": sts.meta.generation}

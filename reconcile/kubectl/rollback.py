"""`kubectl rollout undo`: which patch takes a workload back to an earlier revision.

Rules
1. A Deployment gets the template of the ReplicaSet that has the wanted revision, without the hash label, and that
   ReplicaSet's annotations, without those that the deployment controller keeps for itself.
2. A StatefulSet or DaemonSet gets the data of its ControllerRevision as a strategic merge patch.
3. Revision 0 means the one before the current one. A template that is there already is left alone.
"""

from collections.abc import Callable
from typing import Final

from attrs import frozen

from reconcile.actions import JSON_PATCH, STRATEGIC_MERGE, Patch
from reconcile.model.json import EMPTY, FrozenMap, Json, drop, freeze, look
from reconcile.model.resource import Resource
from reconcile.model.revision import ControllerRevision
from reconcile.model.template_form import HASH_LABEL, same_template
from reconcile.patch.strategic import strategic_merge_patch
from reconcile.view import Reader

REVISION: Final = "deployment.kubernetes.io/revision"
KEPT_ANNOTATIONS: Final = (
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
)


class NoRollback(Exception):  # noqa: N818 - it says what there is not
    """There is nothing to go back to; the text is kubectl's own."""


@frozen
class Skipped:
    """Nothing needs to be done: the template is that of `revision` already."""

    revision: int


def undo(workload: Resource, reader: Reader, revision: int) -> Patch | Skipped:
    """Return the patch that takes *workload* back to *revision*; raise NoRollback if that is not possible."""
    if workload.spec.get("paused"):
        raise NoRollback(
            "cannot rollback a paused deployment; resume it first with "
            f"'kubectl rollout resume deployment/{workload.name}' and try again"
        )
    return _UNDO[workload.kind](workload, reader, revision)


def revision_of(item: Resource) -> int:
    """Return the revision that a ReplicaSet's or Deployment's annotation names; 0 if it names none.

    >>> revision_of(Resource({"metadata": {"annotations": {REVISION: "3"}}}))
    3
    """
    try:
        return int(item.meta.annotations.get(REVISION, "0"))
    except ValueError:
        return 0


def _pick(revisions: dict[int, Resource], wanted: int, workload: Resource) -> int:
    if wanted:
        if wanted not in revisions:
            raise NoRollback(f"unable to find specified revision {wanted} in history")
        return wanted
    if len(revisions) < 2:
        raise NoRollback(f'no rollout history found for {workload.kind.lower()} "{workload.name}"')
    return sorted(revisions)[-2]


def _undo_deployment(workload: Resource, reader: Reader, wanted: int) -> Patch | Skipped:
    revisions = {revision_of(rs): rs for rs in reader.owned("ReplicaSet", workload.uid)}
    revision = _pick(revisions, wanted, workload)
    old = revisions[revision]
    template: Json = drop(old.spec.get("template") or EMPTY, ("metadata", "labels", HASH_LABEL))
    if same_template(template, workload.spec.get("template") or EMPTY):
        return Skipped(revision)
    own, its = workload.meta.annotations, old.meta.annotations
    annotations = {key: own[key] for key in KEPT_ANNOTATIONS if key in own}
    annotations |= {key: value for key, value in its.items() if key not in KEPT_ANNOTATIONS}
    body = [
        {"op": "replace", "path": "/spec/template", "value": template},
        {"op": "replace", "path": "/metadata/annotations", "value": annotations},
    ]
    return Patch(*workload.key, freeze(body), f"the user goes back to revision {revision}", patch_type=JSON_PATCH)


def _undo_by_revision(workload: Resource, reader: Reader, wanted: int) -> Patch | Skipped:
    stored = [rev for rev in reader.owned("ControllerRevision", workload.uid) if isinstance(rev, ControllerRevision)]
    revisions: dict[int, Resource] = {rev.revision: rev for rev in stored}
    revision = _pick(revisions, wanted, workload)
    data: FrozenMap = look(revisions[revision].raw, "data", default=EMPTY)
    restored = strategic_merge_patch(workload.kind, workload.raw, data)
    if same_template(look(restored, "spec", "template"), workload.spec.get("template") or EMPTY):
        return Skipped(revision)
    return Patch(*workload.key, data, f"the user goes back to revision {revision}", patch_type=STRATEGIC_MERGE)


_UNDO: Final[dict[str, Callable[[Resource, Reader, int], Patch | Skipped]]] = {
    "Deployment": _undo_deployment,
    "StatefulSet": _undo_by_revision,
    "DaemonSet": _undo_by_revision,
}

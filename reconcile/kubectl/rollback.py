"""`kubectl rollout undo`: which patch takes a workload back to an earlier revision.

Rules
1. A Deployment gets the template of the ReplicaSet that has the wanted revision, without the hash label, and that
   ReplicaSet's annotations, without those that the deployment controller keeps for itself.
2. A StatefulSet or DaemonSet gets the data of its ControllerRevision as a strategic merge patch.
3. Revision 0 means the one before the last. A template that is there already is left alone.
"""

from collections.abc import Callable
from typing import Final

from attrs import frozen

from reconcile.actions import JSON_PATCH, STRATEGIC_MERGE, Patch
from reconcile.controllers.deployment.annotations import OWN, REVISION
from reconcile.kubectl.rollout.revisions import revisions_of
from reconcile.model.intstr import int64
from reconcile.model.json import EMPTY, Json, drop, freeze
from reconcile.model.resource import Resource
from reconcile.model.template_form import HASH_LABEL, same_template
from reconcile.view import Reader

KEPT_ANNOTATIONS: Final = tuple(sorted(OWN))
"""What stays as the Deployment has it."""


class NoRollback(Exception):  # noqa: N818 - it says what there is not
    """There is nothing to go back to; the text is kubectl's own."""


@frozen
class Skipped:
    """Nothing needs to be done: the template is that of `revision`, as the user named it, already."""

    revision: int


def undo(workload: Resource, reader: Reader, revision: int) -> Patch | Skipped:
    """Return the patch that takes *workload* back to *revision*; raise NoRollback if that is not possible."""
    number = target(workload, reader, revision)
    if workload.spec.get("paused"):
        raise NoRollback(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again"
        )
    return _UNDO[workload.kind](workload, reader, number) or Skipped(revision)


def target(workload: Resource, reader: Reader, wanted: int) -> int:
    """Return the number of the revision that *wanted* means; raise NoRollback if there is none."""
    numbers = list(revisions_of(workload, reader))
    if wanted:
        if wanted not in numbers:
            raise NoRollback(f"unable to find specified revision {wanted} in history")
        return wanted
    if len(numbers) < 2:
        raise NoRollback(
            f'no rollout history found for deployment "{workload.name}"'
            if workload.kind == "Deployment"
            else "no last revision to roll back to"
        )
    return numbers[-2]


def revision_of(item: Resource) -> int:
    """Return the revision that a ReplicaSet's or Deployment's annotation names; 0 if it names none.

    >>> revision_of(Resource({"metadata": {"annotations": {REVISION: "3"}}}))
    3
    """
    return int64(item.meta.annotations.get(REVISION, "0")) or 0


def _undo_deployment(workload: Resource, reader: Reader, number: int) -> Patch | None:
    old = revisions_of(workload, reader)[number].object
    template: Json = drop(old.spec.get("template") or EMPTY, ("metadata", "labels", HASH_LABEL))
    if same_template(template, workload.spec.get("template") or EMPTY):
        return None
    own, its = workload.meta.annotations, old.meta.annotations
    annotations = {key: own[key] for key in KEPT_ANNOTATIONS if key in own}
    annotations |= {key: value for key, value in its.items() if key not in KEPT_ANNOTATIONS}
    body = [
        {"op": "replace", "path": "/spec/template", "value": template},
        {"op": "replace", "path": "/metadata/annotations", "value": annotations},
    ]
    return Patch(*workload.key, freeze(body), f"the user goes back to revision {number}", patch_type=JSON_PATCH)


def _undo_by_revision(workload: Resource, reader: Reader, number: int) -> Patch | None:
    revision = revisions_of(workload, reader)[number]
    if same_template(revision.template, workload.spec.get("template") or EMPTY):
        return None
    why = f"the user goes back to revision {number}"
    return Patch(*workload.key, revision.data, why, patch_type=STRATEGIC_MERGE)


_UNDO: Final[dict[str, Callable[[Resource, Reader, int], Patch | None]]] = {
    "Deployment": _undo_deployment,
    "StatefulSet": _undo_by_revision,
    "DaemonSet": _undo_by_revision,
}

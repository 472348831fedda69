"""`kubectl rollout undo`: back to an earlier revision.

Rules
1. What was applied before is warned of: the annotation that remembers what was applied is not taken back.
2. A client's dry run prints the template that would be there.
"""

from collections.abc import Sequence
from typing import Final

from reconcile.kubectl.failures import Failure, refusal
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.printing import did
from reconcile.kubectl.rollback import NoRollback, Skipped, target, undo
from reconcile.kubectl.rollout.chosen import for_each, implemented
from reconcile.kubectl.rollout.revisions import HAVE_REVISIONS, revisions_of
from reconcile.kubectl.session import CLIENT, Session
from reconcile.model.kinds import Kind
from reconcile.model.resource import Resource
from reconcile.outcome import Rejected
from reconcile.patch.three_way import LAST_APPLIED
from reconcile.tables.describe.template import pod_template_lines

_TABLE: Final = dict.fromkeys(HAVE_REVISIONS, undo)
_APPLIED: Final = (
    "Warning: resource {resource}/{name} was previously managed with 'kubectl apply'. Rolling back will not update the "
    "kubectl.kubernetes.io/last-applied-configuration annotation, which may cause unexpected behavior on future "
    "'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead."
)


def rollout_undo(
    session: Session,
    choice: Choice,
    *,
    to_revision: int = 0,
    output: str = "",
    manifests: Sequence[Manifest] = (),
) -> Session:
    """Take the workloads that *choice* or *manifests* name back to a revision; 0 is the one before the last."""

    def act(session: Session, kind: Kind, item: Resource) -> Session:
        patch_for = implemented(_TABLE, kind, "rollbacker", "rollbacker")
        if isinstance(patch_for, Failure):
            return session.fail(patch_for)
        if LAST_APPLIED in item.meta.annotations:
            session = session.warn(_APPLIED.format(resource=kind.plural, name=item.name))
        try:
            return _one(session, item, to_revision, output=output)
        except NoRollback as none:
            return session.fail(Failure(str(none)))

    return for_each(session, choice, manifests, act)


def _one(session: Session, item: Resource, to_revision: int, *, output: str) -> Session:
    reader = session.cluster.world.store
    if session.dry == CLIENT:
        there = revisions_of(item, reader)[target(item, reader, to_revision)].object
        lines = pod_template_lines(there.look("spec", "template"))
        text = "".join(f"{line}\n" for line in lines)
        return did(session, item, text if item.kind == "Deployment" else f"will roll back to {text}", output=output)
    patch = undo(item, reader, to_revision)
    if isinstance(patch, Skipped):
        told = f"skipped rollback (current template already matches revision {patch.revision})"
        return did(session, item, told, output=output)
    session, outcome = session.send(patch)
    if isinstance(outcome, Rejected):
        why = refusal(outcome, item.kind, item.name).message
        return session.fail(Failure(f"failed restoring revision {to_revision}: {why}"))
    return did(session, outcome.object or item, "rolled back", output=output)

"""`kubectl scale`: another number of replicas (contract api 8.2)."""

from collections.abc import Sequence
from typing import Final

from reconcile.actions import MERGE, Patch
from reconcile.kubectl.failures import Failure, Refused, refusal
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.printing import did
from reconcile.kubectl.record import record_on
from reconcile.kubectl.session import Session
from reconcile.kubectl.targets import targets
from reconcile.model.json import freeze, look
from reconcile.model.kinds import Kind
from reconcile.model.resource import Resource
from reconcile.outcome import Reason, Rejected

SCALABLE: Final = ("Deployment", "ReplicaSet", "StatefulSet")
"""The kinds that have a scale."""


def scale(
    session: Session,
    choice: Choice,
    *,
    replicas: int | None,
    current_replicas: int = -1,
    output: str = "",
    record: bool = False,
    manifests: Sequence[Manifest] = (),
) -> Session:
    """Ask for *replicas* of the objects that *choice* or *manifests* name; of *current_replicas* only, if given."""
    if replicas is None or replicas < 0:
        raise Refused("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")
    chosen = targets(session, choice, manifests)
    if not chosen.items and not chosen.failures:
        raise Refused("no objects passed to scale")
    for kind, item in chosen.items:
        session = _one(session, kind, item, replicas, current_replicas, output=output, record=record)
    return session.fail(*chosen.failures)


def _one(
    session: Session, kind: Kind, item: Resource, replicas: int, expected: int, *, output: str, record: bool
) -> Session:
    if kind.name not in SCALABLE:
        return session.fail(Failure("the server could not find the requested resource", Reason.NOT_FOUND))
    current = look(item.raw, "spec", "replicas", default=1)
    if expected not in (-1, current):
        return session.fail(Failure(f"Expected replicas to be {expected}, was {current}"))
    body = freeze({"spec": {"replicas": replicas}})
    action = Patch(*item.key, body, "the user scales it", patch_type=MERGE, subresource="scale")
    session, outcome = session.send(action)
    if isinstance(outcome, Rejected):
        return session.fail(refusal(outcome, kind.name, item.name))
    session = did(session, outcome.object or item, "scaled", output=output)
    return record_on(session, item) if record else session

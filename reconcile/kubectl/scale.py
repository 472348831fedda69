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
    resource_version: str = "",
    output: str = "",
    record: bool = False,
    manifests: Sequence[Manifest] = (),
) -> Session:
    """Ask for *replicas* of the objects that *choice* or *manifests* name.

    With *current_replicas* or *resource_version* only of those that have so many, or are of that version.
    """
    if replicas is None or replicas < 0:
        raise Refused("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")
    chosen = targets(session, choice, manifests)
    if not chosen.items and not chosen.failures:
        raise Refused("no objects passed to scale")
    if resource_version and len(chosen.items) > 1:
        raise Refused("cannot use --resource-version with multiple resources")
    for kind, item in chosen.items:
        surprise = _surprise(kind, item, current_replicas, resource_version)
        if surprise is not None:
            session = session.fail(surprise)
        else:
            session = _one(session, kind, item, replicas, output=output, record=record)
    return session.fail(*chosen.failures)


def _surprise(kind: Kind, item: Resource, replicas: int, version: str) -> Failure | None:
    """Return why *item* is not scaled: it has no scale, other replicas or another version than expected."""
    if kind.name not in SCALABLE:
        return Failure("the server could not find the requested resource", Reason.NOT_FOUND)
    current = look(item.raw, "spec", "replicas", default=1)
    if replicas not in (-1, current):
        return Failure(f"Expected replicas to be {replicas}, was {current}")
    if version not in ("", item.meta.resource_version):
        return Failure(f"Expected resource version to be {version}, was {item.meta.resource_version}")
    return None


def _one(session: Session, kind: Kind, item: Resource, replicas: int, *, output: str, record: bool) -> Session:
    body = freeze({"spec": {"replicas": replicas}})
    action = Patch(*item.key, body, "the user scales it", patch_type=MERGE, subresource="scale")
    session, outcome = session.send(action)
    if isinstance(outcome, Rejected):
        return session.fail(refusal(outcome, kind.name, item.name))
    session = did(session, outcome.object or item, "scaled", output=output)
    return record_on(session, item) if record else session

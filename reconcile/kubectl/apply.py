"""`kubectl apply`: create what is not there, and take what is there to what the manifest says.

Rules (contract patch 4)
1. What is there gets the three-way patch of the manifest that was last applied, the new one and the live object.
2. An empty patch is not sent: `unchanged`. An object that was not applied before gets a warning.
3. A conflict is a reason to try again, with `--force` to delete and create anew.
"""

from collections.abc import Iterable

from reconcile.actions import STRATEGIC_MERGE, Create, Delete, Patch
from reconcile.kubectl.failures import Failure, refusal
from reconcile.kubectl.manifests import Manifest, Sent, for_each, required
from reconcile.kubectl.printing import did
from reconcile.kubectl.record import recorded
from reconcile.kubectl.session import Session
from reconcile.model.json import FrozenMap
from reconcile.model.resource import Resource
from reconcile.outcome import Applied, Reason, Rejected
from reconcile.patch.three_way import LAST_APPLIED, annotated, apply_patch
from reconcile.tables.documents import compact_json

_WHY = "the user applies it"
_NOT_APPLIED = (
    "Warning: resource {resource}/{name} is missing the kubectl.kubernetes.io/last-applied-configuration annotation "
    "which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by "
    "either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically."
)


def apply(
    session: Session,
    manifests: Iterable[Manifest],
    *,
    output: str = "",
    force: bool = False,
    record: bool = False,
    overwrite: bool = True,
) -> Session:
    """Apply *manifests*, one after the other."""

    def act(session: Session, sent: Sent) -> Session:
        sent = recorded(session, sent) if record else sent
        return _one(session, sent, output=output, force=force)

    return for_each(session, required(manifests), act, doing="creating")


def _one(session: Session, sent: Sent, *, output: str, force: bool) -> Session:
    if not sent.name:
        prefix = (sent.body.get("metadata") or {}).get("generateName")
        if prefix:
            return session.fail(Failure(f"from {prefix}: cannot use generate name with apply"))
        return session.fail(
            Failure(f'error when retrieving current configuration of: "{sent.source}": resource name may not be empty')
        )
    live = session.cluster.find(sent.kind.name, sent.name, sent.namespace)
    if live is None:
        return _create(session, sent, output=output)
    return _change(session, sent, live, output=output, force=force)


def _create(session: Session, sent: Sent, *, output: str) -> Session:
    body = annotated(sent.body, namespace=sent.namespace)
    session, outcome = session.send(Create(sent.kind.name, sent.namespace, body, _WHY))
    if isinstance(outcome, Rejected):
        return session.fail(refusal(outcome, sent.kind.name, sent.name, doing=f'creating "{sent.source}"'))
    assert outcome.object is not None
    return did(session, outcome.object, "created", output=output)


def _change(session: Session, sent: Sent, live: Resource, *, output: str, force: bool) -> Session:
    if LAST_APPLIED not in live.meta.annotations:
        session = session.warn(_NOT_APPLIED.format(resource=sent.kind.plural, name=sent.name))
    try:
        patch = apply_patch(sent.kind.name, live.raw, sent.body, namespace=sent.namespace)
    except ValueError as error:
        return session.fail(Failure(f'error when applying patch for: "{sent.source}": {error}'))
    if not patch:
        return did(session, live, "unchanged", output=output)
    session, outcome = session.send(
        Patch(sent.kind.name, sent.namespace, sent.name, patch, _WHY, patch_type=STRATEGIC_MERGE)
    )
    if isinstance(outcome, Applied):
        return did(session, outcome.object or live, "configured", output=output)
    if force and outcome.reason in (Reason.CONFLICT, Reason.INVALID):
        return _anew(session, sent, output=output)
    return session.fail(refusal(outcome, sent.kind.name, sent.name, doing=_patching(sent, patch)))


def _patching(sent: Sent, patch: FrozenMap) -> str:
    kind = sent.kind
    resource = (
        f"{kind.api_version}, Resource={kind.plural}" if kind.group else f"/{kind.version}, Resource={kind.plural}"
    )
    gvk = f"{kind.api_version}, Kind={kind.name}" if kind.group else f"/{kind.version}, Kind={kind.name}"
    return (
        f'applying patch:\n{compact_json(patch)}\nto:\nResource: "{resource}", GroupVersionKind: "{gvk}"\n'
        f'Name: "{sent.name}", Namespace: "{sent.namespace}"\nfor: "{sent.source}": error when patching "{sent.source}"'
    )


def _anew(session: Session, sent: Sent, *, output: str) -> Session:
    """Delete the object and create it again, as `--force` allows."""
    why = "the user forces a change that needs a new object"
    session, _ = session.send(Delete(sent.kind.name, sent.namespace, sent.name, why, propagation="Background"))
    session = session.on(session.cluster.settle())
    return _create(session, sent, output=output)

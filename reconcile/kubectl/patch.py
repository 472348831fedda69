"""`kubectl patch`: part of an object changed by hand (contract patch 1-3)."""

from collections.abc import Sequence
from typing import Final

from reconcile.actions import JSON_PATCH, MERGE, STRATEGIC_MERGE, Patch
from reconcile.kubectl.failures import Refused, refusal
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.printing import did
from reconcile.kubectl.record import record_on
from reconcile.kubectl.session import Session
from reconcile.kubectl.targets import targets
from reconcile.model.json import Json
from reconcile.outcome import Rejected

TYPES: Final = {"json": JSON_PATCH, "merge": MERGE, "strategic": STRATEGIC_MERGE}
"""The values of `--type`."""
SUBRESOURCES: Final = ("", "status", "scale")


def patch(
    session: Session,
    choice: Choice,
    *,
    body: Json,
    patch_type: str = "strategic",
    subresource: str = "",
    output: str = "",
    record: bool = False,
    manifests: Sequence[Manifest] = (),
) -> Session:
    """Patch the objects that *choice* or *manifests* name with *body*, a parsed document."""
    if patch_type not in TYPES:
        raise Refused(f"--type must be one of [json merge strategic], not {patch_type!r}")
    if subresource not in SUBRESOURCES:
        raise Refused(f'invalid subresource value: "{subresource}". Must be one of [status scale]')
    if not isinstance(body, list if patch_type == "json" else dict):
        raise Refused(
            f"unable to parse the patch: a {patch_type} patch is a {'list' if patch_type == 'json' else 'map'}"
        )
    chosen = targets(session, choice, manifests)
    why = "the user patches it"
    for kind, item in chosen.items:
        action = Patch(*item.key, body, why, patch_type=TYPES[patch_type], subresource=subresource)
        session, outcome = session.send(action)
        if isinstance(outcome, Rejected):
            session = session.fail(refusal(outcome, kind.name, item.name))
            continue
        new = outcome.object or item
        told = "patched (no change)" if new.raw == item.raw else "patched"
        session = did(session, new, told, output=output)
        session = record_on(session, new) if record else session
    return session.fail(*chosen.failures)

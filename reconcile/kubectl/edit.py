"""`kubectl edit`, without the editor: objects to text, and a changed text to patches.

Rules
1. What is sent is the difference between the text that was given out and the one that came back, so what others changed
   meanwhile stays as they left it.
2. Kind, name and namespace say which object is meant; they cannot be edited.
"""

from collections.abc import Sequence
from typing import Final

from reconcile.actions import STRATEGIC_MERGE, Patch
from reconcile.kubectl.failures import Failure, refusal
from reconcile.kubectl.printing import did
from reconcile.kubectl.record import record_on
from reconcile.kubectl.session import Session
from reconcile.model.json import Json, look
from reconcile.model.resource import Resource
from reconcile.outcome import Rejected
from reconcile.patch.three_way import three_way_patch
from reconcile.tables.documents import list_of, shown, yaml_text

_HEAD: Final = (
    "# Change the object below and save. Lines that begin with '#' do not count; an empty file changes nothing.\n"
    "# If the result cannot be stored, the file is opened again with the reason.\n#\n"
)


def editable(items: Sequence[Resource]) -> str:
    """Return *items* as the text that is edited."""
    raws = [shown(item.raw) for item in items]
    return _HEAD + yaml_text(raws[0] if len(raws) == 1 else list_of(raws))


def explained(text: str, why: str) -> str:
    """Return *text* with the reason why it was refused on top, in the place of an earlier one."""
    body = "\n".join(line for line in text.split("\n") if not line.startswith("# Refused:"))
    reason = "".join(f"# Refused: {line}\n" for line in why.strip().split("\n"))
    return reason + body


def edited(
    session: Session, items: Sequence[Resource], documents: Sequence[Json], *, output: str = "", record: bool = False
) -> Session:
    """Send the difference between *items* and what they became, *documents*."""
    by_key = {item.key: item for item in items}
    for document in documents:
        key = (
            look(document, "kind"),
            look(document, "metadata", "namespace", default=""),
            look(document, "metadata", "name"),
        )
        item = by_key.get(key)
        if item is None:
            session = session.fail(Failure(f"{key[0]}/{key[2]}: kind, name and namespace cannot be edited"))
        else:
            session = _send(session, item, document, output=output, record=record)
    return session


def _send(session: Session, item: Resource, document: Json, *, output: str, record: bool) -> Session:
    old = shown(item.raw)
    patch = three_way_patch(item.kind, old, document, old)
    if not patch:
        return did(session, item, "skipped", output=output)
    action = Patch(*item.key, patch, "the user edits it", patch_type=STRATEGIC_MERGE)
    session, outcome = session.send(action)
    if isinstance(outcome, Rejected):
        return session.fail(refusal(outcome, item.kind, item.name))
    session = did(session, outcome.object or item, "edited", output=output)
    return record_on(session, item) if record else session

"""`kubectl label` and `kubectl annotate`: key=value to set, key- to remove.

Rules
1. What has another value already is left alone unless `--overwrite`; then the whole object is, and it is a failure.
2. Labels tell whether anything changed (`labeled`, `unlabeled`, `not labeled`), annotations are always `annotated`.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from attrs import frozen

from reconcile.actions import MERGE, Patch
from reconcile.kubectl.failures import Failure, Refused, refusal
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.printing import did
from reconcile.kubectl.record import CHANGE_CAUSE, change_cause
from reconcile.kubectl.session import Session
from reconcile.kubectl.targets import targets
from reconcile.model.json import freeze
from reconcile.model.resource import Resource
from reconcile.outcome import Rejected


@frozen
class Changes:
    """What is to be set, and what is to be removed."""

    set: Mapping[str, str]
    remove: tuple[str, ...] = ()


def split(words: Sequence[str], what: str) -> tuple[tuple[str, ...], Changes]:
    """Return the arguments that name objects, and the changes that follow them; raise Refused if they are mixed up.

    >>> split(["pod", "x", "a=b", "c-"], "label")
    (('pod', 'x'), Changes(set={'a': 'b'}, remove=('c',)))
    """
    first = next((index for index, word in enumerate(words) if _changes(word)), len(words))
    stray = [word for word in words[first:] if not _changes(word)]
    if stray:
        raise Refused(f"all resources must be specified before {what} changes: {stray[0]}")
    changes: dict[str, str] = {}
    removed: list[str] = []
    for word in words[first:]:
        key, equals, value = word.partition("=")
        if equals:
            changes[key] = value
        else:
            removed.append(word[:-1])
    both = sorted(set(changes) & set(removed))
    if both:
        raise Refused(f"can not both modify and remove a {what} in the same command")
    return tuple(words[:first]), Changes(changes, tuple(removed))


def _changes(word: str) -> bool:
    return "=" in word.lstrip("=") or (word.endswith("-") and len(word) > 1)


@frozen
class Member:
    """What labels and annotations differ in."""

    what: str
    verb: str
    member: str
    told: str
    refused: str


LABELS: Final = Member(
    "label", "labels", "labels", "labeled", "'{key}' already has a value ({value}), and --overwrite is false"
)
ANNOTATIONS: Final = Member(
    "annotation",
    "annotates",
    "annotations",
    "annotated",
    "--overwrite is false but found the following declared annotation(s): '{key}' already has a value ({value})",
)


@frozen
class Manner:
    """How they are changed: flags."""

    overwrite: bool = False
    listing: bool = False
    """Whether they are printed afterwards."""
    output: str = ""
    record: bool = False


def label(
    session: Session,
    choice: Choice,
    changes: Changes,
    *,
    manner: Manner = Manner(),
    manifests: Sequence[Manifest] = (),
    kind: Member = LABELS,
) -> Session:
    """Change the labels - or the annotations, as *kind* says - of the objects that *choice* or *manifests* name."""
    if not changes.set and not changes.remove and not manner.listing:
        raise Refused(f"at least one {kind.what} update is required")
    chosen = targets(session, choice, manifests)
    if not chosen.items and not chosen.failures:
        return session.warn("No resources found")
    for _, item in chosen.items:
        session = _one(session, item, changes, kind, manner)
        session = _listed(session, item, kind) if manner.listing else session
    return session.fail(*chosen.failures)


def _one(session: Session, item: Resource, changes: Changes, kind: Member, manner: Manner) -> Session:
    old = item.look("metadata", kind.member, default={})
    refused = "" if manner.overwrite else _declared(old, changes, kind)
    if refused:
        return session.fail(Failure(refused))
    for key in changes.remove if kind is LABELS else ():
        session = session if key in old else session.say(f'label "{key}" not found.')
    body = {"metadata": _metadata(session, old, changes, kind, record=manner.record)}
    session, outcome = session.send(Patch(*item.key, freeze(body), f"the user {kind.verb} it", patch_type=MERGE))
    if isinstance(outcome, Rejected):
        return session.fail(refusal(outcome, item.kind, item.name))
    new = {key: value for key, value in {**old, **changes.set}.items() if key not in changes.remove}
    return did(session, outcome.object or item, _told(kind, dict(old), new, changes), output=manner.output)


def _metadata(
    session: Session, old: Mapping[str, str], changes: Changes, kind: Member, *, record: bool
) -> dict[str, object]:
    wanted = {**changes.set, **dict.fromkeys(key for key in changes.remove if key in old)}
    if not record:
        return {kind.member: wanted}
    cause = {CHANGE_CAUSE: change_cause(session)}
    return {kind.member: wanted, "annotations": {**wanted, **cause} if kind is ANNOTATIONS else cause}


def _declared(old: Mapping[str, str], changes: Changes, kind: Member) -> str:
    for key, value in changes.set.items():
        if key in old and old[key] != value:
            return kind.refused.format(key=key, value=old[key])
    return ""


def _told(kind: Member, old: Mapping[str, str], new: Mapping[str, str], changes: Changes) -> str:
    if kind is ANNOTATIONS:
        return kind.told
    if old == new:
        return "not labeled"
    return "labeled" if changes.set else "unlabeled"


def _listed(session: Session, item: Resource, kind: Member) -> Session:
    shown = session.cluster.world.store.get(*item.key) or item
    for key, value in sorted(shown.look("metadata", kind.member, default={}).items()):
        session = session.say(f"{key}={value}")
    return session

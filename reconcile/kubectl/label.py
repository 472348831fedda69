"""`kubectl label` and `kubectl annotate`: key=value to set, key- to remove.

Rules
1. What has another value already is left alone unless `--overwrite`; then the whole object is, and it is a failure.
2. `--list` prints what there would be and changes nothing, as kubectl's does.
3. Labels tell whether anything changed (`labeled`, `unlabeled`, `not labeled`), annotations are always `annotated`.
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
from reconcile.model.kinds import BY_NAME
from reconcile.model.names import label_value
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
    changes = dict(_pair(word, what) for word in words[first:] if "=" in word)
    removed = [word[:-1] for word in words[first:] if "=" not in word]
    both = sorted(set(changes) & set(removed))
    if both:
        raise Refused(f"can not both modify and remove a {what} in the same command")
    return tuple(words[:first]), Changes(changes, tuple(removed))


def _pair(word: str, what: str) -> tuple[str, str]:
    """Return the key and the value that *word* sets; raise Refused if no label can have it."""
    key, _, value = word.partition("=")
    if what == LABELS.what:
        if "=" in value:
            raise Refused(f"invalid label spec: {word}")
        faults = "; ".join(label_value(value))
        if faults:
            raise Refused(f'invalid label value: "{word}": {faults}')
    return key, value


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
    """Whether they are printed as they would be; then nothing is changed."""
    output: str = ""
    record: bool = False
    resource_version: str = ""
    """The only version of the one object that may be changed."""


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
    _check(choice, changes, manner, kind, named=bool(choice.words or manifests))
    chosen = targets(session, choice, manifests)
    if manner.resource_version and not chosen.single:
        raise Refused("--resource-version may only be used with a single resource")
    if not chosen.items and not chosen.failures:
        return session.warn("No resources found")
    for _, item in chosen.items:
        refused = "" if manner.overwrite else _declared(_held(item, kind), changes, kind)
        if refused:
            session = session.fail(Failure(refused))
        elif manner.listing:
            session = _listed(session, item, changes, kind, single=chosen.single)
        else:
            session = _one(session, item, changes, kind, manner)
    return session.fail(*chosen.failures)


def _check(choice: Choice, changes: Changes, manner: Manner, kind: Member, *, named: bool) -> None:
    """Raise Refused if flags contradict each other, or nothing is asked for."""
    if manner.listing and manner.output:
        raise Refused("--list and --output may not be specified together")
    if choice.every and choice.selector:
        raise Refused("cannot set --all and --selector at the same time")
    if choice.every and choice.field_selector:
        raise Refused("cannot set --all and --field-selector at the same time")
    if named and not changes.set and not changes.remove and not manner.listing:
        raise Refused(f"at least one {kind.what} update is required")


def _held(item: Resource, kind: Member) -> Mapping[str, str]:
    """Return the labels, or the annotations, that *item* has."""
    held: Mapping[str, str] = item.look("metadata", kind.member, default={})
    return held


def _after(old: Mapping[str, str], changes: Changes) -> dict[str, str]:
    return {key: value for key, value in {**old, **changes.set}.items() if key not in changes.remove}


def _one(session: Session, item: Resource, changes: Changes, kind: Member, manner: Manner) -> Session:
    old = _held(item, kind)
    for key in changes.remove if kind is LABELS else ():
        session = session if key in old else session.say(f'label "{key}" not found.')
    body = {"metadata": _metadata(session, old, changes, kind, manner)}
    session, outcome = session.send(Patch(*item.key, freeze(body), f"the user {kind.verb} it", patch_type=MERGE))
    if isinstance(outcome, Rejected):
        return session.fail(refusal(outcome, item.kind, item.name))
    told = _told(kind, dict(old), _after(old, changes), changes)
    return did(session, outcome.object or item, told, output=manner.output)


def _metadata(
    session: Session, old: Mapping[str, str], changes: Changes, kind: Member, manner: Manner
) -> dict[str, object]:
    wanted = {**changes.set, **dict.fromkeys(key for key in changes.remove if key in old)}
    found: dict[str, object] = {kind.member: wanted}
    if manner.resource_version:
        found["resourceVersion"] = manner.resource_version
    if manner.record:
        cause = {CHANGE_CAUSE: change_cause(session)}
        found["annotations"] = {**wanted, **cause} if kind is ANNOTATIONS else cause
    return found


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


def _listed(session: Session, item: Resource, changes: Changes, kind: Member, *, single: bool) -> Session:
    known = BY_NAME[item.kind]
    if not single:
        session = session.say(f"Listing {kind.member} for {known.name}.{known.group}/{item.name}:")
    for key, value in sorted(_after(_held(item, kind), changes).items()):
        session = session.say(f"{'' if single else ' '}{key}={value}")
    return session

"""Which revision is wanted, and which one the last complete rollout left (contract statefulset 3).

Rules
1. The wanted (*update*) revision is the one whose data is that of the template, byte for byte. If it is not the newest,
   it becomes so: it gets a new number and keeps its name.
2. If none is, the newest one is taken all the same if it holds the template but for what the API server fills in: an
   upgrade of Kubernetes must not restart every pod.
3. Otherwise a new one is made. Its name is a hash; where another object has that name, the next hash is tried.
4. The *current* revision is the one that the status names; if it is gone, the wanted one.
5. What no pod runs and neither of the two is, is history; the oldest of it goes once there is more than the limit.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import frozen

from reconcile.controllers._claim import adoption, may_adopt
from reconcile.controllers._history import (
    KIND,
    controlled_revisions,
    create_revision,
    delete_revision,
    holding,
    next_number,
    orphan_revisions,
    renumber,
    revision_body,
    sorted_revisions,
    surplus,
)
from reconcile.model.json import FrozenMap, put
from reconcile.model.objects import read
from reconcile.model.pod import Pod
from reconcile.model.pod_defaults import template_defaults
from reconcile.model.revision import ControllerRevision, revision_label
from reconcile.model.revision_data import (
    restored_template,
    revision_data,
    revision_hash,
    revision_name,
    revision_patch,
)
from reconcile.model.selector import Selector
from reconcile.model.statefulset import StatefulSet
from reconcile.outcome import Reason, Rejected
from reconcile.script import Steps
from reconcile.view import Observed

HASH_LABEL: Final = "controller.kubernetes.io/hash"
RENUMBER_TRIES: Final = 4


@frozen
class Revisions:
    """The two revisions that pods are made from."""

    current: ControllerRevision
    update: ControllerRevision
    collisions: int
    """How often the name of a new revision was taken; part of the status."""


def adopt_revisions(sts: StatefulSet, selector: Selector, observed: Observed) -> Steps[str | None]:
    """Adopt the revisions that nobody controls; return what went wrong. The first error ends it."""
    orphans = orphan_revisions(sts, selector, observed)
    refusal = may_adopt(sts, observed) if orphans else None
    if refusal is not None:
        return refusal
    for orphan in orphans:
        answer = yield adoption(sts, orphan)
        if isinstance(answer, Rejected):
            return str(answer)
    return None


def visible_revisions(sts: StatefulSet, selector: Selector, observed: Observed) -> list[ControllerRevision]:
    """Return the revisions that *sts* sees, from old to new: its own and orphans, as far as the selector matches."""
    own = [item for item in controlled_revisions(sts, observed) if selector.matches(item.meta.labels)]
    return sorted_revisions([*own, *orphan_revisions(sts, selector, observed)])


def choose_revisions(
    sts: StatefulSet, revisions: Sequence[ControllerRevision], observed: Observed
) -> Steps[tuple[Revisions | None, str | None]]:
    """Find the current and the update revision, making the latter if need be; return them, or what went wrong."""
    update, collisions, error = yield from _wanted(sts, revisions, observed)
    if update is None:
        return None, error
    named = (revision for revision in revisions if revision.name == sts.current_revision)
    return Revisions(next(named, update), update, collisions), None


Found = tuple[ControllerRevision | None, int, str | None]
"""The wanted revision, the number of collisions, and what went wrong if there is none."""


def _wanted(sts: StatefulSet, revisions: Sequence[ControllerRevision], observed: Observed) -> Steps[Found]:
    data = revision_patch(sts.template.raw)
    last = revisions[-1] if revisions else None
    if last is not None and last.data == data:
        return last, sts.collisions, None
    equal = holding(revisions, data)
    if equal:
        return (yield from _roll_back(sts, equal[-1], next_number(revisions), observed))
    if last is not None and _restores(last, data):
        return last, sts.collisions, None
    return (yield from _create(sts, next_number(revisions), observed))


def _restores(revision: ControllerRevision, data: FrozenMap) -> bool:
    """Return whether *revision* holds the template of *data* but for what the API server fills in."""
    try:
        return revision_patch(template_defaults(restored_template(revision.data))) == data
    except ValueError:  # anybody may write a revision
        return False


def unreadable(chosen: Revisions) -> str | None:
    """Return why no pods can be made from one of the two revisions; None if they can."""
    for revision in (chosen.current, chosen.update):
        try:
            restored_template(revision.data)
        except ValueError as error:
            return f"{revision} holds no template: {error}"
    return None


def _roll_back(sts: StatefulSet, old: ControllerRevision, number: int, observed: Observed) -> Steps[Found]:
    answer = yield renumber(old, number)
    tries = 1
    while isinstance(answer, Rejected) and answer.reason is Reason.CONFLICT and tries < RENUMBER_TRIES:
        fresh = observed.reread(old)
        if not isinstance(fresh, Rejected):
            old = fresh
        answer = yield renumber(old, number)
        tries += 1
    if isinstance(answer, Rejected):
        return None, sts.collisions, str(answer)
    return old.put(("revision",), number), sts.collisions, None


def _create(sts: StatefulSet, number: int, observed: Observed) -> Steps[Found]:
    data = revision_data(sts.template.raw)
    collisions = sts.collisions
    # 3: the label keeps the first hash, whatever name the revision ends up with
    label = (HASH_LABEL, revision_hash(data, collisions))
    body = revision_body(sts, sts.template, name="", number=number, label=label)
    while True:
        name = revision_name(sts.name, revision_hash(data, collisions))
        body = put(body, ("metadata", "name"), name)
        answer = yield create_revision(sts, body, f"no revision holds the template; it becomes revision {number}")
        if not isinstance(answer, Rejected):
            return _as_revision(put(body, ("metadata", "namespace"), sts.namespace)), collisions, None
        if answer.reason is not Reason.ALREADY_EXISTS:
            return None, collisions, str(answer)
        taken = observed.live.get(KIND, sts.namespace, name)
        if isinstance(taken, Rejected):
            return None, collisions, str(taken)
        if taken.raw.get("data") == body["data"]:
            # 3: taken over as it is, whoever owns it
            return _as_revision(taken.raw), collisions, None
        collisions += 1


def _as_revision(raw: dict[str, object]) -> ControllerRevision | None:
    revision = read(raw)
    return revision if isinstance(revision, ControllerRevision) else None


def truncate(
    sts: StatefulSet, pods: Iterable[Pod], listed: Sequence[ControllerRevision], chosen: Revisions | None
) -> Steps[str | None]:
    """Delete what is too old of the revisions *listed*; return what went wrong. The first error ends it."""
    if sts.history_limit < 0:
        return None
    live = {revision_label(pod.meta.labels) for pod in pods}
    live |= {chosen.current.name, chosen.update.name} if chosen is not None else set()
    for revision in surplus(listed, live, sts.history_limit, live_count=False):
        answer = yield delete_revision(revision, sts.history_limit)
        if isinstance(answer, Rejected):
            return str(answer)
    return None

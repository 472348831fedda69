"""Which revision is wanted, and which ones are history (contract daemonset 4).

Rules
1. Revisions are claimed as pods are; all that the DaemonSet controls are its own, but those that it does not select are
   released. One that lacks the label with its hash gets its name there.
2. The wanted revision is the one whose data is that of the template, byte for byte. If there is none it is made: its
   name is a hash of the template and the number of collisions, its number one more than that of all others.
3. If an object of that name is there already and holds the template, it is taken as it is, whoever owns it. If it holds
   something else, the number of collisions grows and the sync ends; the next one tries another name.
4. Of several that hold the template the one with the highest number stays. All claimed pods get its label, so they
   count as up to date whatever they were made from, and the others go.
5. A wanted revision that is not the newest becomes so: that is what a rollback leaves. A number never falls.
6. The oldest revisions go once there are more than the limit; those that a pod on a node was made from stay, but count.
"""

from collections.abc import Sequence

from attrs import frozen

from reconcile.actions import MERGE, Delete, Patch, Update, UpdateStatus
from reconcile.controllers._claim import claim
from reconcile.controllers._history import (
    KIND,
    create_revision,
    delete_revision,
    next_number,
    orphan_revisions,
    renumber,
    revision_body,
    surplus,
)
from reconcile.controllers.daemonset.claimed import Claimed
from reconcile.model.daemonset import DaemonSet
from reconcile.model.json import freeze, put
from reconcile.model.pod import Pod
from reconcile.model.revision import POD_LABEL, ControllerRevision, revision_label
from reconcile.model.revision_data import revision_patch
from reconcile.model.selector import Selector
from reconcile.model.template_hash import pod_template_hash
from reconcile.outcome import Reason, Rejected
from reconcile.script import Steps
from reconcile.view import Observed


@frozen
class History:
    """The revisions of a DaemonSet."""

    hash: str
    """The label of the wanted revision; pods that carry it are up to date."""
    old: Sequence[ControllerRevision]


Found = tuple[ControllerRevision | None, str | None]
"""A revision, or what went wrong."""


def look_up(
    ds: DaemonSet, selector: Selector, claimed: Claimed, observed: Observed
) -> Steps[tuple[History | None, str | None]]:
    """Find the wanted revision, or make it; return the history, or what went wrong."""
    revisions, error = yield from _claim(ds, selector, observed)
    if error is None:
        revisions, error = yield from _labelled(revisions)
    if error is not None:
        return None, error
    data = revision_patch(ds.template.raw)
    current = [revision for revision in revisions if revision.data == data]
    old = [revision for revision in revisions if revision.data != data]
    wanted, error = yield from _wanted(ds, current, next_number(old), claimed, observed)
    if wanted is None or error is not None:
        return None, error
    return History(revision_label(wanted.meta.labels), old), None


def _claim(ds: DaemonSet, selector: Selector, observed: Observed) -> Steps[tuple[list[ControllerRevision], str | None]]:
    found = observed.owned(KIND, ds).of(ControllerRevision)
    own = sorted((item for item in found if item.namespace == ds.namespace), key=observed.place)
    kept = [revision for revision in own if selector.matches(revision.meta.labels)]
    strays = [revision for revision in own if not selector.matches(revision.meta.labels)]
    orphans = [item for item in orphan_revisions(ds, selector, observed) if not item.meta.deleting]
    adopted, error = yield from claim(ds, strays, sorted(orphans, key=observed.place), observed)
    return sorted([*kept, *adopted], key=observed.place), error


def _labelled(revisions: Sequence[ControllerRevision]) -> Steps[tuple[list[ControllerRevision], str | None]]:
    """Give those of *revisions* that lack it the label with the hash."""
    labelled = []
    for revision in revisions:
        if POD_LABEL in revision.meta.labels:
            labelled.append(revision)
            continue
        new = revision.put(("metadata", "labels"), {**revision.meta.labels, POD_LABEL: revision.name})
        answer = yield Update(new, f"{revision.name} has no label with its hash; its name stands in", awaits=True)
        if isinstance(answer, Rejected):
            return [], str(answer)
        labelled.append(answer.object if isinstance(answer.object, ControllerRevision) else new)
    return labelled, None


# --- the wanted one ----------------------------------------------------------------------------------------------


def _wanted(
    ds: DaemonSet, current: Sequence[ControllerRevision], number: int, claimed: Claimed, observed: Observed
) -> Steps[Found]:
    if not current:
        return (yield from _create(ds, number, observed))
    # max() takes the first of equals, so the list is turned: the last one counts.
    kept = max(reversed(current), key=lambda revision: revision.revision)
    error = (yield from _merge(current, kept, claimed)) if len(current) > 1 else None
    if error is None and kept.revision < number:
        answer = yield renumber(kept, number)
        error = str(answer) if isinstance(answer, Rejected) else None
    return kept, error


def _merge(current: Sequence[ControllerRevision], kept: ControllerRevision, claimed: Claimed) -> Steps[str | None]:
    """Hand all pods over to the revision that is *kept*, and delete the others that hold the same."""
    _, error = yield from claimed.daemon()
    if error is not None:
        return error
    wanted = revision_label(kept.meta.labels)
    strange = [pod for pod in claimed.pods() if revision_label(pod.meta.labels) != wanted]
    others = [revision for revision in current if revision.name != kept.name]
    requests: list[Patch | Delete] = [_handed_over(pod, kept) for pod in strange]
    requests += [_superfluous(revision, kept) for revision in others]
    for request in requests:
        answer = yield request
        if isinstance(answer, Rejected):
            return str(answer)
    return None


def _handed_over(pod: Pod, kept: ControllerRevision) -> Patch:
    body = freeze({"metadata": {"labels": {POD_LABEL: revision_label(kept.meta.labels)}}})
    why = f"several revisions hold the template; all pods go with {kept.name}"
    return Patch("Pod", pod.namespace, pod.name, body, why, patch_type=MERGE)


def _superfluous(revision: ControllerRevision, kept: ControllerRevision) -> Delete:
    return Delete(KIND, revision.namespace, revision.name, f"{kept.name} holds the same template")


def _create(ds: DaemonSet, number: int, observed: Observed) -> Steps[Found]:
    digest = pod_template_hash(ds.template.raw, ds.collision_count)
    name = f"{ds.name}-{digest}"
    label = (POD_LABEL, digest)
    body = revision_body(ds, ds.template, name=name, number=number, label=label, namespace=ds.namespace)
    answer = yield create_revision(ds, body, f"no revision holds the template; it becomes revision {number}")
    if not isinstance(answer, Rejected):
        return ControllerRevision(body), None
    if answer.reason is not Reason.ALREADY_EXISTS:
        return None, str(answer)
    taken = observed.live.get(KIND, ds.namespace, name)
    if isinstance(taken, Rejected):
        return None, str(taken)
    if isinstance(taken, ControllerRevision) and taken.data == body["data"]:
        return taken, None
    return None, (yield from _collide(ds, name, observed))


def _collide(ds: DaemonSet, name: str, observed: Observed) -> Steps[str]:
    """Note that the *name* of the new revision is taken; return what the sync ends with."""
    live = observed.reread(ds)
    if isinstance(live, Rejected):
        return str(live)
    if live.collision_count != ds.collision_count:
        return f"{name} is taken, but the number of collisions that it was made from is out of date"
    count = (live.collision_count or 0) + 1
    counted = live.put(("status",), put(live.status, ("collisionCount",), count))
    answer = yield UpdateStatus(counted, f"{name} holds another template; the next name differs")
    return str(answer) if isinstance(answer, Rejected) else f"revision {name} exists already"


# --- how much of it is kept --------------------------------------------------------------------------------------


def clean_up(ds: DaemonSet, history: History, claimed: Claimed, observed: Observed) -> Steps[str | None]:
    """Delete what is too old; return what went wrong. The first error ends it."""
    _, error = yield from claimed.daemon()
    if error is not None or len(history.old) <= ds.history_limit:
        return error
    old = sorted(history.old, key=lambda revision: (revision.revision, observed.place(revision)))
    labels = claimed.revisions() - {""}
    live = {revision.name for revision in old if revision_label(revision.meta.labels) in labels}
    for revision in surplus(old, live, ds.history_limit, live_count=True):
        answer = yield delete_revision(revision, ds.history_limit)
        if isinstance(answer, Rejected):
            return str(answer)
    return None

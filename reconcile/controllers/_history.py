"""ControllerRevisions: what StatefulSets and DaemonSets share in keeping their history.

Rules
1. Revisions are sorted from old to new by number, then by age, then by name. A new one gets the highest number plus 1.
2. Whether a revision holds a template is decided by its data, not by its name or its labels.
3. Rolling back makes no new revision: the old one gets a new number.
4. Old revisions that no pod needs are deleted, oldest first, until the limit is met.

Where the two kinds differ, the difference is an argument: which revisions they see (a StatefulSet only those that its
selector matches), how a name and its hash are found, which label carries the hash, whether the namespace is sent,
and whether revisions in use count against the limit.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from reconcile.actions import Create, Delete, Update
from reconcile.model.json import FrozenMap, Json, compact, freeze
from reconcile.model.pod import PodTemplate, controller_reference
from reconcile.model.resource import Resource
from reconcile.model.revision import ControllerRevision
from reconcile.model.revision_data import revision_patch
from reconcile.model.selector import Selector
from reconcile.view import Observed

KIND: Final = "ControllerRevision"


def sorted_revisions(revisions: Iterable[ControllerRevision]) -> list[ControllerRevision]:
    """Return *revisions* from old to new."""
    return sorted(revisions, key=lambda revision: revision.age_key)


def controlled_revisions(owner: Resource, observed: Observed) -> list[ControllerRevision]:
    """Return the revisions whose controller is *owner*, by name."""
    found = observed.owned(KIND, owner).of(ControllerRevision)
    return [revision for revision in found if _controls(owner, revision)]


def _controls(owner: Resource, revision: ControllerRevision) -> bool:
    controller = revision.meta.controller
    named = controller is not None and (controller.kind, controller.name) == (owner.kind, owner.name)
    return named and revision.namespace == owner.namespace


def orphan_revisions(owner: Resource, selector: Selector, observed: Observed) -> list[ControllerRevision]:
    """Return the revisions that nobody controls and that *selector* matches, by name."""
    orphans = observed.orphans(KIND, owner.namespace).of(ControllerRevision)
    return [revision for revision in orphans if selector.matches(revision.meta.labels)]


def next_number(revisions: Iterable[ControllerRevision]) -> int:
    """Return the number of the revision that comes after *revisions*: the highest plus 1, or 1."""
    return max((revision.revision for revision in revisions), default=0) + 1


def holding(revisions: Iterable[ControllerRevision], data: Json) -> list[ControllerRevision]:
    """Return those of *revisions* that hold *data*, in their order."""
    return [revision for revision in revisions if revision.data == data]


def revision_body(
    owner: Resource, template: PodTemplate, *, name: str, number: int, label: tuple[str, str], namespace: str = ""
) -> FrozenMap:
    """Return a new revision of *owner* that holds *template*; *label* carries the hash."""
    key, value = label
    meta = {
        "name": name,
        "namespace": namespace,
        "labels": {**template.labels, key: value},
        "annotations": owner.meta.annotations,
        "ownerReferences": [controller_reference(owner)],
    }
    body: FrozenMap = freeze(
        {
            "apiVersion": "apps/v1",
            "kind": KIND,
            "metadata": compact(meta),
            "data": revision_patch(template.raw),
            "revision": number,
        }
    )
    return body


def create_revision(owner: Resource, body: FrozenMap, why: str) -> Create:
    """Return the request that stores a new revision of *owner*."""
    return Create(KIND, owner.namespace, body, why)


def renumber(revision: ControllerRevision, number: int) -> Update:
    """Return the request that makes *revision* the newest one again."""
    why = f"{revision.name} holds the template that is wanted; it becomes revision {number}"
    return Update(revision.put(("revision",), number), why)


def surplus(
    revisions: Sequence[ControllerRevision], live: Collection[str], limit: int, *, live_count: bool
) -> list[ControllerRevision]:
    """Return those of *revisions* (sorted) that are more than *limit* allows: the oldest, and never a *live* one.

    With *live_count* those in use count against the limit, so that fewer others may stay.
    """
    dead = [revision for revision in revisions if revision.name not in live]
    excess = len(revisions if live_count else dead) - limit
    return dead[: max(excess, 0)]


def delete_revision(revision: ControllerRevision, limit: int) -> Delete:
    """Return the request that removes *revision* from the history."""
    why = f"no pod needs revision {revision.revision}, and {limit} old ones are kept"
    return Delete(KIND, revision.namespace, revision.name, why)

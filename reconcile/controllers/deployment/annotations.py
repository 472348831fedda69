"""Annotations by which a Deployment and its ReplicaSets talk to each other.

Rules (contract deployment 1, 4.1)
1. Six annotations are the controller's and kubectl's own; all others are copied from a Deployment to its new
   ReplicaSet, and never taken away there.
2. Revisions are signed 64-bit integers. The new ReplicaSet's is one more than the highest of the old ones, and wraps
   around behind the greatest.
3. A ReplicaSet that becomes the new one again gets a new revision; those it had before stay in its history, the
   oldest dropped first when the history gets too long.
"""

from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from reconcile.model.deployment import Deployment
from reconcile.model.intstr import int64
from reconcile.model.json import FrozenMap
from reconcile.model.replicaset import ReplicaSet
from reconcile.model.resource import Resource

R = TypeVar("R", bound=Resource)

REVISION: Final = "deployment.kubernetes.io/revision"
REVISION_HISTORY: Final = "deployment.kubernetes.io/revision-history"
DESIRED_REPLICAS: Final = "deployment.kubernetes.io/desired-replicas"
MAX_REPLICAS: Final = "deployment.kubernetes.io/max-replicas"
ROLLBACK_TO: Final = "deprecated.deployment.rollback.to"
LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"

OWN: Final = frozenset({REVISION, REVISION_HISTORY, DESIRED_REPLICAS, MAX_REPLICAS, ROLLBACK_TO, LAST_APPLIED})
"""What is never copied between a Deployment and a ReplicaSet."""

HISTORY_LENGTH: Final = 2000
"""How many bytes of earlier revisions a ReplicaSet carries at most."""


def revision(rs: ReplicaSet) -> int | None:
    """Return the revision of *rs*: 0 without the annotation, None if it is unreadable."""
    text = rs.meta.annotations.get(REVISION)
    return 0 if text is None else int64(text)


def next_revision(old: Iterable[ReplicaSet]) -> int:
    """Return the revision of the ReplicaSet that comes after *old*."""
    highest = max((revision(rs) or 0 for rs in old), default=0)
    return (max(highest, 0) + 1 + 2**63) % 2**64 - 2**63


def annotate(item: R, changes: Mapping[str, str]) -> R:
    """Return *item* with the annotations *changes*; the same object if it has them."""
    old = item.meta.annotations
    if all(old.get(key) == value for key, value in changes.items()):
        return item
    return item.put(("metadata", "annotations"), FrozenMap({**old, **changes}))


def foreign(item: Resource) -> dict[str, str]:
    """Return the annotations of *item* that are copied between a Deployment and a ReplicaSet."""
    return {key: value for key, value in item.meta.annotations.items() if key not in OWN}


def sizes_of(d: Deployment) -> dict[str, str]:
    """Return what every ReplicaSet of *d* says about the size it was last scaled for."""
    return {DESIRED_REPLICAS: str(d.replicas), MAX_REPLICAS: str(d.most)}


def renumbered(rs: ReplicaSet, d: Deployment, number: int) -> tuple[ReplicaSet, bool]:
    """Return *rs* as the new ReplicaSet of *d* with revision *number*, and whether that is worth a write (4.1 a-c)."""
    copied = annotate(rs, foreign(d))
    text = rs.meta.annotations.get(REVISION)
    old = int64(text) if text else 0
    if old is None:
        # A revision that somebody made unreadable is left alone, and nothing is written on its account.
        return copied, False
    if old >= number:
        return copied, copied is not rs
    changes = {REVISION: str(number)}
    if text is not None:
        changes[REVISION_HISTORY] = with_revision(rs.meta.annotations.get(REVISION_HISTORY) or "", text)
    return annotate(copied, changes), True


def with_revision(history: str, old: str) -> str:
    """Return the *history* of revisions with *old* at its end.

    >>> with_revision("", "1"), with_revision("1,3", "5")
    ('1', '1,3,5')
    """
    entries = history.split(",")
    if not entries[0]:
        return old
    length = len(history.encode()) + len(old) + 1
    while length > HISTORY_LENGTH and entries:
        length -= len(entries.pop(0).encode()) + 1
    return ",".join([*entries, old]) if length <= HISTORY_LENGTH else history

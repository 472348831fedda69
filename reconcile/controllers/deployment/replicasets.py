"""Which ReplicaSets are a Deployment's, and which of them is the new one.

Rules (contract deployment 3, 4)
1. A ReplicaSet whose controller has the Deployment's uid is its own, even while it is being deleted; one whose labels
   the selector does not accept any more is released. Orphans that it accepts are adopted.
2. In the order of their creation: the *new* ReplicaSet is the first with the Deployment's template, all others are old,
   also a second one with that template.
3. The new one gets the highest revision and the Deployment's annotations. A write for that ends the pass: the
   Deployment's own revision waits for a pass without such a write.
4. What is looked at is always what the cache showed when the sync began: two passes of one sync may ask for the same
   write twice (contract deployment 14).
"""

from collections.abc import Iterable, Sequence

from attrs import frozen

from reconcile.controllers._claim import claim
from reconcile.controllers.deployment.annotations import REVISION, annotate, next_revision, renumbered
from reconcile.controllers.deployment.answers import SyncFailed, update, write_status
from reconcile.controllers.deployment.conditions import FOUND, PROGRESSING, condition, progressing, set_condition
from reconcile.model.clock import EPOCH, Instant
from reconcile.model.deployment import Deployment
from reconcile.model.intstr import int32
from reconcile.model.replicaset import ReplicaSet
from reconcile.model.resource import Resource
from reconcile.model.selector import Selector
from reconcile.model.template_form import same_template
from reconcile.script import Steps
from reconcile.view import Observed


@frozen
class Sets:
    """The ReplicaSets of a Deployment, in the order of their creation."""

    new: ReplicaSet | None
    """The one with the Deployment's template."""
    old: tuple[ReplicaSet, ...]

    @property
    def all(self) -> tuple[ReplicaSet, ...]:
        """All of them, the new one last."""
        return self.old if self.new is None else (*self.old, self.new)

    @property
    def active_old(self) -> tuple[ReplicaSet, ...]:
        """The old ones that want pods."""
        return tuple(rs for rs in self.old if rs.active)


def total(sets: Sequence[ReplicaSet]) -> int:
    """Return how many pods *sets* want together, in the 32 bits that upstream counts in."""
    return int32(sum(rs.replicas for rs in sets))


# --- 3: which are ours -------------------------------------------------------------------------------------------


def claim_sets(d: Deployment, observed: Observed) -> Steps[tuple[ReplicaSet, ...]]:
    """Adopt and release; return the ReplicaSets of *d* in the order of their creation."""
    try:
        selector = Selector.parse(d.selector)
    except ValueError as error:
        raise SyncFailed(f"the selector is invalid: {error}") from error
    ours = [rs for rs in observed.owned("ReplicaSet", d).of(ReplicaSet) if rs.namespace == d.namespace]
    claimed = [rs for rs in ours if selector.matches(rs.meta.labels)]
    strays: list[ReplicaSet] = []
    orphans: list[ReplicaSet] = []
    if not d.meta.deleting:
        strays = [rs for rs in ours if not selector.matches(rs.meta.labels)]
        matching = observed.orphans("ReplicaSet", d.namespace).where(selector.matches)
        orphans = [rs for rs in matching.of(ReplicaSet) if not rs.meta.deleting]
    adopted, refusal = yield from claim(d, strays, orphans, observed)
    if refusal is not None:
        raise SyncFailed(refusal)
    return tuple(by_creation([*claimed, *adopted]))


def by_creation(sets: Iterable[ReplicaSet]) -> list[ReplicaSet]:
    """Return *sets* in the order of their creation; those of one second by name."""
    return sorted(sets, key=age)


def age(rs: ReplicaSet) -> tuple[bool, Instant, str]:
    """Return what ReplicaSets are sorted by when the older comes first."""
    return rs.meta.created is not None, rs.meta.created or EPOCH, rs.name


# --- 4: new and old ----------------------------------------------------------------------------------------------


def split(d: Deployment, claimed: Sequence[ReplicaSet]) -> Sets:
    """Return *claimed* as the new and the old ReplicaSets of *d*."""
    new = next((rs for rs in claimed if same_template(rs.template.raw, d.template.raw)), None)
    return Sets(new, tuple(rs for rs in claimed if rs is not new))


def sync_revision(d: Deployment, claimed: Sequence[ReplicaSet], observed: Observed) -> Steps[tuple[Deployment, Sets]]:
    """Tell new from old and give the new one, if there is one, its revision; return *d* as it is then, and both."""
    sets = split(d, claimed)
    if sets.new is None:
        return d, sets
    number = next_revision(sets.old)
    new, changed = renumbered(sets.new, d, number)
    if changed or new.min_ready_seconds != d.min_ready_seconds:
        why = f"{new} has the template of {d}: it is revision {_text(new)}, with its annotations and minReadySeconds"
        return d, Sets((yield from update(with_min_ready_seconds(new, d), why)), sets.old)
    d = yield from _take_over(d, new, observed.now)
    return d, Sets(new, sets.old)


def with_min_ready_seconds(rs: ReplicaSet, d: Deployment) -> ReplicaSet:
    """Return *rs* with the minReadySeconds of *d*."""
    path = ("spec", "minReadySeconds")
    return rs.put(path, d.min_ready_seconds) if d.min_ready_seconds else rs.drop(path)


def _take_over(d: Deployment, new: ReplicaSet, now: Instant) -> Steps[Deployment]:
    """Note on *d* which revision it is at, and that it has found its new ReplicaSet (4.1 e)."""
    noted = with_revision_of(d, new.meta.annotations.get(REVISION, ""))
    if d.progress_deadline is not None and progressing(d) is None:
        noted = set_condition(noted, condition(PROGRESSING, "True", FOUND, f'Found new replica set "{new.name}"', now))
    if noted is not d:
        yield from write_status(noted, f"{new} has the template of {d}, which is at revision {_text(noted)} now")
    return noted


def _text(item: Resource) -> str:
    return item.meta.annotations.get(REVISION) or "unknown"


def with_revision_of(d: Deployment, text: str) -> Deployment:
    """Return *d* at revision *text*; the same object if it is there."""
    return d if d.meta.annotations.get(REVISION, "") == text else annotate(d, {REVISION: text})

"""`kubectl delete`: ask for objects to go, and wait until they are gone.

Rules
1. Dependents go afterwards (background), unless `--cascade` says foreground or orphan.
2. Waiting plays the cluster forward until the objects are gone; what never goes is a failure after the timeout.
3. `--now` gives a second; `--force` with a grace period of 0 does not wait for the kubelet.
"""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from reconcile.actions import Delete
from reconcile.cluster import Cluster
from reconcile.engine.run import NotSettled
from reconcile.kubectl.failures import Failure, Refused, refusal
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.printing import Form, documents_text
from reconcile.kubectl.session import Session
from reconcile.kubectl.targets import targets
from reconcile.model.kinds import BY_NAME, Kind
from reconcile.model.resource import Resource
from reconcile.outcome import Applied, Rejected

PROPAGATION: Final = {
    "background": "Background",
    "foreground": "Foreground",
    "orphan": "Orphan",
    "true": "Background",
    "false": "Orphan",
}
"""The values of `--cascade`."""
LONGEST_WAIT: Final = 3600.0
"""How long is waited if no timeout is given, in seconds of the cluster's time; kubectl would wait for ever."""
_FORCED: Final = (
    "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. "
    "The resource may continue to run on the cluster indefinitely."
)

_CLUSTER_WIDE: Final = "Warning: deleting cluster-scoped resources, not scoped to the provided namespace"


@frozen
class Manner:
    """How objects are deleted: the flags of `kubectl delete`."""

    cascade: str = "background"
    grace_period: int = -1
    now: bool = False
    force: bool = False
    wait: bool = True
    timeout: float = 0.0
    output: str = ""

    @property
    def grace(self) -> int | None:
        """The grace period to ask for; None leaves it to the object."""
        if self.now:
            return 1
        if self.grace_period == 0 and not self.force:
            return 1  # as kubectl does: nothing is deleted at once without --force
        if self.grace_period < 0:
            return 0 if self.force else None
        return self.grace_period

    @property
    def forced(self) -> bool:
        """Whether objects go without anybody having ended them."""
        return self.force and self.grace == 0


def delete(
    session: Session,
    choice: Choice,
    *,
    manner: Manner = Manner(),
    manifests: Sequence[Manifest] = (),
) -> Session:
    """Delete the objects that *choice* or *manifests* name."""
    _check(choice, manner)
    chosen = targets(session, choice, manifests)
    if manner.forced and chosen.items:
        session = session.warn(_FORCED)
    if not chosen.items and not chosen.failures:
        return session.say("No resources found")
    if session.enforced and not choice.all_namespaces and any(not kind.namespaced for kind, _ in chosen.items):
        session = session.warn(_CLUSTER_WIDE)
    asked: list[Resource] = []
    for kind, item in chosen.items:
        session, done = _one(session, kind, item, manner)
        asked += [item] if done else []
    if manner.wait and asked:
        session = _wait(session, asked, manner)
    return session.fail(*chosen.failures)


def _check(choice: Choice, manner: Manner) -> None:
    """Raise Refused if flags contradict each other."""
    if manner.cascade not in PROPAGATION:
        raise Refused(f'invalid cascade value ({manner.cascade}). Must be "background", "foreground", or "orphan"')
    if choice.selector and choice.every:
        raise Refused("setting 'all' parameter but found a non empty selector. ")
    if choice.field_selector and choice.every:
        raise Refused("cannot set --all and --field-selector at the same time")
    if manner.now and manner.grace_period != -1:
        raise Refused("--now and --grace-period cannot be specified together")
    if manner.force and manner.grace:
        raise Refused("--force and --grace-period greater than 0 cannot be specified together")
    if manner.output not in ("", "name"):
        raise Refused(f"unexpected -o output mode: {manner.output}. We only support '-o name'")


def _one(session: Session, kind: Kind, item: Resource, manner: Manner) -> tuple[Session, bool]:
    action = Delete(
        *item.key,
        "the user deletes it",
        propagation=PROPAGATION[manner.cascade],
        grace_period_seconds=manner.grace,
        uid=item.uid or None,
    )
    session, outcome = session.send(action)
    if isinstance(outcome, Rejected):
        return session.fail(refusal(outcome, kind.name, item.name)), False
    return _told(session, kind, item, manner), isinstance(outcome, Applied)


def _told(session: Session, kind: Kind, item: Resource, manner: Manner) -> Session:
    if manner.output:
        return session.write(documents_text(Form("name"), [item]))
    return deleted(session, kind, item, forced=manner.forced)


def deleted(session: Session, kind: Kind, item: Resource, *, forced: bool = False) -> Session:
    """Return the session after it was told that *item* was deleted."""
    place = f" from {item.namespace} namespace" if kind.namespaced else ""
    return session.say(f'{kind.qualified} "{item.name}" {"force " if forced else ""}deleted{session.dry}{place}')


def _wait(session: Session, asked: Sequence[Resource], manner: Manner) -> Session:
    def gone(cluster: Cluster) -> bool:
        return all(_gone(cluster, item) for item in asked)

    limit = manner.timeout or LONGEST_WAIT
    try:
        return session.on(session.cluster.run_until(gone, within=limit))
    except NotSettled:
        after = session.on(session.cluster.advance(limit))
        left = [item for item in asked if not _gone(after.cluster, item)]
        return after.fail(*(Failure(f"timed out waiting for the condition on {_place(item)}") for item in left))


def _gone(cluster: Cluster, item: Resource) -> bool:
    found = cluster.world.store.get(*item.key)
    return found is None or found.uid != item.uid


def _place(item: Resource) -> str:
    return f"{BY_NAME[item.kind].plural}/{item.name}"

"""`kubectl rollout status`: follow a rollout to its end.

Rules
1. Every change of the workload is a line, until it is rolled out or cannot be. The cluster is played forward for that.
2. The timeout is the cluster's time, for all workloads together. Without one kubectl waits for ever; here a rollout is
   given up when nothing is left to do in the cluster, or when an hour has not changed the workload.
3. What is looked at is the workload's status alone, and only if its controller has seen the newest spec.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from attrs import evolve, frozen

from reconcile.controllers.deployment.annotations import REVISION
from reconcile.engine.run import NotSettled
from reconcile.kubectl.failures import Failure
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.rollout.chosen import checked_revision, for_each
from reconcile.kubectl.session import Session
from reconcile.model import condition
from reconcile.model.clock import Instant, between, later
from reconcile.model.intstr import int64
from reconcile.model.json import NOTHING, look
from reconcile.model.kinds import Kind
from reconcile.model.resource import Resource

PATIENCE: Final = 3600.0
"""How long a change is waited for if no timeout is given, in seconds of the cluster's time."""
_TIMED_OUT: Final = "timed out waiting for the condition"
_ROLLING_ONLY: Final = "rollout status is only available for RollingUpdate strategy type"


@frozen
class State:
    """Where a rollout stands."""

    line: str
    done: bool = False


class Failed(Exception):  # noqa: N818 - it names a state
    """The rollout cannot be followed or will not end; the text is kubectl's own."""


def status(
    session: Session,
    choice: Choice,
    *,
    watch: bool = True,
    revision: int = 0,
    timeout: float = 0.0,
    manifests: Sequence[Manifest] = (),
) -> Session:
    """Print where the rollouts of the workloads stand that *choice* or *manifests* name; with *watch* to their ends."""
    checked_revision(revision)
    end = later(session.cluster.now, timeout) if timeout else None

    def act(session: Session, kind: Kind, item: Resource) -> Session:
        view = VIEWS.get(kind.name)
        if view is None:
            name = f"{kind.name}.{kind.group}" if kind.group else kind.name
            return session.fail(Failure(f"no status viewer has been implemented for {name}"))
        if not watch:
            return _look(session, item, view, revision)[0]
        return _follow(session, item, view, revision, end)

    return for_each(session, choice, manifests, act)


def _look(session: Session, item: Resource, view: "View", revision: int) -> tuple[Session, bool]:
    """Print where the rollout of *item* stands; return whether it goes on."""
    try:
        state = view(item, revision)
    except Failed as failed:
        return session.fail(Failure(str(failed))), False
    return session.say(state.line), not state.done


def _follow(session: Session, item: Resource, view: "View", revision: int, end: Instant | None) -> Session:
    """Print where the rollout of *item* stands, and whatever becomes of it until *end*."""
    session, goes_on = _look(session, item, view, revision)
    while goes_on:
        session, changed = _until_changed(session, item, end)
        if not changed:
            return session.fail(Failure(_TIMED_OUT))
        now = session.cluster.world.store.get(*item.key)
        if now is None or now.uid != item.uid:
            return session.fail(Failure("object has been deleted"))
        item = now
        session, goes_on = _look(session, item, view, revision)
    return session


def _until_changed(session: Session, item: Resource, end: Instant | None) -> tuple[Session, bool]:
    """Play on until the object is another one than *item*; return whether that came before *end*.

    Who gave no end is not kept waiting when there is nothing left to do.
    """
    cluster = session.cluster
    left = PATIENCE if end is None else max(between(cluster.now, end), 0.0)
    try:
        return session.on(cluster.run_until(lambda c: c.world.store.get(*item.key) is not item, within=left)), True
    except NotSettled as stopped:
        played = evolve(cluster, world=stopped.world)
        if end is None and stopped.world.queue.next_due() is None:
            return session.on(played), False
        return session.on(played.advance(left - between(cluster.now, played.now))), False


# --- one view for each kind --------------------------------------------------------------------------------------

View = Callable[[Resource, int], State]
"""From a workload and the revision that is wanted (0: any) to where its rollout stands; raises Failed."""


def _deployment(item: Resource, revision: int) -> State:
    name, about = item.name, f'Waiting for deployment "{item.name}" rollout to finish:'
    if revision:
        running = int64(item.meta.annotations.get(REVISION, "0")) or 0
        if running != revision:
            raise Failed(f"desired revision ({revision}) is different from the running revision ({running})")
    if not _seen(item):
        return State("Waiting for deployment spec update to be observed...")
    progressing = condition.find(item.status.get("conditions") or NOTHING, "Progressing")
    if progressing is not None and progressing.get("reason") == "ProgressDeadlineExceeded":
        raise Failed(f'deployment "{name}" exceeded its progress deadline')
    wanted = look(item.raw, "spec", "replicas", default=1)
    updated, total, available = _counts(item, "updatedReplicas", "replicas", "availableReplicas")
    if updated < wanted:
        return State(f"{about} {updated} out of {wanted} new replicas have been updated...")
    if total > updated:
        return State(f"{about} {total - updated} old replicas are pending termination...")
    if available < updated:
        return State(f"{about} {available} of {updated} updated replicas are available...")
    return State(f'deployment "{name}" successfully rolled out', done=True)


def _daemon_set(item: Resource, _: int) -> State:
    name, about = item.name, f'Waiting for daemon set "{item.name}" rollout to finish:'
    _rolling(item)
    if not _seen(item):
        return State("Waiting for daemon set spec update to be observed...")
    updated, desired, available = _counts(item, "updatedNumberScheduled", "desiredNumberScheduled", "numberAvailable")
    if updated < desired:
        return State(f"{about} {updated} out of {desired} new pods have been updated...")
    if available < desired:
        return State(f"{about} {available} of {desired} updated pods are available...")
    return State(f'daemon set "{name}" successfully rolled out', done=True)


def _stateful_set(item: Resource, _: int) -> State:
    _rolling(item)
    if not _seen(item) or not item.status.get("observedGeneration"):
        return State("Waiting for statefulset spec update to be observed...")
    wanted = look(item.raw, "spec", "replicas", default=1)
    ready, updated, current = _counts(item, "readyReplicas", "updatedReplicas", "currentReplicas")
    if ready < wanted:
        return State(f"Waiting for {wanted - ready} pods to be ready...")
    rolling = look(item.raw, "spec", "updateStrategy", "rollingUpdate")
    if rolling is not None:
        partition = rolling.get("partition")
        new = wanted - (partition or 0)
        if partition is not None and updated < new:
            return State(
                f"Waiting for partitioned roll out to finish: {updated} out of {new} new pods have been updated..."
            )
        return State(f"partitioned roll out complete: {updated} new pods have been updated...", done=True)
    now, then = item.status.get("currentRevision", ""), item.status.get("updateRevision", "")
    if now != then:
        return State(f"waiting for statefulset rolling update to complete {updated} pods at revision {then}...")
    return State(f"statefulset rolling update complete {current} pods at revision {now}...", done=True)


def _seen(item: Resource) -> bool:
    """Return whether the controller has seen the newest spec of *item*."""
    return bool(item.meta.generation <= (item.status.get("observedGeneration") or 0))


def _rolling(item: Resource) -> None:
    if look(item.raw, "spec", "updateStrategy", "type") != "RollingUpdate":
        raise Failed(_ROLLING_ONLY)


def _counts(item: Resource, *names: str) -> list[int]:
    return [item.status.get(name) or 0 for name in names]


VIEWS: Final[Mapping[str, View]] = {
    "Deployment": _deployment,
    "DaemonSet": _daemon_set,
    "StatefulSet": _stateful_set,
}
"""The kinds that have rollouts, and how each tells where one stands."""

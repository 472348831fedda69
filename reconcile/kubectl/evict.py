"""Making pods go: by eviction, which disruption budgets may forbid for a while, or by deleting them.

Rules
1. All pods are asked to go at once. One whose budget has no room is asked again every 5 seconds.
2. What a budget allows is worked out from the pods that it selects; nobody keeps its status. A pod that is not ready
   costs the budget nothing: it may go if enough others are healthy, or always under the policy AlwaysAllow.
3. A pod is told of when it is gone, or another one has its name. Without a timeout kubectl would wait for ever; here
   it is given up after an hour of the cluster's time.
"""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from reconcile.actions import Delete
from reconcile.cluster import Cluster
from reconcile.kubectl.session import Session
from reconcile.kubectl.wait import play_until
from reconcile.model.clock import Instant, later
from reconcile.model.intstr import resolve
from reconcile.model.json import FrozenMap
from reconcile.model.pod import Pod
from reconcile.model.selector import Selector

_AGAIN: Final = 5.0
_PATIENCE: Final = 3600.0
_DEADLINE: Final = "context deadline exceeded"
_FORBIDDEN: Final = "Cannot evict pod as it would violate the pod's disruption budget."


@frozen
class Eviction:
    """How pods are made to go."""

    budgets: bool = True
    """Whether they are evicted, so that budgets matter."""
    grace_period: int = -1
    """Seconds that they get to end; negative for their own."""
    timeout: float = 0.0
    """Seconds until it is given up; 0 for never."""


class Unfinished(Exception):  # noqa: N818 - it names a state
    """The time is over, and pods are still there."""

    def __init__(self, session: Session, faults: Sequence[str]) -> None:
        self.session = session
        self.faults = faults
        super().__init__(*faults)


def clear(session: Session, pods: Sequence[Pod], how: Eviction) -> Session:
    """Make *pods* go and wait until they are gone; raise Unfinished if that does not come in time."""
    end = later(session.cluster.now, how.timeout or _PATIENCE)
    asked: list[Pod] = []
    refused = list(pods)
    while asked or refused:
        session, refused, more = _ask(session, refused, how)
        asked += more
        stop = min(end, later(session.cluster.now, _AGAIN)) if refused else end
        session, asked = _watch(session, asked, how, stop, whole=bool(refused))
        if session.cluster.now >= end and (asked or refused):
            raise Unfinished(session, _faults(asked, refused, how))
    return session


def _ask(session: Session, pods: Sequence[Pod], how: Eviction) -> tuple[Session, list[Pod], list[Pod]]:
    """Ask *pods* to go; return those that may not yet, and those that do."""
    refused, asked = [], []
    for pod in pods:
        if how.budgets:
            session = session.say(f"evicting pod {pod.namespace}/{pod.name}")
        if how.budgets and not _allowed(session, pod):
            place = f'pods/"{pod.name}" -n "{pod.namespace}"'
            session = session.warn(f"error when evicting {place} (will retry after 5s): {_FORBIDDEN}")
            refused.append(pod)
            continue
        grace = how.grace_period if how.grace_period >= 0 else None
        why = "the user drains its node"
        session, _ = session.send(Delete(*pod.key, why, grace_period_seconds=grace, uid=pod.uid))
        asked.append(pod)
    return session, refused, asked


def _watch(
    session: Session, pods: Sequence[Pod], how: Eviction, stop: Instant, *, whole: bool
) -> tuple[Session, list[Pod]]:
    """Play on until *stop*, or until all *pods* are gone unless the *whole* time is wanted.

    Tell of each that goes, and return those that are left.
    """
    left, told = list(pods), "evicted" if how.budgets else "deleted"
    while True:
        for pod in [pod for pod in left if _gone(session.cluster, pod)]:
            left.remove(pod)
            session = session.say(f"pod/{pod.name} {told}")
        if session.cluster.now >= stop or not (left or whole):
            return session, left
        session, _ = play_until(session, lambda cluster: any(_gone(cluster, pod) for pod in left), stop)


def _gone(cluster: Cluster, pod: Pod) -> bool:
    found = cluster.world.store.get(*pod.key)
    return found is None or found.uid != pod.uid


def _faults(asked: Sequence[Pod], refused: Sequence[Pod], how: Eviction) -> list[str]:
    if not how.budgets:
        return [_DEADLINE]
    over = f"global timeout reached: {go_duration(how.timeout or _PATIENCE)}"
    evicting = [f'error when evicting pods/"{pod.name}" -n "{pod.namespace}": {over}' for pod in refused]
    waiting = [
        f'error when waiting for pod "{pod.name}" in namespace "{pod.namespace}" to terminate: {_DEADLINE}'
        for pod in asked
    ]
    return [*evicting, *waiting]


def go_duration(seconds: float) -> str:
    """Return a duration as Go writes it.

    >>> go_duration(20), go_duration(90), go_duration(3600), go_duration(1.5)
    ('20s', '1m30s', '1h0m0s', '1.5s')
    """
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    text = f"{rest:g}s"
    return f"{hours}h{minutes}m{text}" if hours else f"{minutes}m{text}" if minutes else text


# --- disruption budgets ------------------------------------------------------------------------------------------


def _allowed(session: Session, pod: Pod) -> bool:
    if pod.finished or pod.phase in ("Pending", "") or pod.meta.deleting:
        return True
    budgets = session.cluster.all("PodDisruptionBudget", pod.namespace)
    return all(_room(session, budget.spec, pod) for budget in budgets)


def _room(session: Session, spec: FrozenMap, pod: Pod) -> bool:
    """Return whether a budget has room for one more disruption, or is not about *pod*."""
    wanted = Selector.parse(spec.get("selector"))
    if not wanted.matches(pod.meta.labels):
        return True
    guarded = [p for p in session.cluster.all("Pod", pod.namespace) if isinstance(p, Pod) and not p.finished]
    mine = [p for p in guarded if wanted.matches(p.meta.labels)]
    healthy = sum(1 for p in mine if p.ready and not p.meta.deleting)
    if spec.get("maxUnavailable") is not None:
        needed = max(len(mine) - resolve(spec["maxUnavailable"], len(mine), round_up=True), 0)
    else:
        needed = resolve(spec.get("minAvailable"), len(mine), round_up=True)
    if not pod.ready:
        return spec.get("unhealthyPodEvictionPolicy") == "AlwaysAllow" or healthy >= needed > 0 or healthy > needed
    return healthy > needed

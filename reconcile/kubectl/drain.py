"""`kubectl drain`: empty nodes, as disruption budgets allow.

Rules
1. The node is cordoned first. Pods of DaemonSets are left if `--ignore-daemonsets` says so, or else nothing is done;
   pods that nobody would replace, and those with emptyDir volumes, want flags of their own.
2. A pod is evicted: deleted, unless a PodDisruptionBudget allows no disruption. Then it is tried again every 5 seconds.
3. What a budget allows is worked out from the pods that it selects; nobody keeps its status.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from attrs import frozen

from reconcile.actions import Delete
from reconcile.kubectl.failures import Failure
from reconcile.kubectl.nodes import cordon, nodes_of
from reconcile.kubectl.selecting import label_selector, matching
from reconcile.kubectl.session import Session
from reconcile.kubectl.wait import play_until
from reconcile.model.clock import Instant, later
from reconcile.model.intstr import resolve
from reconcile.model.json import FrozenMap
from reconcile.model.node import Node
from reconcile.model.pod import Pod
from reconcile.model.selector import Selector
from reconcile.outcome import Rejected

_AGAIN: Final = 5.0
_PATIENCE: Final = 3600.0
"""How long is tried if no timeout is given, in seconds; kubectl would try for ever."""


@frozen
class Drain:
    """The flags of `kubectl drain`."""

    ignore_daemonsets: bool = False
    force: bool = False
    delete_emptydir_data: bool = False
    disable_eviction: bool = False
    grace_period: int = -1
    timeout: float = 0.0
    pod_selector: str = ""


def drain(session: Session, names: Sequence[str], how: Drain, *, selector: str = "") -> Session:
    """Cordon nodes and evict the pods there."""
    found, session = nodes_of(session, names, selector=selector)
    for item in found:
        session = cordon(session, [item.name])
        pods, left, faults = _sorted_out(session, item, how)
        if faults:
            text = f'unable to drain node "{item.name}" due to error: {"; ".join(faults)}'
            session = session.fail(Failure(text))
            continue
        session = session.warn(f"Warning: ignoring DaemonSet-managed Pods: {_listed(left)}") if left else session
        session = _evict_all(session, item, pods, how)
    return session


def _sorted_out(session: Session, item: Node, how: Drain) -> tuple[list[Pod], list[Pod], list[str]]:
    """Return the pods to evict, those that are left, and why nothing may be done."""
    here = [pod for pod in session.cluster.world.store.on_node(item.name).of(Pod) if not pod.meta.deleting]
    here = [pod for pod in matching(here, label_selector(how.pod_selector)) if isinstance(pod, Pod)]
    daemons = [pod for pod in here if pod.meta.controller is not None and pod.meta.controller.kind == "DaemonSet"]
    others = [pod for pod in here if pod not in daemons]
    bare = [pod for pod in others if pod.meta.controller is None and not pod.finished]
    local = [pod for pod in others if any("emptyDir" in volume for volume in pod.spec.get("volumes") or ())]
    faults = (
        ("cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)", daemons, how.ignore_daemonsets),
        (
            "cannot delete Pods with local storage (use --delete-emptydir-data to override)",
            local,
            how.delete_emptydir_data,
        ),
        ("cannot delete Pods that declare no controller (use --force to override)", bare, how.force),
    )
    return others, daemons, [f"{text}: {_listed(pods)}" for text, pods, allowed in faults if pods and not allowed]


def _listed(pods: Iterable[Pod]) -> str:
    return ", ".join(sorted(f"{pod.namespace}/{pod.name}" for pod in pods))


def _evict_all(session: Session, item: Node, pods: Sequence[Pod], how: Drain) -> Session:
    end = later(session.cluster.now, how.timeout or _PATIENCE)
    for pod in sorted(pods, key=lambda pod: pod.key):
        session = session.warn(f"evicting pod {pod.namespace}/{pod.name}")
        session, gone = _evict(session, pod, how, end)
        if not gone:
            text = f'error when evicting pods/"{pod.name}" -n "{pod.namespace}": global timeout reached'
            return session.fail(Failure(f'unable to drain node "{item.name}" due to error: {text}'))
        session = session.say(f"pod/{pod.name} {'deleted' if how.disable_eviction else 'evicted'}")
    return session.say(f"node/{item.name} drained")


def _evict(session: Session, pod: Pod, how: Drain, end: Instant) -> tuple[Session, bool]:
    """Ask for *pod* to go as soon as its budgets allow, and wait until it is gone."""
    while not how.disable_eviction and not _allowed(session, pod):
        if later(session.cluster.now, _AGAIN) > end:
            return session, False
        session = session.on(session.cluster.advance(_AGAIN))
    grace = how.grace_period if how.grace_period >= 0 else None
    why = "the user drains its node"
    session, outcome = session.send(Delete(*pod.key, why, grace_period_seconds=grace, uid=pod.uid))
    if isinstance(outcome, Rejected):
        return session, _gone(session, pod)
    return play_until(session, lambda cluster: _gone(session.on(cluster), pod), end)


def _gone(session: Session, pod: Pod) -> bool:
    found = session.cluster.world.store.get(*pod.key)
    return found is None or found.uid != pod.uid


def _allowed(session: Session, pod: Pod) -> bool:
    if not pod.ready:
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
        needed = len(mine) - resolve(spec["maxUnavailable"], len(mine), round_up=True)
    else:
        needed = resolve(spec.get("minAvailable"), len(mine), round_up=True)
    return healthy > needed

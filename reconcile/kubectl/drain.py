"""`kubectl drain`: empty nodes, as disruption budgets allow.

Rules
1. All nodes are cordoned first, then emptied one after the other; one that cannot be is told of, and the next is tried.
2. Each pod passes a row of tests; the first that keeps it decides. Pods of DaemonSets are left if `--ignore-daemonsets`
   says so. Pods that nobody would replace, and those with emptyDir volumes, want flags of their own. If a flag is
   missing for one pod, none of its node goes. Pods that have ended always go.
3. How pods are made to go is `reconcile.kubectl.evict`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from attrs import frozen

from reconcile.kubectl.evict import Eviction, Unfinished, clear
from reconcile.kubectl.failures import Failure
from reconcile.kubectl.nodes import cordon, nodes_of
from reconcile.kubectl.selecting import label_selector, matching
from reconcile.kubectl.session import Session
from reconcile.model.node import Node
from reconcile.model.pod import Pod

_MIRROR: Final = "kubernetes.io/config.mirror"


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
    faults: dict[str, str] = {}
    for item in found:
        session, fault = _empty(session, item, how)
        if fault is None:
            session = session.say(f"node/{item.name} drained")
            continue
        faults[item.name] = fault
        session = session.warn(
            f'error: unable to drain node "{item.name}" due to error: {fault}, continuing command...'
        )
    if faults:
        session = session.warn("There are pending nodes to be drained:")
        for name in faults:
            session = session.warn(f" {name}")
    return session.fail(*(Failure(fault, aggregate=True) for fault in faults.values()))


def _empty(session: Session, item: Node, how: Drain) -> tuple[Session, str | None]:
    """Make the pods on a node go; return what went wrong, if anything did."""
    verdicts = _verdicts(session, item, how)
    faults = _grouped((pod, verdict.fault) for pod, verdict in verdicts)
    if faults:
        return session, _aggregate(f"cannot delete {text}" for text in faults)
    warnings = _grouped((pod, verdict.warning) for pod, verdict in verdicts)
    if warnings:
        session = session.warn(f"Warning: {'; '.join(warnings)}")
    pods = [pod for pod, verdict in verdicts if verdict.goes]
    try:
        return clear(session, pods, Eviction(not how.disable_eviction, how.grace_period, how.timeout)), None
    except Unfinished as stopped:
        return _pending(stopped.session, item, how, _aggregate(stopped.faults))


def _pending(session: Session, item: Node, how: Drain, fault: str) -> tuple[Session, str]:
    """Tell of the pods that are still there."""
    left = [pod for pod, verdict in _verdicts(session, item, how) if verdict.goes]
    if left:
        session = session.warn(f'There are pending pods in node "{item.name}" when an error occurred: {fault}')
    for pod in left:
        session = session.warn(f"pod/{pod.name}")
    return session, fault


def _aggregate(faults: Iterable[str]) -> str:
    texts = list(dict.fromkeys(faults))
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _grouped(told: Iterable[tuple[Pod, str]]) -> list[str]:
    """Return each text with the pods that it is about. Upstream's order of texts is arbitrary."""
    groups: dict[str, list[str]] = {}
    for pod, text in told:
        if text:
            groups.setdefault(text, []).append(f"{pod.namespace}/{pod.name}")
    return [f"{text}: {', '.join(groups[text])}" for text in sorted(groups)]


# --- which pods go -----------------------------------------------------------------------------------------------


@frozen
class _Verdict:
    """What a test says of a pod."""

    goes: bool = True
    fault: str = ""
    """What stands against emptying the node."""
    warning: str = ""


_GOES: Final = _Verdict()
_STAYS: Final = _Verdict(goes=False)


def _verdicts(session: Session, item: Node, how: Drain) -> list[tuple[Pod, _Verdict]]:
    here = matching(session.cluster.world.store.on_node(item.name).of(Pod), label_selector(how.pod_selector))
    pods = sorted((pod for pod in here if isinstance(pod, Pod)), key=lambda pod: pod.key)
    return [(pod, _verdict(session, pod, how)) for pod in pods]


def _verdict(session: Session, pod: Pod, how: Drain) -> _Verdict:
    """Return what the first test says that keeps *pod*, or else the last one: warnings of others are lost upstream."""
    verdict = _GOES
    for test in _TESTS:
        verdict = test(session, pod, how)
        if not verdict.goes:
            break
    return verdict


def _of_daemon_set(session: Session, pod: Pod, how: Drain) -> _Verdict:
    owner = pod.meta.controller
    if owner is None or owner.kind != "DaemonSet" or pod.finished:
        return _GOES
    if session.cluster.world.store.get("DaemonSet", pod.namespace, owner.name) is None:
        return _GOES if how.force else _Verdict(goes=False, fault=f'daemonsets.apps "{owner.name}" not found')
    if not how.ignore_daemonsets:
        return _Verdict(goes=False, fault="DaemonSet-managed Pods (use --ignore-daemonsets to ignore)")
    return _Verdict(goes=False, warning="ignoring DaemonSet-managed Pods")


def _static(_: Session, pod: Pod, __: Drain) -> _Verdict:
    return _STAYS if _MIRROR in pod.meta.annotations else _GOES


def _with_local_storage(_: Session, pod: Pod, how: Drain) -> _Verdict:
    local = any("emptyDir" in volume for volume in pod.spec.get("volumes") or ())
    if not local or pod.finished or how.delete_emptydir_data:
        return _GOES
    return _Verdict(goes=False, fault="Pods with local storage (use --delete-emptydir-data to override)")


def _unreplaced(_: Session, pod: Pod, how: Drain) -> _Verdict:
    if pod.finished or pod.meta.controller is not None:
        return _GOES
    if how.force:
        return _Verdict(warning="deleting Pods that declare no controller")
    return _Verdict(goes=False, fault="Pods that declare no controller (use --force to override)")


_TESTS: Final[Sequence[Callable[[Session, Pod, Drain], _Verdict]]] = (
    _of_daemon_set,
    _static,
    _with_local_storage,
    _unreplaced,
)

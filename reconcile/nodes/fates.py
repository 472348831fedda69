"""What may become of pods: the kubelet without its clock, each stage at any moment that somebody chooses.

Rules
1. A fate says for which pods it is possible, and what is written. It looks at nothing but the pod.
2. Which image can be pulled, which pod becomes ready and with which code it ends is said by the same table that drives
   the timed kubelet (`reconcile.nodes.behaviour`); only its times mean nothing.
3. A fate that is a mishap is one that a table does not ask for: whoever chooses fates says how many there may be.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from attrs import frozen

from reconcile.actions import MERGE, Action, Create, Delete, Patch
from reconcile.model.clock import Instant, stamp
from reconcile.model.json import FrozenMap, freeze
from reconcile.model.pod import Pod
from reconcile.nodes.behaviour import DEFAULT_BEHAVIOURS, Behaviour, choose
from reconcile.nodes.status import Containers, pod_status

NODE: Final = "node-0"
"""Where pods go that nobody has bound yet."""


@frozen
class Fate:
    """One thing that may become of a pod."""

    name: str
    """What happens, as a predicate: `becomes ready`."""
    possible: Callable[[Pod], bool]
    writes: Callable[[Pod, Instant], Sequence[Action]]
    """From a pod and the time to the requests that bring it about."""
    mishap: str = ""
    """Which kind of mishap it is; empty for what the table asks for."""


def _become(
    phase: str, state: Callable[[str], dict[str, Any]], *, ready: bool = False
) -> Callable[[Pod, Instant], list[Action]]:
    def writes(pod: Pod, now: Instant) -> list[Action]:
        containers = Containers(state(stamp(now)), ready=ready, restarts=pod.restarts)
        body = FrozenMap(status=freeze(pod_status(pod, phase, containers, now)))
        why = f"the pod {_TOLD[phase]}"
        return [*_bind(pod, why), Patch(*pod.key, body, why, patch_type=MERGE, subresource="status")]

    return writes


_TOLD: Final = {
    "Pending": "waits for its image",
    "Running": "runs",
    "Succeeded": "has ended well",
    "Failed": "has ended badly",
}


def _bind(pod: Pod, why: str) -> list[Action]:
    if pod.node:
        return []
    body = {"metadata": {"name": pod.name}, "target": {"kind": "Node", "name": NODE}}
    return [Create("Pod", pod.namespace, freeze(body), why, subresource="binding")]


def _waiting(reason: str) -> Callable[[str], dict[str, Any]]:
    return lambda _: {"waiting": {"reason": reason}}


def _ended(code: int) -> Callable[[str], dict[str, Any]]:
    reason = "Error" if code else "Completed"
    return lambda now: {"terminated": {"exitCode": code, "reason": reason, "startedAt": now, "finishedAt": now}}


def _running(now: str) -> dict[str, Any]:
    return {"running": {"startedAt": now}}


def _gone(pod: Pod, now: Instant) -> list[Action]:
    held = pod.meta.finalizers and not pod.finished
    last = _become("Failed", _ended(143))(pod, now) if held else []
    return [*last, Delete(*pod.key, "the pod has ended", grace_period_seconds=0, uid=pod.uid)]


def _terminating(pod: Pod) -> bool:
    return pod.meta.deleting and bool(pod.look("metadata", "deletionGracePeriodSeconds"))


def _alive(pod: Pod) -> bool:
    return not pod.meta.deleting and not pod.finished


def _runs(pod: Pod) -> bool:
    return _alive(pod) and pod.phase == "Running"


def fates(behaviours: Sequence[Behaviour] = DEFAULT_BEHAVIOURS, *, gradual: bool = True) -> tuple[Fate, ...]:
    """Return what may become of pods that fare as *behaviours* say.

    With *gradual* a pod first runs and then becomes ready; otherwise it does both at once.

    >>> [fate.name for fate in fates(gradual=False) if not fate.mishap]
    ['becomes ready', 'cannot pull its image', 'ends', 'is gone']
    """

    def row(pod: Pod) -> Behaviour:
        return choose(behaviours, pod)

    def unstarted(pod: Pod) -> bool:
        return _alive(pod) and not pod.node

    def may_be_ready(pod: Pod) -> bool:
        begins = _runs(pod) or (not gradual and unstarted(pod) and row(pod).pull)
        return begins and not pod.ready and row(pod).becomes_ready

    def ends(pod: Pod) -> bool:
        return _runs(pod) and row(pod).exit_code is not None and pod.spec.get("restartPolicy") == "Never"

    def end(pod: Pod, now: Instant) -> list[Action]:
        code = row(pod).exit_code or 0
        return _become("Failed" if code else "Succeeded", _ended(code))(pod, now)

    starts = Fate("starts", lambda pod: unstarted(pod) and row(pod).pull, _become("Running", _running))
    no_image = _become("Pending", _waiting("ImagePullBackOff"))
    crashed = _become("Running", _waiting("CrashLoopBackOff"))
    return (
        *((starts,) if gradual else ()),
        Fate("becomes ready", may_be_ready, _become("Running", _running, ready=True)),
        Fate("cannot pull its image", lambda pod: unstarted(pod) and not row(pod).pull, no_image),
        Fate("ends", ends, end),
        Fate("crashes", lambda pod: _runs(pod) and pod.ready, crashed, "crash"),
        Fate("fails", _runs, _become("Failed", _ended(1)), "fail"),
        Fate("is gone", _terminating, _gone),
    )


FATES: Final = fates()
"""What may become of pods by the usual table: images whose tag has `bad` in it cannot be pulled."""
USUAL: Final[Mapping[str, Fate]] = {fate.name: fate for gradual in (True, False) for fate in fates(gradual=gradual)}
"""The same by name; but no pod has to start before it becomes ready."""

"""The states that a pod can be in, by name: what its status says of phase, readiness and container."""

from collections.abc import Mapping
from typing import Any, Final

from reconcile.engine.world import START
from reconcile.model.clock import Instant, stamp
from reconcile.model.json import FrozenMap, freeze
from reconcile.testing.moves import CONTAINER

_RUNNING: Final = {"running": {"startedAt": stamp(START)}}
_ENDED: Final = {"terminated": {"exitCode": 0, "startedAt": stamp(START), "finishedAt": stamp(START)}}
_BROKEN: Final = {"terminated": {"exitCode": 1, "startedAt": stamp(START), "finishedAt": stamp(START)}}

STATES: Final[Mapping[str, tuple[str, bool, Any]]] = {
    "running and ready": ("Running", True, _RUNNING),
    "new": ("", False, None),
    "pending": ("Pending", False, {"waiting": {"reason": "ContainerCreating"}}),
    "cannot pull": ("Pending", False, {"waiting": {"reason": "ImagePullBackOff"}}),
    "running": ("Running", False, _RUNNING),
    "crashed": ("Running", False, {"waiting": {"reason": "CrashLoopBackOff"}}),
    "succeeded": ("Succeeded", False, _ENDED),
    "failed": ("Failed", False, _BROKEN),
    "unknown": ("Unknown", False, _RUNNING),
}
"""The states of a pod: phase, whether it is ready, the state of its container."""


def pod_status(state: str, since: Instant, restarts: int = 0) -> FrozenMap:
    """Return the status of a pod that has been ready, or unready, *since* then, and was restarted so often.

    >>> pod_status("new", START)["phase"], pod_status("failed", START)["phase"]
    ('Pending', 'Failed')
    """
    phase, ready, container = STATES[state]
    if not phase:
        return FrozenMap(phase="Pending")
    turned = {"type": "Ready", "status": str(ready), "lastTransitionTime": stamp(since)}
    entry = {"name": CONTAINER, "image": "app:1", "imageID": "", "ready": ready, "restartCount": restarts}
    status: FrozenMap = freeze(
        {"phase": phase, "conditions": [turned], "containerStatuses": [{**entry, "state": container}]}
    )
    return status

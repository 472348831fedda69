"""`kubectl rollout pause`, `resume` and `restart`: changes of a workload's spec that its controller acts on.

Rules
1. Only Deployments can be paused and resumed.
2. To restart is to note the time in the pod template, which makes it another one; twice in a second is once too often.
"""

from collections.abc import Callable, Sequence
from typing import Final

from attrs import frozen

from reconcile.actions import STRATEGIC_MERGE, Patch
from reconcile.kubectl.failures import Failure, refusal
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.printing import did
from reconcile.kubectl.rollout.chosen import for_each
from reconcile.kubectl.session import Session
from reconcile.model.clock import Instant, stamp
from reconcile.model.json import FrozenMap, freeze, look
from reconcile.model.kinds import Kind
from reconcile.model.resource import Resource
from reconcile.outcome import Rejected

RESTARTED_AT: Final = "kubectl.kubernetes.io/restartedAt"
_RESTARTABLE: Final = ("Deployment", "StatefulSet", "DaemonSet")
_TOO_SOON: Final = (
    "failed to create patch for {name}: if restart has already been triggered within the past second, "
    "please wait before attempting to trigger another"
)


class Impossible(Exception):  # noqa: N818 - what the change is
    """The change cannot be made of this object; the text is kubectl's own."""


@frozen
class Change:
    """One of the three commands."""

    told: str
    patch: Callable[[Resource, Instant], FrozenMap]
    """From the object and the time to what is sent; raises Impossible."""


def _pause(item: Resource, _: Instant) -> FrozenMap:
    if item.kind != "Deployment":
        raise Impossible("pausing is not supported")
    if item.spec.get("paused"):
        raise Impossible("is already paused")
    return FrozenMap(spec=FrozenMap(paused=True))


def _resume(item: Resource, _: Instant) -> FrozenMap:
    if item.kind != "Deployment":
        raise Impossible("resuming is not supported")
    if not item.spec.get("paused"):
        raise Impossible("is not paused")
    return FrozenMap(spec=FrozenMap(paused=None))


def _restart(item: Resource, now: Instant) -> FrozenMap:
    if item.kind not in _RESTARTABLE:
        raise Impossible("restarting is not supported")
    if item.spec.get("paused"):
        raise Impossible("can't restart paused deployment (run rollout resume first)")
    body: FrozenMap = freeze({"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: stamp(now)}}}}})
    return body


PAUSE: Final = Change("paused", _pause)
RESUME: Final = Change("resumed", _resume)
RESTART: Final = Change("restarted", _restart)


def hold(
    session: Session, choice: Choice, change: Change, *, output: str = "", manifests: Sequence[Manifest] = ()
) -> Session:
    """Make *change* of the workloads that *choice* or *manifests* name."""

    def act(session: Session, kind: Kind, item: Resource) -> Session:
        try:
            body = change.patch(item, session.cluster.now)
        except Impossible as impossible:
            return session.fail(Failure(f'error: {kind.resource} "{item.name}" {impossible}'))
        noted = ("spec", "template", "metadata", "annotations", RESTARTED_AT)
        if change is RESTART and look(body, *noted) == look(item.raw, *noted):
            return session.fail(Failure(_TOO_SOON.format(name=item.name)))
        action = Patch(*item.key, body, f"the user has it {change.told}", patch_type=STRATEGIC_MERGE)
        session, outcome = session.send(action)
        if isinstance(outcome, Rejected):
            why = refusal(outcome, kind.name, item.name).message
            return session.fail(Failure(f"failed to patch: {why}"))
        return did(session, outcome.object or item, change.told, output=output)

    return for_each(session, choice, manifests, act)

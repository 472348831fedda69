"""What users do, as kubectl does it: the edits that scripts are made of.

[set_image("deployment/web", "web=nginx:bad"), undo("deployment/web")]
"""

from reconcile.kubectl.delete import Manner
from reconcile.kubectl.delete import delete as kubectl_delete
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.rollout.hold import PAUSE, RESUME, Change, hold
from reconcile.kubectl.rollout.undo import rollout_undo
from reconcile.kubectl.scale import scale as kubectl_scale
from reconcile.kubectl.setting.image import set_image as kubectl_set_image
from reconcile.testing.explore.scope import Edit


def set_image(target: str, image: str) -> Edit:
    """Return `kubectl set image`: *image* is `container=image`."""
    choice = Choice((target, image))
    return Edit(f"kubectl set image {target} {image}", lambda session: kubectl_set_image(session, choice))


def scale(target: str, replicas: int) -> Edit:
    """Return `kubectl scale`."""
    choice = Choice((target,))
    command = f"kubectl scale {target} --replicas={replicas}"
    return Edit(command, lambda session: kubectl_scale(session, choice, replicas=replicas))


def undo(target: str) -> Edit:
    """Return `kubectl rollout undo`, which a paused Deployment refuses."""
    choice = Choice((target,))
    return Edit(f"kubectl rollout undo {target}", lambda session: rollout_undo(session, choice))


def pause(target: str) -> Edit:
    """Return `kubectl rollout pause`."""
    return _hold("pause", target, PAUSE)


def resume(target: str) -> Edit:
    """Return `kubectl rollout resume`."""
    return _hold("resume", target, RESUME)


def _hold(word: str, target: str, change: Change) -> Edit:
    choice = Choice((target,))
    return Edit(f"kubectl rollout {word} {target}", lambda session: hold(session, choice, change))


def delete(target: str) -> Edit:
    """Return `kubectl delete --wait=false`."""
    choice = Choice((target,))
    return Edit(
        f"kubectl delete {target} --wait=false",
        lambda session: kubectl_delete(session, choice, manner=Manner(wait=False)),
    )

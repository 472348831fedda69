"""`--record`: write the command into the object, where the history of a rollout finds it.

Rules
1. The words are the verb and its arguments, then the flags in full, in the order in which they were given: what
   `kubectl rollout history` shows as CHANGE-CAUSE.
2. kubectl has deprecated the flag, and says so whenever it is used.
"""

from typing import Final

from attrs import evolve

from reconcile.actions import MERGE, Patch
from reconcile.kubectl.manifests import Sent
from reconcile.kubectl.session import Session
from reconcile.model.json import freeze, put
from reconcile.model.resource import Resource

CHANGE_CAUSE: Final = "kubernetes.io/change-cause"
DEPRECATED: Final = "Flag --record has been deprecated, --record will be removed in the future"


def change_cause(session: Session) -> str:
    """Return the command as it is recorded.

    >>> from reconcile.cluster import Cluster
    >>> change_cause(Session(Cluster.new(nodes=0), words=("apply", "--record=true", "--filename=a.yaml")))
    'kubectl apply --record=true --filename=a.yaml'
    """
    return " ".join(("kubectl", *session.words))


def recorded(session: Session, sent: Sent) -> Sent:
    """Return *sent* with the command in its annotations."""
    return evolve(sent, body=put(sent.body, ("metadata", "annotations", CHANGE_CAUSE), change_cause(session)))


def record_on(session: Session, item: Resource) -> Session:
    """Write the command into *item*, which it changed by something other than a manifest."""
    body = freeze({"metadata": {"annotations": {CHANGE_CAUSE: change_cause(session)}}})
    session, _ = session.send(Patch(*item.key, body, "the user records the command", patch_type=MERGE))
    return session

"""kubectl's rollout verbs, as the scenarios use them."""

from reconcile import Cluster
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.rollout.history import history
from reconcile.kubectl.rollout.status import status
from reconcile.kubectl.rollout.undo import rollout_undo
from reconcile.kubectl.session import Session


def undo(cluster: Cluster, what: str, *, to: int = 0) -> Cluster:
    """Return the cluster after `kubectl rollout undo`."""
    return session_of_undo(cluster, what, to=to).cluster


def session_of_undo(cluster: Cluster, what: str, *, to: int = 0) -> Session:
    """Return the session after `kubectl rollout undo`, with what it printed."""
    return rollout_undo(Session(cluster), Choice((what,)), to_revision=to)


def told_of(cluster: Cluster, what: str) -> tuple[str, str]:
    """Return the last line that `kubectl rollout status` prints, and why it fails; each empty if there is none."""
    return _last(status(Session(cluster), Choice((what,))))


def looked_at(cluster: Cluster, what: str) -> tuple[str, str]:
    """Return what `kubectl rollout status --watch=false` prints, and why it fails."""
    return _last(status(Session(cluster), Choice((what,)), watch=False))


def revisions_of(cluster: Cluster, what: str) -> list[str]:
    """Return the revisions that `kubectl rollout history` lists."""
    lines = "".join(piece.text for piece in history(Session(cluster), Choice((what,))).printed).splitlines()
    return [line.split()[0] for line in lines[2:] if line]


def _last(session: Session) -> tuple[str, str]:
    printed = [piece.text.rstrip("\n") for piece in session.printed]
    failures = [failure.message for failure in session.failures]
    return (printed or [""])[-1], (failures or [""])[0]

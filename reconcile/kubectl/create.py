"""`kubectl create -f` and `kubectl replace -f`: new objects, and objects changed as a whole.

Rules
1. `create` refuses what is there already. A generated name is the server's to give.
2. `replace` needs the object to be there; with `--force` it is deleted first and created anew.
"""

from collections.abc import Iterable

from attrs import evolve

from reconcile.actions import Create, Delete, Update
from reconcile.kubectl.delete import deleted
from reconcile.kubectl.failures import refusal
from reconcile.kubectl.manifests import Manifest, Sent, for_each, required
from reconcile.kubectl.printing import did
from reconcile.kubectl.record import recorded
from reconcile.kubectl.session import CLIENT, Session
from reconcile.model.objects import read
from reconcile.outcome import Reason, Rejected
from reconcile.patch.three_way import annotated
from reconcile.store.apply import not_found


def create(
    session: Session,
    manifests: Iterable[Manifest],
    *,
    output: str = "",
    save_config: bool = False,
    record: bool = False,
) -> Session:
    """Create the objects of *manifests*."""

    def act(session: Session, sent: Sent) -> Session:
        sent = recorded(session, sent) if record else sent
        sent = evolve(sent, body=annotated(sent.body, namespace=sent.namespace)) if save_config else sent
        return created(session, sent, output=output, doing=f'creating "{sent.source}"')

    return for_each(session, required(manifests), act, doing="creating")


def created(session: Session, sent: Sent, *, output: str = "", doing: str = "", told: str = "created") -> Session:
    """Create one object; *doing* is told if the server refuses, *told* if it does not."""
    session, outcome = session.send(Create(sent.kind.name, sent.namespace, sent.body, "the user creates it"))
    if isinstance(outcome, Rejected):
        if session.dry == CLIENT and outcome.reason is Reason.ALREADY_EXISTS:  # a client does not know
            return did(session, read(sent.body), told, output=output)
        return session.fail(refusal(outcome, sent.kind.name, sent.name, doing=doing))
    assert outcome.object is not None
    return did(session, outcome.object, told, output=output)


def replace(
    session: Session,
    manifests: Iterable[Manifest],
    *,
    output: str = "",
    force: bool = False,
    save_config: bool = False,
) -> Session:
    """Replace the objects of *manifests*."""

    def act(session: Session, sent: Sent) -> Session:
        sent = evolve(sent, body=annotated(sent.body, namespace=sent.namespace)) if save_config else sent
        return _anew(session, sent, output=output) if force else _replace(session, sent, output=output)

    return for_each(session, required(manifests), act, doing="replacing")


def _replace(session: Session, sent: Sent, *, output: str) -> Session:
    doing = f'replacing "{sent.source}"'
    if session.cluster.find(sent.kind.name, sent.name, sent.namespace) is None:
        return session.fail(refusal(not_found(sent.kind.name, sent.name), sent.kind.name, sent.name, doing=doing))
    session, outcome = session.send(Update(read(sent.body), "the user replaces it"))
    if isinstance(outcome, Rejected):
        return session.fail(refusal(outcome, sent.kind.name, sent.name, doing=doing))
    assert outcome.object is not None
    return did(session, outcome.object, "replaced", output=output)


def _anew(session: Session, sent: Sent, *, output: str) -> Session:
    why = "the user replaces it by a new one"
    gone = Delete(sent.kind.name, sent.namespace, sent.name, why, propagation="Background", grace_period_seconds=0)
    live = session.cluster.find(sent.kind.name, sent.name, sent.namespace)
    if live is not None:
        session, _ = session.send(gone)
        session = deleted(session.on(session.cluster.settle()), sent.kind, live)
    return created(session, sent, output=output, doing=f'replacing "{sent.source}"', told="replaced")

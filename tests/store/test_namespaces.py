"""What the API server does about namespaces: nothing new in one that is to go, and how it goes."""

from typing import Any

import pytest

from reconcile.actions import Create, Delete, Update, UpdateStatus
from reconcile.model.clock import instant
from reconcile.model.json import freeze
from reconcile.model.resource import Resource
from reconcile.outcome import Applied, Cause, Outcome, Reason, Rejected
from reconcile.store.admitted import ADMITTED
from reconcile.store.apply import Rules, apply
from reconcile.store.gate import VERBATIM, Gate
from reconcile.store.store import Store

NOW = instant("2026-01-01T00:00:00Z")


def send(store: Store, action: Any, gate: Gate = ADMITTED) -> tuple[Store, Outcome]:
    return apply(store, action, NOW, Rules(gate=gate))


def team(gate: Gate = ADMITTED, **spec: Any) -> Store:
    body = {"kind": "Namespace", "metadata": {"name": "team"}, "spec": spec}
    return send(Store(), Create("Namespace", "", freeze(body), ""), gate)[0]


def found(store: Store) -> Resource:
    item = store.get("Namespace", "", "team")
    assert item is not None
    return item


LEAVE = Delete("Namespace", "", "team", "")
LEAVING = send(team(), LEAVE)[0]


def creation(kind: str, subresource: str = "", **meta: Any) -> Create:
    return Create(kind, "team", freeze({"kind": kind, "metadata": meta}), "", subresource=subresource)


def finalized(item: Resource, *left: str) -> Update:
    return Update(item.put(("spec", "finalizers"), left), "", subresource="finalize")


def test_a_new_one_is_kept_until_it_is_empty() -> None:
    """Its spec has the finalizer of whoever empties it, behind those that its creator wants; its name is a label."""
    item = found(team(finalizers=["x.io/mine"]))

    assert ["x.io/mine", "kubernetes"] == item.spec["finalizers"]
    assert ({"kubernetes.io/metadata.name": "team"}, "Active") == (item.meta.labels, item.status["phase"])


def test_a_deleted_one_is_terminating() -> None:
    """It stays, and is not told how long it has; a second request changes nothing."""
    item = found(LEAVING)

    assert (NOW, "Terminating") == (item.meta.deleted, item.status["phase"])
    assert "deletionGracePeriodSeconds" not in item.raw["metadata"]
    assert LEAVING is apply(LEAVING, LEAVE, instant("2026-01-01T00:01:00Z"), Rules(gate=ADMITTED))[0]


@pytest.mark.parametrize(
    ("action", "what"),
    [
        (creation("Deployment", name="web"), 'deployments.apps "web"'),
        (creation("Pod", generateName="web-"), 'pods "web-"'),
        (creation("Widget", name="w"), 'widgets "w"'),
        (creation("Pod", "binding", name="web"), 'pods "web"'),
    ],
)
def test_nothing_is_created_in_one_that_is_terminating(action: Create, what: str) -> None:
    """Neither an object nor the binding of a pod; the cause is told apart from other refusals of the kind."""
    why = "unable to create new content in namespace team because it is being terminated"
    cause = Cause("NamespaceTerminating", "metadata.namespace", "namespace team is being terminated")

    assert (LEAVING, Rejected(Reason.NAMESPACE_TERMINATING, f"{what} is forbidden: {why}", (cause,))) == send(
        LEAVING, action
    )


def test_it_goes_with_its_last_finalizer() -> None:
    """An update leaves those of its spec alone; `finalize` takes them away, and with the last one the namespace."""
    store = team(finalizers=["x.io/mine"])
    assert found(store) == found(send(store, Update(found(store).drop(("spec", "finalizers")), ""))[0])
    leaving, _ = send(store, LEAVE)

    one_less, _ = send(leaving, finalized(found(leaving), "x.io/mine"))
    assert ["x.io/mine"] == found(one_less).spec["finalizers"]
    assert send(one_less, finalized(found(one_less)))[0].get("Namespace", "", "team") is None


def test_one_that_is_kept_twice_goes_with_the_later_finalizer() -> None:
    """Those of its metadata hold it as well."""
    held, _ = send(team(), Update(found(team()).put(("metadata", "finalizers"), ["x.io/hold"]), ""))
    empty, _ = send(send(held, LEAVE)[0], finalized(found(send(held, LEAVE)[0])))

    assert ({}, ("x.io/hold",)) == (found(empty).spec, tuple(found(empty).meta.finalizers))
    freed, _ = send(empty, Update(found(empty).drop(("metadata", "finalizers")), ""))
    assert freed.get("Namespace", "", "team") is None


def test_finalizers_that_cannot_be() -> None:
    """Whatever is written, a name has a domain; and only namespaces are finalized so."""
    _, wrong = send(team(), finalized(found(team()), "mine"))
    pod = Resource(freeze({"kind": "Pod", "metadata": {"name": "p", "namespace": "team"}}))
    _, other = send(Store.of([pod]), Update(pod, "", subresource="finalize"))

    assert isinstance(wrong, Rejected)
    assert isinstance(other, Rejected)
    assert (Reason.INVALID, "spec.finalizers[0]") == (wrong.reason, wrong.causes[0].field)
    assert Reason.NOT_FOUND == other.reason


def test_a_stale_finalize_is_a_conflict() -> None:
    """Somebody else has changed the namespace, or another one has its name."""
    older = found(team())
    store, _ = send(team(), Update(older.put(("metadata", "labels"), {"a": "b"}), ""))
    refused = [send(store, finalized(item)) for item in (older, found(store).put(("metadata", "uid"), "other"))]

    assert [Reason.CONFLICT] * 2 == [answer.reason for _, answer in refused if isinstance(answer, Rejected)]


@pytest.mark.parametrize(
    ("store", "phase", "allowed"),
    [(team(), "Active", True), (team(), "Terminating", False), (LEAVING, "Active", False)],
)
def test_the_phase_follows_from_the_deletion(store: Store, phase: str, allowed: bool) -> None:
    """A status that says something else is refused."""
    _, outcome = send(store, UpdateStatus(found(store).put(("status", "phase"), phase), ""))

    assert allowed == isinstance(outcome, Applied)


def test_a_snapshot_is_taken_as_it_is() -> None:
    """What was admitted once gets no finalizer, and its objects no home."""
    store = team(VERBATIM)

    assert {} == found(store).spec
    assert send(store, LEAVE, VERBATIM)[0].get("Namespace", "", "team") is None
    assert isinstance(send(LEAVING, creation("Pod", name="p"), VERBATIM)[1], Applied)
    kept = team(VERBATIM, finalizers=["kubernetes"])
    assert [] == found(send(kept, finalized(found(kept)), VERBATIM)[0]).spec["finalizers"]

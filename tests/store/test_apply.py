"""What the API answers to each action, and what is stored then."""

from typing import Any

import pytest

from reconcile.actions import MERGE, Create, Delete, Event, Patch, Update, UpdateStatus
from reconcile.model.clock import instant
from reconcile.model.json import freeze, put
from reconcile.model.objects import read
from reconcile.outcome import Applied, Outcome, Reason, Rejected
from reconcile.store.admitted import ADMITTED
from reconcile.store.apply import Rules, apply
from reconcile.store.store import Store

NOW = instant("2026-01-01T00:00:00Z")
RULES = Rules()


def widget(name: str = "w", **meta: Any) -> dict[str, Any]:
    return {"kind": "Widget", "metadata": {"name": name, **meta}, "spec": {"size": 1}}


def send(store: Store, action: Any) -> tuple[Store, Outcome]:
    return apply(store, action, NOW, RULES)


def made(body: dict[str, Any]) -> Store:
    store, outcome = send(Store(), Create(body["kind"], "d", freeze(body), ""))
    assert isinstance(outcome, Applied)
    return store


def reason(outcome: Outcome) -> str:
    assert isinstance(outcome, Rejected)
    return outcome.reason


def test_create_gives_what_the_server_gives() -> None:
    """A new object has a namespace, a uid, a version and the time of its creation."""
    stored = made(widget()).get("Widget", "d", "w")

    assert stored is not None
    assert ("d", "1", NOW) == (stored.namespace, stored.meta.resource_version, stored.meta.created)
    assert stored.uid


def test_a_name_in_use_is_refused() -> None:
    """A second object of that name is AlreadyExists, and nothing changes."""
    store = made(widget())
    after, outcome = send(store, Create("Widget", "d", freeze(widget()), ""))

    assert Reason.ALREADY_EXISTS == reason(outcome)
    assert after is store


def test_a_generated_name_is_the_prefix_and_five_letters() -> None:
    """The prefix is cut to 58 characters so that the whole fits a label."""
    body = {"kind": "Widget", "metadata": {"generateName": "x" * 70}}
    _, outcome = send(Store(), Create("Widget", "d", freeze(body), ""))

    assert isinstance(outcome, Applied)
    assert outcome.object is not None
    assert 63 == len(outcome.object.name)


def test_an_old_version_is_a_conflict() -> None:
    """Of two updates from one copy the second is refused."""
    store = made(widget())
    copy = store.get("Widget", "d", "w")
    assert copy is not None
    store, first = send(store, Update(copy.put(("spec", "size"), 2), ""))
    _, second = send(store, Update(copy.put(("spec", "size"), 3), ""))

    assert isinstance(first, Applied)
    assert Reason.CONFLICT == reason(second)


def test_another_uid_is_a_conflict() -> None:
    """An update meant for an object that was replaced does not reach its successor."""
    store = made(widget())
    copy = store.get("Widget", "d", "w")
    assert copy is not None
    stale = read(put(put(copy.raw, ("metadata", "uid"), "other"), ("metadata", "resourceVersion"), ""))

    assert Reason.CONFLICT == reason(send(store, Update(stale, ""))[1])


def test_spec_and_status_are_written_apart() -> None:
    """An update keeps the stored status, a status update keeps the stored spec."""
    store = made(widget())
    item = store.get("Widget", "d", "w")
    assert item is not None
    both = item.put(("spec", "size"), 2).put(("status", "seen"), 1)
    store, _ = send(store, UpdateStatus(both, ""))
    stored = store.get("Widget", "d", "w")

    assert stored is not None
    assert (1, 1) == (stored.spec["size"], stored.status["seen"])


def test_a_write_that_changes_nothing_is_no_write() -> None:
    """The same content again gives the same store and no new version."""
    store = made(widget())
    item = store.get("Widget", "d", "w")
    assert item is not None

    assert send(store, Update(item, ""))[0] is store


@pytest.mark.parametrize(
    "action",
    [
        Update(read({"kind": "Widget", "metadata": {"name": "x"}}), ""),
        Patch("Widget", "d", "x", freeze({}), ""),
        Delete("Widget", "d", "x", ""),
    ],
)
def test_what_is_not_there_is_not_found(action: Any) -> None:
    """Nothing can be done to an object that does not exist."""
    assert Reason.NOT_FOUND == reason(send(Store(), action)[1])


def test_a_finalizer_holds_a_deleted_object() -> None:
    """It stays with a deletionTimestamp until its last finalizer goes."""
    store = made(widget(finalizers=["example.com/hold"]))
    store, _ = send(store, Delete("Widget", "d", "w", ""))
    held = store.get("Widget", "d", "w")
    assert held is not None
    assert held.meta.deleting

    body = freeze({"metadata": {"finalizers": None}})
    store, _ = send(store, Patch("Widget", "d", "w", body, "", patch_type=MERGE))

    assert store.get("Widget", "d", "w") is None


@pytest.mark.parametrize(("name", "stays"), [("default", True), ("kube-system", True), ("mine", False)])
def test_some_namespaces_may_not_be_deleted(name: str, stays: bool) -> None:
    """The namespaces that every cluster has are kept; any other goes."""
    store, _ = send(Store(), Create("Namespace", "", freeze({"kind": "Namespace", "metadata": {"name": name}}), ""))

    store, outcome = send(store, Delete("Namespace", "", name, ""))

    assert stays == (store.get("Namespace", "", name) is not None)
    assert stays == (isinstance(outcome, Rejected) and outcome.reason == Reason.FORBIDDEN)


def pod(phase: str, node: str) -> dict[str, Any]:
    spec = {"nodeName": node, "terminationGracePeriodSeconds": 30} if node else {}
    return {"kind": "Pod", "metadata": {"name": "p"}, "spec": spec, "status": {"phase": phase}}


@pytest.mark.parametrize(
    ("phase", "node", "grace", "stays"),
    [
        ("Running", "node-0", None, True),
        ("Running", "node-0", 0, False),
        ("Pending", "", None, False),
        ("Succeeded", "node-0", None, False),
    ],
)
def test_only_a_bound_pod_that_runs_gets_time(phase: str, node: str, grace: int | None, stays: bool) -> None:
    """A pod that is bound and has not ended stays for its grace period; any other goes at once."""
    store, _ = send(made(pod(phase, node)), Delete("Pod", "d", "p", "", grace_period_seconds=grace))

    assert stays == (store.get("Pod", "d", "p") is not None)


def test_a_second_delete_may_shorten_the_wait() -> None:
    """Grace zero on a terminating pod lets it go at once."""
    store, _ = send(made(pod("Running", "node-0")), Delete("Pod", "d", "p", ""))
    store, _ = send(store, Delete("Pod", "d", "p", "", grace_period_seconds=0))

    assert store.get("Pod", "d", "p") is None


@pytest.mark.parametrize(("policy", "finalizer"), [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")])
def test_propagation_is_a_finalizer(policy: str, finalizer: str) -> None:
    """What becomes of the dependents is asked of the garbage collector by a finalizer."""
    store, _ = send(made(widget()), Delete("Widget", "d", "w", "", propagation=policy))
    stored = store.get("Widget", "d", "w")

    assert stored is not None
    assert [finalizer] == stored.meta.finalizers


def test_a_uid_that_is_not_the_objects_spares_it() -> None:
    """A delete that names another uid is refused."""
    assert Reason.CONFLICT == reason(send(made(widget()), Delete("Widget", "d", "w", "", uid="other"))[1])


def test_binding_gives_a_pod_its_node_once() -> None:
    """A pod is bound by a post to its subresource; a second binding is a conflict."""
    bind = Create(
        "Pod", "d", freeze({"metadata": {"name": "p"}, "target": {"name": "node-1"}}), "", subresource="binding"
    )
    store, first = send(made(pod("Pending", "")), bind)
    stored = store.get("Pod", "d", "p")

    assert isinstance(first, Applied)
    assert stored is not None
    assert "node-1" == stored.spec["nodeName"]
    assert Reason.CONFLICT == reason(send(store, bind)[1])
    assert Reason.NOT_FOUND == reason(send(Store(), bind)[1])


def test_events_change_nothing() -> None:
    """What is no request leaves the store alone."""
    store = made(widget())
    item = store.get("Widget", "d", "w")
    assert item is not None

    assert send(store, Event("Normal", "Seen", item, ""))[0] is store


def test_nothing_is_created_in_a_namespace_that_is_not_there() -> None:
    """Under the rules of a real API server; objects of a snapshot need no namespace to be in."""
    action = Create("Pod", "team", freeze({"kind": "Pod", "metadata": {"name": "p"}, "spec": {}}), "")

    refused = apply(Store(), action, NOW, Rules(gate=ADMITTED))

    assert (Store(), Rejected(Reason.NOT_FOUND, 'namespaces "team" not found')) == refused
    assert isinstance(send(Store(), action)[1], Applied)

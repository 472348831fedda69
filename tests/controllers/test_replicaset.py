"""The ReplicaSet controller: what was recorded, and its rules as facts."""

from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

from reconcile.actions import Action, Create, Delete, UpdateStatus, WakeAt
from reconcile.controllers.replicaset import REPLICASET, reconcile
from reconcile.engine.perform import perform, replay
from reconcile.model.clock import instant
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.outcome import Applied, Outcome, Reason, Rejected
from reconcile.store.store import Store
from reconcile.sync import sync
from reconcile.testing.vectors import disagreements, read_rows
from reconcile.view import Observed

VECTORS = Path(__file__).parent.parent / "vectors"
NOW = instant("2026-01-01T12:00:00Z")


def replica_set(replicas: int = 3, **spec: Any) -> Resource:
    return read(
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": {"name": "web", "namespace": "default", "uid": "rs-1", "generation": 1},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c"}]}},
                **spec,
            },
        }
    )


def pod(
    name: str, *, phase: str = "Running", ready: str | None = None, owner: str | None = "rs-1", **meta: Any
) -> Resource:
    reference = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": owner, "controller": True}
    condition = {"type": "Ready", "status": "True", "lastTransitionTime": ready}
    return read(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": name,
                "namespace": "default",
                "uid": f"uid-{name}",
                "labels": {"app": "web"},
                "creationTimestamp": "2026-01-01T11:00:00Z",
                "ownerReferences": [reference] if owner else [],
                **meta,
            },
            "spec": {"nodeName": "node-0"},
            "status": {"phase": phase, "conditions": [condition] if ready else []},
        }
    )


class _Api:
    def __init__(self, store: Store) -> None:
        self.get = store.get


def observed(*objects: Resource, **more: Any) -> Observed:
    store = Store.of(objects)
    return Observed(now=NOW, cache=store, live=_Api(store), **more)  # type: ignore[arg-type]


def plan(rs: Resource, *pods: Resource, **more: Any) -> list[Action]:
    return reconcile(rs, observed(rs, *pods, **more))  # type: ignore[arg-type]


def kinds(actions: list[Action]) -> Counter[str]:
    return Counter(type(action).__name__ for action in actions)


def test_recorded_syncs_agree() -> None:
    """For each recorded snapshot the requests, events, requeue and error are those of the real controller."""
    unlike = disagreements(read_rows(VECTORS / "replicaset.jsonl.gz"), sync)

    assert [] == list(islice(unlike, 3))


def test_missing_pods_are_created() -> None:
    """Three wanted and one there: two are created, with a reason that says so."""
    actions = plan(replica_set(3), pod("a"))
    created = [action for action in actions if isinstance(action, Create)]

    assert 2 == len(created)
    assert "2 of 3 pods are missing" == created[0].why
    assert "web-" == created[0].body["metadata"]["generateName"]


def test_the_status_is_what_was_seen_before() -> None:
    """A sync reports the pods that it found, not those that it made."""
    status = next(action for action in plan(replica_set(3), pod("a")) if isinstance(action, UpdateStatus))

    assert 1 == status.object.status["replicas"]


def test_quiet_at_goal() -> None:
    """Nothing is asked for when everything is as wanted and reported."""
    rs = replica_set(1)
    done = next(action for action in plan(rs, pod("a")) if isinstance(action, UpdateStatus)).object

    assert [] == plan(done, pod("a"))


def test_a_failed_pod_is_replaced_and_left_alone() -> None:
    """A pod that has ended neither counts nor goes."""
    assert {"Create": 1, "Event": 1, "UpdateStatus": 1} == kinds(plan(replica_set(1), pod("a", phase="Failed")))


def test_a_terminating_pod_is_replaced_at_once() -> None:
    """A replacement does not wait for the pod that it replaces; the status counts it apart."""
    actions = plan(replica_set(1), pod("a", deletionTimestamp="2026-01-01T12:00:30Z"))
    status = next(action for action in actions if isinstance(action, UpdateStatus)).object.status

    assert 1 == kinds(actions)["Create"]
    assert (0, 1) == (status["replicas"], status["terminatingReplicas"])


def test_the_pod_that_is_not_ready_goes_first() -> None:
    """Of two pods too many those that are of least use go."""
    old, new = pod("old", ready="2026-01-01T11:00:00Z"), pod("new")
    deleted = [action.name for action in plan(replica_set(1), old, new) if isinstance(action, Delete)]

    assert ["new"] == deleted


def test_a_pod_with_another_label_is_released() -> None:
    """A pod that the selector no longer takes is let go, and replaced."""
    actions = plan(replica_set(1), pod("a", labels={"app": "other"}))

    assert (1, 1) == (kinds(actions)["Patch"], kinds(actions)["Create"])


def test_an_orphan_is_adopted_and_counts() -> None:
    """A matching pod that nobody controls is taken in instead of a new one."""
    assert {"Patch": 1, "UpdateStatus": 1} == kinds(plan(replica_set(1), pod("a", owner=None)))


def test_availability_is_waited_for() -> None:
    """A pod that is ready for ten of thirty seconds is looked at again in twenty."""
    rs = replica_set(1, minReadySeconds=30)
    wake = next(action for action in plan(rs, pod("a", ready="2026-01-01T11:59:50Z")) if isinstance(action, WakeAt))

    assert instant("2026-01-01T12:00:20Z") == wake.at


def test_a_refused_create_ends_the_slow_start() -> None:
    """After one refusal no further batch goes out; the status says why, and the sync is tried again."""
    refused: tuple[Outcome, ...] = (Rejected(Reason.FORBIDDEN, "quota"),)
    actions = plan(replica_set(5), answers=refused)
    status = next(action for action in actions if isinstance(action, UpdateStatus)).object.status

    assert 1 == kinds(actions)["Create"]
    assert "FailedCreate" == status["conditions"][0]["reason"]
    assert isinstance(actions[-1], WakeAt)
    assert actions[-1].error is not None


def test_planning_again_with_answers_is_what_running_the_script_does() -> None:
    """The pure function alone, called again after every answer, does what the interpreter does."""
    rs = replica_set(6)
    view = observed(rs, pod("a"), pod("b", labels={"app": "other"}))

    def send(count: int, action: Action) -> tuple[int, Outcome]:
        refused = isinstance(action, Create) and count >= 4
        return count + 1, Rejected(Reason.INTERNAL_ERROR, "no") if refused else Applied()

    assert replay(REPLICASET, rs, lambda: view, 0, send) == perform(REPLICASET, rs, lambda: view, 0, send)

"""`sync`: the answer is in the vector format, and bad questions are refused."""

import json
from typing import Any

import pytest

from reconcile.snapshot import BadSnapshot
from reconcile.sync import sync

PARENT = {
    "apiVersion": "apps/v1",
    "kind": "ReplicaSet",
    "metadata": {"name": "web", "namespace": "d", "uid": "u", "generation": 1},
    "spec": {"replicas": 1, "selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}}},
}
REJECT = {"verb": "create", "resource": "pods", "reason": "Forbidden"}
SNAPSHOT = {"controller": "replicaset", "now": "2026-01-01T00:00:00Z", "parent": PARENT, "observed": {}}


def test_the_answer_is_json() -> None:
    """Requests, events, requeueAfter and error, all of them plain JSON."""
    answer = sync(SNAPSHOT)

    assert ["create", "update"] == [request["verb"] for request in answer["requests"]]
    assert [{"type": "Normal", "reason": "SuccessfulCreate", "object": "ReplicaSet/web"}] == answer["events"]
    assert (None, False) == (answer["requeueAfter"], answer["error"])
    assert json.loads(json.dumps(answer)) == answer


def test_a_rejected_request_is_seen() -> None:
    """`reject` makes requests fail; the sync then reports an error, and is to be tried again."""
    answer = sync({**SNAPSHOT, "reject": [REJECT]})

    assert answer["error"]
    assert ["FailedCreate"] == [event["reason"] for event in answer["events"]]


def test_what_comes_after_the_first_and_how_often() -> None:
    """`after` lets requests pass, `count` limits how many fail."""
    parent = {**PARENT, "spec": {**PARENT["spec"], "replicas": 3}}  # type: ignore[dict-item]
    reject = [{"verb": "create", "resource": "pods", "reason": "Timeout", "after": 1, "count": 1}]
    answer = sync({**SNAPSHOT, "parent": parent, "reject": reject})

    assert ["FailedCreate", "SuccessfulCreate", "SuccessfulCreate"] == sorted(e["reason"] for e in answer["events"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"controller": "widget"}, "controller: unknown name 'widget'; expected one of"),
        ({"controller": 1}, "controller: expected text, got int"),
        ({"parent": None}, "parent: expected an object, got NoneType"),
        ({"now": "noon"}, "now: Invalid isoformat string"),
        ({"observed": [1]}, "observed: expected an object, got list"),
        ({"observed": {"pods": [3]}}, r"observed\.pods\[0\]: expected an object, got int"),
        ({"observed": {"pods": 3}}, r"observed\.pods: expected a list, got int"),
        ({"observed": {"pods": [{"kind": "Job"}]}}, r"observed\.pods\[0\]\.kind: expected Pod, got 'Job'"),
        ({"observed": {"pods": [{"metadata": 1}]}}, r"observed\.pods\[0\]\.metadata: must be an object"),
        ({"parent": {"kind": "Pod"}}, "parent.kind: expected ReplicaSet, got 'Pod'"),
        ({"parent": {**PARENT, "spec": {"replicas": "two"}}}, r"parent\.spec\.replicas: must be an integer"),
        ({"observed": {"pods": [{"metadata": {"name": "a"}}] * 2}}, r"observed\.pods\[1\]: Pod/a is there already"),
        ({"observed": {"widgets": [{"kind": 1}]}}, r"observed\.widgets\[0\]\.kind: expected text, got int"),
        ({"liveOnly": {"pods": [{"spec": 1}]}}, r"liveOnly\.pods\[0\]\.spec: must be an object, not an integer"),
        ({"liveParent": 1}, "liveParent: expected an object, got int"),
        ({"liveParent": {**PARENT, "kind": "Pod"}}, "liveParent.kind: expected ReplicaSet, got 'Pod'"),
        ({"reject": {}}, "reject: expected a list, got dict"),
        ({"reject": [{"resource": "pods", "reason": "Forbidden"}]}, r"reject\[0\]\.verb: missing"),
        ({"reject": [{**REJECT, "reason": "Tired"}]}, r"reject\[0\]\.reason: unknown reason 'Tired'"),
        ({"reject": [{**REJECT, "count": "1"}]}, r"reject\[0\]\.count: expected a number, got str"),
        ({"memory": []}, "memory: expected an object, got list"),
        ({"memory": {"backoff": {"lastFailureTime": "noon"}}}, r"memory\.backoff\.lastFailureTime: Invalid"),
        ({"memory": {"expectedFinalizerRemovals": [1]}}, r"memory\.expectedFinalizerRemovals\[0\]: expected text"),
    ],
)
def test_bad_snapshots(change: dict[str, object], message: str) -> None:
    """The error names the field."""
    with pytest.raises(BadSnapshot, match=message):
        sync({**SNAPSHOT, **change})


@pytest.mark.parametrize(("document", "got"), [(None, "NoneType"), (5, "int"), ("controller", "str"), ([], "list")])
def test_a_snapshot_is_an_object(document: Any, got: str) -> None:
    """Anything else is refused as such, even a text that contains what is looked for."""
    with pytest.raises(BadSnapshot, match=f"^snapshot: expected an object, got {got}$"):
        sync(document)


def test_nulls_are_as_good_as_absent() -> None:
    """A null where a manifest may have one does not keep the controller from answering."""
    pod = {"metadata": {"name": "p", "ownerReferences": [None]}, "spec": {"containers": [None]}}
    answer = sync({**SNAPSHOT, "observed": {"pods": [pod], "widgets": [{"kind": "Widget"}]}})

    assert ["create", "update"] == [request["verb"] for request in answer["requests"]]


def test_what_is_zero_or_empty_is_as_good_as_absent() -> None:
    """Neither a zero that the server leaves out nor a field that it does not know makes a status another one."""
    counts: dict[str, Any] = {"replicas": 0, "readyReplicas": 0, "fullyLabeledReplicas": None, "conditions": [], "x": 1}
    status = {**counts, "terminatingReplicas": 0, "observedGeneration": 1}
    spec = {**PARENT["spec"], "replicas": 0}  # type: ignore[dict-item]

    assert [] == sync({**SNAPSHOT, "parent": {**PARENT, "spec": spec, "status": status}})["requests"]


def test_the_parent_need_not_say_what_it_is() -> None:
    """Kind and apiVersion follow from the controller, as those of the others do from their resource."""
    bare = {key: item for key, item in PARENT.items() if key not in ("kind", "apiVersion")}

    assert sync(SNAPSHOT) == sync({**SNAPSHOT, "parent": bare}) == sync({**SNAPSHOT, "parent": {**bare, "kind": None}})


def test_fields_of_features_that_are_off_stay() -> None:
    """A snapshot is of a store, and what is stored is not looked through again."""
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"partition": 0, "maxUnavailable": 2}}
    parent = {**PARENT, "kind": "StatefulSet", "spec": {**PARENT["spec"], "updateStrategy": rolling}}  # type: ignore[dict-item]
    written = sync({**SNAPSHOT, "controller": "statefulset", "parent": parent})["requests"][-1]["body"]

    assert rolling == written["spec"]["updateStrategy"]


def test_a_missing_field_is_named() -> None:
    """A snapshot needs controller, now, parent and observed."""
    with pytest.raises(ValueError, match="now: missing; a snapshot needs"):
        sync({"controller": "replicaset", "parent": PARENT})

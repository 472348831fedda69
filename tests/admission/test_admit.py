"""Admission as a whole: facts that the recorded requests do not show, or not by themselves."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.admission.admit import (
    admit_create,
    admit_scale,
    admit_status,
    admit_update,
    default,
    scale_of,
)
from reconcile.admission.strategy import STRATEGIES
from reconcile.model.json import FrozenMap, freeze, look, put, thaw
from reconcile.outcome import Reason, Rejected

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CONTAINERS = [{"name": "main", "image": "nginx:1.25"}]
TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": CONTAINERS}}


def workload(kind: str, **spec: Any) -> dict[str, Any]:
    """Return a manifest of a workload called web."""
    selector = {"matchLabels": {"app": "web"}}
    return {
        "kind": kind,
        "metadata": {"name": "web"},
        "spec": {"selector": selector, "template": TEMPLATE, **spec},
    }


def create(kind: str, obj: Any, *, uid: str = "u1") -> FrozenMap | Rejected:
    """Create *obj* in the namespace default."""
    return admit_create(kind, obj, namespace="default", uid=uid, now=NOW, suffix="x4k2z")


def stored(kind: str, obj: Any) -> FrozenMap:
    """Return *obj* as it is stored, with a resourceVersion."""
    new = create(kind, obj)
    assert isinstance(new, FrozenMap), new
    return put(new, ("metadata", "resourceVersion"), "7")


def test_a_refusal_reads_like_kubectl_and_names_each_cause_once() -> None:
    """One line with the kind, the name, the field, the value found and what was expected."""
    actual = create("ReplicaSet", workload("ReplicaSet", replicas=-1))
    expected = 'The ReplicaSet "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0'

    assert isinstance(actual, Rejected)
    assert expected == actual.message
    assert [("FieldValueInvalid", "spec.replicas")] == [(cause.reason, cause.field) for cause in actual.causes]


def test_what_does_not_decode_hides_everything_else() -> None:
    """A shape error is a BadRequest without causes, even if the object would be invalid as well."""
    actual = create("ReplicaSet", workload("ReplicaSet", replicas=-1, minReadySeconds="1"))

    assert isinstance(actual, Rejected)
    assert (Reason.BAD_REQUEST, ()) == (actual.reason, actual.causes)
    assert "spec.minReadySeconds: must be an integer, not a string" in actual.message


def test_a_new_object_gets_what_is_the_servers() -> None:
    """Name, namespace, uid, time and generation are set; what was sent for them is forgotten."""
    meta = {"generateName": "web-", "uid": "mine", "generation": 9, "resourceVersion": "3", "selfLink": "x"}
    actual = create("Pod", {"metadata": meta, "spec": {"containers": CONTAINERS}})
    expected = {
        "generateName": "web-",
        "name": "web-x4k2z",
        "namespace": "default",
        "uid": "u1",
        "creationTimestamp": "2026-01-02T03:04:05Z",
        "generation": 1,
    }

    assert isinstance(actual, FrozenMap)
    assert expected == actual["metadata"]


def test_a_foreign_namespace_and_another_kind_are_bad_requests() -> None:
    """The endpoint says what an object is and where it goes."""
    elsewhere = {"metadata": {"name": "a", "namespace": "other"}, "spec": {"containers": CONTAINERS}}
    wrong = [
        create("Pod", elsewhere),
        create("Pod", {"kind": "pod"}),
        create("Pod", {"apiVersion": "v2"}),
        create("Pod", []),
    ]

    assert [Reason.BAD_REQUEST] * 4 == [item.reason for item in wrong if isinstance(item, Rejected)]


def test_an_update_keeps_the_status_and_counts_generations_by_meaning() -> None:
    """The same spec in other words is no new generation; another one is exactly one."""
    old = put(stored("ReplicaSet", workload("ReplicaSet")), ("status", "replicas"), 3)
    same = admit_update("ReplicaSet", put(old, ("status",), {"replicas": 9}), old)
    other = admit_update("ReplicaSet", put(old, ("spec", "replicas"), 5), old)

    assert old == same
    assert isinstance(other, FrozenMap)
    assert (2, 3) == (look(other, "metadata", "generation"), look(other, "status", "replicas"))


def test_a_write_that_changes_nothing_shares_everything() -> None:
    """The spec of an object that is written back is the very same frozen object."""
    manifests = {
        "Pod": {"metadata": {"name": "web"}, "spec": {"containers": CONTAINERS}},
        "Service": {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}},
        **{kind: workload(kind) for kind in ("Deployment", "DaemonSet", "StatefulSet")},
    }
    for kind, manifest in manifests.items():
        old = stored(kind, manifest)
        body = FrozenMap(thaw(put(old, ("metadata", "labels"), {"a": "b"})) | {"spec": old["spec"]})
        new = admit_update(kind, body, old)

        assert isinstance(new, FrozenMap)
        assert old["spec"] is new["spec"] or kind == "Service"
        assert list(old["spec"]) == list(new["spec"])


def test_a_status_write_keeps_the_spec_and_takes_metadata() -> None:
    """A spec in the body is ignored, but it must decode; annotations replace the stored ones."""
    old = stored("ReplicaSet", workload("ReplicaSet"))
    body = {"metadata": {"name": "web", "annotations": {"a": "b"}}, "spec": {"replicas": 9}, "status": {"replicas": 1}}
    new = admit_status("ReplicaSet", body, old)
    refused = admit_status("ReplicaSet", {**body, "spec": {"replicas": "9"}}, old)

    assert isinstance(new, FrozenMap)
    assert (1, {"a": "b"}, 1) == (
        look(new, "spec", "replicas"),
        look(new, "metadata", "annotations"),
        look(new, "status", "replicas"),
    )
    assert isinstance(refused, Rejected)
    assert refused.reason is Reason.BAD_REQUEST


@pytest.mark.parametrize(
    ("meta", "reason"),
    [
        ({"name": "web", "resourceVersion": "6"}, Reason.CONFLICT),
        ({"name": "web", "resourceVersion": "abc"}, Reason.INTERNAL_ERROR),
        ({"name": "web", "uid": "u2"}, Reason.CONFLICT),
        ({"name": "bew"}, Reason.BAD_REQUEST),
        ({}, Reason.BAD_REQUEST),
    ],
)
def test_an_update_must_be_one_of_the_stored_object(meta: dict[str, str], reason: Reason) -> None:
    """Another name is a BadRequest, a stale version or another uid a Conflict - for all three kinds of writes."""
    old = stored("ReplicaSet", workload("ReplicaSet"))
    body = {**workload("ReplicaSet"), "metadata": meta}
    answers = [
        admit_update("ReplicaSet", body, old),
        admit_status("ReplicaSet", body, old),
        admit_scale("ReplicaSet", {"metadata": meta}, old),
    ]

    assert [reason] * 3 == [answer.reason for answer in answers if isinstance(answer, Rejected)]


def test_scaling_is_an_update_of_the_replicas() -> None:
    """It counts as a new generation, and its answer is a Scale."""
    old = stored("StatefulSet", workload("StatefulSet"))
    new = admit_scale("StatefulSet", {"metadata": {"name": "web"}, "spec": {"replicas": 4}}, old)

    assert isinstance(new, FrozenMap)
    assert (4, 2) == (look(new, "spec", "replicas"), look(new, "metadata", "generation"))
    assert {"replicas": 4} == scale_of(new)["spec"]
    assert {"replicas": 0, "selector": "app=web"} == scale_of(new)["status"]
    assert isinstance(admit_scale("Job", {}, old), Rejected)


def test_pods_of_one_template_share_their_spec() -> None:
    """What is worked out for the first pod is not worked out again for the next."""
    spec = freeze({"containers": CONTAINERS})
    one, other = (create("Pod", FrozenMap(metadata=FrozenMap(name=name), spec=spec)) for name in "ab")

    assert isinstance(one, FrozenMap)
    assert isinstance(other, FrozenMap)
    assert one["spec"] is other["spec"]


def test_a_services_addresses_follow_from_its_uid() -> None:
    """The same uid gets the same addresses, another one others; ports of one Service differ."""
    ports = [{"name": name, "port": 80 + index} for index, name in enumerate("abc")]
    manifest = {"metadata": {"name": "web"}, "spec": {"type": "NodePort", "ports": ports}}
    one, again, other = (create("Service", manifest, uid=uid) for uid in ("u1", "u1", "u2"))
    numbers = [port["nodePort"] for port in look(one, "spec", "ports")]

    assert one == again
    assert look(one, "spec", "clusterIP") != look(other, "spec", "clusterIP")
    assert 3 == len(set(numbers))
    assert all(30000 <= number <= 32767 for number in numbers)


@pytest.mark.parametrize(
    ("new", "old", "fields"),
    [
        ({"active": 1}, {}, ["status.active"]),
        ({"terminating": 1}, {}, ["status.terminating"]),
        ({"startTime": "2025-12-31T00:00:00Z"}, {}, ["status.startTime"]),
        ({"completionTime": "2026-01-01T00:00:03Z"}, {}, ["status.completionTime"]),
        ({"conditions": []}, {}, ["status.completionTime", "status.conditions", "status.conditions"]),
        ({"succeeded": 0}, {}, ["status.succeeded"]),
        ({"active": 1}, {"active": 1}, []),
    ],
)
def test_a_finished_job_stays_as_it_is(new: dict[str, Any], old: dict[str, Any], fields: list[str]) -> None:
    """What a write changes about a finished Job is checked; what was wrong before is not."""
    pod = {"restartPolicy": "Never", "containers": CONTAINERS}
    job = stored("Job", {"metadata": {"name": "web"}, "spec": {"template": {"spec": pod}}})
    finished = {
        "startTime": "2026-01-01T00:00:00Z",
        "completionTime": "2026-01-01T00:00:01Z",
        "succeeded": 1,
        "conditions": [{"type": name, "status": "True"} for name in ("SuccessCriteriaMet", "Complete")],
    }
    before = put(job, ("status",), {**finished, **old})
    answer = admit_status("Job", put(before, ("status",), {**finished, **old, **new}), before)
    actual = [cause.field for cause in answer.causes] if isinstance(answer, Rejected) else []

    assert fields == sorted(actual)


def stored_job() -> FrozenMap:
    """Return an Indexed Job of three completions."""
    pod = {"restartPolicy": "Never", "containers": CONTAINERS}
    spec = {"template": {"spec": pod}, "completionMode": "Indexed", "completions": 3, "parallelism": 2}
    return stored("Job", {"metadata": {"name": "web"}, "spec": spec})


def updated_job(**changes: Any) -> Rejected:
    """Return the refusal of an update of the Indexed Job; None takes a field away."""
    old = stored_job()
    new = thaw(old)
    new["spec"] = {key: value for key, value in {**new["spec"], **changes}.items() if value is not None}
    answer = admit_update("Job", new, old)
    assert isinstance(answer, Rejected)
    return answer


def test_an_indexed_job_without_completions_misses_them_and_no_more() -> None:
    """They are required; that they do not go with the parallelism is not said beside it."""
    assert [("FieldValueRequired", "spec.completions")] == [
        (cause.reason, cause.field) for cause in updated_job(completions=None).causes
    ]
    assert ["spec.completions"] == [cause.field for cause in updated_job(completions=4).causes]


def test_the_refusal_of_another_template_shows_it() -> None:
    """The value that was sent is in the message, as for any other field that does not change."""
    template = {"spec": {"restartPolicy": "OnFailure", "containers": CONTAINERS}}
    labelled = {**template, "metadata": look(stored_job(), "spec", "template", "metadata")}

    assert 'spec.template: Invalid value: {"metadata":{"labels":{' in updated_job(template=labelled).message


def test_defaults_are_idempotent() -> None:
    """Defaulting what has its defaults changes nothing, and gives the very same parts back."""
    once = default("StatefulSet", workload("StatefulSet"))
    twice = default("StatefulSet", once)

    assert once == twice
    assert once["spec"] is twice["spec"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["metadata", "spec", "status", "name", "labels", "template", "selector", "containers", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(kind=st.sampled_from([*STRATEGIES, "Event", "Widget"]), body=JSON, strict=st.booleans())
def test_whatever_is_sent_gets_an_answer(kind: str, body: Any, strict: bool) -> None:
    """Nothing is raised, and what is stored is frozen through and through."""
    answer = admit_create(kind, body, namespace="default", uid="u", now=NOW, strict=strict)

    assert isinstance(answer, Rejected) or isinstance(hash(answer), int)


@given(part=JSON, field=st.sampled_from(["containers", "volumes", "affinity", "tolerations", "securityContext"]))
def test_whatever_is_in_a_pod_spec_gets_an_answer(part: Any, field: str) -> None:
    """The same inside a spec that is otherwise sound, and on update."""
    pod = stored("Pod", {"metadata": {"name": "web"}, "spec": {"containers": CONTAINERS}})
    body = thaw(pod)
    body["spec"][field] = part
    answers = (create("Pod", body), admit_update("Pod", body, pod), admit_status("Pod", body, pod))

    assert all(isinstance(answer, FrozenMap | Rejected) for answer in answers)


GENERATION = "deprecated.daemonset.template.generation"


def counted(text: str) -> dict[str, Any]:
    """Return a DaemonSet whose annotation counts *text* generations of its template."""
    return {**workload("DaemonSet"), "metadata": {"name": "web", "annotations": {GENERATION: text}}}


@pytest.mark.parametrize("text", ["", "x", "1.0", "1_0", " 1", "\u0663", "9223372036854775808"])
def test_a_template_generation_is_a_number_of_64_bits(text: str) -> None:
    """A DaemonSet whose annotation is no such number does not decode, whoever sends it and to whatever end."""
    known = stored("DaemonSet", workload("DaemonSet"))
    answers = [
        create("DaemonSet", counted(text)),
        admit_update("DaemonSet", counted(text), known),
        admit_status("DaemonSet", counted(text), known),
    ]
    assert [Reason.BAD_REQUEST] * 3 == [getattr(answer, "reason", None) for answer in answers]


def claim(**spec: Any) -> dict[str, Any]:
    """Return a manifest of a claim called data."""
    given = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}
    return {"kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": given}


def test_a_source_in_another_namespace_is_dropped() -> None:
    """A claim may not be filled from elsewhere: the feature is off, so the field is forgotten without a word."""
    source = {"kind": "PersistentVolumeClaim", "name": "other", "namespace": "elsewhere"}

    kept = stored("PersistentVolumeClaim", claim(dataSourceRef=source))["spec"]
    assert {"dataSource", "dataSourceRef"}.isdisjoint(kept)


@pytest.mark.parametrize("named", ["", "fast"])
def test_the_attributes_class_of_a_claim_cannot_be_taken_away(named: str) -> None:
    """A claim that names a class, even the empty one, keeps naming one."""
    known = put(
        stored("PersistentVolumeClaim", claim(volumeAttributesClassName=named)), ("status",), {"phase": "Bound"}
    )
    refused = admit_update("PersistentVolumeClaim", claim(), known)

    assert isinstance(refused, Rejected)
    assert {"spec", "spec.volumeAttributesClassName"} == {cause.field for cause in refused.causes}

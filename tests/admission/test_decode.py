"""Decoding manifests."""

from typing import Any

import pytest

from reconcile.admission.decode import Malformed, decode, same_meaning
from reconcile.model.json import FrozenMap, freeze


def nested(levels: int) -> Any:
    """Return a list in a list in a list..."""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("kind", "manifest", "message"),
    [
        (
            "Deployment",
            {"spec": {"template": {"spec": {"containers": [{"prots": []}]}}}},
            "spec.template.spec.containers[0].prots: unknown field",
        ),
        ("ReplicaSet", {"spec": {"Replicas": 1}}, "spec.Replicas: unknown field"),
        ("ReplicaSet", {"spec": {"replicas": "1"}}, "spec.replicas: must be an integer, not a string"),
        ("ReplicaSet", {"spec": {"replicas": True}}, "spec.replicas: must be an integer, not a boolean"),
        (
            "ReplicaSet",
            {"spec": {"replicas": 3.0}},
            "spec.replicas: must be an integer, not a number with a fraction",
        ),
        ("ReplicaSet", {"spec": {"replicas": 2**31}}, "spec.replicas: must be an integer of 32 bits"),
        ("ReplicaSet", {"spec": {"replicas": 10**5000}}, "spec.replicas: must be an integer of 32 bits"),
        ("ReplicaSet", {"spec": []}, "spec: must be an object, not a list"),
        ("Pod", {"spec": {"containers": {}}}, "spec.containers: must be a list, not an object"),
        ("Pod", {"spec": {"hostNetwork": 1}}, "spec.hostNetwork: must be a boolean, not an integer"),
        ("Pod", {"metadata": {"labels": {"a": 1}}}, "metadata.labels.a: must be a string, not an integer"),
        ("Pod", {"metadata": {"labels": {1: "a"}}}, "metadata.labels: keys must be strings, not 1"),
        ("Pod", {1: {}}, "1: unknown field"),
        ("Pod", [], "must be an object, not a list"),
        ("Pod", None, "must be an object, not null"),
        ("ControllerRevision", {"data": {"a": float("nan")}}, "data: must be a finite number"),
        ("ControllerRevision", {"data": {"a": object()}}, "data: must be JSON, not object"),
        ("ControllerRevision", {"data": nested(200)}, "data: must not be nested deeper than 100 levels"),
    ],
)
def test_a_wrong_shape_is_one_error_that_names_the_field(kind: str, manifest: Any, message: str) -> None:
    """Whatever is wrong with the shape, the error is Malformed and leads to the field."""
    with pytest.raises(Malformed) as caught:
        decode(kind, manifest)

    assert message == str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02 03:04:05Z", "20260102T030405Z", "2026-01-02T03:04:05+0100"],
)
def test_times_are_rfc_3339(text: str) -> None:
    """Other forms of dates are refused."""
    with pytest.raises(Malformed, match=r"metadata.creationTimestamp: must be a time"):
        decode("Pod", {"metadata": {"creationTimestamp": text}})


def test_hostile_nesting_is_refused_before_it_is_looked_at() -> None:
    """A field that does not exist is not read, however deep it is."""
    with pytest.raises(Malformed, match=r"spec.depth: unknown field"):
        decode("Pod", {"spec": {"depth": nested(100_000)}})


def test_unknown_fields_are_dropped_if_not_strict() -> None:
    """Only their presence is wrong, so without them all is well."""
    actual = decode("Pod", {"spec": {"cotainers": [], "nodeName": "a"}}, strict=False)["spec"]
    expected = {"containers": None, "nodeName": "a"}

    assert expected == actual


def test_the_canonical_form_keeps_pointers_and_sub_objects_only() -> None:
    """Zero scalars and empty collections go; what a pointer points to, and plain sub-objects, stay."""
    spec = {"replicas": 0, "minReadySeconds": 0, "selector": {"matchLabels": {}}, "strategy": None}
    actual = decode("Deployment", {"metadata": {"labels": {"a": None}}, "spec": spec})
    template = {"metadata": {}, "spec": {"containers": None}}
    expected = {
        "metadata": {"labels": {"a": ""}},
        "spec": {"replicas": 0, "selector": {}, "template": template, "strategy": {}},
        "status": {},
    }

    assert expected == actual


def test_quantities_and_times_are_canonical() -> None:
    """Resource lists are rounded up to thousandths, times are whole seconds in UTC."""
    container = {"name": "a", "resources": {"requests": {"cpu": 0.5, "memory": "1024Mi", "x/y": "1n"}}}
    meta = {"creationTimestamp": "2026-01-02T03:04:05.9+01:00"}
    actual = decode("Pod", {"metadata": meta, "spec": {"containers": [container]}})
    requests = {"cpu": "500m", "memory": "1Gi", "x/y": "1m"}

    assert "2026-01-02T02:04:05Z" == actual["metadata"]["creationTimestamp"]
    assert requests == actual["spec"]["containers"][0]["resources"]["requests"]


def test_a_canonical_document_comes_back_as_it_is() -> None:
    """So whoever sends a frozen object again shares it, and comparing is a matter of identity."""
    first = decode("Pod", {"spec": {"containers": [{"name": "a", "image": "b", "env": [{"name": "x"}]}]}})

    assert first is decode("Pod", first)


def test_equal_documents_of_other_types_are_not_confused() -> None:
    """Python's True equals 1, and what is remembered about one must not be the answer for the other."""
    sound, unsound = freeze({"hostNetwork": True}), freeze({"hostNetwork": 1})
    decode("Pod", {"spec": sound})

    assert sound == unsound
    with pytest.raises(Malformed, match=r"spec.hostNetwork"):
        decode("Pod", {"spec": unsound})


def test_meaning_is_the_amount_not_its_spelling() -> None:
    """Quantities compare by value, all else by its canonical form."""
    one, other, third = (FrozenMap(overhead=FrozenMap(cpu=amount)) for amount in ("1k", "1e3", "1"))

    assert same_meaning("Pod", "spec", one, other)
    assert not same_meaning("Pod", "spec", one, third)


def test_kinds_without_a_type_have_metadata_and_any_other_content() -> None:
    """A kind that is not known is taken as it is."""
    with pytest.raises(Malformed, match=r"metadata.lables: unknown field"):
        decode("Widget", {"metadata": {"lables": {}}})

    assert {"metadata": {}, "spec": {"size": 0}} == decode("Widget", {"spec": {"size": 0}})

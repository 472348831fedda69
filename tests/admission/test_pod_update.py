"""What a Pod's update may change."""

from datetime import UTC, datetime
from typing import Any

import pytest

from reconcile.admission.admit import admit_create, admit_update
from reconcile.model.json import FrozenMap, put, thaw
from reconcile.outcome import Rejected

GATE = {"name": "example.com/wait"}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def term(*zones: str) -> dict[str, Any]:
    """Return required node affinity to one of *zones*."""
    expressions = [{"key": f"zone-{zone}", "operator": "Exists"} for zone in zones]
    return {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": expressions}]}}}


def updated(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the causes of an update from one set of spec fields to another."""
    spec = {"containers": [{"name": "main", "image": "nginx:1.25"}], **before}
    now = datetime(2026, 1, 1, tzinfo=UTC)
    old = admit_create("Pod", {"metadata": {"name": "web"}, "spec": spec}, namespace="default", uid="u", now=now)
    assert isinstance(old, FrozenMap), old
    body = {**{key: item for key, item in old["spec"].items() if key not in before}, **thaw(after)}
    answer = admit_update("Pod", put(old, ("spec",), body), old)
    return [(cause.reason[10:], cause.field) for cause in answer.causes] if isinstance(answer, Rejected) else []


@pytest.mark.parametrize(
    ("before", "after", "causes"),
    [
        ({}, {"containers": [{"name": "main", "image": "nginx:1.26", "imagePullPolicy": "IfNotPresent"}]}, []),
        ({}, {"containers": [{"name": "new", "image": "nginx:1.25"}]}, [("Forbidden", "spec")]),
        ({}, {"activeDeadlineSeconds": 10}, []),
        ({"activeDeadlineSeconds": 10}, {"activeDeadlineSeconds": 9}, []),
        ({"activeDeadlineSeconds": 10}, {"activeDeadlineSeconds": 11}, [("Invalid", "spec.activeDeadlineSeconds")]),
        ({"activeDeadlineSeconds": 10}, {}, [("Invalid", "spec.activeDeadlineSeconds")]),
        ({}, {"tolerations": [{"key": "a", "operator": "Exists"}]}, []),
        ({"tolerations": [{"key": "a", "operator": "Exists"}]}, {}, [("Forbidden", "spec.tolerations")]),
        ({}, {"schedulingGates": [GATE]}, [("Forbidden", "spec.schedulingGates[0].name")]),
        ({"schedulingGates": [GATE]}, {}, []),
        ({}, {"nodeSelector": {"a": "b"}}, [("Forbidden", "spec")]),
        ({"schedulingGates": [GATE]}, {"schedulingGates": [GATE], "nodeSelector": {"a": "b"}}, []),
        ({"schedulingGates": [GATE]}, {"schedulingGates": [GATE], "affinity": term("a")}, []),
        (
            {"schedulingGates": [GATE], "affinity": term("a")},
            {"schedulingGates": [GATE], "affinity": term("a", "b")},
            [],
        ),
        (
            {"schedulingGates": [GATE], "affinity": term("a", "b")},
            {"schedulingGates": [GATE], "affinity": term("a")},
            [("Invalid", f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms[0]")],
        ),
        ({}, {"hostname": "other"}, [("Forbidden", "spec")]),
        (
            {"activeDeadlineSeconds": 10},
            {"activeDeadlineSeconds": 11, "hostname": "hidden by the deadline"},
            [("Invalid", "spec.hostname"), ("Invalid", "spec.activeDeadlineSeconds")],
        ),
        ({}, {"containers": []}, [("Required", "spec.containers"), ("Forbidden", "spec.containers")]),
        (
            {"schedulingGates": [GATE], "nodeSelector": {"a": "b"}},
            {"nodeSelector": {"a": "c"}},
            [("Invalid", "spec.nodeSelector")],
        ),
        (
            {"schedulingGates": [GATE], "affinity": term("a")},
            {},
            [("Invalid", f"spec.affinity.nodeAffinity.{REQUIRED}.nodeSelectorTerms")],
        ),
        ({"schedulingGates": [GATE], "affinity": {"podAffinity": {}}}, {"affinity": {}}, [("Forbidden", "spec")]),
        ({"terminationGracePeriodSeconds": 5}, {"terminationGracePeriodSeconds": 1}, [("Forbidden", "spec")]),
    ],
)
def test_a_pods_spec_is_nearly_fixed(
    before: dict[str, Any], after: dict[str, Any], causes: list[tuple[str, str]]
) -> None:
    """Images, deadlines, new tolerations, and - while gated - narrower placement may change; nothing else."""
    assert causes == updated(before, after)


@pytest.mark.parametrize("key", ["kubernetes.io/config.mirror", "container.apparmor.security.beta.kubernetes.io/main"])
def test_some_annotations_stay(key: str) -> None:
    """Neither the mark of a mirror pod nor an AppArmor profile can be added, changed or removed."""
    pod = {"metadata": {"name": "web"}, "spec": {"nodeName": "n", "containers": [{"name": "main", "image": "a"}]}}
    now = datetime(2026, 1, 1, tzinfo=UTC)
    plain = admit_create("Pod", pod, namespace="default", uid="u", now=now)
    assert isinstance(plain, FrozenMap)
    marked = put(plain, ("metadata", "annotations"), {key: "unconfined"})

    for old, new in ((plain, marked), (marked, plain), (marked, put(plain, ("metadata", "annotations"), {key: ""}))):
        answer = admit_update("Pod", new, old)
        assert isinstance(answer, Rejected)
        assert [("FieldValueForbidden", f"metadata.annotations[{key}]")] == [(c.reason, c.field) for c in answer.causes]


def test_a_grace_period_that_was_negative_may_become_one() -> None:
    """That is what the server makes of it now."""
    spec = {"containers": [{"name": "main", "image": "nginx:1.25"}]}
    now = datetime(2026, 1, 1, tzinfo=UTC)
    old = admit_create("Pod", {"metadata": {"name": "web"}, "spec": spec}, namespace="default", uid="u", now=now)
    assert isinstance(old, FrozenMap)
    before = put(old, ("spec", "terminationGracePeriodSeconds"), -1)

    assert isinstance(admit_update("Pod", put(old, ("spec", "terminationGracePeriodSeconds"), 1), before), FrozenMap)
    assert isinstance(admit_update("Pod", put(old, ("spec", "terminationGracePeriodSeconds"), 2), before), Rejected)

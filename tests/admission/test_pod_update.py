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
    ],
)
def test_a_pods_spec_is_nearly_fixed(
    before: dict[str, Any], after: dict[str, Any], causes: list[tuple[str, str]]
) -> None:
    """Images, deadlines, new tolerations, and - while gated - narrower placement may change; nothing else."""
    assert causes == updated(before, after)

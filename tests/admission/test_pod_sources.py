"""Sources of environment variables and volumes, and amounts: what is sound, and what is refused at which field."""

from typing import Any, Final

import pytest

from reconcile.admission.admit import admit_update
from reconcile.model.json import put
from reconcile.outcome import Rejected
from tests.admission.test_kind_rules import stored, told
from tests.admission.test_pod_rules import causes, container, node_terms, pod, projected, spread, volume

FIELD: Final = {"fieldRef": {"fieldPath": "metadata.name"}}
KEY: Final = {"configMapKeyRef": {"name": "c", "key": "k"}}


def variable(**fields: Any) -> dict[str, Any]:
    return container(env=[{"name": "E", **fields}])


def mounted(source: dict[str, Any], **mount: Any) -> dict[str, Any]:
    """A pod spec with a volume that its container mounts."""
    return {**container(volumeMounts=[{"name": "v", "mountPath": "/m", **mount}]), **volume(**source)}


ENV: Final[list[tuple[dict[str, Any], list[str]]]] = [
    (variable(value="x", valueFrom=FIELD), ["Invalid containers[0].env[0].valueFrom"]),
    (variable(valueFrom={**FIELD, **KEY}), ["Invalid containers[0].env[0].valueFrom"]),
    (
        variable(valueFrom={"fieldRef": {"fieldPath": ""}}),
        ["Required containers[0].env[0].valueFrom.fieldRef.fieldPath"],
    ),
    (
        variable(valueFrom={"resourceFieldRef": {"resource": "limits.gpu"}}),
        ["NotSupported containers[0].env[0].valueFrom.resourceFieldRef.resource"],
    ),
    (
        variable(valueFrom={"fileKeyRef": {"key": "k", "volumeName": "v"}}),
        ["Required containers[0].env[0].valueFrom.fileKeyRef.path"],
    ),
    (container(envFrom=[{"secretRef": {}}]), ["Required containers[0].envFrom[0].secretRef.name"]),
]

SOURCES: Final[list[tuple[dict[str, Any], list[str]]]] = [
    (volume(gcePersistentDisk={"pdName": "d", "partition": 1}), []),
    (volume(scaleIO={"gateway": "g", "system": "s", "volumeName": "n", "secretRef": {"name": "s"}}), []),
    (volume(flexVolume={"driver": "d", "options": {"acme.io/x": "1"}}), []),
    (
        volume(flexVolume={"driver": "d", "options": {"a.k8s.io/x": "1"}}),
        ["Invalid volumes[0].flexVolume.options[a.k8s.io/x]"],
    ),
    (volume(gitRepo={"repository": "r", "directory": "d"}), []),
    (volume(nfs={"server": "s", "path": "/p"}), []),
    (volume(image={"reference": "nginx"}), []),
    (projected({"clusterTrustBundle": {"name": "b", "path": "p"}}), []),
    (mounted({"emptyDir": {}}, subPathExpr="$(E)"), []),
    (
        mounted({"emptyDir": {}}, subPath="a", subPathExpr="b"),
        ["Invalid containers[0].volumeMounts[0].subPathExpr"],
    ),
    (mounted({"emptyDir": {}}, readOnly=True, recursiveReadOnly="Enabled"), []),
    (
        mounted({"emptyDir": {}}, recursiveReadOnly="Enabled", mountPropagation="HostToContainer"),
        ["Forbidden containers[0].volumeMounts.recursiveReadOnly"],
    ),
]

REST: Final[list[tuple[dict[str, Any], list[str]]]] = [
    (
        container(livenessProbe={"httpGet": {"port": 80, "path": ""}}),
        [],
    ),
    (
        container(resources={"limits": {"not good": "1"}}),
        [f"Invalid containers[0].resources.{side}[not good]" for side in ("limits", "requests")],
    ),
    (
        {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}}},
        [
            "Required affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms",
        ],
    ),
    (node_terms(matchExpressions=[{"key": "a", "operator": "Exists"}]), []),
    (
        {
            "topologySpreadConstraints": [
                *spread()["topologySpreadConstraints"],
                *spread(maxSkew=2)["topologySpreadConstraints"],
            ]
        },
        ["Duplicate topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}"],
    ),
    (spread(minDomains=2), []),
    ({"hostUsers": False}, []),
    (container(securityContext={"appArmorProfile": {"type": "Localhost", "localhostProfile": "p"}}), []),
]


@pytest.mark.parametrize(("spec", "expected"), [*ENV, *SOURCES, *REST])
def test_what_a_pod_may_take_from_elsewhere(spec: dict[str, Any], expected: list[str]) -> None:
    """A source is one of its kind, and whole."""
    assert sorted(f"{reason} spec.{field}" for reason, field in (cause.split(" ", 1) for cause in expected)) == causes(
        "Pod", pod(**spec)
    )


@pytest.mark.parametrize(("seconds", "expected"), [(-1, ["Invalid spec.activeDeadlineSeconds"]), (5, [])])
def test_a_new_deadline_lies_ahead(seconds: int, expected: list[str]) -> None:
    """A pod without a deadline may get one, of no less than nothing."""
    old = stored("Pod", pod())
    answer = admit_update("Pod", put(old, ("spec", "activeDeadlineSeconds"), seconds), old)

    assert set(expected) <= set(told(answer))
    assert bool(expected) == isinstance(answer, Rejected)


def test_a_gated_pod_may_be_selected_further() -> None:
    """As long as it waits at a gate, labels of nodes may be added."""
    old = stored("Pod", pod(schedulingGates=[{"name": "a.io/b"}], nodeSelector={"a": "b"}))

    assert [] == told(admit_update("Pod", put(old, ("spec", "nodeSelector", "c"), "d"), old))

"""What a status write may say, where the recorded requests do not reach."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from reconcile.admission.admit import admit_create, admit_status, admit_update
from reconcile.model.json import FrozenMap, put
from reconcile.outcome import Rejected

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)


def stored(kind: str, spec: dict[str, Any], **status: Any) -> FrozenMap:
    """An object of *kind* with that spec, as it is stored, and with that status."""
    new = admit_create(kind, {"metadata": {"name": "web"}, "spec": spec}, namespace="default", uid="u", now=NOW)
    assert isinstance(new, FrozenMap), new
    return put(new, ("status",), {**new["status"], **status})


def causes(answer: FrozenMap | Rejected) -> list[str]:
    found = answer.causes if isinstance(answer, Rejected) else ()
    return sorted(f"{cause.reason.removeprefix('FieldValue')} {cause.field}" for cause in found)


def container(name: str, **state: Any) -> dict[str, Any]:
    return {"name": name, "image": "a", "imageID": "", "ready": False, "restartCount": 0, "state": state}


OVER: Final = {"terminated": {"exitCode": 0}}
FAILED: Final = {"terminated": {"exitCode": 1}}
RUNNING: Final[dict[str, Any]] = {"running": {}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"conditions": [{"type": "not good", "status": "True"}, {"type": "Ready", "status": "True"}]},
            ["Invalid metadata.conditions[0].Type"],
        ),
        ({"qosClass": "Guaranteed"}, ["Invalid status.qosClass"]),
        ({"qosClass": ""}, []),
        ({"nominatedNodeName": "N"}, ["Invalid status.nominatedNodeName"]),
        ({"podIPs": [{"ip": "10.0.0.1"}, {"ip": "::1"}]}, []),
        ({"podIPs": [{"ip": "10.0.0.1"}, {"ip": "10.0.0.1"}]}, ["Duplicate status.podIPs[1]", "Invalid status.podIPs"]),
        ({"hostIPs": [{"ip": "10.0.0.1"}]}, ["Invalid status.hostIPs[0].ip"]),
        (
            {"hostIP": "10.0.0.1", "hostIPs": [{"ip": "10.0.0.1"}, {"ip": "x"}]},
            ["Invalid status.hostIPs", "Invalid status.hostIPs[1]"],
        ),
    ],
)
def test_the_status_of_a_pod(given: dict[str, Any], expected: list[str]) -> None:
    """Conditions have qualified types, the class of service stays, addresses are one of each family."""
    old = stored("Pod", {"containers": [{"name": "a", "image": "a"}]})

    assert expected == causes(admit_status("Pod", put(old, ("status",), given), old))


@pytest.mark.parametrize(
    ("policy", "before", "after", "refused"),
    [
        ("Always", OVER, RUNNING, False),
        ("OnFailure", FAILED, RUNNING, False),
        ("OnFailure", OVER, RUNNING, True),
        ("Never", FAILED, RUNNING, True),
        ("Never", FAILED, OVER, False),
        ("Never", RUNNING, RUNNING, False),
    ],
)
def test_what_has_ended_for_good_does_not_run_again(policy: str, before: Any, after: Any, refused: bool) -> None:
    """A container that is not to be started again stays terminated; a sidecar may start again."""
    sidecar = {"name": "s", "image": "a", "restartPolicy": "Always"}
    spec = {"restartPolicy": policy, "containers": [{"name": "a", "image": "a"}], "initContainers": [sidecar]}
    states = {"containerStatuses": [container("a", **before)], "initContainerStatuses": [container("s", **before)]}
    old = stored("Pod", spec, **states)
    given = {"containerStatuses": [container("a", **after)], "initContainerStatuses": [container("s", **after)]}
    expected = ["Forbidden status.containerStatuses[0].state"] if refused else []

    assert expected == causes(admit_status("Pod", put(old, ("status",), given), old))


@pytest.mark.parametrize(
    ("ingress", "expected"),
    [
        ({"ip": "1.2.3.4", "ipMode": "VIP"}, []),
        ({"ip": "1.2.3"}, ["Invalid ip"]),
        ({"ip": "1.2.3.4", "ipMode": "X"}, ["NotSupported ipMode"]),
        ({"ipMode": "VIP"}, ["Forbidden ipMode"]),
        ({"hostname": "A"}, ["Invalid hostname"]),
        ({"hostname": "1.2.3.4"}, ["Invalid hostname"]),
    ],
)
def test_the_ingress_of_a_load_balancer(ingress: dict[str, Any], expected: list[str]) -> None:
    """An address has a mode, a name is a name; only a LoadBalancer has either."""
    ports = [{"port": 80}]
    balancer, plain = (stored("Service", {"type": kind, "ports": ports}) for kind in ("LoadBalancer", "ClusterIP"))
    given = {"loadBalancer": {"ingress": [ingress]}}
    paths = [cause.split(" ") for cause in expected]

    assert [f"{reason} status.loadBalancer.ingress[0].{field}" for reason, field in paths] == causes(
        admit_status("Service", put(balancer, ("status",), given), balancer)
    )
    assert ["Forbidden status.loadBalancer.ingress"] == causes(
        admit_status("Service", put(plain, ("status",), given), plain)
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            {"ipFamilies": ["IPv4"]},
            {"ipFamilies": ["IPv6"], "clusterIPs": [], "clusterIP": ""},
            ["Invalid spec.clusterIPs[0]"],
        ),
        (
            {"type": "LoadBalancer", "loadBalancerClass": "a/b"},
            {"loadBalancerClass": "a/c"},
            ["Invalid spec.loadBalancerClass"],
        ),
        (
            {"type": "LoadBalancer", "externalTrafficPolicy": "Local"},
            {"healthCheckNodePort": 31000},
            ["Forbidden spec.healthCheckNodePort"],
        ),
        ({}, {"loadBalancerClass": "not good"}, ["Forbidden spec.loadBalancerClass"]),
        ({}, {"externalIPs": ["224.0.0.1", "10.0.0.1"]}, ["Invalid spec.externalIPs[0]"]),
        (
            {},
            {"loadBalancerSourceRanges": ["10.0.0.0/8 ", "10.0.0.1"]},
            ["Forbidden spec.LoadBalancerSourceRanges", "Invalid spec.LoadBalancerSourceRanges[1]"],
        ),
        ({"type": "LoadBalancer"}, {"ports": [{"port": 10250}]}, []),
    ],
)
def test_the_update_of_a_service(before: dict[str, Any], after: dict[str, Any], expected: list[str]) -> None:
    """Families, class and health check stay; what belongs to another type is forbidden."""
    old = stored("Service", {"ports": [{"port": 80}], **before})
    new = put(old, ("spec",), {**old["spec"], **after})

    assert expected == causes(admit_update("Service", new, old))


CLAIM: Final[dict[str, Any]] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"accessModes": ["ReadWriteOncePod", "X"]}, ["NotSupported spec.accessModes"]),
        ({"accessModes": ["ReadWriteOncePod", "ReadWriteOnce"]}, ["Forbidden spec.accessModes"]),
        (
            {"selector": {"matchExpressions": [{"key": "a", "operator": "In"}]}},
            ["Required spec.selector.matchExpressions[0].values"],
        ),
        ({"resources": {"requests": {"storage": "0"}}}, ["Invalid spec.resources[storage]"]),
        (
            {"storageClassName": "A", "volumeMode": ""},
            ["Invalid spec.storageClassName", "NotSupported spec.volumeMode"],
        ),
        (
            {"dataSourceRef": {}},
            [
                f"{reason} spec.dataSourceRef{field}"
                for reason, field in (("Invalid", ""), ("Required", ".kind"), ("Required", ".name"))
            ],
        ),
        ({"dataSourceRef": {"apiGroup": "A", "kind": "K", "name": "n"}}, ["Invalid spec.dataSourceRef.apiGroup"]),
        (
            {
                "dataSource": {"kind": "PersistentVolumeClaim", "name": "a"},
                "dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "b"},
            },
            ["Invalid spec"],
        ),
    ],
)
def test_the_spec_of_a_claim(change: dict[str, Any], expected: list[str]) -> None:
    """Modes, size, class and source of a claim; a source that is no source is reported under both of its names."""
    claim = {"metadata": {"name": "c"}, "spec": {**CLAIM, **change}}
    found = causes(admit_create("PersistentVolumeClaim", claim, namespace="default", uid="u", now=NOW))

    assert expected == [cause for cause in found if "dataSource." not in cause and not cause.endswith("dataSource")]


BOUND: Final = {"phase": "Bound", "capacity": {"storage": "1Gi"}}


@pytest.mark.parametrize(
    ("status", "after", "annotations", "expected"),
    [
        (BOUND, {"resources": {"requests": {"storage": "3Gi"}}}, {}, []),
        (BOUND, {"resources": {"requests": {"storage": "1536Mi"}}}, {}, []),
        (BOUND, {"resources": {"requests": {"storage": "1Gi"}}}, {}, ["Forbidden spec.resources.requests.storage"]),
        ({}, {"resources": {"requests": {"storage": "3Gi"}}}, {}, ["Forbidden spec"]),
        ({}, {"volumeName": "v", "storageClassName": "s"}, {}, []),
        (BOUND, {"volumeAttributesClassName": "v"}, {}, []),
        ({}, {"volumeMode": "Block"}, {}, ["Forbidden spec", "Invalid volumeMode"]),
        (
            {},
            {},
            {"volume.beta.kubernetes.io/storage-class": "x"},
            ["Invalid metadata.annotations.volume.beta.kubernetes.io/storage-class"],
        ),
    ],
)
def test_the_update_of_a_claim(
    status: dict[str, Any], after: dict[str, Any], annotations: dict[str, str], expected: list[str]
) -> None:
    """A bound claim may grow, and shrink back to what it has; everything else stays once it is set."""
    old = stored("PersistentVolumeClaim", CLAIM, **status)
    new = put(put(old, ("spec",), {**old["spec"], **after}), ("metadata", "annotations"), annotations)

    assert expected == causes(admit_update("PersistentVolumeClaim", new, old))


def test_attributes_of_a_claim_cannot_be_unset() -> None:
    """Once a claim has a class of attributes, it has one for good."""
    old = stored("PersistentVolumeClaim", {**CLAIM, "volumeAttributesClassName": "v"}, **BOUND)
    new = put(old, ("spec",), {key: value for key, value in old["spec"].items() if key != "volumeAttributesClassName"})

    assert ["Forbidden spec", "Forbidden spec.volumeAttributesClassName"] == causes(
        admit_update("PersistentVolumeClaim", new, old)
    )

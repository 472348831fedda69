"""What Jobs, Services, claims and others may hold, where the recorded requests do not reach: reason and field."""

from typing import Any, Final

import pytest

from reconcile.admission.admit import admit_create, admit_status, admit_update
from reconcile.model.json import FrozenMap, put
from reconcile.outcome import Reason, Rejected
from tests.admission.test_pod_rules import NOW, causes, container, pod

PORT: Final = {"port": 80}
PORTS: Final = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]


def named(**fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": "web"}, **fields}


def stored(kind: str, obj: dict[str, Any], **status: Any) -> FrozenMap:
    """The object as it is stored, with that status."""
    new = admit_create(kind, obj, namespace="default", uid="u", now=NOW)
    assert isinstance(new, FrozenMap), new
    return put(new, ("status",), {**new.get("status", {}), **status})


def told(answer: FrozenMap | Rejected) -> list[str]:
    found = answer.causes if isinstance(answer, Rejected) else ()
    return sorted({f"{cause.reason.removeprefix('FieldValue')} {cause.field}" for cause in found})


# --- Job ---------------------------------------------------------------------------------------------------------


def job(**spec: Any) -> dict[str, Any]:
    return named(spec={"template": {"spec": {**container(), "restartPolicy": "Never"}}, **spec})


INDEXED: Final = {"completionMode": "Indexed", "completions": 2}
ON_READY: Final = {"onPodConditions": [{"type": "Ready"}]}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({**INDEXED, "parallelism": 100_001}, ["Invalid spec.parallelism"]),
        ({"managedBy": ""}, ["Required spec.managedBy"]),
        ({"managedBy": "acme.io/x"}, []),
        (
            {"podFailurePolicy": {"rules": [{"action": "FailIndex", **ON_READY}]}},
            ["Invalid spec.podFailurePolicy.rules[0].action"],
        ),
        (
            {"podFailurePolicy": {"rules": [{"action": "Count", "onExitCodes": {"operator": "In", "values": [2, 2]}}]}},
            ["Duplicate spec.podFailurePolicy.rules[0].onExitCodes.values[1]"],
        ),
        ({**INDEXED, "successPolicy": {"rules": [{"succeededCount": 1}] * 21}}, ["TooMany spec.successPolicy.rules"]),
        ({**INDEXED, "successPolicy": {"rules": [{}]}}, ["Required spec.successPolicy.rules[0]"]),
    ],
)
def test_the_rules_of_a_job(spec: dict[str, Any], expected: list[str]) -> None:
    """Indexes, policies and managers each have rules of their own."""
    assert expected == causes("Job", job(**spec))


@pytest.mark.parametrize("indexes", ["1-0", "a", "5"])
def test_the_indexes_that_a_job_reports_are_a_list_of_them(indexes: str) -> None:
    """They ascend, are numbers, and lie within the completions; what cannot be read overlaps with nothing."""
    old = stored("Job", job(**INDEXED))

    answer = admit_status("Job", put(old, ("status",), {"completedIndexes": indexes}), old)

    assert ["Invalid status.completedIndexes"] == told(answer)


def test_without_completions_any_index_may_be_reported() -> None:
    """Nothing says then how many there are: nothing is compared."""
    old = stored("Job", job(**INDEXED))
    open_ended = put(old, ("spec", "completions"), None)

    answer = admit_status("Job", put(open_ended, ("status",), {"completedIndexes": "0-7"}), open_ended)

    assert [] == told(answer)


# --- Service -----------------------------------------------------------------------------------------------------


def service(**spec: Any) -> dict[str, Any]:
    return named(spec={"ports": [PORT], **spec})


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"ports": [PORTS[0], {"name": "b", "port": 80}]}, ["Duplicate spec.ports[1]"]),
        ({"ports": [PORTS[0], {"name": "a", "port": 81}]}, ["Duplicate spec.ports[1].name"]),
        (
            {"type": "NodePort", "ports": [{**port, "nodePort": 30080} for port in PORTS]},
            ["Invalid spec.ports[1].nodePort"],
        ),
        (
            {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 0}}},
            ["Invalid spec.sessionAffinityConfig.clientIP.timeoutSeconds"],
        ),
        ({"ipFamilies": ["IPv4", "IPv4"], "ipFamilyPolicy": "PreferDualStack"}, ["Duplicate spec.ipFamilies[1]"]),
        ({"externalIPs": ["x"]}, ["Invalid spec.externalIPs[0]"]),
        ({"externalIPs": ["127.0.0.1"]}, ["Invalid spec.externalIPs[0]"]),
        ({"type": "NodePort", "externalTrafficPolicy": "Far"}, ["NotSupported spec.externalTrafficPolicy"]),
        ({"healthCheckNodePort": 30000}, ["Invalid spec.healthCheckNodePort"]),
        ({"trafficDistribution": "Near"}, ["NotSupported spec.trafficDistribution"]),
    ],
)
def test_the_rules_of_a_service(spec: dict[str, Any], expected: list[str]) -> None:
    """Ports are told apart, addresses are addresses, policies are known ones."""
    assert expected == causes("Service", service(**spec))


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        (["None", "10.96.0.1"], ["Invalid spec.clusterIPs"]),
        (["10.96.0.1", "::1", "::2"], ["Invalid spec.clusterIPs"]),
    ],
)
def test_the_cluster_ips_of_a_service(addresses: list[str], expected: list[str]) -> None:
    """None stands alone, and there are two at most."""
    families = {"ipFamilyPolicy": "PreferDualStack"}

    assert expected == causes("Service", service(clusterIP=addresses[0], clusterIPs=addresses, **families))


def test_the_second_address_comes_and_goes_with_the_policy() -> None:
    """A Service with two families gives one up only for SingleStack."""
    old = stored("Service", service())
    double = put(put(old, ("spec", "ipFamilies"), ["IPv4", "IPv6"]), ("spec", "ipFamilyPolicy"), "PreferDualStack")
    single = put(double, ("spec", "ipFamilies"), ["IPv4"])

    assert ["Invalid spec.ipFamilyPolicy"] == told(admit_update("Service", single, double))


def test_two_ports_that_want_the_same_node_port_get_two() -> None:
    """Node ports are drawn from the uid; one that is taken is followed by the next."""
    many = [{"name": f"p{number}", "port": number} for number in range(1, 600)]
    ports = stored("Service", service(type="NodePort", ports=many))["spec"]["ports"]

    assert len(many) == len({port["nodePort"] for port in ports})


# --- the others --------------------------------------------------------------------------------------------------


def test_a_claim_has_no_negative_capacity() -> None:
    """Every amount of the status is at least zero."""
    claim = named(spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}})
    old = stored("PersistentVolumeClaim", claim)

    def answer(storage: str) -> list[str]:
        new = put(old, ("status",), {"capacity": {"storage": storage}})
        return told(admit_status("PersistentVolumeClaim", new, old))

    assert [] == answer("1Gi")
    assert ["Invalid status.capacity[storage]"] == answer("-1")


def test_a_bound_pod_cannot_be_nominated() -> None:
    """What was placed needs no place to be kept for it."""
    old = stored("Pod", pod(nodeName="n"))

    answer = admit_status("Pod", put(old, ("status", "nominatedNodeName"), "m"), old)

    assert ["Forbidden status.nominatedNodeName"] == told(answer)


def test_what_is_deleted_gets_no_more_finalizers() -> None:
    """They could only keep it from going."""
    old = put(stored("Pod", pod()), ("metadata", "deletionTimestamp"), "2026-01-01T00:00:00Z")

    answer = admit_update("Pod", put(old, ("metadata", "finalizers"), ["acme.io/hold"]), old)

    assert "Forbidden metadata.finalizers" in told(answer)


@pytest.mark.parametrize("name", ["runtimeClassName", "priorityClassName"])
def test_classes_that_are_not_there_forbid_a_pod(name: str) -> None:
    """There are no RuntimeClasses here, and two PriorityClasses."""
    gold: dict[str, Any] = {name: "gold"}
    assert [str(Reason.FORBIDDEN)] == causes("Pod", pod(**gold))
    assert [] == causes("Pod", pod(priorityClassName="system-node-critical"))


def test_an_update_of_a_budget_must_name_its_version() -> None:
    """A budget alone is never overwritten blindly (contract api 2.1)."""
    old = stored("PodDisruptionBudget", named(spec={"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}}))
    assert ["Invalid metadata.resourceVersion"] == told(admit_update("PodDisruptionBudget", old, old))


@pytest.mark.parametrize("obj", [{"kind": "Service"}, {"apiVersion": "v2"}])
def test_an_update_must_be_of_the_kind_of_its_address(obj: dict[str, Any]) -> None:
    """Another kind or version is a bad request, for the object as for its status."""
    old = stored("Pod", pod())

    for admit in (admit_update, admit_status):
        answer = admit("Pod", FrozenMap({**old, **obj}), old)
        assert isinstance(answer, Rejected)
        assert Reason.BAD_REQUEST is answer.reason


def test_a_kind_without_status_has_no_such_address() -> None:
    """A ControllerRevision has no status to write."""
    old = stored("ControllerRevision", named(data={}, revision=1))
    answer = admit_status("ControllerRevision", old, old)

    assert isinstance(answer, Rejected)
    assert Reason.NOT_FOUND is answer.reason


def test_a_node_may_use_what_it_has() -> None:
    """allocatable defaults to capacity."""
    node = stored("Node", {"metadata": {"name": "n"}, "status": {"capacity": {"cpu": "4"}}})
    assert {"cpu": "4"} == node["status"]["allocatable"]


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"terminationGracePeriodSeconds": True}, "terminationGracePeriodSeconds"),
        (container(resources={"requests": {"cpu": "much"}}), "containers[0].resources.requests"),
        (container(env=[{"name": "a", "valueFrom": {"fieldRef": {"apiVersion": 1}}}]), "containers[0].env"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(spec: dict[str, Any], field: str) -> None:
    """Numbers, amounts and texts are what they are."""
    answer = admit_create("Pod", pod(**spec), namespace="default", uid="u", now=NOW)

    assert isinstance(answer, Rejected)
    assert f"spec.{field}" in answer.message

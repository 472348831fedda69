"""What the server gives a Service, and what its allocators refuse (contract api 7.1)."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from reconcile.admission.admit import admit_create, admit_status, admit_update
from reconcile.model.json import FrozenMap, put
from reconcile.outcome import Rejected

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
PLAIN: Final[dict[str, Any]] = {"ports": [{"port": 80}], "selector": {"app": "web"}}


def created(spec: dict[str, Any], name: str = "s") -> FrozenMap | Rejected:
    given = {"metadata": {"name": name}, "spec": {**PLAIN, **spec}}
    return admit_create("Service", given, namespace="default", uid="u", now=NOW)


def stored(spec: dict[str, Any]) -> FrozenMap:
    found = created(spec)
    assert isinstance(found, FrozenMap)
    return found


def causes(answer: FrozenMap | Rejected) -> list[str]:
    """Return reason and field of each cause; none for what was accepted."""
    found = answer.causes if isinstance(answer, Rejected) else ()
    return [f"{cause.reason.removeprefix('FieldValue')} {cause.field}" for cause in found]


def ports(*rows: tuple[int, str, int]) -> list[dict[str, Any]]:
    return [
        {"name": f"p{index}", "port": number, "protocol": protocol, "nodePort": node}
        for index, (number, protocol, node) in enumerate(rows)
    ]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"clusterIP": "10.0.5.5"}, []),
        ({"clusterIP": "192.168.0.1"}, ["Invalid spec.clusterIPs"]),
        ({"clusterIP": "fd00::1"}, ["Invalid spec.clusterIPs[0]"]),
        ({"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "10.0.0.2"]}, ["Invalid spec.clusterIPs"]),
        (
            {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1", "fd00::1"]},
            ["Invalid spec.ipFamilyPolicy", "Invalid spec.clusterIPs[1]"],
        ),
        ({"ipFamilies": ["IPv4", "IPv6"]}, ["Invalid spec.ipFamilyPolicy"]),
        ({"ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "PreferDualStack"}, ["Invalid spec.ipFamilies[1]"]),
        ({"ipFamilyPolicy": "RequireDualStack"}, ["Invalid spec.ipFamilyPolicy"]),
        ({"clusterIP": "None", "selector": {}, "ipFamilies": ["IPv6"]}, []),
        (
            {"clusterIP": "None", "selector": {}, "ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "SingleStack"},
            ["Invalid spec.ipFamilyPolicy"],
        ),
    ],
)
def test_addresses_that_cannot_be_had(spec: dict[str, Any], expected: list[str]) -> None:
    """The cluster has one family and one range of addresses."""
    assert expected == causes(created(spec))


@pytest.mark.parametrize(
    ("kind", "rows", "expected"),
    [
        ("NodePort", [(80, "TCP", 30001), (81, "TCP", 30001)], ["Invalid spec.ports[1].nodePort"]),
        ("NodePort", [(80, "TCP", 30001), (81, "UDP", 30001)], ["Invalid spec.ports[1].nodePort"]),
        ("NodePort", [(80, "TCP", 30001), (80, "UDP", 30001)], []),
        ("NodePort", [(80, "TCP", 30001), (80, "UDP", 30002)], []),
        ("NodePort", [(80, "TCP", 80), (81, "TCP", 81)], ["Invalid spec.ports[0].nodePort"]),
        ("NodePort", [(80, "TCP", 0), (80, "UDP", 80)], ["Invalid spec.ports[0].nodePort"]),
        ("ClusterIP", [(80, "TCP", 80)], ["Forbidden spec.ports[0].nodePort"]),
    ],
)
def test_node_ports_that_cannot_be_had(kind: str, rows: list[tuple[int, str, int]], expected: list[str]) -> None:
    """A port of the nodes belongs to one port number, and the first that is refused ends it."""
    assert expected == causes(created({"type": kind, "ports": ports(*rows)}))


def test_node_ports_mean_nothing_to_an_external_name() -> None:
    """Only types that open ports on nodes ask for any."""
    assert [] == causes(created({"type": "ExternalName", "externalName": "a.b", "ports": ports((80, "TCP", 80))}))


def test_only_asked_for_node_ports_without_allocation() -> None:
    """A load balancer without node ports of its own still has those that it names."""
    spec = {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False}
    given = stored({**spec, "ports": ports((80, "TCP", 0), (81, "TCP", 31000))})

    assert [0, 31000] == [port.get("nodePort", 0) for port in given["spec"]["ports"]]


def test_protocols_share_a_node_port() -> None:
    """Two ports of one number are the same port on the nodes."""
    given = stored({"type": "NodePort", "ports": ports((53, "TCP", 0), (53, "UDP", 0), (80, "TCP", 0))})
    first, second, third = (port["nodePort"] for port in given["spec"]["ports"])

    assert first == second != third


def test_what_cannot_be_allocated_hides_the_rest() -> None:
    """The allocators are asked before anything is validated."""
    assert ["Invalid spec.clusterIPs[0]"] == causes(created({"clusterIP": "x", "type": "Nope"}, name="Bad_Name"))


@pytest.mark.parametrize("address", ["10.0.9.9", "None"])
def test_the_list_of_addresses_must_begin_with_the_address(address: str) -> None:
    """That it may not change either is not even looked at."""
    old = stored({})
    new = put(old, ("spec", "clusterIPs"), [address])

    assert ["Invalid spec.clusterIPs"] == causes(admit_update("Service", new, old))


def test_an_update_asks_for_new_node_ports_only() -> None:
    """What the stored Service has is its own; what is new must be in range."""
    old = put(stored({"type": "NodePort"}), ("spec", "ports"), [{**port, "nodePort": 80} for port in PLAIN["ports"]])
    kept, moved = (
        put(old, ("spec", "ports"), [{"port": 80, "name": "a", "nodePort": number} for number in numbers])
        for numbers in ([80], [81, 80])
    )

    assert [] == causes(admit_update("Service", kept, old))
    assert ["Invalid spec.ports[0].nodePort"] == causes(admit_update("Service", moved, old))


def test_the_second_family_goes_with_a_policy_only() -> None:
    """Who leaves out the second family must say that one is meant."""
    old = stored({"clusterIP": "None", "selector": {}})
    new = put(old, ("spec", "ipFamilies"), ["IPv4"])

    assert ["Invalid spec.ipFamilyPolicy"] == causes(admit_update("Service", new, old))
    assert [] == causes(admit_update("Service", put(new, ("spec", "ipFamilyPolicy"), "SingleStack"), old))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"ip": "1.2.3.4"}, {"ip": "1.2.3.4", "ipMode": "VIP"}),
        ({"ip": "1.2.3.4", "ipMode": "Proxy"}, {"ip": "1.2.3.4", "ipMode": "Proxy"}),
        ({"hostname": "a.b"}, {"hostname": "a.b"}),
    ],
)
def test_the_mode_of_an_address_of_a_load_balancer(entry: dict[str, Any], expected: dict[str, Any]) -> None:
    """An address for which no mode is given is a virtual one."""
    old = stored({"type": "LoadBalancer"})
    new = admit_status("Service", put(old, ("status",), {"loadBalancer": {"ingress": [entry]}}), old)

    assert isinstance(new, FrozenMap)
    assert [expected] == new["status"]["loadBalancer"]["ingress"]

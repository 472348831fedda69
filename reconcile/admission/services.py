"""What the server allocates for Services and how an update keeps it (contract api 7.1).

Rules
1. A Service other than a headless one or an ExternalName gets a cluster IP; NodePort and LoadBalancer Services get
   node ports. This cluster derives both from the Service's uid: the same uid always gets the same addresses.
2. The cluster has one family of addresses, IPv4.
3. An update that leaves out what was allocated keeps it; one that changes the type drops what the new type has no use
   for, unless it changes the value itself.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from reconcile.model.fnv import fnv1a_32
from reconcile.model.json import FrozenList, FrozenMap, Json

NONE: Final = "None"
_NODE_PORTS: Final = ("NodePort", "LoadBalancer")
FIRST_NODE_PORT: Final = 30000
LAST_NODE_PORT: Final = 32767

Out = dict[str, Json]


def needs_cluster_ip(spec: FrozenMap | Out) -> bool:
    """Return whether a Service of this type has a cluster IP, if only `None`."""
    return spec.get("type") != "ExternalName"


def needs_node_port(spec: FrozenMap | Out) -> bool:
    """Return whether the ports of a Service are opened on every node."""
    kind = spec.get("type")
    return kind == "NodePort" or (kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is not False)


def opens_node_ports(spec: FrozenMap | Out) -> bool:
    """Return whether ports on every node mean anything to a Service of this type."""
    return spec.get("type") in _NODE_PORTS


def needs_health_check(spec: FrozenMap | Out) -> bool:
    """Return whether a Service has a port for health checks of its nodes."""
    return spec.get("type") == "LoadBalancer" and spec.get("externalTrafficPolicy") == "Local"


def externally_reachable(spec: FrozenMap | Out) -> bool:
    """Return whether traffic from outside may reach a Service."""
    kind = spec.get("type")
    return kind in _NODE_PORTS or (kind == "ClusterIP" and bool(spec.get("externalIPs")))


def headless(spec: FrozenMap | Out) -> bool:
    """Return whether a Service has no address of its own."""
    return spec.get("clusterIP") == NONE


def normalized(spec: FrozenMap, old: FrozenMap | None) -> FrozenMap:
    """Return *spec* with clusterIP and clusterIPs in agreement, and with what *old* was given."""
    out = dict(spec)
    if old is not None:
        _patch(out, old)
        _wipe(out, old)
    if out.get("clusterIP") and not out.get("clusterIPs"):
        out["clusterIPs"] = FrozenList([out["clusterIP"]])
    return FrozenMap(out)


def _patch(out: Out, old: FrozenMap) -> None:
    """Keep what was allocated for *old* where *out* leaves it open."""
    if needs_cluster_ip(old) and needs_cluster_ip(out):
        same_list = out.get("clusterIPs") == old.get("clusterIPs")
        if not out.get("clusterIP") and not (out.get("clusterIPs") and not same_list):
            out["clusterIP"] = old.get("clusterIP", "")
        if out.get("clusterIP") == old.get("clusterIP"):
            out["clusterIPs"] = out.get("clusterIPs") or old.get("clusterIPs")
        elif same_list:
            out["clusterIPs"] = None
        for field in ("ipFamilies", "ipFamilyPolicy"):
            if not out.get(field) and field in old:
                out[field] = old[field]
    if needs_node_port(old) and needs_node_port(out):
        out["ports"] = _with_old_ports(out.get("ports") or (), old.get("ports") or ())
    if needs_health_check(old) and needs_health_check(out) and "healthCheckNodePort" in old:
        out.setdefault("healthCheckNodePort", old["healthCheckNodePort"])
    for field in [name for name, value in out.items() if value in ("", None)]:
        del out[field]


def _with_old_ports(ports: FrozenList | tuple[()], old: FrozenList | tuple[()]) -> FrozenList:
    given = {port.get("nodePort") for port in ports}
    known = {port.get("name", ""): port.get("nodePort") for port in old}
    free = {name: number for name, number in known.items() if number and number not in given}
    return FrozenList(
        [
            port if port.get("nodePort") or port.get("name", "") not in free
            else FrozenMap({**port, "nodePort": free[port.get("name", "")]})
            for port in ports
        ]
    )  # fmt: skip


def _wipe(out: Out, old: FrozenMap) -> None:
    """Drop from *out* what only the type of *old* had a use for and what was left as it was."""
    if needs_cluster_ip(old) and not needs_cluster_ip(out) and out.get("clusterIPs") in (None, old.get("clusterIPs")):
        for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
            out.pop(field, None)
    if needs_node_port(old) and out.get("type") not in _NODE_PORTS and _numbers(out) == _numbers(old):
        out["ports"] = FrozenList([_without(port, "nodePort") for port in out.get("ports") or ()])
    tests = {
        "healthCheckNodePort": needs_health_check,
        "allocateLoadBalancerNodePorts": _balanced,
        "loadBalancerClass": _balanced,
        "externalTrafficPolicy": externally_reachable,
        "internalTrafficPolicy": needs_cluster_ip,
    }
    for field, needed in tests.items():
        if needed(old) and not needed(out) and out.get(field) == old.get(field):
            out.pop(field, None)


def _balanced(spec: FrozenMap | Out) -> bool:
    return spec.get("type") == "LoadBalancer"


def _numbers(spec: FrozenMap | Out) -> list[int]:
    return [port.get("nodePort", 0) for port in spec.get("ports") or ()]


def _without(port: FrozenMap, field: str) -> FrozenMap:
    return FrozenMap({key: value for key, value in port.items() if key != field})


def allocated(spec: FrozenMap, uid: str) -> FrozenMap:
    """Return *spec* with addresses, families and ports for everything that is still open."""
    out = dict(spec)
    if needs_cluster_ip(out):
        if not out.get("clusterIP"):
            out["clusterIP"] = _address(uid)
            out["clusterIPs"] = FrozenList([out["clusterIP"]])
        _families(out)
    if needs_node_port(out):
        out["ports"] = FrozenList(_with_node_ports(out.get("ports") or (), uid))
    if needs_health_check(out):
        out.setdefault("healthCheckNodePort", _free_port(f"{uid}/health", set(_numbers(out))))
    return FrozenMap(out)


def _families(out: Out) -> None:
    # contract api 7.1: what has neither address nor selector is whatever its endpoints are
    boundless = headless(out) and not out.get("selector")
    if not out.get("ipFamilyPolicy"):
        both = boundless and len(out.get("ipFamilies") or ()) != 1
        out["ipFamilyPolicy"] = "RequireDualStack" if both else "SingleStack"
    if not out.get("ipFamilies"):
        both = boundless and out["ipFamilyPolicy"] != "SingleStack"
        out["ipFamilies"] = FrozenList(["IPv4", "IPv6"] if both else ["IPv4"])


def _with_node_ports(ports: Sequence[FrozenMap], uid: str) -> Iterator[FrozenMap]:
    """Yield *ports* with the node ports that they lack; ports of one number share one, whatever their protocols."""
    shared = {port.get("port", 0): port["nodePort"] for port in reversed(ports) if port.get("nodePort")}
    taken = {port.get("nodePort", 0) for port in ports}
    for port in ports:
        number = port.get("port", 0)
        if number not in shared:
            shared[number] = _free_port(f"{uid}/{port.get('protocol')}/{number}", taken)
            taken.add(shared[number])
        yield port if port.get("nodePort") else FrozenMap({**port, "nodePort": shared[number]})


def _free_port(seed: str, taken: set[int]) -> int:
    span = LAST_NODE_PORT - FIRST_NODE_PORT + 1
    number = fnv1a_32(seed.encode()) % span
    while FIRST_NODE_PORT + number in taken:
        number = (number + 1) % span
    return FIRST_NODE_PORT + number


def _address(uid: str) -> str:
    # 10.96.0.0/12 is the usual range; the first and the last hundred addresses are left to static use.
    number = 10 * 2**24 + 96 * 2**16 + 256 + fnv1a_32(uid.encode()) % (2**20 - 512)
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))

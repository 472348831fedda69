"""Services.

Rules (contract api 7.1)
1. Every type has its own fields: node ports, health checks, load balancers, external names. A field of another type is
   refused, not ignored.
2. Several ports have names, all different; no two have the same number and protocol, nor the same node port.
3. The first cluster IP and its family stay as they are; a second may come and go.
4. What cannot be allocated is refused before any of that (`allocators`).
"""

import ipaddress
from collections.abc import Sequence
from typing import Final

from reconcile.admission.causes import (
    IMMUTABLE,
    Causes,
    broken,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    one_of,
    required,
)
from reconcile.admission.services import (
    NONE,
    externally_reachable,
    headless,
    needs_health_check,
)
from reconcile.admission.validation.metadata import labels
from reconcile.admission.validation.probes import port as port_or_name
from reconcile.admission.validation.probes import port_number
from reconcile.model import names
from reconcile.model.json import FrozenMap, look

_TYPES: Final = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_LONGEST_AFFINITY: Final = 86400


def service(obj: FrozenMap) -> Causes:
    """Yield what is wrong with a Service's spec."""
    spec = obj["spec"]
    kind, ports = spec.get("type"), spec.get("ports") or ()
    if not ports and not headless(spec) and kind != "ExternalName":
        yield required("spec.ports")
    yield from _of_type(spec, kind)
    yield from _ports(spec, ports)
    yield from labels("spec.selector", spec.get("selector"))
    yield from _affinity(spec)
    if kind != "ExternalName":
        yield from addresses(spec)
    for index, text in enumerate(spec.get("externalIPs") or ()):
        yield from _external(f"spec.externalIPs[{index}]", text)
    yield from one_of("spec.type", kind, _TYPES)
    yield from _load_balancer(spec, kind)
    yield from _traffic(spec, kind)


def _of_type(spec: FrozenMap, kind: str | None) -> Causes:
    if kind in ("LoadBalancer", "NodePort") and headless(spec):
        yield invalid("spec.clusterIPs[0]", NONE, f"may not be set to 'None' for {kind} services")
    if kind != "ExternalName":
        return
    for field in ("clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if spec.get(field):
            yield forbidden(f"spec.{field}", "may not be set for ExternalName services")
    name = spec.get("externalName", "").removesuffix(".")
    if not name:
        yield required("spec.externalName")
    else:
        yield from broken("spec.externalName", name, names.dns_subdomain(name))


# --- ports -----------------------------------------------------------------------------------------------------


def _ports(spec: FrozenMap, ports: Sequence[FrozenMap]) -> Causes:
    seen: set[str] = set()
    pairs: set[tuple[str, int]] = set()
    node_pairs: set[tuple[str, int]] = set()
    for index, port in enumerate(ports):
        path, protocol = f"spec.ports[{index}]", port.get("protocol", "")
        yield from _port(path, port, seen, several=len(ports) > 1)
        if (protocol, port.get("port", 0)) in pairs:
            yield duplicate(path, f"{protocol}/{port.get('port', 0)}")
        pairs.add((protocol, port.get("port", 0)))
        node = port.get("nodePort", 0)
        if not node:
            continue
        if spec.get("type") == "ClusterIP":
            yield forbidden(f"{path}.nodePort", "may not be used when `type` is 'ClusterIP'")
        if (protocol, node) in node_pairs:
            yield duplicate(f"{path}.nodePort", node)
        node_pairs.add((protocol, node))


def _port(path: str, port: FrozenMap, seen: set[str], *, several: bool) -> Causes:
    name = port.get("name", "")
    if name:
        yield from broken(f"{path}.name", name, names.dns_label(name))
        if name in seen:
            yield duplicate(f"{path}.name", name)
        seen.add(name)
    elif several:
        yield required(f"{path}.name")
    yield from broken(f"{path}.port", port.get("port", 0), port_number(port.get("port", 0)))
    yield from one_of(f"{path}.protocol", port.get("protocol"), ("SCTP", "TCP", "UDP"))
    yield from port_or_name(f"{path}.targetPort", port["targetPort"])
    if "appProtocol" in port:
        faults = names.qualified_name(port["appProtocol"])
        yield from broken(f"{path}.appProtocol", port["appProtocol"], faults)


# --- addresses -------------------------------------------------------------------------------------------------


def _affinity(spec: FrozenMap) -> Causes:
    affinity = spec.get("sessionAffinity")
    yield from one_of("spec.sessionAffinity", affinity, ("ClientIP", "None"))
    seconds = look(spec, "sessionAffinityConfig", "clientIP", "timeoutSeconds")
    if affinity == "ClientIP" and seconds is not None and not 1 <= seconds <= _LONGEST_AFFINITY:
        field = "spec.sessionAffinityConfig.clientIP.timeoutSeconds"
        yield invalid(field, seconds, f"must be greater than 0 and less than {_LONGEST_AFFINITY}")


def addresses(spec: FrozenMap) -> Causes:
    """Yield what is wrong with the cluster IPs and IP families of a Service that may have some."""
    given = spec.get("clusterIPs") or ()
    if given and given[0] != spec.get("clusterIP"):
        yield invalid("spec.clusterIPs", given, "first value must match `clusterIP`")
    yield from _families(spec)
    unsound = list(_unsound(given))
    yield from unsound
    if len(given) > 2:
        yield invalid("spec.clusterIPs", given, "may only hold up to 2 values")
    if not unsound and not headless(spec):
        yield from _versions(spec, given)


def _unsound(given: Sequence[str]) -> Causes:
    for index, text in enumerate(given):
        if index == 0 and text == NONE:
            if len(given) > 1:
                yield invalid("spec.clusterIPs", given, "'None' must be the first and only value")
        elif _parsed(text) is None:
            yield invalid(f"spec.clusterIPs[{index}]", text, "must be a valid IP address")


def _versions(spec: FrozenMap, given: Sequence[str]) -> Causes:
    versions = [address.version for text in given if (address := _parsed(text)) is not None]
    if len(versions) > 1 and len(set(versions)) != 2:
        yield invalid("spec.clusterIPs", given, "may specify no more than one IP for each IP family")
    for index, (version, family) in enumerate(zip(versions, spec.get("ipFamilies") or (), strict=False)):
        if family != f"IPv{version}":
            yield invalid(f"spec.clusterIPs[{index}]", given[index], f"expected an {family} value")


def _families(spec: FrozenMap) -> Causes:
    seen: set[str] = set()
    for index, family in enumerate(spec.get("ipFamilies") or ()):
        yield from one_of(f"spec.ipFamilies[{index}]", family, ("IPv4", "IPv6"))
        if family in seen:
            yield duplicate(f"spec.ipFamilies[{index}]", family)
        seen.add(family)
    policy = spec.get("ipFamilyPolicy")
    if policy is not None:
        supported = ("PreferDualStack", "RequireDualStack", "SingleStack")
        yield from one_of("spec.ipFamilyPolicy", policy, supported)


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _external(field: str, text: str) -> Causes:
    address = _parsed(text)
    if address is None:
        yield invalid(field, text, "must be a valid IP address")
    elif address.is_unspecified or address.is_loopback or address.is_link_local or _local_group(address):
        yield invalid(field, text, "may not be unspecified, loopback or link-local")


def _local_group(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether *address* is that of a multicast group on the link."""
    return any(address.version == network.version and address in network for network in _LOCAL_GROUPS)


_LOCAL_GROUPS: Final = (ipaddress.ip_network("224.0.0.0/24"), ipaddress.ip_network("ff02::/16"))


# --- traffic ---------------------------------------------------------------------------------------------------


def _load_balancer(spec: FrozenMap, kind: str | None) -> Causes:
    ranges, field = spec.get("loadBalancerSourceRanges") or (), "spec.LoadBalancerSourceRanges"
    only = "may only be used when `type` is 'LoadBalancer'"
    if ranges and kind != "LoadBalancer":
        yield forbidden(field, only)
    for index, text in enumerate(ranges):
        try:
            ipaddress.ip_network(text.strip(), strict=False)
            sound = "/" in text
        except ValueError:
            sound = False
        if not sound:
            yield invalid(f"{field}[{index}]", text, "must be a valid CIDR value, (e.g. 10.9.8.0/24)")
    for name in ("allocateLoadBalancerNodePorts", "loadBalancerClass"):
        if name in spec and kind != "LoadBalancer":
            yield forbidden(f"spec.{name}", only)
    balancer = spec.get("loadBalancerClass")
    if balancer is not None and kind == "LoadBalancer":
        yield from broken("spec.loadBalancerClass", balancer, names.qualified_name(balancer))


def _traffic(spec: FrozenMap, kind: str | None) -> Causes:
    policy, health = spec.get("externalTrafficPolicy"), spec.get("healthCheckNodePort", 0)
    if not externally_reachable(spec):
        if policy:
            why = "may only be set for externally-accessible services"
            yield invalid("spec.externalTrafficPolicy", policy, why)
    elif policy not in ("Cluster", "Local"):
        yield not_supported("spec.externalTrafficPolicy", policy, ("Cluster", "Local"))
    if health and not needs_health_check(spec):
        why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        yield invalid("spec.healthCheckNodePort", health, why)
    internal = spec.get("internalTrafficPolicy")
    if internal is not None:
        yield from one_of("spec.internalTrafficPolicy", internal, ("Cluster", "Local"))
    way = spec.get("trafficDistribution")
    if way is not None:
        supported = ("PreferClose", "PreferSameNode", "PreferSameZone")
        yield from one_of("spec.trafficDistribution", way, supported)


def updated_service(new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what a Service's update may not change, and what is wrong with the result."""
    spec, stored = new["spec"], old["spec"]
    kinds = (spec.get("type"), stored.get("type"))
    was, now = stored.get("clusterIPs") or (), spec.get("clusterIPs") or ()
    both_headless = headless(spec) and headless(stored)
    if "ExternalName" not in kinds and not both_headless and was and (not now or now[0] != was[0]):
        yield invalid("spec.clusterIPs[0]", list(now), f"{IMMUTABLE}: primary clusterIP")
    if kinds == ("LoadBalancer", "LoadBalancer"):
        one, other = (one.get("loadBalancerClass") for one in (spec, stored))
        if one != other:
            yield invalid("spec.loadBalancerClass", one, "may not change once set")
    if "ExternalName" not in kinds and not headless(spec) and not headless(stored):
        yield from _changed_families(spec, stored)
    ports = [one.get("healthCheckNodePort") for one in (spec, stored) if needs_health_check(one)]
    if len(set(ports)) > 1:
        yield forbidden("spec.healthCheckNodePort", IMMUTABLE)
    yield from service(new)


def _changed_families(spec: FrozenMap, stored: FrozenMap) -> Causes:
    """Yield how the IP families of a Service may not change: the first one stays, the second may come and go."""
    now, was = list(spec.get("ipFamilies") or ()), list(stored.get("ipFamilies") or ())
    if now and was and (now[0] != was[0] or (len(now) == len(was) and now != was)):
        yield invalid("spec.ipFamilies[0]", now, "may not change once set")
    if len(was) > len(now) == 1 and spec.get("ipFamilyPolicy") != "SingleStack":
        yield invalid("spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), "must be 'SingleStack' to release the second")

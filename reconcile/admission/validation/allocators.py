"""What the allocators of a Service's addresses and ports refuse (contract api 7.1).

Rules
1. They are asked before the Service is validated, because what they give is validated with all the rest. So a refusal
   of theirs hides whatever else is wrong.
2. Addresses and families come first, and they must make sense before anything is allocated; ports come last, and the
   first that cannot be had ends it.
3. Ports of one number share a node port whatever their protocols. What an update keeps is not asked for again.
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network
from typing import Final

from reconcile.admission.causes import Causes, invalid
from reconcile.admission.services import FIRST_NODE_PORT, LAST_NODE_PORT, headless, needs_node_port, opens_node_ports
from reconcile.admission.validation.service import addresses
from reconcile.model.json import FrozenMap

FAMILY: Final = "IPv4"
"""The one family of addresses that the cluster has."""
RANGE: Final = ip_network("10.0.0.0/8")
"""What the addresses of Services are taken from."""
_DUAL: Final = "must be 'RequireDualStack' or 'PreferDualStack' when multiple {} are specified"


def unallocatable(new: FrozenMap, old: FrozenMap | None) -> Causes:
    """Yield why a Service does not get what it asks for; *old* is what it replaces, None if it is created."""
    spec, stored = new["spec"], None if old is None else old["spec"]
    for step in (_senseless, _unclear, _unconfigured, _out_of_range, _node_ports):
        refused = [*step(spec, stored)]
        if refused:
            yield from refused
            return


# --- addresses -------------------------------------------------------------------------------------------------


def _senseless(spec: FrozenMap, _: FrozenMap | None) -> Causes:
    return iter(()) if spec.get("type") == "ExternalName" else addresses(spec)


def _unclear(spec: FrozenMap, old: FrozenMap | None) -> Causes:
    """Yield where the number of addresses or families contradicts the policy, and whose family there is none of."""
    if spec.get("type") == "ExternalName":
        return
    given, families = spec.get("clusterIPs") or (), spec.get("ipFamilies") or ()
    single = spec.get("ipFamilyPolicy", "RequireDualStack" if _boundless(spec) else "SingleStack") == "SingleStack"
    for field, values, what in (("clusterIPs", given, "cluster IPs"), ("ipFamilies", families, "IP families")):
        if single and len(values) == 2:
            yield invalid("spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), _DUAL.format(what))
        elif not single and values and old is not None and len(values) < len(old.get(field) or ()):
            why = f"must be 'SingleStack' to release the secondary of the {what}"
            yield invalid("spec.ipFamilyPolicy", spec.get("ipFamilyPolicy"), why)
    for index, text in enumerate(() if headless(spec) else given):
        family = f"IPv{ip_address(text).version}"
        if index >= len(families) and family != FAMILY:
            yield invalid(f"spec.clusterIPs[{index}]", list(given), f"{family} is not configured on this cluster")


def _unconfigured(spec: FrozenMap, _: FrozenMap | None) -> Causes:
    if spec.get("type") == "ExternalName" or _boundless(spec):
        return
    if spec.get("ipFamilyPolicy") == "RequireDualStack":
        why = "this cluster is not configured for dual-stack services"
        yield invalid("spec.ipFamilyPolicy", "RequireDualStack", why)
    for index, family in enumerate(spec.get("ipFamilies") or ()):
        if family != FAMILY:
            yield invalid(f"spec.ipFamilies[{index}]", family, "not configured on this cluster")


def _boundless(spec: FrozenMap) -> bool:
    """Return whether a Service has neither address nor selector: it may claim any family."""
    return headless(spec) and not spec.get("selector")


def _out_of_range(spec: FrozenMap, old: FrozenMap | None) -> Causes:
    if headless(spec) or spec.get("type") == "ExternalName" or (old is not None and old.get("type") != "ExternalName"):
        return
    for text in spec.get("clusterIPs") or ():
        if ip_address(text) not in RANGE:
            why = f"failed to allocate IP {text}: the provided IP is not in the valid range {RANGE}"
            yield invalid("spec.clusterIPs", list(spec["clusterIPs"]), why)
            return


# --- ports -----------------------------------------------------------------------------------------------------


def _node_ports(spec: FrozenMap, old: FrozenMap | None) -> Causes:
    ports = spec.get("ports") or ()
    if not opens_node_ports(spec):
        return
    asked = _asked_anew(ports, old) if old is not None else _asked(ports, every=needs_node_port(spec))
    taken: set[int] = set()
    for index, number in asked:
        if number in taken:
            yield invalid(f"spec.ports[{index}].nodePort", number, "provided port is already allocated")
            return
        if not FIRST_NODE_PORT <= number <= LAST_NODE_PORT:
            why = f"provided port is not in the valid range. The range of valid ports is {_RANGE}"
            yield invalid(f"spec.ports[{index}].nodePort", number, why)
            return
        taken.add(number)


_RANGE: Final = f"{FIRST_NODE_PORT}-{LAST_NODE_PORT}"


def _asked(ports: Sequence[FrozenMap], *, every: bool) -> Iterator[tuple[int, int]]:
    """Yield the place and number of each node port that a new Service asks for."""
    given: dict[int, int] = {}
    for index, port in enumerate(ports):
        own, number = port.get("nodePort", 0), port.get("port", 0)
        if not own and not every:
            continue
        wanted = own if number in given else requested(number, ports)
        if wanted and given.get(number) != wanted:
            yield index, wanted
            given.setdefault(number, wanted)


def requested(number: int, ports: Sequence[FrozenMap]) -> int:
    """Return the node port that is asked for under the port *number*; 0 if none is."""
    return next((port["nodePort"] for port in ports if port.get("port") == number and port.get("nodePort")), 0)


def _asked_anew(ports: Sequence[FrozenMap], old: FrozenMap) -> Iterator[tuple[int, int]]:
    kept = {port.get("nodePort", 0) for port in old.get("ports") or ()}
    kept.add(0)
    for index, port in enumerate(ports):
        if port.get("nodePort", 0) not in kept:
            kept.add(port["nodePort"])
            yield index, port["nodePort"]

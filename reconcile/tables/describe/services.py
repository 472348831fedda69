"""What `kubectl describe` says about services and their endpoints."""

from collections.abc import Iterator

from reconcile.model.json import EMPTY, NOTHING, Json, look
from reconcile.tables.describe.lines import Around, Lines, events, given, header, spelt, tags
from reconcile.tables.service_cells import address, endpoint_addresses
from reconcile.tables.table import NONE, UNSET, joined, pairs, shortened

_SERVICE_NAME = "kubernetes.io/service-name"


def service(item: Json, around: Around) -> Lines:
    """Return the description of a Service."""
    spec = item.get("spec") or EMPTY
    return [
        *header(item),
        *tags(item),
        f"Selector:\t{pairs(spec.get('selector'))}",
        f"Type:\t{spec.get('type', '')}",
        *given("IP Family Policy", spec.get("ipFamilyPolicy")),
        f"IP Families:\t{joined(spec.get('ipFamilies') or NOTHING)}",
        f"IP:\t{spec.get('clusterIP') or ''}",
        f"IPs:\t{joined(spec.get('clusterIPs') or NOTHING)}",
        *given("External IPs", joined(spec.get("externalIPs") or NOTHING, empty="")),
        *given("Desired LoadBalancer IP", spec.get("loadBalancerIP")),
        *given("External Name", spec.get("externalName")),
        *given("LoadBalancer Ingress", _ingress(item)),
        *(line for port in spec.get("ports") or NOTHING for line in _port(item, port, around)),
        f"Session Affinity:\t{spec.get('sessionAffinity') or ''}",
        *given("External Traffic Policy", spec.get("externalTrafficPolicy")),
        *given("Internal Traffic Policy", spec.get("internalTrafficPolicy")),
        *given("HealthCheck NodePort", spec.get("healthCheckNodePort") or None),
        *given("LoadBalancer Source Ranges", joined(spec.get("loadBalancerSourceRanges") or NOTHING, empty="")),
        *given("Traffic Distribution", spec.get("trafficDistribution")),
        *events(item, around),
    ]


def _ingress(item: Json) -> str:
    entries = look(item, "status", "loadBalancer", "ingress", default=NOTHING)
    return ", ".join(map(_entry, entries))


def _entry(entry: Json) -> str:
    if not entry.get("ip"):
        return str(entry.get("hostname") or "")
    return f"{entry['ip']} ({entry['ipMode']})" if entry.get("ipMode") else str(entry["ip"])


def _port(item: Json, port: Json, around: Around) -> Lines:
    name, protocol = port.get("name") or UNSET, port.get("protocol", "TCP")
    node = port.get("nodePort")
    return [
        f"Port:\t{name}\t{port['port']}/{protocol}",
        f"TargetPort:\t{port.get('targetPort', port['port'])}/{protocol}",
        *([f"NodePort:\t{name}\t{node}/{protocol}"] if node else []),
        f"Endpoints:\t{_endpoints(item, port.get('name') or '', around)}",
    ]


def _endpoints(item: Json, port: str, around: Around) -> str:
    place = (look(item, "metadata", "namespace"), look(item, "metadata", "name"))
    slices = [one for one in around.slices if place == _service_of(one)]
    if slices:
        return shortened([one for part in slices for one in _slice(part, port)], empty="")
    found = [one for one in around.endpoints if place == _place(one)]
    return shortened(
        [one for part in found for one in endpoint_addresses(part, port=port)], empty="" if found else NONE
    )


def _place(item: Json) -> tuple[str | None, str | None]:
    return look(item, "metadata", "namespace"), look(item, "metadata", "name")


def _service_of(part: Json) -> tuple[str | None, str | None]:
    return look(part, "metadata", "namespace"), look(part, "metadata", "labels", _SERVICE_NAME)


def _slice(part: Json, port: str) -> Iterator[str]:
    """Yield the ready addresses of an EndpointSlice for one port."""
    ready = [one for one in part.get("endpoints") or NOTHING if look(one, "conditions", "ready", default=True)]
    ips = [one["addresses"][0] for one in ready]
    if not part.get("ports"):
        yield from ips
    for one in part.get("ports") or NOTHING:
        if (one.get("name") or "") == port:
            yield from (address(ip, one["port"]) for ip in ips)


def endpoints(item: Json, around: Around) -> Lines:
    """Return the description of an Endpoints object."""
    lines = [*header(item), *tags(item), "Subsets:"]
    for subset in item.get("subsets") or NOTHING:
        lines += [*_subset(subset), ""]
    return [*lines, *events(item, around)]


def _subset(subset: Json) -> Lines:
    rows = [
        f"    {port.get('name') or UNSET}\t{port['port']}\t{port.get('protocol', 'TCP')}"
        for port in subset.get("ports") or NOTHING
    ]
    table = ["  Ports:", "    Name\tPort\tProtocol", "    ----\t----\t--------", *rows] if rows else []
    return [
        f"  Addresses:\t{joined(entry['ip'] for entry in subset.get('addresses') or NOTHING)}",
        f"  NotReadyAddresses:\t{joined(entry['ip'] for entry in subset.get('notReadyAddresses') or NOTHING)}",
        *table,
    ]


def endpoint_slice(item: Json, around: Around) -> Lines:
    """Return the description of an EndpointSlice."""
    ports = [
        f"  {port.get('name') or UNSET}\t{port.get('port') or UNSET}\t{port.get('protocol', 'TCP')}"
        for port in item.get("ports") or NOTHING
    ]
    table = ["Ports:", "  Name\tPort\tProtocol", "  ----\t----\t--------", *ports] if ports else [f"Ports: {UNSET}"]
    found = [line for one in item.get("endpoints") or NOTHING for line in _endpoint(one)]
    return [
        *header(item),
        *tags(item),
        f"AddressType:\t{item.get('addressType', '')}",
        *table,
        *(["Endpoints:", *found] if found else [f"Endpoints: {NONE}"]),
        *events(item, around),
    ]


def _endpoint(one: Json) -> Lines:
    target = one.get("targetRef")
    return [
        f"  - Addresses:\t{', '.join(one.get('addresses') or NOTHING) or NONE}",
        "    Conditions:",
        f"      Ready:\t{spelt(look(one, 'conditions', 'ready', default=UNSET))}",
        f"    Hostname:\t{one.get('hostname') or UNSET}",
        *([f"    TargetRef:\t{target['kind']}/{target['name']}"] if target else []),
        f"    NodeName:\t{one.get('nodeName') or UNSET}",
        f"    Zone:\t{one.get('zone') or UNSET}",
    ]

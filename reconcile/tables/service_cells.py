"""The columns of services and of the endpoints behind them (contract api 10)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from reconcile.model.clock import Instant
from reconcile.model.json import NOTHING, Json, look
from reconcile.tables.table import AGE, NAME, NONE, UNSET, Column, column, joined, pairs, shortened, wide

SERVICE_LABEL: Final = "kubernetes.io/service-name"
"""The label of a slice that names its service."""


def _external_ips(service: Json) -> str:
    return joined(look(service, "spec", "externalIPs", default=NOTHING))


def _balanced(service: Json) -> str:
    ingresses = look(service, "status", "loadBalancer", "ingress", default=NOTHING)
    entries = {ingress.get("ip") or ingress.get("hostname") or "" for ingress in ingresses} - {""}
    return joined([*sorted(entries), *look(service, "spec", "externalIPs", default=NOTHING)], empty="<pending>")


# What EXTERNAL-IP shows depends on the type of the service.
_EXTERNAL: Final[Mapping[str, Callable[[Json], str]]] = {
    "ClusterIP": _external_ips,
    "NodePort": _external_ips,
    "LoadBalancer": _balanced,
    "ExternalName": lambda service: str(look(service, "spec", "externalName", default="")),
}


def _external(service: Json, _: Instant) -> str:
    return _EXTERNAL.get(look(service, "spec", "type", default="ClusterIP"), lambda _: "<unknown>")(service)


def _cluster_ip(service: Json, _: Instant) -> str:
    return look(service, "spec", "clusterIPs", 0) or look(service, "spec", "clusterIP") or NONE


def _port(port: Json) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port['port']}{node}/{port.get('protocol', 'TCP')}"


SERVICES: Final = (
    NAME,
    column("Type", "spec", "type", default="ClusterIP"),
    Column("Cluster-IP", _cluster_ip),
    Column("External-IP", _external),
    Column("Port(s)", lambda item, _: joined(map(_port, look(item, "spec", "ports", default=NOTHING)))),
    AGE,
    wide("Selector", lambda item, _: pairs(look(item, "spec", "selector"))),
)


def address(ip: str, port: int) -> str:
    """Return *ip* and *port* as one word.

    >>> address("10.0.0.1", 80), address("fd00::1", 80)
    ('10.0.0.1:80', '[fd00::1]:80')
    """
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def endpoint_addresses(endpoints: Json, *, port: str | None = None) -> Iterator[str]:
    """Yield the addresses of an Endpoints object, with their ports; only those of the port named *port*, if given."""
    for subset in look(endpoints, "subsets", default=NOTHING):
        ips = [entry["ip"] for entry in subset.get("addresses") or NOTHING]
        ports = subset.get("ports") or NOTHING
        if not ports:
            yield from ips
        for one in ports:
            if port is None or one.get("name", "") == port:
                yield from (address(ip, one["port"]) for ip in ips)


def _host_names(item: Json, _: Instant) -> str:
    subsets = look(item, "subsets", default=NOTHING)
    addresses = [entry for subset in subsets for entry in subset.get("addresses") or NOTHING]
    return joined(_known_by(item, look(item, "metadata", "name"), addresses))


def _known_by(item: Json, service: str, entries: Iterable[Json]) -> list[str]:
    """Return the names by which those of *entries* that have a host name are found behind the headless *service*."""
    zone = f"{service}.{look(item, 'metadata', 'namespace', default='default')}.svc.{DOMAIN}"
    return sorted(f"{entry['hostname']}.{zone}" for entry in entries if entry.get("hostname"))


DOMAIN: Final = "cluster.local"
"""What the names of a cluster end in unless somebody sets it up otherwise."""

ENDPOINTS: Final = (
    NAME,
    Column("Endpoints", lambda item, _: shortened(list(endpoint_addresses(item)))),
    AGE,
    # kubectl has no such column; but nowhere else do the stable names of a StatefulSet's pods show.
    wide("DNS Names", _host_names),
)


def _slice_ports(item: Json, _: Instant) -> str:
    ports = look(item, "ports", default=NOTHING)
    return shortened([str(port.get("port") or port.get("name") or "*") for port in ports], empty=UNSET)


def _slice_endpoints(item: Json, _: Instant) -> str:
    endpoints = look(item, "endpoints", default=NOTHING)
    return shortened([one for entry in endpoints for one in entry.get("addresses") or NOTHING], empty=UNSET)


def _slice_names(item: Json, _: Instant) -> str:
    endpoints = look(item, "endpoints", default=NOTHING)
    ready = [entry for entry in endpoints if look(entry, "conditions", "ready", default=True)]
    return joined(_known_by(item, look(item, "metadata", "labels", SERVICE_LABEL, default=""), ready))


ENDPOINT_SLICES: Final = (
    NAME,
    column("AddressType", "addressType"),
    Column("Ports", _slice_ports),
    Column("Endpoints", _slice_endpoints),
    AGE,
    wide("DNS Names", _slice_names),
)

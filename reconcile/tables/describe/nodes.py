"""What `kubectl describe` says about nodes and namespaces."""

from collections.abc import Iterable
from functools import reduce
from typing import Final

from reconcile.model.json import EMPTY, NOTHING, Json, look
from reconcile.model.quantity import ZERO, Quantity
from reconcile.model.requests import Amounts, added, of_spec
from reconcile.tables.cluster_cells import node_roles
from reconcile.tables.describe.lines import Around, Lines, created, date, events, given, header, spelt, tags, titled
from reconcile.tables.table import age_of, joined
from reconcile.tables.text import listed

_INFO: Final = (
    ("Machine ID", "machineID"),
    ("System UUID", "systemUUID"),
    ("Boot ID", "bootID"),
    ("Kernel Version", "kernelVersion"),
    ("OS Image", "osImage"),
    ("Operating System", "operatingSystem"),
    ("Architecture", "architecture"),
    ("Container Runtime Version", "containerRuntimeVersion"),
    ("Kubelet Version", "kubeletVersion"),
    ("Kube-Proxy Version", "kubeProxyVersion"),
)
_STANDARD: Final = ("cpu", "memory", "ephemeral-storage")
_ENDED: Final = ("Succeeded", "Failed")


def node(item: Json, around: Around) -> Lines:
    """Return the description of a Node."""
    spec, status = item.get("spec") or EMPTY, item.get("status") or EMPTY
    name = look(item, "metadata", "name", default="")
    info = status.get("nodeInfo") or EMPTY
    return [
        f"Name:\t{name}",
        f"Roles:\t{node_roles(item)}",
        *tags(item),
        created(item),
        *_taints(spec.get("taints")),
        f"Unschedulable:\t{spelt(bool(spec.get('unschedulable')))}",
        # There are no leases here: nodes are kept alive by their script.
        f'Lease:\tFailed to get lease: leases.coordination.k8s.io "{name}" not found',
        *_conditions(status.get("conditions")),
        "Addresses:",
        *(f"  {entry['type']}:\t{entry['address']}" for entry in status.get("addresses") or NOTHING),
        *_has("Capacity", status.get("capacity")),
        *_has("Allocatable", status.get("allocatable")),
        "System Info:",
        *(f"  {title}:\t{info.get(field, '')}" for title, field in _INFO),
        *given("PodCIDR", spec.get("podCIDR")),
        *given("PodCIDRs", joined(spec.get("podCIDRs") or NOTHING, empty="")),
        *given("ProviderID", spec.get("providerID")),
        *_load(item, around),
        *events(item, around),
    ]


def _taints(taints: Json) -> Lines:
    ordered = sorted(taints or NOTHING, key=lambda one: f"{one.get('effect', '')},{one['key']}")
    return titled("Taints", [_taint(one) for one in ordered])


def _taint(one: Json) -> str:
    value = f"={one['value']}" if one.get("value") else ""
    return f"{one['key']}{value}:{one['effect']}" if one.get("effect") else f"{one['key']}{value}"


def _conditions(found: Json) -> Lines:
    rows = [
        f"  {one['type']} \t{one['status']} \t{date(one.get('lastHeartbeatTime'))} \t"
        f"{date(one.get('lastTransitionTime'))} \t{one.get('reason', '')} \t{one.get('message', '')}"
        for one in found or NOTHING
    ]
    titles = ("Type", "Status", "LastHeartbeatTime", "LastTransitionTime", "Reason", "Message")
    dashes = ("----", "------", "-----------------", "------------------", "------", "-------")
    return ["Conditions:", "  " + "\t".join(titles), "  " + "\t".join(dashes), *rows] if rows else []


def _has(title: str, amounts: Json) -> Lines:
    lines = [f"  {name}:\t{value}" for name, value in sorted((amounts or EMPTY).items())]
    return [f"{title}:", *lines] if lines else []


def _load(item: Json, around: Around) -> Lines:
    """Return what the pods on the node ask for, each and together."""
    name, status = look(item, "metadata", "name"), item.get("status") or EMPTY
    pods = listed(pod for pod in around.pods if look(pod, "spec", "nodeName") == name and _runs(pod))
    total = {
        key: Quantity.read(value) for key, value in (status.get("allocatable") or status.get("capacity") or {}).items()
    }
    return [
        f"Non-terminated Pods:\t({len(pods)} in total)",
        "  Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge",
        "  ---------\t----\t\t------------\t----------\t---------------\t-------------\t---",
        *(_pod(pod, total, around) for pod in pods),
        "Allocated resources:",
        "  (Total limits may be over 100 percent, i.e., overcommitted.)",
        "  Resource\tRequests\tLimits",
        "  --------\t--------\t------",
        *_sums(pods, total),
    ]


def _runs(pod: Json) -> bool:
    return look(pod, "status", "phase") not in _ENDED


def _pod(pod: Json, total: Amounts, around: Around) -> str:
    requests, limits = _of_pod(pod, "requests"), _of_pod(pod, "limits")
    shares = [_share(amounts, total, name) for name in ("cpu", "memory") for amounts in (requests, limits)]
    namespace, name = look(pod, "metadata", "namespace", default=""), look(pod, "metadata", "name", default="")
    return "\t".join([f"  {namespace}", name, "", *shares, age_of(pod, around.now)])


def _sums(pods: Iterable[Json], total: Amounts) -> Lines:
    parts = [(_of_pod(pod, "requests"), _of_pod(pod, "limits")) for pod in pods]
    requests, limits = _sum(one for one, _ in parts), _sum(other for _, other in parts)
    huge = sorted(name for name in total if name.startswith("hugepages-"))
    others = sorted(name for name in total if name not in (*_STANDARD, *huge, "pods"))
    return [
        *(f"  {name}\t{_share(requests, total, name)}\t{_share(limits, total, name)}" for name in (*_STANDARD, *huge)),
        *(f"  {name}\t{requests.get(name, ZERO)}\t{limits.get(name, ZERO)}" for name in others),
    ]


def _of_pod(pod: Json, side: str) -> Amounts:
    return of_spec(pod.get("spec") or EMPTY, side)


def _sum(parts: Iterable[Amounts]) -> Amounts:
    none: Amounts = {}
    return reduce(added, parts, none)


def _share(amounts: Amounts, total: Amounts, name: str) -> str:
    amount, whole = amounts.get(name, ZERO), total.get(name, ZERO)
    return f"{amount} ({amount.nano * 100 // whole.nano if whole != ZERO else 0}%)"


def namespace(item: Json, _: Around) -> Lines:
    """Return the description of a Namespace."""
    status = item.get("status") or EMPTY
    told = [
        f"  {one['type']}\t{one['status']}\t{date(one.get('lastTransitionTime'))}\t{one.get('reason', '')}\t"
        f"{one.get('message', '')}"
        for one in status.get("conditions") or NOTHING
    ]
    return [
        *header(item),
        *tags(item),
        f"Status:\t{status.get('phase', '')}",
        *(["Conditions:", *_TOLD, *told] if told else []),
        *("", "No resource quota.", "", "No LimitRange resource."),
    ]


_TOLD: Final = (
    "  Type\tStatus\tLastTransitionTime\tReason\tMessage",
    "  ----\t------\t------------------\t------\t-------",
)

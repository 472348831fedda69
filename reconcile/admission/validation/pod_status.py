"""Status writes of Pods (contract api 8.1)."""

import ipaddress
from collections.abc import Sequence
from typing import Final

from reconcile.admission.causes import IMMUTABLE, Causes, broken, duplicate, forbidden, invalid
from reconcile.admission.validation.pod import address, changed_annotations, is_address, pod_annotations
from reconcile.model import names
from reconcile.model.json import EMPTY, FrozenMap

_SYSTEM: Final = ("Initialized", "PodScheduled", "Ready")
"""Conditions whose types need not be looked at."""


def pod_status(new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what is wrong with a Pod's new status."""
    given, stored = new.get("status") or EMPTY, old.get("status") or EMPTY
    yield from pod_annotations("metadata.annotations", new)
    yield from changed_annotations(new, old)
    for index, condition in enumerate(given.get("conditions") or ()):
        kind = condition.get("type", "")
        if kind not in _SYSTEM:
            # Reported under metadata, and with a capital.
            yield from broken(f"metadata.conditions[{index}].Type", kind, names.qualified_name(kind))
    yield from _nominated(new["spec"].get("nodeName", ""), given, stored)
    if stored.get("qosClass") and given.get("qosClass") != stored["qosClass"]:
        yield invalid("status.qosClass", given.get("qosClass"), IMMUTABLE)
    yield from _resurrected(new["spec"], given, stored)
    yield from _addresses("status.podIPs", given.get("podIPs") or ())
    hosts = given.get("hostIPs") or ()
    if hosts and hosts[0].get("ip", "") != given.get("hostIP", ""):
        yield invalid("status.hostIPs[0].ip", hosts[0].get("ip", ""), "must be equal to `hostIP`")
    yield from _addresses("status.hostIPs", hosts)


def _nominated(node: str, given: FrozenMap, stored: FrozenMap) -> Causes:
    name = given.get("nominatedNodeName", "")
    if name and name != stored.get("nominatedNodeName", ""):
        if node:
            yield forbidden("status.nominatedNodeName", "may not be set on a pod that is bound to a node")
        yield from broken("status.nominatedNodeName", name, names.dns_subdomain(name))


# --- containers that have ended ----------------------------------------------------------------------------------


def _resurrected(spec: FrozenMap, given: FrozenMap, stored: FrozenMap) -> Causes:
    """Yield which containers have ended for good and are said to have not."""
    policy = spec.get("restartPolicy", "")
    sidecars = [one.get("name") for one in spec.get("initContainers") or () if one.get("restartPolicy") == "Always"]
    for group, restarts, free in (
        ("containerStatuses", policy, ()),
        ("initContainerStatuses", policy, sidecars),
        ("ephemeralContainerStatuses", "Never", ()),
    ):
        ended = {one.get("name") for one in given.get(group) or () if "terminated" not in (one.get("state") or EMPTY)}
        for index, was in enumerate(stored.get(group) or ()):
            if was.get("name") in ended and was.get("name") not in free and _for_good(was, restarts):
                yield forbidden(f"status.{group}[{index}].state", "may not be transitioned to non-terminated state")


def _for_good(status: FrozenMap, restarts: str) -> bool:
    over = (status.get("state") or EMPTY).get("terminated")
    if over is None or restarts == "Always":
        return False
    return restarts != "OnFailure" or over.get("exitCode", 0) == 0


# --- addresses ---------------------------------------------------------------------------------------------------


def _addresses(field: str, entries: Sequence[FrozenMap]) -> Causes:
    texts = [entry.get("ip", "") for entry in entries]
    for index, text in enumerate(texts):
        yield from address(f"{field}[{index}]", text)
        if text in texts[:index]:
            yield duplicate(f"{field}[{index}]", text)
    if len(texts) > 1 and not _one_of_each_family(texts):
        yield invalid(field, texts, "may specify no more than one IP for each IP family")


def _one_of_each_family(texts: Sequence[str]) -> bool:
    versions = [ipaddress.ip_address(text).version for text in texts if is_address(text)]
    return len(texts) == len(versions) == len(set(versions))

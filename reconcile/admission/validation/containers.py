"""Containers (contract api 5.3). Fields are relative to the pod spec."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import frozen

from reconcile.admission.causes import Causes, broken, duplicate, forbidden, invalid, not_found, one_of, required
from reconcile.admission.validation import resources
from reconcile.admission.validation.env import env, env_from
from reconcile.admission.validation.mounts import devices, mounts
from reconcile.admission.validation.probes import PROBES, lifecycle, port_number, probe
from reconcile.admission.validation.security import container_security
from reconcile.model import names
from reconcile.model.json import FrozenMap

_PULL_POLICIES: Final = ("Always", "IfNotPresent", "Never")
_MESSAGE_POLICIES: Final = ("FallbackToLogsOnError", "File")
_PROTOCOLS: Final = ("SCTP", "TCP", "UDP")
_RESTARTS: Final = ("Always", "Never", "OnFailure")
_NOT_EPHEMERAL: Final = (
    *("ports", *PROBES, "lifecycle", "resources", "resizePolicy", "restartPolicy"),
    "restartPolicyRules",
)


@frozen
class Pod:
    """What the checks of a container need to know about its pod."""

    volumes: Mapping[str, FrozenMap]
    claims: Sequence[str]
    grace: int
    restart_policy: str
    host_network: bool
    host_users: bool


def containers(given: Sequence[FrozenMap], pod: Pod) -> Causes:
    """Yield what is wrong with the main containers."""
    if not given:
        yield required("containers")
    seen: set[str] = set()
    for index, container in enumerate(given):
        path = f"containers[{index}]"
        yield from _common(path, container, pod)
        if container.get("name", "") in seen:
            yield duplicate(f"{path}.name", container.get("name", ""))
        seen.add(container.get("name", ""))
        yield from _hooks(path, container, pod)
        if pod.host_network:
            yield from _on_host(f"{path}.ports", container)
    yield from _host_ports("containers", given)


def _on_host(path: str, container: FrozenMap) -> Causes:
    """Yield which ports of a container in the host's network are to be others there; init containers may."""
    for index, port in enumerate(container.get("ports") or ()):
        host = port.get("hostPort", 0)
        if host not in (0, port.get("containerPort", 0)):
            why = "must match `containerPort` when `hostNetwork` is true"
            yield invalid(f"{path}[{index}].hostPort", host, why)


def init_containers(given: Sequence[FrozenMap], main: Sequence[FrozenMap], pod: Pod) -> Causes:
    """Yield what is wrong with the init containers; sidecars among them may have hooks and probes."""
    seen = {container.get("name", "") for container in main}
    for index, container in enumerate(given):
        path, name = f"initContainers[{index}]", container.get("name", "")
        yield from _common(path, container, pod)
        if name in seen:
            yield duplicate(f"{path}.name", name)
        elif name:
            seen.add(name)
        # Each runs alone, and is looked at as if it were the only one.
        yield from _host_ports("initContainers", [container])
        if container.get("restartPolicy") == "Always":
            yield from _hooks(path, container, pod)
            continue
        for field in ("lifecycle", *PROBES):
            if field in container:
                yield forbidden(f"{path}.{field}", "may not be set for init containers without restartPolicy=Always")


def ephemeral_containers(given: Sequence[FrozenMap], others: Iterable[FrozenMap], pod: Pod) -> Causes:
    """Yield what is wrong with ephemeral containers, which only ever appear by way of their own subresource."""
    known = {container.get("name", "") for container in others}
    seen = set(known)
    for index, container in enumerate(given):
        path, name = f"ephemeralContainers[{index}]", container.get("name", "")
        yield from _common(path, container, pod)
        yield from padded_image(path, container)
        if name in seen:
            yield duplicate(f"{path}.name", name)
        seen.add(name)
        target = container.get("targetContainerName", "")
        if target and target not in known:
            yield not_found(f"{path}.targetContainerName", target)
        yield from _ephemeral_only(path, container)


def _ephemeral_only(path: str, container: FrozenMap) -> Causes:
    """Yield what an ephemeral container may not have because nothing may rely on it."""
    why = "cannot be set for an Ephemeral Container"
    for field in _NOT_EPHEMERAL:
        if container.get(field):
            yield forbidden(f"{path}.{field}", why)
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        for field in ("subPath", "subPathExpr"):
            if mount.get(field):
                yield forbidden(f"{path}.volumeMounts[{index}].{field}", why)


def padded_image(path: str, container: FrozenMap) -> Causes:
    """Yield a cause if the image of the container at *path* has blanks around it."""
    image = container.get("image", "")
    if image != image.strip():
        yield invalid(f"{path}.image", image, "must not have leading or trailing whitespace")


def _common(path: str, container: FrozenMap, pod: Pod) -> Causes:
    get = container.get
    if not get("name"):
        yield required(f"{path}.name")
    else:
        yield from broken(f"{path}.name", get("name"), names.dns_label(container["name"]))
    if not get("image"):
        yield required(f"{path}.image")
    yield from one_of(f"{path}.terminationMessagePolicy", get("terminationMessagePolicy", ""), _MESSAGE_POLICIES)
    yield from one_of(f"{path}.imagePullPolicy", get("imagePullPolicy", ""), _PULL_POLICIES)
    yield from _ports(f"{path}.ports", get("ports") or ())
    yield from env(f"{path}.env", get("env") or ())
    yield from env_from(f"{path}.envFrom", get("envFrom") or ())
    yield from mounts(f"{path}.volumeMounts", container, pod.volumes)
    yield from devices(f"{path}.volumeDevices", container, pod.volumes)
    yield from resources.container_resources(f"{path}.resources", container["resources"], pod.claims)
    yield from resources.resize_policy(f"{path}.resizePolicy", get("resizePolicy") or (), pod.restart_policy)
    if "securityContext" in container:
        yield from container_security(
            f"{path}.securityContext", container["securityContext"], host_users=pod.host_users
        )
    if get("restartPolicy") is not None:
        yield from one_of(f"{path}.restartPolicy", get("restartPolicy"), _RESTARTS)


def _hooks(path: str, container: FrozenMap, pod: Pod) -> Causes:
    if "lifecycle" in container:
        yield from lifecycle(f"{path}.lifecycle", container["lifecycle"], pod.grace)
    for name in PROBES:
        if name in container:
            yield from probe(name, f"{path}.{name}", container[name], pod.grace)


def _ports(path: str, ports: Sequence[FrozenMap]) -> Causes:
    seen: set[str] = set()
    for index, port in enumerate(ports):
        here, name = f"{path}[{index}]", port.get("name", "")
        faults = names.port_name(name) if name else ()
        yield from broken(f"{here}.name", name, faults)
        if name and not faults:
            if name in seen:
                yield duplicate(f"{here}.name", name)
            seen.add(name)
        number, host = port.get("containerPort", 0), port.get("hostPort", 0)
        if number == 0:
            yield required(f"{here}.containerPort")
        else:
            yield from broken(f"{here}.containerPort", number, port_number(number))
        if host:
            yield from broken(f"{here}.hostPort", host, port_number(host))
        yield from one_of(f"{here}.protocol", port.get("protocol", ""), _PROTOCOLS)


def _host_ports(path: str, given: Sequence[FrozenMap]) -> Causes:
    """Yield a cause for every port of the host that is taken twice."""
    seen: set[tuple[str, str, int]] = set()
    for index, container in enumerate(given):
        for place, port in enumerate(container.get("ports") or ()):
            host = port.get("hostPort", 0)
            key = (port.get("protocol", ""), port.get("hostIP", ""), host)
            if host and key in seen:
                yield duplicate(f"{path}[{index}].ports[{place}].hostPort", "/".join(map(str, key)))
            seen.add(key)

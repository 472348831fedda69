"""Security contexts of pods and containers (contract api 5.3).

Privileged containers are allowed, as on every stock cluster; a server may be started to forbid them.
"""

import re
from collections.abc import Sequence
from typing import Final

from reconcile.admission.causes import (
    Causes,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    one_of,
    required,
    too_long,
)
from reconcile.admission.validation.paths import descending_path
from reconcile.model.json import EMPTY, FrozenMap

_LARGEST_ID: Final = 2**31 - 1
_LONGEST_PATH: Final = 4095
_IDS: Final = ("runAsUser", "runAsGroup", "fsGroup")
_PROFILES: Final = ("Localhost", "RuntimeDefault", "Unconfined")
_ENUMS: Final = {
    "fsGroupChangePolicy": ("Always", "OnRootMismatch"),
    "supplementalGroupsPolicy": ("Merge", "Strict"),
    "seLinuxChangePolicy": ("MountOption", "Recursive"),
    "procMount": ("Default", "Unmasked"),
}
_SYSCTL: Final = re.compile(r"[a-z0-9]([-_a-z0-9]*[a-z0-9])?([./][a-z0-9]([-_a-z0-9]*[a-z0-9])?)*")

# What has no meaning on a node of the other operating system.
_NOT_ON_WINDOWS: Final = (
    "appArmorProfile",
    "seLinuxOptions",
    "seccompProfile",
    "fsGroup",
    "fsGroupChangePolicy",
    "sysctls",
    "runAsUser",
    "runAsGroup",
    "supplementalGroups",
    "supplementalGroupsPolicy",
    "seLinuxChangePolicy",
    "capabilities",
    "readOnlyRootFilesystem",
    "privileged",
    "allowPrivilegeEscalation",
    "procMount",
)
_NOT_ON_WINDOWS_PODS: Final = ("hostPID", "hostIPC", "hostUsers", "shareProcessNamespace", "resources")
_SHARED_WITH_HOST: Final = (
    ("hostNetwork", ("net.",)),
    ("hostIPC", ("kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue.")),
)
"""From what a pod shares with its host to the sysctls that would be set for the host, too."""


def pod_security(spec: FrozenMap) -> Causes:
    """Yield what is wrong with the pod's security context."""
    path, context = "securityContext", spec.get("securityContext") or EMPTY
    yield from _shared(path, context)
    for index, group in enumerate(context.get("supplementalGroups") or ()):
        yield from _id(f"{path}.supplementalGroups[{index}]", group)
    if spec.get("hostPID") and spec.get("shareProcessNamespace"):
        yield invalid(f"{path}.shareProcessNamespace", True, "cannot be enabled together with hostPID")
    yield from _sysctls(f"{path}.sysctls", context.get("sysctls") or (), spec)
    if spec.get("hostUsers") is False:
        for field, reported in (("hostPID", "HostPID"), ("hostIPC", "HostIPC"), ("hostNetwork", "hostNetwork")):
            if spec.get(field):
                yield forbidden(reported, "when `hostUsers` is false")


def container_security(path: str, context: FrozenMap, *, host_users: bool) -> Causes:
    """Yield what is wrong with a container's security context."""
    yield from _shared(path, context)
    if context.get("allowPrivilegeEscalation") is False:
        if context.get("privileged"):
            yield invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
        if "CAP_SYS_ADMIN" in ((context.get("capabilities") or EMPTY).get("add") or ()):
            yield invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and add CAP_SYS_ADMIN")
    if context.get("procMount") == "Unmasked" and host_users:
        yield invalid(f"{path}.procMount", "Unmasked", "`hostUsers` must be false to use `Unmasked`")


def _shared(path: str, context: FrozenMap) -> Causes:
    for name in _IDS:
        if name in context:
            yield from _id(f"{path}.{name}", context[name])
    for name, supported in _ENUMS.items():
        if name in context:
            yield from one_of(f"{path}.{name}", context[name], supported)
    if "seccompProfile" in context:
        yield from _seccomp(f"{path}.seccompProfile", context["seccompProfile"])
    if "appArmorProfile" in context:
        yield from _app_armor(f"{path}.appArmorProfile", context["appArmorProfile"])


def _id(field: str, value: int) -> Causes:
    if not 0 <= value <= _LARGEST_ID:
        yield invalid(field, value, f"must be between 0 and {_LARGEST_ID}, inclusive")


def _profile_type(path: str, kind: str) -> Causes:
    if not kind:
        yield required(f"{path}.type")
    elif kind not in _PROFILES:
        yield not_supported(f"{path}.type", kind, _PROFILES)


def _seccomp(path: str, profile: FrozenMap) -> Causes:
    kind, local = profile.get("type", ""), profile.get("localhostProfile")
    yield from _profile_type(path, kind)
    if kind != "Localhost":
        if local is not None:
            yield invalid(f"{path}.localhostProfile", local, "can only be set when type is Localhost")
    elif local is None:
        yield required(f"{path}.localhostProfile", "must be set when type is Localhost")
    else:
        yield from descending_path(f"{path}.localhostProfile", local)


def _app_armor(path: str, profile: FrozenMap) -> Causes:
    kind, local, field = profile.get("type", ""), profile.get("localhostProfile"), f"{path}.localhostProfile"
    yield from _profile_type(path, kind)
    if kind in ("RuntimeDefault", "Unconfined") and local is not None:
        yield invalid(field, local, "can only be set when type is Localhost")
    if kind != "Localhost":
        return
    if local is not None and local != local.strip():
        yield invalid(field, local, "must not be padded with whitespace")
    elif not local:
        yield required(field, "must be set when type is Localhost")
    if local is not None and len(local.encode("utf-8", "surrogatepass")) > _LONGEST_PATH:
        yield too_long(field, _LONGEST_PATH)


def _sysctls(path: str, sysctls: Sequence[FrozenMap], spec: FrozenMap) -> Causes:
    seen: set[str] = set()
    for index, sysctl in enumerate(sysctls):
        name, field = sysctl.get("name", ""), f"{path}[{index}].name"
        if not name:
            yield required(field)
        elif len(name) > 253 or not _SYSCTL.fullmatch(name):
            yield invalid(field, name, "must be a name such as kernel.shm_rmid_forced")
        elif name in seen:
            yield duplicate(field, name)
        seen.add(name)
        for shared, prefixes in _SHARED_WITH_HOST:
            if spec.get(shared) and name.replace("/", ".").startswith(prefixes):
                yield invalid(field, name, f"may not be specified when '{shared}' is true")


def operating_system(spec: FrozenMap) -> Causes:
    """Yield what is wrong with `os`, and what has no meaning on the system it names."""
    if "os" not in spec:
        return
    name = spec["os"].get("name", "")
    if not name:
        yield required("os.name")
    elif name not in ("linux", "windows"):
        yield not_supported("os", name, ("linux", "windows"))
    banned = {"linux": ("windowsOptions",), "windows": _NOT_ON_WINDOWS}.get(name, ())
    why = f"cannot be set for a pod of {name}"
    if name == "windows":
        for field in _NOT_ON_WINDOWS_PODS:
            # In stored form a field that is not behind a pointer is there only if it is true.
            if field in spec:
                yield forbidden(field, why)
    yield from _banned("securityContext", spec.get("securityContext"), banned, why)
    for group in ("containers", "initContainers", "ephemeralContainers"):
        for index, container in enumerate(spec.get(group) or ()):
            context = container.get("securityContext")
            yield from _banned(f"{group}[{index}].securityContext", context, banned, why)


def _banned(path: str, context: FrozenMap | None, banned: Sequence[str], why: str) -> Causes:
    for field in banned:
        if field in (context or EMPTY):
            yield forbidden(f"{path}.{field}", why)

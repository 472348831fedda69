"""Pod specs, in Pods and in templates (contract api 5.3).

The causes of a pod spec are computed once per frozen spec: see `reconcile.admission.once`.
"""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from reconcile.admission.causes import (
    Causes,
    broken,
    forbidden,
    invalid,
    one_of,
    required,
    within,
)
from reconcile.admission.once import once
from reconcile.admission.validation import containers as of_containers
from reconcile.admission.validation import resources, scheduling, security
from reconcile.admission.validation.metadata import labels, template_metadata
from reconcile.admission.validation.volumes import volumes
from reconcile.model import names
from reconcile.model.json import EMPTY, FrozenList, FrozenMap
from reconcile.model.pod import DELETION_COST, is_deletion_cost
from reconcile.outcome import Cause

_RESTARTS: Final = ("Always", "Never", "OnFailure")
_DNS_POLICIES: Final = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")
_PREEMPTION: Final = ("Never", "PreemptLowerPriority")
_LONGEST_DEADLINE: Final = 2**31 - 1
_NAMES: Final[Mapping[str, names.Rule]] = {
    "serviceAccountName": names.dns_subdomain,
    "nodeName": names.dns_subdomain,
    "hostname": names.dns_label,
    "subdomain": names.dns_label,
    "priorityClassName": names.dns_subdomain,
    "runtimeClassName": names.dns_subdomain,
    "hostnameOverride": names.dns_subdomain,
}


@once
def pod_spec(spec: FrozenMap) -> tuple[Cause, ...]:
    """Return what is wrong with a pod spec, with fields relative to it."""
    return tuple(cause for part in _PARTS for cause in part(spec))


def template(path: str, given: FrozenMap) -> Causes:
    """Yield what is wrong with the pod template at *path*."""
    yield from template_metadata(path, given)
    yield from pod_annotations(f"{path}.annotations", given)
    yield from within(f"{path}.spec", pod_spec(given["spec"]))
    if given["spec"].get("ephemeralContainers"):
        yield forbidden(f"{path}.spec.ephemeralContainers", "ephemeral containers not allowed in pod template")


def with_claims(given: FrozenMap, claims: Sequence[str]) -> FrozenMap:
    """Return the template *given* with a volume for each of a StatefulSet's *claims*.

    They take the place of volumes of the same name, and the pod's host names are the controller's to set.
    """
    spec = given["spec"]
    claims = list(dict.fromkeys(claims))
    own = [volume for volume in spec.get("volumes") or () if volume.get("name") not in claims]
    added = [FrozenMap(name=name, persistentVolumeClaim=FrozenMap(claimName=name)) for name in claims]
    kept = {key: value for key, value in spec.items() if key not in ("hostname", "subdomain")}
    return FrozenMap({**given, "spec": FrozenMap({**kept, "volumes": FrozenList([*added, *own])})})


def new_pod(pod: FrozenMap) -> Causes:
    """Yield what is wrong with a Pod that is being created."""
    spec = pod["spec"]
    yield from pod_shape(pod)
    if spec.get("ephemeralContainers"):
        yield forbidden("spec.ephemeralContainers", "cannot be set on create")
    if spec.get("nodeName") and spec.get("schedulingGates"):
        yield forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared")


def pod_shape(pod: FrozenMap) -> Causes:
    """Yield what is wrong with a Pod at any time."""
    spec = pod["spec"]
    yield from pod_annotations("metadata.annotations", pod)
    yield from within("spec", pod_spec(spec))
    yield from within("spec", _pod_only(spec))


_MIRROR: Final = "kubernetes.io/config.mirror"
_APP_ARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
_APP_ARMOR_PROFILES: Final = ("", "runtime/default", "unconfined")


def pod_annotations(field: str, pod: FrozenMap) -> Causes:
    """Yield what is wrong with annotations that mean something to a pod, or to the pods of a template."""
    spec, given = pod["spec"], (pod.get("metadata") or EMPTY).get("annotations") or EMPTY
    if _MIRROR in given and not spec.get("nodeName"):
        yield invalid(f"{field}[{_MIRROR}]", given[_MIRROR], "must set spec.nodeName if mirror pod annotation is set")
    if DELETION_COST in given and not is_deletion_cost(given[DELETION_COST]):
        yield invalid(f"{field}[{DELETION_COST}]", given[DELETION_COST], "must be a 32bit integer")
    for key in given:
        if key.startswith(_APP_ARMOR):
            yield from _app_armor(f"{field}[{key}]", key.removeprefix(_APP_ARMOR), given[key], spec)


def _app_armor(field: str, name: str, profile: str, spec: FrozenMap) -> Causes:
    groups = ("initContainers", "containers", "ephemeralContainers")
    if not any(container.get("name") == name for group in groups for container in spec.get(group) or ()):
        yield invalid(field, name, "container not found")
    if profile not in _APP_ARMOR_PROFILES and not profile.startswith("localhost/"):
        yield invalid(field, profile, "invalid AppArmor profile name")


def changed_annotations(new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield which annotations of a Pod cannot be changed once it is there."""
    mine, stored = (one["metadata"].get("annotations") or EMPTY for one in (new, old))
    for key in sorted({*mine, *stored}):
        if mine.get(key) != stored.get(key) and (key == _MIRROR or key.startswith(_APP_ARMOR)):
            yield forbidden(f"metadata.annotations[{key}]", "may not be added, removed or updated")


@once
def _pod_only(spec: FrozenMap) -> tuple[Cause, ...]:
    return (*_padded_images(spec), *_tokens(spec))


def _padded_images(spec: FrozenMap) -> Causes:
    for group in ("containers", "initContainers"):
        for index, container in enumerate(spec.get(group) or ()):
            yield from of_containers.padded_image(f"{group}[{index}]", container)


def _tokens(spec: FrozenMap) -> Causes:
    if spec.get("serviceAccountName"):
        return
    for index, volume in enumerate(spec.get("volumes") or ()):
        for place, source in enumerate((volume.get("projected") or EMPTY).get("sources") or ()):
            if "serviceAccountToken" in source:
                field = f"volumes[{index}].projected.sources[{place}].serviceAccountToken"
                yield forbidden(field, "must not be specified when serviceAccountName is not set")


# --- the parts of a pod spec -----------------------------------------------------------------------------------


def _containers(spec: FrozenMap) -> Causes:
    wrong, known = volumes(spec.get("volumes") or ())
    yield from wrong
    claims = [claim.get("name", "") for claim in spec.get("resourceClaims") or ()]
    pod = of_containers.Pod(
        volumes=known,
        claims=claims,
        grace=spec.get("terminationGracePeriodSeconds", 30),
        restart_policy=spec.get("restartPolicy", ""),
        host_network=spec.get("hostNetwork", False),
        host_users=spec.get("hostUsers", True),
    )
    main, init = spec.get("containers") or (), spec.get("initContainers") or ()
    yield from resources.pod_claims(spec.get("resourceClaims") or ())
    yield from of_containers.containers(main, pod)
    yield from of_containers.init_containers(init, main, pod)
    ephemeral = spec.get("ephemeralContainers") or ()
    yield from of_containers.ephemeral_containers(ephemeral, (*main, *init), pod)
    yield from resources.pod_resources(spec, claims)


def _policies(spec: FrozenMap) -> Causes:
    yield from one_of("restartPolicy", spec.get("restartPolicy", ""), _RESTARTS)
    yield from one_of("dnsPolicy", spec.get("dnsPolicy", ""), _DNS_POLICIES)
    if spec.get("preemptionPolicy") == "":
        yield required("preemptionPolicy")
    elif spec.get("preemptionPolicy") is not None:
        yield from one_of("preemptionPolicy", spec["preemptionPolicy"], _PREEMPTION)


def _named(spec: FrozenMap) -> Causes:
    for field, rule in _NAMES.items():
        if spec.get(field):
            yield from broken(field, spec[field], rule(spec[field]))


def _deadline(spec: FrozenMap) -> Causes:
    seconds = spec.get("activeDeadlineSeconds")
    if seconds is not None and not 1 <= seconds <= _LONGEST_DEADLINE:
        yield invalid("activeDeadlineSeconds", seconds, f"must be between 1 and {_LONGEST_DEADLINE}, inclusive")


def _scheduling(spec: FrozenMap) -> Causes:
    yield from labels("nodeSelector", spec.get("nodeSelector"))
    yield from scheduling.affinity(spec.get("affinity") or EMPTY)
    yield from scheduling.gates(spec)
    yield from scheduling.spread_constraints(spec.get("topologySpreadConstraints") or ())
    yield from scheduling.tolerations(spec.get("tolerations") or ())
    for name, amount in (spec.get("overhead") or EMPTY).items():
        yield from resources.overhead(f"overhead.limits[{name}]", name, amount)


def is_address(text: str) -> bool:
    """Return whether *text* is an IP address.

    >>> is_address("10.0.0.1"), is_address("::1"), is_address("10.0.0")
    (True, True, False)
    """
    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return False


def address(field: str, text: str) -> Causes:
    """Yield a cause if *text* is no IP address."""
    if not is_address(text) or "%" in text:
        yield invalid(field, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")


def _dns(spec: FrozenMap) -> Causes:
    config = spec.get("dnsConfig")
    if spec.get("dnsPolicy") == "None":
        if config is None:
            yield required("dnsConfig", "must provide `dnsConfig` when `dnsPolicy` is None")
            return
        if not config.get("nameservers"):
            yield required("dnsConfig.nameservers", "must provide a nameserver when `dnsPolicy` is None")
            return
    if config is None:
        return
    servers = config.get("nameservers") or ()
    if len(servers) > 3:
        yield invalid("dnsConfig.nameservers", servers, "must not have more than 3 nameservers")
    for index, server in enumerate(servers):
        yield from address(f"dnsConfig.nameservers[{index}]", server)
    yield from _searches(config.get("searches") or ())
    for index, option in enumerate(config.get("options") or ()):
        if not option.get("name"):
            yield required(f"dnsConfig.options[{index}]", "must not be empty")


def _searches(searches: Sequence[str]) -> Causes:
    if len(searches) > 32:
        yield invalid("dnsConfig.searches", searches, "must not have more than 32 search paths")
    if len(" ".join(searches)) > 2048:
        yield invalid("dnsConfig.searches", searches, "must not have more than 2048 characters")
    for index, search in enumerate(searches):
        if search != ".":
            faults = names.dns_subdomain_underscored(search.removesuffix("."))
            yield from broken(f"dnsConfig.searches[{index}]", search, faults)


def _aliases(spec: FrozenMap) -> Causes:
    for index, alias in enumerate(spec.get("hostAliases") or ()):
        yield from address(f"hostAliases[{index}].ip", alias.get("ip", ""))
        for place, name in enumerate(alias.get("hostnames") or ()):
            yield from broken(f"hostAliases[{index}].hostnames[{place}]", name, names.dns_subdomain(name))


_PARTS: Final[tuple[Callable[[FrozenMap], Causes], ...]] = (
    _containers,
    _policies,
    _named,
    _deadline,
    _scheduling,
    _dns,
    _aliases,
    security.pod_security,
    security.operating_system,
)

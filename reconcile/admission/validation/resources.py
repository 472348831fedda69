"""Compute resources of containers and pods (contract api 5.3)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from reconcile.admission.causes import (
    AT_LEAST_ZERO,
    Causes,
    broken,
    duplicate,
    forbidden,
    invalid,
    not_found,
    not_supported,
    required,
)
from reconcile.model import names
from reconcile.model.json import EMPTY, FrozenMap
from reconcile.model.quantity import Quantity
from reconcile.model.requests import of_containers

Resources = Mapping[str, Any]
NameRule = Callable[[str], tuple[str, ...]]

_HUGE: Final = "hugepages-"
_CONTAINER_RESOURCES: Final = ("cpu", "memory", "ephemeral-storage")
_COMPUTE: Final = ("cpu", "memory")
_RESIZABLE: Final = ("cpu", "memory")
_RESTARTS: Final = ("NotRequired", "RestartContainer")


def is_extended(name: str) -> bool:
    """Return whether *name* is a resource of somebody else's domain.

    >>> is_extended("example.com/gpu"), is_extended("cpu"), is_extended("x.kubernetes.io/y")
    (True, False, False)
    """
    return "/" in name and "kubernetes.io/" not in name


def container_resource_name(name: str) -> tuple[str, ...]:
    """Return what keeps *name* from being a resource of a container."""
    faults = names.qualified_name(name)
    if faults:
        return faults
    if "/" not in name:
        known = name in _CONTAINER_RESOURCES or name.startswith(_HUGE)
        return () if known else ("must be a standard resource for containers",)
    if is_extended(name) and (name.startswith("requests.") or names.qualified_name(f"requests.{name}")):
        return ("doesn't follow extended resource name standard",)
    return ()


def pod_resource_name(name: str) -> tuple[str, ...]:
    """Return what keeps *name* from being a resource of a pod as a whole."""
    known = name in _COMPUTE or name.startswith(_HUGE)
    return () if known else ("must be a standard resource for pods",)


def container_resources(path: str, resources: Resources, claims: Sequence[str]) -> Causes:
    """Yield what is wrong with the resources of one container."""
    yield from _requirements(path, resources, container_resource_name, claims)


def pod_resources(spec: FrozenMap, claims: Sequence[str]) -> Causes:
    """Yield what is wrong with the resources of the pod as a whole."""
    resources = spec.get("resources")
    if resources is None:
        return
    if resources.get("claims"):
        yield forbidden("resources.claims", "claims cannot be set at pod level")
    yield from _requirements("resources", resources, pod_resource_name, claims)
    requests, limits = resources.get("requests") or EMPTY, resources.get("limits") or EMPTY
    for name, asked in sorted(of_containers(spec).items()):
        if name in requests and asked > Quantity.parse(requests[name]):
            why = f"must be greater than or equal to the aggregate container requests of {asked}"
            yield invalid(f"resources.requests[{name}]", requests[name], why)
    for index, container in enumerate(spec.get("containers") or ()):
        own = container["resources"].get("limits") or EMPTY
        for name in own:
            if name in limits and Quantity.parse(own[name]) > Quantity.parse(limits[name]):
                why = f"must be less than or equal to the pod limit of {limits[name]}"
                yield invalid(f"resources.containers[{index}][{name}].limits", own[name], why)


def _requirements(path: str, resources: Resources, rule: NameRule, claims: Sequence[str]) -> Causes:
    limits, requests = resources.get("limits") or EMPTY, resources.get("requests") or EMPTY
    for field, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            yield from _amount(f"{path}.{field}[{name}]", name, amount, rule)
    for name, amount in requests.items():
        yield from _request(path, name, amount, limits.get(name))
    named = {*limits, *requests}
    if any(name.startswith(_HUGE) for name in named) and not named & set(_COMPUTE):
        yield forbidden(path, "HugePages require cpu or memory")
    yield from _claims(f"{path}.claims", resources.get("claims") or (), claims)


def _amount(field: str, name: str, amount: str, rule: NameRule) -> Causes:
    yield from broken(field, name, rule(name))
    quantity = Quantity.parse(amount)
    if quantity.nano < 0:
        yield invalid(field, amount, AT_LEAST_ZERO)
    if is_extended(name) and not quantity.whole:
        yield invalid(field, amount, "must be an integer")
    if name.startswith(_HUGE) and not _pages(name, quantity):
        yield invalid(field, amount, "is not a positive integer multiple of the page size")


def overhead(field: str, name: str, amount: str) -> Causes:
    """Yield what is wrong with one amount of a pod's overhead."""
    yield from _amount(field, name, amount, container_resource_name)


def _pages(name: str, quantity: Quantity) -> bool:
    try:
        size = Quantity.parse(name.removeprefix(_HUGE)).nano
    except ValueError:
        return False
    return size > 0 and quantity.nano % size == 0


def _request(path: str, name: str, amount: str, limit: str | None) -> Causes:
    """Yield how a request contradicts its limit; only native resources may be overcommitted."""
    overcommit = not is_extended(name) and not name.startswith(_HUGE)
    if limit is None:
        if not overcommit:
            yield required(f"{path}.limits", f"limit must be set for {name}, which cannot be overcommitted")
    elif not overcommit and Quantity.parse(amount) != Quantity.parse(limit):
        yield invalid(f"{path}.requests", amount, f"must be equal to the {name} limit of {limit}")
    elif Quantity.parse(amount) > Quantity.parse(limit):
        yield invalid(f"{path}.requests", amount, f"must be less than or equal to the {name} limit of {limit}")


def _claims(field: str, given: Sequence[FrozenMap], known: Sequence[str]) -> Causes:
    seen: set[tuple[str, str]] = set()
    for index, claim in enumerate(given):
        here, name, request = f"{field}[{index}]", claim.get("name", ""), claim.get("request", "")
        if not name:
            yield required(here)
            continue
        if request:
            yield from broken(f"{here}.request", request, names.dns_label(request))
        # All requests of a claim, or the same one again, or one of those that were named before.
        if (name, "") in seen or (name, request) in seen or (not request and name in {other for other, _ in seen}):
            yield duplicate(here, name)
        seen.add((name, request))
        if name not in known:
            yield not_found(here, name)


def pod_claims(claims: Sequence[FrozenMap]) -> Causes:
    """Yield what is wrong with the resource claims that a pod names."""
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        path, name = f"resourceClaims[{index}]", claim.get("name", "")
        if not name:
            yield required(f"{path}.name")
        elif name in seen:
            yield duplicate(f"{path}.name", name)
        else:
            yield from broken(f"{path}.name", name, names.dns_label(name))
        seen.add(name)
        sources = [field for field in ("resourceClaimName", "resourceClaimTemplateName") if field in claim]
        if len(sources) != 1:
            yield invalid(path, claim, "must name either a resourceClaimName or a resourceClaimTemplateName")
        for field in sources:
            yield from broken(f"{path}.{field}", claim[field], names.dns_subdomain(claim[field]))


def resize_policy(path: str, policies: Sequence[FrozenMap], restart_policy: str) -> Causes:
    """Yield what is wrong with a container's resize policy."""
    seen: set[str] = set()
    for index, policy in enumerate(policies):
        name, restart = policy.get("resourceName", ""), policy.get("restartPolicy", "")
        if name in seen:
            yield duplicate(f"{path}[{index}]", name)
        seen.add(name)
        for value, supported in ((name, _RESIZABLE), (restart, _RESTARTS)):
            if not value:
                yield required(path)
            elif value not in supported:
                yield not_supported(path, value, supported)
        if restart_policy == "Never" and restart != "NotRequired":
            yield invalid(path, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'")

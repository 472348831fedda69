"""Probes and lifecycle handlers (contract api 5.3)."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from reconcile.admission.causes import Causes, at_least_zero, broken, forbidden, invalid, one_of, required
from reconcile.model import names
from reconcile.model.json import FrozenMap, Json

_SCHEMES: Final = ("HTTP", "HTTPS")
_HEADER: Final = re.compile(r"[-A-Za-z0-9]+")
_NUMBERS: Final = (
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
)
PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")


def port_number(value: int) -> tuple[str, ...]:
    """Return what keeps *value* from being the number of a port.

    >>> port_number(80), port_number(0)
    ((), ('must be between 1 and 65535, inclusive',))
    """
    return () if 1 <= value <= 65535 else ("must be between 1 and 65535, inclusive",)


def port(field: str, value: int | str) -> Causes:
    """Yield what is wrong with the number or name of a port."""
    yield from broken(field, value, names.port_name(value) if isinstance(value, str) else port_number(value))


def _exec(path: str, action: FrozenMap, _: int) -> Causes:
    if not action.get("command"):
        yield required(f"{path}.command")


def _http_get(path: str, action: FrozenMap, _: int) -> Causes:
    if not action.get("path"):
        yield required(f"{path}.path")
    yield from port(f"{path}.port", action["port"])
    yield from one_of(f"{path}.scheme", action.get("scheme", ""), _SCHEMES)
    for header in action.get("httpHeaders") or ():
        if not _HEADER.fullmatch(header.get("name", "")):
            yield invalid(f"{path}.httpHeaders", header.get("name", ""), "must be a valid HTTP header name")


def _tcp_socket(path: str, action: FrozenMap, _: int) -> Causes:
    yield from port(f"{path}.port", action["port"])


def _grpc(path: str, action: FrozenMap, _: int) -> Causes:
    yield from broken(f"{path}.port", action["port"], port_number(action["port"]))


def _sleep(path: str, action: FrozenMap, grace: int) -> Causes:
    if not 0 <= action.get("seconds", 0) <= grace:
        why = f"must be non-negative and at most terminationGracePeriodSeconds ({grace})"
        yield invalid(path, action.get("seconds", 0), why)


_HANDLERS: Final[Mapping[str, Callable[[str, FrozenMap, int], Causes]]] = {
    "exec": _exec,
    "httpGet": _http_get,
    "tcpSocket": _tcp_socket,
    "grpc": _grpc,
    "sleep": _sleep,
}
"""In the order in which a second one is found superfluous."""


def _handler(path: str, holder: Mapping[str, Json], grace: int) -> Causes:
    given = [name for name in _HANDLERS if name in holder]
    if not given:
        yield required(path, "must specify a handler type")
        return
    first, *others = given
    yield from _HANDLERS[first](f"{path}.{first}", holder[first], grace)
    for name in others:
        yield forbidden(f"{path}.{name}", "may not specify more than one handler type")


def probe(name: str, path: str, given: FrozenMap, grace: int) -> Causes:
    """Yield what is wrong with one of a container's probes."""
    yield from _handler(path, given, grace)
    for field in _NUMBERS:
        yield from at_least_zero(f"{path}.{field}", given.get(field))
    period = given.get("terminationGracePeriodSeconds")
    if period is not None and period <= 0:
        yield invalid(f"{path}.terminationGracePeriodSeconds", period, "must be greater than 0")
    if name == "readinessProbe":
        if period is not None:
            why = "must not be set for readinessProbes"
            yield invalid(f"{path}.terminationGracePeriodSeconds", period, why)
    elif given.get("successThreshold") != 1:
        yield invalid(f"{path}.successThreshold", given.get("successThreshold"), "must be 1")


def lifecycle(path: str, given: FrozenMap, grace: int) -> Causes:
    """Yield what is wrong with a container's lifecycle hooks."""
    for name in ("postStart", "preStop"):
        if name in given:
            yield from _handler(f"{path}.{name}", given[name], grace)

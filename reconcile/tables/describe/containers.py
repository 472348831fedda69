"""The containers of a pod or a template.

In a pod each container also says what became of it; a template has no statuses.
"""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

from reconcile.model.json import EMPTY, NOTHING, Json, look
from reconcile.model.quantity import ZERO, Quantity
from reconcile.tables.custom import go_text
from reconcile.tables.describe.lines import Lines, date, given, spelt
from reconcile.tables.service_cells import address
from reconcile.tables.table import NONE

_FIELD: Final = "    "
_DEEPER: Final = "      "


def containers(title: str, values: Json, *, indent: str = "", statuses: Json = NOTHING, pod: Json = None) -> Lines:
    """Return the lines of a list of containers; *statuses* and *pod* are given where there is a pod."""
    known = {status["name"]: status for status in statuses or NOTHING}
    lines = [f"{indent}{title}:" + ("" if values else f" {NONE}")]
    for container in values or NOTHING:
        lines += [f"{'   ' if indent else '  '}{container['name']}:"]
        lines += _container(container, known.get(container["name"]), pod)
    return lines


def _container(container: Json, status: Json, pod: Json) -> Lines:
    resources = container.get("resources") or EMPTY
    return [
        *([f"{_FIELD}Container ID:\t{status.get('containerID', '')}"] if status else []),
        f"{_FIELD}Image:\t{container.get('image', '')}",
        *([f"{_FIELD}Image ID:\t{status.get('imageID', '')}"] if status else []),
        _ports("Port", container, "containerPort"),
        _ports("Host Port", container, "hostPort"),
        *_seccomp(container),
        *_words("Command", container.get("command")),
        *_words("Args", container.get("args")),
        *(_states(status) if status else []),
        *amounts("Limits", resources.get("limits"), indent=_FIELD),
        *amounts("Requests", resources.get("requests"), indent=_FIELD),
        *_probes(container),
        *_env_from(container.get("envFrom")),
        *_env(container, pod),
        *_mounts(container),
    ]


def _ports(title: str, container: Json, field: str) -> str:
    ports = [f"{port.get(field, 0)}/{port.get('protocol', 'TCP')}" for port in container.get("ports") or NOTHING]
    return f"{_FIELD}{title}{'s' if len(ports) > 1 else ''}:\t{', '.join(ports) or NONE}"


def _seccomp(container: Json) -> Lines:
    profile = look(container, "securityContext", "seccompProfile")
    if not profile:
        return []
    kind = profile.get("type", "")
    local = [f"{_DEEPER}LocalhostProfile:\t{profile.get('localhostProfile', '')}"] if kind == "Localhost" else []
    return [f"{_FIELD}SeccompProfile:\t{kind}", *local]


def _words(title: str, words: Json) -> Lines:
    lines = [f"{_DEEPER}{line}" for word in words or NOTHING for line in str(word).split("\n")]
    return [f"{_FIELD}{title}:", *lines] if lines else []


def amounts(title: str, values: Json, *, indent: str) -> Lines:
    """Return the lines of a map of quantities, if it has any."""
    lines = [f"{indent}  {name}:\t{value}" for name, value in sorted((values or EMPTY).items())]
    return [f"{indent}{title}:", *lines] if lines else []


def _running(state: Json) -> Lines:
    return [f"{_DEEPER}Started:\t{date(state.get('startedAt'))}"]


def _terminated(state: Json) -> Lines:
    return [
        *given(f"{_DEEPER}Reason", state.get("reason")),
        *given(f"{_DEEPER}Message", state.get("message")),
        f"{_DEEPER}Exit Code:\t{state.get('exitCode', 0)}",
        *given(f"{_DEEPER}Signal", state.get("signal") or None),
        f"{_DEEPER}Started:\t{date(state.get('startedAt'))}",
        f"{_DEEPER}Finished:\t{date(state.get('finishedAt'))}",
    ]


_STATES: Final[Mapping[str, Callable[[Json], Lines]]] = {
    "running": _running,
    "waiting": lambda state: given(f"{_DEEPER}Reason", state.get("reason")),
    "terminated": _terminated,
}


def _state(title: str, state: Json) -> Lines:
    for name, write in _STATES.items():
        if state.get(name) is not None:
            return [f"{_FIELD}{title}:\t{name.title()}", *write(state[name])]
    return [f"{_FIELD}{title}:\tWaiting"]


def _states(status: Json) -> Lines:
    last = status.get("lastState") or EMPTY
    return [
        *_state("State", status.get("state") or EMPTY),
        *(_state("Last State", last) if last.get("terminated") is not None else []),
        f"{_FIELD}Ready:\t{bool(status.get('ready'))}",
        f"{_FIELD}Restart Count:\t{status.get('restartCount', 0)}",
    ]


# Probes

_KINDS: Final = (("Liveness", "livenessProbe"), ("Readiness", "readinessProbe"), ("Startup", "startupProbe"))
_NUMBERS: Final = (
    ("delay=%ss", "initialDelaySeconds", 0),
    ("timeout=%ss", "timeoutSeconds", 1),
    ("period=%ss", "periodSeconds", 10),
    ("#success=%s", "successThreshold", 1),
    ("#failure=%s", "failureThreshold", 3),
)


def _http(action: Json) -> str:
    host = address(action.get("host") or "", action.get("port", ""))
    path = quote(str(action.get("path") or ""), safe="/:@!$&'()*+,;=~-._")
    return (
        f"http-get {str(action.get('scheme', 'HTTP')).lower()}://{host}{'/' if path[:1] not in ('/', '') else ''}{path}"
    )


_ACTIONS: Final[Mapping[str, Callable[[Json], str]]] = {
    "exec": lambda action: f"exec {go_text(list(action.get('command') or NOTHING))}",
    "httpGet": _http,
    "tcpSocket": lambda action: f"tcp-socket {action.get('host') or ''}:{action.get('port', '')}",
    "grpc": lambda action: f"grpc <pod>:{action.get('port', 0)} {action.get('service') or ''}",
}


def _probes(container: Json) -> Lines:
    return [f"{_FIELD}{title}:\t{probe_text(container[key])}" for title, key in _KINDS if container.get(key)]


def probe_text(probe: Json) -> str:
    """Return a probe in one line.

    >>> probe_text({"tcpSocket": {"port": 80}, "periodSeconds": 5})
    'tcp-socket :80 delay=0s timeout=1s period=5s #success=1 #failure=3'
    """
    action = next((write(probe[key]) for key, write in _ACTIONS.items() if probe.get(key) is not None), "unknown")
    return " ".join([action, *(form % probe.get(field, default) for form, field, default in _NUMBERS)])


# Environment


def _env_from(sources: Json) -> Lines:
    lines: Lines = []
    for source in sources or NOTHING:
        kind = "ConfigMap" if source.get("configMapRef") is not None else "Secret"
        reference = source.get("configMapRef") or source.get("secretRef") or EMPTY
        prefix = f" with prefix '{source['prefix']}'" if source.get("prefix") else ""
        lines.append(f"{_DEEPER}{reference.get('name', '')}\t{kind}{prefix}\t{_optional(reference)}")
    return [f"{_FIELD}Environment Variables from:", *lines] if lines else []


def _optional(reference: Json) -> str:
    return f"Optional: {spelt(bool(reference.get('optional')))}"


def _env(container: Json, pod: Json) -> Lines:
    variables = container.get("env") or NOTHING
    lines: Lines = []
    for variable in variables:
        lines += _variable(variable, container, pod)
    return [f"{_FIELD}Environment:", *lines] if variables else [f"{_FIELD}Environment:\t{NONE}"]


def _variable(variable: Json, container: Json, pod: Json) -> Lines:
    name, source = variable["name"], variable.get("valueFrom")
    if source is None:
        first, *rest = str(variable.get("value") or "").split("\n")
        return [f"{_DEEPER}{name}:\t{first}", *(f"{_DEEPER}\t{line}" for line in rest)]
    if source.get("fieldRef"):
        reference = source["fieldRef"]
        path = reference.get("fieldPath", "")
        return [f"{_DEEPER}{name}:\t{_field_of(pod, path)} ({reference.get('apiVersion', 'v1')}:{path})"]
    if source.get("resourceFieldRef"):
        reference = source["resourceFieldRef"]
        return [f"{_DEEPER}{name}:\t{_resource_of(container, reference)} ({reference.get('resource', '')})"]
    if source.get("secretKeyRef"):
        reference = source["secretKeyRef"]
        place = f"<set to the key '{reference['key']}' in secret '{reference.get('name', '')}'>"
        return [f"{_DEEPER}{name}:\t{place}\t{_optional(reference)}"]
    if source.get("configMapKeyRef"):
        reference = source["configMapKeyRef"]
        place = f"<set to the key '{reference['key']}' of config map '{reference.get('name', '')}'>"
        return [f"{_DEEPER}{name}:\t{place}\t{_optional(reference)}"]
    return []


def _field_of(pod: Json, path: str) -> str:
    """Return a field of the metadata of *pod*; kubectl does not look up any other."""
    field, bracket, key = path.partition("['")
    parts = field.split(".")
    if pod is None or parts[0] != "metadata" or len(parts) != 2:
        return ""
    value = look(pod, *parts, key.removesuffix("']")) if bracket else look(pod, *parts, default="")
    if isinstance(value, dict):
        return "\n".join(f'{name}="{entry}"' for name, entry in sorted(value.items()))
    return str(value or "")


def _resource_of(container: Json, reference: Json) -> str:
    kind, _, name = str(reference.get("resource", "")).partition(".")
    amount = Quantity.read(look(container, "resources", kind, name))
    divisor = Quantity.read(reference.get("divisor"))
    unit = divisor.nano if divisor != ZERO else Quantity.parse("1").nano
    value = -(-amount.nano // unit)
    return "node allocatable" if value == 0 and kind == "limits" and name in ("cpu", "memory") else str(value)


# Mounts


def _mounts(container: Json) -> Lines:
    mounts = sorted(container.get("volumeMounts") or NOTHING, key=lambda mount: str(mount["mountPath"]))
    devices = sorted(container.get("volumeDevices") or NOTHING, key=lambda device: str(device["devicePath"]))
    title = f"{_FIELD}Mounts:" if mounts else f"{_FIELD}Mounts:\t{NONE}"
    return [
        title,
        *(f"{_DEEPER}{mount['mountPath']} from {mount['name']} ({_flags(mount)})" for mount in mounts),
        *([f"{_FIELD}Devices:"] if devices else []),
        *(f"{_DEEPER}{device['devicePath']} from {device['name']}" for device in devices),
    ]


def _flags(mount: Json) -> str:
    path = [f'path="{mount["subPath"]}"'] if mount.get("subPath") else []
    return ",".join(["ro" if mount.get("readOnly") else "rw", *path])

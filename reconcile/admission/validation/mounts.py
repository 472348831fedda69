"""Where containers mount volumes (contract api 5.3)."""

from collections.abc import Mapping

from reconcile.admission.causes import Causes, forbidden, invalid, not_found, one_of, required
from reconcile.admission.validation.paths import descending_path
from reconcile.model.json import EMPTY, FrozenMap


def mounts(path: str, container: FrozenMap, known: Mapping[str, FrozenMap]) -> Causes:
    """Yield what is wrong with a container's volumeMounts; what lies inside a volume is reported without index."""
    devices = container.get("volumeDevices") or ()
    seen: set[str] = set()
    for index, mount in enumerate(container.get("volumeMounts") or ()):
        here, name, target = f"{path}[{index}]", mount.get("name", ""), mount.get("mountPath", "")
        if not name:
            yield required(f"{here}.name")
        if name not in known:
            yield not_found(f"{here}.name", name)
        if not target:
            yield required(f"{here}.mountPath")
        if target in seen:
            yield invalid(f"{here}.mountPath", target, "must be unique")
        seen.add(target)
        if any(name == device.get("name") for device in devices):
            yield invalid(f"{here}.name", name, "must not already exist in volumeDevices")
        if any(target == device.get("devicePath") for device in devices):
            yield invalid(f"{here}.mountPath", target, "must not already exist as a path in volumeDevices")
        yield from _inside(path, here, mount)
        yield from _propagation(path, container, mount)


def _inside(path: str, here: str, mount: FrozenMap) -> Causes:
    sub, expression = mount.get("subPath", ""), mount.get("subPathExpr", "")
    yield from descending_path(f"{path}.subPath", sub)
    if expression:
        if sub:
            yield invalid(f"{here}.subPathExpr", expression, "subPathExpr and subPath are mutually exclusive")
        yield from descending_path(f"{path}.subPathExpr", expression)


def _propagation(path: str, container: FrozenMap, mount: FrozenMap) -> Causes:
    way = mount.get("mountPropagation")
    if way is not None:
        yield from one_of(f"{path}.mountPropagation", way, ("Bidirectional", "HostToContainer", "None"))
        privileged = (container.get("securityContext") or EMPTY).get("privileged")
        if way == "Bidirectional" and not privileged:
            why = "Bidirectional mount propagation is available only to privileged containers"
            yield forbidden(f"{path}.mountPropagation", why)
    recursive = mount.get("recursiveReadOnly")
    if recursive is None or recursive == "Disabled":
        return
    yield from one_of(f"{path}.recursiveReadOnly", recursive, ("Disabled", "Enabled", "IfPossible"))
    if recursive in ("Enabled", "IfPossible"):
        if not mount.get("readOnly"):
            yield forbidden(f"{path}.recursiveReadOnly", "may only be specified when readOnly is true")
        if way not in (None, "None"):
            yield forbidden(f"{path}.recursiveReadOnly", "may only be specified without mountPropagation")


def devices(path: str, container: FrozenMap, known: Mapping[str, FrozenMap]) -> Causes:
    """Yield what is wrong with a container's volumeDevices."""
    mounted = container.get("volumeMounts") or ()
    seen_names: set[str] = set()
    seen_paths: set[str] = set()
    for index, device in enumerate(container.get("volumeDevices") or ()):
        here, name, target = f"{path}[{index}]", device.get("name", ""), device.get("devicePath", "")
        yield from _device_name(f"{here}.name", name, known)
        if not target:
            yield required(f"{here}.devicePath")
        for field, value, seen in (("name", name, seen_names), ("devicePath", target, seen_paths)):
            if value in seen:
                yield invalid(f"{here}.{field}", value, "must be unique")
        seen_names |= {name} - {""}
        if ".." in target.split("/"):
            yield invalid(f"{here}.devicePath", target, "must not contain '..'")
        else:
            seen_paths.add(target)
        if any(name == mount.get("name") for mount in mounted):
            yield invalid(f"{here}.name", name, "must not already exist in volumeMounts")
        if any(target == mount.get("mountPath") for mount in mounted):
            yield invalid(f"{here}.devicePath", target, "must not already exist as a path in volumeMounts")


def _device_name(field: str, name: str, known: Mapping[str, FrozenMap]) -> Causes:
    if not name:
        yield required(field)
    if name not in known:
        yield not_found(field, name)
    elif "persistentVolumeClaim" not in known[name] and "ephemeral" not in known[name]:
        yield invalid(field, name, "block mode needs a PersistentVolumeClaim or an ephemeral volume")

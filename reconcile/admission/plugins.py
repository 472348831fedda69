"""Mutating admission: what a stock cluster adds to Pods before they are validated (contract api 5.2).

Rules
1. A pod tolerates not-ready and unreachable nodes for five minutes, unless it already says how it treats them.
2. Priority is resolved from the priority class; there are no classes but the two built in, so a pod without one gets
   priority 0. A priority or policy that contradicts the class is Forbidden, and so is a class that does not exist.
3. On update a priority that is left out is the stored one.
"""

from typing import Final

from reconcile.admission.once import once
from reconcile.admission.schema import in_order
from reconcile.model.json import EMPTY, FrozenList, FrozenMap
from reconcile.outcome import Reason, Rejected

_BUILT_IN: Final = {"": 0, "system-cluster-critical": 2000000000, "system-node-critical": 2000001000}
_PREEMPTION: Final = "PreemptLowerPriority"
_OUTAGES: Final = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_TOLERATED_SECONDS: Final = 300


def admit_new_pod(pod: FrozenMap) -> FrozenMap | Rejected:
    """Return the *pod* that is being created with tolerations and priority, or why it may not be."""
    spec = _resolved(pod["spec"])
    if isinstance(spec, str):
        name = pod["metadata"].get("name", "")
        return Rejected(Reason.FORBIDDEN, f'pods "{name}" is forbidden: {spec}')
    return FrozenMap({**pod, "spec": spec})


@once
def _resolved(spec: FrozenMap) -> FrozenMap | str:
    """Return *spec* with tolerations and priority, or in words why it is forbidden."""
    if "runtimeClassName" in spec:
        return f"RuntimeClass {spec['runtimeClassName']!r} not found"
    if "overhead" in spec:
        return "overhead may only be set through a RuntimeClass"
    name = spec.get("priorityClassName", "")
    if name not in _BUILT_IN:
        return f"no PriorityClass with name {name} was found"
    resolved = {"priority": _BUILT_IN[name], "preemptionPolicy": _PREEMPTION}
    for field, value in resolved.items():
        if spec.get(field, value) != value:
            return f"spec.{field}: {spec[field]} is not {value}, computed from the priority class"
    return in_order("v1.PodSpec", {**spec, **resolved, **_tolerations(spec)})


def admit_updated_pod(pod: FrozenMap, old: FrozenMap) -> FrozenMap:
    """Return the *pod* that replaces *old* with what a client may leave out."""
    spec, stored = pod["spec"], old.get("spec") or EMPTY
    kept = {key: stored[key] for key in ("priority", "preemptionPolicy") if key in stored and key not in spec}
    added = {**kept, **_tolerations(spec)}
    return FrozenMap({**pod, "spec": in_order("v1.PodSpec", {**spec, **added})}) if added else pod


def _tolerations(spec: FrozenMap) -> FrozenMap:
    given = spec.get("tolerations") or ()
    missing = [key for key in _OUTAGES if not any(_covers(toleration, key) for toleration in given)]
    if not missing:
        return EMPTY
    added = [
        FrozenMap(key=key, operator="Exists", effect="NoExecute", tolerationSeconds=_TOLERATED_SECONDS)
        for key in missing
    ]
    return FrozenMap(tolerations=FrozenList([*given, *added]))


def _covers(toleration: FrozenMap, key: str) -> bool:
    return toleration.get("key", "") in ("", key) and toleration.get("effect", "") in ("", "NoExecute")

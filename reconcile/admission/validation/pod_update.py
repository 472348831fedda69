"""What a Pod's update may change (contract api 5.4)."""

from collections.abc import Sequence
from typing import Final

from reconcile.admission.causes import Causes, forbidden, invalid
from reconcile.admission.decode import same_meaning
from reconcile.admission.validation.pod import changed_annotations, pod_shape
from reconcile.model.json import EMPTY, FrozenList, FrozenMap, Json

_GROUPS: Final = ("containers", "initContainers")
_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_LONGEST_DEADLINE: Final = 2**31 - 1


def updated_pod(new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what is wrong with a Pod's update."""
    spec, stored = new["spec"], old["spec"]
    yield from pod_shape(new)
    yield from changed_annotations(new, old)
    for group in _GROUPS:
        if len(spec.get(group) or ()) != len(stored.get(group) or ()):
            # Containers cannot be told apart any more, so nothing further can be said.
            yield forbidden(f"spec.{group}", "pod updates may not add or remove containers")
            return
    late = list(_deadline(spec, stored))
    yield from late
    if late and "activeDeadlineSeconds" in spec:
        return
    yield from _tolerations(spec.get("tolerations") or (), stored.get("tolerations") or ())
    yield from _gates(spec.get("schedulingGates") or (), stored.get("schedulingGates") or ())
    gated = bool(stored.get("schedulingGates"))
    if gated:
        yield from _gated(spec, stored)
    if not same_meaning("Pod", "spec", spec, _with_free_fields(spec, stored, gated=gated)):
        why = (
            "pod updates may not change fields other than container images, activeDeadlineSeconds, "
            "terminationGracePeriodSeconds (if it was negative) and tolerations (only additions)"
        )
        yield forbidden("spec", why)


def _deadline(spec: FrozenMap, stored: FrozenMap) -> Causes:
    field = "spec.activeDeadlineSeconds"
    new, old = spec.get("activeDeadlineSeconds"), stored.get("activeDeadlineSeconds")
    if new is not None and not 0 <= new <= _LONGEST_DEADLINE:
        yield invalid(field, new, f"must be between 0 and {_LONGEST_DEADLINE}, inclusive")
    elif old is not None and (new is None or new > old):
        yield invalid(field, new, "must be less than or equal to the previous value")


def _tolerations(new: Sequence[FrozenMap], old: Sequence[FrozenMap]) -> Causes:
    kept = [_unhurried(toleration) for toleration in new]
    if any(_unhurried(toleration) not in kept for toleration in old):
        yield forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")


def _unhurried(toleration: FrozenMap) -> FrozenMap:
    return FrozenMap({key: value for key, value in toleration.items() if key != "tolerationSeconds"})


def _gates(new: Sequence[FrozenMap], old: Sequence[FrozenMap]) -> Causes:
    known = [gate.get("name") for gate in old]
    for index, gate in enumerate(new):
        if gate.get("name") not in known:
            yield forbidden(f"spec.schedulingGates[{index}].name", "only deletion is allowed")


# --- gated pods ------------------------------------------------------------------------------------------------


def _gated(spec: FrozenMap, stored: FrozenMap) -> Causes:
    selector = spec.get("nodeSelector") or EMPTY
    for key, value in (stored.get("nodeSelector") or EMPTY).items():
        if selector.get(key) != value:
            yield invalid("spec.nodeSelector", selector, "only additions are allowed (no mutations or deletions)")
            break
    yield from _narrowed(_terms(spec), _terms(stored))


def _terms(spec: FrozenMap) -> FrozenList | None:
    node = (spec.get("affinity") or EMPTY).get("nodeAffinity") or EMPTY
    required = node.get(_REQUIRED)
    return None if required is None else (required.get("nodeSelectorTerms") or FrozenList())


def _narrowed(new: FrozenList | None, old: FrozenList | None) -> Causes:
    """Yield where required node affinity grew wider; setting it is fine, and so is adding to each term."""
    path = f"spec.affinity.nodeAffinity.{_REQUIRED}.nodeSelectorTerms"
    if old is None:
        return
    if len(new or ()) != len(old):
        yield invalid(path, new, "no additions/deletions to non-empty NodeSelectorTerms list are allowed")
        return
    for index, (was, now) in enumerate(zip(old, new or (), strict=True)):
        fields = ("matchExpressions", "matchFields")
        empty = not any(was.get(field) for field in fields)
        changed = any(not _extends(now.get(field), was.get(field)) for field in fields)
        if changed or (empty and was != now):
            yield invalid(f"{path}[{index}]", now, "only additions are allowed (no mutations or deletions)")


def _extends(now: FrozenList | None, was: FrozenList | None) -> bool:
    return list((now or ())[: len(was or ())]) == list(was or ())


# --- what may change -------------------------------------------------------------------------------------------


def _with_free_fields(spec: FrozenMap, stored: FrozenMap, *, gated: bool) -> FrozenMap:
    """Return the *stored* spec with those fields of *spec* that may change, or are reported on their own."""
    free = ["activeDeadlineSeconds", "tolerations", "schedulingGates"]
    if gated:
        free += ["nodeSelector"]
    if stored.get("terminationGracePeriodSeconds", 0) < 0 and spec.get("terminationGracePeriodSeconds") == 1:
        free += ["terminationGracePeriodSeconds"]
    out = {key: value for key, value in stored.items() if key not in free}
    out |= {key: spec[key] for key in free if key in spec}
    for group in _GROUPS:
        if stored.get(group):
            out[group] = FrozenList([_with_image(*pair) for pair in zip(stored[group], spec[group], strict=True)])
    if gated:
        _free_affinity(out, spec)
    return FrozenMap(out)


def _with_image(container: FrozenMap, new: FrozenMap) -> FrozenMap:
    out = {key: value for key, value in container.items() if key != "image"}
    return FrozenMap({**out, **({"image": new["image"]} if "image" in new else {})})


def _free_affinity(out: dict[str, Json], spec: FrozenMap) -> None:
    """Let the node affinity of a gated pod be what *spec* says; all the rest of affinity stays."""
    new, old = spec.get("affinity"), out.get("affinity")
    kept = {key: value for key, value in (old or EMPTY).items() if key != "nodeAffinity"}
    if "nodeAffinity" in (new or EMPTY):
        kept["nodeAffinity"] = (new or EMPTY)["nodeAffinity"]
    if kept or new is not None:
        out["affinity"] = FrozenMap(kept)
    else:
        out.pop("affinity", None)

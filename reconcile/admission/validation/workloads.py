"""ReplicaSet, Deployment, StatefulSet, DaemonSet, and the small kinds beside them.

Rules (contract api 6.1-6.4, 6.7, 6.8)
1. A selector must be there, must select something, and must take the pods of the template; it never changes.
2. Pods of these workloads run forever: restartPolicy is Always, and there is no deadline.
3. The parameters of a rolling update belong to that strategy only. A rollout must be able to move: a Deployment may not
   have both maxSurge and maxUnavailable 0, and of a DaemonSet's just one is not.
4. Of a StatefulSet only what the message lists may change; one that got in with a bad template may keep it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from reconcile.admission.causes import (
    IMMUTABLE,
    Causes,
    at_least_zero,
    broken,
    forbidden,
    invalid,
    not_supported,
    one_of,
    required,
)
from reconcile.admission.decode import same_meaning
from reconcile.admission.validation import claim
from reconcile.admission.validation import pod as of_pod
from reconcile.admission.validation.metadata import template_metadata
from reconcile.admission.validation.selectors import converted, label_selector
from reconcile.model import names
from reconcile.model.intstr import is_percent
from reconcile.model.json import EMPTY, FrozenMap, Json, look

_TEMPLATE: Final = "spec.template"
_MISMATCH: Final = "`selector` does not match template `labels`"


# --- what they share -------------------------------------------------------------------------------------------


def _numbers(obj: FrozenMap, fields: Sequence[str]) -> Causes:
    for field in fields:
        yield from at_least_zero(f"spec.{field}", obj["spec"].get(field))


def _selector(obj: FrozenMap) -> Causes:
    """Yield what is wrong with a selector that must be there and select something."""
    selector = obj["spec"].get("selector")
    if selector is None:
        yield required("spec.selector")
        return
    yield from label_selector("spec.selector", selector)
    if not selector:
        yield invalid("spec.selector", selector, "empty selector is invalid")
    if converted(selector) is None:
        yield invalid("spec.selector", selector, "invalid label selector")


def _template(obj: FrozenMap, *, checked: bool = True) -> Causes:
    """Yield what is wrong with the template of pods that run forever; nothing if the selector is inconvertible."""
    template = obj["spec"]["template"]
    selector = converted(obj["spec"].get("selector"))
    if selector is None:
        return
    if not selector.matches(_labels(template)):
        yield invalid(f"{_TEMPLATE}.metadata.labels", _labels(template), _MISMATCH)
    if checked:
        yield from of_pod.template(_TEMPLATE, template)
    else:
        yield from template_metadata(_TEMPLATE, template)
    yield from _forever(template["spec"])


def _labels(template: FrozenMap) -> FrozenMap:
    labels: FrozenMap = look(template, "metadata", "labels") or EMPTY
    return labels


def _forever(spec: FrozenMap) -> Causes:
    if spec.get("restartPolicy") != "Always":
        yield not_supported(f"{_TEMPLATE}.spec.restartPolicy", spec.get("restartPolicy"), ("Always",))
    if "activeDeadlineSeconds" in spec:
        yield forbidden(f"{_TEMPLATE}.spec.activeDeadlineSeconds", "may not be set where pods run forever")


def int_or_percent(field: str, value: Json) -> Causes:
    """Yield what is wrong with a count that may be a percentage (contract api 4.1).

    >>> list(int_or_percent("maxSurge", "25%")), [cause.field for cause in int_or_percent("maxSurge", "25")]
    ([], ['maxSurge'])
    """
    if isinstance(value, str):
        if not is_percent(value):
            yield invalid(field, value, "a valid percent string must be a numeric string followed by an ending '%'")
    else:
        yield from at_least_zero(field, value)


def at_most_all(field: str, value: Json) -> Causes:
    """Yield a cause if *value* is a percentage of more than the whole."""
    if isinstance(value, str) and is_percent(value) and int(value[:-1]) > 100:
        yield invalid(field, value, "must not be greater than 100%")


def _amount(value: Json) -> int:
    """Return what "is it zero?" is asked of: a percentage counts with its number."""
    if not isinstance(value, str):
        return value or 0
    digits = value.removesuffix("%") if is_percent(value) else value
    return int(digits) if _WHOLE.fullmatch(digits) else 0


_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}")


def _fixed(new: FrozenMap, old: FrozenMap, fields: Sequence[str]) -> Causes:
    for field in fields:
        if new["spec"].get(field) != old["spec"].get(field):
            yield invalid(f"spec.{field}", new["spec"].get(field), IMMUTABLE)


# --- ReplicaSet ------------------------------------------------------------------------------------------------


def replica_set(obj: FrozenMap) -> Causes:
    """Yield what is wrong with a ReplicaSet's spec."""
    yield from _numbers(obj, ("replicas", "minReadySeconds"))
    yield from _selector(obj)
    yield from _template(obj)


def updated_replica_set(new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what a ReplicaSet's update may not change."""
    yield from _fixed(new, old, ("selector",))


# --- Deployment ------------------------------------------------------------------------------------------------


def deployment(obj: FrozenMap) -> Causes:
    """Yield what is wrong with a Deployment's spec."""
    spec = obj["spec"]
    yield from _numbers(obj, ("replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"))
    yield from _selector(obj)
    yield from _template(obj)
    yield from _deployment_strategy("spec.strategy", spec["strategy"])
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= spec.get("minReadySeconds", 0):
        yield invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")


def _deployment_strategy(path: str, strategy: FrozenMap) -> Causes:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind == "Recreate":
        if rolling is not None:
            yield forbidden(f"{path}.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
    elif kind != "RollingUpdate":
        yield not_supported(path, kind, ("Recreate", "RollingUpdate"))
    elif rolling is not None:
        unavailable, surge = rolling.get("maxUnavailable"), rolling.get("maxSurge")
        yield from int_or_percent(f"{path}.rollingUpdate.maxUnavailable", unavailable)
        yield from int_or_percent(f"{path}.rollingUpdate.maxSurge", surge)
        if _amount(unavailable) == 0 and _amount(surge) == 0:
            why = "may not be 0 when `maxSurge` is 0"
            yield invalid(f"{path}.rollingUpdate.maxUnavailable", unavailable, why)
        yield from at_most_all(f"{path}.rollingUpdate.maxUnavailable", unavailable)


# --- DaemonSet -------------------------------------------------------------------------------------------------


def daemon_set(obj: FrozenMap) -> Causes:
    """Yield what is wrong with a DaemonSet's spec."""
    selector = obj["spec"].get("selector")
    yield from label_selector("spec.selector", selector)
    # contract api 6.4: a missing selector shows as labels that nothing matches
    if selector is not None and not selector:
        yield invalid("spec.selector", selector, "empty selector is invalid for daemonset")
    if converted(selector) is None:
        yield from of_pod.template(_TEMPLATE, obj["spec"]["template"])
        yield from _forever(obj["spec"]["template"]["spec"])
    yield from _template(obj)
    yield from _numbers(obj, ("minReadySeconds", "revisionHistoryLimit"))
    yield from _daemon_strategy("spec.updateStrategy", obj["spec"]["updateStrategy"])


def _daemon_strategy(path: str, strategy: FrozenMap) -> Causes:
    kind = strategy.get("type")
    if kind == "OnDelete":
        return
    if kind != "RollingUpdate":
        yield not_supported(path, kind, ("OnDelete", "RollingUpdate"))
        return
    rolling = strategy.get("rollingUpdate") or EMPTY
    for field in ("maxUnavailable", "maxSurge"):
        yield from int_or_percent(f"{path}.rollingUpdate.{field}", rolling.get(field))
        yield from at_most_all(f"{path}.rollingUpdate.{field}", rolling.get(field))
    unavailable, surge = _amount(rolling.get("maxUnavailable")), _amount(rolling.get("maxSurge"))
    if unavailable != 0 and surge != 0:
        yield invalid(
            f"{path}.rollingUpdate.maxSurge",
            rolling.get("maxSurge"),
            "may not be set when maxUnavailable is non-zero",
        )
    if unavailable == 0 and surge == 0:
        yield required(f"{path}.rollingUpdate.maxUnavailable", "cannot be 0 when maxSurge is 0")


# --- StatefulSet -----------------------------------------------------------------------------------------------

_FREE: Final = frozenset(
    {
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    }
)


def new_stateful_set(obj: FrozenMap) -> Causes:
    """Yield what is wrong with a StatefulSet that is being created."""
    yield from stateful_set(obj)
    name = obj["spec"].get("serviceName")
    if name:
        yield from broken("spec.serviceName", name, names.dns_label(name))


def stateful_set(obj: FrozenMap, *, template_checked: bool = True) -> Causes:
    """Yield what is wrong with a StatefulSet's spec."""
    spec = obj["spec"]
    policy = spec.get("podManagementPolicy")
    if policy not in ("OrderedReady", "Parallel"):
        yield invalid("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")
    yield from _stateful_strategy("spec.updateStrategy", spec["updateStrategy"])
    for field, value in spec["persistentVolumeClaimRetentionPolicy"].items():
        yield from one_of(f"spec.persistentVolumeClaimRetentionPolicy.{field}", value, ("Delete", "Retain"))
    yield from _numbers(obj, ("replicas", "minReadySeconds"))
    yield from at_least_zero("spec.ordinals.start", look(spec, "ordinals", "start"))
    yield from _selector(obj)
    claims = spec.get("volumeClaimTemplates") or ()
    for index, template in enumerate(claims):
        yield from claim.claim_spec(f"spec.volumeClaimTemplates[{index}].spec", template["spec"])
    named = [look(template, "metadata", "name") or "" for template in claims]
    with_volumes = FrozenMap({**spec, "template": of_pod.with_claims(spec["template"], named)})
    yield from _template(FrozenMap({**obj, "spec": with_volumes}), checked=template_checked)


def _stateful_strategy(path: str, strategy: FrozenMap) -> Causes:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind == "OnDelete":
        if rolling is not None:
            why = "only allowed for updateStrategy 'RollingUpdate'"
            yield invalid(f"{path}.rollingUpdate", rolling, why)
    elif kind == "RollingUpdate":
        yield from at_least_zero(f"{path}.rollingUpdate.partition", look(rolling, "partition"))
    else:
        yield invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'")


def updated_stateful_set(new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what is wrong with a StatefulSet's update."""
    # contract api 6.3: whoever got in with a bad template may keep it
    sound = next(stateful_set(old), None) is None
    yield from stateful_set(new, template_checked=sound)
    if not same_meaning("StatefulSet", "spec", _bound(new), _bound(old)):
        yield forbidden("spec", f"updates to fields other than {', '.join(sorted(_FREE))} are forbidden")


def _bound(obj: FrozenMap) -> FrozenMap:
    return FrozenMap({key: value for key, value in obj["spec"].items() if key not in _FREE})


# --- ControllerRevision, PodDisruptionBudget -------------------------------------------------------------------


def controller_revision(obj: FrozenMap) -> Causes:
    """Yield what is wrong with a ControllerRevision."""
    if not isinstance(obj.get("data"), dict):
        yield required("data", "data is mandatory and must be an object")
    yield from at_least_zero("revision", obj.get("revision", 0))


def updated_controller_revision(new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what a ControllerRevision's update may not change."""
    yield from controller_revision(new)
    # Compared as text: 1.0 in the place of 1 is a change.
    if not _same_text(new.get("data"), old.get("data")):
        yield invalid("data", new.get("data"), IMMUTABLE)


def _same_text(one: Json, other: Json) -> bool:
    if type(one) is not type(other) or one != other:
        return False
    return all(_same_text(*pair) for pair in _pairs(one, other))


def _pairs(one: Json, other: Json) -> Iterator[tuple[Json, Json]]:
    if isinstance(one, Mapping):
        return iter([(one[key], other[key]) for key in one])
    return iter(zip(one, other, strict=True)) if isinstance(one, list) else iter(())


def budget(obj: FrozenMap) -> Causes:
    """Yield what is wrong with a PodDisruptionBudget's spec."""
    spec = obj["spec"]
    if "minAvailable" in spec and "maxUnavailable" in spec:
        yield invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set")
    for field in ("minAvailable", "maxUnavailable"):
        if field in spec:
            yield from int_or_percent(f"spec.{field}", spec[field])
            yield from at_most_all(f"spec.{field}", spec[field])
    yield from label_selector("spec.selector", spec.get("selector"))
    policy = spec.get("unhealthyPodEvictionPolicy")
    if policy is not None:
        supported = ("AlwaysAllow", "IfHealthyBudget")
        yield from one_of("spec.unhealthyPodEvictionPolicy", policy, supported)

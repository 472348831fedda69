"""Jobs. *path* is `spec`, or `spec.jobTemplate.spec` in a CronJob.

Rules (contract api 6.5)
1. Labels and selector of a Job are those that the server generates, unless `manualSelector` says that they are the
   user's. So a selector of the user's own, without that, is refused twice: at the selector and at the labels.
2. Fields of indexes need Indexed mode, and the more completions there are, the less may run at once or fail.
3. Pods of a Job end: restartPolicy is OnFailure or Never, and Never where failures are judged by a policy.
4. The template is fixed. Of a suspended Job whose pods never ran or are all gone, that part may change which says where
   pods run and what they get.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from reconcile.admission.causes import (
    IMMUTABLE,
    Causes,
    at_least_zero,
    broken,
    duplicate,
    invalid,
    not_supported,
    one_of,
    required,
    too_long,
    too_many,
)
from reconcile.admission.decode import same_meaning
from reconcile.admission.validation import pod as of_pod
from reconcile.admission.validation.selectors import converted, label_selector
from reconcile.model import names
from reconcile.model.json import EMPTY, FrozenList, FrozenMap, look

CONTROLLER_UID: Final = "batch.kubernetes.io/controller-uid"
JOB_NAME: Final = "batch.kubernetes.io/job-name"
LEGACY_UID: Final = "controller-uid"
LEGACY_NAME: Final = "job-name"

_COUNTS: Final = (
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
)
_MANY: Final = 100000
_FEW: Final = 10000
_RULES: Final = 20
_EXIT_CODES: Final = 255
_ACTIONS: Final = ("Count", "FailIndex", "FailJob", "Ignore")
_HTTP_PATH: Final = re.compile(r"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+", re.ASCII)
_FIXED: Final = ("completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy")


def job(obj: FrozenMap) -> Causes:
    """Yield what is wrong with a Job, apart from its metadata."""
    spec = obj["spec"]
    yield from _generated(obj, prefixed=True)
    yield from job_spec("spec", spec)
    yield from _selector(spec)
    yield from _host_names(obj)


def _host_names(obj: FrozenMap) -> Causes:
    spec = obj["spec"]
    completions = spec.get("completions") or 0
    if spec.get("completionMode") == "Indexed" and completions > 0:
        longest = f"{obj['metadata'].get('name', '')}-{completions - 1}"
        yield from broken("metadata.name", longest, names.dns_label(longest))


def _selector(spec: FrozenMap) -> Causes:
    if "selector" not in spec:
        yield required("spec.selector")
    yield from label_selector("spec.selector", spec.get("selector"))
    selector = converted(spec.get("selector"))
    labels = look(spec, "template", "metadata", "labels") or EMPTY
    if selector is not None and not selector.matches(labels):
        yield invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")


def _generated(obj: FrozenMap, *, prefixed: bool) -> Causes:
    """Yield where labels and selector differ from the generated ones; with a manual selector they may."""
    spec = obj["spec"]
    if spec.get("manualSelector") or "selector" not in spec:
        return
    uid, name = obj["metadata"].get("uid", ""), obj["metadata"].get("name", "")
    expected = {LEGACY_UID: uid, LEGACY_NAME: name}
    if prefixed:
        expected |= {CONTROLLER_UID: uid, JOB_NAME: name}
    labels = look(spec, "template", "metadata", "labels") or EMPTY
    for key, value in expected.items():
        field = f"spec.template.metadata.labels[{key}]"
        if key not in labels:
            yield required(field, f"must be '{value}'")
        elif labels[key] != value:
            yield invalid(field, labels[key], f"must be '{value}'")
    selector = converted(spec["selector"])
    if selector is not None and not selector.matches(expected):
        yield invalid("spec.selector", spec["selector"], "`selector` not auto-generated")


def job_spec(path: str, spec: FrozenMap) -> Causes:
    """Yield what is wrong with a Job's spec, whoever will own it."""
    for field in _COUNTS:
        yield from at_least_zero(f"{path}.{field}", spec.get(field))
    yield from _modes(path, spec)
    yield from _managed_by(f"{path}.managedBy", spec.get("managedBy"))
    if "podFailurePolicy" in spec:
        yield from _failure_policy(f"{path}.podFailurePolicy", spec)
    if "successPolicy" in spec:
        yield from _success_policy(f"{path}.successPolicy", spec)
    policy = spec.get("podReplacementPolicy")
    if policy is not None:
        failed_only = "podFailurePolicy" in spec
        supported = ("Failed",) if failed_only else ("Failed", "TerminatingOrFailed")
        yield from one_of(f"{path}.podReplacementPolicy", policy, supported)
    yield from of_pod.template(f"{path}.template", spec["template"])
    yield from _restarts(f"{path}.template.spec.restartPolicy", spec)


def _restarts(field: str, spec: FrozenMap) -> Causes:
    policy = spec["template"]["spec"].get("restartPolicy", "")
    if policy in ("Always", ""):
        yield required(field, "valid values: OnFailure, Never")
    elif policy not in ("OnFailure", "Never"):
        yield not_supported(field, policy, ("OnFailure", "Never"))
    elif "podFailurePolicy" in spec and policy != "Never":
        yield invalid(field, policy, "only 'Never' is supported when podFailurePolicy is specified")


def _modes(path: str, spec: FrozenMap) -> Causes:
    mode = spec.get("completionMode")
    if "maxFailedIndexes" in spec and "backoffLimitPerIndex" not in spec:
        yield required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified")
    if mode is not None and mode not in ("Indexed", "NonIndexed"):
        yield not_supported(f"{path}.completionMode", mode, ("Indexed", "NonIndexed"))
    if mode == "Indexed":
        yield from _indexed(path, spec)
    if mode in (None, "NonIndexed"):
        for field in ("backoffLimitPerIndex", "maxFailedIndexes"):
            if field in spec:
                yield invalid(f"{path}.{field}", spec[field], "requires indexed completion mode")


def _indexed(path: str, spec: FrozenMap) -> Causes:
    completions, parallelism = spec.get("completions"), spec.get("parallelism", 0)
    failed = spec.get("maxFailedIndexes")
    if completions is None:
        yield required(f"{path}.completions", "when completion mode is Indexed")
    if parallelism > _MANY:
        yield invalid(f"{path}.parallelism", parallelism, f"must be less than or equal to {_MANY}")
    if failed is not None and completions is not None and failed > completions:
        yield invalid(f"{path}.maxFailedIndexes", failed, "must be less than or equal to completions")
    if failed is not None and failed > _MANY:
        yield invalid(f"{path}.maxFailedIndexes", failed, f"must be less than or equal to {_MANY}")
    if completions is None or completions <= _MANY or "backoffLimitPerIndex" not in spec:
        return
    if failed is None:
        yield required(f"{path}.maxFailedIndexes", f"must be specified when completions is above {_MANY}")
    elif failed > _FEW:
        yield invalid(f"{path}.maxFailedIndexes", failed, f"must be less than or equal to {_FEW}")
    if parallelism > _FEW:
        yield invalid(f"{path}.parallelism", parallelism, f"must be less than or equal to {_FEW}")


def _managed_by(field: str, value: str | None) -> Causes:
    if value is None:
        return
    host, _, rest = value.partition("/")
    if not value:
        yield required(field)
    elif not host or not rest:
        yield invalid(field, value, 'must be a domain-prefixed path (such as "acme.io/foo")')
    else:
        yield from broken(field, value, names.dns_subdomain(host))
        if not _HTTP_PATH.fullmatch(rest):
            yield invalid(field, value, "must have a path of URL characters")
    if len(value.encode("utf-8", "surrogatepass")) > 63:
        yield too_long(field, 63)


# --- pod failure policy ----------------------------------------------------------------------------------------


def _failure_policy(path: str, spec: FrozenMap) -> Causes:
    rules = spec["podFailurePolicy"].get("rules") or ()
    if len(rules) > _RULES:
        yield too_many(f"{path}.rules", len(rules), _RULES)
    pod = spec["template"]["spec"]
    containers = {item.get("name", "") for group in ("containers", "initContainers") for item in pod.get(group) or ()}
    for index, rule in enumerate(rules):
        yield from _rule(f"{path}.rules[{index}]", rule, containers, per_index="backoffLimitPerIndex" in spec)


def _rule(path: str, rule: FrozenMap, containers: set[str], *, per_index: bool) -> Causes:
    action = rule.get("action", "")
    if not action:
        yield required(f"{path}.action", f"valid values: {', '.join(_ACTIONS)}")
    elif action == "FailIndex" and not per_index:
        yield invalid(f"{path}.action", action, "requires the backoffLimitPerIndex to be set")
    elif action not in _ACTIONS:
        yield not_supported(f"{path}.action", action, _ACTIONS)
    if "onExitCodes" in rule:
        yield from _exit_codes(f"{path}.onExitCodes", rule["onExitCodes"], containers)
    conditions = rule.get("onPodConditions") or ()
    if conditions:
        yield from _conditions(f"{path}.onPodConditions", conditions)
    if ("onExitCodes" in rule) == bool(conditions):
        yield invalid(path, rule, "must specify either onExitCodes or onPodConditions")


def _exit_codes(path: str, given: FrozenMap, containers: set[str]) -> Causes:
    operator, values = given.get("operator", ""), given.get("values") or ()
    if not operator:
        yield required(f"{path}.operator", "valid values: In, NotIn")
    elif operator not in ("In", "NotIn"):
        yield not_supported(f"{path}.operator", operator, ("In", "NotIn"))
    name = given.get("containerName")
    if name is not None and name not in containers:
        yield invalid(f"{path}.containerName", name, "must be a container or initContainer of the template")
    if not values:
        yield invalid(f"{path}.values", [], "at least one value is required")
    elif len(values) > _EXIT_CODES:
        yield too_many(f"{path}.values", len(values), _EXIT_CODES)
    seen: set[int] = set()
    for index, value in enumerate(values):
        if operator == "In" and value == 0:
            yield invalid(f"{path}.values[{index}]", value, "must not be 0 for the In operator")
        if value in seen:
            yield duplicate(f"{path}.values[{index}]", value)
        seen.add(value)
    if list(values) != sorted(values):
        yield invalid(f"{path}.values", values, "must be ordered")


def _conditions(path: str, conditions: Sequence[FrozenMap]) -> Causes:
    if len(conditions) > _RULES:
        yield too_many(path, len(conditions), _RULES)
    for index, condition in enumerate(conditions):
        kind = condition.get("type", "")
        yield from broken(f"{path}[{index}].type", kind, names.qualified_name(kind))
        yield from one_of(f"{path}[{index}].status", condition.get("status"), ("False", "True", "Unknown"))


# --- success policy --------------------------------------------------------------------------------------------


def _success_policy(path: str, spec: FrozenMap) -> Causes:
    if spec.get("completionMode") != "Indexed":
        yield invalid(path, spec["successPolicy"], "requires indexed completion mode")
        return
    rules = spec["successPolicy"].get("rules") or ()
    if not rules:
        yield required(f"{path}.rules", "at least one rule must be specified")
    if len(rules) > _RULES:
        yield too_many(f"{path}.rules", len(rules), _RULES)
    for index, rule in enumerate(rules):
        yield from _success_rule(f"{path}.rules[{index}]", rule, spec.get("completions", 0))


def _success_rule(path: str, rule: FrozenMap, completions: int) -> Causes:
    indexes, count = rule.get("succeededIndexes"), rule.get("succeededCount")
    if indexes is None and count is None:
        yield required(path, "at least one of succeededCount or succeededIndexes must be specified")
    listed = None
    if indexes is not None:
        try:
            listed = count_indexes(indexes, completions)
        except ValueError as error:
            yield invalid(f"{path}.succeededIndexes", indexes, str(error))
            listed = 0
    if count is None:
        return
    yield from at_least_zero(f"{path}.succeededCount", count)
    if count > completions:
        yield invalid(f"{path}.succeededCount", count, f"must be at most {completions}, the completions")
    if listed is not None and count > listed:
        yield invalid(f"{path}.succeededCount", count, f"must be at most {listed}, the listed indexes")


def count_indexes(text: str, completions: int) -> int:
    """Return how many indexes a list such as `0,2-4` names; raise ValueError if it is no ascending list of them.

    >>> count_indexes("0,2-4", 5), count_indexes("", 5)
    (4, 0)
    """
    last, total = -1, 0
    for interval in text.split(",") if text else ():
        first, *rest = [_index(part) for part in interval.split("-")]
        if len(rest) > 1:
            raise ValueError(f"{interval!r} is no interval such as 2-4")
        if first <= last:
            raise ValueError(f"indexes must ascend, but {first} follows {last}")
        if rest and rest[0] <= first:
            raise ValueError(f"{interval!r} must ascend")
        last = rest[0] if rest else first
        if last >= completions:
            raise ValueError(f"index {last} must be less than the completions, {completions}")
        total += last - first + 1
    return total


def _index(text: str) -> int:
    if not _NUMBER.fullmatch(text) or len(text) > 18:
        raise ValueError(f"{text!r} is no index")
    return int(text)


# --- updates ---------------------------------------------------------------------------------------------------


def updated_job(new: FrozenMap, old: FrozenMap) -> Causes:
    """Yield what is wrong with a Job's update."""
    spec, stored = new["spec"], old["spec"]
    labels = look(stored, "template", "metadata", "labels") or EMPTY
    # contract api 6.5: Jobs from before these labels existed need not have them
    yield from _generated(new, prefixed=CONTROLLER_UID in labels and JOB_NAME in labels)
    yield from job_spec("spec", spec)
    yield from _selector(spec)
    yield from _host_names(new)
    if spec.get("completions") != stored.get("completions"):
        if spec.get("completionMode") != "Indexed":
            yield invalid("spec.completions", spec.get("completions"), IMMUTABLE)
        elif "completions" in spec and spec["completions"] != spec.get("parallelism", 0):
            why = "can only be modified in tandem with parallelism"
            yield invalid("spec.completions", spec["completions"], why)
    for field in ("selector", *_FIXED):
        if spec.get(field) != stored.get(field):
            yield invalid(f"spec.{field}", spec.get(field), IMMUTABLE)
    yield from _template_update(spec["template"], stored["template"], mutable=_never_ran(old))


def _never_ran(old: FrozenMap) -> bool:
    status = old.get("status") or EMPTY
    suspended = any(
        condition.get("type") == "Suspended" and condition.get("status") == "True"
        for condition in status.get("conditions") or ()
    )
    idle = not status.get("active") and ("startTime" not in status or suspended)
    return bool(old["spec"].get("suspend")) and idle


def _template_update(new: FrozenMap, old: FrozenMap, *, mutable: bool) -> Causes:
    if not mutable:
        if not same_meaning("Job", "spec", FrozenMap(template=new), FrozenMap(template=old)):
            yield invalid("spec.template", new, IMMUTABLE)
    elif not same_meaning("Pod", "spec", new["spec"], _scheduled_as(old["spec"], new["spec"])):
        yield invalid("spec.template.spec", new["spec"], IMMUTABLE)


def _scheduled_as(old: FrozenMap, new: FrozenMap) -> FrozenMap:
    """Return the pod spec *old* with all that of *new* that a suspended Job may change."""
    out = dict(old)
    for field in ("nodeSelector", "tolerations", "schedulingGates"):
        out.pop(field, None)
        if field in new:
            out[field] = new[field]
    out.pop("affinity", None)
    affinity = _node_affinity_of(old.get("affinity"), new.get("affinity"))
    if affinity is not None:
        out["affinity"] = affinity
    for group in ("containers", "initContainers"):
        if len(old.get(group) or ()) == len(new.get(group) or ()) and old.get(group):
            pairs = zip(old[group], new[group], strict=True)
            out[group] = FrozenList([FrozenMap({**was, "resources": now["resources"]}) for was, now in pairs])
    return FrozenMap(out)


def _node_affinity_of(old: FrozenMap | None, new: FrozenMap | None) -> Mapping[str, object] | None:
    kept = {key: value for key, value in (old or EMPTY).items() if key != "nodeAffinity"}
    if "nodeAffinity" in (new or EMPTY):
        kept["nodeAffinity"] = (new or EMPTY)["nodeAffinity"]
    # Clearing is allowed where there was nothing but node affinity; and an empty affinity is not none.
    return FrozenMap(kept) if kept or new is not None else None

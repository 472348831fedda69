"""Where a pod may run: affinity, tolerations, spreading, gates.

Rules (contract api 5.3)
1. An operator says how many values it takes: some, none, or exactly one. Values of a requirement must be possible
   labels; those of a preference need not be.
2. Among the fields of a node only its name can be asked for.
3. Preferences are weighed from 1 to 100.
4. A toleration with an empty key tolerates everything, so its operator must be Exists; only an eviction, NoExecute, can
   be put off by seconds.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from reconcile.admission.causes import (
    Causes,
    broken,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    one_of,
    required,
)
from reconcile.admission.validation.selectors import label_selector
from reconcile.model import names
from reconcile.model.json import EMPTY, FrozenMap

_EFFECTS: Final = ("NoExecute", "NoSchedule", "PreferNoSchedule")
_WHEN: Final = ("DoNotSchedule", "ScheduleAnyway")
_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED: Final = "preferredDuringSchedulingIgnoredDuringExecution"
_WEIGHT: Final = "must be in the range 1-100"

# How many values an operator takes: at least one, none, exactly one.
_SOME, _NONE, _ONE = "some", "none", "one"
_NODE_OPERATORS: Final[Mapping[str, str]] = {
    "In": _SOME,
    "NotIn": _SOME,
    "Exists": _NONE,
    "DoesNotExist": _NONE,
    "Gt": _ONE,
    "Lt": _ONE,
}


def tolerations(given: Sequence[FrozenMap]) -> Causes:
    """Yield what is wrong with a pod's tolerations."""
    for index, toleration in enumerate(given):
        yield from _toleration(f"tolerations[{index}]", toleration)


def _toleration(path: str, toleration: FrozenMap) -> Causes:
    key, operator, value, effect = (toleration.get(name, "") for name in ("key", "operator", "value", "effect"))
    if key:
        yield from broken(f"{path}.key", key, names.qualified_name(key))
    elif operator != "Exists":
        yield invalid(f"{path}.operator", operator, "operator must be Exists when `key` is empty")
    if "tolerationSeconds" in toleration and effect != "NoExecute":
        yield invalid(f"{path}.effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")
    if operator in ("Equal", ""):
        yield from broken(f"{path}.operator", value, names.label_value(value)[:1])
    elif operator != "Exists":
        yield not_supported(f"{path}.operator", operator, ("Equal", "Exists"))
    elif value:
        yield invalid(f"{path}.operator", operator, "value must be empty when `operator` is 'Exists'")
    if effect:
        yield from one_of(f"{path}.effect", effect, _EFFECTS)


def affinity(given: FrozenMap) -> Causes:
    """Yield what is wrong with a pod's affinity."""
    if "nodeAffinity" in given:
        yield from _node_affinity("affinity.nodeAffinity", given["nodeAffinity"])
    for name in ("podAffinity", "podAntiAffinity"):
        if name in given:
            yield from _pod_affinity(f"affinity.{name}", given[name])


def _node_affinity(path: str, given: FrozenMap) -> Causes:
    if _REQUIRED in given:
        here = f"{path}.{_REQUIRED}.nodeSelectorTerms"
        terms = given[_REQUIRED].get("nodeSelectorTerms") or ()
        if not terms:
            yield required(here, "must have at least one node selector term")
        for index, term in enumerate(terms):
            yield from _node_term(f"{here}[{index}]", term)
            for place, expression in enumerate(term.get("matchExpressions") or ()):
                yield from _node_values(f"{here}[{index}].matchExpressions[{place}]", expression)
    for index, preference in enumerate(given.get(_PREFERRED) or ()):
        here = f"{path}.{_PREFERRED}[{index}]"
        if not 1 <= preference.get("weight", 0) <= 100:
            yield invalid(f"{here}.weight", preference.get("weight", 0), _WEIGHT)
        yield from _node_term(f"{here}.preference", preference["preference"])


def _node_term(path: str, term: FrozenMap) -> Causes:
    for index, expression in enumerate(term.get("matchExpressions") or ()):
        yield from _node_requirement(f"{path}.matchExpressions[{index}]", expression)
    for index, expression in enumerate(term.get("matchFields") or ()):
        yield from _node_field(f"{path}.matchFields[{index}]", expression)


def _node_requirement(path: str, requirement: FrozenMap) -> Causes:
    operator, values = requirement.get("operator", ""), requirement.get("values") or ()
    takes = _NODE_OPERATORS.get(operator)
    if takes is None:
        yield invalid(f"{path}.operator", operator, "not a valid selector operator")
    elif takes is _SOME and not values:
        yield required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif takes is _NONE and values:
        yield forbidden(f"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    elif takes is _ONE and len(values) != 1:
        yield required(f"{path}.values", "must be a single value when `operator` is 'Lt' or 'Gt'")
    key = requirement.get("key", "")
    yield from broken(f"{path}.key", key, names.qualified_name(key))


def _node_values(path: str, requirement: FrozenMap) -> Causes:
    """Yield what is wrong with the values of a requirement; a preference may have any, it just meets no node."""
    for index, value in enumerate(requirement.get("values") or ()):
        yield from broken(f"{path}.values[{index}]", value, names.label_value(value))


def _node_field(path: str, requirement: FrozenMap) -> Causes:
    operator, values = requirement.get("operator", ""), requirement.get("values") or ()
    if operator not in ("In", "NotIn"):
        yield invalid(f"{path}.operator", operator, "not a valid selector operator")
    elif len(values) != 1:
        yield required(f"{path}.values", "must be only one value when `operator` is 'In' or 'NotIn'")
    if requirement.get("key") != "metadata.name":
        yield invalid(f"{path}.key", requirement.get("key", ""), "not a valid field selector key")
        return
    for index, value in enumerate(values):
        yield from broken(f"{path}.values[{index}]", value, names.dns_subdomain(value))


def _pod_affinity(path: str, given: FrozenMap) -> Causes:
    for index, term in enumerate(given.get(_REQUIRED) or ()):
        yield from _pod_term(f"{path}.{_REQUIRED}[{index}]", term)
    for index, preference in enumerate(given.get(_PREFERRED) or ()):
        here = f"{path}.{_PREFERRED}[{index}]"
        if not 1 <= preference.get("weight", 0) <= 100:
            yield invalid(f"{here}.weight", preference.get("weight", 0), _WEIGHT)
        yield from _pod_term(f"{here}.podAffinityTerm", preference["podAffinityTerm"])


def _pod_term(path: str, term: FrozenMap) -> Causes:
    for field in ("labelSelector", "namespaceSelector"):
        yield from label_selector(f"{path}.{field}", term.get(field))
    for name in term.get("namespaces") or ():
        yield from broken(f"{path}.namespace", name, names.dns_label(name))
    yield from _pod_label_keys(path, term, term.get("labelSelector"))
    key = term.get("topologyKey", "")
    if not key:
        yield required(f"{path}.topologyKey", "can not be empty")
    yield from broken(f"{path}.topologyKey", key, names.qualified_name(key))


_WITHOUT_SELECTOR: Final = "must not be specified when labelSelector is not set"
_IN_BOTH: Final = "exists in both matchLabelKeys and labelSelector"


def _pod_label_keys(path: str, term: FrozenMap, selector: FrozenMap | None) -> Causes:
    matching, other = (term.get(field) or () for field in ("matchLabelKeys", "mismatchLabelKeys"))
    for field, keys in (("matchLabelKeys", matching), ("mismatchLabelKeys", other)):
        if keys and selector is None:
            yield forbidden(f"{path}.{field}", _WITHOUT_SELECTOR)
            continue
        for index, key in enumerate(keys):
            yield from broken(f"{path}.{field}[{index}]", key, names.qualified_name(key))
    seen = set((selector or EMPTY).get("matchLabels") or ())
    for expression in (selector or EMPTY).get("matchExpressions") or ():
        key = expression.get("key", "")
        if key in matching and key in seen:
            # Reported at the term, by the place of the key.
            yield invalid(f"{path}[{matching.index(key)}]", key, _IN_BOTH)
        seen.add(key)
    for index, key in enumerate(matching):
        if key in other:
            why = "exists in both matchLabelKeys and mismatchLabelKeys"
            yield invalid(f"{path}.matchLabelKeys[{index}]", key, why)


def _spread_label_keys(field: str, keys: Sequence[str], selector: FrozenMap | None) -> Causes:
    if keys and selector is None:
        yield forbidden(field, _WITHOUT_SELECTOR)
    given = selector or EMPTY
    named = {*(given.get("matchLabels") or ()), *(e.get("key", "") for e in given.get("matchExpressions") or ())}
    for index, key in enumerate(keys):
        yield from broken(f"{field}[{index}]", key, names.qualified_name(key))
        if key in named:
            yield invalid(f"{field}[{index}]", key, _IN_BOTH)


def spread_constraints(given: Sequence[FrozenMap]) -> Causes:
    """Yield what is wrong with a pod's topology spread constraints."""
    for index, constraint in enumerate(given):
        path = f"topologySpreadConstraints[{index}]"
        yield from _constraint(path, constraint)
        pair = (constraint.get("topologyKey", ""), constraint.get("whenUnsatisfiable", ""))
        for other in given[index + 1 :]:
            if pair == (other.get("topologyKey", ""), other.get("whenUnsatisfiable", "")):
                yield duplicate(f"{path}.{{topologyKey, whenUnsatisfiable}}", list(pair))


def _constraint(path: str, constraint: FrozenMap) -> Causes:
    when = constraint.get("whenUnsatisfiable", "")
    if constraint.get("maxSkew", 0) <= 0:
        yield invalid(f"{path}.maxSkew", constraint.get("maxSkew", 0), "must be greater than zero")
    if not constraint.get("topologyKey"):
        yield required(f"{path}.topologyKey", "can not be empty")
    yield from one_of(f"{path}.whenUnsatisfiable", when, _WHEN)
    domains = constraint.get("minDomains")
    if domains is not None:
        if domains <= 0:
            yield invalid(f"{path}.minDomains", domains, "must be greater than zero")
        if when != "DoNotSchedule":
            yield invalid(f"{path}.minDomains", domains, "can only be used with whenUnsatisfiable=DoNotSchedule")
    for field in ("nodeAffinityPolicy", "nodeTaintsPolicy"):
        if field in constraint:
            yield from one_of(f"{path}.{field}", constraint[field], ("Honor", "Ignore"))
    selector = constraint.get("labelSelector")
    yield from _spread_label_keys(f"{path}.matchLabelKeys", constraint.get("matchLabelKeys") or (), selector)
    yield from label_selector(f"{path}.labelSelector", selector)


def gates(spec: FrozenMap) -> Causes:
    """Yield what is wrong with readiness and scheduling gates."""
    for index, gate in enumerate(spec.get("readinessGates") or ()):
        kind = gate.get("conditionType", "")
        yield from broken(f"readinessGates[{index}].conditionType", kind, names.qualified_name(kind))
    seen: set[str] = set()
    for index, gate in enumerate(spec.get("schedulingGates") or ()):
        name = gate.get("name", "")
        yield from broken(f"schedulingGates[{index}]", name, names.qualified_name(name))
        if name in seen:
            yield duplicate(f"schedulingGates[{index}]", name)
        seen.add(name)

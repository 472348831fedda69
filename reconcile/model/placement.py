"""Which nodes a pod may run on: node selector, required node affinity, taints (contract daemonset 5).

One set of rules for whoever places pods: the scheduler and the DaemonSet controller. Preferences are not looked at.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from reconcile.model.intstr import int64
from reconcile.model.json import FrozenMap, look
from reconcile.model.node import Node


def selects(spec: FrozenMap, node: Node) -> bool:
    """Return whether the node selector and the required node affinity of a pod *spec* take *node*."""
    labels = node.meta.labels
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    required = required_affinity(spec)
    return required is None or any(_term(term, node) for term in required.get("nodeSelectorTerms") or ())


def required_affinity(spec: FrozenMap) -> FrozenMap | None:
    """Return the required node affinity of a pod *spec*; None if it has none."""
    required: FrozenMap | None = look(
        spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", default=None
    )
    return required


def _term(term: FrozenMap, node: Node) -> bool:
    expressions = term.get("matchExpressions") or ()
    fields = term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    return all(_expression(e, node.meta.labels) for e in expressions) and all(_field(f, node) for f in fields)


def _expression(requirement: FrozenMap, labels: Mapping[str, str]) -> bool:
    test = _OPERATORS.get(requirement.get("operator", ""))
    values = requirement.get("values") or ()
    return test is not None and test(labels.get(requirement.get("key", "")), values)


def _field(requirement: FrozenMap, node: Node) -> bool:
    values: list[str] = requirement.get("values") or []
    if requirement.get("key") != "metadata.name" or len(values) != 1:
        return False
    tests = {"In": node.name == values[0], "NotIn": node.name != values[0]}
    return tests.get(requirement.get("operator", ""), False)


def _compare(label: str | None, values: Any, sign: int) -> bool:
    if label is None or len(values) != 1:
        return False
    number, bound = int64(label), int64(values[0])
    # Beyond 64 bits a number is none, as in labels.Requirement.Matches.
    return number is not None and bound is not None and (number - bound) * sign > 0


_OPERATORS: Final[dict[str, Callable[[str | None, Any], bool]]] = {
    "In": lambda label, values: label is not None and label in values,
    "NotIn": lambda label, values: bool(values) and (label is None or label not in values),
    "Exists": lambda label, values: label is not None and not values,
    "DoesNotExist": lambda label, values: label is None and not values,
    "Gt": lambda label, values: _compare(label, values, 1),
    "Lt": lambda label, values: _compare(label, values, -1),
}


def pinned(spec: FrozenMap) -> str | None:
    """Return the one node that the required affinity of a pod *spec* names, as the DaemonSet controller writes it."""
    required = required_affinity(spec)
    for term in look(required, "nodeSelectorTerms", default=()):
        for requirement in term.get("matchFields") or ():
            if requirement.get("key") == "metadata.name" and requirement.get("operator") == "In":
                values: list[str] = requirement.get("values") or []
                return values[0] if len(values) == 1 else None
    return None


def tolerates(tolerations: Iterable[FrozenMap], taint: FrozenMap) -> bool:
    """Return whether one of *tolerations* takes *taint*."""
    return any(_tolerates(toleration, taint) for toleration in tolerations)


def _tolerates(toleration: FrozenMap, taint: FrozenMap) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    if toleration.get("key") and toleration["key"] != taint.get("key"):
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Exists":
        return True
    return operator == "Equal" and (toleration.get("value") or "") == (taint.get("value") or "")


def untolerated(tolerations: Iterable[FrozenMap], node: Node, effects: Iterable[str]) -> list[FrozenMap]:
    """Return the taints of *node* with one of *effects* that *tolerations* do not take."""
    wanted = set(effects)
    known = list(tolerations)
    return [taint for taint in node.taints if taint.get("effect") in wanted and not tolerates(known, taint)]

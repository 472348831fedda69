"""Label selectors (contract api 3)."""

from collections.abc import Mapping
from typing import Any

from reconcile.admission.causes import Causes, broken, forbidden, invalid, required
from reconcile.admission.validation.metadata import labels
from reconcile.model.names import label_value, qualified_name
from reconcile.model.selector import OPERATORS, Selector


def label_selector(path: str, selector: Mapping[str, Any] | None) -> Causes:
    """Yield what is wrong with a label selector; none at all is fine."""
    if selector is None:
        return
    yield from labels(f"{path}.matchLabels", selector.get("matchLabels"))
    for index, expression in enumerate(selector.get("matchExpressions") or ()):
        yield from _expression(f"{path}.matchExpressions[{index}]", expression)


def _expression(path: str, expression: Mapping[str, Any]) -> Causes:
    operator, values = expression.get("operator", ""), expression.get("values") or ()
    if operator not in OPERATORS:
        yield invalid(f"{path}.operator", operator, "not a valid selector operator")
    elif OPERATORS[operator] and not values:
        yield required(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif not OPERATORS[operator] and values:
        yield forbidden(f"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    key = expression.get("key", "")
    yield from broken(f"{path}.key", key, qualified_name(key))
    for index, value in enumerate(values):
        yield from broken(f"{path}.values[{index}]", value, label_value(value))


def converted(selector: Mapping[str, Any] | None) -> Selector | None:
    """Return the parsed selector; None if it cannot be converted."""
    try:
        return Selector.parse(selector)
    except ValueError:
        return None

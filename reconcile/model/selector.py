"""Label selectors: which labels a workload claims (contract api 3).

Rules
1. No selector (null) matches nothing; an empty one matches everything; all requirements must hold.
2. `NotIn` also holds where the label is absent.
3. Parsing says no (ValueError) to what the server cannot convert: an unknown operator, a missing or superfluous list
   of values, a key or value outside the alphabet of labels. Where such a selector is *reported* and at which path is
   the business of validation.
4. Parsing is cached: controllers ask for the selector of the same frozen object in every sync.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from attrs import frozen

from reconcile.model.json import freeze
from reconcile.model.names import label_value, qualified_name

Labels = Mapping[str, str]


@frozen
class Requirement:
    """One condition on labels."""

    key: str
    operator: str
    """`=` (from matchLabels), or `In`, `NotIn`, `Exists`, `DoesNotExist`."""
    values: tuple[str, ...] = ()
    """Sorted, without repeats."""

    def matches(self, labels: Labels) -> bool:
        """Return whether *labels* meet the condition."""
        return _HOLDS[self.operator](labels.get(self.key), self.values)

    def __str__(self) -> str:
        return _TEXT[self.operator].format(key=self.key, values=",".join(self.values))


_HOLDS: Final[Mapping[str, Callable[[str | None, tuple[str, ...]], bool]]] = {
    "=": lambda value, values: value == values[0],
    "In": lambda value, values: value in values,
    "NotIn": lambda value, values: value not in values,
    "Exists": lambda value, _: value is not None,
    "DoesNotExist": lambda value, _: value is None,
}
_TEXT: Final[Mapping[str, str]] = {
    "=": "{key}={values}",
    "In": "{key} in ({values})",
    "NotIn": "{key} notin ({values})",
    "Exists": "{key}",
    "DoesNotExist": "!{key}",
}
OPERATORS: Final[Mapping[str, bool]] = {"In": True, "NotIn": True, "Exists": False, "DoesNotExist": False}
"""The operators of matchExpressions, and whether they need values."""


@frozen
class Selector:
    """A parsed label selector.

    >>> selector = Selector.parse({"matchLabels": {"app": "web"}})
    >>> selector.matches({"app": "web", "tier": "front"}), selector.matches({})
    (True, False)
    """

    requirements: tuple[Requirement, ...] = ()
    """Sorted by key."""
    nothing: bool = False
    """Whether this is the selector that matches nothing."""

    @staticmethod
    def parse(selector: Mapping[str, Any] | None) -> "Selector":
        """Return the selector that the JSON *selector* describes.

        Raise ValueError if the server could not convert it.
        """
        return _parse(freeze(selector))

    @staticmethod
    def of(labels: Labels) -> "Selector":
        """Return the selector that wants exactly these *labels*, unchecked, as a Service's or a node selector."""
        return Selector(tuple(Requirement(key, "=", (labels[key],)) for key in sorted(labels)))

    def matches(self, labels: Labels) -> bool:
        """Return whether *labels* meet every requirement."""
        if self.nothing:
            return False
        for requirement in self.requirements:  # noqa: SIM110 - a plain loop: this runs for every pod of every sync
            if not requirement.matches(labels):
                return False
        return True

    def names(self, key: str) -> bool:
        """Return whether a requirement is about the label *key*."""
        return any(requirement.key == key for requirement in self.requirements)

    def __str__(self) -> str:
        """Return the text form: what tables and Scale.status.selector show; empty for all and for nothing.

        >>> str(Selector.parse({"matchExpressions": [{"key": "b", "operator": "In", "values": ["y", "x"]}]}))
        'b in (x,y)'
        """
        return ",".join(map(str, self.requirements))


NOTHING: Final = Selector(nothing=True)
EVERYTHING: Final = Selector()


@lru_cache(maxsize=8192)
def _parse(selector: Mapping[str, Any] | None) -> Selector:
    if selector is None:
        return NOTHING
    found = [*_equalities(selector.get("matchLabels") or {}), *_expressions(selector.get("matchExpressions") or ())]
    return Selector(tuple(sorted(found, key=lambda requirement: requirement.key)))


def _equalities(labels: Mapping[str, Any]) -> Iterable[Requirement]:
    for key, value in labels.items():
        yield _checked(Requirement(key, "=", (_text(value),)))


def _expressions(expressions: Iterable[Mapping[str, Any]]) -> Iterable[Requirement]:
    for expression in expressions:
        operator, values = expression.get("operator") or "", expression.get("values") or ()
        if operator not in OPERATORS:
            raise ValueError(f"{operator!r} is not a label selector operator; expected one of {', '.join(OPERATORS)}")
        if bool(values) != OPERATORS[operator]:
            raise ValueError(f"values {'must' if OPERATORS[operator] else 'must not'} be given for operator {operator}")
        yield _checked(Requirement(expression.get("key") or "", operator, tuple(sorted(set(map(_text, values))))))


def _checked(requirement: Requirement) -> Requirement:
    for fault in qualified_name(_text(requirement.key)):
        raise ValueError(f"label key {requirement.key!r}: {fault}")
    for value in requirement.values:
        for fault in label_value(value):
            raise ValueError(f"label value {value!r} of {requirement.key!r}: {fault}")
    return requirement


def _text(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} in a label selector: must be a string")
    return value

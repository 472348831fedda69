"""Mutants by rule: what cosmic-ray's operators make of the modules of the controllers.

Of each module the places are taken in turn over the operators and, from a seed, up to a number: so that a long module
with many comparisons does not push out the rest.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2] / "reconcile"

OPERATORS: Final = (
    "AddNot",
    "NumberReplacer",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceBreakWithContinue",
    "ReplaceUnaryOperator_Delete_Not",
    "ReplaceUnaryOperator_Delete_USub",
    "ReplaceBinaryOperator_Add_Sub",
    "ReplaceBinaryOperator_Sub_Add",
    "ReplaceComparisonOperator_Eq_NotEq",
    "ReplaceComparisonOperator_NotEq_Eq",
    "ReplaceComparisonOperator_Lt_LtE",
    "ReplaceComparisonOperator_LtE_Lt",
    "ReplaceComparisonOperator_Gt_GtE",
    "ReplaceComparisonOperator_GtE_Gt",
    "ReplaceComparisonOperator_Is_IsNot",
    "ReplaceComparisonOperator_IsNot_Is",
    "ZeroIterationForLoop",
)

_NAMES: Final = {
    "deployment": "sizes rolling scaling creation replicasets progress history status plan",
    "statefulset": "replicas update lineup identity visit revisions status retention plan",
    "daemonset": "plan history manage rolling status scene carry backoff",
    "job": "tally flush manage creation policy removal terminal plan claimed",
    "cronjob": "start active history plan",
}
"""The modules of the folders of a kind."""

MODULES: Final = {
    kind: tuple(f"controllers/{kind}/{name}.py" for name in names.split()) for kind, names in _NAMES.items()
} | {"replicaset": ("controllers/replicaset.py", "controllers/_ranking.py", "controllers/_claim.py")}


_SAYING: Final = (
    "_changes changes _turned room _state _why _running _shown _text _pods _name _again scaled_event _event"
)
WORDS: Final = frozenset(_SAYING.split())
"""Functions that only say something to a person: why an action is taken, or what an event tells."""


class Generated(NamedTuple):
    """One mutant: what an operator makes of one place."""

    kind: str
    module: str
    operator: str
    occurrence: int
    text: str
    """The module's text with the change."""
    line: int
    change: str
    """The first line that differs, as it is now."""


def generated(kind: str, count: int, seed: int = 0) -> list[Generated]:
    """Return *count* mutants of the modules of *kind*, fewer if there are not so many."""
    places = [place for module in MODULES[kind] if (ROOT / module).exists() for place in _places(kind, module)]
    Random(seed).shuffle(places)
    by_operator: dict[str, list[Generated]] = {}
    for place in places:
        by_operator.setdefault(place.operator, []).append(place)
    turns = sorted((turn, name) for name, found in by_operator.items() for turn in range(len(found)))
    return [by_operator[name][turn] for turn, name in turns[:count]]


def _places(kind: str, module: str) -> Iterator[Generated]:
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    source = (ROOT / module).read_text(encoding="utf-8")
    words = _wordy_lines(source)
    for name in OPERATORS:
        operator = get_operator(f"core/{name}")()
        occurrence = 0
        while (mutated := mutate_code(source, operator, occurrence)) is not None:
            line, change = _difference(source, mutated)
            if line not in words and not change.startswith(_TEXT):
                yield Generated(kind, module, name, occurrence, mutated, line, change)
            occurrence += 1


def _difference(before: str, after: str) -> tuple[int, str]:
    lines = zip(before.splitlines(), after.splitlines(), strict=False)
    return next(((number, new.strip()) for number, (old, new) in enumerate(lines, 1) if old != new), (0, ""))


_TEXT: Final = ("why =", "message =", "words", "where =", "which =", 'return f"', "running =", "yield Event(")


def _wordy_lines(source: str) -> set[int]:
    """Return the lines of functions whose result only a person reads."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return {
        line
        for node in functions
        if node.name in WORDS
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }

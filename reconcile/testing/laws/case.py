"""Laws as a test case: one named test for each, and a report that fits on a screen."""

import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from unittest import SkipTest, TestCase

from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Flaky
from hypothesis.strategies import SearchStrategy

from reconcile.controller import Controller
from reconcile.controllers.builtin import BUILTIN
from reconcile.testing.laws.asked import expect_controller, expect_law, expect_options, of_kind, read_case
from reconcile.testing.laws.draw import Desired, Others, known, lives, scenes
from reconcile.testing.laws.known import ASIDE, TOUCHED, WAIVED
from reconcile.testing.laws.lived import LIVED_LAWS
from reconcile.testing.laws.plain import PLAIN
from reconcile.testing.laws.report import LawBroken, report
from reconcile.testing.laws.subject import Subject, Touches, nothing_else
from reconcile.testing.scenes import Scene
from reconcile.testing.stage import BUSY, Broken
from reconcile.testing.twin import Twin, Unreachable, answer, is_second, place_of, twin

SEED_BLIND: Final = "hash_seed_blind"

LAWS: Final = (
    *("total", "pure", "order_blind", SEED_BLIND, "guarantee", "lets_go", "future_wakes", "no_idle_status"),
    *("make_before_break", "settles", "quiet_at_goal", "wakes_itself", "keeps_what_it_makes", "any_order"),
    *("interrupted", "stale"),
)
"""The names of all laws, in the order in which they are tested."""

ALL_LAWS: Final[Mapping[str, Any]] = MappingProxyType({**PLAIN, **LIVED_LAWS})

SHARE: Final[Mapping[str, float]] = MappingProxyType({"make_before_break": 4, SEED_BLIND: 3, "guarantee": 3})
"""How much of the budget a law gets, where it is not the usual share: few states make a plan that does both, one other
seed must show what any might, and strangers must be in the way."""

PATIENCE: Final = 15
"""How many lives that never end are looked at when one is made smaller: each takes as long as some hundred others."""

HINT: Final = "(by default its objects have replicas, selector and template; `desired` draws others)"


def seed_blind(controller: Controller, scene: Scene, other: Twin) -> str | None:
    """The plan does not depend on PYTHONHASHSEED: another process gives the same."""
    here, there = answer(controller, scene), other.plan(scene)
    if here == there:
        return None
    first = next(pair for pair in zip_longest(here, there, fillvalue=["nothing", ""]) if pair[0] != pair[1])
    told = [one[0] if first[0][0] != first[1][0] else one[1][:100] for one in first]
    return f"another process plans otherwise:\n  here: {told[0]}\n  there: {told[1]}"


FLAKY: Final = """shown the same twice it does not want the same twice

That came out while `{law}` was tried. It, or what draws its objects, goes by something that it was not shown: a global
variable, an attribute, a clock, chance. What a controller has to remember belongs in the status of its object, or in a
`Remember`."""


class _Shown:
    """A drawn case; the report shows it, so Hypothesis need not."""

    def __init__(self, case: Any) -> None:
        self.case = case

    def __repr__(self) -> str:
        return "STATE"


def check(
    controller: Controller,
    *,
    desired: Desired | None = None,
    observed: Others | None = None,
    touches: Touches | None = None,
    waive: Mapping[str, str] | None = None,
    max_examples: int | None = None,
) -> type[TestCase]:
    """Return a test case with one test per law for *controller*, built-in or a user's own.

        TestWidgets = laws.check(WIDGETS)

    Args:
        controller: the record of a pure function `reconcile(desired, observed) -> actions`. desired: draws manifests
        or objects of its kind. By default those of the built-in kinds; an unknown kind is taken
            to keep `spec.replicas` pods of `spec.template`.
        observed: draws lists of what else there is, or is a function from the object to what draws them. By default
        pods
            in every state and of every ownership, or what the controller of the kind finds.
        touches: says of an object and another one whether the controller may write that although it does not own it.
        waive: names of laws that need not hold, each with the reason.
        max_examples: how many examples each law is tried on; by default as many as Hypothesis's profile says, and half
            as many for the laws of a life in a cluster.
    """
    expect_controller(controller)
    expect_options(desired, observed, touches, waive, max_examples)
    for law in waive or ():
        expect_law(law, LAWS)
    desired = of_kind(controller, desired)
    subject = evolve(_subject(controller, touches), hint="" if desired is not None or known(controller.kind) else HINT)
    budget = _usual().max_examples if max_examples is None else max_examples
    waived = {**(WAIVED.get(controller.name, {}) if _builtin(controller) else {}), **(waive or {})}
    scene = scenes(controller, desired, observed).map(_Shown)
    life = lives(subject, desired, observed).map(_Shown)
    tests: dict[str, Any] = {}
    for name in LAWS:
        drawn = life if name in LIVED_LAWS else scene
        count = max(int(budget * SHARE.get(name, 0.5 if name in LIVED_LAWS else 1)), 1)
        test = _seed_test(subject, drawn, count) if name == SEED_BLIND else _test(subject, name, drawn, count)
        reason = "this is the second process of another test" if is_second() else waived.get(name)
        tests[f"test_{name}"] = test if reason is None else _skip(reason)
    title = "".join(part.title() for part in controller.name.replace("_", "-").split("-"))
    doc = f"The laws of the controller {controller.name}."
    return type(f"Test{title}Laws", (TestCase,), {"__doc__": doc, "__module__": __name__, "subject": subject, **tests})


def _builtin(controller: Controller) -> bool:
    return any(controller == one for one in BUILTIN)


def _subject(controller: Controller, touches: Touches | None) -> Subject:
    if not _builtin(controller):
        return Subject(controller, touches or nothing_else)
    usual = TOUCHED.get(controller.name, nothing_else)
    return Subject(controller, touches or usual, aside=frozenset(ASIDE.get(controller.name, ())))


def _skip(reason: str) -> Callable[[Any], None]:
    def test(self: Any) -> None:
        raise SkipTest(reason)

    return test


def _usual() -> settings:
    found = settings.default
    assert found is not None, "Hypothesis always has a profile"
    return found


def _profile(count: int) -> settings:
    # Without the phase that explains: it traces every line, and the report says what there is to say.
    phases = [phase for phase in _usual().phases if phase is not Phase.explain]
    return settings(
        max_examples=count, deadline=None, print_blob=False, phases=phases, suppress_health_check=list(HealthCheck)
    )


def _test(subject: Subject, name: str, drawn: SearchStrategy[_Shown], count: int) -> Callable[[Any], None]:
    law = ALL_LAWS[name]

    def test(self: Any) -> None:
        __tracebackhide__ = True
        _try(subject, name, drawn, count, lambda case: _verdict(law, subject, case))

    test.__doc__ = law.__doc__
    return test


Verdict = Callable[[Any], str | None]
"""From a case to what is wrong."""


def _try(subject: Subject, name: str, drawn: SearchStrategy[_Shown], count: int, verdict: Verdict) -> None:
    """Try a law on *count* cases. Raises LawBroken with the smallest case that breaks it."""
    __tracebackhide__ = True
    busy: dict[str, str] = {}

    def law(state: _Shown) -> None:
        if len(busy) >= PATIENCE and state.case.text() not in busy:
            return
        what = verdict(state.case)
        if what is not None:
            told = report(subject, name, what, state.case)
            if BUSY in what:
                busy[state.case.text()] = told
            raise LawBroken(told)

    law.__name__ = re.sub(r"\W", "_", f"{name}_of_{subject.name}")  # by which Hypothesis keeps what it found
    try:
        _profile(count)(given(state=drawn)(law))()
        return
    except LawBroken as broken:
        told = str(broken)
    except Flaky:
        told = f"{subject.name} breaks the law `pure`: {FLAKY.format(law=name)}"
    except ValueError as error:
        error.__notes__ = []  # what is drawn is wrong; how all of it is drawn fills pages
        raise
    raise LawBroken(told)  # anew: the report is all there is to read, without Hypothesis's note and frames


def _verdict(law: Any, subject: Subject, case: Any) -> str | None:
    """Return what is wrong; an exception of the controller's is wrong, whatever the law."""
    try:
        found: str | None = law(subject, case)
    except Broken as broken:
        return broken.what
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        told = f"it raises {type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
        return f"{told}\n{subject.hint}" if subject.hint else told
    return found


def _seed_test(subject: Subject, drawn: SearchStrategy[_Shown], count: int) -> Callable[[Any], None]:
    def test(self: Any) -> None:
        __tracebackhide__ = True
        with _other(subject) as other:
            _try(subject, SEED_BLIND, drawn, count, lambda case: seed_blind(subject.controller, case, other))

    test.__doc__ = seed_blind.__doc__
    return test


@contextmanager
def _other(subject: Subject) -> Iterator[Twin]:
    place = place_of(subject.controller)
    if place is None:
        raise SkipTest("the controller is no attribute of a module with a file, so another process cannot find it")
    try:
        with twin(place) as other:
            yield other
    except Unreachable as trouble:
        raise SkipTest(str(trouble)) from None


def replay(controller: Controller, law: str, state: str, *, touches: Touches | None = None) -> None:
    """Try one *law* on one *state*, in YAML as a report shows it. Raises LawBroken if the law does not hold."""
    expect_controller(controller)
    expect_law(law, LAWS)
    subject, case = _subject(controller, touches), read_case(law, state)
    if law == SEED_BLIND:
        with _other(subject) as other:
            assert isinstance(case, Scene)
            what = seed_blind(controller, case, other)
    else:
        what = _verdict(ALL_LAWS[law], subject, case)
    if what is not None:
        raise LawBroken(report(subject, law, what, case))

"""Laws as a test case: one named test for each, and a report that fits on a screen."""

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from unittest import SkipTest, TestCase

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy

from reconcile.controller import Controller
from reconcile.controllers.builtin import BUILTIN
from reconcile.model.resource import Resource
from reconcile.testing.laws.draw import Desired, Others, lives, scenes
from reconcile.testing.laws.lived import LIVED_LAWS, Life, read_life
from reconcile.testing.laws.plain import PLAIN
from reconcile.testing.laws.subject import Subject, Touches, nothing_else
from reconcile.testing.scenes import Scene, read_scene
from reconcile.testing.twin import Twin, answer, place_of, twin

SEED_BLIND: Final = "hash_seed_blind"

LAWS: Final = (
    *("total", "pure", "order_blind", SEED_BLIND, "guarantee", "future_wakes", "no_idle_status", "make_before_break"),
    *("settles", "quiet_at_goal", "wakes_itself", "interrupted", "stale"),
)
"""The names of all laws, in the order in which they are tested."""

ALL_LAWS: Final[Mapping[str, Any]] = MappingProxyType({**PLAIN, **LIVED_LAWS})

SHARE: Final[Mapping[str, float]] = MappingProxyType({"make_before_break": 4})
"""How much of the budget a law gets, where it is not the usual share: few states make a plan that does both."""

WAIVED: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "cronjob": {
            "make_before_break": "concurrencyPolicy Replace deletes the running Job before it creates the next one",
            "no_idle_status": "after a deletion from the history the status is written, changed or not (contract 3)",
        },
    }
)
"""Which laws built-in controllers break because upstream does, and why."""


def _claims(sts: Resource, item: Resource) -> bool:
    return item.kind == "PersistentVolumeClaim"


def _called_as_owner(cronjob: Resource, item: Resource) -> bool:
    # contract cronjob 1: children are told by the name in the reference, not by its uid
    return item.meta.controller is not None and item.meta.controller.name == cronjob.name


def _volumes(claim: Resource, item: Resource) -> bool:
    return item.kind == "PersistentVolume"


TOUCHED: Final[Mapping[str, Touches]] = MappingProxyType(
    {"statefulset": _claims, "cronjob": _called_as_owner, "volume-binder": _volumes}
)
"""What built-in controllers write that they do not own, because upstream does."""


class LawBroken(AssertionError):  # noqa: N818 - it says what happened
    """A controller breaks a law; the text is the counterexample."""


def seed_blind(controller: Controller, scene: Scene, other: Twin) -> str | None:
    """The plan does not depend on PYTHONHASHSEED: another process gives the same."""
    here, there = answer(controller, scene), other.plan(scene)
    return None if here == there else f"another process plans otherwise:\n  here  {here[:400]}\n  there {there[:400]}"


def report(subject: Subject, law: str, what: str, case: Scene | Life) -> str:
    """Return the counterexample: what is wrong, the state, and how to see it again."""
    again = f"reconcile.testing.laws.replay({subject.name.upper().replace('-', '_')}, {law!r}, STATE)"
    return f"{subject.name} breaks the law `{law}`: {what}\n\nSTATE:\n{case.text()}\nagain: {again}"


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
    if controller.kind == "*":
        raise ValueError(f"{controller.name} looks after all kinds; laws are said of a controller of one kind")
    subject = _subject(controller, touches)
    budget = _usual().max_examples if max_examples is None else max_examples
    waived = {**(WAIVED.get(controller.name, {}) if _builtin(controller) else {}), **(waive or {})}
    scene = scenes(controller.kind, desired, observed).map(_Shown)
    life = lives(controller.kind, desired, observed).map(_Shown)
    tests: dict[str, Any] = {}
    for name in LAWS:
        drawn = life if name in LIVED_LAWS else scene
        count = max(int(budget * SHARE.get(name, 0.5 if name in LIVED_LAWS else 1)), 1)
        test = _seed_test(subject, drawn, count) if name == SEED_BLIND else _test(subject, name, drawn, count)
        tests[f"test_{name}"] = _skip(waived[name]) if name in waived else test
    title = "".join(part.title() for part in controller.name.replace("_", "-").split("-"))
    doc = f"The laws of the controller {controller.name}."
    return type(f"Test{title}Laws", (TestCase,), {"__doc__": doc, "__module__": __name__, "subject": subject, **tests})


def _builtin(controller: Controller) -> bool:
    return any(controller == one for one in BUILTIN)


def _subject(controller: Controller, touches: Touches | None) -> Subject:
    usual = TOUCHED.get(controller.name, nothing_else) if _builtin(controller) else nothing_else
    return Subject(controller, usual if touches is None else touches)


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

    @_profile(count)
    @given(state=drawn)
    def test(self: Any, state: _Shown) -> None:
        what = _verdict(law, subject, state.case)
        if what is not None:
            raise LawBroken(report(subject, name, what, state.case))

    test.__doc__ = law.__doc__
    return test


def _verdict(law: Any, subject: Subject, case: Any) -> str | None:
    """Return what is wrong; an exception of the controller's is wrong, whatever the law."""
    try:
        found: str | None = law(subject, case)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"it raises {type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
    return found


def _seed_test(subject: Subject, drawn: SearchStrategy[_Shown], count: int) -> Callable[[Any], None]:
    def test(self: Any) -> None:
        with _other(subject) as other:

            @_profile(count)
            @given(state=drawn)
            def compare(state: _Shown) -> None:
                what = seed_blind(subject.controller, state.case, other)
                if what is not None:
                    raise LawBroken(report(subject, SEED_BLIND, what, state.case))

            compare()

    test.__doc__ = seed_blind.__doc__
    return test


@contextmanager
def _other(subject: Subject) -> Iterator[Twin]:
    place = place_of(subject.controller)
    if place is None:
        raise SkipTest("the controller is no attribute of a module with a file, so another process cannot find it")
    with twin(place) as other:
        yield other


def replay(controller: Controller, law: str, state: str, *, touches: Touches | None = None) -> None:
    """Try one *law* on one *state*, in YAML as a report shows it. Raises LawBroken if the law does not hold."""
    subject = _subject(controller, touches)
    case: Scene | Life = read_life(state) if law in LIVED_LAWS else read_scene(state)
    if law == SEED_BLIND:
        with _other(subject) as other:
            assert isinstance(case, Scene)
            what = seed_blind(controller, case, other)
    else:
        what = _verdict(ALL_LAWS[law], subject, case)
    if what is not None:
        raise LawBroken(report(subject, law, what, case))

"""Defects that upstream had once, put into our controllers: each must be noticed.

A mutant is an ordinary `Controller` that stands in for a built-in one (`checked(instead=[...])`). It is shown another
view (`seeing`), or does something else than it decided (`doing`); what is dropped is taken to have succeeded.
"""

from collections.abc import Callable, Generator
from typing import Any, Final

from attrs import evolve

from reconcile.actions import Action, WakeAt
from reconcile.controller import Controller
from reconcile.controllers.replicaset import REPLICASET
from reconcile.model.resource import Resource
from reconcile.outcome import Outcome
from reconcile.script import Script, assume, scripted
from reconcile.view import Observed

Sight = tuple[Any, Observed]


def seeing(controller: Controller, view: Callable[[Any, Observed], Sight]) -> Controller:
    """Return *controller* with another view of the world."""
    inner = script_of(controller)

    def script(desired: Any, observed: Observed) -> Script:
        yield from inner(*view(desired, observed))

    return evolve(controller, reconcile=scripted(script))


def doing(controller: Controller, change: Callable[[Any, Observed, Action], Action | None]) -> Controller:
    """Return *controller* with each action changed, or dropped where *change* returns None."""
    inner = script_of(controller)

    def script(desired: Resource, observed: Observed) -> Script:
        steps = inner(desired, observed)
        answer: Outcome | None = None
        while True:
            try:
                action = next(steps) if answer is None else steps.send(answer)
            except StopIteration:
                return
            changed = change(desired, observed, action)
            answer = assume(action) if changed is None else (yield changed)

    return evolve(controller, reconcile=scripted(script))


def script_of(controller: Controller) -> Callable[[Any, Observed], Generator[Action, Outcome, None]]:
    """Return the script of a controller that is one."""
    assert isinstance(controller.reconcile, scripted)
    script: Final = controller.reconcile.script
    return script


# --- the defects -------------------------------------------------------------------------------------------------


def never_again(desired: Any, observed: Observed, action: Action) -> Action | None:
    """Forget to look again."""
    return None if isinstance(action, WakeAt) and action.error is None else action


MUTANTS: Final[dict[str, Controller]] = {
    "D-D16": doing(REPLICASET, never_again),
}
"""By the id of the catalogue, the controller that has its old defect."""

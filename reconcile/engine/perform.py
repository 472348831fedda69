"""One sync of one controller, from its plan to the answers.

A script is run to its end, with the answer to each action given to it. A plain function's plan is carried out in order
up to the first refusal. The state that actions are carried out on is threaded through, so the same loop serves the
store, a snapshot, a live API.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from reconcile.actions import Action, WakeAt
from reconcile.controller import Controller
from reconcile.model.resource import Resource
from reconcile.outcome import Outcome, Rejected
from reconcile.script import Script, scripted
from reconcile.view import Observed

S = TypeVar("S")
Deed = tuple[Action, Outcome]
"""An action and its answer."""


Send = Callable[[S, Action], tuple[S, Outcome]]
"""Carries out one action on a state."""


def perform(
    controller: Controller, desired: Resource, look: Callable[[], Observed], state: S, send: Send[S]
) -> tuple[S, list[Deed]]:
    """Carry out one sync and return the state after it with everything that was done.

    *look* gives the view that the sync starts from, always the same one. What goes wrong in the controller is raised,
    with a note that says which controller it was, and what it looked at.
    """
    try:
        if isinstance(controller.reconcile, scripted):
            return follow(controller.reconcile.script(desired, look()), state, send)
        return carry_out(controller.reconcile(desired, look()), state, send)
    except Exception as error:
        error.add_note(f"when the controller {controller.name!r} looked at {desired}")
        raise


def follow(steps: Script, state: S, send: Send[S]) -> tuple[S, list[Deed]]:
    """Run a script to its end, giving it the answer to each of its actions."""
    deeds: list[Deed] = []
    answer: Outcome | None = None
    try:
        while True:
            action = next(steps) if answer is None else steps.send(answer)
            state, answer = send(state, action)
            deeds.append((action, answer))
    except StopIteration:
        return state, deeds


def carry_out(plan: Iterable[Action], state: S, send: Send[S]) -> tuple[S, list[Deed]]:
    """Carry out a plain plan: its first refused action is its last, and the sync is tried again."""
    deeds: list[Deed] = []
    for action in plan:
        state, answer = send(state, action)
        deeds.append((action, answer))
        if isinstance(answer, Rejected):
            again = WakeAt(None, "a request was refused", error=str(answer))
            state, answer = send(state, again)
            return state, [*deeds, (again, answer)]
    return state, deeds


def replay(
    controller: Controller, desired: Resource, look: Callable[[], Observed], state: S, send: Send[S]
) -> tuple[S, list[Deed]]:
    """Do what `perform` does by the pure function alone: plan, carry out up to a surprise, plan again with the answers.

    The slow twin: it shows that the function and the answers so far are all there is.
    """
    deeds: list[Deed] = []
    while True:
        answers = tuple(outcome for _, outcome in deeds)
        plan = controller.reconcile(desired, look().answered(answers))
        if len(plan) == len(deeds):
            return state, deeds
        state, answer = send(state, plan[len(deeds)])
        deeds.append((plan[len(deeds)], answer))

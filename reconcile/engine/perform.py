"""One sync of one controller, from its plan to the answers.

    plan = reconcile(desired, observed)
    a, b, c carried out one by one; after a refusal, or an answer that matters, the plan is made again with the answers

The state that actions are carried out on is threaded through, so the same loop serves the store, a snapshot, a live API.
"""

from collections.abc import Callable
from typing import TypeVar

from reconcile.actions import Action, WakeAt
from reconcile.controller import Controller
from reconcile.model.resource import Resource
from reconcile.outcome import Applied, Outcome, Rejected
from reconcile.view import Observed

S = TypeVar("S")
Deed = tuple[Action, Outcome]
"""An action and its answer."""


def perform(
    controller: Controller,
    desired: Resource,
    look: Callable[[], Observed],
    state: S,
    send: Callable[[S, Action], tuple[S, Outcome]],
) -> tuple[S, list[Deed]]:
    """Carry out one sync and return the state after it with everything that was done.

    *look* gives the view that the sync starts from (always the same one); *send* carries out one action.
    """
    deeds: list[Deed] = []
    again = True
    while again:
        again = False
        answers = tuple(outcome for _, outcome in deeds)
        for action in controller.reconcile(desired, look().answered(answers))[len(answers) :]:
            state, outcome = send(state, action)
            deeds.append((action, outcome))
            refused = isinstance(outcome, Rejected)
            if refused and not controller.answers:
                deeds.append((WakeAt(None, "a request was refused", error=str(outcome)), Applied()))
                return state, deeds
            if refused or getattr(action, "awaits", False):
                again = True
                break
    return state, deeds

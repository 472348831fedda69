"""Scripts: controllers whose later actions depend on the answers to earlier ones, still as pure functions.

Rules
1. A script is a generator: it yields an action and gets the API's answer to it.
2. `scripted` turns it into `reconcile(desired, observed) -> [Action, ...]`: the script is run on the answers that
   `observed.answers` holds, one per action from the first one on; every action beyond them is assumed to succeed.
3. So the list is the whole plan. After an action that failed (or whose answer matters: `awaits`) the interpreter calls
   again with the answers so far. The same inputs give the same prefix, and the rest follows from the new answer.
   Nothing is remembered between calls: a forked or reloaded world goes on from the answers it holds.

    observed                    --> reconcile --> [a, b, c]        a is carried out, b is refused
    observed + answers to a, b  --> reconcile --> [a, b, d]
"""

from collections.abc import Callable, Generator, Iterator
from typing import Any, Final, Generic, TypeVar

from attrs import frozen

from reconcile.actions import Action, Create, Delete, Event, Patch, Remember, Update, UpdateStatus, WakeAt
from reconcile.model.json import put
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.outcome import Applied, Outcome
from reconcile.view import Observed

T = TypeVar("T")
D = TypeVar("D", bound=Resource)

Steps = Generator[Action, Outcome, T]
"""A part of a script: yields actions, gets answers, returns a T."""
Script = Steps[None]

DONE: Final = Applied()


@frozen
class scripted(Generic[D]):  # noqa: N801 - used as a decorator
    """The pure function that a script describes.

    Whoever can answer at once may run the `script` itself instead of planning again after every surprise; what is done
    is the same (`reconcile.engine.perform`, and the law that holds the two together).
    """

    script: Callable[[D, Observed], Script]

    def __call__(self, desired: D, observed: Observed) -> list[Action]:
        """Return the plan: what the script asks for, given the answers so far, if all else goes well."""
        return list(_run(self.script(desired, observed), iter(observed.answers)))


def _run(steps: Script, answers: Iterator[Outcome]) -> Iterator[Action]:
    try:
        action = next(steps)
        while True:
            yield action
            answer = next(answers, None)
            action = steps.send(assume(action) if answer is None else answer)
    except StopIteration:
        return


def assume(action: Action) -> Outcome:
    """Return the answer to *action* if all goes well, as far as it can be told without the API."""
    return _ASSUMED[type(action)](action)


def _created(action: Create) -> Outcome:
    return Applied(read(put(action.body, ("metadata", "namespace"), action.namespace)))


def _sent(action: Update | UpdateStatus) -> Outcome:
    return Applied(action.object)


def _nothing(_: object) -> Outcome:
    return DONE


_ASSUMED: Final[dict[type[Any], Callable[[Any], Outcome]]] = {
    Create: _created,
    Update: _sent,
    UpdateStatus: _sent,
    Patch: _nothing,
    Delete: _nothing,
    Event: _nothing,
    WakeAt: _nothing,
    Remember: _nothing,
}

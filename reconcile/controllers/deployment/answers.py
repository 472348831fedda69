"""Answers that end a sync.

A Deployment's sync is deep, and nearly every refused request ends it: what is left is done by the next one. So a
refusal is raised here, inside of the script, and becomes one `WakeAt` at its end (`plan.reconcile`). Where the
contract goes on after a refusal, the step looks at the answer itself or catches `SyncFailed`.
"""

from typing import TypeVar, cast

from reconcile.actions import Update, UpdateStatus
from reconcile.model.deployment import Deployment
from reconcile.model.resource import Resource
from reconcile.outcome import Outcome, Rejected
from reconcile.script import Steps

R = TypeVar("R", bound=Resource)


class SyncFailed(Exception):  # noqa: N818 - it says what happened
    """The sync cannot go on; the message says why."""


def accepted(answer: Outcome) -> None:
    """End the sync if *answer* is a refusal."""
    if isinstance(answer, Rejected):
        raise SyncFailed(str(answer))


def update(item: R, why: str) -> Steps[R]:
    """Replace *item*; return it as the API answered it."""
    answer = yield Update(item, why, awaits=True)
    if isinstance(answer, Rejected):
        raise SyncFailed(str(answer))
    return cast(R, answer.object)


def write_status(d: Deployment, why: str) -> Steps[None]:
    """Replace the status of *d*.

    The answer is not taken over: every write of one sync is made from the copy that the sync began with, so a second
    one is refused as a conflict by an API that checks (contract deployment 14).
    """
    accepted((yield UpdateStatus(d, why)))

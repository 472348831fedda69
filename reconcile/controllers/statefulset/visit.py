"""One pod after the other, or many at once: podManagementPolicy (contract statefulset 5).

Rules
1. OrderedReady visits pods in order and stops at the first that has to be waited for, or that fails.
2. Parallel waits for none; it visits pods in batches of 1, 2, 4, ... up to 500, and stops after a batch with errors.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from attrs import frozen

from reconcile.controllers._pods import slow_start
from reconcile.model.statefulset import StatefulSet
from reconcile.script import Steps

T = TypeVar("T")


@frozen
class Halt:
    """The sync goes no further: there is something to wait for, or something went wrong."""

    error: str | None = None


WAIT: Final = Halt()


def halted(error: str | None) -> Halt | None:
    """Return the halt that *error* means; None if there is no error."""
    return None if error is None else Halt(error)


def visit(sts: StatefulSet, items: Sequence[T], each: Callable[[T], Steps[Halt | None]]) -> Steps[Halt | None]:
    """Do *each* for *items* as the policy of *sts* says; return what ended it early."""
    return (yield from (_at_once(items, each) if sts.parallel else _in_order(items, each)))


def _in_order(items: Sequence[T], each: Callable[[T], Steps[Halt | None]]) -> Steps[Halt | None]:
    for item in items:
        halt = yield from each(item)
        if halt is not None:
            return halt
    return None


def _at_once(items: Sequence[T], each: Callable[[T], Steps[Halt | None]]) -> Steps[Halt | None]:
    for batch in slow_start(items):
        errors = []
        for item in batch:
            halt = yield from each(item)
            if halt is not None and halt.error is not None:
                errors.append(halt.error)
        if errors:
            return Halt("; ".join(errors))
    return None

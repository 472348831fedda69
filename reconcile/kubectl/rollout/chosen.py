"""The objects that a rollout command is about, and what kubectl says of kinds that have no rollouts.

Rules
1. A type without a name means all objects of the type. If there are none, that is said, and is no failure.
2. A revision is a whole number; 0 stands for the last one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

from reconcile.kubectl.failures import Failure, Refused
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.objects import Choice, Chosen, choose
from reconcile.kubectl.session import Session
from reconcile.kubectl.targets import from_manifests
from reconcile.model.kinds import Kind
from reconcile.model.resource import Resource
from reconcile.tables.text import nothing_found

T = TypeVar("T")
Act = Callable[[Session, Kind, Resource], Session]
"""What is done to each object."""

WORKLOADS: Final = ("Pod", "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")
"""The kinds that kubectl knows as workloads, whether or not they have rollouts."""


def for_each(session: Session, choice: Choice, manifests: Sequence[Manifest], act: Act) -> Session:
    """Return the session after *act* on every object that *choice* or *manifests* name."""
    found = _found(session, choice, manifests)
    if not found.items and not found.failures:
        return session.warn(nothing_found(session.namespace))
    for kind, item in found.items:
        session = act(session, kind, item)
    return session.fail(*found.failures)


def _found(session: Session, choice: Choice, manifests: Sequence[Manifest]) -> Chosen:
    if manifests:
        return from_manifests(session, manifests, choice)
    if not choice.words:
        raise Refused("required resource not specified")
    return choose(session, choice)


def checked_revision(number: int) -> int:
    """Return *number*; raise Refused if it can be no revision."""
    if number < 0:
        raise Refused(f"revision must be a positive integer: {number}")
    return number


def implemented(table: Mapping[str, T], kind: Kind, what: str, looking: str) -> T | Failure:
    """Return what *table* has for *kind*, or what kubectl says if there is nothing."""
    if kind.name in table:
        return table[kind.name]
    name = f"{kind.name}.{kind.group}" if kind.group else kind.name
    if kind.name in WORKLOADS:
        return Failure(f'no {what} has been implemented for "{name}"')
    return Failure(f'error retrieving {looking} for "{name}", no visitor method exists for {name}')

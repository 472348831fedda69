"""Controllers as records: what the interpreter needs to know to run one.

Rules
1. A controller is data: a name, the kind it looks after, a pure function, and what wakes it. Users pass their own
   records beside the built-in ones.
2. A watch maps one change of one object to the keys that it may concern. It may name too many, never too few.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from attrs import field, frozen

from reconcile.actions import Action
from reconcile.model.clock import Instant
from reconcile.model.resource import Resource
from reconcile.view import Observed, Reader

Key = tuple[str, str] | tuple[str, str, str]
"""Namespace and name of an object of the controller's kind; a controller of all kinds (`*`) puts the kind before
them."""

Change = tuple[Resource | None, Resource | None]
"""An object before and after a write; None where it was not there."""


@frozen
class Watch:
    """What one kind of object means to a controller."""

    kind: str
    """The kind of object that is watched."""
    keys: Callable[[Change, Reader], Iterable[Key]]
    """From a change, and the objects as they are after it, to the keys that it concerns."""
    delay: float = 0.0
    """How long a change may wait, so that a burst of them is one sync; in seconds."""


@frozen
class Controller:
    """One controller."""

    name: str
    """What traces and events call it, e.g. `replicaset`."""
    kind: str
    """The kind that it looks after, e.g. `ReplicaSet`."""
    reconcile: Callable[[Any, Observed], Sequence[Action]]
    """From an object and a view to the actions that bring the cluster closer to what the object asks for."""
    watches: tuple[Watch, ...] = ()
    """What else wakes it, besides its own objects."""
    settles: bool = field(default=False, kw_only=True)
    """Whether a sync waits until the cache shows the controller's own writes (StaleControllerConsistency, on in
    1.36)."""
    interest: Callable[[Change, Reader], bool] = field(default=lambda change, reader: True, kw_only=True)
    """Which changes of its own objects wake it; by default all."""
    delay: Callable[[Change, Instant], float] = field(default=lambda change, now: 0.0, kw_only=True)
    """How long a change of its own objects may wait, given the time; in seconds."""


def owned(
    kind: str, owner: str, *, selector: Callable[[Resource, Resource], bool] | None = None, delay: float = 0.0
) -> Watch:
    """Return the watch of a controller for *owner* objects over its children of *kind*.

    A change of a child concerns the owner before and the owner after it. A child without a controller concerns every
    owner in its namespace that *selector* accepts it for (owner and child given): it may be adopted.
    """

    def keys(change: Change, reader: Reader) -> Iterable[Key]:
        found = {key for item in change if item is not None for key in _owner(item, owner)}
        new = change[1]
        if selector is not None and new is not None and new.meta.controller is None and not new.meta.deleting:
            found.update((o.namespace, o.name) for o in reader.all(owner, new.namespace) if selector(o, new))
        return sorted(found)

    return Watch(kind, keys, delay)


def _owner(item: Resource, owner: str) -> Iterable[Key]:
    controller = item.meta.controller
    if controller is not None and controller.kind == owner:
        yield (item.namespace, controller.name)


def mapped(kind: str, to: Callable[[Change, Reader], Iterable[Key]], *, delay: float = 0.0) -> Watch:
    """Return a watch over objects of *kind* that concern the keys *to* names."""
    return Watch(kind, to, delay)

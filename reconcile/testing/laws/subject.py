"""What a law is said of: a controller, who runs beside it, and what it may touch."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Final

from attrs import evolve, frozen

from reconcile.actions import WRITES, Action, Create, Delete, Patch
from reconcile.cluster import standard_engine
from reconcile.controller import Controller
from reconcile.controllers.builtin import BUILTIN
from reconcile.engine.world import Engine
from reconcile.model.json import FrozenMap
from reconcile.model.resource import Resource
from reconcile.testing.histories import DEFAULT_FATES
from reconcile.testing.invariants import BY_KIND
from reconcile.testing.invariants.protocol import Invariant
from reconcile.view import Observed

Touches = Callable[[Resource, Resource], bool]
"""From the object that a controller looks after and another one to whether it may write that."""


def nothing_else(desired: Resource, item: Resource) -> bool:
    """Allow no writes but those to the object itself and to its children."""
    return False


@frozen
class Subject:
    """A controller under test."""

    controller: Controller
    touches: Touches = nothing_else
    """What it may write besides its object, its children and orphans that it adopts."""
    aside: frozenset[str] = frozenset()
    """Kinds of children that it keeps by the way: it does not miss them, and makes them to the end."""
    hint: str = ""
    """What to say if it raises an exception: perhaps its objects are not what it expects."""

    @property
    def name(self) -> str:
        """What the controller is called."""
        return self.controller.name

    @property
    def kind(self) -> str:
        """The kind that it looks after."""
        return self.controller.kind

    @cached_property
    def engine(self) -> Engine:
        """The engine of a cluster in which it runs beside the built-in controllers, in the place of its namesake."""
        others = [controller for controller in BUILTIN if controller.name != self.name]
        standard = standard_engine((), others, DEFAULT_FATES)
        rest = tuple(controller for controller in standard.controllers if controller.name != self.name)
        return evolve(standard, controllers=(self.controller, *rest))

    @cached_property
    def checks(self) -> Sequence[Invariant]:
        """The invariants of its kind, and those of all kinds, if it is the built-in controller of the kind."""
        builtin = any(self.controller == controller for controller in BUILTIN)
        return (*BY_KIND.get(self.kind, ()), *BY_KIND["*"]) if builtin else ()

    def plan(self, desired: Resource, observed: Observed) -> list[Action]:
        """Return what the controller wants to do."""
        plan: Any = self.controller.reconcile(desired, observed)
        if not isinstance(plan, Iterable):
            raise TypeError(f"expected a list of actions, got {plan!r} from `reconcile`")
        return list(plan)

    def owns(self, desired: Resource, item: Resource) -> bool:
        """Return whether *item* is a child of *desired*, or *desired* itself."""
        return item.key == desired.key or any(owner.uid == desired.uid for owner in item.meta.owners)


def writes(plan: Sequence[Action]) -> list[Any]:
    """Return those of *plan* that are requests."""
    return [action for action in plan if isinstance(action, WRITES)]


def target(action: Any) -> tuple[str, str, str]:
    """Return kind, namespace and name of what a request is about; a created object may have no name yet."""
    if isinstance(action, Create):
        return action.kind, action.namespace, (action.body.get("metadata") or {}).get("name") or ""
    if isinstance(action, Patch | Delete):
        return action.kind, action.namespace, action.name
    key: tuple[str, str, str] = action.object.key
    return key


def owner_uids(body: FrozenMap) -> list[str]:
    """Return the uids of the owners that *body* names."""
    references = (body.get("metadata") or {}).get("ownerReferences") or ()
    return [reference.get("uid", "") for reference in references]


GONE: Final = ("Succeeded", "Failed")


def serves(item: Resource) -> bool:
    """Return whether *item* is there for somebody: not on its way out, and not at its end."""
    if item.meta.deleting or item.status.get("phase") in GONE:
        return False
    ends = (entry for entry in item.status.get("conditions") or () if entry.get("type") in ("Complete", "Failed"))
    return not any(entry.get("status") == "True" for entry in ends)

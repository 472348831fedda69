"""Kubernetes' workload controllers as pure functions, on an embedded cluster.

    from reconcile import Cluster, load

    cluster = Cluster.new().apply(load("web.yaml")).settle()

What is public is named here; each name is imported when it is first used, so that importing the package costs little.
Some names are those of the modules that hold them (`sync`, `render`): here they always mean the function.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from reconcile.actions import Action as Action
    from reconcile.actions import Create as Create
    from reconcile.actions import Delete as Delete
    from reconcile.actions import Event as Event
    from reconcile.actions import Patch as Patch
    from reconcile.actions import Remember as Remember
    from reconcile.actions import Update as Update
    from reconcile.actions import UpdateStatus as UpdateStatus
    from reconcile.actions import WakeAt as WakeAt
    from reconcile.cluster import ApiError as ApiError
    from reconcile.cluster import Cluster as Cluster
    from reconcile.controller import Controller as Controller
    from reconcile.controller import Watch as Watch
    from reconcile.controller import mapped as mapped
    from reconcile.controller import owned as owned
    from reconcile.controllers.registry import CONTROLLERS as CONTROLLERS
    from reconcile.engine.run import NotSettled as NotSettled
    from reconcile.engine.run import fifo as fifo
    from reconcile.engine.run import shuffled as shuffled
    from reconcile.manifest import ManifestError as ManifestError
    from reconcile.manifest import load as load
    from reconcile.manifest import loads as loads
    from reconcile.model.objects import read as read
    from reconcile.model.resource import Resource as Resource
    from reconcile.model.schedule import next_activations as next_activations
    from reconcile.model.selector import Selector as Selector
    from reconcile.model.template_hash import pod_template_hash as pod_template_hash
    from reconcile.nodes.behaviour import Behaviour as Behaviour
    from reconcile.outcome import Applied as Applied
    from reconcile.outcome import Outcome as Outcome
    from reconcile.outcome import Reason as Reason
    from reconcile.outcome import Rejected as Rejected
    from reconcile.render import describe as describe
    from reconcile.render import render as render
    from reconcile.script import scripted as scripted
    from reconcile.sync import sync as sync
    from reconcile.view import Observed as Observed

_HOMES: Final = {
    "reconcile.actions": (
        "Action",
        "Create",
        "Delete",
        "Event",
        "Patch",
        "Remember",
        "Update",
        "UpdateStatus",
        "WakeAt",
    ),
    "reconcile.cluster": ("ApiError", "Cluster"),
    "reconcile.controller": ("Controller", "Watch", "mapped", "owned"),
    "reconcile.controllers.registry": ("CONTROLLERS",),
    "reconcile.engine.run": ("NotSettled", "fifo", "shuffled"),
    "reconcile.manifest": ("ManifestError", "load", "loads"),
    "reconcile.model.objects": ("read",),
    "reconcile.model.resource": ("Resource",),
    "reconcile.model.schedule": ("next_activations",),
    "reconcile.model.selector": ("Selector",),
    "reconcile.model.template_hash": ("pod_template_hash",),
    "reconcile.nodes.behaviour": ("Behaviour",),
    "reconcile.outcome": ("Applied", "Outcome", "Reason", "Rejected"),
    "reconcile.render": ("describe", "render"),
    "reconcile.script": ("scripted",),
    "reconcile.sync": ("sync",),
    "reconcile.view": ("Observed",),
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)  # noqa: PLE0605 - the table above is the one list of names


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'reconcile' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__doc__", "__name__"]


class _Facade(ModuleType):
    """A package whose public names are not replaced by the modules of the same name when those are imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME_OF and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Facade

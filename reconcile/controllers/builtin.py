"""The controllers that every cluster runs."""

from typing import Final

from reconcile.controller import Controller
from reconcile.controllers.garbage import GARBAGE_COLLECTOR
from reconcile.controllers.registry import CONTROLLERS

BUILTIN: Final[tuple[Controller, ...]] = (*CONTROLLERS.values(), GARBAGE_COLLECTOR)
"""The workload controllers and the garbage collector; scheduler and kubelets belong to the nodes."""

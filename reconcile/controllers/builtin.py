"""The controllers that every cluster runs."""

from typing import Final

from reconcile.controller import Controller
from reconcile.controllers.claims import CLAIM_PROTECTION, VOLUME_BINDER
from reconcile.controllers.endpoints import ENDPOINTSLICE
from reconcile.controllers.garbage import GARBAGE_COLLECTOR
from reconcile.controllers.namespace import NAMESPACE
from reconcile.controllers.registry import CONTROLLERS

BUILTIN: Final[tuple[Controller, ...]] = (
    *CONTROLLERS.values(),
    GARBAGE_COLLECTOR,
    ENDPOINTSLICE,
    CLAIM_PROTECTION,
    VOLUME_BINDER,
    NAMESPACE,
)
"""The workload controllers and what they need around them; scheduler and kubelets belong to the nodes."""

"""The built-in controllers, by the name that snapshots call them."""

from typing import Final

from reconcile.controller import Controller
from reconcile.controllers.deployment.plan import DEPLOYMENT
from reconcile.controllers.replicaset import REPLICASET

CONTROLLERS: Final[dict[str, Controller]] = {controller.name: controller for controller in (REPLICASET, DEPLOYMENT)}

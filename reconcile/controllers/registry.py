"""The built-in controllers, by the name that snapshots call them."""

from typing import Final

from reconcile.controller import Controller
from reconcile.controllers.cronjob.plan import CRONJOB
from reconcile.controllers.daemonset.plan import DAEMONSET
from reconcile.controllers.deployment.plan import DEPLOYMENT
from reconcile.controllers.job.plan import JOB
from reconcile.controllers.job_orphan import JOB_ORPHAN
from reconcile.controllers.replicaset import REPLICASET
from reconcile.controllers.statefulset.plan import STATEFULSET
from reconcile.controllers.ttl import TTL

CONTROLLERS: Final[dict[str, Controller]] = {
    controller.name: controller
    for controller in (REPLICASET, DEPLOYMENT, STATEFULSET, DAEMONSET, JOB, JOB_ORPHAN, CRONJOB, TTL)
}

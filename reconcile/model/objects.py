"""Which class stands for which kind."""

from collections.abc import Mapping
from typing import Any, Final

from reconcile.model.cronjob import CronJob
from reconcile.model.daemonset import DaemonSet
from reconcile.model.deployment import Deployment
from reconcile.model.job import Job
from reconcile.model.json import FrozenMap, freeze
from reconcile.model.node import Node
from reconcile.model.pod import Pod
from reconcile.model.replicaset import ReplicaSet
from reconcile.model.resource import Resource
from reconcile.model.revision import ControllerRevision
from reconcile.model.statefulset import StatefulSet

CLASSES: Final[Mapping[str, type[Resource]]] = {
    "Pod": Pod,
    "Node": Node,
    "ReplicaSet": ReplicaSet,
    "Deployment": Deployment,
    "StatefulSet": StatefulSet,
    "DaemonSet": DaemonSet,
    "ControllerRevision": ControllerRevision,
    "Job": Job,
    "CronJob": CronJob,
}


def read(raw: Mapping[str, Any]) -> Resource:
    """Return the object that *raw* is, typed by its kind; kinds without a class are plain resources.

    >>> type(read({"kind": "Pod"})).__name__, type(read({"kind": "Widget"})).__name__
    ('Pod', 'Resource')
    """
    frozen: FrozenMap = freeze(dict(raw)) if type(raw) is not FrozenMap else raw
    return CLASSES.get(frozen.get("kind", ""), Resource)(frozen)

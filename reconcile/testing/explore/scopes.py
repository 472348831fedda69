"""The small worlds that we explore ourselves, by name.

deployment    3 replicas, surge 1, unavailable 1, which run; one user sets an image that cannot be pulled and takes
              it back, another one pauses and resumes, at any moment
statefulset   3 replicas, one after the other; an update, and one crash: of a pod, or of the controller between any
              two of its requests
wedge         the same with an image that cannot be pulled, which is then put right: what kubernetes#67250 is about
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from reconcile.controllers.deployment.plan import DEPLOYMENT
from reconcile.controllers.garbage import GARBAGE_COLLECTOR
from reconcile.controllers.replicaset import REPLICASET
from reconcile.controllers.statefulset.plan import STATEFULSET
from reconcile.manifest import loads
from reconcile.nodes.fates import fates
from reconcile.testing.explore.edits import pause, resume, set_image, undo
from reconcile.testing.explore.scope import Scope

DEPLOYMENT_TEXT: Final = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.25"}]}
"""
STATEFULSET_TEXT: Final = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  replicas: 3
  serviceName: web
  podManagementPolicy: OrderedReady
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1.25"}]}
"""
_DEPLOYMENT: Final = "deployment/web"
_STATEFULSET: Final = "statefulset/web"


def deployment() -> Scope:
    """Return a Deployment of three with a failing image, an undo and a pause."""
    return Scope(
        controllers=(DEPLOYMENT, REPLICASET, GARBAGE_COLLECTOR),
        manifests=loads(DEPLOYMENT_TEXT),
        # A Deployment whose first image is the bad one has nothing that an undo could go back to.
        rested=True,
        users=((set_image(_DEPLOYMENT, "web=nginx:bad"), undo(_DEPLOYMENT)), (pause(_DEPLOYMENT), resume(_DEPLOYMENT))),
        fates=fates(gradual=False),
    )


def statefulset() -> Scope:
    """Return a StatefulSet of three with an update and a crash."""
    return Scope(
        controllers=(STATEFULSET, GARBAGE_COLLECTOR),
        manifests=loads(STATEFULSET_TEXT),
        users=((set_image(_STATEFULSET, "web=nginx:1.26"),),),
        crashes=("statefulset",),
        budget={"crash": 1},
    )


def wedge() -> Scope:
    """Return a StatefulSet of three whose broken image is put right."""
    return Scope(
        controllers=(STATEFULSET, GARBAGE_COLLECTOR),
        manifests=loads(STATEFULSET_TEXT),
        rested=True,
        users=((set_image(_STATEFULSET, "web=nginx:bad"), set_image(_STATEFULSET, "web=nginx:1.26")),),
    )


SCOPES: Final[Mapping[str, Callable[[], Scope]]] = MappingProxyType(
    {"deployment": deployment, "statefulset": statefulset, "wedge": wedge}
)
"""The scopes by name."""

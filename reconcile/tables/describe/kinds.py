"""Which description each resource has: one row a resource."""

from collections.abc import Callable, Mapping
from typing import Final

from reconcile.model.json import Json
from reconcile.tables.describe.anything import anything
from reconcile.tables.describe.claims import claim
from reconcile.tables.describe.lines import Around, Lines, finished
from reconcile.tables.describe.nodes import namespace, node
from reconcile.tables.describe.pods import pod
from reconcile.tables.describe.services import endpoint_slice, endpoints, service
from reconcile.tables.describe.workloads import (
    budget,
    cron_job,
    daemon_set,
    deployment,
    job,
    replica_set,
    stateful_set,
)

DESCRIPTIONS: Final[Mapping[str, Callable[[Json, Around], Lines]]] = {
    "pods": pod,
    "deployments": deployment,
    "replicasets": replica_set,
    "statefulsets": stateful_set,
    "daemonsets": daemon_set,
    "jobs": job,
    "cronjobs": cron_job,
    "services": service,
    "endpoints": endpoints,
    "endpointslices": endpoint_slice,
    "persistentvolumeclaims": claim,
    "poddisruptionbudgets": budget,
    "nodes": node,
    "namespaces": namespace,
}


def describe(resource: str, item: Json, around: Around) -> str:
    """Return what `kubectl describe` prints for an object of *resource*, a lower-case plural.

    Between several objects kubectl leaves two empty lines.
    """
    return finished(DESCRIPTIONS.get(resource, anything)(item, around))

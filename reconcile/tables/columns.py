"""Which columns each resource has: one row a resource."""

from collections.abc import Iterable, Mapping
from typing import Final

from reconcile.model.clock import Instant
from reconcile.model.json import Json
from reconcile.model.kinds import BY_PLURAL
from reconcile.tables.cluster_cells import EVENTS, NAMESPACES, NODES
from reconcile.tables.pod_cells import PODS
from reconcile.tables.service_cells import ENDPOINT_SLICES, ENDPOINTS, SERVICES
from reconcile.tables.storage_cells import CLAIMS, VOLUMES
from reconcile.tables.table import AGE, NAME, Cell, Column, Row, Table
from reconcile.tables.workload_cells import (
    BUDGETS,
    CRON_JOBS,
    DAEMON_SETS,
    DEPLOYMENTS,
    JOBS,
    REPLICA_SETS,
    REVISIONS,
    STATEFUL_SETS,
)

COLUMNS: Final[Mapping[str, tuple[Column, ...]]] = {
    "pods": PODS,
    "deployments": DEPLOYMENTS,
    "replicasets": REPLICA_SETS,
    "statefulsets": STATEFUL_SETS,
    "daemonsets": DAEMON_SETS,
    "jobs": JOBS,
    "cronjobs": CRON_JOBS,
    "services": SERVICES,
    "persistentvolumeclaims": CLAIMS,
    "poddisruptionbudgets": BUDGETS,
    "controllerrevisions": REVISIONS,
    "nodes": NODES,
    "namespaces": NAMESPACES,
    "events": EVENTS,
    "endpoints": ENDPOINTS,
    "endpointslices": ENDPOINT_SLICES,
    "persistentvolumes": VOLUMES,
}
_OTHER: Final = (NAME, AGE)


def columns(resource: str) -> tuple[Column, ...]:
    """Return the columns of *resource*, a lower-case plural; name and age for what we do not know.

    >>> [column.name for column in columns("statefulsets") if not column.priority]
    ['Name', 'Ready', 'Age']
    """
    return COLUMNS.get(resource, _OTHER)


def cells(resource: str, item: Json, now: Instant) -> tuple[Cell, ...]:
    """Return the cells of one object of *resource*, wide ones included."""
    return tuple(column.cell(item, now) for column in columns(resource))


def tabulate(resource: str, items: Iterable[Json], now: Instant) -> Table:
    """Return the table of *items*, all of them objects of *resource*, in the order given."""
    shown, kind = columns(resource), BY_PLURAL.get(resource)
    return Table(
        kind.qualified if kind else resource,
        tuple(column.name for column in shown),
        tuple(column.priority for column in shown),
        tuple(Row(cells(resource, item, now), item) for item in items),
        kind is None or kind.namespaced,
    )

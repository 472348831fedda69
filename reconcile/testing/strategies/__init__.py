"""Hypothesis strategies: everything that a controller may meet.

    from hypothesis import given
    from reconcile.testing import strategies as st

    @given(st.deployments(max_replicas=3))
    def test_mine(manifest): ...

Rules
1. Names are plural: each is what examples are drawn from. Bounds are keyword arguments. No hint changes a distribution.
2. Manifests are plain documents as users write them, and valid: the API takes every one.
3. Everything shrinks towards less: fewer objects, fewer pods, optional fields left out, no delays, no faults.
"""

from reconcile.testing.strategies.fates import delays, fates
from reconcile.testing.strategies.histories import histories
from reconcile.testing.strategies.labels import labels, names
from reconcile.testing.strategies.moves import (
    any_moves,
    edits,
    fault_moves,
    fault_schedules,
    kubectl_histories,
    node_moves,
    patches,
    pod_fates,
    time_moves,
)
from reconcile.testing.strategies.objects import claims, nodes, pod_lists, pods, services
from reconcile.testing.strategies.states import observations, snapshots, states, widgets
from reconcile.testing.strategies.templates import images, pod_templates
from reconcile.testing.strategies.workloads import (
    cronjobs,
    daemonsets,
    deployments,
    jobs,
    manifests,
    replicasets,
    statefulsets,
)

__all__ = [
    "any_moves",
    "claims",
    "cronjobs",
    "daemonsets",
    "delays",
    "deployments",
    "edits",
    "fates",
    "fault_moves",
    "fault_schedules",
    "histories",
    "images",
    "jobs",
    "kubectl_histories",
    "labels",
    "manifests",
    "names",
    "node_moves",
    "nodes",
    "observations",
    "patches",
    "pod_fates",
    "pod_lists",
    "pod_templates",
    "pods",
    "replicasets",
    "services",
    "snapshots",
    "statefulsets",
    "states",
    "time_moves",
    "widgets",
]

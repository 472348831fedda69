"""Defaults that are constants: type, field, value. Those of pod templates are `reconcile.model.pod_defaults`."""

from collections.abc import Mapping
from typing import Any, Final

from reconcile.model import pod_defaults

CONSTANTS: Final[Mapping[str, Mapping[str, Any]]] = {
    **pod_defaults.CONSTANTS,
    # contract api 6
    "v1.CronJobSpec": {"concurrencyPolicy": "Allow"},
    "v1.PodFailurePolicyOnPodConditionsPattern": {"status": "True"},
    "v1.StatefulSetSpec": {"podManagementPolicy": "OrderedReady"},
    # contract api 7
    "v1.ServicePort": {"protocol": "TCP"},
    "v1.ServiceSpec": {"type": "ClusterIP", "sessionAffinity": "None"},
    "v1.PersistentVolumeClaimStatus": {"phase": "Pending"},
    "v1.NamespaceStatus": {"phase": "Active"},
}
"""Fields that count as unset when they are absent, zero or empty."""

POINTED: Final[Mapping[str, Mapping[str, Any]]] = {
    **pod_defaults.POINTED,
    "v1.ReplicaSetSpec": {"replicas": 1},
    "v1.DeploymentSpec": {"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600},
    "v1.StatefulSetSpec": {"replicas": 1, "revisionHistoryLimit": 10},
    "v1.DaemonSetSpec": {"revisionHistoryLimit": 10},
    "v1.CronJobSpec": {"suspend": False, "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1},
}
"""Fields that count as unset only when they are absent: behind a pointer, zero and empty are values of their own."""

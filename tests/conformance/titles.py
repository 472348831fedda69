"""The titles of Kubernetes' conformance tests of sig-apps that are within the scope of this project.

They come from the list that Kubernetes keeps of them (test/conformance/testdata/conformance.yaml, and the comments in
test/e2e/apps from which it is made), with the release that took each of them up. PodDisruptionBudgets and
ReplicationControllers, eleven tests, are not within the scope.
"""

from typing import Final

TITLES: Final[dict[str, dict[str, str]]] = {
    "controllerrevision": {
        "ControllerRevision, resource lifecycle": "v1.25",
    },
    "cronjob": {
        "CronJob Suspend": "v1.21",
        "CronJob ForbidConcurrent": "v1.21",
        "CronJob ReplaceConcurrent": "v1.21",
        "CronJob AllowConcurrent": "v1.21",
        "CronJob API Operations": "v1.21",
    },
    "daemonset": {
        "DaemonSet-Creation": "v1.10",
        "DaemonSet-NodeSelection": "v1.10",
        "DaemonSet-FailedPodCreation": "v1.10",
        "DaemonSet-RollingUpdate": "v1.10",
        "DaemonSet-Rollback": "v1.10",
        "DaemonSet, list and delete a collection of DaemonSets": "v1.22",
        "DaemonSet, status sub-resource": "v1.22",
    },
    "deployment": {
        "Deployment RollingUpdate": "v1.12",
        "Deployment Recreate": "v1.12",
        "Deployment RevisionHistoryLimit": "v1.12",
        "Deployment Rollover": "v1.12",
        "Deployment Proportional Scaling": "v1.12",
        "Deployment, completes the lifecycle of a Deployment": "v1.20",
        "Deployment, completes the scaling of a Deployment subresource": "v1.21",
        "Deployment, status sub-resource": "v1.22",
    },
    "job": {
        "Jobs, active pods, graceful termination": "v1.15",
        "Jobs, orphan pods, re-adoption": "v1.16",
        "Jobs, completion after task failure": "v1.16",
        "Jobs, apply changes to status": "v1.24",
        "Ensure Pods of an Indexed Job get a unique index.": "v1.24",
        "Jobs, manage lifecycle": "v1.25",
        "Verify Pod Failure policy allows to fail job early on exit code.": "v1.31",
        "Ensure pod failure policy allows to ignore failure matching on the DisruptionTarget condition": "v1.32",
        "Ensure that all indexes are executed for an indexed job with backoffLimitPerIndex despite some failing": "v1.33",  # noqa: E501 - the title in one piece
        "Mark indexes as failed when the FailIndex action is matched in podFailurePolicy": "v1.33",
        "Terminate job execution when the maxFailedIndexes is exceeded": "v1.33",
        "Ensure that job with successPolicy succeeded when all indexes succeeded": "v1.33",
        "Ensure that job with successPolicy succeededIndexes rule succeeded even when some indexes remain pending": "v1.33",  # noqa: E501 - the title in one piece
        "Ensure that job with successPolicy succeededCount rule succeeded even when some indexes remain pending": "v1.33",  # noqa: E501 - the title in one piece
    },
    "replicaset": {
        "Replica Set, run basic image": "v1.9",
        "Replica Set, adopt matching pods and release non matching pods": "v1.13",
        "ReplicaSet, completes the scaling of a ReplicaSet subresource": "v1.21",
        "ReplicaSet, is created, Replaced and Patched": "v1.21",
        "ReplicaSet, list and delete a collection of ReplicaSets": "v1.22",
        "ReplicaSet, status sub-resource": "v1.22",
    },
    "statefulset": {
        "StatefulSet, Rolling Update": "v1.9",
        "StatefulSet, Rolling Update with Partition": "v1.9",
        "StatefulSet, Scaling": "v1.9",
        "StatefulSet, Burst Scaling": "v1.9",
        "StatefulSet, Recreate Failed Pod": "v1.9",
        "StatefulSet resource Replica scaling": "v1.16, v1.21",
        "StatefulSet, list, patch and delete a collection of StatefulSets": "v1.22",
        "StatefulSet, status sub-resource": "v1.22",
    },
}
"""By kind, the titles with the releases that they are from."""

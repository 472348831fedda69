"""Manifests of the six workload kinds, as a user writes them: every one is accepted by the API.

Each strategy takes the name and its bounds as keyword arguments, and shrinks towards the shortest manifest: one
replica, image `app:1`, every optional field left out. The pods of a workload carry the label `app` with its name.
Equal arguments give the very same strategy, because making one costs Hypothesis more than drawing from it.
"""

from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from reconcile.testing.strategies.labels import optional
from reconcile.testing.strategies.templates import ENDS, TAGS, pod_templates

Manifest = dict[str, Any]
Manifests = SearchStrategy[Manifest]

SCHEDULES: Final = ("* * * * *", "*/5 * * * *", "0 * * * *", "30 2 * * 1-5", "@hourly")


def _object(kind: str, api_version: str, name: str, spec: Manifest) -> Manifest:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec}


def _selected(name: str) -> SearchStrategy[dict[str, str]]:
    """Label sets of the pods of the workload *name*: the selected label, and at times one more."""
    return optional({"app": st.just(name)}, tier=st.sampled_from(("front", "back")))


def _selector(name: str) -> SearchStrategy[Manifest]:
    return st.just({"matchLabels": {"app": name}})


def _share(maximum: int) -> SearchStrategy[int | str]:
    """A number of pods or a percentage of them."""
    return st.integers(0, maximum) | st.sampled_from(("0%", "25%", "34%", "50%", "100%"))


def _zero(value: int | str) -> bool:
    return value in (0, "0%")


# --- ReplicaSet, Deployment ----------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def replicasets(
    *, name: str = "web", max_replicas: int = 4, max_ready: int = 3, tags: tuple[str, ...] = TAGS
) -> Manifests:
    """Return manifests of ReplicaSets with up to *max_replicas* and minReadySeconds up to *max_ready*."""
    spec = optional(
        {
            "replicas": st.integers(0, max_replicas),
            "selector": _selector(name),
            "template": pod_templates(tags=tags, label_sets=_selected(name)),
        },
        minReadySeconds=st.integers(1, max_ready),
    )
    return spec.map(lambda drawn: _object("ReplicaSet", "apps/v1", name, drawn))


@st.composite
def _rolling_updates(draw: DrawFn, maximum: int) -> Manifest:
    surge, missing = draw(_share(maximum)), draw(_share(maximum))
    if _zero(surge) and _zero(missing):
        missing = 1
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": missing}}


@lru_cache(maxsize=64)
def deployments(
    *, name: str = "web", max_replicas: int = 4, max_surge: int = 3, max_ready: int = 3, tags: tuple[str, ...] = TAGS
) -> Manifests:
    """Return manifests of Deployments: RollingUpdate with surge and unavailability up to *max_surge* pods, Recreate,
    paused ones, short histories and deadlines."""
    spec = optional(
        {
            "replicas": st.integers(0, max_replicas),
            "selector": _selector(name),
            "template": pod_templates(tags=tags, label_sets=_selected(name)),
        },
        strategy=st.just({"type": "Recreate"}) | _rolling_updates(max_surge),
        minReadySeconds=st.integers(1, max_ready),
        revisionHistoryLimit=st.integers(0, 3),
        progressDeadlineSeconds=st.integers(max_ready + 1, 60),
        paused=st.just(True),
    )
    return spec.map(lambda drawn: _object("Deployment", "apps/v1", name, drawn))


# --- StatefulSet, DaemonSet ----------------------------------------------------------------------------------------


def _claim_templates() -> SearchStrategy[list[Manifest]]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return st.just([{"metadata": {"name": "data"}, "spec": spec}])


@lru_cache(maxsize=64)
def statefulsets(
    *, name: str = "web", max_replicas: int = 4, max_ready: int = 3, tags: tuple[str, ...] = TAGS
) -> Manifests:
    """Return manifests of StatefulSets: in order and parallel, with partitions, first ordinals, claims, OnDelete."""
    keep = st.sampled_from(("Retain", "Delete"))
    rolling = st.integers(0, max_replicas).map(lambda n: {"type": "RollingUpdate", "rollingUpdate": {"partition": n}})
    spec = optional(
        {
            "replicas": st.integers(0, max_replicas),
            "serviceName": st.just(name),
            "selector": _selector(name),
            "template": pod_templates(tags=tags, label_sets=_selected(name)),
        },
        podManagementPolicy=st.sampled_from(("OrderedReady", "Parallel")),
        updateStrategy=rolling | st.just({"type": "OnDelete"}),
        minReadySeconds=st.integers(1, max_ready),
        revisionHistoryLimit=st.integers(0, 3),
        ordinals=st.integers(0, 3).map(lambda first: {"start": first}),
        volumeClaimTemplates=_claim_templates(),
        persistentVolumeClaimRetentionPolicy=st.fixed_dictionaries({"whenDeleted": keep, "whenScaled": keep}),
    )
    return spec.map(lambda drawn: _object("StatefulSet", "apps/v1", name, drawn))


@st.composite
def _daemon_updates(draw: DrawFn, maximum: int) -> Manifest:
    if draw(st.booleans()):
        field, value = "maxSurge", draw(st.integers(1, maximum) | st.sampled_from(("34%", "100%")))
        rolling = {field: value, "maxUnavailable": 0}
    else:
        rolling = {"maxUnavailable": draw(st.integers(1, maximum) | st.sampled_from(("34%", "100%")))}
    return {"type": "RollingUpdate", "rollingUpdate": rolling}


@lru_cache(maxsize=64)
def daemonsets(*, name: str = "web", max_surge: int = 3, max_ready: int = 3, tags: tuple[str, ...] = TAGS) -> Manifests:
    """Return manifests of DaemonSets: with surge or unavailability, OnDelete, on all nodes or some, taints or none."""
    template = st.builds(
        _placed,
        pod_templates(tags=tags, label_sets=_selected(name)),
        st.none() | st.just({"zone": "a"}),
        st.booleans(),
    )
    spec = optional(
        {"selector": _selector(name), "template": template},
        updateStrategy=_daemon_updates(max_surge) | st.just({"type": "OnDelete"}),
        minReadySeconds=st.integers(1, max_ready),
        revisionHistoryLimit=st.integers(0, 3),
    )
    return spec.map(lambda drawn: _object("DaemonSet", "apps/v1", name, drawn))


def _placed(template: Manifest, selector: Manifest | None, tolerant: bool) -> Manifest:
    spec = {**template["spec"], **({"nodeSelector": selector} if selector is not None else {})}
    return {**template, "spec": {**spec, "tolerations": [{"operator": "Exists"}]} if tolerant else spec}


# --- Job, CronJob --------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def jobs(*, name: str = "work", max_pods: int = 4, tags: tuple[str, ...] = ENDS) -> Manifests:
    """Return manifests of Jobs with parallelism and completions up to *max_pods*: work queues, fixed completions,
    Indexed ones with limits per index and success policies, failure policies, deadlines, suspended ones."""
    return _job_specs(max_pods, tags).map(lambda spec: _object("Job", "batch/v1", name, spec))


@st.composite
def _job_specs(draw: DrawFn, max_pods: int, tags: tuple[str, ...]) -> Manifest:
    spec = draw(
        optional(
            {
                "template": pod_templates(
                    tags=tags, label_sets=st.just({"made": "by-job"}), restart_policies=("Never", "OnFailure")
                )
            },
            parallelism=st.integers(0, max_pods),
            completions=st.integers(1, max_pods),
            backoffLimit=st.integers(0, 3),
            activeDeadlineSeconds=st.integers(1, 120),
            ttlSecondsAfterFinished=st.integers(0, 60),
            suspend=st.just(True),
            podReplacementPolicy=st.sampled_from(("TerminatingOrFailed", "Failed")),
        )
    )
    if draw(st.booleans()):
        spec = {**spec, **draw(_indexed(spec.get("completions", 1)))}
    if draw(st.booleans()) and spec["template"]["spec"]["restartPolicy"] == "Never":
        rules = [{"action": draw(st.sampled_from(_actions(spec))), "onExitCodes": {"operator": "In", "values": [1]}}]
        spec = {**spec, "podFailurePolicy": {"rules": rules}, "podReplacementPolicy": "Failed"}
    if "backoffLimitPerIndex" in spec and spec["template"]["spec"]["restartPolicy"] != "Never":
        spec = {key: value for key, value in spec.items() if key not in ("backoffLimitPerIndex", "maxFailedIndexes")}
    return spec


def _actions(spec: Manifest) -> tuple[str, ...]:
    return (
        ("Count", "Ignore", "FailJob", "FailIndex")
        if "backoffLimitPerIndex" in spec
        else ("Count", "Ignore", "FailJob")
    )


@st.composite
def _indexed(draw: DrawFn, completions: int) -> Manifest:
    spec: Manifest = {"completionMode": "Indexed", "completions": completions}
    if draw(st.booleans()):
        spec["backoffLimitPerIndex"] = draw(st.integers(0, 2))
        if draw(st.booleans()):
            spec["maxFailedIndexes"] = draw(st.integers(0, completions))
    if draw(st.booleans()):
        spec["successPolicy"] = {"rules": [{"succeededCount": draw(st.integers(1, completions))}]}
    return spec


@lru_cache(maxsize=64)
def cronjobs(*, name: str = "tick", max_pods: int = 2, tags: tuple[str, ...] = ENDS) -> Manifests:
    """Return manifests of CronJobs with all policies, time zones, deadlines and limits; their Jobs are simple."""
    template = pod_templates(tags=tags, label_sets=st.just({"made": "by-cron"}), restart_policies=("Never",))
    job = optional({"template": template}, parallelism=st.integers(1, max_pods), backoffLimit=st.integers(0, 2))
    spec = optional(
        {"schedule": st.sampled_from(SCHEDULES), "jobTemplate": job.map(lambda drawn: {"spec": drawn})},
        concurrencyPolicy=st.sampled_from(("Allow", "Forbid", "Replace")),
        startingDeadlineSeconds=st.integers(10, 600),
        successfulJobsHistoryLimit=st.integers(0, 3),
        failedJobsHistoryLimit=st.integers(0, 2),
        timeZone=st.sampled_from(("Etc/UTC", "Europe/Berlin", "Asia/Seoul")),
        suspend=st.just(True),
    )
    return spec.map(lambda drawn: _object("CronJob", "batch/v1", name, drawn))


BY_KIND: Final[Mapping[str, Callable[..., Manifests]]] = {
    "Deployment": deployments,
    "ReplicaSet": replicasets,
    "StatefulSet": statefulsets,
    "DaemonSet": daemonsets,
    "Job": jobs,
    "CronJob": cronjobs,
}
"""The strategy of each kind."""


_SIZES: Final[Mapping[str, str]] = {
    "Deployment": "max_replicas",
    "ReplicaSet": "max_replicas",
    "StatefulSet": "max_replicas",
    "Job": "max_pods",
    "CronJob": "max_pods",
}
"""What bounds the pods of each kind; those of a DaemonSet are as many as there are nodes."""


def expect_kinds(kinds: Collection[str]) -> None:
    """Raise ValueError unless *kinds* are some of the workloads'.

    >>> expect_kinds(("Job", "Pool"))
    Traceback (most recent call last):
    ValueError: unknown kind 'Pool'; expected some of Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob
    """
    if isinstance(kinds, str):
        raise ValueError(f"expected kinds, e.g. ({kinds!r},), got {kinds!r}")
    for kind in kinds:
        if kind not in BY_KIND:
            raise ValueError(f"unknown kind {kind!r}; expected some of {', '.join(BY_KIND)}")


@lru_cache(maxsize=64)
def manifests(
    *, kinds: tuple[str, ...] = tuple(BY_KIND), name: str | None = None, max_replicas: int | None = None
) -> Manifests:
    """Return manifests of any of *kinds*, called *name* and with up to *max_replicas* pods, or as is usual."""
    expect_kinds(kinds)
    named = {} if name is None else {"name": name}

    def of(kind: str) -> Manifests:
        sized = {} if max_replicas is None or kind not in _SIZES else {_SIZES[kind]: max_replicas}
        return BY_KIND[kind](**named, **sized)

    return st.sampled_from(kinds).flatmap(of)

"""Defaults of workloads that depend on other fields (contract api 6)."""

from collections.abc import Callable, Mapping
from typing import Final

from reconcile.admission.once import shared
from reconcile.admission.schema import in_order
from reconcile.model.json import EMPTY, FrozenList, FrozenMap, Json

Out = dict[str, Json]

_UNLIMITED: Final = 2147483647
_CLAIM_HEADER: Final = FrozenMap(kind="PersistentVolumeClaim", apiVersion="v1")
_PENDING: Final = FrozenMap(phase="Pending")


def _strategy(out: Out) -> None:
    """Fill in a Deployment's strategy: each half of rollingUpdate by itself."""
    out["type"] = out.get("type") or "RollingUpdate"
    if out["type"] == "RollingUpdate":
        given = out.get("rollingUpdate") or EMPTY
        out["rollingUpdate"] = _filled(given, maxUnavailable="25%", maxSurge="25%")


def _daemon_strategy(out: Out) -> None:
    out["type"] = out.get("type") or "RollingUpdate"
    if out["type"] == "RollingUpdate":
        given = out.get("rollingUpdate") or EMPTY
        out["rollingUpdate"] = _filled(given, maxUnavailable=1, maxSurge=0)
    elif "rollingUpdate" in out:
        # Ignored but kept, and shown with both of its numbers.
        out["rollingUpdate"] = _filled(out["rollingUpdate"], maxUnavailable=0, maxSurge=0)


def _stateful_strategy(out: Out) -> None:
    # contract api 6.3: only an absent type brings a rollingUpdate block along
    if not out.get("type"):
        out["type"] = "RollingUpdate"
        out["rollingUpdate"] = out.get("rollingUpdate") or EMPTY
    if out["type"] == "RollingUpdate" and "rollingUpdate" in out:
        out["rollingUpdate"] = _filled(out["rollingUpdate"], partition=0)


def _filled(given: FrozenMap, **defaults: Json) -> FrozenMap:
    """Return *given* with *defaults*, which are in order of declaration, where it lacks them."""
    filled: FrozenMap = shared(given, FrozenMap({**defaults, **given}))
    return filled


def _retention(out: Out) -> None:
    for name in ("whenDeleted", "whenScaled"):
        out[name] = out.get(name) or "Retain"


def _stateful_set_spec(out: Out) -> None:
    if "persistentVolumeClaimRetentionPolicy" not in out:
        out["persistentVolumeClaimRetentionPolicy"] = FrozenMap(whenDeleted="Retain", whenScaled="Retain")
    claims = out.get("volumeClaimTemplates")
    if claims:
        out["volumeClaimTemplates"] = shared(claims, FrozenList([_claim_template(claim) for claim in claims]))


def _claim_template(claim: FrozenMap) -> FrozenMap:
    # contract api 6.3: what a template says about its status is forgotten
    fields = {**_CLAIM_HEADER, **claim, "status": _PENDING}
    template: FrozenMap = shared(claim, in_order("v1.PersistentVolumeClaim", fields))
    return template


def _job(out: Out) -> None:
    """Fill in a Job; its spec's defaults hang on Job, because job templates do not get them (contract api 6.5)."""
    spec = out["spec"]
    extra: Out = {}
    if "completions" not in spec and "parallelism" not in spec:
        extra["completions"] = 1
    if "parallelism" not in spec:
        extra["parallelism"] = 1
    if "backoffLimit" not in spec:
        extra["backoffLimit"] = _UNLIMITED if "backoffLimitPerIndex" in spec else 6
    replace = "Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed"
    constants = {"completionMode": "NonIndexed", "suspend": False, "manualSelector": False}
    for name, value in {**constants, "podReplacementPolicy": replace}.items():
        if name not in spec:
            extra[name] = value
    out["spec"] = in_order("v1.JobSpec", {**spec, **extra}) if extra else spec
    labels = _labels(spec["template"])
    if labels and not out["metadata"].get("labels"):
        out["metadata"] = in_order("v1.ObjectMeta", {**out["metadata"], "labels": labels})


def _labels(template: FrozenMap) -> FrozenMap:
    labels: FrozenMap = template["metadata"].get("labels") or EMPTY
    return labels


WORKLOADS: Final[Mapping[str, Callable[[Out], None]]] = {
    "v1.DeploymentStrategy": _strategy,
    "v1.DaemonSetUpdateStrategy": _daemon_strategy,
    "v1.StatefulSetUpdateStrategy": _stateful_strategy,
    "v1.StatefulSetPersistentVolumeClaimRetentionPolicy": _retention,
    "v1.StatefulSetSpec": _stateful_set_spec,
    "v1.Job": _job,
}

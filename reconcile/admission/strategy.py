"""How the kinds differ: one row a kind, read by `reconcile.admission.admit`.

Rules
1. A row holds data (initial status, does it have a generation) and small pure functions: what is prepared before
   validation, and what is validated.
2. A kind without a row has metadata, and whatever shape its type gives it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import frozen

from reconcile.admission import plugins, services
from reconcile.admission.causes import Causes
from reconcile.admission.decode import Malformed, same_meaning
from reconcile.admission.defaults.qos import qos_class
from reconcile.admission.schema import in_order
from reconcile.admission.validation import (
    claim,
    cronjob,
    job,
    metadata,
    pod,
    pod_status,
    pod_update,
    service,
    status,
    workloads,
)
from reconcile.admission.validation.allocators import unallocatable
from reconcile.model.intstr import int64
from reconcile.model.json import EMPTY, FrozenList, FrozenMap, Json, look, put
from reconcile.outcome import Rejected

TEMPLATE_GENERATION: Final = "deprecated.daemonset.template.generation"
KUBERNETES: Final = "kubernetes"
"""The finalizer in the spec of a namespace, which whoever empties namespaces takes away."""
_PROTECTION: Final = "kubernetes.io/pvc-protection"

Prepare = Callable[[FrozenMap, FrozenMap | None], FrozenMap]
"""The new object and the stored one (None on create) to the object with what the server adds."""


def _as_it_is(new: FrozenMap, _: FrozenMap | None) -> FrozenMap:
    return new


def _nothing(_: FrozenMap) -> Causes:
    return iter(())


def _all_there(_: FrozenMap, __: FrozenMap | None) -> Causes:
    return iter(())


def _no_change(_: FrozenMap, __: FrozenMap) -> Causes:
    return iter(())


def _admitted(obj: FrozenMap) -> FrozenMap | Rejected:
    return obj


@frozen
class Strategy:
    """What the server does with the objects of one kind."""

    initial: Callable[[FrozenMap], FrozenMap | None] = lambda _: EMPTY
    """The status of a new object; None for kinds that have none."""
    generation: bool = True
    plugin: Callable[[FrozenMap], FrozenMap | Rejected] = _admitted
    """Mutating admission of a new object."""
    prepare: Prepare = _as_it_is
    """What is filled in or reset before validation, apart from metadata and status."""
    finish: Callable[[FrozenMap], FrozenMap] = lambda obj: obj
    """What is allocated after validation."""
    validate: Callable[[FrozenMap], Causes] = _nothing
    validate_update: Callable[[FrozenMap, FrozenMap], Causes] = _no_change
    """Everything about the new spec: an update is validated by this alone."""
    unallocatable: Callable[[FrozenMap, FrozenMap | None], Causes] = _all_there
    """What the allocators refuse of a new object, or of one in the place of another: it hides all other causes."""
    prepare_status: Callable[[FrozenMap, FrozenMap], FrozenMap] = _as_it_is
    """What is filled in when a status is written."""
    validate_status: Callable[[FrozenMap, FrozenMap], Causes] = _no_change
    own_on_status: tuple[str, ...] = ()
    """Metadata that a status write does not touch."""
    bumps: Callable[[FrozenMap, FrozenMap], bool] = lambda new, old: not same_spec(new, old)
    """Whether an update is a new generation."""
    spec_before_metadata: bool = False
    """Whether errors of the spec hide those of metadata (contract api 2.3)."""
    metadata_again: bool = False
    """Whether an update validates metadata as on create."""
    unconditional: bool = True
    """Whether an update may leave out the resourceVersion."""
    scales: bool = False
    """Whether the kind has a scale subresource."""


def same_spec(new: FrozenMap, old: FrozenMap) -> bool:
    """Return whether the specs of two objects mean the same."""
    return same_meaning(new.get("kind", ""), "spec", new.get("spec"), old.get("spec"))


def _and(check: Callable[[FrozenMap], Causes], change: Callable[[FrozenMap, FrozenMap], Causes]) -> Any:
    def both(new: FrozenMap, old: FrozenMap) -> Causes:
        yield from check(new)
        yield from change(new, old)

    return both


def _status(**fields: Json) -> Callable[[FrozenMap], FrozenMap | None]:
    value = FrozenMap(fields)
    return lambda _: value


def _statuses(kind: str, more: Callable[[FrozenMap, FrozenMap], Causes] = _no_change) -> Any:
    def check(new: FrozenMap, old: FrozenMap) -> Causes:
        yield from status.status(kind, new, old)
        yield from more(new, old)

    return check


# --- Deployment, DaemonSet -------------------------------------------------------------------------------------


def _deployment_bumps(new: FrozenMap, old: FrozenMap) -> bool:
    annotations = [look(one, "metadata", "annotations") or EMPTY for one in (new, old)]
    return annotations[0] != annotations[1] or not same_spec(new, old)


def _template_generation(new: FrozenMap, old: FrozenMap | None) -> FrozenMap:
    """Return a DaemonSet whose annotation counts the generations of its template (contract api 6.4)."""
    number = _counted(new)
    if old is not None:
        number = _counted(old)
        templates = [FrozenMap(template=one["spec"]["template"]) for one in (new, old)]
        number += 0 if same_meaning("DaemonSet", "spec", *templates) else 1
    return _annotated(new, str(max(number, 1)))


def _counted(obj: FrozenMap) -> int:
    """Return the generation that the annotation tells, 0 if there is none; raise Malformed if it is no number."""
    text = look(obj, "metadata", "annotations", TEMPLATE_GENERATION)
    number = 0 if text is None else int64(text)
    if number is None:
        raise Malformed(
            f"must be a number of 64 bits, not {text!r}", step=f"metadata.annotations[{TEMPLATE_GENERATION}]"
        )
    return number


def _kept_template_generation(new: FrozenMap, old: FrozenMap) -> FrozenMap:
    _counted(new)  # what is sent counts for nothing, but it must decode
    return _annotated(new, look(old, "metadata", "annotations", TEMPLATE_GENERATION, default="1"))


def _annotated(new: FrozenMap, generation: str) -> FrozenMap:
    annotations = {**(look(new, "metadata", "annotations") or EMPTY), TEMPLATE_GENERATION: generation}
    meta = {**new["metadata"], "annotations": FrozenMap(sorted(annotations.items()))}
    return FrozenMap({**new, "metadata": in_order("v1.ObjectMeta", meta)})


# --- Job -------------------------------------------------------------------------------------------------------


def _generated_selector(new: FrozenMap, old: FrozenMap | None) -> FrozenMap:
    """Return a new Job with the labels and selector that tie its pods to it (contract api 6.5)."""
    if old is not None or new["spec"].get("manualSelector"):
        return new
    uid, name = new["metadata"]["uid"], new["metadata"].get("name", "")
    own = look(new, "spec", "template", "metadata", "labels") or EMPTY
    generated = {job.LEGACY_UID: uid, job.CONTROLLER_UID: uid, job.LEGACY_NAME: name, job.JOB_NAME: name}
    labels = FrozenMap(sorted({**generated, **own}.items()))
    selector = {job.CONTROLLER_UID: uid, **(look(new, "spec", "selector", "matchLabels") or EMPTY)}
    out = put(new, ("spec", "template", "metadata", "labels"), labels)
    out = put(out, ("spec", "selector", "matchLabels"), FrozenMap(sorted(selector.items())))
    # One map for both, as on the server: labels that came from the template show the generated ones too.
    shared = bool(own) and look(new, "metadata", "labels") is own
    out = put(out, ("metadata", "labels"), labels) if shared else out
    return FrozenMap({**out, "spec": in_order("v1.JobSpec", out["spec"])})


def _labelled(new: FrozenMap) -> FrozenMap:
    """Return a Job that has its template's labels if it has none by now."""
    labels = look(new, "spec", "template", "metadata", "labels")
    if not labels or new["metadata"].get("labels"):
        return new
    return FrozenMap({**new, "metadata": in_order("v1.ObjectMeta", {**new["metadata"], "labels": labels})})


# --- Pod, Service, claim ---------------------------------------------------------------------------------------


def _pod_status(obj: FrozenMap) -> FrozenMap:
    spec = obj["spec"]
    out: dict[str, Json] = {"phase": "Pending", "qosClass": qos_class(spec)}
    if spec.get("schedulingGates"):
        gated = FrozenMap(
            type="PodScheduled",
            status="False",
            lastProbeTime=None,
            lastTransitionTime=obj["metadata"]["creationTimestamp"],
            reason="SchedulingGated",
            message="Scheduling is blocked due to non-empty scheduling gates",
        )
        out["conditions"] = FrozenList([gated])
    return FrozenMap(out)


def _pod_addresses(new: FrozenMap, old: FrozenMap) -> FrozenMap:
    """Return a pod whose podIP and podIPs agree, the single one being right, and whose qosClass is not lost."""
    status = dict(new.get("status") or EMPTY)
    address, several = status.get("podIP"), status.get("podIPs") or ()
    if address and (not several or several[0].get("ip") != address):
        status["podIPs"] = FrozenList([FrozenMap(ip=address)])
    elif several and not address:
        status["podIP"] = several[0].get("ip", "")
    if not status.get("qosClass") and look(old, "status", "qosClass"):
        status["qosClass"] = look(old, "status", "qosClass")
    return FrozenMap({**new, "status": in_order("v1.PodStatus", status)})


def _pod_update(new: FrozenMap, old: FrozenMap | None) -> FrozenMap:
    return new if old is None else plugins.admit_updated_pod(new, old)


def _service(new: FrozenMap, old: FrozenMap | None) -> FrozenMap:
    stored = None if old is None else old["spec"]
    return FrozenMap({**new, "spec": in_order("v1.ServiceSpec", services.normalized(new["spec"], stored))})


def _allocated(obj: FrozenMap) -> FrozenMap:
    spec = services.allocated(obj["spec"], obj["metadata"].get("uid", ""))
    return FrozenMap({**obj, "spec": in_order("v1.ServiceSpec", spec)})


def _with_ip_modes(new: FrozenMap, _: FrozenMap) -> FrozenMap:
    """Return a Service with a mode for each address that its load balancer has."""
    entries = look(new, "status", "loadBalancer", "ingress")
    if not entries or new["spec"].get("type") != "LoadBalancer":
        return new
    ingress = [FrozenMap({"ipMode": "VIP", **entry}) if entry.get("ip") else entry for entry in entries]
    ordered = FrozenList([in_order("v1.LoadBalancerIngress", entry) for entry in ingress])
    return put(new, ("status", "loadBalancer", "ingress"), ordered)


def _claim(new: FrozenMap, old: FrozenMap | None) -> FrozenMap:
    """Return a claim with protection against deletion and one source under both of its names."""
    spec = _claim_source(new["spec"])
    out = FrozenMap({**new, "spec": spec})
    finalizers = look(new, "metadata", "finalizers") or FrozenList()
    if old is None and _PROTECTION not in finalizers:
        meta = {**out["metadata"], "finalizers": FrozenList([*finalizers, _PROTECTION])}
        out = FrozenMap({**out, "metadata": in_order("v1.ObjectMeta", meta)})
    return out


def _claim_source(spec: FrozenMap) -> FrozenMap:
    out = {key: value for key, value in spec.items() if key != "dataSource" or _restorable(value)}
    if look(out, "dataSourceRef", "namespace"):
        # Sources of other namespaces are behind a gate that is off (CrossNamespaceVolumeDataSource).
        del out["dataSourceRef"]
    one, other = out.get("dataSource"), out.get("dataSourceRef")
    if one is not None and other is None:
        out["dataSourceRef"] = one
    elif other is not None and one is None:
        out["dataSource"] = other
    return in_order("v1.PersistentVolumeClaimSpec", out)


def _restorable(source: FrozenMap) -> bool:
    group, kind = source.get("apiGroup") or "", source.get("kind")
    return (group, kind) in (("", "PersistentVolumeClaim"), ("snapshot.storage.k8s.io", "VolumeSnapshot"))


# --- Namespace -------------------------------------------------------------------------------------------------


def _namespace(new: FrozenMap, old: FrozenMap | None) -> FrozenMap:
    """Return a namespace with the finalizer in its spec that keeps it until it is empty.

    That is no default, which would come again: an update leaves these finalizers alone, and `finalize` takes them away.
    """
    if old is not None:
        return put(new, ("spec",), old.get("spec") or EMPTY)
    given = look(new, "spec", "finalizers") or ()
    return new if KUBERNETES in given else put(new, ("spec", "finalizers"), FrozenList([*given, KUBERNETES]))


STRATEGIES: Final[Mapping[str, Strategy]] = {
    "ReplicaSet": Strategy(
        initial=_status(replicas=0),
        validate=workloads.replica_set,
        validate_update=_and(workloads.replica_set, workloads.updated_replica_set),
        validate_status=_statuses("ReplicaSet"),
        scales=True,
    ),
    "Deployment": Strategy(
        validate=workloads.deployment,
        validate_update=_and(workloads.deployment, workloads.updated_replica_set),
        validate_status=_statuses("Deployment"),
        own_on_status=("labels",),
        bumps=_deployment_bumps,
        scales=True,
    ),
    "StatefulSet": Strategy(
        initial=_status(replicas=0, availableReplicas=0),
        validate=workloads.new_stateful_set,
        validate_update=workloads.updated_stateful_set,
        validate_status=_statuses("StatefulSet"),
        scales=True,
    ),
    "DaemonSet": Strategy(
        initial=_status(currentNumberScheduled=0, numberMisscheduled=0, desiredNumberScheduled=0, numberReady=0),
        prepare=_template_generation,
        validate=workloads.daemon_set,
        validate_update=_and(workloads.daemon_set, workloads.updated_replica_set),
        prepare_status=_kept_template_generation,
        validate_status=_statuses("DaemonSet"),
    ),
    "Job": Strategy(
        prepare=_generated_selector,
        finish=_labelled,
        validate=job.job,
        validate_update=job.updated_job,
        validate_status=_statuses("Job", status.job_status),
        metadata_again=True,
    ),
    "CronJob": Strategy(validate=cronjob.new_cron_job, validate_update=cronjob.updated_cron_job),
    "ControllerRevision": Strategy(
        initial=lambda _: None,
        generation=False,
        validate=workloads.controller_revision,
        validate_update=workloads.updated_controller_revision,
    ),
    "PodDisruptionBudget": Strategy(
        initial=_status(disruptionsAllowed=0, currentHealthy=0, desiredHealthy=0, expectedPods=0),
        validate=workloads.budget,
        validate_update=lambda new, _: workloads.budget(new),
        validate_status=_statuses("PodDisruptionBudget", status.budget_status),
        spec_before_metadata=True,
        unconditional=False,
    ),
    "Pod": Strategy(
        initial=_pod_status,
        plugin=plugins.admit_new_pod,
        prepare=_pod_update,
        validate=pod.new_pod,
        validate_update=pod_update.updated_pod,
        prepare_status=_pod_addresses,
        validate_status=pod_status.pod_status,
        own_on_status=("ownerReferences",),
    ),
    "Service": Strategy(
        initial=_status(loadBalancer=EMPTY),
        generation=False,
        prepare=_service,
        finish=_allocated,
        validate=service.service,
        validate_update=service.updated_service,
        unallocatable=unallocatable,
        prepare_status=_with_ip_modes,
        validate_status=status.service_status,
    ),
    "PersistentVolumeClaim": Strategy(
        initial=_status(phase="Pending"),
        generation=False,
        prepare=_claim,
        validate=claim.claim,
        validate_update=_and(claim.claim, claim.updated_claim),
        validate_status=claim.claim_status,
    ),
    "Namespace": Strategy(
        initial=_status(phase="Active"),
        generation=False,
        prepare=_namespace,
        validate=metadata.spec_finalizers,
        validate_status=status.namespace_status,
    ),
    "Node": Strategy(initial=lambda obj: obj.get("status", EMPTY), generation=False),
}

UNKNOWN: Final = Strategy(initial=lambda obj: obj.get("status"), generation=False)
"""What is done for a kind without a row."""

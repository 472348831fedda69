"""Pods, as controllers see them.

Rules
1. Everything is read from the object when it is first asked for; what is absent has the value that upstream's zero
   value stands for.
2. A pod is active until it has ended or is told to go; a pod that is told to go and has not ended is terminating.
3. Pods with the same `Trait` are one group of a view. It holds what controllers count by, and nothing that every pod
   has for itself (its name, its index): otherwise there would be as many groups as pods.
"""

from functools import cached_property
from typing import Final, NamedTuple

from attrs import frozen

from reconcile.model import condition
from reconcile.model.clock import Instant, later, parse
from reconcile.model.json import EMPTY, FrozenList, FrozenMap, drop, look
from reconcile.model.resource import Resource

FINISHED: Final = frozenset({"Succeeded", "Failed"})
"""Phases from which a pod never comes back."""

JOB_TRACKING: Final = "batch.kubernetes.io/job-tracking"
"""The finalizer of a Job's pods that are not counted yet."""

COMPLETION_INDEX: Final = "batch.kubernetes.io/job-completion-index"
"""The annotation that tells which index of a Job a pod works on; the label of the same name is for users."""

DELETION_COST: Final = "controller.kubernetes.io/pod-deletion-cost"

UNSCHEDULABLE: Final = "?"
"""Where pods stand that the scheduler has found no node for; no node is called so."""


class Trait(NamedTuple):
    """What makes two pods alike to a controller that counts them; pods with equal traits are one group of a view."""

    owner: tuple[str, str, str] | None
    """Key of the controller, which lives in the namespace of the pods; its uid is what views are looked up by."""
    labels: FrozenMap
    """But for the completion index of a Job's pods: with it no two of them were alike."""
    phase: str
    deleting: bool
    assigned: bool
    ready: bool
    cost: int
    tracked: bool
    """Whether a Job has yet to count the pods."""

    @property
    def active(self) -> bool:
        """Whether the pods run or may still run."""
        return not self.deleting and self.phase not in FINISHED

    @property
    def finished(self) -> bool:
        """Whether the pods have ended for good."""
        return self.phase in FINISHED

    @property
    def terminating(self) -> bool:
        """Whether the pods are on their way out but have not ended yet."""
        return self.deleting and self.phase not in FINISHED


@frozen
class Pod(Resource):
    """A pod."""

    @cached_property
    def phase(self) -> str:
        """The phase; empty for a pod without status."""
        phase: str = self.status.get("phase") or ""
        return phase

    @property
    def node(self) -> str:
        """The name of the node that the pod is bound to; empty if none."""
        node: str = self.spec.get("nodeName") or ""
        return node

    @property
    def claims(self) -> list[str]:
        """The names of the PersistentVolumeClaims that the pod mounts."""
        volumes = self.spec.get("volumes") or ()
        return [entry["persistentVolumeClaim"]["claimName"] for entry in volumes if "persistentVolumeClaim" in entry]

    @property
    def standing(self) -> str:
        """Where the pod stands: on its node, on none (empty), or on none after the scheduler has looked for one."""
        if self.node or condition.find(self.conditions, "PodScheduled") is None:
            return self.node
        return UNSCHEDULABLE

    @property
    def conditions(self) -> FrozenList:
        """The pod's conditions."""
        conditions: FrozenList = self.status.get("conditions") or FrozenList()
        return conditions

    @cached_property
    def _ready(self) -> FrozenMap:
        return condition.find(self.conditions, "Ready") or EMPTY

    @property
    def ready(self) -> bool:
        """Whether the Ready condition is True."""
        return self._ready.get("status") == "True"

    @property
    def ready_time(self) -> Instant | None:
        """When the Ready condition last turned."""
        return parse(self._ready.get("lastTransitionTime"))

    @property
    def finished(self) -> bool:
        """Whether the pod has ended for good."""
        return self.phase in FINISHED

    @property
    def active(self) -> bool:
        """Whether the pod runs or may still run: neither finished nor on its way out."""
        return not self.meta.deleting and not self.finished

    @property
    def terminating(self) -> bool:
        """Whether the pod is on its way out but has not ended yet."""
        return self.meta.deleting and not self.finished

    def available(self, min_ready_seconds: int, now: Instant) -> bool:
        """Return whether the pod has been ready for *min_ready_seconds*."""
        if not self.ready:
            return False
        if min_ready_seconds == 0:
            return True
        return self.ready_time is not None and later(self.ready_time, min_ready_seconds) <= now

    @cached_property
    def cost(self) -> int:
        """The deletion cost that the pod's annotation names; 0 if there is none or it is not a 32-bit integer."""
        return deletion_cost(self.meta.annotations.get(DELETION_COST, ""))

    @cached_property
    def restarts(self) -> int:
        """The largest restart count of the pod's containers."""
        return max((entry.get("restartCount", 0) for entry in self.status.get("containerStatuses") or ()), default=0)

    @cached_property
    def sidecar_statuses(self) -> tuple[FrozenMap, ...]:
        """The statuses of the pod's restartable init containers."""
        sidecars = {
            entry.get("name")
            for entry in self.spec.get("initContainers") or ()
            if entry.get("restartPolicy") == "Always"
        }
        statuses = self.status.get("initContainerStatuses") or ()
        return tuple(entry for entry in statuses if entry.get("name") in sidecars)

    @cached_property
    def sidecar_restarts(self) -> int:
        """The largest restart count of the pod's restartable init containers."""
        return max((entry.get("restartCount", 0) for entry in self.sidecar_statuses), default=0)

    @cached_property
    def trait(self) -> Trait:
        """The group of a view that the pod falls into."""
        controller = self.meta.controller
        owner = (controller.kind, self.meta.namespace, controller.name) if controller is not None else None
        return Trait(
            owner,
            drop(self.meta.labels, (COMPLETION_INDEX,))
            if owner is not None and owner[0] == "Job"
            else self.meta.labels,
            self.phase,
            self.meta.deleting,
            bool(self.node),
            self.ready,
            self.cost,
            JOB_TRACKING in self.meta.finalizers,
        )


def deletion_cost(text: str) -> int:
    """Return the deletion cost that *text* names (contract replicaset 5.1, rule 4).

    >>> deletion_cost("5"), deletion_cost("-05"), deletion_cost("+5"), deletion_cost("007"), deletion_cost("2147483648")
    (5, -5, 0, 0, 0)
    """
    return int(text) if is_deletion_cost(text) else 0


def is_deletion_cost(text: str) -> bool:
    """Return whether *text* is a deletion cost: a 32-bit integer, without a plus and without leading zeros.

    >>> is_deletion_cost("0"), is_deletion_cost("-05"), is_deletion_cost("00"), is_deletion_cost("")
    (True, True, False, False)
    """
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or (text[0] == "0" and text != "0"):
        return False
    # A number of any length is cheap to measure, but not to read.
    return len(digits.lstrip("0")) <= 10 and -(2**31) <= int(text) < 2**31


@frozen
class PodTemplate:
    """A pod template: what a controller stamps pods from."""

    raw: FrozenMap

    @property
    def labels(self) -> FrozenMap:
        """The labels of pods made from the template."""
        labels: FrozenMap = look(self.raw, "metadata", "labels", default=EMPTY)
        return labels

    @property
    def spec(self) -> FrozenMap:
        """The spec of pods made from the template."""
        spec: FrozenMap = self.raw.get("spec") or EMPTY
        return spec


def controller_reference(owner: Resource) -> FrozenMap:
    """Return the owner reference that makes *owner* the controller of what carries it."""
    return FrozenMap(
        apiVersion=owner.api_version,
        kind=owner.kind,
        name=owner.name,
        uid=owner.uid,
        controller=True,
        blockOwnerDeletion=True,
    )

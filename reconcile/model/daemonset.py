"""DaemonSets, as controllers see them, and on which nodes their pods run.

Rules (contract daemonset 5)
1. A node should run a pod if the template's node name, selector and required affinity take it, and every NoSchedule and
   NoExecute taint is tolerated.
2. It may go on running one as long as it takes the pod and every NoExecute taint is tolerated.
3. Daemon pods tolerate what would keep other pods away from a node in trouble, also where the template does not say so.
"""

from functools import cached_property, lru_cache
from typing import Any, Final

from attrs import frozen

from reconcile.model.intstr import IntOrString, int64
from reconcile.model.json import NOTHING, FrozenMap, freeze, look, put
from reconcile.model.node import Node
from reconcile.model.placement import selects, untolerated
from reconcile.model.pod import Pod
from reconcile.model.workload import Workload

GENERATION: Final = "deprecated.daemonset.template.generation"
"""The annotation that counts how often the template changed."""
GENERATION_LABEL: Final = "pod-template-generation"
"""The label of a pod that says at which count it was made."""

_EVERYWHERE: Final = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)
"""The taints that every daemon pod tolerates."""
_ON_HOST_NETWORK: Final = (("node.kubernetes.io/network-unavailable", "NoSchedule"),)
"""The taints that those on the host's network tolerate as well."""


@frozen
class DaemonSet(Workload):
    """A DaemonSet."""

    @property
    def rolling(self) -> bool:
        """Whether the template is rolled out by the controller; otherwise by whoever deletes the pods."""
        return bool(self.look("spec", "updateStrategy", "type", default="RollingUpdate") == "RollingUpdate")

    @property
    def max_surge(self) -> IntOrString | None:
        """How many nodes may have two pods during a rollout."""
        surge: IntOrString | None = self.look("spec", "updateStrategy", "rollingUpdate", "maxSurge")
        return surge

    @property
    def max_unavailable(self) -> IntOrString | None:
        """How many nodes may be without an available pod during a rollout."""
        unavailable: IntOrString | None = self.look("spec", "updateStrategy", "rollingUpdate", "maxUnavailable")
        return unavailable

    @property
    def history_limit(self) -> int:
        """How many old revisions are kept."""
        return int(self.look("spec", "revisionHistoryLimit", default=10))

    @cached_property
    def template_generation(self) -> int | None:
        """How often the template changed; None if the annotation is missing or no number."""
        return int64(self.meta.annotations.get(GENERATION, ""))

    @cached_property
    def pod_spec(self) -> FrozenMap:
        """The template's spec with the automatic tolerations."""
        return tolerant(self.template.spec)


@lru_cache(maxsize=256)
def tolerant(spec: FrozenMap) -> FrozenMap:
    """Return a pod *spec* with the tolerations that every daemon pod gets.

    One that has the same key, effect, operator and value is replaced where it stands.
    """
    taints = _EVERYWHERE + (_ON_HOST_NETWORK if spec.get("hostNetwork") else ())
    tolerations: list[Any] = list(spec.get("tolerations") or NOTHING)
    for key, effect in taints:
        added = FrozenMap(key=key, operator="Exists", effect=effect)
        same = [index for index, old in enumerate(tolerations) if _alike(old, added)]
        if same:
            tolerations[same[0]] = added
        else:
            tolerations.append(added)
    return put(spec, ("tolerations",), tolerations)


def _alike(one: FrozenMap, other: FrozenMap) -> bool:
    return all((one.get(key) or "") == (other.get(key) or "") for key in ("key", "effect", "operator", "value"))


def eligible(spec: FrozenMap, node: Node) -> tuple[bool, bool]:
    """Return whether a pod with *spec* should run on *node*, and whether one that is there should go on running."""
    if spec.get("nodeName") and spec["nodeName"] != node.name:
        return False, False
    if not selects(spec, node):
        return False, False
    tolerations = spec.get("tolerations") or ()
    if untolerated(tolerations, node, ("NoExecute",)):
        return False, False
    return not untolerated(tolerations, node, ("NoSchedule",)), True


def target_node(pod: Pod) -> str:
    """Return the node that a daemon *pod* is bound to or meant for; empty if none can be told.

    Unlike the scheduler this takes the first matchFields requirement on the name, over all terms.
    """
    return pod.node or _meant_for(pod.spec.get("affinity"))


@lru_cache(maxsize=4096)
def _meant_for(affinity: FrozenMap | None) -> str:
    required = ("nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
    for term in look(affinity, *required, default=()):
        for field in term.get("matchFields") or ():
            if field.get("key") == "metadata.name" and field.get("operator") == "In":
                values: tuple[Any, ...] = field.get("values") or ()
                return str(values[0]) if len(values) == 1 else ""
    return ""


def pinned_to(spec: FrozenMap, node: str) -> FrozenMap:
    """Return a pod *spec* whose required node affinity names *node* and nothing else.

    >>> from reconcile.model.placement import pinned
    >>> pinned(pinned_to(FrozenMap(), "node-1"))
    'node-1'
    """
    field = {"key": "metadata.name", "operator": "In", "values": [node]}
    path = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
    return put(spec, path, freeze({"nodeSelectorTerms": [{"matchFields": [field]}]}))

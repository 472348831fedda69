"""The pods of a StatefulSet in the order of their ordinals: those that are wanted, and those that are too many.

Rules (contract statefulset 4)
1. A wanted pod stands at its index: its ordinal less the first one. Where there is no pod, one is built when somebody
   looks at it; a set that grows one by one looks at one.
2. Pods with an ordinal out of range are condemned, the highest ordinal first. Pods without an ordinal are ignored.
3. A pod that has to be made gets the current revision below the partition, and the update revision above. Without
   `rollingUpdate` the number of pods that had the current revision stands in for the partition.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from attrs import frozen

from reconcile.controllers.statefulset.identity import in_range, new_pod, ordinal_of, pod_name
from reconcile.controllers.statefulset.revisions import Revisions
from reconcile.model.pod import Pod
from reconcile.model.revision import ControllerRevision
from reconcile.model.statefulset import StatefulSet


@frozen
class Lineup:
    """The pods of one StatefulSet."""

    sts: StatefulSet
    revisions: Revisions
    replicas: Mapping[int, Pod]
    """By index, in order; without those that are not there yet."""
    condemned: Sequence[Pod]
    """Highest ordinal first."""

    @cached_property
    def present(self) -> list[Pod]:
        """All pods that stand in it: what the status counts."""
        return [*self.replicas.values(), *self.condemned]

    def pod(self, index: int) -> Pod:
        """Return the pod at *index*, built if there is none."""
        pod = self.replicas.get(index)
        return pod if pod is not None else new_pod(self.sts, self.revision(index), self.sts.start + index)

    def name(self, index: int) -> str:
        """Return the name of the pod at *index*."""
        pod = self.replicas.get(index)
        return pod.name if pod is not None else pod_name(self.sts, self.sts.start + index)

    def revision(self, index: int) -> ControllerRevision:
        """Return the revision that a pod at *index* is made from."""
        sts = self.sts
        kept = sts.partition
        if kept is None:
            kept = sts.current_replicas if sts.strategy == "RollingUpdate" else 0
        return self.revisions.current if index < kept else self.revisions.update


def line_up(sts: StatefulSet, pods: Iterable[Pod], revisions: Revisions) -> Lineup:
    """Return *pods* (by name) in line. Of two with the same ordinal, `web-007` and `web-7`, the last one counts."""
    replicas: dict[int, Pod] = {}
    condemned = []
    for pod in pods:
        ordinal = ordinal_of(pod)
        if in_range(sts, ordinal):
            replicas[ordinal - sts.start] = pod
        elif ordinal >= 0:
            condemned.append(pod)
    return Lineup(sts, revisions, dict(sorted(replicas.items())), sorted(condemned, key=ordinal_of, reverse=True))

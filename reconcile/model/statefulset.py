"""StatefulSets, as controllers see them.

What the API server fills in is filled in here too, so that an object from elsewhere reads the same; but
`updateStrategy.rollingUpdate` stays absent where it is, because that means something (contract statefulset 1).
"""

from functools import cached_property

from attrs import frozen

from reconcile.model.json import EMPTY, NOTHING, FrozenList
from reconcile.model.workload import Scalable


@frozen
class StatefulSet(Scalable):
    """A StatefulSet."""

    @property
    def service_name(self) -> str:
        """The Service that gives the pods their names in the network."""
        name: str = self.spec.get("serviceName") or ""
        return name

    @cached_property
    def start(self) -> int:
        """The first ordinal."""
        return int((self.spec.get("ordinals") or EMPTY).get("start") or 0)

    @cached_property
    def parallel(self) -> bool:
        """Whether pods come and go at once instead of one after the other."""
        return self.spec.get("podManagementPolicy") == "Parallel"

    @property
    def strategy(self) -> str:
        """`RollingUpdate` or `OnDelete`."""
        strategy: str = (self.spec.get("updateStrategy") or EMPTY).get("type") or "RollingUpdate"
        return strategy

    @property
    def partition(self) -> int | None:
        """The index below which pods keep the current revision; None if `rollingUpdate` is absent.

        It cannot be absent where there is no strategy at all: the server fills in both.
        """
        strategy = self.spec.get("updateStrategy") or EMPTY
        rolling = strategy.get("rollingUpdate")
        if rolling is None and strategy.get("type"):
            return None
        return int((rolling or EMPTY).get("partition") or 0)

    @cached_property
    def claim_templates(self) -> FrozenList:
        """The claims that every pod gets, as templates."""
        templates: FrozenList = self.spec.get("volumeClaimTemplates") or NOTHING
        return templates

    @cached_property
    def when_deleted(self) -> str:
        """What becomes of the claims when the set is deleted: `Retain` or `Delete`."""
        return self._retention("whenDeleted")

    @cached_property
    def when_scaled(self) -> str:
        """What becomes of a pod's claims when the set is scaled down below it: `Retain` or `Delete`."""
        return self._retention("whenScaled")

    def _retention(self, when: str) -> str:
        policy: str = (self.spec.get("persistentVolumeClaimRetentionPolicy") or EMPTY).get(when) or "Retain"
        return policy

    @property
    def history_limit(self) -> int:
        """How many revisions are kept that nothing uses; negative keeps all."""
        limit = self.spec.get("revisionHistoryLimit")
        return 10 if limit is None else int(limit)

    @property
    def collisions(self) -> int:
        """How often the name of a revision was taken by another one."""
        return int(self.status.get("collisionCount") or 0)

    @property
    def current_revision(self) -> str:
        """The name of the revision that the last complete rollout left."""
        name: str = self.status.get("currentRevision") or ""
        return name

    @property
    def current_replicas(self) -> int:
        """How many pods had the current revision when the status was written."""
        return int(self.status.get("currentReplicas") or 0)

"""ControllerRevisions: the history of a StatefulSet or DaemonSet."""

from functools import cached_property
from typing import Final

from attrs import frozen

from reconcile.model.clock import EPOCH, Instant
from reconcile.model.json import EMPTY, FrozenMap, Json
from reconcile.model.resource import Resource

POD_LABEL: Final = "controller-revision-hash"
"""The label of a pod that says which revision it was made from."""


@frozen
class ControllerRevision(Resource):
    """One revision of a workload's template."""

    @cached_property
    def revision(self) -> int:
        """The number of the revision; higher is newer."""
        return int(self.raw.get("revision") or 0)

    @property
    def data(self) -> Json:
        """The stored patch that restores the template."""
        return self.raw.get("data")

    @cached_property
    def age_key(self) -> tuple[int, Instant, str]:
        """Sorts revisions from old to new: by number, then by when they were made, then by name."""
        return self.revision, self.meta.created or EPOCH, self.name


def revision_label(labels: FrozenMap | None) -> str:
    """Return the revision that *labels* of a pod name; empty if they name none."""
    name: str = (labels or EMPTY).get(POD_LABEL) or ""
    return name

"""ControllerRevisions: the history of a StatefulSet or DaemonSet."""

from attrs import frozen

from reconcile.model.json import Json
from reconcile.model.resource import Resource


@frozen
class ControllerRevision(Resource):
    """One revision of a workload's template."""

    @property
    def revision(self) -> int:
        """The number of the revision; higher is newer."""
        return int(self.raw.get("revision") or 0)

    @property
    def data(self) -> Json:
        """The stored patch that restores the template."""
        return self.raw.get("data")

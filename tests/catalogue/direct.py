"""What a controller needs to be called directly."""

from reconcile import Reason, Rejected


class NoLiveReads:
    """Uncached reads where none is needed: everything is gone."""

    def get(self, kind: str, namespace: str, name: str) -> Rejected:
        """Return that it is not there."""
        return Rejected(Reason.NOT_FOUND, f"{kind}/{name}")

"""What becomes of a CronJob in the course of one sync.

Rules (contract cronjob 2, Traps)
1. The sync works on a copy of the CronJob; each step hands on what it has become. The status is written once, at the
   end, if anything happened that is worth a write; also if the sync failed on the way.
2. A fresh copy from the API can take the place of the working copy (section 4). What is written in the end is the
   copy that the sync began with, as it was at that moment: what is changed later is lost, and noticed again next time.
"""

from attrs import evolve, frozen

from reconcile.model.cronjob import CronJob


@frozen
class Draft:
    """How far a sync has come."""

    cronjob: CronJob
    """The working copy."""
    changed: bool = False
    """Whether the status is to be written."""
    error: str | None = None
    """What went wrong; the sync ends there."""
    _first: CronJob | None = None

    @property
    def to_write(self) -> CronJob:
        """The CronJob whose status is written in the end."""
        return self._first if self._first is not None else self.cronjob

    def noted(self, cronjob: CronJob) -> "Draft":
        """Return the draft with *cronjob* for its working copy, to be written."""
        return evolve(self, cronjob=cronjob, changed=True)

    def replaced(self, fresh: CronJob) -> "Draft":
        """Return the draft with a copy that was read anew."""
        return evolve(self, cronjob=fresh, first=self.to_write)

    def failed(self, error: str) -> "Draft":
        """Return the draft of a sync that ends here."""
        return evolve(self, error=error)

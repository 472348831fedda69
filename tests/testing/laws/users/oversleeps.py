"""A user's controller: a Lease is over ten seconds after it began. Its mistake: it does not ask to be woken then."""

from datetime import timedelta

from reconcile import Action, Controller, Observed, Resource, UpdateStatus

LASTS = timedelta(seconds=10)


def reconcile(lease: Resource, observed: Observed) -> list[Action]:
    began = lease.meta.created
    over = began is not None and began + LASTS <= observed.now
    phase = "Over" if over else "Running"
    if lease.status.get("phase") == phase:
        return []
    return [UpdateStatus(lease.put(("status", "phase"), phase), f"it is {phase.lower()}")]


LEASES = Controller("leases", "Lease", reconcile)

"""What a controller needs to be called directly, and views that show something else than there is."""

from collections.abc import Callable

from attrs import evolve

from reconcile import Observed, Reason, Rejected, Resource
from reconcile.model.pod import Pod
from reconcile.store.store import Store


class NoLiveReads:
    """Uncached reads where none is needed: everything is gone."""

    def get(self, kind: str, namespace: str, name: str) -> Rejected:
        """Return that it is not there."""
        return Rejected(Reason.NOT_FOUND, f"{kind}/{name}")


def showing(observed: Observed, change: Callable[[Pod], Resource]) -> Observed:
    """Return the view with every pod as *change* has it."""
    store = observed.cache
    assert isinstance(store, Store)
    others = (item for kind in sorted(store.kinds) if kind != "Pod" for item in store.all(kind))
    pods = (change(item) for item in store.all("Pod") if isinstance(item, Pod))
    return evolve(observed, cache=Store.of([*others, *pods]))

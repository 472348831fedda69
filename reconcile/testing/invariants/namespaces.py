"""Invariants of namespaces: what is deleted takes nothing new, and goes last."""

from collections.abc import Iterator

from reconcile.testing.invariants.protocol import Step, Sync, change, changed_kinds, decision


@change
def terminating_takes_nothing_new(step: Step) -> Iterator[str]:
    """Nothing is created in a namespace that is being deleted, whoever tries (admission NamespaceLifecycle)."""
    for kind in changed_kinds(step.before, step.after):
        for item in step.created(kind):
            home = step.before.store.get("Namespace", "", item.namespace)
            if home is not None and home.meta.deleting:
                yield f"{item} was created in {item.namespace}, which is being deleted"


@decision("namespace")
def namespace_goes_empty(sync: Sync) -> Iterator[str]:
    """The namespace controller lets a namespace go only when nothing is left in it.

    Counted: every object of every kind, terminating ones included, in the store itself.
    """
    for old, new in sync.changes("Namespace"):
        if old is not None and new is None:
            store = sync.after.store
            for item in (item for kind in store.kinds for item in store.all(kind, old.name)):
                yield f"{old} is gone, and has left {item} behind"

"""What the API server does about namespaces: what the admission NamespaceLifecycle refuses.

Rules
1. Nothing is created in a namespace that is not there, neither objects nor bindings of pods.
2. The namespaces that a cluster cannot do without are not deleted.
"""

from typing import Final

from reconcile.actions import Create
from reconcile.model.resource import Resource
from reconcile.outcome import Reason, Rejected
from reconcile.store.store import Store

IMMORTAL: Final = ("default", "kube-public", "kube-system")
"""The namespaces that are never deleted."""


def homeless(store: Store, action: Create) -> Rejected | None:
    """Return why nothing can be created where *action* wants it; None if it can, or needs no namespace."""
    if not action.namespace:
        return None
    if store.get("Namespace", "", action.namespace) is None:
        return Rejected(Reason.NOT_FOUND, f'namespaces "{action.namespace}" not found')
    return None


def immortal(item: Resource) -> Rejected | None:
    """Return the refusal to delete *item* if it is a namespace that a cluster cannot do without."""
    if item.kind != "Namespace" or item.name not in IMMORTAL:
        return None
    return Rejected(Reason.FORBIDDEN, f'namespaces "{item.name}" is forbidden: this namespace may not be deleted')

"""The gate of a real API server: objects are decoded, defaulted and validated before they are stored.

What the server reports, it reports about the object as it was sent; the words are `reconcile.admission`'s.
"""

from typing import Final

from reconcile.admission.admit import admit_create, admit_finalize, admit_scale, admit_status, admit_update
from reconcile.model.json import FrozenMap, put
from reconcile.outcome import Rejected
from reconcile.store.gate import Gate, Stamp


def _create(kind: str, body: FrozenMap, by: Stamp) -> FrozenMap | Rejected:
    named = put(body, ("metadata", "name"), by.name) if by.name else body
    return admit_create(kind, named, namespace=by.namespace, uid=by.uid, now=by.now)


ADMITTED: Final = Gate(_create, admit_update, admit_status, admit_scale, admit_finalize, housed=True)

"""The gate of a real API server: objects are decoded, defaulted and validated before they are stored."""

from typing import Final

from reconcile.model.json import FrozenMap, put
from reconcile.outcome import Rejected
from reconcile.store.gate import VERBATIM, Gate, Stamp


def _create(kind: str, body: FrozenMap, by: Stamp) -> FrozenMap | Rejected:
    made = VERBATIM.create(kind, body, by)
    return made if isinstance(made, Rejected) else put(made, ("metadata", "generation"), 1)


def _update(kind: str, body: FrozenMap, stored: FrozenMap) -> FrozenMap | Rejected:
    new = VERBATIM.update(kind, body, stored)
    if isinstance(new, Rejected):
        return new
    generation = stored["metadata"].get("generation", 0)
    changed = new.get("spec") != stored.get("spec")
    return put(new, ("metadata", "generation"), generation + changed)


ADMITTED: Final = Gate(_create, _update, VERBATIM.status)

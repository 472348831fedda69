"""What the server does with metadata (contract api 2.1).

Rules
1. On create, uid, creationTimestamp, namespace and generation are the server's; what was sent for them, for deletion
   and for the server's own bookkeeping is forgotten.
2. On update, the same fields are kept from the stored object; a deletionTimestamp once set stays.
3. A status write takes labels, annotations, finalizers and owners from the body, except where a kind keeps its own.
"""

from collections.abc import Mapping
from typing import Final

from reconcile.admission.schema import in_order
from reconcile.model.clock import Instant, stamp
from reconcile.model.json import FrozenMap, Json
from reconcile.model.kinds import BY_NAME

_GENERATED_BASE: Final = 58
_FORGOTTEN: Final = (
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    "managedFields",
    "resourceVersion",
)


def generated_name(prefix: str, suffix: str) -> str:
    """Return the name made of a generateName and five random characters that the caller drew.

    >>> generated_name("web-", "x4k2z")
    'web-x4k2z'
    """
    return f"{prefix[:_GENERATED_BASE]}{suffix}"


def namespaced(kind: str) -> bool:
    """Return whether objects of *kind* live in namespaces; kinds that are not known do."""
    known = BY_NAME.get(kind)
    return known is None or known.namespaced


def created(meta: FrozenMap, *, name: str, namespace: str, uid: str, now: Instant, generation: int | None) -> FrozenMap:
    """Return the metadata of an object that is being created."""
    out = {key: value for key, value in meta.items() if key not in _FORGOTTEN}
    out |= {"name": name, "uid": uid, "creationTimestamp": stamp(now)}
    if namespace:
        out["namespace"] = namespace
    if generation is not None:
        out["generation"] = generation
    return _present(out)


def updated(meta: FrozenMap, old: FrozenMap) -> FrozenMap:
    """Return the metadata of an object that is being replaced; its generation is still the old one."""
    out = {key: value for key, value in meta.items() if key not in ("generation", "selfLink")}
    for key in ("namespace", "generation", "creationTimestamp", "deletionTimestamp", "resourceVersion"):
        if key in old:
            out[key] = old[key]
    for key in ("uid", "deletionGracePeriodSeconds"):
        if key in old and out.get(key) is None:
            out[key] = old[key]
    return _present(out)


def restated(meta: FrozenMap, old: FrozenMap, *, kept: tuple[str, ...]) -> FrozenMap:
    """Return the metadata after a status write, which keeps the stored fields named in *kept*."""
    new = updated(meta, old)
    out = {key: value for key, value in new.items() if key not in kept}
    return in_order("v1.ObjectMeta", {**out, **{key: old[key] for key in kept if key in old}})


def _present(out: Mapping[str, Json]) -> FrozenMap:
    return in_order("v1.ObjectMeta", {key: value for key, value in out.items() if value not in ("", None)})

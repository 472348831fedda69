"""What stands between a request and the store: a gate says what is stored, or why nothing is.

Two gates: `VERBATIM` takes every object as it comes (snapshots of a cluster were admitted once already), and
`reconcile.store.admitted.ADMITTED` treats it as the API server does.
"""

from collections.abc import Callable
from typing import Final

from attrs import frozen

from reconcile.model.clock import Instant, stamp
from reconcile.model.json import EMPTY, FrozenMap, look, put
from reconcile.outcome import Rejected


@frozen
class Stamp:
    """What the server adds to an object that it creates."""

    namespace: str
    name: str
    uid: str
    now: Instant


@frozen
class Gate:
    """Five questions: how is an object stored when it is created, updated, given a new status, scaled, or finalized?"""

    create: Callable[[str, FrozenMap, Stamp], FrozenMap | Rejected]
    """Kind, body and stamp to the object as stored."""
    update: Callable[[str, FrozenMap, FrozenMap], FrozenMap | Rejected]
    """Kind, body and the stored object to the object as stored."""
    status: Callable[[str, FrozenMap, FrozenMap], FrozenMap | Rejected]
    """Kind, body and the stored object to the object as stored."""
    scale: Callable[[str, FrozenMap, FrozenMap], FrozenMap | Rejected]
    """Kind, a Scale and the stored object to the object as stored."""
    finalize: Callable[[str, FrozenMap, FrozenMap], FrozenMap | Rejected]
    """Kind, body and the stored namespace to the namespace with the finalizers of the body's spec."""
    housed: bool = False
    """Whether things are created only in a namespace that is there, and stays."""


def _create(kind: str, body: FrozenMap, by: Stamp) -> FrozenMap:
    meta = {
        **(body.get("metadata") or {}),
        "name": by.name,
        "uid": by.uid,
        "creationTimestamp": stamp(by.now),
    }
    if by.namespace:
        meta["namespace"] = by.namespace
    return FrozenMap({"kind": kind, **body, "metadata": FrozenMap(meta)})


def _update(kind: str, body: FrozenMap, stored: FrozenMap) -> FrozenMap:
    new = FrozenMap({"kind": kind, **body})
    return put(new, ("status",), stored["status"]) if "status" in stored else new


def _status(_: str, body: FrozenMap, stored: FrozenMap) -> FrozenMap:
    meta = FrozenMap({**(stored.get("metadata") or {}), **_shared(body.get("metadata") or EMPTY)})
    return FrozenMap({**stored, "metadata": meta, "status": body.get("status") or EMPTY})


def _shared(meta: FrozenMap) -> FrozenMap:
    return FrozenMap(
        {key: meta[key] for key in ("labels", "annotations", "finalizers", "ownerReferences") if key in meta}
    )


def _scale(_: str, scale: FrozenMap, stored: FrozenMap) -> FrozenMap:
    return put(stored, ("spec", "replicas"), look(scale, "spec", "replicas", default=0))


def _finalize(_: str, body: FrozenMap, stored: FrozenMap) -> FrozenMap:
    return put(stored, ("spec",), body.get("spec") or EMPTY)


VERBATIM: Final = Gate(_create, _update, _status, _scale, _finalize)

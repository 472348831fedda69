"""Scenes in few lines: what goes without saying is left out of the text, and put back when it is read.

Rules
1. Of the metadata of every object: `namespace: default`, `resourceVersion: "1"`, `uid: uid-NAME` (of the parent
   `uid-desired`), and a creationTimestamp that is the scene's `now`. One that really is not there is written as null.
2. Of an object in a list: kind and apiVersion, if they follow from the name of the list.
3. An owner reference to the parent as its controller is written `parent`.
4. The status of a pod that has been in one of the states of `pod_states` since `now` is written as the state's name.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from reconcile.model.clock import instant
from reconcile.model.json import thaw
from reconcile.model.kinds import BY_NAME, BY_PLURAL
from reconcile.model.objects import read
from reconcile.model.pod import controller_reference
from reconcile.testing.pod_states import STATES, pod_status

Document = dict[str, Any]

PARENT = "parent"


def shorten(document: Mapping[str, Any]) -> Document:
    """Return the document of a scene without what goes without saying."""
    reference = thaw(controller_reference(read(document["parent"])))
    parent = {**document["parent"], "metadata": _less(document["parent"], document["now"], "uid-desired")}
    return {**document, "parent": parent, "observed": dict(_shortened(document, reference))}


def _shortened(document: Mapping[str, Any], reference: Any) -> Iterator[tuple[str, Any]]:
    for resource, items in document["observed"].items():
        kind = BY_PLURAL.get(resource)
        typed = {} if kind is None else {"kind": kind.name, "apiVersion": kind.api_version}
        short = []
        for item in items:
            meta = _less(item, document["now"], _uid(item))
            if "ownerReferences" in meta:
                owners = [PARENT if owner == reference else owner for owner in meta["ownerReferences"]]
                meta = {**meta, "ownerReferences": owners}
            rest = {key: value for key, value in item.items() if typed.get(key) != value}
            if resource == "pods" and "status" in rest:
                rest["status"] = _states(document["now"]).get(
                    json.dumps(rest["status"], sort_keys=True), rest["status"]
                )
            short.append({**rest, "metadata": meta})
        yield resource, short


@lru_cache(maxsize=8)
def _states(now: str) -> Mapping[str, str]:
    """Return the names of the states of pods by their statuses, as a text without what the API fills in."""
    found: dict[str, str] = {}
    for state in STATES:
        status = thaw(pod_status(state, instant(now)))
        for entry in status.get("containerStatuses") or ():
            del entry["imageID"], entry["restartCount"]
            for part, name in ((entry, "ready"), (entry["state"].get("terminated", {}), "exitCode")):
                if not part.get(name):
                    part.pop(name, None)
        found.setdefault(json.dumps(status, sort_keys=True), state)
    return found


def _usual(item: Mapping[str, Any], now: str, uid: str) -> Iterator[tuple[str, str]]:
    kind = BY_NAME.get(item.get("kind", ""))
    if kind is None or kind.namespaced:
        yield "namespace", "default"
    yield from (("uid", uid), ("resourceVersion", "1"), ("creationTimestamp", now))


def _uid(item: Mapping[str, Any]) -> str:
    return f"uid-{(item.get('metadata') or {}).get('name')}"


def _less(item: Mapping[str, Any], now: str, uid: str) -> Document:
    meta = dict(item.get("metadata") or {})
    for key, value in _usual(item, now, uid):
        if meta.get(key) == value:
            del meta[key]
        else:
            meta.setdefault(key, None)
    return meta


def expand(document: Mapping[str, Any]) -> Document:
    """Return the document of a scene with what went without saying."""
    now = document["now"]
    parent = {**document["parent"], "metadata": _more(document["parent"], now, "uid-desired")}
    reference = thaw(controller_reference(read(parent)))
    groups = {}
    for resource, items in (document.get("observed") or {}).items():
        kind = BY_PLURAL.get(resource)
        typed = {} if kind is None else {"kind": kind.name, "apiVersion": kind.api_version}
        groups[resource] = [_expanded({**typed, **item}, now, reference) for item in items]
    return {**document, "parent": parent, "observed": groups}


def _expanded(item: Document, now: str, reference: Any) -> Document:
    meta = _more(item, now, _uid(item))
    if "ownerReferences" in meta:
        owners = [reference if owner == PARENT else owner for owner in meta["ownerReferences"]]
        meta = {**meta, "ownerReferences": owners}
    status = item.get("status")
    told = {"status": thaw(pod_status(status, instant(now)))} if isinstance(status, str) else {}
    return {**item, **told, "metadata": meta}


def _more(item: Mapping[str, Any], now: str, uid: str) -> Document:
    meta = {**dict(_usual(item, now, uid)), **(item.get("metadata") or {})}
    return {key: value for key, value in meta.items() if value is not None}

"""Actions as requests to an API server, and as words to a person: one table each.

Rules
1. Every action that changes an object is one request; Event, WakeAt and Remember are none.
2. What a request does not say is null, so that two requests can be compared field by field; the fields are those of the
   recorded vectors.
"""

from collections.abc import Callable
from typing import Any, Final

from attrs import frozen

from reconcile.actions import Action, Create, Delete, Event, Patch, Remember, Update, UpdateStatus, WakeAt
from reconcile.model.clock import stamp
from reconcile.model.json import FrozenMap, compact
from reconcile.model.kinds import BY_NAME


@frozen
class Request:
    """One write to an API server."""

    verb: str
    """create, update, patch or delete."""
    resource: str
    """The lower-case plural, e.g. `pods`."""
    subresource: str | None
    namespace: str | None
    name: str | None
    patch_type: str | None
    body: FrozenMap | None
    preconditions: FrozenMap | None
    """For a delete: propagationPolicy, gracePeriodSeconds, uid and resourceVersion, as far as given."""

    def json(self) -> dict[str, Any]:
        """Return the request as JSON, every field present."""
        return {
            "verb": self.verb,
            "resource": self.resource,
            "subresource": self.subresource,
            "namespace": self.namespace,
            "name": self.name,
            "patchType": self.patch_type,
            "body": self.body,
            "preconditions": self.preconditions,
        }


def plural(kind: str) -> str:
    """Return the resource that serves *kind*; kinds of the user's own are named by adding an s.

    >>> plural("Endpoints"), plural("Widget")
    ('endpoints', 'widgets')
    """
    known = BY_NAME.get(kind)
    return known.plural if known is not None else kind.lower() + "s"


def render(action: Action) -> Request | None:
    """Return the request that *action* stands for; None for Event, WakeAt and Remember."""
    return _REQUESTS[type(action)](action)


def _create(action: Create) -> Request:
    name = (action.body.get("metadata") or {}).get("name")
    return Request(
        "create",
        plural(action.kind),
        action.subresource or None,
        action.namespace or None,
        name,
        None,
        action.body,
        None,
    )


def _update(action: Update) -> Request:
    item = action.object
    place = (action.subresource or None, item.namespace or None, item.name)
    return Request("update", plural(item.kind), *place, None, item.raw, None)


def _update_status(action: UpdateStatus) -> Request:
    item = action.object
    return Request("update", plural(item.kind), "status", item.namespace or None, item.name, None, item.raw, None)


def _patch(action: Patch) -> Request:
    place = (action.subresource or None, action.namespace or None, action.name)
    return Request("patch", plural(action.kind), *place, action.patch_type, action.body, None)


def _delete(action: Delete) -> Request:
    options = compact(
        {
            "propagationPolicy": action.propagation,
            "gracePeriodSeconds": action.grace_period_seconds,
            "uid": action.uid,
            "resourceVersion": action.resource_version,
        }
    )
    return Request(
        "delete",
        plural(action.kind),
        None,
        action.namespace or None,
        action.name,
        None,
        None,
        options or None,
    )


def _no_request(_: object) -> None:
    return None


_REQUESTS: Final[dict[type[Any], Callable[[Any], Request | None]]] = {
    Create: _create,
    Update: _update,
    UpdateStatus: _update_status,
    Patch: _patch,
    Delete: _delete,
    Event: _no_request,
    WakeAt: _no_request,
    Remember: _no_request,
}


def describe(action: Action) -> str:
    """Return what *action* does, in a few words.

    >>> describe(Delete("Pod", "default", "web-x", "1 pod too many"))
    'delete Pod/web-x'
    """
    return _WORDS[type(action)](action)


def _named(body: FrozenMap) -> str:
    meta = body.get("metadata") or {}
    return meta.get("name") or f"{meta.get('generateName', '')}*"


_WORDS: Final[dict[type[Any], Callable[[Any], str]]] = {
    Create: lambda a: f"create {a.kind}/{_named(a.body)}" + (f" {a.subresource}" if a.subresource else ""),
    Update: lambda a: f"update {a.object}" + (f" {a.subresource}" if a.subresource else ""),
    UpdateStatus: lambda a: f"update status of {a.object}",
    Patch: lambda a: f"patch {a.kind}/{a.name}" + (f" {a.subresource}" if a.subresource else ""),
    Delete: lambda a: f"delete {a.kind}/{a.name}",
    Event: lambda a: f"event {a.reason}",
    WakeAt: lambda a: "try again" if a.at is None else f"wake at {stamp(a.at)}",
    Remember: lambda a: "remember",
}

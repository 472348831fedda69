"""What would the controller do? One sync on one snapshot, asked and answered in JSON.

A snapshot is what the recorded vectors are made of: the object, what else is in the store, the time, and optionally
answers that fail (`reject`), what an uncached read shows where it differs (`liveParent`, `liveOnly`), and what the
controller remembers (`memory`).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from attrs import frozen

from reconcile.actions import Action, Create, Delete, Event, Patch, Remember, Update, UpdateStatus, WakeAt
from reconcile.controller import Controller
from reconcile.controllers.registry import CONTROLLERS
from reconcile.engine.perform import Deed, perform
from reconcile.model.clock import Instant, between, instant
from reconcile.model.json import freeze
from reconcile.model.kinds import BY_PLURAL
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.outcome import Applied, Outcome, Reason, Rejected
from reconcile.render import plural, render
from reconcile.store.apply import Rules, apply, not_found
from reconcile.store.store import Store
from reconcile.view import Observed

_WRITES: Final = (Create, Update, UpdateStatus, Patch, Delete)


def sync(snapshot: Mapping[str, Any], *, conflicts: bool = False) -> dict[str, Any]:
    """Return what the controller that *snapshot* names would request, tell and ask for, in the vector format.

    With *conflicts* the API checks resourceVersions, as a real server does: the second write from one cached copy of an
    object is refused. (The recordings were made without, but for the file that says so.)

    Raises ValueError, naming the field, if the snapshot is not one.
    """
    controller = _controller(snapshot)
    now = _now(snapshot)
    parent = read(_need(snapshot, "parent", Mapping))
    others = list(_others(snapshot, "observed"))
    listed = {item.key: place for place, item in enumerate(others)}
    cache = Store.of([parent, *others])
    api = _live(cache, parent, snapshot)
    refusals = tuple(_Refusal(entry) for entry in snapshot.get("reject") or ())

    def look() -> Observed:
        return Observed(
            now=now,
            cache=cache,
            live=_Live(api, refusals),
            memory=freeze(snapshot.get("memory")),
            order=lambda item: listed[item.key],
        )

    def send(state: _Api, action: Action) -> tuple[_Api, Outcome]:
        return state.send(action, now, Rules(conflicts=conflicts))

    _, deeds = perform(controller, parent, look, _Api(api, refusals, (0,) * len(refusals)), send)
    return _report(deeds, now) | _memory(deeds, snapshot)


# --- the question ------------------------------------------------------------------------------------------------


def _need(snapshot: Mapping[str, Any], field: str, kind: type) -> Any:
    if field not in snapshot:
        raise ValueError(f"{field}: missing; a snapshot needs controller, now, parent and observed")
    if not isinstance(snapshot[field], kind):
        wanted = "text" if kind is str else "an object"
        raise ValueError(f"{field}: expected {wanted}, got {type(snapshot[field]).__name__}")
    return snapshot[field]


def _controller(snapshot: Mapping[str, Any]) -> Controller:
    name = _need(snapshot, "controller", str)
    if name not in CONTROLLERS:
        raise ValueError(f"controller: unknown name {name!r}; expected one of {', '.join(sorted(CONTROLLERS))}")
    return CONTROLLERS[name]


def _now(snapshot: Mapping[str, Any]) -> Instant:
    try:
        return instant(_need(snapshot, "now", str))
    except ValueError as error:
        raise ValueError(f"now: {error}") from None


def _others(snapshot: Mapping[str, Any], field: str) -> Iterator[Resource]:
    """Yield the objects of *field*, which maps lower-case plural resources to lists of them."""
    groups = snapshot.get(field) or {}
    if not isinstance(groups, Mapping):
        raise ValueError(f"{field}: expected an object, got {type(groups).__name__}")
    for resource, items in sorted(groups.items()):
        for index, raw in enumerate(items or ()):
            if not isinstance(raw, Mapping):
                raise ValueError(f"{field}.{resource}[{index}]: expected an object, got {type(raw).__name__}")
            yield _typed(raw, resource)


def _typed(raw: Mapping[str, Any], resource: str) -> Resource:
    kind = BY_PLURAL.get(resource)
    return read({"kind": kind.name, "apiVersion": kind.api_version, **raw} if kind is not None else raw)


def _live(cache: Store, parent: Resource, snapshot: Mapping[str, Any]) -> Store:
    """Return what the API holds: the cache's objects, less and more what the snapshot says."""
    api = cache
    for item in _others(snapshot, "liveOnly"):
        api = api.put(item)
    if "liveParent" in snapshot:
        api = api.remove(*parent.key)
        if snapshot["liveParent"] is not None:
            api = api.put(read(snapshot["liveParent"]))
    return api


class _Refusal:
    """One entry of `reject`: which requests fail, and how."""

    def __init__(self, entry: Mapping[str, Any]) -> None:
        self.verb = entry["verb"]
        self.resource = entry["resource"]
        self.subresource = entry.get("subresource") or None
        self.name = entry.get("name") or None
        self.reason = Reason(entry["reason"])
        self.first = entry.get("after") or 0
        self.last = self.first + entry["count"] if entry.get("count") else None

    def matches(self, verb: str, resource: str, subresource: str | None, name: str | None) -> bool:
        wanted = (self.verb, self.resource, self.subresource)
        return wanted == (verb, resource, subresource) and self.name in (None, name)

    def hits(self, nth: int) -> bool:
        return nth >= self.first and (self.last is None or nth < self.last)


def _refused(
    refusals: tuple[_Refusal, ...], seen: tuple[int, ...], call: tuple[str, str, str | None, str | None]
) -> tuple[tuple[int, ...], Rejected | None]:
    """Return how often each refusal has met its request by now, and whether this *call* is refused."""
    refused = None
    counts = list(seen)
    for index, refusal in enumerate(refusals):
        if refusal.matches(*call):
            if refused is None and refusal.hits(seen[index]):
                refused = Rejected(refusal.reason, f"{refusal.reason} by the snapshot's `reject`")
            counts[index] += 1
    return tuple(counts), refused


@frozen
class _Api:
    """The API that a sync talks to: the objects, and which answers fail."""

    store: Store
    refusals: tuple[_Refusal, ...]
    seen: tuple[int, ...]

    def send(self, action: Action, now: Instant, rules: Rules) -> "tuple[_Api, Outcome]":
        request = render(action)
        if request is None:
            return self, apply(self.store, action, now, rules)[1]
        seen, refused = _refused(
            self.refusals, self.seen, (request.verb, request.resource, request.subresource, request.name)
        )
        if refused is not None:
            return _Api(self.store, self.refusals, seen), refused
        store, outcome = apply(self.store, action, now, rules)
        if isinstance(action, Create) and isinstance(outcome, Applied):
            outcome = _unassigned(outcome)
        if isinstance(action, Update | UpdateStatus) and isinstance(outcome, Applied):
            store, outcome = _versioned(store, outcome, action.object.meta.resource_version, rules)
        return _Api(store, self.refusals, seen), outcome


def _unassigned(outcome: Applied) -> Applied:
    """Return the answer to a create without uid and resourceVersion: the recordings' API assigns neither."""
    item = outcome.object
    if item is None:
        return outcome
    return Applied(item.drop(("metadata", "uid")).drop(("metadata", "resourceVersion")))


def _versioned(store: Store, outcome: Applied, sent: str, rules: Rules) -> tuple[Store, Applied]:
    """Return the answer to an update with the resourceVersion that the recordings have.

    It is the one that was *sent*; where conflicts are looked for, with a 0 behind it.
    """
    item = outcome.object
    if item is None or not sent or store.get(*item.key) is None:
        return store, outcome
    new = item.put(("metadata", "resourceVersion"), sent + "0" if rules.conflicts else sent)
    return store.put(new), Applied(new)


class _Live:
    """Uncached reads, some of which fail. Made anew for each planning, so the n-th read is the n-th every time."""

    def __init__(self, store: Store, refusals: tuple[_Refusal, ...]) -> None:
        self._store = store
        self._refusals = refusals
        self._seen = (0,) * len(refusals)

    def get(self, kind: str, namespace: str, name: str) -> Resource | Rejected:
        self._seen, refused = _refused(self._refusals, self._seen, ("get", plural(kind), None, name))
        if refused is not None:
            return refused
        found = self._store.get(kind, namespace, name)
        return found if found is not None else not_found(kind, name)


def _report(deeds: Iterable[Deed], now: datetime) -> dict[str, Any]:
    actions = [action for action, _ in deeds]
    requests = [request.json() for request in map(render, actions) if request is not None]
    events = [{"type": a.type, "reason": a.reason, "object": str(a.about)} for a in actions if isinstance(a, Event)]
    wakes = [wake for wake in actions if isinstance(wake, WakeAt)]
    delays = [0.0 if wake.at is None else between(now, wake.at) for wake in wakes if wake.error is None]
    return {
        "requests": requests,
        "events": events,
        "requeueAfter": min(delays, default=None),
        "error": any(wake.error is not None for wake in wakes),
    }


_LASTING: Final = "backoff"
"""What of a controller's memory outlives a sync; the rest tells what its cache does not show yet."""


def _memory(deeds: Iterable[Deed], snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the controller remembers after the sync, as `memoryAfter`; nothing if there is nothing."""
    memory = freeze(snapshot.get("memory"))
    for action, _ in deeds:
        if isinstance(action, Remember):
            memory = action.memory
    lasting = (memory or {}).get(_LASTING)
    return {} if lasting is None else {"memoryAfter": {_LASTING: lasting}}

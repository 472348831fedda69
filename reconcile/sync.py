"""What would the controller do? One sync on one snapshot, asked and answered in JSON.

A snapshot is what the recorded vectors are made of: the object, what else is in the store, the time, and optionally
answers that fail (`reject`), what an uncached read shows where it differs (`liveParent`, `liveOnly`), and what the
controller remembers (`memory`).
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from attrs import frozen

from reconcile.actions import Action, Create, Event, Remember, Update, UpdateStatus, WakeAt
from reconcile.controllers.job.removal import UNTRACK
from reconcile.engine.perform import Deed, perform
from reconcile.model.clock import Instant, between
from reconcile.model.json import FrozenMap
from reconcile.model.resource import Resource
from reconcile.outcome import Applied, Outcome, Rejected
from reconcile.render import Request, plural, render
from reconcile.snapshot import Refusal, Snapshot, refused
from reconcile.store.apply import Rules, apply, not_found
from reconcile.store.store import Store
from reconcile.view import Observed


def sync(snapshot: Mapping[str, Any], *, conflicts: bool = False) -> dict[str, Any]:
    """Return what the controller that *snapshot* names would request, tell and ask for, in the vector format.

    With *conflicts* the API checks resourceVersions, as a real server does: the second write from one cached copy of an
    object is refused. (The recordings were made without, but for the file that says so. Uids were never checked: a
    `liveParent` with another one is only what a read shows.)

    Raises ValueError, naming the field, if the snapshot is not one.
    """
    question = Snapshot.of(snapshot)
    controller, now, parent = question.controller, question.now, question.parent
    listed = {item.key: place for place, item in enumerate(question.others)}
    refusals = question.refusals

    def look() -> Observed:
        live = _Live(question.api, refusals)
        return Observed(now, question.cache, live, memory=question.memory, order=lambda item: listed[item.key])

    def send(state: _Api, action: Action) -> tuple[_Api, Outcome]:
        return state.send(action, now, Rules(conflicts=conflicts, uids=False))

    _, deeds = perform(controller, parent, look, _Api(question.api, refusals, (0,) * len(refusals)), send)
    return _report(deeds, now) | _memory(deeds, question.memory)


# --- the API ------------------------------------------------------------------------------------------------------


@frozen
class _Api:
    """The API that a sync talks to: the objects, and which answers fail."""

    store: Store
    refusals: tuple[Refusal, ...]
    seen: tuple[int, ...]

    def send(self, action: Action, now: Instant, rules: Rules) -> "tuple[_Api, Outcome]":
        request = render(action)
        if request is None:
            return self, apply(self.store, action, now, rules)[1]
        call = (request.verb, request.resource, request.subresource, request.name)
        seen, refusal = refused(self.refusals, self.seen, call)
        if refusal is not None:
            return _Api(self.store, self.refusals, seen), refusal
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

    def __init__(self, store: Store, refusals: tuple[Refusal, ...]) -> None:
        self._store = store
        self._refusals = refusals
        self._seen = (0,) * len(refusals)

    def get(self, kind: str, namespace: str, name: str) -> Resource | Rejected:
        self._seen, refusal = refused(self._refusals, self._seen, ("get", plural(kind), None, name))
        if refusal is not None:
            return refusal
        found = self._store.get(kind, namespace, name)
        return found if found is not None else not_found(kind, name)


def _report(deeds: Iterable[Deed], now: datetime) -> dict[str, Any]:
    actions = [action for action, _ in deeds]
    requests = [request.json() for request in _by_name(map(render, actions))]
    events = [{"type": a.type, "reason": a.reason, "object": str(a.about)} for a in actions if isinstance(a, Event)]
    wakes = [wake for wake in actions if isinstance(wake, WakeAt) and not wake.watched]
    delays = [0.0 if wake.at is None else between(now, wake.at) for wake in wakes if wake.error is None]
    return {
        "requests": requests,
        "events": events,
        "requeueAfter": min(delays, default=None),
        "error": any(wake.error is not None for wake in wakes),
    }


def _by_name(requests: Iterable[Request | None]) -> Iterator[Request]:
    """Yield *requests*, with pods that a Job removes side by side by name, as the recordings have them."""
    known = (request for request in requests if request is not None)
    for _, run in groupby(known, key=_removes):
        group = list(run)
        by_name = any(request.body == UNTRACK for request in group)
        yield from sorted(group, key=lambda request: request.name or "") if by_name else group


def _removes(request: Request) -> bool:
    """Return whether *request* is part of the removal of a pod by its Job: the finalizer goes, then the pod."""
    return request.resource == "pods" and (request.verb == "delete" or request.body == UNTRACK)


_LASTING: Final = "backoff"
"""What of a controller's memory outlives a sync; the rest tells what its cache does not show yet."""


def _memory(deeds: Iterable[Deed], memory: FrozenMap | None) -> dict[str, Any]:
    """Return what the controller remembers after the sync, as `memoryAfter`; nothing if there is nothing."""
    for action, _ in deeds:
        if isinstance(action, Remember):
            memory = action.memory
    lasting = None if memory is None else memory.get(_LASTING)
    return {} if lasting is None else {"memoryAfter": {_LASTING: lasting}}

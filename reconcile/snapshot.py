"""A snapshot of a cluster, as a question to one controller: read from JSON, or refused.

Rules
1. What a snapshot must have is looked at first: controller, now, an object of the controller's kind, and lists of
   objects by plural resource. So are the answers that are to fail.
2. The objects are taken as a server would hold them: null is absent, what is empty or zero and optional is left out,
   fields that the kind does not have are dropped; those of features that are off stay.
3. Every refusal is a `BadSnapshot`, a ValueError, that begins with the path of the field:
   `observed.pods[2].spec.containers: ...`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from attrs import frozen

from reconcile.admission.decode import Malformed, decode
from reconcile.controller import Controller
from reconcile.controllers.registry import CONTROLLERS
from reconcile.model.clock import Instant, instant
from reconcile.model.json import FrozenMap, freeze
from reconcile.model.kinds import BY_NAME, BY_PLURAL
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.outcome import Reason, Rejected
from reconcile.store.store import Store

_TEXT: Final = "text"
_NUMBER: Final = "a number"
_LIST: Final = "a list"
_OBJECT: Final = "an object"
_TYPES: Final[Mapping[str, Any]] = {_TEXT: str, _NUMBER: int, _LIST: (list, tuple), _OBJECT: Mapping}


class BadSnapshot(ValueError):  # noqa: N818 - what the document is, not what went wrong
    """A document that is no snapshot; says where and why."""


def _need(holder: Mapping[str, Any], field: str, form: str, *, path: str = "", needs: str = "") -> Any:
    if field not in holder:
        raise BadSnapshot(f"{path}{field}: missing{needs}")
    return _checked(holder[field], form, f"{path}{field}")


def _maybe(holder: Mapping[str, Any], field: str, form: str, *, path: str = "") -> Any:
    """Return the value of *field*; null is as good as absent."""
    value = holder.get(field)
    return None if value is None else _checked(value, form, f"{path}{field}")


def _checked(value: Any, form: str, path: str) -> Any:
    if not isinstance(value, _TYPES[form]):
        raise BadSnapshot(f"{path}: expected {form}, got {type(value).__name__}")
    return value


def _moment(text: str, path: str) -> Instant:
    try:
        return instant(text)
    except ValueError as error:
        raise BadSnapshot(f"{path}: {error}") from None


@frozen
class Refusal:
    """One entry of `reject`: which requests fail, and how."""

    verb: str
    resource: str
    subresource: str | None
    name: str | None
    reason: Reason
    after: int
    """How many such requests pass first."""
    count: int | None
    """How many fail then; None for all."""

    @classmethod
    def of(cls, entry: Any, path: str) -> "Refusal":
        """Read one entry of the list."""
        _checked(entry, _OBJECT, path)
        path = f"{path}."
        verb, resource, reason = (_need(entry, key, _TEXT, path=path) for key in ("verb", "resource", "reason"))
        if reason not in {known.value for known in Reason}:
            raise BadSnapshot(f"{path}reason: unknown reason {reason!r}")
        subresource, name = (_maybe(entry, key, _TEXT, path=path) or None for key in ("subresource", "name"))
        after, count = (_maybe(entry, key, _NUMBER, path=path) or 0 for key in ("after", "count"))
        return cls(verb, resource, subresource, name, Reason(reason), after, count or None)

    def matches(self, verb: str, resource: str, subresource: str | None, name: str | None) -> bool:
        """Return whether the entry is about such a request."""
        wanted = (self.verb, self.resource, self.subresource)
        return wanted == (verb, resource, subresource) and self.name in (None, name)

    def hits(self, nth: int) -> bool:
        """Return whether the *nth* such request, from 0, fails."""
        return nth >= self.after and (self.count is None or nth < self.after + self.count)


def refused(
    refusals: tuple[Refusal, ...], seen: tuple[int, ...], call: tuple[str, str, str | None, str | None]
) -> tuple[tuple[int, ...], Rejected | None]:
    """Return how often each refusal has met its request by now, and why this *call* is refused if it is."""
    answer = None
    counts = list(seen)
    for index, refusal in enumerate(refusals):
        if refusal.matches(*call):
            if answer is None and refusal.hits(seen[index]):
                answer = Rejected(refusal.reason, f"{refusal.reason} by the snapshot's `reject`")
            counts[index] += 1
    return tuple(counts), answer


@frozen
class Snapshot:
    """Everything that one sync depends on."""

    controller: Controller
    now: Instant
    parent: Resource
    """The object that is reconciled."""
    others: tuple[Resource, ...]
    """The other objects that the controller's cache shows, in the order in which it lists them."""
    cache: Store
    """All that it shows."""
    api: Store
    """What the API holds: the cache's objects, less and more what the snapshot says."""
    refusals: tuple[Refusal, ...]
    memory: FrozenMap | None

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Snapshot":
        """Read a snapshot; raise BadSnapshot if it is none."""
        controller = _controller(_checked(raw, _OBJECT, "snapshot"))
        now = _moment(_need(raw, "now", _TEXT, needs=_NEEDED), "now")
        parent = _parent(raw, controller.kind)
        others = tuple(_objects(raw, "observed"))
        cache = Store.of([parent, *others])
        return cls(
            controller,
            now,
            parent,
            others,
            cache,
            _api(cache, parent, raw),
            tuple(Refusal.of(entry, f"reject[{i}]") for i, entry in enumerate(_maybe(raw, "reject", _LIST) or ())),
            _memory(raw),
        )


_NEEDED: Final = "; a snapshot needs controller, now, parent and observed"


def _controller(raw: Mapping[str, Any]) -> Controller:
    name = _need(raw, "controller", _TEXT, needs=_NEEDED)
    if name not in CONTROLLERS:
        raise BadSnapshot(f"controller: unknown name {name!r}; expected one of {', '.join(sorted(CONTROLLERS))}")
    return CONTROLLERS[name]


def _parent(raw: Mapping[str, Any], kind: str) -> Resource:
    return _typed(_need(raw, "parent", _OBJECT, needs=_NEEDED), kind, "parent")


def _typed(item: Mapping[str, Any], kind: str, path: str) -> Resource:
    """Return *item* as an object of *kind*, which it need not name."""
    named = item.get("kind") or kind
    if named != kind:
        raise BadSnapshot(f"{path}.kind: expected {kind}, got {named!r}")
    return _stored({**item, "kind": kind, "apiVersion": item.get("apiVersion") or BY_NAME[kind].api_version}, path)


def _stored(item: Mapping[str, Any], path: str) -> Resource:
    """Return *item* as a server would hold it."""
    try:
        return read(decode(_need(item, "kind", _TEXT, path=f"{path}."), dict(item), strict=False, gated=False))
    except Malformed as error:
        raise BadSnapshot(f"{path}.{error}") from None


def _objects(raw: Mapping[str, Any], field: str) -> Iterator[Resource]:
    """Yield the objects of *field*, which maps lower-case plural resources to lists of them."""
    seen = set()
    for path, resource, item in _entries(raw, field):
        kind = BY_PLURAL.get(resource)
        found = _stored(item, path) if kind is None else _typed(item, kind.name, path)
        if found.key in seen:
            raise BadSnapshot(f"{path}: {found} is there already")
        seen.add(found.key)
        yield found


def _entries(raw: Mapping[str, Any], field: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    groups = _maybe(raw, field, _OBJECT) or {}
    for resource in sorted(_checked(name, _TEXT, f"{field}: a resource's name") for name in groups):
        for index, item in enumerate(_maybe(groups, resource, _LIST, path=f"{field}.") or ()):
            path = f"{field}.{resource}[{index}]"
            yield path, resource, _checked(item, _OBJECT, path)


def _api(cache: Store, parent: Resource, raw: Mapping[str, Any]) -> Store:
    api = cache
    for item in _objects(raw, "liveOnly"):
        api = api.put(item)
    if "liveParent" in raw:
        api = api.remove(*parent.key)
        live = _maybe(raw, "liveParent", _OBJECT)
        api = api if live is None else api.put(_typed(live, parent.kind, "liveParent"))
    return api


def _memory(raw: Mapping[str, Any]) -> FrozenMap | None:
    """Return what the controller remembers: of a Job, its failures and the writes that it has not seen yet."""
    memory = _maybe(raw, "memory", _OBJECT) or {}
    record = _maybe(memory, "backoff", _OBJECT, path="memory.") or {}
    _maybe(record, "failuresAfterLastSuccess", _NUMBER, path="memory.backoff.")
    last = _maybe(record, "lastFailureTime", _TEXT, path="memory.backoff.")
    if last is not None:
        _moment(last, "memory.backoff.lastFailureTime")
    removals = _maybe(memory, "expectedFinalizerRemovals", _LIST, path="memory.") or ()
    for index, uid in enumerate(removals):
        _checked(uid, _TEXT, f"memory.expectedFinalizerRemovals[{index}]")
    return cast(FrozenMap, freeze(dict(memory))) if memory else None

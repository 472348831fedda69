"""A scene: what a controller sees at one instant, as a value that can be drawn, shrunk, written and shown.

Rules
1. A scene is an object, what else is in the cluster, the time, and what the controller remembers. `observed()` shows it
   to a controller, `snapshot()` asks `reconcile.sync` about it.
2. All objects are as the API holds them, with what it fills in. In YAML that is left out again.
3. In YAML a scene is a snapshot: `now`, `parent`, `observed` with lists of objects by resource, `memory`; without what
   goes without saying (`reconcile.testing.brief`).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import field, frozen

from reconcile.admission.admit import default
from reconcile.engine.world import START
from reconcile.model.clock import Instant, instant, stamp
from reconcile.model.json import Json, freeze, thaw
from reconcile.model.kinds import BY_NAME, BY_PLURAL
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.outcome import Rejected
from reconcile.store.admitted import ADMITTED
from reconcile.store.apply import not_found
from reconcile.store.gate import Stamp
from reconcile.store.store import Store
from reconcile.testing.brief import expand, shorten
from reconcile.testing.compact import compact_yaml
from reconcile.view import Observed, by_name
from reconcile.yaml_json import read_documents


def full(item: Resource) -> Resource:
    """Return *item* with what the API fills in; kinds of the user's own are returned as they are."""
    return read(default(item.kind, item.raw, strict=False)) if item.kind in BY_NAME else item


def _listed(items: Iterable[Resource]) -> tuple[Resource, ...]:
    return tuple(sorted(map(full, items), key=lambda item: item.key))


@frozen
class _Live:
    """Uncached reads of what the scene holds."""

    store: Store

    def get(self, kind: str, namespace: str, name: str) -> Resource | Rejected:
        found = self.store.get(kind, namespace, name)
        return found if found is not None else not_found(kind, name)


@frozen(repr=False)
class Scene:
    """What a controller sees."""

    desired: Resource = field(converter=full)
    """The object that it looks at."""
    others: tuple[Resource, ...] = field(default=(), converter=_listed)
    """What else there is, by kind, namespace and name."""
    now: Instant = START
    memory: Json = field(default=None, converter=freeze)
    """What the controller remembers for the object."""

    def __repr__(self) -> str:
        """Return the scene in YAML: what a failing test shows."""
        return f"Scene:\n{self.text()}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Show the scene the same way where Hypothesis prints an example."""
        printer.text(repr(self))

    def store(self, *, backwards: bool = False) -> Store:
        """Return all objects as a store; *backwards* puts them in in the opposite order."""
        items = (self.desired, *self.others)
        return Store.of(items[::-1] if backwards else items)

    def observed(self, *, backwards: bool = False) -> Observed:
        """Return the view that a controller gets."""
        store = self.store(backwards=backwards)
        return Observed(now=self.now, cache=store, live=_Live(store), memory=self.memory, order=by_name)

    def document(self, *, whole: bool = False) -> dict[str, Any]:
        """Return the scene as plain JSON, without what the API fills in unless it is wanted *whole*."""
        groups: dict[str, list[Any]] = {}
        for item in self.others:
            kind = BY_NAME.get(item.kind)
            resource = kind.plural if kind is not None else f"{item.kind.lower()}s"
            groups.setdefault(resource, []).append(thaw((item if whole else lean(item)).raw))
        parent = self.desired if whole else lean(self.desired)
        told = {"now": stamp(self.now), "parent": thaw(parent.raw), "observed": groups}
        return told | ({"memory": thaw(self.memory)} if self.memory is not None else {})

    def snapshot(self, controller: str) -> dict[str, Any]:
        """Return the scene as `reconcile.sync` takes it, as a question to the *controller* of that name."""
        return {"controller": controller, **self.document()}

    def text(self) -> str:
        """Return the scene in YAML."""
        return compact_yaml(shorten(self.document()))


def read_scene(text: str) -> Scene:
    """Return the scene that *text* is, in YAML; what the API defaults and what goes without saying may be left out.

    >>> read_scene("{now: '2026-01-01T00:00:00Z', parent: {kind: Widget, metadata: {name: w}}}").desired.name
    'w'
    """
    (document,) = read_documents(text)
    return of_document(expand(document))


def of_document(document: Mapping[str, Any]) -> Scene:
    """Return the scene that *document* is, as `Scene.document` gives it."""
    groups: Mapping[str, Iterable[Any]] = document.get("observed") or {}
    others = [_typed(raw, resource) for resource, items in sorted(groups.items()) for raw in items]
    return Scene(read(document["parent"]), tuple(others), instant(document["now"]), document.get("memory"))


def _typed(raw: Mapping[str, Any], resource: str) -> Resource:
    kind = BY_PLURAL.get(resource)
    return read({"kind": kind.name, "apiVersion": kind.api_version, **raw} if kind is not None else raw)


def admitted(
    manifest: Mapping[str, Any] | Resource, *, uid: str, namespace: str = "default", now: Instant = START
) -> Resource:
    """Return the object that the API stores for *manifest*: decoded, defaulted, with *uid* and a version.

    One that has a uid is taken as it is. Raises ValueError if the API refuses it.
    """
    raw = manifest.raw if isinstance(manifest, Resource) else freeze(dict(manifest))
    meta = raw.get("metadata") or {}
    if meta.get("uid"):
        return read(raw)
    kind = BY_NAME.get(raw["kind"])
    place = (meta.get("namespace") or namespace) if kind is None or kind.namespaced else ""
    stored = ADMITTED.create(raw["kind"], raw, Stamp(place, meta.get("name") or "", uid, now))
    if isinstance(stored, Rejected):
        raise ValueError(f"{raw['kind']}: {stored}")
    return read(stored).put(("metadata", "resourceVersion"), "1")


def lean(item: Resource) -> Resource:
    """Return *item* without what the API fills in: as little as makes the same object, and as a user writes it."""
    if item.kind not in BY_NAME:
        return item
    goal, left = full(item), item
    for path in [*_paths(item.spec, ("spec",)), *_paths(item.status, ("status",))]:
        less = read(_without(left.raw, path))
        if full(less) == goal:
            left = less
    return left


def _paths(value: Json, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of all fields under *value*, outer ones first."""
    for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
        if isinstance(value, Mapping):
            yield (*path, key)
        if isinstance(inner, Mapping | list):
            yield from _paths(inner, (*path, key))


def _without(value: Json, path: tuple[Any, ...]) -> Json:
    """Return *value* without the field at *path*; as it is if there is none any more."""
    head, *rest = path
    if isinstance(value, list):
        return [_without(item, tuple(rest)) if index == head else item for index, item in enumerate(value)]
    if head not in value:
        return value
    if not rest:
        return {key: item for key, item in value.items() if key != head}
    return {**value, head: _without(value[head], tuple(rest))}

"""Objects of the API: frozen JSON with typed views of what controllers read.

Rules
1. The JSON (`raw`) is the object; every typed attribute is derived from it on first use. So what nobody reads costs
   nothing, unknown fields survive every round trip, and there is one truth.
2. A change gives a new object that shares what did not change; no change gives the same object.
3. Which class stands for a kind is a table (`reconcile.model.objects.CLASSES`); a kind without a row is a plain
   `Resource`.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Self

from attrs import field, frozen

from reconcile.model.json import EMPTY, FrozenMap, Json, drop, freeze, look, put
from reconcile.model.meta import Meta


@frozen
class Resource:
    """One object of the API."""

    raw: FrozenMap = field(converter=freeze)
    """The object's JSON, frozen."""

    @cached_property
    def meta(self) -> Meta:
        """The object's metadata."""
        return Meta.of(self.raw.get("metadata") or EMPTY)

    @property
    def kind(self) -> str:
        """The object's kind, e.g. `Pod`."""
        kind: str = self.raw.get("kind", "")
        return kind

    @property
    def api_version(self) -> str:
        """The object's apiVersion, e.g. `apps/v1`."""
        version: str = self.raw.get("apiVersion", "")
        return version

    @property
    def name(self) -> str:
        """The object's name."""
        return self.meta.name

    @property
    def namespace(self) -> str:
        """The object's namespace; empty for kinds that have none."""
        return self.meta.namespace

    @property
    def uid(self) -> str:
        """The object's uid."""
        return self.meta.uid

    @property
    def key(self) -> tuple[str, str, str]:
        """Kind, namespace and name: what names the object in the cluster."""
        return (self.kind, self.meta.namespace, self.meta.name)

    @property
    def spec(self) -> FrozenMap:
        """The spec, empty if absent."""
        spec: FrozenMap = self.raw.get("spec") or EMPTY
        return spec

    @property
    def status(self) -> FrozenMap:
        """The status, empty if absent."""
        status: FrozenMap = self.raw.get("status") or EMPTY
        return status

    def look(self, *path: str | int, default: Json = None) -> Json:
        """Return what lies at *path* in the JSON, or *default*."""
        return look(self.raw, *path, default=default)

    def put(self, path: Sequence[str], value: Json) -> Self:
        """Return the object with *value* at *path*; the same object if it is there already."""
        return self._with(put(self.raw, path, value))

    def drop(self, path: Sequence[str]) -> Self:
        """Return the object without what lies at *path*; the same object if nothing does."""
        return self._with(drop(self.raw, path))

    def _with(self, raw: FrozenMap) -> Self:
        return self if raw is self.raw else type(self)(raw)

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

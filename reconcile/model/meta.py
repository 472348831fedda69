"""Object metadata: the part that every kind has and every controller reads."""

from typing import Any, Self

from attrs import frozen

from reconcile.model.clock import Instant, parse
from reconcile.model.json import EMPTY, NOTHING, FrozenList, FrozenMap


@frozen
class OwnerReference:
    """One entry of metadata.ownerReferences."""

    api_version: str
    kind: str
    name: str
    uid: str
    controller: bool = False
    block_owner_deletion: bool = False

    @classmethod
    def of(cls, raw: dict[str, Any]) -> Self:
        """Read one entry of the list."""
        return cls(
            raw.get("apiVersion", ""),
            raw.get("kind", ""),
            raw.get("name", ""),
            raw.get("uid", ""),
            bool(raw.get("controller")),
            bool(raw.get("blockOwnerDeletion")),
        )


@frozen
class Meta:
    """The metadata of one object, typed."""

    name: str
    namespace: str
    uid: str
    resource_version: str
    generation: int
    labels: FrozenMap
    annotations: FrozenMap
    finalizers: FrozenList
    owners: tuple[OwnerReference, ...]
    created: Instant | None
    deleted: Instant | None
    """The deletionTimestamp: set once somebody asked for the object to go."""

    @classmethod
    def of(cls, raw: dict[str, Any]) -> Self:
        """Read `metadata`; absent fields become empty ones."""
        get = raw.get
        return cls(
            get("name") or "",
            get("namespace") or "",
            get("uid") or "",
            get("resourceVersion") or "",
            get("generation") or 0,
            get("labels") or EMPTY,
            get("annotations") or EMPTY,
            get("finalizers") or NOTHING,
            tuple(OwnerReference.of(entry) for entry in get("ownerReferences") or ()),
            parse(get("creationTimestamp")),
            parse(get("deletionTimestamp")),
        )

    @property
    def deleting(self) -> bool:
        """Whether the object is on its way out."""
        return self.deleted is not None

    @property
    def controller(self) -> OwnerReference | None:
        """The one owner that manages the object, if there is one."""
        for owner in self.owners:
            if owner.controller:
                return owner
        return None

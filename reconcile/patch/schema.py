"""What a strategic merge must know about the types of the API.

Rules
1. A struct says for each of its members how a patch is merged into it: `patchStrategy` and `patchMergeKey` of the
   type data. Members without a strategy merge if they are objects, and are replaced if they are lists.
2. A free map (labels, resources) and a value of a kind that the data does not know have no fields: whatever is in
   them is plain, and any member is welcome.
3. An object of an unknown kind still has the metadata that every object has.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from attrs import field, frozen

from reconcile.model.api_types import api_types
from reconcile.patch.errors import INTERNAL_ERROR, BadPatch


@frozen
class Field:
    """How a patch is merged into one member of a struct."""

    type: str = ""
    """The type of the member or, for a list, of its items; empty where nothing is known."""
    merge: bool = False
    """Whether a list is merged item by item."""
    key: str = ""
    """The member that tells the items of a merged list apart; empty for scalars."""
    replace: bool = False
    """Whether an object is replaced as a whole."""
    retain_keys: bool = False
    """Whether a difference names all members that are to stay."""

    @property
    def struct(self) -> "Struct":
        """The struct that the member or its items are made of."""
        return struct_of(self.type)


PLAIN: Final = Field()


@frozen
class Struct:
    """The members of an object as far as patches care."""

    fields: Mapping[str, Field] = field(factory=dict)
    closed: bool = False
    """Whether a member that is not in `fields` is a fault."""

    def __contains__(self, name: str) -> bool:
        return not self.closed or name in self.fields

    def __getitem__(self, name: str) -> Field:
        found = self.fields.get(name)
        if found is not None:
            return found
        if self.closed:
            # contract patch-algorithms B.4
            raise BadPatch(INTERNAL_ERROR, f'no field is called "{name}" here')
        return PLAIN


FREE: Final = Struct()


def struct_of_kind(kind: str) -> Struct:
    """Return the struct of the objects of *kind*.

    >>> struct_of_kind("Pod")["metadata"].struct["ownerReferences"].key
    'uid'
    """
    return struct_of(_kinds()[kind]) if knows(kind) else _UNKNOWN_KIND


def knows(kind: str) -> bool:
    """Whether there is type data of *kind*.

    >>> knows("Pod"), knows("Widget")
    (True, False)
    """
    return kind in _kinds()


@cache
def struct_of(name: str) -> Struct:
    """Return the struct that the type *name* is, points to, or lists; a free map for all other types.

    >>> struct_of("v1.PodSpec")["containers"]
    Field(type='v1.Container', merge=True, key='name', replace=False, retain_keys=False)
    """
    fields = dict(_fields(_bare(name)))
    return Struct(fields, closed=True) if fields else FREE


def _bare(name: str) -> str:
    """Return the type that is left of *name* without pointers and slices."""
    while (entry := api_types().get(name, {})).get("kind") in ("ptr", "slice"):
        name = entry["elem"]
    return name


def _fields(name: str) -> list[tuple[str, Field]]:
    found: list[tuple[str, Field]] = []
    for entry in api_types().get(name, {}).get("fields", ()):
        if entry.get("inline"):
            found += _fields(_bare(entry["type"]))
        elif entry["json"] not in ("", "-"):
            found.append((entry["json"], _field(entry)))
    return found


def _field(entry: Mapping[str, Any]) -> Field:
    strategies = entry.get("patchStrategy", "").split(",")
    return Field(
        type=_bare(entry["type"]),
        merge="merge" in strategies,
        key=entry.get("patchMergeKey", ""),
        replace="replace" in strategies,
        retain_keys="retainKeys" in strategies,
    )


@cache
def _kinds() -> dict[str, str]:
    """Return the type of each kind: the structs that carry kind and apiVersion themselves."""
    return {
        name.rpartition(".")[2]: name
        for name, entry in sorted(api_types().items())
        if any(member["type"] == "v1.TypeMeta" for member in entry.get("fields", ()))
    }


_UNKNOWN_KIND: Final = Struct({"metadata": Field(type="v1.ObjectMeta")})

"""A PATCH request up to the point where its result is treated like any other write.

Rules (contract patch 1, patch-algorithms A.4)
1. The content type picks the algorithm; its parameters do not matter.
2. A strategic patch cannot change kind or apiVersion. A merge or JSON patch may remove the kind, and may name an
   apiVersion that the kind once had; anything else is refused.
3. Name and namespace stay: a patch that changes or removes the name addresses another object. This is looked at after
   the result was decoded, for what does not decode is refused first.
4. What comes of uid and resourceVersion in the result is for the store to say.
"""

from collections.abc import Callable
from typing import Final

from reconcile.actions import JSON_PATCH, MERGE, STRATEGIC_MERGE
from reconcile.model.json import FrozenMap, Json, look, put
from reconcile.patch.errors import BAD_REQUEST, UNPROCESSABLE, UNSUPPORTED, BadPatch
from reconcile.patch.jsonpatch import json_patch
from reconcile.patch.merge import merge_patch
from reconcile.patch.strategic import strategic_merge_patch

_OLD_VERSIONS: Final[dict[str, tuple[str, ...]]] = {
    "Deployment": ("apps/v1beta1", "apps/v1beta2", "extensions/v1beta1"),
    "StatefulSet": ("apps/v1beta1", "apps/v1beta2"),
    "ReplicaSet": ("apps/v1beta2", "extensions/v1beta1"),
    "DaemonSet": ("apps/v1beta2", "extensions/v1beta1"),
    "CronJob": ("batch/v1beta1",),
}
"""The versions that the server still decodes, though it serves them no more."""


def patched(kind: str, patch_type: str, stored: FrozenMap, body: Json) -> FrozenMap:
    """Return *stored*, an object of *kind*, changed by a patch whose content type is *patch_type*.

    >>> patched("Pod", "application/merge-patch+json; charset=utf-8", FrozenMap(kind="Pod"), {"x": 1})
    {'kind': 'Pod', 'x': 1}

    Raises `BadPatch` if the patch does not apply.
    """
    algorithm = _ALGORITHMS.get(patch_type.partition(";")[0].strip())
    if algorithm is None:
        raise BadPatch(UNSUPPORTED, f"{patch_type} is no type of a patch")
    return algorithm(kind, stored, body)


def same_object(new: FrozenMap, stored: FrozenMap) -> None:
    """Refuse the decoded result *new* of a patch if it is not called as *stored*.

    >>> same_object(FrozenMap(metadata=FrozenMap(name="b")), FrozenMap(metadata=FrozenMap(name="a")))
    Traceback (most recent call last):
    reconcile.patch.errors.BadPatch: the name of the object is "a", not "b"
    """
    for member in ("name", "namespace"):
        mine, its = (look(item, "metadata", member, default="") for item in (new, stored))
        # A namespace that is left out is filled in.
        if mine != its and (mine or member == "name"):
            raise BadPatch(BAD_REQUEST, f'the {member} of the object is "{its}", not "{mine}"')


def _strategic(kind: str, stored: FrozenMap, body: Json) -> FrozenMap:
    new = strategic_merge_patch(kind, stored, body)
    for member in ("kind", "apiVersion"):
        if member in stored and new.get(member) != stored[member]:
            new = put(new, (member,), stored[member])
    return new


def _versioned(kind: str, stored: FrozenMap, new: FrozenMap) -> FrozenMap:
    """Return the result *new* of a merge or JSON patch as an object of the version that is stored."""
    version, wanted = new.get("apiVersion"), stored.get("apiVersion")
    if new.get("kind", kind) not in (kind, None, ""):
        raise BadPatch(UNPROCESSABLE, f"the object is a {kind}, not a {new['kind']}", field="patch")
    if version != wanted:
        if version in (None, ""):
            raise BadPatch(BAD_REQUEST, "the object has no apiVersion")
        if version not in _OLD_VERSIONS.get(kind, ()):
            raise BadPatch(UNPROCESSABLE, f"the object is of {wanted}, not {version}", field="patch")
        new = put(new, ("apiVersion",), wanted)
    return new if new.get("kind") == kind else put(new, ("kind",), kind)


_ALGORITHMS: Final[dict[str, Callable[[str, FrozenMap, Json], FrozenMap]]] = {
    STRATEGIC_MERGE: _strategic,
    MERGE: lambda kind, stored, body: _versioned(kind, stored, merge_patch(stored, body)),
    JSON_PATCH: lambda kind, stored, body: _versioned(kind, stored, json_patch(stored, body)),
}

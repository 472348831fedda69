"""What `kubectl apply` sends: the patch that takes a live object to a manifest, knowing what was applied before.

Rules (contract patch 4, patch-algorithms C)
1. The live object remembers in an annotation the manifest that was last applied. What that manifest had and the new one
   lacks is deleted; what the new one has and the live object lacks is set; the rest is left to others.
2. Without the annotation nothing is deleted. An empty patch is not sent.
3. Changes that others made meanwhile are not looked at: the manifest wins.
4. The patch is a strategic merge patch; for a kind without type data the same rules make a JSON merge patch.
"""

import json
from typing import Final

from reconcile.model.json import EMPTY, FrozenMap, Json, drop, freeze, look, put
from reconcile.model.revision_data import canonical_json
from reconcile.patch.diff import Half, diff
from reconcile.patch.errors import BAD_REQUEST, BadPatch
from reconcile.patch.schema import FREE, Struct, knows, struct_of_kind
from reconcile.patch.strategic import combine

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"

_ANNOTATIONS: Final = ("metadata", "annotations")


def apply_patch(kind: str, live: Json, manifest: Json, *, namespace: str = "") -> FrozenMap:
    """Return the patch that `kubectl apply` sends for *manifest* to the object *live*; empty if it sends none.

    >>> live = annotated({"kind": "Pod", "metadata": {"name": "p", "labels": {"a": "b"}}})
    >>> apply_patch("Pod", live, {"kind": "Pod", "metadata": {"name": "p", "labels": {"a": "b"}}})
    {}
    >>> patch = apply_patch("Pod", live, {"kind": "Pod", "metadata": {"name": "p", "labels": {"c": "d"}}})
    >>> patch["metadata"]["labels"]
    {'a': None, 'c': 'd'}
    """
    return three_way_patch(kind, last_applied(live), annotated(manifest, namespace=namespace), live)


def three_way_patch(kind: str, original: Json, modified: Json, current: Json) -> FrozenMap:
    """Return the patch that takes *current* to *modified*, and deletes what *modified* lacks of *original*.

    >>> original, modified, current = {"a": 1, "b": 2}, {"a": 3}, {"a": 1, "b": 2, "c": 4}
    >>> three_way_patch("Widget", original, modified, current)
    {'b': None, 'a': 3}
    """
    struct = _struct(kind)
    changes = diff(struct, current, modified, Half.CHANGES)
    deletions = diff(struct, original, modified, Half.DELETIONS)
    return combine(struct, deletions, changes)


def _struct(kind: str) -> Struct:
    return struct_of_kind(kind) if knows(kind) else FREE


def annotated(manifest: Json, *, namespace: str = "") -> FrozenMap:
    """Return *manifest* as `kubectl apply` creates it: in its namespace, and with itself in the annotation.

    >>> annotated({"kind": "Pod", "metadata": {"name": "p"}})["metadata"]["annotations"][LAST_APPLIED]
    '{"kind":"Pod","metadata":{"annotations":{},"name":"p"}}\\n'
    """
    bare: FrozenMap = drop(freeze(manifest), (*_ANNOTATIONS, LAST_APPLIED))
    if namespace and not look(bare, "metadata", "namespace"):
        bare = put(bare, ("metadata", "namespace"), namespace)
    bare = put(bare, _ANNOTATIONS, look(bare, *_ANNOTATIONS, default=EMPTY))
    return put(bare, (*_ANNOTATIONS, LAST_APPLIED), f"{canonical_json(bare)}\n")


def last_applied(live: Json) -> FrozenMap:
    """Return the manifest that was last applied to *live*; empty if none was.

    >>> last_applied({"metadata": {"annotations": {LAST_APPLIED: '{"kind":"Pod"}'}}}), last_applied({})
    ({'kind': 'Pod'}, {})
    """
    text = look(live, *_ANNOTATIONS, LAST_APPLIED)
    try:
        manifest = freeze(json.loads(text)) if text else EMPTY
    except ValueError as error:
        raise BadPatch(BAD_REQUEST, f"the annotation {LAST_APPLIED} is no JSON: {error}") from error
    if not isinstance(manifest, FrozenMap):
        raise BadPatch(BAD_REQUEST, f"the annotation {LAST_APPLIED} is no object")
    return manifest

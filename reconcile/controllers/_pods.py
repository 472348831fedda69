"""Making and removing pods: what the pod-owning controllers share.

Rules (contract replicaset 4)
1. A pod gets labels, annotations and finalizers of its template, its spec, and its owner; nothing else of the template.
2. Requests go out in batches of 1, 2, 4, ..., so that a template that the API refuses costs one refusal and not 500.
"""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from reconcile.actions import Create
from reconcile.model.json import FrozenMap, compact, freeze
from reconcile.model.pod import PodTemplate, controller_reference
from reconcile.model.resource import Resource

T = TypeVar("T")

BURST: Final = 500
"""How many pods one sync makes or removes at most: one bad template must not flood the API server."""

_COPIED: Final = ("labels", "annotations", "finalizers")


def pod_from_template(owner: Resource, template: PodTemplate) -> FrozenMap:
    """Return a pod as *owner* makes it from *template*: the template's metadata and spec, and the owner."""
    # contract replicaset 4
    meta = template.raw.get("metadata") or FrozenMap()
    copied = {key: meta.get(key) for key in _COPIED}
    pod: FrozenMap = freeze(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": compact(
                {"generateName": f"{owner.name}-", **copied, "ownerReferences": [controller_reference(owner)]}
            ),
            "spec": template.spec,
            "status": {},
        }
    )
    return pod


def slow_start(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Split *items* into batches of 1, 2, 4, ... up to 500: if the first ones fail, few requests were wasted.

    >>> [list(batch) for batch in slow_start([1, 2, 3, 4, 5])]
    [[1], [2, 3], [4, 5]]
    """
    start, size = 0, 1
    while start < len(items):
        yield items[start : start + size]
        start += size
        size = min(2 * size, BURST)


def create_pod(owner: Resource, body: FrozenMap, why: str) -> Create:
    """Return the request that makes one pod for *owner*."""
    return Create("Pod", owner.namespace, body, why)

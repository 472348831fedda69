"""Who is who: the names and ordinals of a StatefulSet's pods, and what a pod of a given ordinal looks like.

Rules (contract statefulset 4)
1. A pod's ordinal is the number at the end of its name; it has none if that does not fit 32 bits.
2. Its identity is its name and the label that repeats it. Host name, subdomain, index and revision are set when the
   pod is made and not checked afterwards.
3. A pod is *created* once it has a phase. Readiness for the next step wants phase Running too; availability does not.
"""

import re
from functools import lru_cache
from typing import Final

from reconcile.controllers._pods import pod_from_template
from reconcile.controllers.statefulset.claims import claim_volumes
from reconcile.model.clock import Instant
from reconcile.model.json import EMPTY, FrozenMap, put
from reconcile.model.pod import Pod, PodTemplate
from reconcile.model.revision import POD_LABEL, ControllerRevision
from reconcile.model.revision_data import restored_template
from reconcile.model.statefulset import StatefulSet

NAME_LABEL: Final = "statefulset.kubernetes.io/pod-name"
INDEX_LABEL: Final = "apps.kubernetes.io/pod-index"
NO_ORDINAL: Final = -1

_NAME: Final = re.compile(r"(?P<set>.*)-(?P<ordinal>[0-9]+)", re.ASCII)
_MAX_INT32: Final = 2**31 - 1


@lru_cache(maxsize=65536)
def parted(name: str) -> tuple[str, int]:
    """Return the name of the set and the ordinal that the *name* of a pod consists of.

    >>> parted("web-0"), parted("web-007"), parted("a-1-2"), parted("web"), parted("web-9999999999")
    (('web', 0), ('web', 7), ('a-1', 2), ('', -1), ('web', -1))
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return "", NO_ORDINAL
    digits = match["ordinal"].lstrip("0")
    number = int(digits or "0") if len(digits) <= 10 else _MAX_INT32 + 1
    return match["set"], number if number <= _MAX_INT32 else NO_ORDINAL


def ordinal_of(pod: Pod) -> int:
    """Return the ordinal of *pod*; -1 if it has none."""
    return parted(pod.name)[1]


def in_range(sts: StatefulSet, ordinal: int) -> bool:
    """Return whether *sts* wants a pod with *ordinal*."""
    return sts.start <= ordinal < sts.start + sts.replicas


def pod_name(sts: StatefulSet, ordinal: int) -> str:
    """Return the name of the pod of *sts* with *ordinal*."""
    return f"{sts.name}-{ordinal}"


def has_identity(sts: StatefulSet, pod: Pod) -> bool:
    """Return whether *pod* carries the name that its ordinal gives it."""
    ordinal = ordinal_of(pod)
    return ordinal >= 0 and pod.name == pod_name(sts, ordinal) == pod.meta.labels.get(NAME_LABEL)


def with_identity(sts: StatefulSet, pod: Pod) -> Pod:
    """Return *pod* under the name that its ordinal gives it."""
    ordinal = ordinal_of(pod)
    name = pod_name(sts, ordinal)
    labels = {**pod.meta.labels, NAME_LABEL: name, INDEX_LABEL: str(ordinal)}
    named = pod.put(("metadata", "name"), name).put(("metadata", "namespace"), sts.namespace)
    return named.put(("metadata", "labels"), labels)


def new_pod(sts: StatefulSet, revision: ControllerRevision, ordinal: int) -> Pod:
    """Return the pod of *sts* with *ordinal*, made from the template that *revision* holds."""
    template = restored_template(revision.data)
    body = pod_from_template(sts, PodTemplate(template))
    name = pod_name(sts, ordinal)
    labels = {
        **(body["metadata"].get("labels") or EMPTY),
        NAME_LABEL: name,
        INDEX_LABEL: str(ordinal),
        POD_LABEL: revision.name,
    }
    meta = FrozenMap({**body["metadata"], "name": name, "namespace": sts.namespace, "labels": FrozenMap(labels)})
    return Pod(FrozenMap({**body, "metadata": meta, "spec": _spec(sts, body["spec"], name, ordinal)}))


def _spec(sts: StatefulSet, spec: FrozenMap, name: str, ordinal: int) -> FrozenMap:
    own = {"hostname": name, "subdomain": sts.service_name}
    kept = {key: value for key, value in spec.items() if key not in own}
    named = FrozenMap({**kept, **{key: value for key, value in own.items() if value}})
    volumes = claim_volumes(sts, ordinal, spec.get("volumes"))
    return put(named, ("volumes",), volumes) if volumes else named


# --- how far a pod has come ----------------------------------------------------------------------------------------


def created(pod: Pod | None) -> bool:
    """Return whether *pod* is there at all."""
    return pod is not None and pod.phase != ""


def running_ready(pod: Pod) -> bool:
    """Return whether *pod* runs and is ready."""
    return pod.phase == "Running" and pod.ready


def running_available(sts: StatefulSet, pod: Pod, now: Instant) -> bool:
    """Return whether *pod* runs and has been ready for long enough."""
    return running_ready(pod) and pod.available(sts.min_ready_seconds, now)


def unavailable(sts: StatefulSet, pod: Pod | None, now: Instant) -> bool:
    """Return whether *pod* is on its way out, or was not ready for long enough; its phase does not matter."""
    return pod is None or pod.meta.deleting or not pod.available(sts.min_ready_seconds, now)

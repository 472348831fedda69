"""What a Job reads from, and writes on, its pods (contract job 1, Vocabulary).

Rules
1. A pod that carries the tracking finalizer is not counted yet; the finalizer goes once it is.
2. The completion index is what the annotation says; the label of the same name is for users.
3. Where failures are counted by index, a pod carries the failures of the pods before it in two annotations.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from reconcile.model.json import EMPTY
from reconcile.model.pod import COMPLETION_INDEX, JOB_TRACKING, Pod

FAILURE_COUNT: Final = "batch.kubernetes.io/job-index-failure-count"
IGNORED_FAILURE_COUNT: Final = "batch.kubernetes.io/job-index-ignored-failure-count"

UNKNOWN: Final = -1
"""The index of a pod whose annotation names none."""

_INTEGER: Final = re.compile(r"[+-]?[0-9]+", re.ASCII)


def tracked(pod: Pod) -> bool:
    """Return whether *pod* is still to be counted, or to be released from counting."""
    return JOB_TRACKING in pod.meta.finalizers


def completion_index(pod: Pod) -> int:
    """Return the completion index of *pod*; -1 if it has none."""
    number = integer(pod.meta.annotations.get(COMPLETION_INDEX))
    return number if number is not None and number >= 0 else UNKNOWN


def index_failures(pod: Pod) -> int:
    """Return how many pods of the index had failed when *pod* was made."""
    return _count(pod, FAILURE_COUNT)


def ignored_index_failures(pod: Pod) -> int:
    """Return how many pods of the index had failed without that being held against it when *pod* was made."""
    return _count(pod, IGNORED_FAILURE_COUNT)


def all_index_failures(pod: Pod) -> int:
    """Return how many pods of the index had failed in any way when *pod* was made."""
    return index_failures(pod) + ignored_index_failures(pod)


def _count(pod: Pod, annotation: str) -> int:
    number = integer(pod.meta.annotations.get(annotation))
    return number if number is not None and 0 <= number < 2**31 else 0


def integer(text: str | None) -> int | None:
    """Return the 64-bit integer that *text* names.

    >>> integer("+4"), integer("007"), integer("1_0"), integer(" 1")
    (4, 7, None, None)
    """
    if text is None or _INTEGER.fullmatch(text) is None:
        return None
    value = int(text)
    return value if -(2**63) <= value < 2**63 else None


def container_statuses(pod: Pod) -> Iterator[dict[str, Any]]:
    """Yield the statuses of the app containers of *pod*, then those of its init containers."""
    yield from pod.status.get("containerStatuses") or ()
    yield from pod.status.get("initContainerStatuses") or ()


def restarts(pod: Pod) -> int:
    """Return how often containers of *pod* were restarted, all in all."""
    return sum(status.get("restartCount") or 0 for status in container_statuses(pod))


def exit_code(status: dict[str, Any]) -> int | None:
    """Return the exit code of a container; None while it has not ended.

    >>> exit_code({"state": {"terminated": {"exitCode": 3}}}), exit_code({"state": {"running": {}}})
    (3, None)
    """
    terminated = (status.get("state") or EMPTY).get("terminated")
    return None if terminated is None else terminated.get("exitCode") or 0

"""Making the pods of a Job (contract job 7.3).

Rules
1. At most 500 pods a sync, in batches of 1, 2, 4, ...; a batch with a failure is the last one.
2. After failures the Job waits, longer each time; where failures are counted by index, each index waits for itself.
3. An Indexed Job makes pods for the lowest indexes that nobody works on. The index is in an annotation, a label, the
   host name and the environment of every container.
"""

from collections.abc import Sequence
from typing import Any, Final

from attrs import frozen

from reconcile.actions import Event, WakeAt
from reconcile.controllers._pods import BURST, create_pod, pod_from_template, slow_start
from reconcile.controllers.job.policy import judge
from reconcile.controllers.job.tally import Tally
from reconcile.model.backoff import finish_time, remaining
from reconcile.model.clock import later
from reconcile.model.indexes import pending
from reconcile.model.job import Job
from reconcile.model.job_pod import (
    FAILURE_COUNT,
    IGNORED_FAILURE_COUNT,
    all_index_failures,
    ignored_index_failures,
    index_failures,
)
from reconcile.model.json import FrozenList, FrozenMap, put
from reconcile.model.pod import COMPLETION_INDEX, JOB_TRACKING, Pod
from reconcile.outcome import Reason, Rejected
from reconcile.script import Steps

_INDEX_VARIABLE: Final = "JOB_COMPLETION_INDEX"
_GENERATED: Final = 58
"""How long the base of a generated name may be: five letters follow, and a name has at most 63."""
_LONGEST_PREFIX: Final = 253
_SOONEST: Final = 1.0
"""A Job is not looked at again sooner than this, so that a burst of changes is one sync; in seconds."""


@frozen
class Created:
    """What became of pods that were to be made."""

    pods: int | None
    """How many there are now; None if the Job waits after failures."""
    error: str | None = None
    """What went wrong first."""


def create(tally: Tally, missing: int, why: str) -> Steps[Created]:
    """Make pods, *missing* so many if nothing stands against it."""
    wait = 0.0 if tally.job.per_index else tally.record.remaining(tally.now)
    if wait > 0:
        yield _again(tally, wait, f"{tally.record.failures} pods failed in a row")
        return Created(None)
    count = min(missing, BURST)
    if not tally.job.indexed:
        return (yield from _make(tally, [None] * count, why))
    indexes = vacant(tally, count)
    waits = {index: _index_wait(tally, index) for index in indexes}
    ready = [index for index in indexes if not waits[index]]
    if indexes and not ready:
        # Traps: nobody is woken for an index that waits while another can be made
        index = min(indexes, key=lambda i: waits[i])
        yield _again(tally, waits[index], f"index {index} failed not long ago")
        return Created(None)
    return (yield from _make(tally, ready, why))


def vacant(tally: Tally, count: int) -> list[int]:
    """Return the first *count* indexes that have neither succeeded nor failed, and that no pod works on."""
    nobody: frozenset[int] = frozenset()
    terminating = tally.terminating_indexes if tally.job.replaces_only_failed else nobody
    busy = tally.active_indexes | terminating
    return pending(tally.completed, count, tally.job.limit, sorted(busy), tally.failed_indexes)


def _index_wait(tally: Tally, index: int) -> float:
    pod = tally.delayed.get(index)
    return 0.0 if pod is None else remaining(all_index_failures(pod) + 1, finish_time(pod), tally.now)


def _again(tally: Tally, wait: float, why: str) -> WakeAt:
    return WakeAt(later(tally.now, max(wait, _SOONEST)), why)


def _make(tally: Tally, items: Sequence[int | None], why: str) -> Steps[Created]:
    """Make one pod for each of *items*, an index or None."""
    job = tally.job
    body = pod_body(job)
    active = tally.claimed.active + len(items)
    tried = 0
    errors: list[str] = []
    for batch in slow_start(items):
        tried += len(batch)
        for index in batch:
            pod = body if index is None else indexed_body(job, body, index, tally.delayed.get(index))
            error = yield from _make_one(job, pod, why if index is None else f"index {index} has no pod; {why}")
            errors += [] if error is None else [error]
        if errors:
            return Created(active - len(errors) - (len(items) - tried), errors[0])
    return Created(active)


def _make_one(job: Job, body: FrozenMap, why: str) -> Steps[str | None]:
    if not body["metadata"].get("labels"):
        # As for a ReplicaSet: refused before it reaches the API; no request, no event
        return "unable to create pods, no labels"
    answer = yield create_pod(job, body, why)
    if not isinstance(answer, Rejected):
        name = answer.object.name if answer.object is not None else ""
        yield Event("Normal", "SuccessfulCreate", job, f"Created pod: {name or body['metadata']['generateName'] + '*'}")
        return None
    if answer.reason is Reason.NAMESPACE_TERMINATING:
        return None
    yield Event("Warning", "FailedCreate", job, f"Error creating: {answer}")
    return str(answer)


# --- the pods ------------------------------------------------------------------------------------------------------


def pod_body(job: Job) -> FrozenMap:
    """Return a pod as *job* makes it, but for what depends on its index."""
    body = pod_from_template(job, job.template)
    finalizers = body["metadata"].get("finalizers") or ()
    if JOB_TRACKING not in finalizers:
        body = put(body, ("metadata", "finalizers"), [*finalizers, JOB_TRACKING])
    if len(job.name) >= _LONGEST_PREFIX:
        # A prefix is a valid name itself, so there is no room for the dash.
        body = put(body, ("metadata", "generateName"), job.name)
    return put(body, ("spec",), _with_index_variable(body["spec"])) if job.indexed else body


def _with_index_variable(spec: FrozenMap) -> FrozenMap:
    keys = [key for key in ("initContainers", "containers") if spec.get(key)]
    return FrozenMap({**spec, **{key: FrozenList([_told(container) for container in spec[key]]) for key in keys}})


def _told(container: FrozenMap) -> FrozenMap:
    """Return *container* with its index in the environment, unless it says itself what the variable is."""
    env = container.get("env") or ()
    if any(variable.get("name") == _INDEX_VARIABLE for variable in env):
        return container
    source = {"fieldRef": {"fieldPath": f"metadata.labels['{COMPLETION_INDEX}']"}}
    return put(container, ("env",), [*env, {"name": _INDEX_VARIABLE, "valueFrom": source}])


def indexed_body(job: Job, body: FrozenMap, index: int, before: Pod | None) -> FrozenMap:
    """Return *body* as the pod for *index*; *before* is the failed pod that it follows, where that matters."""
    meta: dict[str, Any] = body["metadata"]
    text = str(index)
    failures = _failures(job, before) if job.per_index else {}
    new = {
        **meta,
        "generateName": indexed_prefix(job.name, index),
        "labels": {**meta.get("labels", {}), COMPLETION_INDEX: text},
        "annotations": {**meta.get("annotations", {}), COMPLETION_INDEX: text, **failures},
    }
    return put(put(body, ("metadata",), new), ("spec", "hostname"), f"{job.name}-{index}")


def indexed_prefix(name: str, index: int) -> str:
    """Return what the names of the pods for *index* begin with.

    >>> indexed_prefix("sum", 3), indexed_prefix("a" * 60, 0) == "a" * 55 + "-0-"
    ('sum-3-', True)
    """
    end = f"-{index}-"
    return name[: _GENERATED - len(end)] + end


def _failures(job: Job, before: Pod | None) -> dict[str, str]:
    """Return the annotations that carry the failures of an index on to its next pod."""
    if before is None:
        return {FAILURE_COUNT: "0"}
    counts = judge(job, before).counts
    ignored = ignored_index_failures(before) + (not counts)
    count = {FAILURE_COUNT: str(index_failures(before) + counts)}
    return count | ({IGNORED_FAILURE_COUNT: str(ignored)} if ignored else {})

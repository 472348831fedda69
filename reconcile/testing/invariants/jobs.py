"""Invariants of Jobs (contract job).

*Active*: neither finished nor terminating. A pod that terminates is counted as failed at once, unless the Job replaces
only failed pods (`podReplacementPolicy: Failed`, or a podFailurePolicy): then it is neither active nor failed until it
has ended, and its replacement waits.
"""

from collections.abc import Iterator
from typing import Any, Final

from reconcile.model.clock import later, parse
from reconcile.model.json import look
from reconcile.model.resource import Resource
from reconcile.testing.invariants.protocol import Change, Step, Sync, active, change, decision, names, of_kind, pods_of

TRACKING: Final = "batch.kubernetes.io/job-tracking"
INDEX: Final = "batch.kubernetes.io/job-completion-index"


def parallelism(job: Resource) -> int:
    """Return how many pods may run at a time."""
    value = job.spec.get("parallelism")
    return 1 if value is None else int(value)


def indexed(job: Resource) -> bool:
    """Return whether each completion has an index of its own."""
    return job.spec.get("completionMode") == "Indexed"


def index_of(pod: Resource) -> int:
    """Return the completion index of *pod*; -1 if it has none."""
    text = pod.meta.annotations.get(INDEX, "")
    return int(text) if text.isdigit() else -1


def condition(job: Resource, kind: str) -> bool:
    """Return whether the first condition of type *kind* is True."""
    found = [entry for entry in job.status.get("conditions") or () if entry.get("type") == kind]
    return bool(found) and found[0].get("status") == "True"


def finished(job: Resource) -> bool:
    """Return whether the Job has ended for good."""
    return condition(job, "Complete") or condition(job, "Failed")


def indexes(text: str | None) -> list[int]:
    """Return the indexes that a list such as `0,2-4` names, in the order in which it names them."""
    found: list[int] = []
    for item in (text or "").split(",") if text else ():
        first, _, last = item.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def uncounted(job: Resource, what: str) -> list[str]:
    """Return the uids of pods that ended and are not in the counters yet; *what* is `succeeded` or `failed`."""
    return list(look(job.status, "uncountedTerminatedPods", what, default=()))


def counted(job: Resource, what: str) -> int:
    """Return how many pods the status has taken note of."""
    return int(job.status.get(what) or 0) + len(uncounted(job, what))


# --- how many run ------------------------------------------------------------------------------------------------


@decision("job")
def parallelism_holds(sync: Sync) -> Iterator[str]:
    """A Job that creates pods has at most `parallelism` active ones afterwards, in the store itself.

    Holds while the controller waits for its cache to show its own writes (D-J8). With completions it has at most as
    many as are still missing, by what the status has taken note of.
    """
    job = sync.desired
    made = list(of_kind(sync.created("Pod"), job)) if job is not None else []
    if job is None or not made:
        return
    running = active(pods_of(sync.after.store, job))
    if len(running) > parallelism(job):
        yield f"{job} has parallelism {parallelism(job)}, and {len(running)} active pods: {names(running)}"
    completions = job.spec.get("completions")
    missing = None if completions is None else int(completions) - counted(job, "succeeded")
    if missing is not None and len(running) > missing and not indexed(job):
        yield f"{job} misses {missing} completions, and has {len(running)} active pods"


@decision("job")
def suspended_creates_nothing(sync: Sync) -> Iterator[str]:
    """A Job that is suspended, finished, being deleted, or somebody else's, as it saw itself, creates no pod."""
    job = sync.desired
    if job is None or not sync.created("Pod"):
        return
    foreign = job.spec.get("managedBy") not in (None, "kubernetes.io/job-controller")
    if job.spec.get("suspend") or finished(job) or job.meta.deleting or foreign:
        yield f"{job} must not start pods, and created {names(sync.created('Pod'))}"


@decision("job")
def one_pod_per_index(sync: Sync) -> Iterator[str]:
    """A pod of an Indexed Job is created only for an index in range that has not succeeded, and that has no active pod;
    if the Job replaces only failed pods, no terminating one either. In the store itself, terminating ones as seen."""
    job = sync.desired
    made = list(of_kind(sync.created("Pod"), job)) if job is not None else []
    if job is None or not made or not indexed(job):
        return
    done = set(indexes(job.status.get("completedIndexes"))) | set(indexes(job.status.get("failedIndexes")))
    running = [index_of(pod) for pod in active(pods_of(sync.after.store, job))]
    for pod in made:
        index = index_of(pod)
        if not 0 <= index < int(job.spec.get("completions") or 0) or index in done:
            yield f"{pod} was created for index {index}, which needs none"
        if running.count(index) > 1:
            yield f"{job} has {running.count(index)} active pods for index {index}"


@decision("job")
def backoff_limit_stops(sync: Sync) -> Iterator[str]:
    """A Job that has taken note of more failed pods than backoffLimit creates no more.

    So it has at most backoffLimit + parallelism failed pods in the end (D-J1). Not bound: backoffLimitPerIndex, where
    each index has a limit of its own.
    """
    job = sync.desired
    if job is None or not sync.created("Pod") or job.spec.get("backoffLimitPerIndex") is not None:
        return
    limit = job.spec.get("backoffLimit")
    failed = counted(job, "failed")
    if failed > (6 if limit is None else int(limit)):
        yield f"{job} has {failed} failed pods, its backoffLimit is {limit}, and it created more"


@decision("job")
def deadline_stops(sync: Sync) -> Iterator[str]:
    """A Job that has been active for activeDeadlineSeconds creates no more pods.

    Counted from `status.startTime`, as the controller saw it; a Job that is suspended has none.
    """
    job = sync.desired
    limit = job.spec.get("activeDeadlineSeconds") if job is not None else None
    since = parse(job.status.get("startTime")) if job is not None else None
    if job is None or limit is None or since is None or job.spec.get("suspend") or not sync.created("Pod"):
        return
    if (sync.now - since).total_seconds() >= limit:
        yield f"{job} has been active since {since}, its deadline is {limit} s, and it created more pods at {sync.now}"


# --- counting ----------------------------------------------------------------------------------------------------


@decision("job")
def pods_are_tracked(sync: Sync) -> Iterator[str]:
    """A pod of a Job is created with the tracking finalizer: it cannot go before it is counted."""
    for pod in sync.created("Pod"):
        if TRACKING not in pod.meta.finalizers:
            yield f"{pod} was created without the finalizer {TRACKING}"


@change
def counted_once(step: Step) -> Iterator[str]:
    """Each pod is counted at most once: succeeded (failed) grows only by pods with the tracking finalizer that were
    not in uncountedTerminatedPods before; succeeded only by such as have succeeded.

    Counted: `status.succeeded` and `status.failed`, each with the uids in uncountedTerminatedPods. An Indexed Job
    counts indexes, see `completed_indexes_are_exact`.
    """
    for old, new in step.changes("Job"):
        if old is None or new is None or old.uid != new.uid:
            continue
        for what in ("succeeded", "failed"):
            if what == "succeeded" and indexed(new):
                continue
            grown = counted(new, what) - counted(old, what)
            known = {*uncounted(old, "succeeded"), *uncounted(old, "failed")}
            pods = [p for p in pods_of(step.before.store, old) if TRACKING in p.meta.finalizers and p.uid not in known]
            if what == "succeeded":
                pods = [pod for pod in pods if pod.status.get("phase") == "Succeeded"]
            if grown > len(pods) and _by_controller(step):
                yield f"{new} counts {grown} more pods as {what}, {len(pods)} could be"


def _by_controller(step: Step) -> bool:
    return bool(step.rows) and step.rows[-1].actor == "job"


@change
def counters_never_fall(step: Step) -> Iterator[str]:
    """What a Job has counted as failed it never takes back; nor as succeeded, unless completions were lowered."""
    for old, new in step.changes("Job"):
        if old is None or new is None or old.uid != new.uid or not _by_controller(step):
            continue
        if int(new.status.get("failed") or 0) < int(old.status.get("failed") or 0):
            yield f"{new} takes back failed pods: {old.status.get('failed')} -> {new.status.get('failed')}"
        lower = int(new.status.get("succeeded") or 0) < int(old.status.get("succeeded") or 0)
        if lower and not _beyond(old, new):
            yield f"{new} takes back succeeded pods: {old.status.get('succeeded')} -> {new.status.get('succeeded')}"


def _beyond(old: Resource, new: Resource) -> bool:
    done = indexes(old.status.get("completedIndexes"))
    return indexed(new) and any(index >= int(new.spec.get("completions") or 0) for index in done)


@change
def completed_indexes_are_exact(step: Step) -> Iterator[str]:
    """completedIndexes names each index at most once, in order and, when the controller writes it, in range of the
    completions that it saw; and succeeded is how many it names."""
    cache = step.before.caches.get("job", step.before.store)
    for job in _indexed(step.changes("Job")):
        done = indexes(job.status.get("completedIndexes"))
        seen = cache.get(*job.key) or job
        beyond = [index for index in done if index >= int(seen.spec.get("completions") or 0)]
        if done != sorted(set(done)) or (beyond and _by_controller(step)):
            yield f"{job} lists its completed indexes as {job.status.get('completedIndexes')}"
        if _by_controller(step) and int(job.status.get("succeeded") or 0) != len(done):
            yield f"{job} has succeeded {job.status.get('succeeded')} with completed indexes {done}"


def _indexed(found: list[Change]) -> Iterator[Resource]:
    for _, new in found:
        if new is not None and indexed(new):
            yield new


# --- ending ------------------------------------------------------------------------------------------------------


@change
def exact_completions(step: Step) -> Iterator[str]:
    """A Job becomes Complete only with all its completions, or by its success policy; each index exactly once.

    A work queue (no completions) is complete when one pod succeeded and none is active. More pods than completions may
    succeed if they ran at the same time; the Job then says TooManySucceededPods.
    """
    for old, new in step.changes("Job"):
        if new is None or not condition(new, "Complete") or (old is not None and condition(old, "Complete")):
            continue
        completions, succeeded = new.spec.get("completions"), int(new.status.get("succeeded") or 0)
        if new.spec.get("successPolicy") is not None and succeeded:
            continue
        if succeeded < (1 if completions is None else int(completions)):
            yield f"{new} is complete with {succeeded} of {completions} completions"


@change
def ended_for_good(step: Step) -> Iterator[str]:
    """A Job that is Complete or Failed stays just that, and is never both."""
    for old, new in step.changes("Job"):
        if new is None:
            continue
        if condition(new, "Complete") and condition(new, "Failed"):
            yield f"{new} is both complete and failed"
        if old is not None and old.uid == new.uid and finished(old) and _ends(old) != _ends(new):
            yield f"{new} was {_ends(old)} and is {_ends(new)}"


def _ends(job: Resource) -> tuple[str, ...]:
    return tuple(kind for kind in ("Complete", "Failed") if condition(job, kind))


@change
def ends_settled(step: Step) -> Iterator[str]:
    """A Job becomes Complete or Failed only when no pod of it is active or terminating by its own count, and none is
    left uncounted (D-J7)."""
    for old, new in step.changes("Job"):
        if new is None or not finished(new) or (old is not None and finished(old)):
            continue
        status: Any = new.status
        if status.get("active") or status.get("terminating") or uncounted(new, "succeeded") or uncounted(new, "failed"):
            yield f"{new} ended with active {status.get('active')}, terminating {status.get('terminating')}"


@decision("ttlafterfinished")
def ttl_is_waited_for(sync: Sync) -> Iterator[str]:
    """A Job is deleted for its age only if it has ended and ttlSecondsAfterFinished have passed since, as the API has
    it and not only as a cache shows it.

    Counted from the last turn of the first condition in the list that is Complete or Failed (contract
    ttlafterfinished 2).
    """
    for job in sync.removed("Job"):
        ttl = job.spec.get("ttlSecondsAfterFinished")
        ends = [entry for entry in job.status.get("conditions") or () if entry.get("type") in ("Complete", "Failed")]
        turned = next((entry.get("lastTransitionTime") for entry in ends if entry.get("status") == "True"), None)
        end = parse(turned)
        if ttl is None or end is None or later(end, ttl) > sync.now:
            yield f"{job} was deleted at {sync.now}; it ended at {end}, and its ttlSecondsAfterFinished is {ttl}"

"""Scenes around a Job: all that its spec may say, a status that need not be true, and pods of every sort.

Pods are owned and foreign, tracked and counted, of good and bad indexes, ended in time or just now.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from hypothesis.strategies import SearchStrategy

from reconcile.model.clock import stamp
from reconcile.model.objects import read
from reconcile.model.pod import DELETION_COST, controller_reference
from reconcile.model.resource import Resource
from reconcile.testing.invariants.jobs import INDEX, TRACKING
from reconcile.testing.scenes import Scene
from reconcile.testing.strategies.objects import NOW, head
from tests.controllers.dice import Dice, thrown
from tests.controllers.job_facts import FAILURES, IGNORED, Json, phase, text

FLAVOURS: Final = ("plain", "indexed", "per index", "failure policy", "success policy", "too many", "retries")
"""What scenes are about. Jobs with a failure policy are of all sorts, those with a success policy indexed; where pods
are too many, most of them are active, and where indexes are tried again, most have failed."""
STATES: Final[Mapping[str, tuple[str, ...]]] = {
    "": ("Running", "Running", "Running", "Failed", "Failed", "Succeeded", "Pending", "Unknown"),
    "success policy": ("Succeeded", "Succeeded", "Failed", "Running"),
    "too many": ("Running",) * 6 + ("Pending", "Unknown"),
    "retries": ("Failed", "Failed", "Failed", "Failed", "Running", "Succeeded"),
}
"""The phases of pods."""
COUNTS: Final[Mapping[str, tuple[int, ...]]] = {"": (1, 2, 3, 3, 4, 4, 5, 6), "too many": (3, 4, 5, 6)}
PARALLELISM: Final = {"": (6, 5, 4, 3, 2, 1, 0), "too many": (3, 2, 1), "retries": (6, 5)}

AGES: Final = (0, 5, 9, 10, 11, 19, 20, 21, 40, 60, 599, 601)
"""Seconds: around the waits after one, two and three failures, and after so many that it is the longest wait."""


def ago(seconds: float) -> str:
    return stamp(NOW - timedelta(seconds=seconds))


def scenes(flavour: str) -> SearchStrategy[Scene]:
    """Return scenes around Jobs of one of `FLAVOURS`: with up to six pods, and what the controller remembers."""
    return thrown(lambda dice: scene(dice, flavour))


def scene(dice: Dice, flavour: str) -> Scene:
    item = job(dice, flavour)
    found = [
        pod(dice, item, place, STATES.get(flavour, STATES[""]))
        for place in range(dice.one(*COUNTS.get(flavour, COUNTS[""])))
    ]
    memory: Json = {}
    if dice.rarely():
        last = ago(dice.one(*AGES))
        memory["backoff"] = {"failuresAfterLastSuccess": dice.one(1, 2, 3, 6, 9), "lastFailureTime": last}
    if dice.rarely():
        memory["expectedFinalizerRemovals"] = [f"uid-work-{place}" for place in sorted(dice.some(range(6), 2))]
    if dice.seldom():
        memory["expectationsPending"] = True
    item = item.put(("status",), status(dice, item, found))
    return Scene(item, tuple(found), NOW + timedelta(seconds=dice.one(0, 0.25)), memory or None)


# --- Jobs ------------------------------------------------------------------------------------------------------------


def template(restart: str) -> Json:
    spec = {"restartPolicy": restart, "containers": [{"name": "main", "image": "app:1"}]}
    return {"metadata": {"labels": {"job": "work"}}, "spec": spec}


def job(dice: Dice, flavour: str) -> Resource:
    rules = flavour == "failure policy" or (flavour == "retries" and dice.one(True, False))
    per_index = flavour in ("per index", "retries") or (rules and dice.one(True, False))
    per_index = per_index or (flavour == "success policy" and dice.one(True, False))
    indexed = per_index or flavour in ("indexed", "success policy") or dice.rarely()
    limits = (6,) if flavour == "retries" else (1, 0, 2) if rules and not per_index else (6, 6, 6, 3, 2, 1, 0)
    in_place = flavour in ("plain", "indexed") and dice.rarely()
    spec: Json = {
        "parallelism": dice.one(*PARALLELISM.get(flavour, PARALLELISM[""])),
        "backoffLimit": dice.one(*limits),
        "completionMode": "Indexed" if indexed else "NonIndexed",
        "suspend": dice.seldom() or dice.seldom(),
        "podReplacementPolicy": dice.one("TerminatingOrFailed", "Failed"),
        "selector": {"matchLabels": {"job": "work"}},
        "template": template("OnFailure" if in_place else "Never"),
    }
    completions = dice.one(6, 5, 4, 4, 3, 2, 1) if indexed else dice.one(6, 5, 4, None, 3, 2, 1)
    spec |= {"completions": completions} if completions is not None else {}
    spec |= {"activeDeadlineSeconds": dice.one(10, 60, 3600)} if dice.rarely() else {}
    if per_index:
        spec |= {"backoffLimitPerIndex": dice.one(1, 2, 3, 0, 0)}
        spec |= {"maxFailedIndexes": dice.one(2, 1, 0)} if dice.one(True, False, False) else {}
    if rules:
        actions = ("Ignore", "Ignore", "Ignore", "Count", "FailJob", "FailJob", *(("FailIndex",) if per_index else ()))
        chosen = [{"action": dice.one(*actions), **pattern(dice)} for _ in range(dice.one(1, 2, 3))]
        spec |= {"podFailurePolicy": {"rules": chosen}, "podReplacementPolicy": "Failed"}
    if flavour == "success policy":
        spec["successPolicy"] = {"rules": [success(dice) for _ in range(dice.one(1, 2))]}
    meta = head("work", {}, NOW - timedelta(hours=1)) | {"generation": 1}
    meta |= {"deletionTimestamp": ago(1), "finalizers": ["orphan"]} if dice.seldom() else {}
    return read({"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": spec})


def pattern(dice: Dice) -> Json:
    """Return what a rule of a failure policy looks at."""
    if dice.rarely():
        return {"onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    named = {"containerName": dice.one("main", "setup")} if dice.rarely() else {}
    values = sorted(dice.some((1, 2, 3), 2)) or [2]
    return {"onExitCodes": {"operator": dice.one("In", "NotIn"), "values": values, **named}}


def success(dice: Dice) -> Json:
    """Return a rule of a success policy."""
    count = {"succeededCount": dice.one(1, 2, 3)}
    if dice.one(True, False, False):
        return count
    return {
        "succeededIndexes": dice.one("0-1", "0-2", "1,3", "0-4", "2-5", "1-3", "4"),
        **(count if not dice.rarely() else {}),
    }


def status(dice: Dice, item: Resource, pods: list[Resource]) -> Json:
    """Return what the status says, which need not be so, but is what the API lets in."""
    found: Json = {key: dice.one(0, 1, 2, 3) for key in ("active", "ready", "terminating") if not dice.rarely()}
    found |= {"startTime": ago(dice.one(5, 9, 10, 11, 60, 61))} if not dice.rarely() else {}
    found |= {key: dice.one(1, 2, 3) for key in ENDS if dice.rarely()}
    if dice.rarely():
        ended = {end: [pod.uid for pod in pods if phase(pod) == end.title() and dice.one(True, False)] for end in ENDS}
        ended["failed"] += sorted(dice.some(("uid-gone-1", "uid-gone-2"), 2))
        found["uncountedTerminatedPods"] = ended
    if item.spec["completionMode"] == "Indexed":
        done = dice.some(range(5), 3 if "successPolicy" in item.spec else 2)
        found |= {"completedIndexes": text(done), "succeeded": sum(index < item.spec["completions"] for index in done)}
        lost = dice.some(range(5), 1) - done if dice.rarely() else set[int]()
        found |= {"failedIndexes": text(lost)} if "backoffLimitPerIndex" in item.spec else {}
    kinds = [kind for kind, often in CONDITIONS.items() if (dice.rarely() if often else dice.seldom())]
    return found | {"conditions": [turned(kind, dice.one("True", "False")) for kind in kinds]}


ENDS: Final = ("succeeded", "failed")
CONDITIONS: Final = {"Suspended": True, "FailureTarget": False, "SuccessCriteriaMet": False}
"""What may have been told before, and whether often."""


def turned(kind: str, value: str) -> Json:
    """Return the condition of that *kind*, as it was told some time ago."""
    words = {"Suspended": {"True": ("JobSuspended", "Job suspended"), "False": ("JobResumed", "Job resumed")}[value]}
    reason, message = words.get(kind, ("BackoffLimitExceeded", "told before"))
    at = {"lastProbeTime": ago(100), "lastTransitionTime": ago(100)}
    return {"type": kind, "status": value, "reason": reason, "message": message, **at}


# --- pods ------------------------------------------------------------------------------------------------------------


def pod(dice: Dice, item: Resource, place: int, states: Sequence[str]) -> Resource:
    """Return a pod of *item*, or one that is not or not yet its own; the one at *place*, in one of *states*."""
    state = dice.one(*states)
    sort = dice.one("orphan", "stray", "foreign") if dice.rarely() and dice.one(True, False) else "own"
    # Of no two the same, so that it is never left to chance which of them goes.
    created = NOW - timedelta(seconds=dice.one(5, 40, 900) * 7 + place)
    meta: Json = head(f"work-{place}", {"job": "other" if sort == "stray" else "work"}, created)
    owner = item.put(("metadata", "uid"), "uid-other") if sort == "foreign" else item
    meta |= {"ownerReferences": [controller_reference(owner)]} if sort != "orphan" else {}
    meta["finalizers"] = ["example.com/held", *([] if dice.rarely() else [TRACKING])]
    meta["annotations"] = {DELETION_COST: dice.one("5", "9", "-9")}
    if item.spec["completionMode"] == "Indexed" and not dice.seldom():
        meta["annotations"][INDEX] = str(dice.one(0, 1, 2, 3, 4))
        if dice.one(True, False):
            meta["annotations"] |= {FAILURES: str(dice.one(0, 1, 2)), IGNORED: str(dice.one(0, 1))}
    if dice.rarely():
        meta |= {"deletionTimestamp": ago(dice.one(*AGES) - 30), "deletionGracePeriodSeconds": 30}
    spec: Json = {"containers": [{"name": "main", "image": "app:1"}]}
    spec |= {"nodeName": "node-0"} if state != "Pending" or dice.one(True, False) else {}
    told = ended(dice) if state in ("Failed", "Succeeded") else running(dice)
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}
    return read({**body, "status": {"phase": state, **told}})


def running(dice: Dice) -> Json:
    """Return what a pod says that has not ended."""
    main = {"name": "main", "restartCount": dice.one(0, 0, 1, 2), "state": {"running": {}}}
    setup = {"name": "setup", "restartCount": dice.one(0, 0, 1), "state": {"terminated": {"exitCode": 0}}}
    told = {"type": "Ready", "status": dice.one("True", "True", "False"), "lastTransitionTime": ago(dice.one(*AGES))}
    return {"conditions": [told], "containerStatuses": [main], "initContainerStatuses": [setup]}


def ended(dice: Dice) -> Json:
    """Return what a pod says that has ended: when, with which codes, and whether it was driven out."""
    told = {"Ready": "False"} if dice.one(True, False) else {}
    told |= {"DisruptionTarget": dice.one("True", "True", "False")} if dice.rarely() else {}
    times = {"lastTransitionTime": ago(dice.one(*AGES))}
    state: Json = {"exitCode": dice.one(0, 1, 2, 3)}
    state |= {} if dice.rarely() else {"finishedAt": ago(dice.one(*AGES))}
    main = {"name": "main", "restartCount": dice.one(0, 1), "state": {"terminated": state}}
    setup = {"name": "setup", "restartCount": 0, "state": {"terminated": {"exitCode": dice.one(0, 1, 2, 3)}}}
    conditions = [{"type": kind, "status": value, **times} for kind, value in told.items()]
    return {"conditions": conditions, "containerStatuses": [main], "initContainerStatuses": [setup]}

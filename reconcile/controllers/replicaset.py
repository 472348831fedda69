"""ReplicaSet: keep `spec.replicas` pods alive.

Rules
1. Only pods whose controller is this ReplicaSet count; active orphans that it selects are adopted first, active pods
   that it no longer selects are released.
2. Finished pods are invisible. Terminating ones are counted in `terminatingReplicas` and nowhere else, so a
   replacement does not wait for them.
3. One sync either creates or deletes, at most 500 pods. Creates start slowly: a batch with a failure is the last one.
4. The status reports what was seen at the start of the sync, never what the sync itself did; it is written last, and
   only if it differs. A failed write is tried once more on a fresh copy.
5. A ReplicaSet that is being deleted adopts, releases, creates and deletes nothing, but still reports.

Contract: replicaset (section numbers in comments refer to it).
"""

from collections.abc import Iterator
from typing import Any, Final

from attrs import frozen

from reconcile.actions import Delete, Event, UpdateStatus, WakeAt
from reconcile.children import Age, ByAge, Children
from reconcile.controller import Controller, owned
from reconcile.controllers._claim import claim, selects
from reconcile.controllers._pods import BURST, create_pod, pod_from_template, slow_start
from reconcile.controllers._ranking import RankClass, choose, rank_class
from reconcile.model.clock import Instant, later, stamp
from reconcile.model.condition import find, without
from reconcile.model.json import FrozenMap, look
from reconcile.model.pod import Pod
from reconcile.model.replicaset import ReplicaSet
from reconcile.model.resource import Resource
from reconcile.model.selector import Selector
from reconcile.model.template_form import HASH_LABEL
from reconcile.outcome import Reason, Rejected
from reconcile.script import Script, Steps, scripted
from reconcile.view import Observed

FAILURE: Final = "ReplicaFailure"


@frozen
class Claimed:
    """The pods that count for a ReplicaSet."""

    active: Children
    terminating: int


@scripted
def reconcile(rs: ReplicaSet, observed: Observed) -> Script:
    """Return the actions that move the pods of *rs* towards what it asks for."""
    try:
        selector = Selector.parse(rs.selector)
    except ValueError:
        return
    claimed, error = yield from _claim_pods(rs, selector, observed)
    if error is not None:
        yield WakeAt(None, "pods could not be claimed", error=error)
        return
    failure = None
    if not rs.meta.deleting:
        failure = yield from _manage(rs, claimed.active, observed)
    stored, error = yield from _report(rs, claimed, failure, observed)
    if error is not None or failure is not None:
        yield WakeAt(None, "the sync did not succeed", error=error or failure)
        return
    yield from _wake(rs, stored, claimed.active, observed.now)


# --- 3: which pods are ours --------------------------------------------------------------------------------------


def _claim_pods(rs: ReplicaSet, selector: Selector, observed: Observed) -> Steps[tuple[Claimed, str | None]]:
    ours = observed.owned("Pod", rs).where(lambda t: t.owner == rs.key)
    active = ours.where(lambda t: t.active)
    kept = active.where(lambda t: selector.matches(t.labels))
    strays: list[Pod] = []
    orphans: list[Pod] = []
    if not rs.meta.deleting:
        strays = active.where(lambda t: not selector.matches(t.labels)).of(Pod) if kept is not active else []
        orphans = observed.orphans("Pod", rs.namespace).where(lambda t: t.active and selector.matches(t.labels)).of(Pod)
    adopted, error = yield from claim(rs, strays, orphans, observed)
    for pod in adopted:
        kept = kept.add(pod)
    return Claimed(kept, ours.count(lambda t: t.terminating and selector.matches(t.labels))), error


# --- 4, 5: making and removing pods ------------------------------------------------------------------------------


def _manage(rs: ReplicaSet, active: Children, observed: Observed) -> Steps[str | None]:
    """Create what is missing or delete what is too many; return what went wrong first."""
    extra = len(active) - rs.replicas
    if extra < 0:
        return (yield from _create(rs, min(-extra, BURST), -extra))
    if extra > 0:
        return (yield from _delete(rs, victims(rs, active, min(extra, BURST), observed), extra))
    return None


def _create(rs: ReplicaSet, count: int, missing: int) -> Steps[str | None]:
    if not rs.template.labels:
        # contract 4: refused before it reaches the API; no request, no event
        return "unable to create pods, no labels"
    body = pod_from_template(rs, rs.template)
    why = f"{missing} of {rs.replicas} pods {'is' if missing == 1 else 'are'} missing"
    failure = None
    for batch in slow_start(range(count)):
        for _ in batch:
            answer = yield create_pod(rs, body, why)
            if not isinstance(answer, Rejected):
                yield Event("Normal", "SuccessfulCreate", rs, f"Created pod: {_name(answer.object)}")
            elif answer.reason is not Reason.NAMESPACE_TERMINATING:
                yield Event("Warning", "FailedCreate", rs, f"Error creating: {answer}")
                failure = failure or str(answer)
        if failure is not None:
            break
    return failure


def _name(pod: Resource | None) -> str:
    """Return the name of a pod that was created; a plan does not know it yet."""
    return (pod.name or f"{pod.look('metadata', 'generateName')}*") if pod is not None else ""


def _delete(rs: ReplicaSet, pods: list[Pod], extra: int) -> Steps[str | None]:
    why = f"{extra} {'pod' if extra == 1 else 'pods'} too many: {rs.replicas} wanted"
    failure = None
    for pod in pods:
        answer = yield Delete("Pod", pod.namespace, pod.name, why)
        if not isinstance(answer, Rejected):
            yield Event("Normal", "SuccessfulDelete", rs, f"Deleted pod: {pod.name}")
        elif answer.reason is not Reason.NOT_FOUND:
            yield Event("Warning", "FailedDelete", rs, f"Error deleting: {answer}")
            failure = failure or f"unable to delete pods: {answer}"
    return failure


def victims(rs: ReplicaSet, active: Children, count: int, observed: Observed) -> list[Pod]:
    """Return the *count* pods of *active* that *rs* deletes first."""
    if count == len(active):
        return active.of(Pod)
    return choose(_tiers(rs, active, observed), count, observed.now)


def _tiers(rs: ReplicaSet, active: Children, observed: Observed) -> Iterator[list[ByAge]]:
    """Yield the pods by rank class, and of one class those on the most crowded nodes first (5.1, rules 1 to 5)."""
    related: dict[str, int] | None = None
    classes: dict[RankClass, list[tuple[str, ByAge]]] = {}
    for trait, group in active.groups.items():
        classes.setdefault(rank_class(trait), []).extend(group.nodes.items())
    for _, places in sorted(classes.items()):
        related = _related(rs, observed) if related is None else related
        tiers: dict[int, list[tuple[str, Age, ByAge]]] = {}
        for node, pods in places:
            tiers.setdefault(-related.get(node, 0), []).append((node, next(iter(pods)), pods))
        for _, tier in sorted(tiers.items()):
            # The first age names a pod: an order that does not depend on hashing.
            yield [pods for _, _, pods in sorted(tier, key=lambda item: item[:2])]


def _related(rs: ReplicaSet, observed: Observed) -> dict[str, int]:
    """Count, by node, the active pods that the siblings of *rs* select (5.2): those of the same Deployment, as a
    rule."""
    controller = rs.meta.controller
    if controller is None:
        return {}
    counts: dict[tuple[str, FrozenMap, str], int] = {}
    for sibling in observed.owned_by_uid("ReplicaSet", controller.uid).of(ReplicaSet):
        try:
            selector = Selector.parse(sibling.selector)
        except ValueError:
            continue
        hash_label = look(sibling.selector, "matchLabels", HASH_LABEL)
        for labels, nodes in observed.cache.alike(sibling.namespace, hash_label):
            if selector.matches(labels):
                counts |= {(sibling.namespace, labels, node): count for node, count in nodes.items()}
    related: dict[str, int] = {}
    for (_, _, node), count in counts.items():
        related[node] = related.get(node, 0) + count
    return related


# --- 6, 7: status ------------------------------------------------------------------------------------------------


def _report(
    rs: ReplicaSet, claimed: Claimed, failure: str | None, observed: Observed
) -> Steps[tuple[ReplicaSet, str | None]]:
    """Write the status if it differs; return the ReplicaSet as stored, and what went wrong."""
    status = _status(rs, claimed, failure, observed.now)
    if status == rs.status and rs.status.get("observedGeneration", 0) == rs.meta.generation:
        return rs, None
    status = FrozenMap({**status, "observedGeneration": rs.meta.generation})
    new = rs.put(("status",), status)
    answer = yield UpdateStatus(new, _changes(rs.status, status))
    if not isinstance(answer, Rejected):
        return new, None
    fresh = observed.reread(rs)
    if isinstance(fresh, Rejected):
        return new, str(fresh)
    answer = yield UpdateStatus(fresh.put(("status",), status), "the status was refused once; trying on a fresh copy")
    return new, str(answer) if isinstance(answer, Rejected) else None


_COUNTS: Final = ("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas")


def _status(rs: ReplicaSet, claimed: Claimed, failure: str | None, now: Instant) -> FrozenMap:
    active = claimed.active
    wanted = rs.template.labels.items()
    counts = {
        "replicas": len(active),
        "fullyLabeledReplicas": active.count(lambda t: wanted <= t.labels.items()),
        "readyReplicas": active.count(lambda t: t.ready),
        "availableReplicas": available(active, rs.min_ready_seconds, now),
    }
    status = {key: value for key, value in rs.status.items() if key not in _COUNTS and key != "conditions"}
    # The API leaves out counts of zero, all but `replicas`; `terminatingReplicas` is a pointer and always written.
    status |= {key: value for key, value in counts.items() if value or key == "replicas"}
    status["terminatingReplicas"] = claimed.terminating
    conditions = _conditions(rs, len(active), failure, now)
    if conditions:
        status["conditions"] = conditions
    return FrozenMap(status)


def _conditions(rs: ReplicaSet, seen: int, failure: str | None, now: Instant) -> Any:
    stored = rs.status.get("conditions")
    if failure is None:
        return without(stored, FAILURE) if find(stored, FAILURE) is not None else stored
    if find(stored, FAILURE) is not None:
        # 6: the first reason stays; a new failure does not refresh it
        return stored
    reason = "FailedCreate" if seen < rs.replicas else "FailedDelete"
    condition = {
        "type": FAILURE,
        "status": "True",
        "reason": reason,
        "message": failure,
        "lastTransitionTime": stamp(now),
    }
    return [*(stored or ()), FrozenMap(condition)]


def available(pods: Children, min_ready_seconds: int, now: Instant) -> int:
    """Return how many of *pods* have been ready for long enough."""
    if min_ready_seconds == 0:
        return pods.count(lambda t: t.ready)
    return pods.ready_since(later(now, -min_ready_seconds))[0]


def _changes(old: FrozenMap, new: FrozenMap) -> str:
    changed = [f"{key} {old.get(key, 0)} -> {new.get(key, 0)}" for key in _COUNTS if old.get(key, 0) != new.get(key, 0)]
    return ", ".join(changed) or "the status is not up to date"


# --- 8: looking again --------------------------------------------------------------------------------------------


def _wake(rs: ReplicaSet, stored: ReplicaSet, active: Children, now: Instant) -> Script:
    """Come back when the next ready pod becomes available."""
    status = stored.status
    if not rs.min_ready_seconds or status.get("readyReplicas", 0) == status.get("availableReplicas", 0):
        return
    _, following = active.ready_since(later(now, -rs.min_ready_seconds))
    yield WakeAt(later(following or now, rs.min_ready_seconds), "a ready pod becomes available")


REPLICASET: Final = Controller(
    "replicaset",
    "ReplicaSet",
    reconcile,
    watches=(owned("Pod", "ReplicaSet", selector=selects),),
    settles=True,
)

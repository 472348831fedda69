"""The status of a DaemonSet (contract daemonset 8).

Rules
1. It says what was seen at the start of the sync: pods that the sync deleted still count, those that it made do not.
2. On each node the senior pod counts, also one that is on its way out; on nodes that are gone none.
3. It is written if a number differs or the generation was not reported yet. Conditions and collisions are kept. A
   refused write is tried once more on a fresh copy.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from reconcile.actions import UpdateStatus, WakeAt
from reconcile.controllers.daemonset.scene import Scene
from reconcile.daemons import NodeGroup, NodeTrait
from reconcile.model.clock import later
from reconcile.model.daemonset import DaemonSet
from reconcile.model.json import FrozenMap
from reconcile.outcome import Rejected
from reconcile.script import Script, Steps
from reconcile.view import Observed

COUNTS: Final = (
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
)
_OMITTED_IF_ZERO: Final = frozenset(
    {"observedGeneration", "updatedNumberScheduled", "numberAvailable", "numberUnavailable"}
)


def report(scene: Scene, *, seen: bool) -> Steps[str | None]:
    """Write the status if it differs, and ask for another look; return what went wrong.

    Without *seen* the sync did not act on the present generation, so it does not report it.
    """
    counts = count(scene)
    error = yield from _write(scene.ds, counts, scene.observed, seen=seen)
    if error is None:
        yield from _look_again(scene, counts)
    return error


def count(scene: Scene) -> Mapping[str, int]:
    """Return the numbers of the status."""
    total: Counter[str] = Counter()
    for trait, group in scene.groups:
        if trait.exists:
            total.update(_counts(scene, trait, group))
    total["numberUnavailable"] = total["desiredNumberScheduled"] - total["numberAvailable"]
    return total


def _counts(scene: Scene, trait: NodeTrait, group: NodeGroup) -> Mapping[str, int]:
    size = len(group)
    if not trait.should_run:
        return {"numberMisscheduled": size} if trait.pods else {}
    if not trait.pods:
        return {"desiredNumberScheduled": size}
    senior = trait.pods[0]
    return {
        "desiredNumberScheduled": size,
        "currentNumberScheduled": size,
        "numberReady": size if senior.ready else 0,
        "numberAvailable": group.available(0, scene.matured),
        "updatedNumberScheduled": size if scene.updated(senior) else 0,
    }


def _write(ds: DaemonSet, counts: Mapping[str, int], observed: Observed, *, seen: bool) -> Steps[str | None]:
    changed = [
        f"{name} {old} -> {counts[name]}" for name in COUNTS if (old := ds.status.get(name) or 0) != counts[name]
    ]
    if not changed and ds.observed_generation >= ds.meta.generation:
        return None
    generation = ds.meta.generation if seen else None
    why = ", ".join(changed) or f"generation {ds.meta.generation} was not reported yet"
    answer = yield UpdateStatus(_with_status(ds, counts, generation), why)
    if not isinstance(answer, Rejected):
        return None
    fresh = observed.reread(ds)
    if isinstance(fresh, Rejected):
        return str(fresh)
    again = _with_status(fresh, counts, generation)
    answer = yield UpdateStatus(again, "the status was refused once; trying on a fresh copy")
    return str(answer) if isinstance(answer, Rejected) else None


def _with_status(ds: DaemonSet, counts: Mapping[str, int], generation: int | None) -> DaemonSet:
    new = {**ds.status, **{name: counts[name] for name in COUNTS}}
    new |= {} if generation is None else {"observedGeneration": generation}
    kept = {key: value for key, value in new.items() if value or key not in _OMITTED_IF_ZERO}
    return ds.put(("status",), FrozenMap(kept))


def _look_again(scene: Scene, counts: Mapping[str, int]) -> Script:
    seconds = scene.ds.min_ready_seconds
    if seconds > 0 and counts["numberReady"] != counts["numberAvailable"]:
        # 8: after the whole time, not after what is left of it
        yield WakeAt(later(scene.observed.now, seconds), "a ready pod becomes available")

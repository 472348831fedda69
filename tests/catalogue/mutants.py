"""Defects that upstream had once, put into our controllers: each must be noticed.

A mutant is an ordinary `Controller` that stands in for a built-in one (`checked(instead=[...])`). It is shown another
view (`seeing`), or does something else than it decided (`doing`); what is dropped is taken to have succeeded.
"""

from collections.abc import Callable, Generator, Iterator
from types import ModuleType
from typing import Any, Final

from attrs import evolve

from reconcile.actions import Action, WakeAt
from reconcile.controller import Controller
from reconcile.controllers._slots import Due, most_recent
from reconcile.controllers.cronjob import plan as cronjob_plan
from reconcile.controllers.cronjob.plan import CRONJOB
from reconcile.controllers.daemonset import manage as daemonset_manage
from reconcile.controllers.daemonset import rolling as daemonset_rolling
from reconcile.controllers.daemonset.plan import DAEMONSET
from reconcile.controllers.daemonset.scene import Scene
from reconcile.controllers.job.plan import JOB
from reconcile.controllers.replicaset import REPLICASET
from reconcile.controllers.statefulset import plan as statefulset_plan
from reconcile.controllers.statefulset import revisions as statefulset_revisions
from reconcile.controllers.statefulset.identity import unavailable
from reconcile.controllers.statefulset.lineup import Lineup
from reconcile.controllers.statefulset.plan import STATEFULSET
from reconcile.controllers.statefulset.replicas import delete_pod
from reconcile.controllers.statefulset.update import Rolled
from reconcile.model.clock import Instant
from reconcile.model.job import Job
from reconcile.model.json import look
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.model.revision import revision_label
from reconcile.model.schedule import Schedule
from reconcile.model.statefulset import StatefulSet
from reconcile.outcome import Outcome
from reconcile.script import Script, Steps, assume, scripted
from reconcile.testing.invariants.statefulsets import REVISION_LABEL
from reconcile.view import Observed
from tests.catalogue.direct import showing

Sight = tuple[Any, Observed]


def seeing(controller: Controller, view: Callable[[Any, Observed], Sight]) -> Controller:
    """Return *controller* with another view of the world."""
    inner = script_of(controller)

    def script(desired: Any, observed: Observed) -> Script:
        yield from inner(*view(desired, observed))

    return evolve(controller, reconcile=scripted(script))


def doing(controller: Controller, change: Callable[[Any, Observed, Action], Action | None]) -> Controller:
    """Return *controller* with each action changed, or dropped where *change* returns None."""
    inner = script_of(controller)

    def script(desired: Resource, observed: Observed) -> Script:
        steps = inner(desired, observed)
        answer: Outcome | None = None
        while True:
            try:
                action = next(steps) if answer is None else steps.send(answer)
            except StopIteration:
                return
            changed = change(desired, observed, action)
            answer = assume(action) if changed is None else (yield changed)

    return evolve(controller, reconcile=scripted(script))


def script_of(controller: Controller) -> Callable[[Any, Observed], Generator[Action, Outcome, None]]:
    """Return the script of a controller that is one."""
    assert isinstance(controller.reconcile, scripted)
    script: Final = controller.reconcile.script
    return script


def rewired(controller: Controller, module: ModuleType, **names: Any) -> Controller:
    """Return *controller* with other functions under *names* of *module*, for as long as it works."""
    inner = script_of(controller)

    def script(desired: Resource, observed: Observed) -> Script:
        steps = inner(desired, observed)
        answer: Outcome | None = None
        while True:
            kept = {name: getattr(module, name) for name in names}
            vars(module).update(names)
            try:
                action = next(steps) if answer is None else steps.send(answer)
            except StopIteration:
                return
            finally:
                vars(module).update(kept)
            answer = yield action

    return evolve(controller, reconcile=scripted(script))


# --- StatefulSet -------------------------------------------------------------------------------------------------


def by_budget(allowed: int) -> Controller:
    """Return the StatefulSet controller with the gate MaxUnavailableStatefulSet on and *allowed* unavailable pods.

    The API drops the field while the gate is off, so the number comes from here (contract statefulset 1).
    """

    def roll_out(lineup: Lineup, now: Instant) -> Steps[Rolled]:
        sts, wanted = lineup.sts, lineup.revisions.update.name
        missing = sum(unavailable(sts, lineup.replicas.get(index), now) for index in range(sts.replicas))
        replaced = 0
        for index in range(sts.replicas - 1, (sts.partition or 0) - 1, -1):
            pod = lineup.replicas.get(index)
            if missing + replaced >= allowed:
                break
            if pod is not None and not pod.meta.deleting and revision_label(pod.meta.labels) != wanted:
                yield from delete_pod(sts, pod.name, f"{pod.name} is replaced within the budget of {allowed}")
                replaced += 1
        return Rolled(replaced=replaced)

    return rewired(STATEFULSET, statefulset_plan, roll_out=roll_out)


def _nothing_restored(revision: Any, data: Any) -> bool:
    return False


def _altered_pods_lose_their_revision(sts: StatefulSet, observed: Observed) -> Sight:
    """Show a pod whose containers are not the template's as one of no revision: compared by content, not by label."""
    wanted = look(sts.spec, "template", "spec", "containers", default=[])

    def seen(pod: Pod) -> Pod:
        alike = [entry["image"] for entry in pod.spec["containers"]] == [entry["image"] for entry in wanted]
        return pod if alike else pod.put(("metadata", "labels", REVISION_LABEL), "")

    return sts, showing(observed, seen)


# --- Job ---------------------------------------------------------------------------------------------------------


def _limit_of_every_worker(job: Job, observed: Observed) -> Sight:
    """Show a limit for each of the pods that run at a time, instead of one for all."""
    limit = look(job.spec, "backoffLimit", default=6)
    return job.put(("spec", "backoffLimit"), limit * look(job.spec, "parallelism", default=1)), observed


def _no_restarts(job: Job, observed: Observed) -> Sight:
    """Show pods as if their containers had never been started again."""

    def calm(pod: Pod) -> Resource:
        entries = [{**entry, "restartCount": 0} for entry in pod.status.get("containerStatuses") or ()]
        return pod.put(("status", "containerStatuses"), entries)

    return job, showing(observed, calm)


def _no_uids(job: Job, observed: Observed) -> Sight:
    """Show a status without the uids of the pods that are being counted."""
    held = job.look("status", "uncountedTerminatedPods", default={})
    counted = {what: (job.status.get(what) or 0) + len(held.get(what) or ()) for what in ("succeeded", "failed")}
    return job.put(("status",), {**job.status, **counted, "uncountedTerminatedPods": {}}), observed


def _all_seen(job: Job, observed: Observed) -> Sight:
    """Show everything as if the cache were up to date."""
    return job, evolve(observed, settled=True)


# --- CronJob -----------------------------------------------------------------------------------------------------


def _none_of_many(*args: Any, **how: Any) -> Due:
    """Find no run where too many were missed."""
    due = most_recent(*args, **how)
    return Due(None, due.missed) if due.missed == "many" else due


def _after_the_last_run(schedule: Schedule, earliest: Instant, now: Instant) -> Instant | None:
    """Ask for a look after the slot that follows the last run, wherever it lies."""
    return schedule.next(earliest)


# --- DaemonSet ---------------------------------------------------------------------------------------------------


def _only_new_ones_are_missed(scene: Scene, stand: Any) -> int:
    """Count a node with nothing but an old pod as served, however that pod is."""
    return daemonset_rolling_without(scene, stand) if stand.old is None or stand.new is not None else 0


def _eligible_stands(scene: Scene) -> Iterator[Any]:
    """Leave out the nodes that should not have a pod."""
    return (stand for stand in daemonset_rolling_stands(scene) if stand.trait.should_run)


def _no_wait(*_: Any) -> None:
    """Hold nothing back."""


daemonset_rolling_without: Final = daemonset_rolling._without
daemonset_rolling_stands: Final = daemonset_rolling._stands


# --- the defects -------------------------------------------------------------------------------------------------


def never_again(desired: Any, observed: Observed, action: Action) -> Action | None:
    """Forget to look again."""
    return None if isinstance(action, WakeAt) and action.error is None else action


MUTANTS: Final[dict[str, Controller]] = {
    "D-C1": rewired(CRONJOB, cronjob_plan, most_recent=_none_of_many),
    "D-C4": rewired(CRONJOB, cronjob_plan, next_sync=_after_the_last_run),
    "D-D16": doing(REPLICASET, never_again),
    "D-J1": seeing(JOB, _limit_of_every_worker),
    "D-J2": seeing(JOB, _no_restarts),
    "D-J3": seeing(JOB, _no_uids),
    "D-J4": seeing(JOB, _all_seen),
    "D-N1": rewired(DAEMONSET, daemonset_rolling, _without=_only_new_ones_are_missed),
    "D-N2": rewired(DAEMONSET, daemonset_rolling, _stands=_eligible_stands),
    "D-N9": rewired(DAEMONSET, daemonset_manage, _hold=_no_wait),
    "D-S8": rewired(STATEFULSET, statefulset_revisions, _restores=_nothing_restored),
    "D-S9": seeing(STATEFULSET, _altered_pods_lose_their_revision),
}
"""By the id of the catalogue, the controller that has its old defect."""

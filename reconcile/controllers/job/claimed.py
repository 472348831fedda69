"""Which pods count for a Job, and what they are to it (contract job 1, 3).

Pods that are finished and counted already may be many and matter to nothing but a FailJob rule, so they are set apart
by their trait and not looked at.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final, cast

from attrs import frozen

from reconcile.children import Children, Group, children
from reconcile.controllers._claim import claim
from reconcile.model.job import Job
from reconcile.model.pod import COMPLETION_INDEX, JOB_TRACKING, Pod, Trait
from reconcile.model.selector import Selector
from reconcile.script import Steps
from reconcile.view import Observed

ACTIVE: Final = "active"
TERMINATING: Final = "terminating"
FINISHED: Final = "finished"


@frozen
class Claimed:
    """The pods of a Job."""

    all: Children
    place: Callable[[Pod], Any]
    """Sorts pods as upstream meets them."""

    @cached_property
    def _groups(self) -> Mapping[str, list[tuple[Trait, Group]]]:
        found: dict[str, list[tuple[Trait, Group]]] = {ACTIVE: [], TERMINATING: [], FINISHED: []}
        for trait, group in self.all.groups.items():
            found[ACTIVE if trait.active else FINISHED if trait.finished else TERMINATING].append((trait, group))
        return found

    # --- how many; costs as much as there are groups ------------------------------------------------------------------

    @cached_property
    def active(self) -> int:
        """How many pods run or may still run."""
        return sum(len(group) for _, group in self._groups[ACTIVE])

    @cached_property
    def ready(self) -> int:
        """How many of the active pods are ready."""
        return sum(len(group) for trait, group in self._groups[ACTIVE] if trait.ready)

    @cached_property
    def terminating(self) -> int:
        """How many pods are on their way out but have not ended yet."""
        return sum(len(group) for _, group in self._groups[TERMINATING])

    # --- which ones; costs as much as there are such pods -------------------------------------------------------------

    @cached_property
    def active_pods(self) -> list[Pod]:
        """The active pods."""
        return self._pods(ACTIVE)

    @cached_property
    def terminating_pods(self) -> list[Pod]:
        """The pods that are on their way out."""
        return self._pods(TERMINATING)

    @cached_property
    def unfinished(self) -> list[Pod]:
        """The pods that have not ended, those on their way out among them."""
        return self._pods(ACTIVE, TERMINATING)

    @cached_property
    def ended(self) -> list[Pod]:
        """The pods that are finished or on their way out, and carry the tracking finalizer."""
        return self._pods(TERMINATING, FINISHED, accept=lambda t: t.tracked)

    @cached_property
    def tracked(self) -> list[Pod]:
        """The pods that carry the tracking finalizer."""
        return self._pods(ACTIVE, TERMINATING, FINISHED, accept=lambda t: t.tracked)

    @cached_property
    def not_succeeded(self) -> list[Pod]:
        """The pods that have failed or are on their way out, counted ones among them."""
        return self._pods(TERMINATING, FINISHED, accept=lambda t: t.phase != "Succeeded")

    def _pods(self, *states: str, accept: Callable[[Trait], bool] = lambda _: True) -> list[Pod]:
        groups = [group for state in states for trait, group in self._groups[state] if accept(trait)]
        return sorted((cast(Pod, pod) for group in groups for pod in group), key=self.place)


def claim_pods(job: Job, selector: Selector, observed: Observed) -> Steps[tuple[Claimed, str | None]]:
    """Adopt and release; return the pods of *job*, and what went wrong if anything did."""
    mine = job.key
    ours = observed.owned("Pod", job)
    kept = _chosen(ours, mine, selector)
    strays: list[Pod] = []
    orphans: list[Pod] = []
    if not job.meta.deleting:
        strays = _strays(ours, kept, mine) if kept is not ours else []
        orphans = (
            observed.orphans("Pod", job.namespace)
            .where(lambda t: not t.deleting and selector.matches(t.labels))
            .of(Pod)
        )
    strays.sort(key=observed.order)
    orphans.sort(key=observed.order)
    adopted, error = yield from claim(job, strays, orphans, observed, finalizer=JOB_TRACKING)
    for pod in adopted:
        kept = kept.add(as_adopted(job, pod))
    late = {pod.name for pod in adopted}
    return Claimed(kept, lambda pod: (pod.name in late, observed.order(pod))), error


def _chosen(ours: Children, mine: tuple[str, str, str], selector: Selector) -> Children:
    """Return those of the pods with the uid of the Job that it controls and selects."""
    if not selector.names(COMPLETION_INDEX):
        return ours.where(lambda t: t.owner == mine and selector.matches(t.labels))
    # The one label that a trait does not tell: each pod is looked at.
    return children(pod for pod in ours.of(Pod) if pod.trait.owner == mine and selector.matches(pod.meta.labels))


def _strays(ours: Children, kept: Children, mine: tuple[str, str, str]) -> list[Pod]:
    chosen = {pod.name for pod in kept}
    return [pod for pod in ours.where(lambda t: t.owner == mine).of(Pod) if pod.name not in chosen]


def as_adopted(job: Job, pod: Pod) -> Pod:
    """Return *pod* as *job* takes it to be once it is adopted: tracked, whatever the cached copy says.

    3: not so if the Job is among its owners already; then the pod stays as it is.
    """
    known = any(owner.uid == job.uid for owner in pod.meta.owners)
    if known or JOB_TRACKING in pod.meta.finalizers:
        return pod
    return pod.put(("metadata", "finalizers"), [*pod.meta.finalizers, JOB_TRACKING])

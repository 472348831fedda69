"""What must be true of a cluster, by name, to be checked after every step.

    from reconcile.testing import invariants
    invariants.surge_bound(before, after)      # None, or what is wrong in words
    invariants.check(before, after)            # all of them: the first violation, or None
    invariants.ALL["surge_bound"]

An invariant is a plain function of two worlds, `Invariant = Callable[[World | None, World], str | None]`: the world
before a step and the world after it, with at most one step between them (one request, one sync of one controller, one
fault). Before the first step the earlier world is None. What each of them counts, above all whether terminating pods
are among it, stands in its docstring; how they are made, in `protocol`.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from attrs import frozen

from reconcile.engine.world import World
from reconcile.testing.invariants import (
    cronjobs,
    daemonsets,
    deployments,
    jobs,
    namespaces,
    nodes,
    objects,
    replicasets,
    revisions,
    statefulsets,
)
from reconcile.testing.invariants.protocol import Invariant as Invariant
from reconcile.testing.invariants.protocol import Step as Step
from reconcile.testing.invariants.protocol import Sync as Sync
from reconcile.testing.invariants.protocol import change as change
from reconcile.testing.invariants.protocol import decision as decision
from reconcile.testing.invariants.protocol import state as state

OBJECTS: Final[tuple[Invariant, ...]] = (
    objects.unique_uids,
    objects.unique_names,
    objects.versions_rise,
    objects.deletion_is_final,
    objects.one_controller,
    objects.generation_counts_specs,
    objects.no_orphan_after_cascade,
    objects.collects_only_garbage,
    objects.wakes_ahead,
    objects.touches_only_its_own,
    objects.no_idle_status,
)
NAMESPACES: Final[tuple[Invariant, ...]] = (
    namespaces.terminating_takes_nothing_new,
    namespaces.namespace_goes_empty,
)
PODS: Final[tuple[Invariant, ...]] = (
    nodes.ended_pods_stay_ended,
    nodes.bound_once,
    nodes.ready_pods_run,
    nodes.cordoned_nodes_get_no_pods,
)
REPLICASETS: Final[tuple[Invariant, ...]] = (
    replicasets.replicaset_creates_no_more,
    replicasets.replicaset_deletes_no_more,
    replicasets.replicaset_one_way,
    replicasets.replicaset_burst,
    replicasets.replicaset_spares_the_useful,
    replicasets.replicaset_lets_go_when_deleted,
)
DEPLOYMENTS: Final[tuple[Invariant, ...]] = (
    deployments.surge_bound,
    deployments.availability_bound,
    deployments.old_never_grows,
    deployments.sizes_stay_natural,
    deployments.paused_starts_no_rollout,
    deployments.recreate_waits,
    deployments.one_replicaset_per_template,
    deployments.history_keeps_what_is_used,
    deployments.revisions_only_rise,
    deployments.availability_is_told,
)
STATEFULSETS: Final[tuple[Invariant, ...]] = (
    statefulsets.ordinal_order,
    statefulsets.one_deletion,
    statefulsets.ordinals_in_window,
    statefulsets.from_the_top_down,
    statefulsets.rollout_from_the_top,
    statefulsets.partition_holds,
    statefulsets.replaces_only_the_outdated,
    statefulsets.partition_decides_revision,
    statefulsets.identity,
    statefulsets.claim_of_one_pod,
    statefulsets.claims_kept,
    statefulsets.retain_owns_no_claims,
    revisions.statefulset_keeps_revisions,
)
DAEMONSETS: Final[tuple[Invariant, ...]] = (
    daemonsets.one_pod_per_node,
    daemonsets.only_eligible_nodes,
    daemonsets.daemonset_burst,
    daemonsets.daemonset_availability,
    daemonsets.daemonset_surge,
    daemonsets.on_delete_waits_for_the_user,
    revisions.daemonset_keeps_revisions,
)
JOBS: Final[tuple[Invariant, ...]] = (
    jobs.parallelism_holds,
    jobs.suspended_creates_nothing,
    jobs.one_pod_per_index,
    jobs.backoff_limit_stops,
    jobs.deadline_stops,
    jobs.pods_are_tracked,
    jobs.counted_once,
    jobs.counters_never_fall,
    jobs.completed_indexes_are_exact,
    jobs.exact_completions,
    jobs.ended_for_good,
    jobs.ends_settled,
    jobs.ttl_is_waited_for,
)
CRONJOBS: Final[tuple[Invariant, ...]] = (
    cronjobs.never_overlapping_forbid,
    cronjobs.replace_leaves_one,
    cronjobs.one_run_a_sync,
    cronjobs.runs_move_on,
    cronjobs.history_limits_hold,
)

BY_KIND: Final[Mapping[str, tuple[Invariant, ...]]] = MappingProxyType(
    {
        "*": OBJECTS,
        "Namespace": NAMESPACES,
        "Pod": PODS,
        "ReplicaSet": REPLICASETS,
        "Deployment": DEPLOYMENTS,
        "StatefulSet": STATEFULSETS,
        "DaemonSet": DAEMONSETS,
        "Job": JOBS,
        "CronJob": CRONJOBS,
    }
)
"""The invariants by the kind of object that they are about; `*` are those of all kinds."""

ALL: Final[Mapping[str, Invariant]] = MappingProxyType(
    {invariant.__name__: invariant for group in BY_KIND.values() for invariant in group}
)
"""Every invariant by its name."""

PROTECTED: Final = frozenset(
    {"replicaset_creates_no_more", "parallelism_holds", "one_pod_per_index", "one_pod_per_node", "counted_once"}
)
"""Those that hold only while a controller waits for its cache to show its own writes (StaleControllerConsistency, on in
1.36). Without it, and with a stale cache, upstream breaks them too: catalogue D-J3, D-J8."""


@frozen
class Violation:
    """An invariant that does not hold."""

    name: str
    message: str

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


def check(before: World | None, after: World, chosen: Iterable[Invariant] | None = None) -> Violation | None:
    """Return the first of *chosen* (by default all) that does not hold of a step; None if all do."""
    for invariant in ALL.values() if chosen is None else chosen:
        message = invariant(before, after)
        if message is not None:
            return Violation(name_of(invariant), message)
    return None


def name_of(invariant: Invariant) -> str:
    """Return what *invariant* is called."""
    return str(getattr(invariant, "__name__", invariant))


def __getattr__(name: str) -> Invariant:
    """Return an invariant by its name, so that each can be imported from here."""
    try:
        return ALL[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None

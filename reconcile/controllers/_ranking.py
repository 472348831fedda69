"""Which pods go first when there are too many (contract replicaset 5.1).

Rules, the first that tells two pods apart decides; the pod named first goes first
1. Unassigned before assigned. 2. Pending before Unknown before Running. 3. Not ready before ready.
4. Lower deletion cost. 5. More related pods on its node. 6. Ready for a shorter time, 7. more restarts,
8. created later. Times are compared by the order of magnitude of the age, so that a rollout does not always hit the same
zone; within one magnitude the smaller uid goes first.
The comparison is not transitive (equal ready times go on to restarts, different ones in one magnitude to uids): it is
a pairwise comparison on pods sorted by name, as upstream sorts.
"""

from collections.abc import Iterable, Mapping
from functools import cmp_to_key
from typing import Final

from reconcile.model.clock import Instant
from reconcile.model.pod import Pod, Trait

_PHASES: Final[Mapping[str, int]] = {"Pending": 0, "Unknown": 1, "Running": 2}
"""How far along a pod is; any other phase counts as Pending."""


def rank_class(trait: Trait) -> tuple[bool, int, bool, int]:
    """Return what decides before individual pods are looked at: rules 1 to 4. Lower goes first."""
    return (trait.assigned, _PHASES.get(trait.phase, 0), trait.ready, trait.cost)


def by_age(pods: Iterable[Pod], related: Mapping[str, int], now: Instant) -> list[Pod]:
    """Sort *pods* of one rank class by rules 5 to 8; *related* counts related pods by node."""

    def compare(a: Pod, b: Pod) -> int:
        return (
            related.get(b.node, 0) - related.get(a.node, 0)
            or (_younger(a.ready_time, b.ready_time, a, b, now) if a.ready and b.ready else 0)
            or b.restarts - a.restarts
            or b.sidecar_restarts - a.sidecar_restarts
            or _younger(a.meta.created, b.meta.created, a, b, now)
        )

    return sorted(sorted(pods, key=lambda pod: pod.name), key=cmp_to_key(compare))


def _younger(s: Instant | None, t: Instant | None, a: Pod, b: Pod, now: Instant) -> int:
    """Compare two pods by two times of theirs: negative if *a* goes first, 0 if the times do not tell."""
    if s == t:
        return 0
    if s is None or t is None:
        return -1 if s is None else 1
    difference = magnitude(s, now) - magnitude(t, now)
    return difference or (-1 if a.uid < b.uid else 1)


def magnitude(moment: Instant, now: Instant) -> int:
    """Return floor(log2(age in nanoseconds)), or -1 for an age that is not positive."""
    age = now - moment
    microseconds = (age.days * 86400 + age.seconds) * 1_000_000 + age.microseconds
    return (microseconds * 1000).bit_length() - 1 if microseconds > 0 else -1

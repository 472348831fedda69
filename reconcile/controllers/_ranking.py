"""Which pods go first when there are too many (contract replicaset 5.1).

Rules, the first that tells two pods apart decides; the pod named first goes first
1. Unassigned before assigned. 2. Pending before Unknown before Running. 3. Not ready before ready.
4. Lower deletion cost. 5. More related pods on its node. 6. Ready for a shorter time, 7. more restarts,
8. created later. Times are compared by the order of magnitude of the age, so that a rollout does not always hit the
same zone; within one magnitude the smaller uid goes first.

The comparison is not transitive (equal ready times go on to restarts, different ones in one magnitude to uids), so it
is no key to sort by. Two ways to the same choice: `by_age` sorts pairwise, as upstream does; `first_of` finds the pod
that beats all others from the order in which views keep pods, without looking at each. Where the comparison runs in a
circle, upstream's choice depends on chance, and so the two may differ.
"""

from collections.abc import Iterable, Mapping
from functools import cmp_to_key
from typing import Final

from reconcile.children import UNKNOWN, Age, ByAge, first_at, microseconds
from reconcile.model.clock import Instant
from reconcile.model.pod import Pod, Trait

_PHASES: Final[Mapping[str, int]] = {"Pending": 0, "Unknown": 1, "Running": 2}
"""How far along a pod is; any other phase counts as Pending."""

RankClass = tuple[bool, int, bool, int]


def rank_class(trait: Trait) -> RankClass:
    """Return what decides before individual pods are looked at: rules 1 to 4. Lower goes first."""
    return (trait.assigned, _PHASES.get(trait.phase, 0), trait.ready, trait.cost)


def compare(a: Pod, b: Pod, now: Instant) -> int:
    """Compare two pods of one rank class and one rank by rules 6 to 8: negative if *a* goes first."""
    return (
        (_younger(a.ready_time, b.ready_time, a, b, now) if a.ready and b.ready else 0)
        or b.restarts - a.restarts
        or b.sidecar_restarts - a.sidecar_restarts
        or _younger(a.meta.created, b.meta.created, a, b, now)
    )


def by_age(pods: Iterable[Pod], now: Instant) -> list[Pod]:
    """Sort *pods* of one rank class and one rank by rules 6 to 8."""

    def order(a: Pod, b: Pod) -> int:
        return compare(a, b, now)

    return sorted(sorted(pods, key=lambda pod: pod.name), key=cmp_to_key(order))


def _younger(s: Instant | None, t: Instant | None, a: Pod, b: Pod, now: Instant) -> int:
    """Compare two pods by two times of theirs: negative if *a* goes first, 0 if the times do not tell."""
    if s == t:
        return 0
    if s is None or t is None:
        return -1 if s is None else 1
    difference = magnitude(s, now) - magnitude(t, now)
    return difference or (-1 if a.uid < b.uid else 1)


def magnitude(moment: Instant, now: Instant) -> int:
    """Return floor(log2(age in nanoseconds)), or -1 for an age that is not positive.

    >>> from reconcile.model.clock import instant, later
    >>> now = instant("2026-01-01T00:00:00Z")
    >>> [magnitude(later(now, -age), now) for age in (0, 1e-6, 60, 68, 69)]
    [-1, 9, 35, 35, 36]
    """
    return _magnitude(microseconds(now) - microseconds(moment))


def _magnitude(age: int) -> int:
    return (age * 1000).bit_length() - 1 if age > 0 else -1


# --- without looking at each -------------------------------------------------------------------------------------


def choose(tiers: Iterable[list[ByAge]], count: int, now: Instant) -> list[Pod]:
    """Return the *count* pods that go first: all of a tier before any of the next, in a tier by rules 6 to 8."""
    chosen: list[Pod] = []
    for tier in tiers:
        left = count - len(chosen)
        size = sum(map(len, tier))
        if size <= left:
            chosen += [pod for pods in tier for pod in pods.values() if isinstance(pod, Pod)]
        elif left * len(tier) > 4 * size:
            pods = (pod for pods in tier for pod in pods.values() if isinstance(pod, Pod))
            chosen += by_age(pods, now)[:left]
        else:
            chosen += _pick(tier, left, now)
        if len(chosen) == count:
            break
    return chosen


def _pick(tier: list[ByAge], count: int, now: Instant) -> list[Pod]:
    heads = [(*first_of(pods, now), pods) for pods in tier]
    chosen = []
    for _ in range(count):
        best = 0
        for index in range(1, len(heads)):
            if compare(heads[index][1], heads[best][1], now) < 0:
                best = index
        age, pod, pods = heads.pop(best)
        chosen.append(pod)
        rest = pods.discard(age)
        if len(rest):
            heads.append((*first_of(rest, now), rest))
    return chosen


def first_of(pods: ByAge, now: Instant) -> tuple[Age, Pod]:
    """Return the pod of *pods*, all of one rank class and not empty, that goes first.

    Within the youngest magnitude of ready times the smallest uid goes first, unless another pod with its very ready
    time has more restarts or is younger; each of these is one look-up in the order that the view keeps.
    """
    youngest = next(iter(pods)).ready
    same = _smallest(pods, first_at(youngest), first_at(_last_alike(youngest, now) + 1))[0].ready
    # Rules 7 and 8 among pods with one ready time: they stand together, most restarts and youngest first.
    top = next(pods.keys(first_at(same), first_at(same + 1)))
    last = _last_alike(top.created, now) + 1
    return _smallest(pods, top._replace(name=""), top._replace(created=last, name=""))


def _smallest(pods: ByAge, start: Age, stop: Age) -> tuple[Age, Pod]:
    found = pods.lowest(start, stop)
    assert found is not None
    assert isinstance(found[1], Pod)
    return found[0], found[1]


def _last_alike(since: int, now: Instant) -> int:
    """Return the oldest time of the magnitude of *since*; both are minus microseconds, as in `Age`."""
    if since in (UNKNOWN, 0):
        return since
    today = microseconds(now)
    power = _magnitude(today + since)
    return -today if power < 0 else (2 ** (power + 1) - 1) // 1000 - today

"""The arithmetic of a rolling Deployment: how far over and under its size it may go, and whose share is what.

Rules
1. Surge rounds up, unavailability rounds down; if both come out as 0, one pod may be unavailable, or the
   rollout could never move (contract deployment 6.1).
2. One malformed value makes the pair an error. Where the controller ignores that error, both count as 0.
3. Without a rolling update there is neither surge nor unavailability; at size 0 nothing may be unavailable.
4. In proportional scaling every active ReplicaSet keeps its share of the new total, measured against the
   total it was last scaled for (contract deployment 8.2). Sizes are 32-bit integers and wrap around, the
   division is in double precision, and halves are rounded away from zero.
"""

from reconcile.model.intstr import MAX_INT32, IntOrString, int32, resolve


def resolve_fenceposts(
    desired: int, max_surge: IntOrString | None, max_unavailable: IntOrString | None
) -> tuple[int, int]:
    """Return how many pods more and how many fewer than *desired* there may be; malformed: ValueError.

    >>> resolve_fenceposts(10, "25%", "25%")
    (3, 2)
    >>> resolve_fenceposts(10, 0, "0%")
    (0, 1)
    """
    surge = resolve(max_surge, desired, round_up=True)
    unavailable = resolve(max_unavailable, desired, round_up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return int32(surge), int32(unavailable)


def clamped_fenceposts(
    desired: int, max_surge: IntOrString | None, max_unavailable: IntOrString | None
) -> tuple[int, int]:
    """Return surge and unavailability of a rolling update as its controller uses them: 0 and 0 if malformed.

    Unavailability is at most *desired*; surge is not bounded.

    >>> clamped_fenceposts(3, 1, 10), clamped_fenceposts(0, 1, 10), clamped_fenceposts(3, "1", 10)
    ((1, 3), (1, 0), (0, 0))
    """
    try:
        surge, unavailable = resolve_fenceposts(desired, max_surge, max_unavailable)
    except ValueError:
        return 0, 0
    return surge, min(unavailable, desired) if desired else 0


def annotated_count(text: str | None) -> int | None:
    """Return the count in a desired-replicas or max-replicas annotation; None if absent or invalid.

    >>> annotated_count("007"), annotated_count("+7"), annotated_count("2147483648"), annotated_count(None)
    (7, None, None, None)
    """
    if text is None or not (text.isascii() and text.isdigit()):
        return None
    count = int(text)
    return count if count <= MAX_INT32 else None


def proportion(*, size: int, base: int, desired: int, surge: int, to_add: int, added: int) -> int:
    """Return how many replicas one ReplicaSet gets (or loses, below zero) when a Deployment is scaled.

    Args:
        size: the replicas of the ReplicaSet.
        base: the greatest total it was last scaled for, or else the replicas the Deployment has.
        desired: the replicas of the Deployment.
        surge: how many more there may be during the rollout.
        to_add: what all ReplicaSets together get.
        added: what those before this one got.

    >>> proportion(size=5, base=10, desired=20, surge=0, to_add=10, added=0)
    5
    """
    if size == 0 or to_add in (0, added):
        return 0
    share = _fraction(size, base, desired, surge)
    left = int32(to_add - added)
    return min(share, left) if to_add > 0 else max(share, left)


def _fraction(size: int, base: int, desired: int, surge: int) -> int:
    if desired == 0:
        return -size
    if base == 0:
        return 0
    grown = int32(size * (desired + surge)) / base
    # Halves go away from zero and int() cuts towards it; Python's own round() would go to the even neighbour.
    return int32(int(grown + (0.5 if grown >= 0 else -0.5)) - size)

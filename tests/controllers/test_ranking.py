"""Choosing the pods that go first: the fast way and the pairwise one agree wherever the comparison is an order."""

from itertools import permutations

from hypothesis import assume, given
from hypothesis import strategies as st

from reconcile.children import NO_CHILDREN, children
from reconcile.controllers._ranking import by_age, choose, compare, magnitude
from reconcile.model.clock import instant, later, stamp
from reconcile.model.objects import read
from reconcile.model.pod import Pod

NOW = instant("2026-01-01T12:00:00Z")


def pod(name: str, uid: str, ready: int | None, restarts: int, created: int | None, node: str) -> Pod:
    meta = {"name": name, "namespace": "d", "uid": uid}
    if created is not None:
        meta["creationTimestamp"] = stamp(later(NOW, -created))
    since = None if ready is None else stamp(later(NOW, -ready))
    made = read(
        {
            "kind": "Pod",
            "metadata": meta,
            "spec": {"nodeName": node},
            "status": {
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": since}],
                "containerStatuses": [{"restartCount": restarts}],
            },
        }
    )
    assert isinstance(made, Pod)
    return made


AGES = st.one_of(st.none(), st.integers(-2, 40))


@st.composite
def crowds(draw: st.DrawFn) -> list[Pod]:
    uids = draw(st.lists(st.integers(0, 99), min_size=1, max_size=6, unique=True))
    return [
        pod(f"p{index}", f"{uid:02}", draw(AGES), draw(st.integers(0, 2)), draw(AGES), draw(st.sampled_from("ab")))
        for index, uid in enumerate(uids)
    ]


def is_an_order(pods: list[Pod]) -> bool:
    """Whether no two pods are equal and no three go round in a circle."""
    pairs = {(a.name, b.name): compare(a, b, NOW) for a, b in permutations(pods, 2)}
    if not all(pairs.values()):
        return False
    return not any(
        pairs[a.name, b.name] < 0 and pairs[b.name, c.name] < 0 and pairs[c.name, a.name] < 0
        for a, b, c in permutations(pods, 3)
    )


@given(crowds(), st.data())
def test_the_two_ways_agree(pods: list[Pod], data: st.DataObject) -> None:
    """The pods that the view's order gives are those that sorting pairwise gives."""
    assume(is_an_order(pods))
    count = data.draw(st.integers(1, len(pods)))
    (group,) = children(pods).groups.values()
    chosen = choose([[on for _, on in sorted(group.nodes.items())]], count, NOW)

    assert {p.name for p in by_age(pods, NOW)[:count]} == {p.name for p in chosen}


@given(crowds())
def test_the_first_of_one_node_goes_first(pods: list[Pod]) -> None:
    """One pod at a time, the fast way gives the very order."""
    assume(is_an_order(pods))
    expected = [p.name for p in by_age(pods, NOW)]
    found = []
    left = children(pods)
    while len(left):
        (group,) = left.groups.values()
        (chosen,) = choose([[on for _, on in sorted(group.nodes.items())]], 1, NOW)
        found.append(chosen.name)
        left = left.remove(chosen)

    assert expected == found


@given(crowds(), st.integers(0, 30))
def test_availability_is_counted_without_looking(pods: list[Pod], seconds: int) -> None:
    """How many pods are ready for long enough, and who is next, is what looking at each would tell."""
    count, following = children(pods).ready_since(later(NOW, -seconds))
    young = [p.ready_time for p in pods if p.ready_time is not None and p.ready_time > later(NOW, -seconds)]
    matured = [p for p in pods if p.ready_time is not None and p.ready_time <= later(NOW, -seconds)]

    assert (len(matured), min(young, default=None)) == (count, following)


@given(crowds())
def test_children_forget_what_is_removed(pods: list[Pod]) -> None:
    """Adding and removing in any order leaves nothing."""
    all_of_them = children(pods)
    for item in reversed(pods):
        all_of_them = all_of_them.remove(item)

    assert NO_CHILDREN == all_of_them


def test_magnitudes_are_powers_of_two_nanoseconds() -> None:
    """One second and one nanosecond's power of two before it count alike; the future counts as nothing."""
    assert (29, 30, -1) == (
        magnitude(later(NOW, -1), NOW),
        magnitude(later(NOW, -2), NOW),
        magnitude(later(NOW, 1), NOW),
    )

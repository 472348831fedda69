"""Answers by what they were read from."""

from typing import Any

import pytest

from reconcile.engine.queue import Slot
from reconcile.model.json import freeze
from reconcile.testing.explore.atoms import State, Thing, Vocabulary
from reconcile.testing.explore.recall import NOT_KNOWN, Impure, Recall
from reconcile.testing.explore.traced import reading


def thing(name: str, kind: str = "Widget", **more: Any) -> Thing:
    return Thing(freeze({"kind": kind, "metadata": {"name": name, "namespace": "default", "uid": name, **more}}))


def of(*things: Thing) -> State:
    return State(things, (), (), b"")


A, B = thing("a"), thing("b", labels={"x": "y"})
GET_A, GET_B = ("get", A.place), ("get", B.place)


def test_what_was_read_decides() -> None:
    """Where the same is read the answer is the same, whatever else there is; where it is not, nothing is known."""
    recall = Recall()
    recall.learn("q", [GET_A], of(A), {}, "yes")

    assert "yes" == recall.find("q", of(A, B), {})
    assert NOT_KNOWN is recall.find("q", of(B), {})
    assert NOT_KNOWN is recall.find("another", of(A), {})


def test_later_readings_depend_on_earlier_ones() -> None:
    """Which reading follows may depend on what those before it gave."""
    recall = Recall()
    recall.learn("q", [GET_A, GET_B], of(A), {}, "only a")
    recall.learn("q", [GET_A], of(), {}, "no a")
    recall.learn("q", [GET_A, GET_B], of(A, B), {}, "both")

    assert ["only a", "no a", "both", "no a"] == [
        recall.find("q", state, {}) for state in (of(A), of(), of(A, B), of(B))
    ]


def test_no_reading_at_all() -> None:
    """Who reads nothing always says the same."""
    recall = Recall()
    recall.learn("q", [], of(), {}, 1)

    assert 1 == recall.find("q", of(A), {})


@pytest.mark.parametrize("other", [[GET_B], [GET_B, GET_A], [("all", "Widget", None)]])
def test_other_readings_for_no_reason(other: list[tuple[object, ...]]) -> None:
    """Who first reads something else than before decides by what cannot be seen."""
    recall = Recall()
    recall.learn("q", [GET_A], of(A), {}, "yes")

    with pytest.raises(Impure, match=r"q reads .* and read .* before, for no visible reason"):
        recall.learn("q", other, of(B), {}, "no")


def test_more_readings_for_no_reason() -> None:
    """So does who reads more, although all that it had read is the same."""
    recall = Recall()
    recall.learn("q", [GET_A], of(A), {}, "yes")

    with pytest.raises(Impure, match="nothing more"):
        recall.learn("q", [GET_A, GET_B], of(A), {}, "no")


def test_values_are_kept() -> None:
    """What a reading gives in a state is looked up once."""
    values: dict[tuple[object, ...], object] = {}
    recall = Recall()
    recall.learn("q", [GET_A], of(A), values, "yes")

    assert {GET_A: A} == values
    assert "yes" == recall.find("q", of(), values)


# --- what a reading gives ----------------------------------------------------------------------------------------


def test_readings() -> None:
    """Each reading finds what the store would find."""
    owner: dict[str, Any] = {"ownerReferences": [{"uid": "a", "controller": True}]}
    child, other = thing("c", **owner), thing("d", kind="Gadget", ownerReferences=[{"uid": "a"}])
    words = Vocabulary()
    slot = Slot("robot", "Widget", "default", "a")
    memo = words.memo(slot, {"seen": "a"})
    state = State((A, B, child, other), (memo,), (), b"")

    assert A is reading(state, ("get", A.place))
    assert reading(state, ("there", A.place))
    assert not reading(state, ("there", ("Widget", "default", "nobody")))
    assert (child,) == reading(state, ("owned", "Widget", "a"))
    assert (A, B) == reading(state, ("orphans", "Widget", "default"))
    assert () == reading(state, ("orphans", "Widget", "elsewhere"))
    assert (A, B, child) == reading(state, ("all", "Widget", None))
    assert (other,) == reading(state, ("all", "Gadget", "default"))
    assert (child, other) == reading(state, ("dependents", "a"))
    assert (child, other) == reading(state, ("mentions", "a"))
    assert memo is reading(state, ("memory", slot))
    assert reading(state, ("memory", Slot("robot", "Widget", "default", "b"))) is None
    assert (memo,) == reading(state, ("memos",))
    assert ((A, B, child, other), (memo,)) == reading(state, ("everything",))
    assert () == reading(state, ("entangled",))

"""JSON merge patch."""

import pytest

from reconcile.model.json import freeze
from reconcile.patch.errors import BadPatch
from reconcile.patch.merge import merge_patch

# Target, patch and result: those cases of RFC 7386 appendix A whose patch is an object, and nulls (contract patch 3).
CASES = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ({}, {"a": [{"b": None}, None]}, {"a": [{"b": None}, None]}),
]


@pytest.mark.parametrize(("target", "patch", "result"), CASES)
def test_merges(target: object, patch: object, result: object) -> None:
    """Objects merge, null removes, and everything else replaces."""

    assert result == merge_patch(target, patch)


@pytest.mark.parametrize("patch", [None, [], "x", 1])
def test_refuses_what_is_no_object(patch: object) -> None:
    """A patch that is no object is a bad request."""
    with pytest.raises(BadPatch) as refused:
        merge_patch({}, patch)

    assert refused.value.code == 400


def test_shares_what_it_does_not_touch() -> None:
    """Unchanged members are the same objects, and a patch without effect gives back the target."""
    target = freeze({"a": {"b": 1}, "c": {"d": {"e": 2}}})

    assert merge_patch(target, {"a": {"b": 3}})["c"] is target["c"]
    assert merge_patch(target, {"c": {"d": {"e": 2}, "x": None}}) is target


def test_keeps_the_type_of_a_number() -> None:
    """A float in the place of an equal integer is a change: whether it may stand there is decided on decoding."""

    assert type(merge_patch({"a": 3}, {"a": 3.0})["a"]) is float

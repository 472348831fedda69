"""Label selectors."""

import pytest

from reconcile.model.selector import EVERYTHING, NOTHING, Selector


def test_no_selector_matches_nothing_and_an_empty_one_everything() -> None:
    """Null and {} are opposites."""
    assert Selector.parse(None) == NOTHING
    assert Selector.parse({}) == EVERYTHING
    assert not Selector.parse(None).matches({"a": "b"})
    assert Selector.parse({}).matches({"a": "b"})


@pytest.mark.parametrize(
    ("operator", "values", "matching"),
    [
        ("In", ["a", "b"], [True, False, False]),
        ("NotIn", ["a", "b"], [False, True, True]),
        ("Exists", None, [True, True, False]),
        ("DoesNotExist", [], [False, False, True]),
    ],
)
def test_operators(operator: str, values: list[str] | None, matching: list[bool]) -> None:
    """NotIn also holds where the label is absent."""
    selector = Selector.parse({"matchExpressions": [{"key": "k", "operator": operator, "values": values}]})
    actual = [selector.matches(labels) for labels in ({"k": "a"}, {"k": "c"}, {})]

    assert matching == actual


@pytest.mark.parametrize(
    "raw",
    [
        {"matchLabels": {"a b": "x"}},
        {"matchLabels": {"a": "-x"}},
        {"matchLabels": {"a": 1}},
        {"matchExpressions": [{"key": "k", "operator": "In"}]},
        {"matchExpressions": [{"key": "k", "operator": "Exists", "values": ["x"]}]},
        {"matchExpressions": [{"key": "k", "operator": "Gt", "values": ["1"]}]},
        {"matchExpressions": [{"key": "k"}]},
        {"matchExpressions": [{"operator": "Exists"}]},
        {"matchExpressions": [{"key": "k", "operator": "In", "values": ["a", "b c"]}]},
    ],
)
def test_inconvertible_selectors_are_refused(raw: dict[str, object]) -> None:
    """What the server cannot convert is a ValueError."""
    with pytest.raises(ValueError, match=r"label|values"):
        Selector.parse(raw)


def test_the_text_form_sorts_requirements_by_key_and_values() -> None:
    """Requirements are joined with commas."""
    raw = {
        "matchLabels": {"c": "1", "a": ""},
        "matchExpressions": [
            {"key": "b", "operator": "NotIn", "values": ["y", "x"]},
            {"key": "e", "operator": "Exists"},
            {"key": "d", "operator": "DoesNotExist"},
        ],
    }
    expected = "a=,b notin (x,y),c=1,!d,e"

    assert expected == str(Selector.parse(raw))


def test_a_null_label_value_is_the_empty_one() -> None:
    """Null in a map of texts is the zero value."""
    assert Selector.parse({"matchLabels": {"a": None}}).matches({"a": ""})


def test_the_keys_that_a_selector_names() -> None:
    """In matchLabels or in an expression."""
    raw = {"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]}

    assert [True, True, False] == [Selector.parse(raw).names(key) for key in "abc"]

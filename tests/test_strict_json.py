"""JSON: what its grammar allows and we do not, each with its place."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.strict_json import MAX_DEPTH, MAX_DOCUMENTS, TextError, place, read_json


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"a": 1, "a": 2}', 'line 1, column 10: duplicate key "a"'),
        ('{"a": [{"b": 1,\n  "b": 2}]}', 'line 2, column 3: duplicate key "b"'),
        ('{"a": {"b": 1}, "\\u0061": 2}', 'line 1, column 17: duplicate key "a"'),
        ('[{"a": 1}, {"a": 1, "c": {"a": "a"}},\nNaN]', "line 2, column 1: NaN is no JSON number"),
        ('{"NaN": "NaN", "a": -Infinity}', "line 1, column 21: -Infinity is no JSON number"),
        ('{"a": true, "b": 1e999}', "line 1, column 18: 1e999 is out of range"),
        (f'{{"a": 1.5, "b": {"9" * 5000}}}', "line 1, column 17: a number is too long"),
        ('["\\ud83d\\ude00", "\\ud83d"]', "line 1, column 18: half of a surrogate pair is no character"),
        ('{"a": "b"}\n{"a": 1, "a": 2}', 'line 2, column 10: duplicate key "a"'),
        ("[" * 50_000, f"line 1, column {MAX_DEPTH + 1}: nested too deep; at most {MAX_DEPTH} levels are taken"),
        (
            "[" * 200 + "]" * 200,
            f"line 1, column {MAX_DEPTH + 1}: nested too deep; at most {MAX_DEPTH} levels are taken",
        ),
        (
            "[[]," * 50_000,
            f"line 1, column {4 * (MAX_DEPTH - 1) + 2}: nested too deep; at most {MAX_DEPTH} levels are taken",
        ),
        ("{}\n" * (MAX_DOCUMENTS + 1), f"line {MAX_DOCUMENTS + 1}, column 3: more than {MAX_DOCUMENTS} documents"),
    ],
    ids=lambda text: text[:24],
)
def test_what_is_refused(text: str, problem: str) -> None:
    """The error says at which line and column, and why."""
    with pytest.raises(TextError) as caught:
        read_json(text)

    assert problem == str(caught.value)


@pytest.mark.parametrize("text", ["{a: 1}", "[1,]", "{} ---", '{"a": 1}\n---\nb: 2', "{'a': 1}"])
def test_what_is_no_json(text: str) -> None:
    """That is for the YAML reader to tell."""
    assert read_json(text) is None


def test_values_one_after_the_other() -> None:
    """A stream of values needs nothing between them."""
    assert [{"a": 1}, [2], {}] == read_json(' {"a": 1}[2]\n\t{} ')


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.0", 2),
        ("1e3", 1000),
        ("2.5", 2.5),
        ("-0.0", 0),
        ("1e21", 1e21),
        ("123456789012345678901", 123456789012345678901),
    ],
)
def test_numbers(text: str, number: Any) -> None:
    """A whole number is an integer, as long as it can be written as one."""
    found = read_json(text)

    assert [number] == found
    assert type(number) is type(found[0])


TRICKY = st.recursive(
    st.sampled_from(["1", "1.5", "NaN", "1e999", '"a"', '"\\ud800"', "true", "null", '"[{,:"', '"\\\\"', '"\\""']),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.tuples(st.sampled_from(["a", "b", "\\u0061"]), inner), max_size=3).map(
            lambda pairs: "{" + ",\n".join(f'"{key}": {value}' for key, value in pairs) + "}"
        )
    ),
    max_leaves=8,
)


@given(TRICKY)
def test_either_it_is_read_or_the_place_is_a_place(text: str) -> None:
    """A text that the grammar allows is read as the standard library reads it, or a fault is found at its place."""
    try:
        found = read_json(text)
    except TextError as error:
        line, column = (int(word.split()[1]) for word in str(error).split(":")[0].split(", "))
        assert text.split("\n")[line - 1][column - 1 :][:1]
    else:
        assert [json.loads(text)] == found


@given(st.text(st.sampled_from('{}[],:"\\ua0d8Na1e-.\n '), max_size=40))
def test_no_text_makes_it_fail_otherwise(text: str) -> None:
    """Whatever the text, it is read, left to the YAML reader, or refused with a TextError."""
    with suppress(TextError):
        read_json(text)


def test_places() -> None:
    """Lines and columns are counted from one."""
    assert ["line 1, column 1", "line 1, column 2", "line 2, column 1"] == [place("a\nb", n) for n in range(3)]

"""Quantities."""

import json
import re
from pathlib import Path

import pytest

from reconcile.model.quantity import ZERO, Quantity

EXAMPLES = Path(__file__).parent.parent / "data" / "quantity-dump-examples.json"


def test_the_stored_form_agrees_with_recorded_examples() -> None:
    """Text, form, scale and whether the text is kept agree with what a server holds."""
    wrong = []
    for row in json.loads(EXAMPLES.read_text()):
        stored = Quantity.parse(row["stored"])
        dump = row["dumpOfStored"]
        kept = re.search(r"s:\(string\)(\S*)", dump)
        form = re.search(r"Format:\(resource.Format\)(\w+)", dump)
        assert kept
        assert form
        found = (str(Quantity.parse(row["input"])), stored.kept, stored.form, stored.scale is None)
        if found != (row["stored"], kept[1], form[1], "inf.Dec){unscaled" in dump):
            wrong.append((row["input"], found))

    assert wrong == []


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("0.5", "500m"),
        ("1000m", "1"),
        ("1000000k", "1G"),
        ("1.5E", "1500P"),
        ("2048Ki", "2Mi"),
        ("0.5Ki", "512"),
        ("8Ei", "9223372036854775807"),
        ("1E3", "1E3"),
        ("1e10", "10e9"),
        ("+1", "+1"),
        ("5.", "5."),
        ("-0", "0"),
        ("-1.5Gi", "-1536Mi"),
        (" 5 ", "5"),
    ],
)
def test_the_text_is_canonical_unless_it_looks_so_already(text: str, stored: str) -> None:
    """Mantissas are whole and suffixes as large as can be."""
    assert stored == str(Quantity.parse(text))


@pytest.mark.parametrize(
    "text",
    ["", "1K", "1ki", "1Gib", "1e", "1 Mi", "1,5", "0x10", "-", ".", "e3", "٣", "1e999999999", "1" * 400, "NaN"],
)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    """Malformed and absurdly large texts are a ValueError."""
    with pytest.raises(ValueError, match="quantities must"):
        Quantity.parse(text)


@pytest.mark.parametrize("value", [True, [], {}, float("nan"), float("inf"), 10**400])
def test_other_json_is_refused(value: object) -> None:
    """A quantity is a string, a finite number or null."""
    with pytest.raises(ValueError, match="quantities must"):
        Quantity.read(value)


def test_numbers_and_null_are_quantities() -> None:
    """A JSON number is its decimal text, null is zero."""
    assert [Quantity.parse("2"), Quantity.parse("500m"), ZERO] == [Quantity.read(value) for value in (2, 0.5, None)]


def test_rounding_is_away_from_zero() -> None:
    """Whoever asks for a little gets a little; what is coarse enough keeps its text."""
    actual = [str(Quantity.parse(t).rounded_up(scale=-3)) for t in ("1n", "-1n", "1.123456789", "+1", "1e-6")]
    expected = ["1m", "-1m", "1124m", "+1", "1e-3"]

    assert expected == actual


def test_arithmetic_is_exact() -> None:
    """Sums and differences keep the form of the first summand."""
    total = Quantity.parse("1Gi") + Quantity.parse("1") - Quantity.parse("1")

    assert Quantity.parse("1Gi") == total
    assert (
        Quantity.parse("1.5").milli,
        Quantity.parse("1.5").units,
        Quantity.parse("1.5").whole,
    ) == (1500, 2, False)

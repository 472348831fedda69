"""Quantities in memory."""

import json
from pathlib import Path

import pytest

from reconcile.model.quantity_dump import dump_quantity, figures

EXAMPLES = Path(__file__).parents[1] / "data" / "quantity-dump-examples.json"


def test_dumps_agree_with_the_recording() -> None:
    """Every recorded canonical quantity gives upstream's text."""
    rows = json.loads(EXAMPLES.read_text())
    expected = [(row["stored"], row["dumpOfStored"]) for row in rows]
    actual = [(row["stored"], "(resource.Quantity)" + dump_quantity(row["stored"])) for row in rows]

    assert expected == actual


def test_negative_big_quantities_keep_their_sign_apart() -> None:
    """The size of a big number is unsigned; the sign stands beside it."""
    positive, negative = dump_quantity("9Pi"), dump_quantity("-9Pi")

    assert positive.replace("neg:(bool)false", "neg:(bool)true") == negative


def test_values_are_exact() -> None:
    """Different spellings of one amount have one value."""
    values = {figures(text).value for text in ("1Gi", "1024Mi", "1073741824", "1073741824000m", "1.073741824e9")}

    assert len(values) == 1


@pytest.mark.parametrize("text", ["", "-", "abc", "1Kb", "1 Gi", "1e", "0x1"])
def test_other_texts_are_no_quantities(text: str) -> None:
    """A text that is no quantity is refused."""
    with pytest.raises(ValueError, match=r"."):
        figures(text)

"""Counts and percentages."""

import pytest

from reconcile.model.intstr import int32, is_percent, percent, resolve


@pytest.mark.parametrize("text", ["", "%", "5", "1.5%", " 5%", "5 %", "5%%", "--5%", "5%\n", "٣%", "1_0%", f"{2**63}%"])
def test_malformed_percentages_are_refused(text: str) -> None:
    """A text must be an optional sign, ASCII digits and one percent sign, and fit 64 bits."""
    with pytest.raises(ValueError, match="invalid value for IntOrString"):
        percent(text)


@pytest.mark.parametrize(
    ("value", "total", "up", "down"),
    [
        (None, 7, 0, 0),
        (4, 7, 4, 4),
        (-4, 7, -4, -4),
        ("50%", 7, 4, 3),
        ("+5%", 10, 1, 0),
        ("-10%", 5, 0, -1),
        ("0%", 5, 0, 0),
        ("300%", 5, 15, 15),
    ],
)
def test_resolving_rounds_towards_the_infinities(value: int | str | None, total: int, up: int, down: int) -> None:
    """Up is towards +infinity and down towards -infinity, also below zero."""
    actual = (resolve(value, total, round_up=True), resolve(value, total, round_up=False))

    assert (up, down) == actual


def test_only_unsigned_percentages_can_be_stored() -> None:
    """The API server accepts digits and a percent sign; controllers also resolve signed ones."""
    actual = [is_percent(text) for text in ("25%", "007%", "+25%", "-25%", "25", "%")]
    expected = [True, True, False, False, False, False]

    assert expected == actual


def test_int32_wraps_around() -> None:
    """Counts are kept in 32 bits and wrap at both ends."""
    actual = [int32(n) for n in (0, 2**31 - 1, 2**31, -(2**31) - 1, 2**32)]
    expected = [0, 2**31 - 1, -(2**31), 2**31 - 1, 0]

    assert expected == actual

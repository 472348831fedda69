"""Durations as people read them."""

import pytest

from reconcile.model.clock import instant
from reconcile.tables.durations import human, since

DAY = 86400
YEAR = 365 * DAY


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-2, "<invalid>"),
        (-1.9, "0s"),
        (-0.5, "0s"),
        (0, "0s"),
        (119.9, "119s"),
        (120, "2m"),
        (599, "9m59s"),
        (600, "10m"),
        (10799, "179m"),
        (10800, "3h"),
        (10860, "3h1m"),
        (8 * 3600 - 1, "7h59m"),
        (8 * 3600, "8h"),
        (172799, "47h"),
        (172800, "2d"),
        (176400, "2d1h"),
        (691200, "8d"),
        (2 * YEAR - 1, "729d"),
        (2 * YEAR, "2y"),
        (2 * YEAR + DAY, "2y1d"),
        (8 * YEAR - 1, "7y364d"),
        (8 * YEAR, "8y"),
    ],
)
def test_ranges(seconds: float, expected: str) -> None:
    """Each range has its own coarseness, and its bounds belong to the next one."""
    assert expected == human(seconds)


def test_unset() -> None:
    """No timestamp is not the beginning of time."""
    now = instant("2026-01-01T00:00:00Z")

    assert [since(None, now), since("", now, unset="<none>")] == ["<unknown>", "<none>"]

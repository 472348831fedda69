"""Time zones."""

from datetime import UTC, datetime

import pytest

from reconcile.model.zones import UnknownTimeZone, calm, find, known


@pytest.mark.parametrize(
    "name", ["UTC", "Etc/UTC", "US/Pacific", "EST5EDT", "Etc/GMT-14", "Asia/Kathmandu", "Local", ""]
)
def test_names_of_zones(name: str) -> None:
    """Old and new names alike."""
    assert known(name)
    assert datetime(2026, 1, 1, tzinfo=UTC).astimezone(find(name)) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    ["utc", "PST", "Z", "Europe/paris", "+09:00", "../etc/passwd", "/etc/localtime", "America", "Asia/Seoul ", "."],
)
def test_names_of_no_zone(name: str) -> None:
    """Letter case and blanks matter, and nothing on the disk is mistaken for a zone."""
    assert not known(name)
    with pytest.raises(UnknownTimeZone):
        find(name)


@pytest.mark.parametrize(
    ("month", "expected"),
    [(1, True), (2, True), (3, False), (4, True), (9, True), (10, False), (11, False), (12, True)],
)
def test_a_jump_at_the_edge_disturbs_both_months(month: int, expected: bool) -> None:
    """New York's clocks jump on 8 March and 1 November 2026; October ends too close to the latter."""
    actual = calm("America/New_York", 12 * 2026 + month - 1)

    assert expected == actual

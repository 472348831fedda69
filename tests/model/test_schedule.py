"""Schedules: what is taken for one, and when it comes round."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reconcile.model.clock import instant, stamp
from reconcile.model.schedule import Schedule, UnknownTimeZone, next_activations, parse

VECTORS = Path(__file__).parents[1] / "vectors"

MOVED_BY_ZONE_DATA = {
    ("51 * 4-17,10 12 *", "Africa/Casablanca", "2026-05-17T20:22:35Z"),
    ("30 2 3 11 *", "America/Havana", "2024-11-03T07:00:00Z"),
}
"""Recorded before Morocco and Cuba changed their clocks of late 2026; newer zone data rightly differs."""


def outcome(row: dict[str, Any]) -> tuple[str, list[str | None]]:
    try:
        moments = next_activations(row["schedule"], row["timezone"], instant(row["from"]), 5)
    except UnknownTimeZone:
        return "unknownTimeZone", []
    except ValueError:
        return "unparseable", []
    return "ok", [*map(stamp, moments), *([None] if len(moments) < 5 else [])]


def test_every_recorded_schedule_comes_out() -> None:
    """What the parser takes and refuses, and the next five activations, are the recorded ones."""
    with gzip.open(VECTORS / "cron_next.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    different = [
        (row, outcome(row))
        for row in rows
        if outcome(row) != (row["result"], row["next"])
        and (row["schedule"], row["timezone"], row["from"]) not in MOVED_BY_ZONE_DATA
    ]

    assert len(rows) > 500
    assert different[:5] == []


def test_next_is_strictly_after() -> None:
    """An instant that is an activation is not its own successor."""
    actual = parse("0 * * * *").next(datetime(2026, 1, 1, 5, tzinfo=UTC))

    assert datetime(2026, 1, 1, 6, tzinfo=UTC) == actual


def test_fractions_of_a_second_are_ignored() -> None:
    """`@every` counts from the whole second."""
    actual = parse("@every 5m").next(datetime(2026, 1, 1, 10, 0, 0, 500_000, tzinfo=UTC))

    assert datetime(2026, 1, 1, 10, 5, tzinfo=UTC) == actual


def test_there_is_no_next_beyond_five_years() -> None:
    """After 2096 the next leap day is in 2104, and nobody looks that far."""
    actual = next_activations("0 0 29 2 *", None, datetime(2095, 12, 31, tzinfo=UTC), 5)

    assert [datetime(2096, 2, 29, tzinfo=UTC)] == actual


def test_the_end_of_the_calendar_is_the_end() -> None:
    """Neither way of counting runs out of the calendar."""
    late = datetime(9998, 6, 1, tzinfo=UTC)

    assert parse("0 0 1 1 *").next(late) is None
    assert parse("0 0 1 1 *", "Europe/Berlin").next(late) is None
    assert parse("@every 2000000h").next(late) == datetime.max.replace(tzinfo=UTC)


def test_an_instant_needs_a_time_zone() -> None:
    """A naive datetime would be read in the zone of the machine."""
    with pytest.raises(ValueError, match="no time zone"):
        parse("@daily").next(datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("prefix", ["TZ=", "CRON_TZ="])
def test_a_schedule_may_carry_its_zone(prefix: str) -> None:
    """The zone in the text wins over the one beside it, and the blanks behind it do not count."""
    actual = parse(f"{prefix}Asia/Seoul   @daily ", "Europe/London")

    assert parse("@daily", "Asia/Seoul") == actual


@pytest.mark.parametrize(
    "text",
    [
        "TZ=UTC",  # no blank, no schedule
        "TZ=UTC ",
        "TZ=UTC\t0 0 * * *",  # only a blank ends the zone
        "TZ=Mars/Phobos 0 0 * * *",
        "tz=UTC 0 0 * * *",
        " TZ=UTC 0 0 * * *",
        "TZ=UTC TZ=UTC 0 0 * * *",
    ],
)
def test_a_prefix_that_cannot_be_read_spoils_the_text(text: str) -> None:
    """It is a bad text then, not an unknown time zone, which is said of spec.timeZone only."""
    with pytest.raises(ValueError) as error:  # noqa: PT011 - the subclass is the point
        parse(text)

    assert type(error.value) is ValueError


def test_the_letters_tz_anywhere_switch_the_time_zone_off() -> None:
    """A text with TZ in it is read as it is, so its blanks are not trimmed either."""
    assert parse("TZ= @daily", "Asia/Seoul") == Schedule(parse("@daily").times, "")
    with pytest.raises(ValueError, match="TZ"):
        parse("@hourly TZ", "Asia/Seoul")


def test_an_unknown_time_zone_is_noticed_before_the_text() -> None:
    """Even a text that names its own zone does not save the CronJob."""
    with pytest.raises(UnknownTimeZone):
        parse("TZ=UTC 0 0 * * *", "Mars/Phobos")
    with pytest.raises(UnknownTimeZone):
        parse("nonsense", "Mars/Phobos")


def test_a_time_zone_trims_the_text() -> None:
    """With a zone ` @hourly ` is fine, without one it is not."""
    assert parse("@hourly", "UTC") == parse(" @hourly ", "UTC")
    with pytest.raises(ValueError, match="@hourly"):
        parse(" @hourly")

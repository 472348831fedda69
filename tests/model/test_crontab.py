"""The grammar of schedules."""

import pytest

from reconcile.model.crontab import MACROS, Every, Fields, nanoseconds, read


def fields(text: str) -> Fields:
    parsed = read(text)
    assert isinstance(parsed, Fields)
    return parsed


@pytest.mark.parametrize(
    ("minute", "expected"),
    [
        ("5", (5,)),
        ("+5", (5,)),
        ("007", (7,)),
        ("1,,2", (1, 2)),
        (",1", (1,)),
        (",", ()),
        ("3,1,1-2", (1, 2, 3)),
        ("50-59/4", (50, 54, 58)),
        ("40/5", (40, 45, 50, 55)),
        ("*/25", (0, 25, 50)),
        ("*/100", (0,)),
        ("7/9223372036854775807", (7,)),
        ("?", tuple(range(60))),
        ("*-5", tuple(range(60))),
        ("*-x-y/30", (0, 30)),
    ],
)
def test_a_field_is_a_list_of_spans(minute: str, expected: tuple[int, ...]) -> None:
    """Empty items are dropped, a value with a step runs to the end, a dash behind a star means nothing."""
    actual = fields(f"{minute} * * * *").minutes

    assert expected == actual


@pytest.mark.parametrize(
    "minute",
    [
        *("60", "-1", "1-", "-", "5-1", "1-2-3", "0-60", "1/2/3", "1/", "/2", "*/0", "*/-1", "*/x", "1.5", "0x1"),
        *("1_0", "٣", "L", "*5", "**", "9223372036854775808", "*/9223372036854775808", "9" * 5000),
    ],
)
def test_what_a_field_cannot_be(minute: str) -> None:
    """The message names the field."""
    with pytest.raises(ValueError, match=r"^minute "):
        read(f"{minute} * * * *")


@pytest.mark.parametrize("text", ["* * 0 * *", "* * 32 * *", "* * * 0 *", "* * * 13 *", "* * * * 7", "* 24 * * *"])
def test_every_field_has_its_own_bounds(text: str) -> None:
    """Sunday is 0 and never 7; days and months begin at 1."""
    with pytest.raises(ValueError, match="is not within"):
        read(text)


@pytest.mark.parametrize("text", ["", " ", "* * * *", "* * * * * *", "*\x1f* * * *"])
def test_there_are_five_fields(text: str) -> None:
    """Neither seconds in front nor a year behind are known."""
    with pytest.raises(ValueError, match="fields; expected"):
        read(text)


def test_any_blanks_separate_fields() -> None:
    """Tabs and the wide blanks of Unicode do as well, in any number and around the text."""
    assert read("0 0 * * *") == read("\t0\n0\u3000\u2003*  *\xa0* ")


def test_months_and_weekdays_have_names() -> None:
    """Three letters in any case, also in spans."""
    actual = fields("0 0 * jan,DEC Mon-fri/2")

    assert (actual.months, actual.weekdays) == ((1, 12), (1, 3, 5))


@pytest.mark.parametrize(
    "text", ["* * * january *", "* * * * monday", "* * jan * *", "* * * */feb *", "* * * * sat-sun"]
)
def test_where_names_do_not_stand(text: str) -> None:
    """Not in full, not in other fields, not as a step, and not from the end of the week into the next."""
    with pytest.raises(ValueError, match=r"day|month"):
        read(text)


@pytest.mark.parametrize(
    ("days", "both"),
    [
        ("* mon", True),
        ("1 ?", True),
        ("*/1 1", True),
        ("5,* 1", True),
        ("*/2 1", False),
        ("1 1", False),
        ("1-31 0-6", False),
    ],
)
def test_the_star_makes_both_day_fields_count(days: str, both: bool) -> None:
    """A step larger than 1 takes the star away, and a full range never had one."""
    day, weekday = days.split()
    actual = fields(f"0 0 {day} * {weekday}").both_days

    assert both == actual


@pytest.mark.parametrize("name", MACROS)
def test_macros_stand_for_fields(name: str) -> None:
    """In small letters and without anything around."""
    assert read(MACROS[name]) == read(name)
    for wrong in (name.upper(), f"{name} ", f"{name}x"):
        with pytest.raises(ValueError, match="none of @yearly"):
            read(wrong)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90s", 90), ("1.5h", 5400), ("0", 1), ("-5m", 1), ("999ms", 1), ("1999ms", 1), ("2562047h47m16.9s", None)],
)
def test_every_is_at_least_a_second(text: str, expected: int | None) -> None:
    """Shorter and negative ones count as a second; fractions of a second are cut off."""
    if expected is None:
        with pytest.raises(ValueError, match="longer than"):
            read(f"@every {text}")
    else:
        assert Every(expected) == read(f"@every {text}")


@pytest.mark.parametrize(
    "text", ["@every", "@every ", "@every  1h", "@every 1h ", "@every\t1h", "@EVERY 1h", "@reboot"]
)
def test_every_takes_one_blank_and_a_duration(text: str) -> None:
    """Anything else cannot be read."""
    with pytest.raises(ValueError, match=r"@every|duration"):
        read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1h1m1s1ms1us1ns", 3661001001001),
        ("1m1h", 3660 * 10**9),
        ("1µs1μs", 2000),
        (".5s", 500_000_000),
        ("1.s", 10**9),
        ("+1.25s", 1_250_000_000),
        ("0.00000000000000000000000001s", 0),
        ("-0", 0),
        ("-9223372036854775808ns", -(2**63)),
    ],
)
def test_durations_as_go_reads_them(text: str, expected: int) -> None:
    """Pairs of number and unit in any order, each with a fraction if it likes."""
    assert expected == nanoseconds(text)


@pytest.mark.parametrize(
    "text", ["", "-", "5", ".s", "1d", "1h ", "1h\n", "1 h", "--1s", "00", "1hm", "9223372036854775808ns"]
)
def test_what_is_no_duration(text: str) -> None:
    """Days are not known, and only a lone 0 needs no unit."""
    with pytest.raises(ValueError, match="duration"):
        nanoseconds(text)

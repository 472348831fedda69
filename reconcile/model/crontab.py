"""The text of a schedule: what a CronJob's `spec.schedule` may say, without its time zone.

Rules (contract cronjob 5)
1. Five fields between any blanks: minute 0-59, hour 0-23, day of month 1-31, month 1-12, day of week 0-6. Sunday is
   0 and never 7. Months and days of the week also have names of three letters, in any case.
2. A field is a list between commas, and what is empty between two commas is dropped. An item is `*` or `?` (all), a
   value, or `first-last`; each may have a `/step`. A value with a step runs to the end of the field. Whatever follows
   a dash after `*` is ignored.
3. A field of nothing but commas is empty and never matches; a step may be larger than the field.
4. An item `*` or `?`, without a step or with step 1, gives its field the *star*. If one of the two day fields has the
   star, a day has to match both; otherwise either will do: `0 0 */2 * 1` runs on odd days and on Mondays.
5. A text that begins with `@` is one of seven names, or `@every` with one blank and a duration. A duration under a
   second counts as one second, and fractions of a second are cut off.

What cannot be read is a ValueError that says which part is wrong.
"""

import re
from itertools import chain
from typing import Final, NamedTuple

from attrs import frozen

_BLANK: Final = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""The blanks of Unicode; str.split() would take the separators \\x1c-\\x1f as well."""
_BLANKS: Final = re.compile(f"[{_BLANK}]+")
_EDGES: Final = re.compile(f"^[{_BLANK}]+|[{_BLANK}]+$")
_NUMBER: Final = re.compile(r"\+?[0-9]{1,4000}")
_MAX_INT64: Final = 2**63 - 1


@frozen
class Every:
    """Activations at a fixed distance, counted from whatever instant one asks for."""

    seconds: int


@frozen(cache_hash=True)
class Fields:
    """Activations at the minutes whose calendar fields match."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    both_days: bool
    """Whether a day has to match `days` and `weekdays`, not just either (rule 4)."""


class _Field(NamedTuple):
    name: str
    first: int
    last: int
    names: tuple[str, ...] = ()


_FIELDS: Final = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of month", 1, 31),
    _Field("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    _Field("day of week", 0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)

MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
"""What the names stand for."""

_EVERY: Final = "@every "


def trim(text: str) -> str:
    """Return *text* without the blanks around it."""
    return _EDGES.sub("", text)


def read(text: str) -> Fields | Every:
    """Return the activations that *text* describes.

    >>> read("*/20 9-17 * * mon-fri").minutes
    (0, 20, 40)
    >>> read("@every 90m")
    Every(seconds=5400)
    >>> read("0 24 * * *")
    Traceback (most recent call last):
    ValueError: hour '24': 24 is not within 0-23
    """
    if text.startswith(_EVERY):
        return Every(max(1, nanoseconds(text[len(_EVERY) :]) // _SECOND))
    if text.startswith("@"):
        if text not in MACROS:
            raise ValueError(f"{text!r} is none of {', '.join(MACROS)} or @every <duration>")
        text = MACROS[text]
    words = [word for word in _BLANKS.split(text) if word]
    if len(words) != len(_FIELDS):
        raise ValueError(f"{text!r} has {len(words)} fields; expected minute, hour, day of month, month, day of week")
    read_fields = [_read_field(word, field) for word, field in zip(words, _FIELDS, strict=True)]
    minutes, hours, days, months, weekdays = (values for values, _ in read_fields)
    starred = [star for _, star in read_fields]
    return Fields(minutes, hours, days, months, weekdays, both_days=starred[2] or starred[4])


def _read_field(word: str, field: _Field) -> tuple[tuple[int, ...], bool]:
    """Return the values of a field in order, and whether it has the star."""
    try:
        items = [_read_item(item, field) for item in word.split(",") if item]
    except ValueError as error:
        raise ValueError(f"{field.name} {word!r}: {error}") from None
    values = sorted(set(chain.from_iterable(values for values, _ in items)))
    return tuple(values), any(star for _, star in items)


def _read_item(item: str, field: _Field) -> tuple[range, bool]:
    span, *steps = item.split("/")
    if len(steps) > 1:
        raise ValueError(f"{item!r} has more than one step")
    first, last, star = _read_span(span, field, stepped=bool(steps))
    step = _read_number(steps[0]) if steps else 1
    if step == 0:
        raise ValueError("a step of 0 leads nowhere")
    for value in (first, last):
        if not field.first <= value <= field.last:
            raise ValueError(f"{value} is not within {field.first}-{field.last}")
    if first > last:
        raise ValueError(f"{first} comes after {last}")
    return range(first, last + 1, step), star and step == 1


def _read_span(span: str, field: _Field, *, stepped: bool) -> tuple[int, int, bool]:
    """Return the first and the last value, and whether the span is a star."""
    parts = span.split("-")
    if parts[0] in ("*", "?"):
        return field.first, field.last, True
    if len(parts) > 2:
        raise ValueError(f"{span!r} has more than one dash")
    values = [_read_value(part, field) for part in parts]
    return values[0], field.last if stepped and len(values) == 1 else values[-1], False


def _read_value(text: str, field: _Field) -> int:
    name = text.lower()
    return field.names.index(name) + field.first if name in field.names else _read_number(text)


def _read_number(text: str) -> int:
    value = int(text) if _NUMBER.fullmatch(text) else -1
    if not 0 <= value <= _MAX_INT64:
        raise ValueError(f"{text!r} is not a number that may stand here")
    return value


_SECOND: Final = 10**9
_NANOSECONDS: Final = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": _SECOND,
    "m": 60 * _SECOND,
    "h": 3600 * _SECOND,
}
_PART: Final = re.compile(r"(?=\.?[0-9])([0-9]{0,4000})(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)(?=[0-9.]|$)")


def nanoseconds(text: str) -> int:
    """Return the nanoseconds of a duration in Go's grammar, as `@every` takes it.

    `reconcile.model.clock.duration` is the friendlier one for people: it knows days and counts in floats. This one has
    to refuse what the API refuses, days and everything beyond 64 bits included.

    >>> nanoseconds("1h30m"), nanoseconds("-1.5s"), nanoseconds("0")
    (5400000000000, -1500000000, 0)
    """
    sign, body = (text[0], text[1:]) if text[:1] in ("+", "-") else ("", text)
    total, at = 0, 0
    while part := _PART.match(body, at):
        total += _part_nanoseconds(*part.groups(default=""))
        at = part.end()
    if body != "0" and (not body or at != len(body)):
        raise ValueError(f"{text!r} is not a duration such as 90s, 5m or 1h30m")
    if total > (_MAX_INT64 + 1 if sign == "-" else _MAX_INT64):
        raise ValueError(f"{text!r} is longer than a duration can be")
    return -total if sign == "-" else total


def _part_nanoseconds(whole: str, fraction: str, unit: str) -> int:
    size = _NANOSECONDS[unit]
    digits = fraction[:18]  # more of them cannot make a nanosecond
    return int(whole or "0") * size + int(int(digits or "0") * (size / 10.0 ** len(digits)))

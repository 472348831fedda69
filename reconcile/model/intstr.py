"""Numbers that may be percentages: `maxSurge: 25%`, `maxUnavailable: 1`.

Rules
1. A JSON number stands for itself; an absent value stands for 0.
2. A text is a percentage of a total: an optional sign, decimal digits and `%`, nothing else (contract
   deployment 6.1). Controllers resolve `+5%` and `-10%` too, although no API server stores them: see
   `is_percent` for what it does store.
3. The share of the total is computed in double precision and rounded to a whole number, up (towards
   +infinity) or down (towards -infinity) as the caller says.
"""

import math
import re
from typing import Final

IntOrString = int | str
"""A count, or a percentage such as `25%`."""

MAX_INT32: Final = 2**31 - 1

_SIGNED_PERCENT: Final = re.compile(r"[+-]?[0-9]+%", re.ASCII)
_PERCENT: Final = re.compile(r"[0-9]+%", re.ASCII)
_INTEGER: Final = re.compile(r"([+-]?)0*([0-9]{1,19})", re.ASCII)


def int64(text: str) -> int | None:
    """Return the signed 64-bit integer that *text* is; None if it is none.

    >>> int64("007"), int64("-1"), int64("1.0"), int64("9223372036854775808")
    (7, -1, None, None)
    """
    match = _INTEGER.fullmatch(text)
    if match is None:
        return None
    number = int(match[1] + match[2])
    return number if -(2**63) <= number < 2**63 else None


def is_percent(text: str) -> bool:
    """Return whether *text* is a percentage as the API server stores it: digits and `%`.

    >>> is_percent("25%"), is_percent("+25%"), is_percent("25")
    (True, False, False)
    """
    return _PERCENT.fullmatch(text) is not None


def percent(text: str) -> int:
    """Return the number in front of the `%`; raise ValueError if *text* is no percentage of 64 bits.

    >>> percent("-10%")
    -10
    """
    if _SIGNED_PERCENT.fullmatch(text) is None:
        raise ValueError(f"invalid value for IntOrString: {text!r} is not a percentage")
    number = int(text[:-1])
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"invalid value for IntOrString: {text!r} is out of range")
    return number


def resolve(value: IntOrString | None, total: int, *, round_up: bool) -> int:
    """Return the count that *value* means where there are *total*; raise ValueError for a malformed text.

    >>> resolve("25%", 10, round_up=True), resolve("25%", 10, round_up=False), resolve(3, 10, round_up=True)
    (3, 2, 3)
    """
    if value is None:
        return 0
    if isinstance(value, int):
        return value
    share = float(percent(value)) * float(total) / 100
    return math.ceil(share) if round_up else math.floor(share)


def int32(number: int) -> int:
    """Return *number* as a signed 32-bit integer, wrapped around: the arithmetic replica counts are kept in.

    >>> int32(2**31), int32(-1)
    (-2147483648, -1)
    """
    return (number + 2**31) % 2**32 - 2**31

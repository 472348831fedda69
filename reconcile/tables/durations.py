"""Durations as people read them: `42s`, `3h12m`, `2d5h` (contract api 11.1).

Rules
1. The longer it lasts, the coarser the text: at most two units, and only one once it is long within its range.
2. All parts are cut, never rounded; a second part of zero is left out.
3. A clock one second behind still reads `0s`; further in the future it is `<invalid>`.
"""

from typing import Any, Final

from reconcile.model.clock import Instant, parse

UNKNOWN: Final = "<unknown>"
INVALID: Final = "<invalid>"

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_YEAR: Final = 365 * _DAY

# Below the bound (first match): the unit, and the smaller unit that is shown beside it.
_RANGES: Final[tuple[tuple[float, tuple[int, str], tuple[int, str] | None], ...]] = (
    (2 * _MINUTE, (1, "s"), None),
    (10 * _MINUTE, (_MINUTE, "m"), (1, "s")),
    (3 * _HOUR, (_MINUTE, "m"), None),
    (8 * _HOUR, (_HOUR, "h"), (_MINUTE, "m")),
    (2 * _DAY, (_HOUR, "h"), None),
    (8 * _DAY, (_DAY, "d"), (_HOUR, "h")),
    (2 * _YEAR, (_DAY, "d"), None),
    (8 * _YEAR, (_YEAR, "y"), (_DAY, "d")),
    (float("inf"), (_YEAR, "y"), None),
)


def human(seconds: float) -> str:
    """Return how a person would write a duration of *seconds*.

    >>> [human(seconds) for seconds in (-1.9, 119, 120, 121, 10800, 176400)]
    ['0s', '119s', '2m', '2m1s', '3h', '2d1h']
    """
    whole = int(seconds)
    if whole < 0:
        return "0s" if whole == -1 else INVALID
    (size, unit), second = next((big, small) for bound, big, small in _RANGES if whole < bound)
    text, rest = f"{whole // size}{unit}", whole % size
    if second is None or rest // second[0] == 0:
        return text
    return f"{text}{rest // second[0]}{second[1]}"


def since(text: Any, now: Instant, *, unset: str = UNKNOWN) -> str:
    """Return the duration from the timestamp *text* to *now*; *unset* if there is no timestamp.

    >>> from reconcile.model.clock import instant
    >>> since("2026-01-01T00:00:00Z", instant("2026-01-01T00:00:05Z"))
    '5s'
    """
    moment = parse(text or None)
    return unset if moment is None else human((now - moment).total_seconds())

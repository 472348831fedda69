"""Aligning text by tabs: elastic columns, as all of kubectl's output is laid out (contract api 11.2).

Rules
1. A line is cells ended by tabs, and a rest after the last tab that is never padded.
2. A column is a run of adjacent lines that have a cell there; its width is that of its widest cell plus the padding,
   at least the minimum. A line with fewer cells ends the column.
3. Characters count, not bytes.
"""

from collections.abc import Sequence
from typing import Final

# A terminal must not be told anything by an object's text.
_ESCAPED: Final = str.maketrans({"\x1b": "^[", "\r": "\\r"})


def escaped(text: str) -> str:
    """Return *text* with what a terminal would obey made visible."""
    return text.translate(_ESCAPED)


def aligned(lines: Sequence[str], *, minimum: int = 6, padding: int = 3) -> str:
    """Return *lines* with their tabs replaced by blanks, one line each.

    >>> print(aligned(["NAME\\tAGE", "a-long-name\\t5s"]), end="")
    NAME          AGE
    a-long-name   5s
    """
    rows = [line.split("\t") for line in lines]
    widths: list[list[int]] = [[] for _ in rows]
    _measure(rows, widths, 0, len(rows), minimum, padding)
    return "".join(_line(row, width) for row, width in zip(rows, widths, strict=True))


def _measure(
    rows: list[list[str]], widths: list[list[int]], start: int, end: int, minimum: int, padding: int, column: int = 0
) -> None:
    """Append to *widths* those of *column* and what lies to its right, block by block."""
    first = start
    while first < end:
        last = first
        while last < end and len(rows[last]) - 1 > column:
            last += 1
        if last > first:
            width = max(minimum, *(len(row[column]) + padding for row in rows[first:last]))
            for row in widths[first:last]:
                row.append(width)
            _measure(rows, widths, first, last, minimum, padding, column + 1)
        first = max(last, first + 1)


def _line(row: list[str], widths: list[int]) -> str:
    return "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) + row[-1] + "\n"

"""Lists of completion indexes."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.model.indexes import Intervals, pending

VECTORS = Path(__file__).parents[1] / "vectors"


def outcome(row: dict[str, Any]) -> dict[str, Any]:
    """What we make of a recorded call, under the names of the recording."""
    limit = row["completions"]
    parsed = Intervals.parse(row["input"], limit)
    result = parsed
    made: dict[str, Any] = {}
    match row["op"]:
        case "parse":
            made = {"has": {index: parsed.has(int(index)) for index in row["has"]}} if "has" in row else {}
        case "add":
            result = parsed.add(row["add"])
        case "merge":
            result = parsed.merge(Intervals.parse(row["merge"], limit))
        case "pending":
            failed = None if row["failed"] is None else Intervals.parse(row["failed"], limit)
            terminating = row["terminating"] if row["onlyReplaceFailed"] else []
            busy = sorted({*row["active"], *terminating})
            made = {"pending": pending(parsed, row["count"], limit, busy, failed)}
    return {**made, "intervals": [list(item) for item in result.items], "text": result.text, "total": result.total}


def test_every_recorded_call_comes_out() -> None:
    """Parse, add, merge and pending give what was recorded, for texts that are out of order too."""
    with gzip.open(VECTORS / "job_indexes.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    results = [(row, outcome(row)) for row in rows]
    different = [(row, made) for row, made in results if made != {key: row[key] for key in made}]

    assert len(rows) > 300
    assert different[:5] == []


def test_adding_nothing_joins_what_a_text_left_apart() -> None:
    """A list that somebody else has spoilt is joined by every addition, one of no index included."""
    spoilt = Intervals.parse("1,1,3,2", 10)

    assert ((1, 1), (1, 1), (3, 3), (2, 2)) == spoilt.items
    assert ("1,3", 2) == (spoilt.add([]).text, spoilt.add([]).total)


indexes = st.sets(st.integers(0, 40))


def intervals(members: set[int]) -> Intervals:
    return Intervals().add(sorted(members))


@given(indexes, indexes)
def test_intervals_are_sets(left: set[int], right: set[int]) -> None:
    """Union, intersection, size and membership are those of the sets of indexes."""
    both = intervals(left).merge(intervals(right))

    assert intervals(left | right) == both
    assert len(left | right) == both.total
    assert len(left & right) == intervals(left).overlap(intervals(right))
    assert left == {index for index in range(41) if intervals(left).has(index)}


@given(indexes)
def test_a_text_reads_back(members: set[int]) -> None:
    """What is written is read as the same set."""
    written = intervals(members)

    assert written == Intervals.parse(written.text, 41)


@given(indexes, indexes, indexes, st.integers(0, 30), st.integers(0, 45))
def test_pending_takes_the_lowest(done: set[int], busy: set[int], failed: set[int], count: int, limit: int) -> None:
    """The lowest indexes that nobody has taken, as many as are asked for."""
    expected = [index for index in range(limit) if index not in done | busy | failed][:count]

    assert expected == pending(intervals(done), count, limit, sorted(busy), intervals(failed))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,x,3", [(1, 1), (3, 3)]),
        ("1-x,3", [(3, 3)]),
        ("-3", []),
        ("+1-2-9", [(1, 2)]),
        ("1,10,2", [(1, 1)]),
        ("5-3", [(5, 3)]),
        ("3,1", [(3, 3), (1, 1)]),
        ("1,1", [(1, 1), (1, 1)]),
        ("1, 2", [(1, 1)]),
        ("8-99999999999999999999,2", [(2, 2)]),
    ],
)
def test_a_spoilt_text_is_taken_at_its_word(text: str, expected: list[tuple[int, int]]) -> None:
    """Below ten completions: no number is skipped, the limit stops, nothing is sorted or repaired."""
    assert expected == list(Intervals.parse(text, 10).items)


def test_what_lies_before_an_interval_that_runs_backwards_is_offered_once() -> None:
    """In a spoilt list an interval may end before it begins: no index before it is named twice."""
    assert [0, 1, 2, 3, 4] == pending(Intervals.parse("3-1", 10), 5, 10, [])


def test_the_second_list_goes_first() -> None:
    """Of two intervals that begin alike; it shows only where one of them is spoilt."""
    actual = Intervals.parse("5-3", 10).merge(Intervals.parse("5-9", 10))

    assert actual.text == "5-9"

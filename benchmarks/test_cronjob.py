"""What a CronJob costs, by how long it is played: a run every five minutes, with the usual limits of its history.

The time per run must not grow with the number of runs that have been. (That the memory does not is a test in
`tests/controllers/test_cronjob.py`: a world holds as much after a day as after an hour.)
"""

from typing import Any

import pytest

from benchmarks.worlds import ticking

DAY = 86400.0


@pytest.mark.parametrize("days", [1, 7, 28])
def test_play(benchmark: Any, days: int) -> None:
    """From one day in which the history has filled to some days later."""
    cluster = ticking()

    result = benchmark.pedantic(lambda: cluster.advance(days * DAY), rounds=1)

    assert [len(result.all(kind)) for kind in ("job", "pod")] == [3, 3]


def test_smoke(benchmark: Any) -> None:
    """A few hours: shows that the benchmarks run at all."""
    cluster = ticking()

    benchmark.pedantic(lambda: cluster.advance(DAY / 8), rounds=1)

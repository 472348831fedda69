"""What a Job costs, by how many pods it takes; fifty of them run side by side.

Read the ratios, not the milliseconds: the time per pod must not grow with the number of pods that have ended.
"""

from typing import Any

import pytest

from benchmarks.worlds import fresh, job, runs_alone


@pytest.mark.parametrize("indexed", [False, True], ids=["plain", "indexed"])
@pytest.mark.parametrize("completions", [100, 1_000, 10_000])
def test_run_to_completion(benchmark: Any, completions: int, indexed: bool) -> None:
    """Each pod ends at an instant of its own, so that each end is seen alone."""
    cluster = fresh(200, behaviours=runs_alone())
    manifest = job(completions, indexed=indexed)

    result = benchmark.pedantic(lambda: cluster.apply(manifest).run(), rounds=1)

    assert completions == result.get("job", "work").status["succeeded"]


def test_smoke(benchmark: Any) -> None:
    """A small Job: shows that the benchmarks run at all."""
    cluster = fresh(50)

    benchmark.pedantic(lambda: cluster.apply(job(60)).run(), rounds=1)

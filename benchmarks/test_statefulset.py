"""What a StatefulSet costs: brought up in order, by how many pods there are.

No two of its pods are alike, so each sync looks at all of them, and each pod is waited for by syncs of its own: the
time per pod grows with their number. It is meant for tens and hundreds, as StatefulSets are.
`python -m benchmarks.scaling statefulset` prints how much.
"""

from typing import Any

import pytest

from benchmarks.worlds import fresh, stateful_set


@pytest.mark.parametrize("replicas", [50, 200, 800])
def test_in_order(benchmark: Any, replicas: int) -> None:
    """From the manifest to the last ready pod, one after the other."""
    cluster = fresh(replicas)

    result = benchmark.pedantic(lambda: cluster.apply(stateful_set(replicas)).run(), rounds=1)

    assert replicas == result.get("sts", "web").status["readyReplicas"]


def test_smoke(benchmark: Any) -> None:
    """A small StatefulSet: shows that the benchmarks run at all."""
    cluster = fresh(5)

    result = benchmark.pedantic(lambda: cluster.apply(stateful_set(5)).run(), rounds=1)

    assert result.get("sts", "web").status["readyReplicas"] == 5

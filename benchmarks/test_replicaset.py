"""What a ReplicaSet costs: one more sync at rest, and bringing its pods up, by how many there are.

Read the ratios, not the milliseconds: the time per pod, and of a steady sync, must not grow with the number of pods.
`python -m benchmarks.scaling` prints them as a report.
"""

from typing import Any

import pytest

from benchmarks.worlds import alone, created, fresh, replica_set, steady_sync

SIZES = [100, 1_000, 10_000]


@pytest.mark.parametrize("replicas", SIZES)
def test_steady_sync(benchmark: Any, replicas: int) -> None:
    """One sync of a ReplicaSet whose pods are all there and ready."""
    cluster = created(replicas)

    benchmark(steady_sync, cluster)


@pytest.mark.parametrize("replicas", SIZES)
def test_full_create(benchmark: Any, replicas: int) -> None:
    """From the manifest to the last ready pod; pods start at once, so many changes are seen together."""
    cluster = fresh(replicas)

    result = benchmark.pedantic(lambda: cluster.apply(replica_set(replicas)).run(), rounds=1)

    assert replicas == result.get("rs", "web").status["readyReplicas"]


@pytest.mark.parametrize("replicas", SIZES)
def test_each_pod_alone(benchmark: Any, replicas: int) -> None:
    """The same, but each pod starts at an instant of its own: each change is seen alone."""
    cluster = fresh(replicas, behaviours=alone(replicas))

    result = benchmark.pedantic(lambda: cluster.apply(replica_set(replicas)).run(), rounds=1)

    assert replicas == result.get("rs", "web").status["readyReplicas"]


def test_smoke(benchmark: Any) -> None:
    """A small full create: shows that the benchmarks run at all."""
    cluster = fresh(50)

    benchmark.pedantic(lambda: cluster.apply(replica_set(50)).run(), rounds=1)

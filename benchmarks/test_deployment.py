"""What a Deployment costs: created, and rolled to a new image, by how many pods there are.

Read the ratios, not the milliseconds: the time per pod must not grow with the number of pods.
"""

from typing import Any

import pytest

from benchmarks.worlds import alone, deployment, fresh
from reconcile.cluster import Cluster


def rolled(cluster: Cluster, replicas: int) -> Cluster:
    """Create a Deployment, wait for it, and roll it to another image."""
    created = cluster.apply(deployment(replicas)).run()
    return created.apply(deployment(replicas, "nginx:2")).run()


@pytest.mark.parametrize("replicas", [500, 2_000, 10_000])
def test_rollout(benchmark: Any, replicas: int) -> None:
    """Each pod starts at an instant of its own, so that each change is seen alone."""
    cluster = fresh(replicas, behaviours=alone(replicas), surge=0.3)

    result = benchmark.pedantic(rolled, (cluster, replicas), rounds=1)

    assert replicas == result.get("deployment", "web").status["updatedReplicas"]
    assert replicas == len(result.all("pods"))


def test_smoke(benchmark: Any) -> None:
    """A small rollout: shows that the benchmarks run at all."""
    benchmark.pedantic(rolled, (fresh(20, surge=0.3), 20), rounds=1)

"""What a DaemonSet costs, by how many nodes there are: a sync at rest, one node more, one pod that becomes ready.

Read the ratios, not the milliseconds: none of the three may grow with the number of nodes.
`python -m benchmarks.scaling steady-daemonset node pod` prints them as a report.
"""

from typing import Any

import pytest

from benchmarks.worlds import becomes_ready, everywhere, has_an_unready_pod, one_node_more, steady_sync

SIZES = [50, 500, 5_000]


@pytest.mark.parametrize("nodes", SIZES)
def test_steady_sync(benchmark: Any, nodes: int) -> None:
    """One sync of a DaemonSet whose pods are all there and ready."""
    cluster = everywhere(nodes)

    benchmark(steady_sync, cluster, "daemonset", "DaemonSet")


@pytest.mark.parametrize("nodes", SIZES)
def test_one_node_more(benchmark: Any, nodes: int) -> None:
    """From the new node to the last ready pod and the status that tells of it."""
    cluster = everywhere(nodes)

    result = benchmark(one_node_more, cluster)

    assert nodes + 1 == result.get("ds", "web").status["numberReady"]


@pytest.mark.parametrize("nodes", SIZES)
def test_one_pod_becomes_ready(benchmark: Any, nodes: int) -> None:
    """From the kubelet's report to the status that tells of it."""
    cluster = has_an_unready_pod(nodes)
    assert nodes - 1 == cluster.get("ds", "web").status["numberReady"]

    result = benchmark(becomes_ready, cluster)

    assert nodes == result.get("ds", "web").status["numberReady"]


def test_smoke(benchmark: Any) -> None:
    """A small cluster: shows that the benchmarks run at all."""
    result = benchmark.pedantic(one_node_more, (everywhere(5),), rounds=1)

    assert result.get("ds", "web").status["numberReady"] == 6

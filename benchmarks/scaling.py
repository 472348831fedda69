"""The scaling report: cost per object by number of objects, as ratios to the smallest size.

Run it with `python -m benchmarks.scaling [NAME ...]`. Times are CPU time, the best of three for short ones; the garbage
collector of Python is off while the clock runs, because its cost depends on everything else that is in memory.
"""

import gc
import sys
from collections.abc import Callable
from time import process_time

from benchmarks import worlds
from reconcile.cluster import Cluster

NODES = (50, 500, 5_000)

Prepared = Callable[[], object]
"""What is measured, ready to run."""


def timed(run: Prepared, *, repeat: int = 1) -> float:
    """Return the CPU seconds of one run, the best of *repeat*."""
    gc.collect()
    gc.disable()
    try:
        best = float("inf")
        for _ in range(repeat):
            start = process_time()
            run()
            best = min(best, process_time() - start)
        return best
    finally:
        gc.enable()


def steady(size: int) -> float:
    """Return the seconds of one steady sync, of a thousand in a row."""
    cluster = worlds.created(size)

    def run() -> None:
        for _ in range(1000):
            worlds.steady_sync(cluster)

    return timed(run, repeat=3) / 1000


def full_create(size: int) -> float:
    """Return the seconds per pod of bringing up a ReplicaSet."""
    cluster = worlds.fresh(size)
    return timed(lambda: cluster.apply(worlds.replica_set(size)).run(), repeat=3 if size <= 1000 else 1) / size


def each_alone(size: int) -> float:
    """Return the seconds per pod when each pod starts at an instant of its own."""
    cluster = worlds.fresh(size, behaviours=worlds.alone(size))
    return timed(lambda: cluster.apply(worlds.replica_set(size)).run(), repeat=3 if size <= 1000 else 1) / size


def in_order(size: int) -> float:
    """Return the seconds per pod of bringing up a StatefulSet, one pod after the other."""
    cluster = worlds.fresh(size)
    return timed(lambda: cluster.apply(worlds.stateful_set(size)).run(), repeat=3 if size <= 100 else 1) / size


def rollout(size: int) -> float:
    """Return the seconds per pod of creating a Deployment and rolling it to a new image, each pod on its own."""
    cluster = worlds.fresh(size, behaviours=worlds.alone(size), surge=0.3)

    def run() -> None:
        cluster.apply(worlds.deployment(size)).run().apply(worlds.deployment(size, "nginx:2")).run()

    return timed(run, repeat=3 if size <= 500 else 1) / size


def job(size: int) -> float:
    """Return the seconds per pod of a Job with so many completions, fifty pods side by side."""
    cluster = worlds.fresh(200, behaviours=worlds.runs_alone())
    return timed(lambda: cluster.apply(worlds.job(size)).run(), repeat=3 if size <= 100 else 1) / size


def indexed_job(size: int) -> float:
    """Return the seconds per pod of an Indexed Job with so many completions, fifty pods side by side."""
    cluster = worlds.fresh(200, behaviours=worlds.runs_alone())
    return timed(lambda: cluster.apply(worlds.job(size, indexed=True)).run(), repeat=3 if size <= 100 else 1) / size


def cron_job(size: int) -> float:
    """Return the seconds per run of a CronJob that is played for so many runs, one every five minutes."""
    cluster = worlds.ticking()
    return timed(lambda: cluster.advance(300.0 * size), repeat=3 if size <= 288 else 1) / size


def steady_daemon_set(size: int) -> float:
    """Return the seconds of one steady sync of a DaemonSet, of a thousand in a row."""
    cluster = worlds.everywhere(size)

    def run() -> None:
        for _ in range(1000):
            worlds.steady_sync(cluster, "daemonset", "DaemonSet")

    return timed(run, repeat=3) / 1000


def one_node_more(size: int) -> float:
    """Return the seconds from a new node to its ready daemon pod, of a hundred times."""
    return _each(worlds.everywhere(size), worlds.one_node_more)


def one_pod_ready(size: int) -> float:
    """Return the seconds from a daemon pod that becomes ready to the status that tells of it, of a hundred times."""
    return _each(worlds.has_an_unready_pod(size), worlds.becomes_ready)


def _each(cluster: Cluster, change: Callable[[Cluster], Cluster]) -> float:
    def run() -> None:
        for _ in range(100):
            change(cluster)

    return timed(run, repeat=3) / 100


def daemon_rollout(size: int) -> float:
    """Return the seconds per node of rolling a DaemonSet to a new image, ten nodes in a hundred at a time."""
    cluster = worlds.everywhere(size)
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}}
    manifest = worlds.daemon_set("agent:2")
    manifest["spec"]["updateStrategy"] = strategy
    return timed(lambda: cluster.apply(manifest).run(), repeat=3 if size <= 500 else 1) / size


REPORT: dict[str, tuple[Callable[[int], float], tuple[int, ...], str]] = {
    "steady": (steady, (100, 1_000, 10_000), "one steady sync of a ReplicaSet"),
    "create": (full_create, (100, 1_000, 10_000), "bringing up a ReplicaSet, per pod"),
    "alone": (each_alone, (100, 1_000, 10_000), "the same, each pod at its own instant, per pod"),
    "statefulset": (in_order, (50, 200, 800), "a StatefulSet, its pods one after the other, per pod"),
    "steady-daemonset": (steady_daemon_set, NODES, "one steady sync of a DaemonSet, by nodes"),
    "node": (one_node_more, NODES, "one node more, until its daemon pod is ready, by nodes"),
    "pod": (one_pod_ready, NODES, "one daemon pod becomes ready, by nodes"),
    "daemonset": (daemon_rollout, NODES, "rolling a DaemonSet, per node"),
    "rollout": (rollout, (500, 2_000, 10_000), "a Deployment created and rolled, each pod at its own instant, per pod"),
    "job": (job, (100, 1_000, 10_000), "a Job, fifty pods side by side, each ending at its own instant, per pod"),
    "indexed-job": (indexed_job, (100, 1_000, 10_000), "the same, Indexed, per pod"),
    "cronjob": (cron_job, (288, 2_016, 8_064), "a Job every five minutes for a day, a week and four weeks, per run"),
}


def main(names: list[str]) -> None:
    """Print the report, or the parts of it that are named."""
    for name in names or list(REPORT):
        measure, sizes, title = REPORT[name]
        print(f"\n{name}: {title}")
        base = 0.0
        for size in sizes:
            cost = measure(size)
            base = base or cost
            print(f"  {size:>7}  {cost * 1e6:>9.1f} us   x {cost / base:.2f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

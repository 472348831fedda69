"""The scaling report: cost per object by number of objects, as ratios to the smallest size.

Run it with `python -m benchmarks.scaling [NAME ...]`. Times are CPU time, the best of three for short ones; the garbage
collector of Python is off while the clock runs, because its cost depends on everything else that is in memory.
"""

import gc
import sys
from collections.abc import Callable
from time import process_time

from benchmarks import worlds

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


REPORT: dict[str, tuple[Callable[[int], float], tuple[int, ...], str]] = {
    "steady": (steady, (100, 1_000, 10_000), "one steady sync of a ReplicaSet"),
    "create": (full_create, (100, 1_000, 10_000), "bringing up a ReplicaSet, per pod"),
    "alone": (each_alone, (100, 1_000, 10_000), "the same, each pod at its own instant, per pod"),
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

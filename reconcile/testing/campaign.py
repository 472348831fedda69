"""A campaign: very many random histories, in stretches, over as many processes as there are, and a report.

Rules
1. A stretch is one run of Hypothesis with a seed of its own; it ends at the first history that breaks, shrunk. The
   campaign goes on with the next stretch, so one run finds what several are needed for by hand.
2. Everything follows from the seed: the same campaign finds the same.
3. Any `concurrent.futures.Executor` will do; stretches are plain functions of plain values.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import Final

from attrs import frozen
from hypothesis import HealthCheck, Phase, given, seed, settings

from reconcile.testing.histories import History, failure, play, read
from reconcile.testing.stage import Broken
from reconcile.testing.strategies.histories import histories
from reconcile.testing.strategies.workloads import BY_KIND

STRETCH: Final = 200
"""How many histories one stretch has at most."""


@frozen
class Plan:
    """What a campaign draws."""

    kinds: tuple[str, ...] = tuple(BY_KIND)
    faults: bool = True
    max_size: int = 20
    """How many moves a history has at most."""


@frozen
class Found:
    """A history that cannot be played to its good end, as small as it could be made."""

    history: str
    """In YAML."""
    what: str
    """What is wrong, and what happened last."""

    @property
    def name(self) -> str:
        """The name of the invariant or of the phase that broke."""
        return self.what.partition(":")[0]


@frozen
class Tally:
    """What one stretch came to."""

    histories: int
    steps: int
    found: Found | None = None


def stretch(plan: Plan, number: int, count: int) -> Tally:
    """Play *count* histories, fewer if one breaks; which ones follows from the *number* of the stretch."""
    drawn: list[History] = []
    steps = [0]

    @seed(number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(histories(kinds=plan.kinds, faults=plan.faults, max_size=plan.max_size))
    def run(history: History) -> None:
        drawn.append(history)
        steps[0] += play(history).world.steps

    try:
        run()
    except Broken as broken:
        return Tally(len(drawn), steps[0], Found(drawn[-1].text(), str(broken)))
    return Tally(len(drawn), steps[0])


def campaign(plan: Plan, count: int, *, first: int = 0, executor: Executor | None = None) -> Iterator[Tally]:
    """Yield what the stretches of a campaign of *count* histories came to; *first* is the number of the first one."""
    sizes = [STRETCH] * (count // STRETCH) + [count % STRETCH] * (count % STRETCH > 0)
    plans, numbers = [plan] * len(sizes), range(first, first + len(sizes))
    yield from (map if executor is None else executor.map)(stretch, plans, numbers, sizes)


def summary(tallies: Iterable[Tally], seconds: float) -> str:
    """Return a campaign's report.

    >>> print(summary([Tally(200, 9000)], 12.0))
    200 histories, 9000 steps, 12 s: nothing broke
    """
    done = list(tallies)
    found = [tally.found for tally in done if tally.found is not None]
    names = sorted({one.name for one in found})
    told = f"{len(found)} broke: {', '.join(names)}" if found else "nothing broke"
    steps = sum(tally.steps for tally in done)
    return f"{sum(tally.histories for tally in done)} histories, {steps} steps, {seconds:.0f} s: {told}"


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m reconcile.testing.campaign", description="Play random histories.")
    parser.add_argument("--count", type=int, default=1000, help="how many histories to play (default 1000)")
    parser.add_argument(
        "--first", type=int, default=0, help="number of the first stretch; another one, other histories"
    )
    parser.add_argument("--jobs", type=int, default=1, help="over how many processes (default 1)")
    parser.add_argument("--kinds", default=",".join(BY_KIND), help="kinds of workloads, with commas")
    parser.add_argument("--max-size", type=int, default=20, help="how many moves a history has at most (default 20)")
    parser.add_argument("--no-faults", action="store_true", help="no crashes, refusals, lost answers, lagging caches")
    parser.add_argument("--replay", metavar="FILE", help="play the history in this file instead, in YAML")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Run a campaign from the command line; return 1 if something broke."""
    asked = _arguments(words)
    if asked.replay is not None:
        return _replay(Path(asked.replay))
    plan = Plan(tuple(asked.kinds.split(",")), not asked.no_faults, asked.max_size)
    began = time.monotonic()
    tallies: list[Tally] = []
    with ProcessPoolExecutor(asked.jobs) as executor:
        for tally in campaign(plan, asked.count, first=asked.first, executor=executor if asked.jobs > 1 else None):
            tallies.append(tally)
            if tally.found is not None:
                sys.stdout.write(f"{tally.found.what}\n\nHISTORY:\n{tally.found.history}\n")
            sys.stdout.write(summary(tallies, time.monotonic() - began) + "\n")
            sys.stdout.flush()
    return int(any(tally.found is not None for tally in tallies))


def _replay(file: Path) -> int:
    broken = failure(read(file.read_text(encoding="utf-8")))
    sys.stdout.write(f"{broken}\n" if broken is not None else "it is played to its good end\n")
    return int(broken is not None)


if __name__ == "__main__":  # pragma: no cover - it hands over to what is tested
    raise SystemExit(main())

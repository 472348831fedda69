"""Breaks the controllers one way at a time, and writes down which test of which suite notices.

A result is one line of JSON: what one suite says of one mutant. Each mutant is judged in a process of its own, forked
from one that has collected the tests, or if it cannot be swapped in there, from one that has loaded nothing of the
project.
"""

import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.mutation.generated import generated
from tests.mutation.mutant import TIMEOUT, answer
from tests.mutation.semantic import SEMANTIC
from tests.mutation.suites import KINDS, ROOT, SECONDS, SUITES
from tests.mutation.warm import judge_all

os.environ["RECONCILE_PROFILE"] = "unshrunk"
# Which test fails is all that is asked, not on how small an example.

_FRESH: Final = multiprocessing.get_context("forkserver")
_FRESH.set_forkserver_preload(["pytest", "hypothesis.stateful", "tests.mutation.warm"])


class Mutant(NamedTuple):
    """One way in which the code is broken."""

    kind: str
    source: str
    """`semantic` or `generated`."""
    name: str
    """What it is, in words."""
    module: str
    """A path below `reconcile`."""
    text: str
    """The module's text with the change."""

    @property
    def imported(self) -> str:
        """The module's name."""
        return "reconcile." + self.module.removesuffix(".py").replace("/", ".")


def mutants(kinds: Iterable[str], count: int) -> Iterator[Mutant]:
    """Yield the hand-made mutants of *kinds*, and of each kind *count* by rule."""
    for row in SEMANTIC:
        if row.kind in kinds:
            text = (ROOT / "reconcile" / row.module).read_text(encoding="utf-8").replace(row.old, row.new)
            yield Mutant(row.kind, "semantic", row.meaning, row.module, text)
    for kind in kinds if count else ():
        for place in generated(kind, count):
            name = f"{place.operator} {place.occurrence}: {place.change}"
            yield Mutant(kind, "generated", name, place.module, place.text)


Row = dict[str, Any]
Task = tuple[Mutant, str]
"""A mutant, and the suite that is to judge it."""


def judge(task: Task) -> Row:
    """Return what a suite says of a mutant: the first test that fails, empty if none does.

    Raises EOFError if the tests could not be run.
    """
    mutant, suite = task
    begun = time.monotonic()
    there, here = _FRESH.Pipe(duplex=False)
    process = _FRESH.Process(
        target=answer, args=(here, mutant.imported, mutant.text, SUITES[suite](mutant.kind), SECONDS[suite])
    )
    process.start()
    here.close()
    try:
        caught = there.recv()
    except EOFError:
        process.join()
        if process.exitcode != -signal.SIGXCPU:
            raise
        caught = TIMEOUT
    process.join()
    return _row(task, caught, time.monotonic() - begun)


def _row(task: Task, caught: str, seconds: float) -> Row:
    mutant, suite = task
    row = {"kind": mutant.kind, "source": mutant.source, "name": mutant.name, "module": mutant.module}
    return {**row, "suite": suite, "caught": caught, "seconds": round(seconds, 1)}


def run(tasks: list[Task], processes: int, results: Path) -> None:
    """Judge *tasks*, and write what comes out at the end of *results*."""
    for kind in KINDS:
        for suite in SUITES:
            some = [task for task in tasks if task[0].kind == kind and task[1] == suite]
            if some:
                _run_suite(some, SUITES[suite](kind), processes, results, SECONDS[suite])


def _run_suite(tasks: list[Task], arguments: list[str], processes: int, results: Path, seconds: int) -> None:
    """Judge *tasks*, all by the tests that *arguments* collect."""
    begun = len(read_rows([results]))
    warm = _FRESH.Process(target=_warm, args=(tasks, arguments, processes, results, seconds))
    warm.start()
    warm.join()
    if warm.exitcode:
        raise RuntimeError("nothing can be said of mutants where the real code fails")
    judged = {key(row) for row in read_rows([results])[begun:]}
    with ThreadPoolExecutor(processes) as pool:
        for row in pool.map(judge, [task for task in tasks if key(_row(task, "", 0)) not in judged]):
            _note(row, results)


def _warm(tasks: list[Task], arguments: list[str], processes: int, results: Path, seconds: int) -> None:
    os.chdir(ROOT)
    changes = [(mutant.imported, mutant.text) for mutant, _ in tasks]
    judge_all(
        arguments, changes, processes, seconds, lambda n, caught, took: _note(_row(tasks[n], caught, took), results)
    )


def _note(row: Row, results: Path) -> None:
    with results.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    sys.stderr.write(f"{row['kind']}: {row['name']}: {row['suite']}: {row['caught'] or 'no'}\n")


def key(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in ("kind", "source", "name", "module", "suite"))


def read_rows(results: Iterable[Path]) -> list[Row]:
    lines = [line for path in results if path.exists() for line in path.read_text(encoding="utf-8").splitlines()]
    return [json.loads(line) for line in lines]

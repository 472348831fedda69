"""The mutation run: `python -m tests.mutation run` breaks the controllers one way at a time and sees who notices.

    python -m tests.mutation run [--kind KIND] [--generated N] [--processes N] [--results FILE]
    python -m tests.mutation report [--results FILE]

A result is one line of JSON; a run leaves out what the file has already, so it can be stopped and taken up again.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from tests.mutation.generated import generated
from tests.mutation.mutant import VARIABLE
from tests.mutation.report import report
from tests.mutation.semantic import SEMANTIC
from tests.mutation.suites import KINDS, ROOT, SUITES

SECONDS = 240
"""A suite that takes longer than this has noticed: the real code needs a fraction of it."""

FAILED, INTERRUPTED = 1, 2
"""Codes with which pytest ends: a test has failed, a module cannot be imported."""


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


def mutants(kinds: list[str], count: int) -> Iterator[Mutant]:
    """Yield the hand-made mutants of *kinds*, and of each kind *count* by rule."""
    for row in SEMANTIC:
        if row.kind in kinds:
            text = (ROOT / "reconcile" / row.module).read_text(encoding="utf-8").replace(row.old, row.new)
            yield Mutant(row.kind, "semantic", row.meaning, row.module, text)
    for kind in kinds:
        for place in generated(kind, count):
            name = f"{place.operator} {place.occurrence}: {place.change}"
            yield Mutant(kind, "generated", name, place.module, place.text)


def judge(mutant: Mutant) -> dict[str, Any]:
    """Return what each suite says of *mutant*."""
    row: dict[str, Any] = {"kind": mutant.kind, "source": mutant.source, "name": mutant.name, "module": mutant.module}
    for suite, arguments in SUITES.items():
        row[suite] = _notices(mutant, arguments(mutant.kind))
    return row


def _notices(mutant: Mutant, arguments: list[str]) -> str:
    """Return the first test that fails under *mutant*; empty if none does."""
    if not arguments:
        return ""
    module = "reconcile." + mutant.module.removesuffix(".py").replace("/", ".")
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump({"name": module, "text": mutant.text}, file)
        file.flush()
        command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "-p", "tests.mutation.mutant", *arguments]
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, VARIABLE: file.name},
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "timeout"
    if done.returncode == 0:
        return ""
    if done.returncode not in (FAILED, INTERRUPTED):
        raise RuntimeError(f"the tests could not be run: {done.stdout}{done.stderr}")
    failed = [line.split(" ")[1] for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0] if failed else "error"


def run(kinds: list[str], count: int, processes: int, results: Path) -> None:
    """Judge every mutant that *results* does not have yet."""
    known = {tuple(json.loads(line)[key] for key in ("kind", "source", "name", "module")) for line in _lines(results)}
    todo = [m for m in mutants(kinds, count) if (m.kind, m.source, m.name, m.module) not in known]
    with ThreadPoolExecutor(processes) as pool, results.open("a", encoding="utf-8") as file:
        for number, row in enumerate(pool.map(judge, todo), 1):
            file.write(json.dumps(row) + "\n")
            file.flush()
            caught = ", ".join(suite for suite in SUITES if row[suite]) or "NOBODY"
            print(f"{number}/{len(todo)} {row['kind']}: {row['name']}: {caught}", flush=True)


def _lines(results: Path) -> list[str]:
    return results.read_text(encoding="utf-8").splitlines() if results.exists() else []


def main() -> None:
    """Run or report, as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Break the controllers.")
    parser.add_argument("what", choices=["run", "report"])
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--generated", type=int, default=40, help="how many mutants by rule, of each kind")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path("mutation.jsonl"))
    options = parser.parse_args()
    if options.what == "run":
        run(options.kind or list(KINDS), options.generated, options.processes, options.results)
    print(report([json.loads(line) for line in _lines(options.results)]))


if __name__ == "__main__":
    main()

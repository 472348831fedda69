"""The mutation run: `python -m tests.mutation run` breaks the controllers one way at a time and sees who notices.

    python -m tests.mutation run [--kind KIND] [--suite SUITE] [--name TEXT] [--generated N] [--processes N]
                                 [--results FILE] [--again]
    python -m tests.mutation report [--results FILE ...]

A run leaves out what the file of results has already, so it can be stopped and taken up again; of two lines about the
same the later one holds.
"""

import argparse
from pathlib import Path

from tests.mutation.report import folded, report
from tests.mutation.run import Task, key, mutants, read_rows, run
from tests.mutation.suites import KINDS, RESULTS, SUITES


def _tasks(options: argparse.Namespace) -> list[Task]:
    known = set() if options.again else {key(row) for row in read_rows(options.results)}
    tasks = [(m, suite) for m in mutants(options.kind or KINDS, options.generated) for suite in options.suite or SUITES]
    return [
        (m, suite)
        for m, suite in tasks
        if options.name in m.name and (m.kind, m.source, m.name, m.module, suite) not in known
    ]


def main() -> None:
    """Run or report, as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Break the controllers.")
    parser.add_argument("what", choices=["run", "report"])
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--suite", action="append", choices=tuple(SUITES))
    parser.add_argument("--name", default="", help="only mutants whose name has this in it")
    parser.add_argument("--generated", type=int, default=25, help="how many mutants by rule, of each kind")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--results", type=Path, nargs="+", default=[RESULTS])
    parser.add_argument("--again", action="store_true", help="judge what has been judged already, too")
    options = parser.parse_args()
    if options.what == "run":
        run(_tasks(options), options.processes, options.results[0].absolute())
    else:
        print(report(folded(read_rows(options.results))))


if __name__ == "__main__":
    main()

"""`python -m reconcile.testing.explore NAME`: explore one of our own worlds and print the figures.

    python -m reconcile.testing.explore deployment --processes 2
    python -m reconcile.testing.explore wedge --pages .
    python -m reconcile.testing.explore statefulset --walks 1000

A name with a colon, `package.module:function`, is a scope of the user's.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path

from reconcile.testing.explore import Finding, Report, Scope, Walks, explore, tell, wander
from reconcile.testing.explore.scopes import SCOPES


def main(arguments: Sequence[str] | None = None) -> int:
    """Explore, print what was found, and return 1 if that is anything."""
    options = _options(arguments)
    make = named(options.scope)
    found = _explored(make, options)
    sys.stdout.write(found.text())
    for finding in found.findings:
        _tell(make, finding, options)
    return 1 if found.findings else 0


def _options(arguments: Sequence[str] | None) -> Namespace:
    parser = ArgumentParser(prog="python -m reconcile.testing.explore", description="Explore a small world.")
    parser.add_argument("scope", help=f"{', '.join(SCOPES)}, or package.module:function")
    parser.add_argument("--processes", type=int, default=1, help="how many processes work (default: 1)")
    parser.add_argument("--max-states", type=int, help="stop when there are so many states")
    parser.add_argument("--max-depth", type=int, help="stop at so many steps from the beginning")
    parser.add_argument("--walks", type=int, help="take so many random walks instead")
    parser.add_argument("--length", type=int, default=100, help="of so many steps each (default: 100)")
    parser.add_argument("--seed", type=int, default=0, help="drawn from this (default: 0)")
    parser.add_argument("--pages", type=Path, help="write what is found into this folder, for `reconcile play`")
    parser.add_argument("--quiet", action="store_true", help="do not tell how far it has come")
    return parser.parse_args(arguments)


def named(name: str) -> Callable[[], Scope]:
    """Return the function that makes the scope called *name*."""
    if name in SCOPES:
        return SCOPES[name]
    module, colon, function = name.partition(":")
    if not colon:
        raise SystemExit(f"unknown scope {name!r}; expected one of {', '.join(SCOPES)}, or package.module:function")
    try:
        found: Callable[[], Scope] = getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise SystemExit(f"{name} cannot be imported: {error}") from None
    return found


def _explored(make: Callable[[], Scope], options: Namespace) -> Report | Walks:
    with _pool(options.processes) as executor:
        if options.walks is not None:
            return wander(make, walks=options.walks, length=options.length, seed=options.seed, executor=executor)
        return explore(
            make,
            executor=executor,
            max_states=options.max_states,
            max_depth=options.max_depth,
            progress=None if options.quiet else _progress,
        )


def _pool(processes: int) -> AbstractContextManager[Executor | None]:
    return ProcessPoolExecutor(processes) if processes > 1 else nullcontext()


def _progress(depth: int, states: int, left: int) -> None:
    sys.stderr.write(f"depth {depth}: {states:,} states, {left:,} of them new\n")


def _tell(make: Callable[[], Scope], finding: Finding, options: Namespace) -> None:
    story = tell(make(), finding)
    sys.stdout.write(f"\n{story.trace()}")
    if options.pages is not None:
        path = options.pages / f"{finding.name}.md"
        path.write_text(story.page(), encoding="utf-8")
        sys.stdout.write(f"\nwritten: {path}\n")


if __name__ == "__main__":  # pragma: no cover - run in a process of its own by the tests
    raise SystemExit(main())

"""Puts one mutated module in the place of the real one, and runs tests over it.

No file of the project is touched, so many runs go side by side. Whoever calls `tested` has not imported the module yet:
a fresh process, which has loaded nothing of the project but this.
"""

import contextlib
import os
import resource
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

import pytest


class _Loader(SourceFileLoader):
    """Loads one module from another text."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self._text = text

    def get_code(self, fullname: str) -> CodeType:
        """Compile the text, past every cache."""
        code = compile(self._text, self.path, "exec", dont_inherit=True)
        assert isinstance(code, CodeType)
        return code


class _Finder(MetaPathFinder):
    """Finds the one module."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the module is, with the loader that knows the other text."""
        if fullname != self._name:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin, self._text)
        return spec


def install(name: str, text: str) -> None:
    """Load the module *name* from *text* when it is imported next."""
    assert name not in sys.modules, f"{name} was imported before it could be replaced"
    sys.meta_path.insert(0, _Finder(name, text))


class First:
    """A pytest plugin that remembers the first test, or file, that failed."""

    failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Look at what came of a test."""
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Look at what came of importing a file."""
        if report.failed and not self.failed:
            self.failed = report.nodeid


OPTIONS: Final = (
    "-x",
    "-q",
    "--no-header",
    "-p",
    "no:cacheprovider",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
)
_JUDGED: Final = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)


def tested(name: str, text: str, arguments: Sequence[str]) -> str:
    """Return the first test that fails if the module *name* has *text*; empty if none does.

    Raises RuntimeError if pytest could not run the tests at all.
    """
    install(name, text)
    first = First()
    code = pytest.main([*OPTIONS, *arguments], plugins=[first])
    if code not in _JUDGED:
        raise RuntimeError(f"the tests could not be run: pytest ended with {code!r}")
    return first.failed


TIMEOUT: Final = "timeout"


def limit(seconds: int) -> None:
    """Let this process be ended by SIGXCPU when it has worked for so many *seconds* more.

    Its own seconds, so that nothing depends on what else the machine has to do.
    """
    spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    resource.setrlimit(resource.RLIMIT_CPU, (int(spent) + seconds, resource.RLIM_INFINITY))


def answer(to: Connection, name: str, text: str, arguments: Sequence[str], seconds: int) -> None:
    """Send what `tested` returns, with no other word; what one started a process for."""
    limit(seconds)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        to.send(tested(name, text, arguments))

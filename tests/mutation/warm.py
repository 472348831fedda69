"""One process that has collected the tests, and forks for every mutant: each is judged in little time.

About a mutant that cannot be swapped in it says nothing.
"""

import os
import signal
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.mutation.mutant import OPTIONS, TIMEOUT, First, limit
from tests.mutation.swap import swap

REAL: Final = -1
"""The number of the code as it is."""

Change = tuple[str, str]
"""The name of a module, and its text as a mutant has it."""
Tell = Callable[[int, str, float], None]
"""Takes the number of a mutant, the test that caught it, and the seconds that it took."""


class _Fork(NamedTuple):
    number: int
    pid: int
    begun: float


class Warm:
    """A pytest plugin that runs what was collected once for each mutant."""

    def __init__(self, changes: Sequence[Change], processes: int, seconds: int, tell: Tell) -> None:
        self._changes = changes
        self._processes = processes
        self._seconds = seconds
        self._tell = tell
        self._running: dict[Connection, _Fork] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge the real code, which must pass, and then all mutants."""
        self._fork(session, REAL, None)
        self._hear()
        for number, change in enumerate(self._changes):
            while len(self._running) >= self._processes:
                self._hear()
            self._fork(session, number, change)
        while self._running:
            self._hear()
        return True

    def _fork(self, session: pytest.Session, number: int, change: Change | None) -> None:
        reader, writer = Pipe(duplex=False)
        pid = os.fork()
        if pid == 0:
            _judge(session, change, self._seconds, writer)
        writer.close()
        self._running[reader] = _Fork(number, pid, time.monotonic())

    def _hear(self) -> None:
        """Wait for a fork to say what it found."""
        for reader in wait(list(self._running)):
            assert isinstance(reader, Connection)
            fork = self._running.pop(reader)
            caught = _received(reader)
            _, status = os.waitpid(fork.pid, 0)
            if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU:
                caught = TIMEOUT
            if fork.number == REAL and caught != "":
                pytest.exit(f"the real code does not pass: {caught}", returncode=3)
            if fork.number != REAL and caught is not None:
                self._tell(fork.number, caught, time.monotonic() - fork.begun)


def _received(reader: Connection) -> str | None:
    """Return what was sent; None if the other side has ended without a word."""
    try:
        caught = reader.recv()
    except EOFError:
        return None
    assert isinstance(caught, str)
    return caught


def _judge(session: pytest.Session, change: Change | None, seconds: int, to: Connection) -> None:
    """Run the tests of *session* over a mutant up to the first that fails, send its name, and end this process."""
    try:
        limit(seconds)
        if change is None or swap(*change):
            first = First()
            session.config.pluginmanager.register(first)
            for item, following in zip(session.items, [*session.items[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                if first.failed:
                    break
            to.send(first.failed)
    finally:
        os._exit(0)


def judge_all(arguments: Sequence[str], changes: Sequence[Change], processes: int, seconds: int, tell: Tell) -> None:
    """Tell for each of *changes* that can be swapped in which test of those that *arguments* collect catches it.

    Takes over the process that it is called in, standard output included. Raises RuntimeError if the code as it is
    does not pass the tests.
    """
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    code = pytest.main([*OPTIONS, *arguments], plugins=[Warm(changes, processes, seconds, tell)])
    if code:
        raise RuntimeError(f"the tests could not be run, or do not pass without any mutant: pytest ended with {code!r}")

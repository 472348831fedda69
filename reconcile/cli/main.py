"""The command line `reconcile`: the real surroundings for one command."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import TextIO, cast

from reconcile.cli.host import Host
from reconcile.cli.run import run
from reconcile.cli.state import CLOCK, CLOCKS, REAL, STATE, Settings, StateFile, fresh
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.session import Piece


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        return run(terminal(), args)
    except BrokenPipeError:
        for stream in (sys.stdout, sys.stderr):
            _forget(stream)  # whoever read it has seen enough
        return 1
    except KeyboardInterrupt:
        return 130


def _forget(stream: TextIO) -> None:
    """Let what cannot be written go, so that Python does not complain when it closes *stream*."""
    with suppress(OSError, ValueError):  # not every stream is a file
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def terminal() -> Host:
    """Return the surroundings of this process."""
    return Host(
        shelf=_shelf,
        folders=(Path(),),
        environ=os.environ,
        stdin=_pieces,
        write=_write,
        wall=lambda: datetime.now(UTC),
        run=run,
    )


def _pieces() -> Iterator[bytes]:
    """Yield what comes on the standard input as soon as it is there."""
    if sys.stdin is not None:  # the user may have closed it
        buffer = cast(BufferedReader, sys.stdin.buffer)
        yield from iter(lambda: buffer.read1(65_536), b"")


def _write(piece: Piece) -> None:
    if piece.error:
        _put(sys.stdout, "")
    _put(sys.stderr if piece.error else sys.stdout, piece.text)


def _put(stream: TextIO | None, text: str) -> None:
    """Write *text* at once: whoever is on the other end of a pipe may wait for just this."""
    if stream is None:
        return  # the user closed it
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _forget(stream)
        if stream is sys.stdout:  # that errors cannot be told cannot be told
            raise Refused(f"cannot write the output: {error.strerror or error}") from None


def _shelf(path: str, clock: str) -> StateFile:
    wanted = clock or os.environ.get(CLOCK, "") or REAL
    if wanted not in CLOCKS:
        raise Refused(f'unknown clock "{wanted}"; expected real or manual')
    return StateFile(state_path(path), lambda: fresh(Settings(clock=wanted), datetime.now(UTC)))


def state_path(path: str) -> Path:
    """Return where the state is kept: what `--state` or RECONCILE_STATE says, or the user's folder for such things."""
    named = path or os.environ.get(STATE, "")
    if named:
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_state_dir("reconcile")) / "state.json"

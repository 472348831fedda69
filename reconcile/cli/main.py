"""The command line `reconcile`: the real surroundings for one command."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from reconcile.cli.host import Host
from reconcile.cli.run import run
from reconcile.cli.state import CLOCK, CLOCKS, REAL, STATE, Settings, StateFile, fresh
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.session import Piece


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        code = run(terminal(), args)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python must not complain when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def terminal() -> Host:
    """Return the surroundings of this process."""
    return Host(
        shelf=_shelf,
        folders=(Path(),),
        environ=os.environ,
        stdin=lambda: sys.stdin.buffer,
        write=_write,
        wall=lambda: datetime.now(UTC),
        run=run,
    )


def _write(piece: Piece) -> None:
    stream = sys.stderr if piece.error else sys.stdout
    if piece.error:
        sys.stdout.flush()
    stream.write(piece.text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    # Whoever is on the other end of a pipe may wait for just this.
    stream.flush()


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


if __name__ == "__main__":
    sys.exit(main())

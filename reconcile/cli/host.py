"""Where a command runs: a terminal, or a scenario that stands in for one.

Everything outside the program is here: files, the standard streams, the environment, the real clock. Verbs see none.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from reconcile.cli.state import Shelf
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.session import Piece
from reconcile.model.clock import Instant

LONGEST: Final = 64 * 1024 * 1024
"""How long a file may be, in bytes: what does not end must not fill the memory."""


@frozen
class Host:
    """The surroundings of one command."""

    shelf: Callable[[str, str], Shelf]
    """From the values of `--state` and `--clock` to where the state is kept."""
    folders: tuple[Path, ...]
    """Where relative names of files may begin; the first folder that has such a file is taken."""
    environ: Mapping[str, str]
    stdin: Callable[[], Iterable[bytes]]
    """The standard input, piece by piece, as it comes."""
    write: Callable[[Piece], None]
    wall: Callable[[], Instant]
    """The real time."""
    run: Callable[["Host", Sequence[str]], int]
    """Runs a command, given its words, in surroundings like these, and returns its exit code."""

    def path(self, name: str) -> Path:
        """Return where the file or folder that a user calls *name* is, or would be."""
        places = [folder / name for folder in self.folders]
        try:
            return next((place for place in places if place.exists()), places[0])
        except (OSError, ValueError):  # no file can have such a name; reading it says why
            return places[0]

    def file(self, name: str) -> bytes:
        """Return what is in the file that a user calls *name*; raise Refused if it cannot be read."""
        if name == "-":
            return _joined(self.stdin())
        try:
            with self.path(name).open("rb") as file:
                return _joined(iter(lambda: file.read(LONGEST), b""))
        except FileNotFoundError:
            raise Refused(f'the path "{name}" does not exist') from None
        except (OSError, ValueError) as error:
            raise Refused(f'cannot read "{name}": {getattr(error, "strerror", None) or error}') from None

    def lines(self, name: str) -> Iterable[bytes]:
        """Return the lines of the file that a user calls *name*: those of the standard input as they come."""
        return _split(self.stdin()) if name == "-" else self.file(name).split(b"\n")

    def say(self, text: str) -> None:
        """Print *text* and a line end."""
        self.write(Piece(f"{text}\n"))


def _joined(pieces: Iterable[bytes]) -> bytes:
    found = bytearray()
    for piece in pieces:
        found += piece
        if len(found) > LONGEST:
            raise _too_long()
    return bytes(found)


def _split(pieces: Iterable[bytes]) -> Iterator[bytes]:
    begun = bytearray()
    for piece in pieces:
        first, *more = piece.split(b"\n")
        begun += first
        for line in more:
            yield bytes(begun)
            begun = bytearray(line)
        if len(begun) > LONGEST:
            raise _too_long()
    yield bytes(begun)


def _too_long() -> Refused:
    return Refused(f"the input is too long: more than {LONGEST // 1024**2} MiB")


def decoded(data: bytes, name: str) -> str:
    """Return *data* as text; raise Refused, with the place, if it is no UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"error parsing {name}: byte {error.start + 1} is no UTF-8 text") from None

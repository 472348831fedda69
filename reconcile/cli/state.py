"""The state file: a cluster that outlives the command.

Rules
1. One JSON document: a version, the cluster's settings, the world (`reconcile.engine.saved`), and when it was written.
2. A write is all or nothing: a new file is written beside the old one, forced to disk, and put in its place.
3. One command at a time: a lock is held from reading to writing, so what a command saw is what it changes.
4. A file that is damaged, or written by a newer version, is refused and left as it is.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol, TypeVar

import filelock
from attrs import evolve, field, frozen

from reconcile.cluster import DEFAULT_NODES, Cluster, standard_engine
from reconcile.controller import Controller
from reconcile.controllers.builtin import BUILTIN
from reconcile.controllers.claims import VOLUME_BINDER
from reconcile.engine.saved import SavedError, restore, save
from reconcile.engine.world import START
from reconcile.kubectl.failures import Refused
from reconcile.model.clock import Instant, instant
from reconcile.model.json import FrozenList, Json, freeze
from reconcile.nodes.behaviour import DEFAULT_BEHAVIOURS, Behaviour, read_behaviours

VERSION: Final = 1
"""The version of the file's form."""
ROWS: Final = 1000
"""How many rows of the trace are kept."""
REAL: Final = "real"
MANUAL: Final = "manual"
CLOCKS: Final = (REAL, MANUAL)
CLOCK: Final = "RECONCILE_CLOCK"
"""The environment's word for `--clock`."""
STATE: Final = "RECONCILE_STATE"
"""The environment's word for `--state`."""
_PATIENCE: Final = 30.0
"""How long a command waits for another one to finish, in seconds."""

T = TypeVar("T")


@frozen
class Settings:
    """What a cluster was made with."""

    seed: int = 0
    nodes: int = DEFAULT_NODES
    clock: str = REAL
    """Whether the cluster's time follows the real one between commands, or only moves by hand."""
    behaviours: FrozenList | None = field(default=None, converter=freeze)
    """How pods fare: the rows of the behaviours file; None for the usual."""
    volume_binder: bool = True
    by_hand: bool = False
    """Whether controllers only act when `step` tells them to."""

    @property
    def table(self) -> tuple[Behaviour, ...]:
        """How pods fare."""
        return DEFAULT_BEHAVIOURS if self.behaviours is None else read_behaviours(self.behaviours)

    @property
    def builtin(self) -> tuple[Controller, ...]:
        """The controllers that run."""
        return tuple(c for c in BUILTIN if self.volume_binder or c is not VOLUME_BINDER)


@frozen
class State:
    """Everything that a command finds and leaves."""

    settings: Settings
    cluster: Cluster
    wall: Instant | None = None
    """The real time that the cluster's time stands for, if it follows it."""


def fresh(settings: Settings, wall: Instant | None = None) -> State:
    """Return a new cluster made with *settings*; it begins at *wall* if its clock follows the real one."""
    real = settings.clock == REAL and wall is not None
    now = wall.replace(microsecond=0) if real and wall is not None else START
    cluster = Cluster.new(
        nodes=settings.nodes,
        builtin=settings.builtin,
        behaviours=settings.table,
        seed=settings.seed,
        now=now,
        trace_limit=ROWS,
        by_hand=settings.by_hand,
    )
    cluster = cluster.settle()
    # What made the cluster is nobody's deed: the trace begins with the first command.
    untold = evolve(cluster.world, trace=cluster.engine.begin().trace)
    return State(settings, evolve(cluster, world=untold), wall if real else None)


# --- the document ------------------------------------------------------------------------------------------------


def encode(state: State) -> dict[str, Json]:
    """Return *state* as JSON."""
    settings = state.settings
    return {
        "version": VERSION,
        "wall": None if state.wall is None else state.wall.isoformat(),
        "settings": {
            "seed": settings.seed,
            "nodes": settings.nodes,
            "clock": settings.clock,
            "behaviours": settings.behaviours,
            "volumeBinder": settings.volume_binder,
            "byHand": settings.by_hand,
        },
        "world": save(state.cluster.world, rows=ROWS),
    }


def decode(document: Json) -> State:
    """Return the state that *document* is; raise SavedError if it is none."""
    if not isinstance(document, dict) or type(document.get("version")) is not int:
        raise SavedError("no state of reconcile")
    if document["version"] > VERSION:
        raise SavedError(
            f"written by a newer version of reconcile (form {document['version']}; this one reads {VERSION})"
        )
    try:
        settings = _settings(document["settings"])
        wall = None if document["wall"] is None else instant(document["wall"])
        world = document["world"]
        engine = standard_engine(
            (), settings.builtin, settings.table, seed=settings.seed, trace_limit=ROWS, by_hand=settings.by_hand
        )
    except KeyError as error:
        raise SavedError(f"{error.args[0]!r} is missing") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise SavedError(str(error)) from None
    return State(settings, Cluster(engine, restore(world, trace_limit=ROWS)), wall)


def _settings(saved: Mapping[str, Any]) -> Settings:
    if saved["clock"] not in CLOCKS:
        raise SavedError(f"unknown clock {saved['clock']!r}")
    return Settings(
        seed=int(saved["seed"]),
        nodes=int(saved["nodes"]),
        clock=saved["clock"],
        behaviours=saved["behaviours"],
        volume_binder=bool(saved["volumeBinder"]),
        # Files of before there was such a thing do not say it.
        by_hand=bool(saved.get("byHand", False)),
    )


def read_text(text: str) -> State:
    """Return the state that *text* is; raise SavedError if it is none."""
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise SavedError("nested too deep") from None
    except ValueError as error:
        raise SavedError(str(error)) from None
    return decode(document)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


# --- where it is kept --------------------------------------------------------------------------------------------


class Shelf(Protocol):
    """Where a state is kept between commands."""

    def change(self, work: Callable[[State], tuple[State | None, T]]) -> T:
        """Give the state to *work* and keep what it returns, unless that is None."""

    def replace(self, state: State) -> None:
        """Keep *state*, whatever was there."""


class Held:
    """A state in memory."""

    def __init__(self, state: State) -> None:
        self.state = state

    def change(self, work: Callable[[State], tuple[State | None, T]]) -> T:
        """Give the state to *work* and keep what it returns."""
        new, result = work(self.state)
        self.state = new or self.state
        return result

    def replace(self, state: State) -> None:
        """Keep *state*."""
        self.state = state


def _absolute(path: Path) -> Path:
    try:
        return path.expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # no such user, links in a circle, no name at all
        raise Refused(f"{path}: {getattr(error, 'strerror', None) or error}") from None


class StateFile:
    """A state on disk; *make* makes the first one."""

    def __init__(self, path: Path, make: Callable[[], State]) -> None:
        self.path = _absolute(path)
        self._make = make

    def change(self, work: Callable[[State], tuple[State | None, T]]) -> T:
        """Give the state to *work* and write what it returns, under the lock."""
        with self._locked():
            new, result = work(self._read())
            if new is not None:
                self._write(new)
            return result

    def replace(self, state: State) -> None:
        """Write *state*; a file that could not be read is kept beside it."""
        with self._locked():
            try:
                self._read()
            except Refused:
                with suppress(OSError):
                    self.path.replace(self.path.with_name(f"{self.path.name}.damaged"))
            self._write(state)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = filelock.FileLock(f"{self.path}.lock", timeout=_PATIENCE)
        try:
            if self.path.exists() and not self.path.is_file():  # /dev/null is nothing to rename or to lock
                raise Refused(f"{self.path}: no regular file")
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except filelock.Timeout:
            waited = f"waited {_PATIENCE:g} seconds for it"
            raise Refused(f"{self.path}: another reconcile is at work on this cluster; {waited}") from None
        except OSError as error:
            raise Refused(f"{self.path}: {error.strerror or error}") from None
        try:
            yield
        finally:
            lock.release()

    def _read(self) -> State:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return self._make()
        except UnicodeDecodeError:
            raise self._unusable("no UTF-8 text") from None
        except OSError as error:
            raise Refused(f"{self.path}: {error.strerror or error}") from None
        try:
            return read_text(text)
        except SavedError as error:
            raise self._unusable(str(error)) from None

    def _unusable(self, why: str) -> Refused:
        first = why.splitlines()[0] if why else "unreadable"
        return Refused(
            f"state file {self.path} cannot be used: {first}; `reconcile reset` starts afresh and keeps it aside"
        )

    def _write(self, state: State) -> None:
        data = json.dumps(encode(state), separators=(",", ":"), ensure_ascii=False).encode("utf-8")
        try:
            write_atomically(self.path, data)
        except OSError as error:
            raise Refused(f"{self.path}: {error.strerror or error}") from None


def write_atomically(path: Path, data: bytes) -> None:
    """Put *data* in the place of the file at *path*, all or nothing."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        with suppress(OSError):  # the half of it only takes the room that was missing
            beside.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def with_clock(state: State, clock: str, wall: Instant) -> State:
    """Return *state* with another clock mode; a clock that follows the real one does so from now on."""
    settings = evolve(state.settings, clock=clock)
    return evolve(state, settings=settings, wall=wall if clock == REAL else None)

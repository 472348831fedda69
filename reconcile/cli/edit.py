"""`reconcile edit`: the editor's part.

Rules
1. The editor runs without the lock: nobody waits for a person.
2. What cannot be stored is given back to the editor with the reason. When it comes back as it was, the text is kept
   in a file, and the command fails.
"""

import os
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from attrs import evolve, frozen

from reconcile.cli.clock import caught_up, settled
from reconcile.cli.host import Host
from reconcile.cli.verb import Options, choice
from reconcile.kubectl.edit import editable, edited, explained
from reconcile.kubectl.failures import Refused, error_text
from reconcile.kubectl.objects import choose
from reconcile.kubectl.session import Piece, Session
from reconcile.kubectl.targets import from_manifests
from reconcile.manifest import items as items_of
from reconcile.model.resource import Resource
from reconcile.yaml_json import TextError, read_documents

if TYPE_CHECKING:
    from reconcile.cli.state import State

EDITORS: Final = ("KUBE_EDITOR", "EDITOR")
_ROUNDS: Final = 100
"""How often a text is given back; an editor that is a program might go on for ever."""


@frozen
class _Job:
    """What is being edited, and where."""

    host: Host
    options: Options
    items: tuple[Resource, ...]

    def session(self, state: "State") -> Session:
        namespace = self.options["namespace"]
        return Session(state.cluster, namespace or "default", bool(namespace))


def edit(host: Host, words: tuple[str, ...], options: Options) -> int:
    """Let the user change objects in an editor; return the exit code."""
    job = _begin(host, words, options)
    text = editable(job.items)
    for _ in range(_ROUNDS):
        back = _in_editor(host, text)
        if not _meaning(back):
            return _cancel(host, "Edit cancelled, saved file was empty.")
        if back == text:
            return _unchanged(job, text)
        pieces, why = _store(job, back)
        if not why:
            for piece in pieces:
                host.write(piece)
            return 0
        text = explained(back, why)
    return _unchanged(job, text)


def _begin(host: Host, words: tuple[str, ...], options: Options) -> _Job:
    from reconcile.cli import manifests

    given = manifests.load(host, options["filename"], recursive=options["recursive"], verb="edit")

    def look(state: "State") -> tuple[None, _Job]:
        state, _ = caught_up(state, host.wall())
        job = _Job(host, options, ())
        session = job.session(state)
        wanted = choice(words, options)
        chosen = from_manifests(session, given, wanted) if given else choose(session, wanted)
        if chosen.failures:
            raise Refused(chosen.failures[0])
        if not chosen.items:
            raise Refused("edit needs objects: TYPE NAME or TYPE/NAME")
        return None, evolve(job, items=tuple(item for _, item in chosen.items))

    return host.shelf(options["state"], options["clock"]).change(look)


def _in_editor(host: Host, text: str) -> str:
    """Return what the user's editor makes of *text*."""
    editor = next((host.environ[name] for name in EDITORS if host.environ.get(name)), "vi")
    handle, name = tempfile.mkstemp(prefix="reconcile-edit-", suffix=".yaml")
    path = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        with _uninterrupted():
            done = subprocess.run([*shlex.split(editor), name], check=False, env=dict(host.environ))  # noqa: S603
        if done.returncode:
            raise Refused(f'problem launching the editor: "{editor}" ended with {done.returncode}')
        return path.read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError) as error:
        raise Refused(f'unable to launch the editor "{editor}": {getattr(error, "strerror", None) or error}') from None
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Leave interrupts to the editor: it knows what one means."""
    # Not SIG_IGN, which the editor would inherit.
    usual = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


def _meaning(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _cancel(host: Host, told: str) -> int:
    host.write(Piece(f"{told}\n", error=True))
    return 0


def _unchanged(job: _Job, text: str) -> int:
    if not text.startswith("# Refused:"):
        return _cancel(job.host, "Edit cancelled, no changes made.")
    handle, name = tempfile.mkstemp(prefix="reconcile-edit-", suffix=".yaml")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    reason = " ".join(line.removeprefix("# Refused: ") for line in text.splitlines() if line.startswith("# Refused: "))
    kept = f"A copy of your changes has been stored to {name}"
    job.host.write(Piece(f"{reason}\n{kept}\nerror: Edit cancelled, no valid changes were saved.\n", error=True))
    return 1


def _store(job: _Job, text: str) -> tuple[Sequence[Piece], str]:
    """Store what *text* says; return what is printed, and why nothing was stored."""
    try:
        documents = [item for document in read_documents(text) for _, item in items_of(document, "")]
    except TextError as error:
        return (), str(error)

    def work(state: "State") -> tuple["State | None", tuple[Sequence[Piece], str]]:
        state, _ = caught_up(state, job.host.wall())
        output, record = job.options["output"], job.options["record"]
        session = edited(job.session(state), job.items, documents, output=output, record=record)
        if session.failures:
            return None, ((), error_text(session.failures))
        return settled(evolve(state, cluster=session.cluster), job.host.environ), (session.pieces, "")

    return job.host.shelf(job.options["state"], job.options["clock"]).change(work)

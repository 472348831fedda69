"""`reconcile play`: scenarios on a cluster of their own, in this process.

Rules
1. The cluster is fresh, its clock is moved by hand, and a second passes after every command but `advance`: nothing
   depends on the machine, so what is printed is compared letter by letter.
2. `$ kubectl ...` and `$ reconcile ...` are the same program; `NAME=value` before it sets an environment variable.
3. Names of files begin at the folders that `--files` names among the options, or at the scenario's own; what is not
   there is looked for where the command was given.
4. A Markdown page (`.md`) is a scenario, too: its console sessions are played.
"""

import shlex
import tempfile
from collections.abc import Mapping, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Final

from attrs import evolve, frozen

from reconcile.cli.grammar import Flag, parse
from reconcile.cli.host import Host, decoded
from reconcile.cli.markdown import read_page
from reconcile.cli.scenario import Scenario, Step, read, written
from reconcile.cli.settings import NEW_CLUSTER, settings_of
from reconcile.cli.state import CLOCK, MANUAL, Held, State, fresh, write_atomically
from reconcile.cli.verb import Options, Tool
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.session import Piece

PROGRAMS: Final = ("kubectl", "reconcile")
NOT_HERE: Final = ("play", "sync")
PAUSE: Final = 1.0
"""How long the user of a scenario takes between two commands, in seconds."""


def play(host: Host, words: tuple[str, ...], options: Options) -> int:
    """Play the scenarios *words* name; return 1 if one prints something else than it says."""
    if not words:
        raise Refused("play needs the file of a scenario")
    return max(_play_file(host, name, options) for name in words)


def _play_file(host: Host, name: str, options: Options) -> int:
    text = decoded(host.file(name), name)
    try:
        scenario = (read_page if name.endswith(".md") else read)(text)
        steps = played(host, scenario, folder=host.path(name).parent)
    except Refused as refused:
        raise Refused(f"{name}: {refused.failure.message}") from None
    new = written(steps)
    if options["rewrite"]:
        return _rewrite(host, name, text, new)
    if options["check"]:
        return _check(host, name, written(scenario.steps), new)
    host.write(Piece(new))
    return 0


def _rewrite(host: Host, name: str, text: str, new: str) -> int:
    if new != text:
        try:
            write_atomically(host.path(name), new.encode("utf-8"))
        except OSError as error:
            raise Refused(f"{name}: {error.strerror or error}") from None
    host.say(f"{name}: {'unchanged' if new == text else 'rewritten'}")
    return 0


def _check(host: Host, name: str, expected: str, actual: str) -> int:
    lines = unified_diff(expected.splitlines(), actual.splitlines(), f"{name} (as written)", f"{name} (as played)", n=3)
    difference = "\n".join(line.rstrip("\n") for line in lines)
    host.say(difference or f"{name}: as written")
    return 1 if difference else 0


# --- playing -----------------------------------------------------------------------------------------------------


def played(host: Host, scenario: Scenario, *, folder: Path) -> list[Step]:
    """Return the steps of *scenario* with what they print now."""
    options = _options(scenario.options)
    with tempfile.TemporaryDirectory(prefix="reconcile-play-") as own:
        _lay_out(scenario.files, Path(own))
        named = (folder / name for name in options["files"])
        stage = evolve(host, folders=(Path(own), *named, folder, *host.folders))
        shelf = Held(_begin(stage, options))
        return [_play(stage, shelf, step) if step.is_command else step for step in scenario.steps]


def _lay_out(files: Mapping[str, str], folder: Path) -> None:
    for name, text in files.items():
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise Refused(f"a file of a scenario cannot be called {name!r}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


_FILES: Final = Flag("files", several=True, default=(), help="Where the files are that the commands name.")


def _options(words: Sequence[str]) -> Options:
    command = Tool("options", "", flags=(*NEW_CLUSTER, _FILES), run=lambda *_: 0)
    try:
        parsed = parse(words, command.every_flag)
        options: Options = command.click().main(parsed.args, standalone_mode=False)
    except Refused as refused:
        raise Refused(f"options: {refused.failure.message}") from None
    if parsed.words:
        raise Refused(f"options: unexpected {parsed.words[0]!r}")
    return options


def _begin(host: Host, options: Options) -> State:
    return fresh(settings_of(host, options, clock=MANUAL))


@frozen
class _Line:
    """A command line taken apart."""

    environ: dict[str, str]
    args: tuple[str, ...]


def _play(host: Host, shelf: Held, step: Step) -> Step:
    line = _parts(step)
    printed: list[str] = []
    stage = evolve(
        host,
        shelf=lambda _state, _clock: shelf,
        environ={**host.environ, CLOCK: MANUAL, **line.environ},
        stdin=lambda: (),
        write=lambda piece: printed.append(piece.text),
    )
    host.run(stage, line.args)
    if line.args[:1] != ("advance",):
        shelf.state = evolve(shelf.state, cluster=shelf.state.cluster.advance(PAUSE))
    text = "".join(printed)
    lines = text.removesuffix("\n").split("\n") if text else []
    return _with_output(step, lines)


def _with_output(step: Step, lines: list[str]) -> Step:
    while lines and not lines[-1].strip():
        lines.pop()
    return evolve(step, output=tuple(lines))


def _parts(step: Step) -> _Line:
    try:
        words = shlex.split(step.text, comments=True)
    except ValueError as error:
        raise Refused(f"line {step.line}: {error}") from None
    environ: dict[str, str] = {}
    while words and "=" in words[0] and words[0].split("=")[0].isidentifier():
        name, _, value = words.pop(0).partition("=")
        environ[name] = value
    if not words or words[0] not in PROGRAMS:
        raise Refused(f"line {step.line}: expected kubectl or reconcile, got {step.text[:60]!r}")
    if words[1:2] and words[1] in NOT_HERE:
        raise Refused(f"line {step.line}: `{words[1]}` cannot be part of a scenario")
    return _Line(environ, tuple(words[1:]))

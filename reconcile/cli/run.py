"""One command from its words to its exit code.

Rules
1. The words are taken apart (`grammar`), read by click, and given to the verb's function; the table says which.
2. The state is kept only if the command came to its end, and before anything is printed.
3. Whatever goes wrong is one line on the standard error and exit code 1: nobody sees a traceback.
"""

from collections.abc import Sequence
from typing import Any

import click
from attrs import evolve, frozen

from reconcile.cli import manifests
from reconcile.cli.clock import caught_up, settled
from reconcile.cli.grammar import Parsed, find_verb, group_asked, parse
from reconcile.cli.host import Host, decoded
from reconcile.cli.state import CLOCK, CLOCKS, State, with_clock
from reconcile.cli.verb import GLOBAL, Command, Options, Tool, Verb, manner
from reconcile.cli.verbs import GROUPS, VERBS
from reconcile.engine.run import NotSettled
from reconcile.kubectl.failures import Refused, error_text
from reconcile.kubectl.record import DEPRECATED
from reconcile.kubectl.session import Piece, Session


def run(host: Host, args: Sequence[str]) -> int:
    """Run the command *args* and return its exit code."""
    try:
        return _run(host, args)
    except Refused as refused:
        host.write(Piece(error_text([refused.failure]), error=True))
    except NotSettled as stopped:
        host.write(Piece(f"error: {stopped}\n", error=True))
    except RecursionError:
        host.write(Piece("error: the input is nested too deep\n", error=True))
    except MemoryError:
        host.write(Piece("error: out of memory\n", error=True))
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:
        text = " ".join(str(error).split())
        host.write(Piece(f"error: internal error: {type(error).__name__}: {text[:500]}\n", error=True))
    return 1


def _run(host: Host, args: Sequence[str]) -> int:
    args = _asked(args)
    group = group_asked(args, VERBS)
    name, rest = ("", []) if group else find_verb(args, VERBS, GLOBAL)
    if not name:
        parse(rest, GLOBAL)
        return overview(host, group)
    command = VERBS[name]
    parsed, options = _read(command, rest)
    if options["help"]:
        host.write(Piece(help_text(command)))
        return 0
    if isinstance(command, Tool):
        return command.run(host, parsed.words, options)
    assert isinstance(command, Verb)
    return _perform(host, command, parsed, options)


def _asked(args: Sequence[str]) -> Sequence[str]:
    """Return *args* with the two that ask about the program in the form of the others."""
    if args[:1] == ["help"]:
        return [*args[1:], "--help"]
    return ["version", *args[1:]] if args[:1] == ["--version"] else args


def _read(command: Command, args: Sequence[str]) -> tuple[Parsed, dict[str, Any]]:
    """Return the words and the flags of *args*; a flag that is wrong is told with the way to the right ones."""
    try:
        parsed = parse(args, command.every_flag)
        found = command.click().main(parsed.args, standalone_mode=False, prog_name=f"reconcile {command.name}")
    except Refused as refused:
        raise Refused(f"{refused.failure.message}\nSee 'reconcile {command.name} --help' for usage.") from None
    assert isinstance(found, dict)
    return parsed, found


# --- verbs -------------------------------------------------------------------------------------------------------


@frozen
class _Done:
    pieces: tuple[Piece, ...]
    code: int


def _perform(host: Host, verb: Verb, parsed: Parsed, options: dict[str, Any]) -> int:
    options = {**options, **_texts(host, verb, options), "dash": parsed.dash}
    if verb.reads and "-" in parsed.words:
        options["input"] = decoded(host.file("-"), "STDIN")
    words = (*verb.name.split(), *parsed.recorded)

    def work(state: State) -> tuple[State | None, _Done]:
        return work_on(host, verb, state, (parsed.words, options, words))

    done = host.shelf(options["state"], options["clock"]).change(work)
    if options.get("record"):
        host.write(Piece(f"{DEPRECATED}\n", error=True))
    for piece in done.pieces:
        host.write(piece)
    return done.code


def _texts(host: Host, verb: Verb, options: Options) -> dict[str, Any]:
    """Return what flags name files for: manifests, and a patch."""
    found: dict[str, Any] = {}
    if "filename" in options:
        found["manifests"] = manifests.load(host, options["filename"], recursive=options["recursive"], verb=verb.name)
    if options.get("patch_file"):
        found["patch_text"] = decoded(host.file(options["patch_file"]), options["patch_file"])
    return found


def work_on(
    host: Host, verb: Verb, state: State, asked: tuple[tuple[str, ...], Options, tuple[str, ...]]
) -> tuple[State | None, _Done]:
    """Return the state after *verb*, None if it is to stay as it is stored, and what is printed."""
    words, options, recorded = asked
    before = state
    state = clocked(host, state, options["clock"])
    state, told = caught_up(state, host.wall())
    session = _session(state, options, recorded)
    session = session.warn(told) if told else session
    try:
        session = verb.run(manner(session, options), words, options)
    except Refused as refused:
        session = session.fail(refused.failure)
    done = _Done(session.pieces, session.code)
    if session.dry:
        return None, done
    state = evolve(state, cluster=session.cluster)
    state = settled(state, host.environ) if verb.changes else state
    return (state if _changed(before, state) else None), done


def _session(state: State, options: Options, recorded: tuple[str, ...]) -> Session:
    namespace = options["namespace"]
    return Session(state.cluster, namespace or "default", bool(namespace), recorded)


def _changed(before: State, after: State) -> bool:
    """Return whether there is something to keep; what passes by the real clock passes again next time."""
    old, new = before.cluster.world, after.cluster.world
    moved = after.wall is None and old.now != new.now
    return moved or old.steps != new.steps or old.store is not new.store or before.settings != after.settings


def clocked(host: Host, state: State, flag: str) -> State:
    """Return *state* with the clock that the flag or the environment asks for."""
    wanted = flag or host.environ.get(CLOCK, "")
    if not wanted or wanted == state.settings.clock:
        return state
    if wanted not in CLOCKS:
        raise Refused(f'unknown clock "{wanted}"; expected real or manual')
    return with_clock(state, wanted, host.wall())


# --- help --------------------------------------------------------------------------------------------------------


def help_text(command: Command) -> str:
    """Return the help of one command."""
    shape = command.click()
    with click.Context(shape, info_name=f"reconcile {command.name}") as context:
        return f"{shape.get_help(context)}\n"


def overview(host: Host, group: str = "") -> int:
    """Print all commands, or those of a *group* such as `rollout`."""
    prefix = f"{group} " if group else ""
    groups = {title: [c for c in found if c.name.startswith(prefix)] for title, found in GROUPS.items()}
    width = max(len(command.name) for found in groups.values() for command in found) + 2
    host.say("Kubernetes' workload controllers on an embedded cluster, with kubectl's grammar.\n")
    host.say(f"Usage: reconcile {prefix}COMMAND [ARGUMENTS] [FLAGS]")
    for title, found in groups.items():
        if found:
            lines = [f"  {command.name.ljust(width)}{command.help}" for command in found]
            host.say("\n".join([f"\n{title}:", *lines]))
    host.say("\n`reconcile COMMAND --help` says more about one of them.")
    return 0

"""The commands that work on more than a cluster: reset, sync, edit, play."""

import json
from typing import Any, Final

from reconcile.cli.edit import edit
from reconcile.cli.grammar import switch
from reconcile.cli.host import Host, decoded
from reconcile.cli.play import play
from reconcile.cli.settings import NEW_CLUSTER, settings_of
from reconcile.cli.state import CLOCK, CLOCKS, REAL, fresh
from reconcile.cli.verb import ALL_NAMESPACES, FILES, OUTPUT, RECORD, SELECTOR, Options, Tool
from reconcile.kubectl.failures import Refused
from reconcile.strict_json import TextError, read_json


def _reset(host: Host, words: tuple[str, ...], options: Options) -> int:
    if words:
        raise Refused(f"reset takes no arguments, got {words[0]!r}")
    clock = options["clock"] or host.environ.get(CLOCK, "") or REAL
    if clock not in CLOCKS:
        raise Refused(f'unknown clock "{clock}"; expected real or manual')
    state = fresh(settings_of(host, options, clock=clock), host.wall())
    host.shelf(options["state"], options["clock"]).replace(state)
    host.say(f"cluster reset: {state.settings.nodes} nodes, seed {state.settings.seed}, {clock} clock")
    return 0


def _sync(host: Host, words: tuple[str, ...], options: Options) -> int:
    """Answer each line of JSON, a snapshot, by a line of JSON, as soon as it comes: what the controller would do.

    A line that is no snapshot is answered by what is wrong with it, and the next one is read.
    """
    from reconcile.sync import sync

    code = 0
    # Not text lines: JSON may hold characters at which those end, such as U+2028.
    for number, line in enumerate(host.lines(words[0] if words else "-"), 1):
        if not line.strip():
            continue
        try:
            answer = sync(_question(decoded(line, "this line")), conflicts=options["conflicts"])
        except (Refused, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            answer, code = {"refused": f"line {number}: {' '.join(str(error).split()) or type(error).__name__}"}, 1
        host.say(json.dumps(answer, separators=(",", ":")))
    return code


def _question(text: str) -> Any:
    """Return the one JSON value that *text* is; raise ValueError if it is none, or one that JSON leaves open."""
    try:
        found = read_json(text)
    except TextError as error:
        raise ValueError(str(error).removeprefix("line 1, ")) from None
    # What is no JSON, or more than one value, the standard library tells best.
    return found[0] if found is not None and len(found) == 1 else json.loads(text)


TOOLS: Final = (
    Tool(
        "edit",
        "Change objects in an editor (KUBE_EDITOR, EDITOR).",
        usage="TYPE NAME... | TYPE/NAME...",
        flags=(*FILES, SELECTOR, ALL_NAMESPACES, OUTPUT, RECORD),
        run=edit,
    ),
    Tool("reset", "Begin with a new cluster.", flags=NEW_CLUSTER, run=_reset),
    Tool(
        "sync",
        "Answer snapshots (JSON Lines) by what their controllers would do.",
        usage="[FILE]",
        flags=(switch("conflicts", help="Check resourceVersions, as a real server does."),),
        run=_sync,
    ),
    Tool(
        "play",
        "Play scenarios and Markdown pages: commands with what they print.",
        usage="FILE...",
        flags=(
            switch("check", help="Fail if anything is printed that the file does not say."),
            switch("rewrite", help="Write what is printed into the file."),
        ),
        run=play,
    ),
)

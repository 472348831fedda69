"""Writes the reference of the command line, from the table of its commands: run it after a change of one.

python docs/commands.py > docs/pages/reference/commands.md
"""

import sys
from collections.abc import Iterable, Iterator

from reconcile.cli.grammar import DURATION, Flag
from reconcile.cli.verb import GLOBAL, Command
from reconcile.cli.verbs import GROUPS

HEAD = """\
# Commands

The grammar is kubectl's: a verb, a type and names, flags anywhere. Types are known by kind, plural and short name, with
or without group (`deployment`, `deployments`, `deploy`, `deployments.apps`); several are joined by commas; `all` means
pods, services and workloads. `NAME` may be `TYPE/NAME`. A switch takes its value after an equals sign only
(`--wait=false`).

Every command ends with exit code 0, or with 1 and what was wrong on the standard error, in kubectl's words where it has
words. A command that fails in part is carried out in part, as with kubectl; one that cannot be carried out changes
nothing.

This page is made from the commands themselves; `reconcile COMMAND --help` prints the same.
"""


def page() -> Iterator[str]:
    """Yield the page line by line."""
    yield HEAD
    yield "## Flags of every command\n"
    yield from flags(GLOBAL)
    for title, commands in GROUPS.items():
        yield f"\n## {title}"
        for command in commands:
            yield from section(command)


def section(command: Command) -> Iterator[str]:
    """Yield what there is to say about one command."""
    yield f"\n### {command.name}\n"
    yield f"{command.help}\n"
    yield f"    reconcile {command.name} {command.usage}".rstrip()
    if command.aliases:
        yield f"\nAlso: {', '.join(f'`{alias}`' for alias in command.aliases)}."
    shown = [flag for flag in command.flags if not flag.hidden]
    if shown:
        yield ""
        yield from flags(shown)


def flags(shown: Iterable[Flag]) -> Iterator[str]:
    """Yield a table of flags."""
    yield "| flag | what it does |\n|---|---|"
    for flag in shown:
        value = "" if flag.bare == "true" else f"=`{flag.type.name}`"
        names = f"`--{flag.long}`{value}" + (f", `-{flag.short}`" if flag.short else "")
        help_text = (flag.help or "").replace("|", "\\|")
        yield f"| {names} | {help_text}{default(flag)} |"


def default(flag: Flag) -> str:
    """Return what holds if the flag is not given, if that is worth saying."""
    if flag.default in (None, "", (), False, -1, 0, 0.0):
        return ""
    value = "true" if flag.default is True else f"{flag.default:g}s" if flag.type is DURATION else flag.default
    return f" Unless given: `{value}`."


sys.stdout.write("\n".join(page()) + "\n")

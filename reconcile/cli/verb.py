"""Verbs as rows of a table: a name, flags, and what is done.

Rules
1. A verb works on a session and is pure (`reconcile.kubectl`); a tool works on the host: it edits, plays, resets.
2. What every verb's flags have in common is read here: manifests, the namespace, the choice of objects.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import click
from attrs import evolve, field, frozen

from reconcile.cli.grammar import Flag, switch
from reconcile.cli.host import Host
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.session import Session

Options = Mapping[str, Any]

GLOBAL: Final = (
    Flag("namespace", short="n", help="The namespace; `default` unless given."),
    Flag("state", help="The state file; also RECONCILE_STATE."),
    Flag("clock", help="`real` or `manual`: whether the cluster's time follows the real one; also RECONCILE_CLOCK."),
    switch("help", short="h", help="Show what the command does."),
)
"""The flags that every command has."""


@frozen
class Command:
    """What verbs and tools have in common."""

    name: str
    """One word or two, as the user types them."""
    help: str
    usage: str = field(default="", kw_only=True)
    """What follows the name, in one line."""
    flags: tuple[Flag, ...] = field(default=(), kw_only=True)
    aliases: tuple[str, ...] = field(default=(), kw_only=True)
    """Other names of the same command."""

    @property
    def every_flag(self) -> tuple[Flag, ...]:
        """The flags, global ones included."""
        own = {flag.long for flag in self.flags}
        return (*self.flags, *(flag for flag in GLOBAL if flag.long not in own))

    def click(self) -> click.Command:
        """Return the command as click knows it."""
        words = click.Argument(["words"], nargs=-1, type=click.UNPROCESSED, metavar=self.usage or " ")
        return click.Command(
            self.name, params=[words, *self.every_flag], help=self.help, add_help_option=False, callback=_collect
        )


def _collect(**options: Any) -> dict[str, Any]:
    return options


@frozen
class Verb(Command):
    """A command on the cluster."""

    run: Callable[[Session, tuple[str, ...], Options], Session] = field(kw_only=True)
    changes: bool = field(default=True, kw_only=True)
    """Whether the cluster may be another one afterwards."""
    reads: bool = field(default=False, kw_only=True)
    """Whether a word `-` stands for what the standard input says; the option `input` has it then."""


@frozen
class Tool(Command):
    """A command on more than a cluster; returns the exit code."""

    run: Callable[[Host, tuple[str, ...], Options], int] = field(kw_only=True)


# --- flags that many verbs have ----------------------------------------------------------------------------------

FILES: Final = (
    Flag("filename", short="f", several=True, default=(), help="Files or folders with manifests, or - for the input."),
    switch("recursive", short="R", help="Read sub-folders too."),
)
OUTPUT: Final = Flag("output", short="o", help="json, yaml, name, jsonpath=..., custom-columns=...")
SELECTOR: Final = Flag("selector", short="l", help="Only objects with these labels: a=b,c!=d,e in (f,g),!h")
FIELD_SELECTOR: Final = Flag("field-selector", help="Only objects with these fields, such as status.phase=Running.")
ALL_NAMESPACES: Final = switch("all-namespaces", short="A", help="Objects of all namespaces.")
ALL: Final = switch("all", help="All objects of the type.")
IGNORE_MISSING: Final = switch("ignore-not-found", help="A name that is not there is no error.")
DRY_RUN: Final = Flag("dry-run", default="none", bare="unchanged", help="client or server: change nothing.")
VALIDATE: Final = Flag(
    "validate", bare="strict", help="ignore: drop unknown fields; strict: refuse versions that were removed, too."
)
RECORD: Final = switch("record", help="Write the command into the object (deprecated by kubectl).")


def choice(words: tuple[str, ...], options: Options) -> Choice:
    """Return the choice of objects that *words* and flags make."""
    return Choice(
        words,
        selector=options.get("selector", ""),
        field_selector=options.get("field_selector", ""),
        every=options.get("all", False),
        all_namespaces=options.get("all_namespaces", False),
        ignore_missing=options.get("ignore_not_found", False),
    )


_DRY: Final = {"none": "", "client": " (dry run)", "server": " (server dry run)"}
_STRICT: Final = {"": True, "strict": True, "true": True, "warn": False, "ignore": False, "false": False}


def manner(session: Session, options: Options) -> Session:
    """Return *session* with what `--dry-run` and `--validate` say."""
    dry, strict = options.get("dry_run", "none"), options.get("validate", "")
    if dry not in _DRY:
        raise Refused(f'Invalid dry-run value ({dry}). Must be "none", "server", or "client".')
    if strict not in _STRICT:
        raise Refused(f"invalid - validate option {strict}")
    return evolve(session, dry=_DRY[dry], strict=_STRICT[strict], served_only=strict in ("strict", "true"))


def only(options: Options, *names: str) -> dict[str, Any]:
    """Return those of *options* that are called *names*: what a verb takes under the same name."""
    return {name: options[name] for name in names}

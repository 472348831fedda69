"""All commands there are: one table."""

from typing import Final

from reconcile.cli.changing import CHANGING
from reconcile.cli.creating import CREATING
from reconcile.cli.looking import LOOKING
from reconcile.cli.operating import OPERATING
from reconcile.cli.rollout import ROLLOUT
from reconcile.cli.stepping import STEPPING
from reconcile.cli.tools import TOOLS
from reconcile.cli.verb import Command

GROUPS: Final[dict[str, tuple[Command, ...]]] = {
    "Look": LOOKING,
    "Change": (*CHANGING, *CREATING),
    "Roll out": ROLLOUT,
    "Time and nodes": (*OPERATING, *STEPPING),
    "The cluster as a whole": TOOLS,
}
"""The commands by what they are for."""
COMMANDS: Final[tuple[Command, ...]] = tuple(command for group in GROUPS.values() for command in group)
VERBS: Final[dict[str, Command]] = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}
"""The commands by all of their names."""

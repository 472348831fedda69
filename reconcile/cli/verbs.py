"""All commands there are: one table."""

from typing import Final

from reconcile.cli.changing import CHANGING
from reconcile.cli.looking import LOOKING
from reconcile.cli.operating import OPERATING
from reconcile.cli.tools import TOOLS
from reconcile.cli.verb import Command

VERBS: Final[dict[str, Command]] = {command.name: command for command in (*CHANGING, *LOOKING, *OPERATING, *TOOLS)}

"""What a new cluster can be told: the flags of `reset`, which scenarios take as options.

A file of behaviours is read and checked at once: a cluster never begins with a table that it cannot read.
"""

from typing import Any, Final

from reconcile.cli.grammar import INTEGER, Flag, switch
from reconcile.cli.host import Host, decoded
from reconcile.cli.state import Settings
from reconcile.cli.verb import Options
from reconcile.kubectl.failures import Refused
from reconcile.nodes.behaviour import read_behaviours
from reconcile.yaml_json import TextError, read_documents

MOST_NODES: Final = 10_000
NEW_CLUSTER: Final = (
    Flag("seed", type=INTEGER, default=0, help="What generated names and draws follow from."),
    Flag("nodes", type=INTEGER, default=5, help="How many nodes there are."),
    Flag("behaviours", help="A file that says how pods fare."),
    switch("volume-binder", default=True, help="Give every claim a volume."),
    switch("no-volume-binder", help="Leave claims without a volume."),
    switch("by-hand", help="Let nobody act but whom `step` tells to."),
)


def settings_of(host: Host, options: Options, *, clock: str) -> Settings:
    """Return the settings that flags ask for."""
    if not 0 <= options["nodes"] <= MOST_NODES:
        raise Refused(f"--nodes must be between 0 and {MOST_NODES}")
    return Settings(
        seed=options["seed"],
        nodes=options["nodes"],
        clock=clock,
        behaviours=_behaviours(host, options["behaviours"]),
        volume_binder=options["volume_binder"] and not options["no_volume_binder"],
        by_hand=options["by_hand"],
    )


def _behaviours(host: Host, name: str) -> Any:
    if not name:
        return None
    try:
        documents = read_documents(decoded(host.file(name), name))
        rows = documents[0] if documents else []
        rows = rows.get("behaviours", rows) if isinstance(rows, dict) else rows
        read_behaviours(rows)
    except TextError as error:
        raise Refused(f"error parsing {name}: {error}") from None
    except ValueError as error:
        raise Refused(f"{name}: {error}") from None
    return rows

"""The verb that drives a cluster by hand: `step`."""

from typing import Final

from reconcile.cli.grammar import INTEGER, Flag
from reconcile.cli.verb import Options, Verb
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.session import Session
from reconcile.kubectl.step import KUBELET, fare, step
from reconcile.nodes.fates import USUAL

_NEVER: Final = -1


def _step(session: Session, words: tuple[str, ...], options: Options) -> Session:
    if len(words) != 2:
        raise Refused("step needs a controller and an object, such as `step deployment deployment/web`")
    if options["fate"]:
        if words[0] != KUBELET:
            raise Refused(f"only the {KUBELET} decides on the fate of pods")
        if options["crash_before"] != _NEVER:
            raise Refused("a fate is of one piece: --crash-before is for controllers")
        return fare(session, words[1], options["fate"], USUAL.values())
    if options["crash_before"] < 1 and options["crash_before"] != _NEVER:
        raise Refused("--crash-before counts requests from 1")
    return step(session, *words, crash_before=options["crash_before"])


STEPPING: Final = (
    Verb(
        "step",
        "Let one controller look at one object, once.",
        usage="CONTROLLER TYPE/NAME",
        flags=(
            Flag(
                "crash-before",
                type=INTEGER,
                default=_NEVER,
                help="End its process before this request; the first is 1.",
            ),
            Flag("fate", help="What becomes of a pod: `becomes ready`, `crashes`, `fails`, `is gone` ..."),
        ),
        run=_step,
    ),
)

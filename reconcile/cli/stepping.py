"""The verb that drives a cluster by hand: `step`."""

from typing import Final

from reconcile.cli.grammar import INTEGER, Flag
from reconcile.cli.verb import Options, Verb
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.session import Session
from reconcile.kubectl.step import KUBELET, fare, step
from reconcile.nodes.fates import USUAL


def _step(session: Session, words: tuple[str, ...], options: Options) -> Session:
    if len(words) != 2:
        raise Refused("step needs a controller and an object, such as `step deployment deployment/web`")
    if options["fate"]:
        if words[0] != KUBELET:
            raise Refused(f"only the {KUBELET} decides on the fate of pods")
        return fare(session, words[1], options["fate"], USUAL.values())
    return step(session, *words, crash_before=options["crash_before"])


STEPPING: Final = (
    Verb(
        "step",
        "Let one controller look at one object, once.",
        usage="CONTROLLER TYPE/NAME",
        flags=(
            Flag("crash-before", type=INTEGER, default=-1, help="End its process before this request; the first is 1."),
            Flag("fate", help="What becomes of a pod: `becomes ready`, `crashes`, `fails`, `is gone` ..."),
        ),
        run=_step,
    ),
)

"""The verbs of rollouts and of pod templates: `rollout ...` and `set ...`."""

from typing import Any, Final

from reconcile.cli.grammar import DURATION, INTEGER, Flag, switch
from reconcile.cli.verb import ALL, DRY_RUN, FILES, OUTPUT, RECORD, SELECTOR, Options, Verb, choice, only
from reconcile.kubectl.rollout.history import history
from reconcile.kubectl.rollout.hold import PAUSE, RESTART, RESUME, Change, hold
from reconcile.kubectl.rollout.status import status
from reconcile.kubectl.rollout.undo import rollout_undo
from reconcile.kubectl.session import Session
from reconcile.kubectl.setting.env import Manner, set_env
from reconcile.kubectl.setting.image import set_image
from reconcile.kubectl.setting.pod_specs import How
from reconcile.kubectl.setting.resources import set_resources


def _status(session: Session, words: tuple[str, ...], options: Options) -> Session:
    return status(session, choice(words, options), **only(options, "watch", "revision", "timeout", "manifests"))


def _history(session: Session, words: tuple[str, ...], options: Options) -> Session:
    return history(session, choice(words, options), **only(options, "revision", "output", "manifests"))


def _undo(session: Session, words: tuple[str, ...], options: Options) -> Session:
    return rollout_undo(session, choice(words, options), **only(options, "to_revision", "output", "manifests"))


def _hold(change: Change) -> Any:
    """Return the row's function for one of pause, resume and restart."""
    return lambda session, words, options: hold(
        session, choice(words, options), change, **only(options, "output", "manifests")
    )


def _image(session: Session, words: tuple[str, ...], options: Options) -> Session:
    return set_image(session, choice(words, options), how=_how(options))


def _env(session: Session, words: tuple[str, ...], options: Options) -> Session:
    given = options.get("input")
    manner = Manner(listing=options["list"], given=given, **only(options, "containers", "env", "overwrite", "prefix"))
    return set_env(session, choice(words, options), manner=manner, how=_how(options))


def _resources(session: Session, words: tuple[str, ...], options: Options) -> Session:
    amounts = only(options, "limits", "requests", "containers")
    return set_resources(session, choice(words, options), how=_how(options), **amounts)


def _how(options: Options) -> How:
    return How(options["output"], options.get("record", False), options["manifests"], options["local"])


_NAMED: Final = (*FILES, SELECTOR)
_LOCAL: Final = switch("local", help="Change the manifests and print them; the cluster is not asked.")
_SET: Final = (*FILES, SELECTOR, ALL, OUTPUT, DRY_RUN, _LOCAL)
_CONTAINERS: Final = Flag(
    "containers", short="c", default="*", help="The names of the containers to change; * stands for any text."
)
_TARGETS: Final = "TYPE NAME | TYPE/NAME..."
_HOLDING: Final = (
    ("pause", "Hold a rollout: changes of the template have no effect for now.", PAUSE),
    ("resume", "Let a paused rollout go on.", RESUME),
    ("restart", "Replace all pods of a workload by new ones.", RESTART),
)

ROLLOUT: Final = (
    Verb(
        "set image",
        "Change images in pod templates.",
        usage="TYPE NAME CONTAINER=IMAGE...",
        flags=(*_SET, RECORD),
        run=_image,
    ),
    Verb(
        "set env",
        "Change environment variables in pod templates.",
        usage="TYPE NAME KEY=VALUE... KEY-... [-]",
        reads=True,
        flags=(
            *_SET,
            _CONTAINERS,
            Flag("env", short="e", several=True, default=(), help="KEY=VALUE"),
            Flag("prefix", help="What is put before the names."),
            switch("list", help="Print the variables instead of changing them."),
            switch("overwrite", default=True, help="Change variables that are there already."),
        ),
        run=_env,
    ),
    Verb(
        "set resources",
        "Change requests and limits in pod templates.",
        usage="TYPE NAME --limits=cpu=200m,memory=512Mi --requests=cpu=100m",
        flags=(
            *_SET,
            RECORD,
            _CONTAINERS,
            Flag("limits", help="cpu=200m,memory=512Mi"),
            Flag("requests", help="cpu=100m,memory=256Mi"),
        ),
        run=_resources,
    ),
    Verb(
        "rollout status",
        "Play the cluster forward until a rollout has ended, and tell how it gets on.",
        usage=_TARGETS,
        flags=(
            *_NAMED,
            switch("watch", short="w", default=True, help="Follow the rollout to its end."),
            Flag("revision", type=INTEGER, default=0, help="Fail if another revision is rolled out."),
            Flag("timeout", type=DURATION, default=0.0, help="How long to follow it, in the cluster's time."),
        ),
        run=_status,
    ),
    Verb(
        "rollout history",
        "Print the revisions of a workload.",
        usage=_TARGETS,
        flags=(*_NAMED, OUTPUT, Flag("revision", type=INTEGER, default=0, help="Print the template of this one.")),
        run=_history,
        changes=False,
    ),
    Verb(
        "rollout undo",
        "Go back to an earlier revision.",
        usage=_TARGETS,
        flags=(
            *_NAMED,
            OUTPUT,
            DRY_RUN,
            Flag("to-revision", type=INTEGER, default=0, help="Which one; 0 is the one before the last."),
        ),
        run=_undo,
    ),
    *(
        Verb(f"rollout {name}", text, usage=_TARGETS, flags=(*_NAMED, OUTPUT), run=_hold(change))
        for name, text, change in _HOLDING
    ),
)

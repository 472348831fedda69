"""The verbs that create objects from flags: `create deployment`, `create job`, `create cronjob`, `create namespace`."""

from typing import Final

from reconcile.cli.grammar import INTEGER, Flag, switch
from reconcile.cli.verb import DRY_RUN, OUTPUT, VALIDATE, Options, Verb, only
from reconcile.kubectl import creators
from reconcile.kubectl.creators import made
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.session import Session


def _split(words: tuple[str, ...], options: Options, what: str) -> tuple[str, tuple[str, ...]]:
    """Return the name, and the command behind it; raise Refused if there is not exactly one name."""
    dash = options["dash"]
    named = len(words) if dash < 0 else dash
    if named != 1:
        raise Refused(
            f"exactly one NAME is required, got {named}\nSee 'kubectl create {what} -h' for help and examples"
        )
    return words[0], words[1:]


def _need(options: Options, *names: str) -> None:
    missing = ", ".join(f'"{name}"' for name in names if not options[name])
    if missing:
        raise Refused(f"required flag(s) {missing} not set")


def _deployment(session: Session, words: tuple[str, ...], options: Options) -> Session:
    _need(options, "image")
    name, command = _split(words, options, "deployment")
    images = [part for text in options["image"] for part in text.split(",") if part]
    body = creators.deployment(session, name, images=images, command=command, **only(options, "port", "replicas"))
    return made(session, body, **only(options, "output", "save_config"))


def _job(session: Session, words: tuple[str, ...], options: Options) -> Session:
    name, command = _split(words, options, "job")
    image, source = options["image"], options["source"]
    if bool(image) == bool(source):
        raise Refused("either --image or --from must be specified")
    if source and command:
        raise Refused("cannot specify --from and command")
    body = creators.job_from(session, name, source) if source else creators.job(name, image=image, command=command)
    return made(session, body, **only(options, "output", "save_config"))


def _cron_job(session: Session, words: tuple[str, ...], options: Options) -> Session:
    _need(options, "image", "schedule")
    name, command = _split(words, options, "cronjob")
    body = creators.cron_job(name, command=command, **only(options, "image", "schedule", "restart"))
    return made(session, body, **only(options, "output", "save_config"))


def _namespace(session: Session, words: tuple[str, ...], options: Options) -> Session:
    name, _ = _split(words, options, "namespace")
    return made(session, creators.namespace(name), **only(options, "output", "save_config"))


_MADE: Final = (OUTPUT, DRY_RUN, VALIDATE, switch("save-config", help="Keep the object in itself, as apply does."))
_IMAGE: Final = Flag("image", help="The image to run.")

CREATING: Final = (
    Verb(
        "create deployment",
        "Create a Deployment from an image.",
        usage="NAME --image=IMAGE [-- COMMAND [ARGUMENT...]]",
        aliases=("create deploy",),
        flags=(
            *_MADE,
            Flag("image", several=True, help="The images to run, a container each."),
            Flag("port", type=INTEGER, default=-1, help="The port of the first container."),
            Flag("replicas", short="r", type=INTEGER, default=1, help="How many pods."),
        ),
        run=_deployment,
    ),
    Verb(
        "create job",
        "Create a Job from an image, or as a CronJob would.",
        usage="NAME --image=IMAGE [-- COMMAND [ARGUMENT...]] | NAME --from=cronjob/NAME",
        flags=(*_MADE, _IMAGE, Flag("from", to="source", help="The CronJob, cronjob/NAME.")),
        run=_job,
    ),
    Verb(
        "create cronjob",
        "Create a CronJob from an image.",
        usage="NAME --image=IMAGE --schedule='*/5 * * * *' [-- COMMAND [ARGUMENT...]]",
        aliases=("create cj",),
        flags=(
            *_MADE,
            _IMAGE,
            Flag("schedule", help="When: minute, hour, day, month, day of the week."),
            Flag("restart", help="OnFailure or Never."),
        ),
        run=_cron_job,
    ),
    Verb(
        "create namespace",
        "Create a Namespace.",
        usage="NAME",
        aliases=("create ns",),
        flags=_MADE,
        run=_namespace,
    ),
)

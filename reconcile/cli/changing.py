"""The verbs that change objects."""

from typing import Final

from reconcile.cli.grammar import DURATION, INTEGER, Flag, switch
from reconcile.cli.verb import (
    ALL,
    ALL_NAMESPACES,
    DRY_RUN,
    FIELD_SELECTOR,
    FILES,
    IGNORE_MISSING,
    OUTPUT,
    RECORD,
    SELECTOR,
    VALIDATE,
    Options,
    Verb,
    choice,
    only,
)
from reconcile.kubectl.apply import apply
from reconcile.kubectl.create import create, replace
from reconcile.kubectl.delete import Manner, delete
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.label import ANNOTATIONS, label, split
from reconcile.kubectl.label import Manner as LabelManner
from reconcile.kubectl.patch import patch
from reconcile.kubectl.scale import scale
from reconcile.kubectl.session import Session
from reconcile.yaml_json import TextError, read_documents

_CHOICE: Final = (*FILES, SELECTOR, FIELD_SELECTOR, ALL)
_SENT: Final = (*FILES, OUTPUT, DRY_RUN, VALIDATE)
_SAVE_CONFIG: Final = switch("save-config", help="Keep the manifest in the object, as apply does.")


def _files_only(words: tuple[str, ...]) -> None:
    if words:
        raise Refused(f"Unexpected args: [{' '.join(words)}]")


def _apply(session: Session, words: tuple[str, ...], options: Options) -> Session:
    _files_only(words)
    return apply(session, options["manifests"], **only(options, "output", "force", "record"))


def _create(session: Session, words: tuple[str, ...], options: Options) -> Session:
    if words:
        raise Refused(f'unknown command "{words[0]}" for "reconcile create"')
    return create(session, options["manifests"], **only(options, "output", "save_config", "record"))


def _replace(session: Session, words: tuple[str, ...], options: Options) -> Session:
    _files_only(words)
    return replace(session, options["manifests"], **only(options, "output", "force", "save_config"))


def _delete(session: Session, words: tuple[str, ...], options: Options) -> Session:
    manner = Manner(**only(options, "cascade", "grace_period", "now", "force", "wait", "timeout", "output"))
    return delete(session, choice(words, options), manner=manner, manifests=options["manifests"])


def _scale(session: Session, words: tuple[str, ...], options: Options) -> Session:
    how = only(options, "replicas", "current_replicas", "resource_version", "output", "record", "manifests")
    return scale(session, choice(words, options), **how)


def _label(session: Session, words: tuple[str, ...], options: Options) -> Session:
    named, changes = split(words, "label")
    return label(session, choice(named, options), changes, manner=_manner(options), manifests=options["manifests"])


def _annotate(session: Session, words: tuple[str, ...], options: Options) -> Session:
    named, changes = split(words, "annotation")
    wanted, how = choice(named, options), _manner(options)
    return label(session, wanted, changes, manner=how, manifests=options["manifests"], kind=ANNOTATIONS)


def _manner(options: Options) -> LabelManner:
    return LabelManner(listing=options["list"], **only(options, "overwrite", "output", "record", "resource_version"))


def _patch(session: Session, words: tuple[str, ...], options: Options) -> Session:
    text = options["patch_text"]
    if not text:
        raise Refused("must specify --patch or --patch-file containing the contents of the patch")
    try:
        documents = read_documents(text)
    except TextError as error:
        raise Refused(f"unable to parse the patch: {error}") from None
    if len(documents) != 1:
        raise Refused("unable to parse the patch: expected one document")
    how = only(options, "subresource", "output", "record", "manifests")
    return patch(session, choice(words, options), body=documents[0], patch_type=options["type"], **how)


_VERSION: Final = Flag("resource-version", help="Only if this is the object's resourceVersion.")
_CHANGES: Final = (
    *_CHOICE,
    ALL_NAMESPACES,
    OUTPUT,
    RECORD,
    DRY_RUN,
    switch("overwrite", help="Change values that are there already."),
    switch("list", help="Print them as they would be, and change nothing."),
    _VERSION,
)

CHANGING: Final = (
    Verb(
        "apply",
        "Create objects, or change them to what manifests say.",
        usage="-f FILE",
        flags=(
            *FILES,
            OUTPUT,
            RECORD,
            DRY_RUN,
            VALIDATE,
            switch("force", help="Delete and create anew what cannot be changed."),
        ),
        run=_apply,
    ),
    Verb(
        "create",
        "Create objects.",
        usage="-f FILE | deployment NAME... | job NAME... | cronjob NAME... | namespace NAME",
        flags=(*_SENT, RECORD, _SAVE_CONFIG),
        run=_create,
    ),
    Verb(
        "replace",
        "Replace objects as a whole.",
        usage="-f FILE",
        flags=(*_SENT, _SAVE_CONFIG, switch("force", help="Delete the object first.")),
        run=_replace,
    ),
    Verb(
        "delete",
        "Delete objects, and wait until they are gone.",
        usage="TYPE NAME... | TYPE/NAME... | -f FILE",
        flags=(
            *_CHOICE,
            ALL_NAMESPACES,
            IGNORE_MISSING,
            DRY_RUN,
            Flag("output", short="o", help="`name` for the names alone."),
            Flag("cascade", default="background", bare="background", help="background, foreground or orphan."),
            Flag("grace-period", type=INTEGER, default=-1, help="Seconds that pods get to end."),
            switch("now", help="A grace period of one second."),
            switch("force", help="Do not wait for the kubelet."),
            switch("wait", default=True, help="Wait until the objects are gone."),
            Flag("timeout", type=DURATION, default=0.0, help="How long to wait."),
        ),
        run=_delete,
    ),
    Verb(
        "scale",
        "Ask for another number of replicas.",
        usage="TYPE NAME... | TYPE/NAME... | -f FILE",
        flags=(
            *_CHOICE,
            OUTPUT,
            RECORD,
            DRY_RUN,
            Flag("replicas", type=INTEGER, default=None, help="The new number."),
            Flag("current-replicas", type=INTEGER, default=-1, help="Only if this is the number now."),
            _VERSION,
            Flag("timeout", type=DURATION, default=0.0, hidden=True),
        ),
        run=_scale,
    ),
    Verb("label", "Change labels.", usage="TYPE NAME... KEY=VALUE... KEY-...", flags=_CHANGES, run=_label),
    Verb("annotate", "Change annotations.", usage="TYPE NAME... KEY=VALUE... KEY-...", flags=_CHANGES, run=_annotate),
    Verb(
        "patch",
        "Change part of an object.",
        usage="TYPE NAME | TYPE/NAME | -f FILE",
        flags=(
            *FILES,
            OUTPUT,
            RECORD,
            DRY_RUN,
            Flag("patch", short="p", help="The patch, JSON or YAML.", to="patch_text"),
            Flag("patch-file", help="A file that holds the patch."),
            Flag("type", default="strategic", help="json, merge or strategic."),
            Flag("subresource", help="status or scale."),
        ),
        run=_patch,
    ),
)

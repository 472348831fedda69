"""The verbs that look: they change nothing."""

from typing import Final

from reconcile.cli.grammar import DURATION, INTEGER, Flag, switch
from reconcile.cli.verb import (
    ALL_NAMESPACES,
    FIELD_SELECTOR,
    FILES,
    IGNORE_MISSING,
    OUTPUT,
    SELECTOR,
    Options,
    Verb,
    choice,
)
from reconcile.kubectl.describe import describe
from reconcile.kubectl.discovery import api_resources, version
from reconcile.kubectl.get import get
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.printing import parse_form
from reconcile.kubectl.session import Session
from reconcile.kubectl.told import events
from reconcile.kubectl.trace import Wanted, trace
from reconcile.kubectl.tree import tree
from reconcile.kubectl.watch import watch
from reconcile.tables.text import Shape

_GET: Final = (
    *FILES,
    Flag("output", short="o", help="wide, json, yaml, name, jsonpath=..., custom-columns=..."),
    SELECTOR,
    FIELD_SELECTOR,
    ALL_NAMESPACES,
    IGNORE_MISSING,
    switch("show-labels", help="Labels as the last column."),
    Flag("label-columns", short="L", several=True, default=(), help="Labels that get a column of their own."),
    switch("show-kind", help="Names with their kind."),
    switch("no-headers", help="No header line."),
    switch("show-managed-fields", help="Keep managedFields in json and yaml."),
    Flag("sort-by", help="A JSONPath to sort by."),
    Flag("template", help="The template, for -o jsonpath."),
    switch("watch", short="w", help="Then play on, and print what changes, until the cluster is at rest."),
    switch("watch-only", help="As --watch, without what is there first."),
    Flag("timeout", type=DURATION, default=60.0, help="How long --watch plays at most."),
)


def _get(session: Session, words: tuple[str, ...], options: Options) -> Session:
    form = parse_form(
        options["output"],
        template=options["template"],
        headers=not options["no_headers"],
        managed_fields=options["show_managed_fields"],
    )
    shape = _shape(options)
    wanted = choice(words, options)
    if options["watch"] or options["watch_only"]:
        return watch(session, wanted, form=form, shape=shape, only=options["watch_only"], within=options["timeout"])
    return get(session, wanted, form=form, shape=shape, sort_by=options["sort_by"], manifests=options["manifests"])


def _shape(options: Options) -> Shape:
    return Shape(
        wide=options["output"] == "wide",
        headers=not options["no_headers"],
        namespaces=options["all_namespaces"],
        kinds=options["show_kind"],
        labels=options["show_labels"],
        label_columns=tuple(name for text in options["label_columns"] for name in text.split(",") if name),
    )


def _describe(session: Session, words: tuple[str, ...], options: Options) -> Session:
    return describe(session, choice(words, options), show_events=options["show_events"], manifests=options["manifests"])


def _events(session: Session, words: tuple[str, ...], options: Options) -> Session:
    return events(
        session,
        about=options["for"] or (words[0] if words else ""),
        types=options["types"],
        all_namespaces=options["all_namespaces"],
        output=options["output"],
        headers=not options["no_headers"],
    )


def _trace(session: Session, words: tuple[str, ...], options: Options) -> Session:
    wanted = Wanted(
        namespace=session.namespace if session.enforced else "",
        words=words,
        controller=options["controller"],
        since=options["since"],
        refused=options["refused"],
        tail=options["tail"],
    )
    return trace(session, wanted, output=options["output"])


def _tree(session: Session, words: tuple[str, ...], options: Options) -> Session:
    return tree(session, Choice(words))


LOOKING: Final = (
    Verb("get", "Print objects.", usage="TYPE [NAME...] | TYPE/NAME...", flags=_GET, run=_get, changes=True),
    Verb(
        "describe",
        "Print everything about objects, with what belongs to them.",
        usage="TYPE [NAME...] | TYPE/NAME...",
        flags=(
            *FILES,
            SELECTOR,
            ALL_NAMESPACES,
            switch("show-events", default=True, help="With the events about the object."),
        ),
        run=_describe,
        changes=False,
    ),
    Verb(
        "events",
        "Print what controllers told in the last hour.",
        usage="[TYPE/NAME]",
        flags=(
            Flag("for", help="Only events about this object, TYPE/NAME."),
            Flag("types", help="Only events of these types: Normal, Warning."),
            ALL_NAMESPACES,
            OUTPUT,
            switch("no-headers", help="No header line."),
        ),
        run=_events,
        changes=False,
    ),
    Verb(
        "trace",
        "Print who did what to which object, why, and how it went.",
        usage="[TYPE[/NAME]...]",
        flags=(
            Flag("controller", short="c", help="Only what this controller did; `user` for yourself."),
            Flag("since", type=DURATION, default=None, help="Only what was done in this last while."),
            switch("refused", help="Only what the API refused."),
            Flag("tail", type=INTEGER, default=-1, help="Only the newest so many."),
            Flag("output", short="o", help="`json` for JSON Lines, `wide` for the reasons too."),
        ),
        run=_trace,
        changes=False,
    ),
    Verb("tree", "Print an object and all that it owns.", usage="TYPE/NAME...", run=_tree, changes=False),
    Verb(
        "api-resources",
        "Print the types of objects that there are.",
        flags=(
            Flag("output", short="o", help="`name` or `wide`."),
            switch("no-headers", help="No header line."),
        ),
        run=lambda session, _, options: api_resources(
            session, output=options["output"], headers=not options["no_headers"]
        ),
        changes=False,
    ),
    Verb(
        "version",
        "Print the version.",
        flags=(OUTPUT, switch("client", help="Without the cluster's.")),
        run=lambda session, _, options: version(session, output=options["output"], client=options["client"]),
        changes=False,
    ),
)

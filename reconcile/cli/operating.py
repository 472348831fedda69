"""The verbs of time and of nodes."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from reconcile.cli.grammar import DURATION, INTEGER, Flag, switch
from reconcile.cli.verb import (
    ALL,
    ALL_NAMESPACES,
    FIELD_SELECTOR,
    FILES,
    OUTPUT,
    SELECTOR,
    Options,
    Verb,
    choice,
)
from reconcile.kubectl import nodes
from reconcile.kubectl.advance import advance
from reconcile.kubectl.drain import Drain, drain
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.get import get
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.session import Session
from reconcile.kubectl.wait import wait
from reconcile.model.clock import duration

_PICK: Final = (SELECTOR, ALL)


def _advance(session: Session, words: tuple[str, ...], _: Options) -> Session:
    if len(words) != 1:
        raise Refused("advance needs one duration, such as 90s, 5m, 1h30m or 3d")
    try:
        seconds = duration(words[0])
    except ValueError as error:
        raise Refused(str(error)) from None
    return advance(session, seconds)


def _wait(session: Session, words: tuple[str, ...], options: Options) -> Session:
    if not options["for"]:
        raise Refused("--for is required: condition=NAME, delete, create or jsonpath='{PATH}'=VALUE")
    return wait(
        session,
        choice(words, options),
        condition_text=options["for"],
        timeout=options["timeout"],
        output=options["output"],
        manifests=options["manifests"],
    )


def _add(session: Session, words: tuple[str, ...], options: Options) -> Session:
    return nodes.add(
        session,
        _names(words, options["count"], session),
        labels=_pairs(options["labels"]),
        taints=[nodes.parse_taint(text) for text in options["taints"]],
        capacity=_pairs(options["capacity"]),
    )


def _names(words: Sequence[str], count: int, session: Session) -> Sequence[str]:
    """Return the names given, or *count* new ones."""
    if words or count <= 0:
        return words
    taken = {item.name for item in session.cluster.all("Node")}
    free = (f"node-{number}" for number in range(len(taken) + count))
    return [name for name in free if name not in taken][:count]


def _pairs(texts: Sequence[str]) -> Mapping[str, str]:
    parts = [part.partition("=") for text in texts for part in text.split(",") if part]
    bad = [key for key, equals, _ in parts if not equals]
    if bad:
        raise Refused(f"expected key=value, not {bad[0]!r}")
    return {key: value for key, _, value in parts}


def _picked(operate: Callable[..., Session]) -> Callable[[Session, tuple[str, ...], Options], Session]:
    """Return the row's function for an operation on nodes that are picked by name or flags."""
    return lambda session, words, options: operate(session, words, selector=options["selector"], every=options["all"])


def _marked(mark: Callable[..., Session]) -> Callable[[Session, tuple[str, ...], Options], Session]:
    """Return the row's function for an operation whose words are nodes and then changes."""

    def run(session: Session, words: tuple[str, ...], options: Options) -> Session:
        picked = {"selector": options["selector"], "every": options["all"]}
        return mark(session, words, overwrite=options["overwrite"], **picked)

    return run


def _drain(session: Session, words: tuple[str, ...], options: Options) -> Session:
    how = Drain(
        ignore_daemonsets=options["ignore_daemonsets"],
        force=options["force"],
        delete_emptydir_data=options["delete_emptydir_data"],
        disable_eviction=options["disable_eviction"],
        grace_period=options["grace_period"],
        timeout=options["timeout"],
        pod_selector=options["pod_selector"],
    )
    return drain(session, words, how, selector=options["selector"])


_LABEL: Final = (*_PICK, switch("overwrite", help="Change labels that are there already."))
_TAINT: Final = (*_PICK, switch("overwrite", help="Change taints that are there already."))
_DRAIN: Final = (
    SELECTOR,
    switch("ignore-daemonsets", help="Leave the pods of DaemonSets."),
    switch("force", help="Also pods that nobody will replace."),
    switch("delete-emptydir-data", help="Also pods with emptyDir volumes."),
    switch("disable-eviction", help="Delete instead of evicting: disruption budgets do not matter."),
    Flag("grace-period", type=INTEGER, default=-1, help="Seconds that pods get to end."),
    Flag("timeout", type=DURATION, default=0.0, help="How long to try."),
    Flag("pod-selector", help="Only pods with these labels."),
)
_NODE_VERBS: Final = (
    ("cordon", "Keep new pods away from nodes.", _picked(nodes.cordon), _PICK, "NODE..."),
    ("uncordon", "Let new pods onto nodes again.", _picked(nodes.uncordon), _PICK, "NODE..."),
    ("drain", "Cordon nodes and evict the pods there.", _drain, _DRAIN, "NODE..."),
    ("taint", "Change taints.", _marked(nodes.taint), _TAINT, "NODE... KEY=VALUE:EFFECT... KEY[:EFFECT]-..."),
)
"""What kubectl does to nodes; here also under `nodes`."""

OPERATING: Final = (
    Verb(
        "wait",
        "Play the cluster forward until something is true of objects.",
        usage="TYPE NAME... | TYPE/NAME... | -f FILE",
        flags=(
            *FILES,
            SELECTOR,
            FIELD_SELECTOR,
            ALL,
            ALL_NAMESPACES,
            OUTPUT,
            Flag("for", help="condition=NAME[=VALUE], delete, create, or jsonpath='{PATH}'[=VALUE]."),
            Flag("timeout", type=DURATION, default=30.0, help="How long to wait, in the cluster's time."),
        ),
        run=_wait,
    ),
    Verb("advance", "Let time pass.", usage="DURATION", run=_advance),
    *(Verb(name, text, usage=use, flags=flags, run=run) for name, text, run, flags, use in _NODE_VERBS),
    Verb(
        "nodes list",
        "Print the nodes.",
        run=lambda session, words, _: get(session, Choice(("nodes", *words))),
        changes=False,
    ),
    Verb(
        "nodes add",
        "Add nodes.",
        usage="[NODE...]",
        flags=(
            Flag("count", type=INTEGER, default=0, help="How many, named after those that are there."),
            Flag("labels", several=True, default=(), help="key=value,..."),
            Flag("taint", several=True, default=(), help="key=value:Effect", to="taints"),
            Flag("capacity", several=True, default=(), help="cpu=4,memory=8Gi,pods=20"),
        ),
        run=_add,
    ),
    Verb("nodes remove", "Remove nodes.", usage="NODE...", flags=_PICK, run=_picked(nodes.remove)),
    Verb(
        "nodes label",
        "Change labels.",
        usage="NODE... KEY=VALUE... KEY-...",
        flags=_LABEL,
        run=_marked(nodes.relabel),
    ),
    Verb("nodes down", "Stop the kubelets of nodes.", usage="NODE...", flags=_PICK, run=_picked(nodes.down)),
    Verb("nodes up", "Start the kubelets of nodes again.", usage="NODE...", flags=_PICK, run=_picked(nodes.up)),
    *(Verb(f"nodes {name}", text, usage=use, flags=flags, run=run) for name, text, run, flags, use in _NODE_VERBS),
)

"""Which objects a command is about: types, names and selectors to objects.

Rules
1. `pods`, `pods x y`, `pods,rs`, `pods,rs x`, `pod/x rs/y`; kinds by kind, plural or short name, with or without group;
   `all` is a list of kinds.
2. Objects come in the order of the arguments; those of one listed kind in the server's order.
3. A name that is not there is a failure, and the others are still found.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from attrs import frozen

from reconcile.kubectl.events import event_objects
from reconcile.kubectl.failures import Failure, Refused, refusal, visible
from reconcile.kubectl.selecting import field_selector, label_selector, matching
from reconcile.kubectl.session import Session
from reconcile.model.kinds import KINDS, Kind, find
from reconcile.model.resource import Resource
from reconcile.store.apply import not_found

ALL: Final = (
    "Pod",
    "Service",
    "DaemonSet",
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "Job",
    "CronJob",
)
"""What `all` means, in the order in which it is listed."""
DEPRECATED: Final = {
    "Endpoints": "Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
}
"""What the server warns of whenever it is asked for objects of these kinds."""
NO_TYPE: Final = "Required resource not specified.\nUse 'reconcile api-resources' for the types that there are."
_MIXED: Final = (
    "there is no need to specify a resource type as a separate argument when passing arguments in "
    "resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of "
    "'kubectl get resource resource/<resource_name>'"
)


@frozen
class Choice:
    """Which objects: arguments and the flags that go with them."""

    words: tuple[str, ...] = ()
    selector: str = ""
    field_selector: str = ""
    every: bool = False
    """Whether all objects of the types are meant, as with `--all`."""
    all_namespaces: bool = False
    ignore_missing: bool = False

    @property
    def selective(self) -> bool:
        """Whether flags choose among the objects of a type."""
        return bool(self.selector or self.field_selector or self.every)


@frozen
class Named:
    """One argument, or all that it means: a kind, and a name or None for all of the kind."""

    kind: Kind
    name: str | None = None


@frozen
class Chosen:
    """What was found."""

    items: tuple[tuple[Kind, Resource], ...] = ()
    failures: tuple[Failure, ...] = ()
    kinds: tuple[Kind, ...] = ()
    """The kinds that were asked for, without repeats."""
    single: bool = False
    """Whether exactly one object was asked for by name."""


def kind_named(word: str) -> Kind:
    """Return the kind that *word* names; raise Refused if there is none."""
    kind = find(word, KINDS)
    if kind is None:
        raise Refused(f'the server doesn\'t have a resource type "{visible(word)}"')
    return kind


def parse(words: Sequence[str]) -> list[Named]:
    """Return what *words* name; raise Refused if they do not fit together.

    >>> [(named.kind.name, named.name) for named in parse(["deploy,rs", "web"])]
    [('Deployment', 'web'), ('ReplicaSet', 'web')]
    """
    slashed = [word for word in words if "/" in word]
    if slashed:
        if len(slashed) < len(words):
            raise Refused(_MIXED)
        return [_slashed(word) for word in words]
    if not words:
        return []
    kinds = [kind for word in words[0].split(",") if word for kind in _kinds(word)]
    names = words[1:]
    return [Named(kind, name) for kind in kinds for name in names] if names else [Named(kind) for kind in kinds]


def _kinds(word: str) -> list[Kind]:
    return [kind_named(name) for name in ALL] if word == "all" else [kind_named(word)]


def _slashed(word: str) -> Named:
    kind, _, name = word.partition("/")
    if not kind or not name or "/" in name:
        raise Refused(f'arguments in resource/name form must have a single resource and name: "{visible(word)}"')
    return Named(kind_named(kind), name)


def warned(session: Session, chosen: Chosen) -> Session:
    """Return the session after the server's warnings about the kinds of what was *chosen*."""
    for kind in chosen.kinds:
        session = session.warn(DEPRECATED[kind.name]) if kind.name in DEPRECATED else session
    return session


def listing(session: Session, kind: Kind, *, namespace: str | None) -> list[Resource]:
    """Return all objects of *kind* in the server's order; None stands for all namespaces."""
    place = namespace if kind.namespaced else None
    if kind.name == "Event":
        found: Iterable[Resource] = event_objects(session.cluster, place)
    else:
        found = session.cluster.all(kind.name, place)
    return sorted(found, key=lambda item: f"{item.namespace}/{item.name}" if item.namespace else item.name)


def one(session: Session, kind: Kind, name: str) -> Resource | None:
    """Return the object called *name* in the session's namespace; None if there is none."""
    if kind.name == "Event":
        return next((item for item in listing(session, kind, namespace=session.namespace) if item.name == name), None)
    return session.cluster.find(kind.name, name, session.namespace)


def choose(session: Session, choice: Choice) -> Chosen:
    """Return the objects that *choice* means, and what of it is missing; raise Refused if it makes no sense."""
    named = parse(choice.words)
    if any(part.name is not None for part in named):
        _refuse_both(choice)
        return _by_name(session, named, choice)
    kinds = tuple(dict.fromkeys(part.kind for part in named))
    return Chosen(tuple(item for kind in kinds for item in _of_kind(session, kind, choice)), kinds=kinds)


def _refuse_both(choice: Choice) -> None:
    if choice.all_namespaces:
        raise Refused("a resource cannot be retrieved by name across all namespaces")
    if choice.selective:
        raise Refused("name cannot be provided when a selector is specified")


def _by_name(session: Session, named: Sequence[Named], choice: Choice) -> Chosen:
    items, failures = [], []
    for part in named:
        assert part.name is not None
        found = one(session, part.kind, part.name)
        if found is not None:
            items.append((part.kind, found))
        elif not choice.ignore_missing:
            failures.append(refusal(not_found(part.kind.name, visible(part.name)), part.kind.name, part.name))
    kinds = tuple(dict.fromkeys(part.kind for part in named))
    return Chosen(tuple(items), tuple(failures), kinds, single=len(named) == 1)


def _of_kind(session: Session, kind: Kind, choice: Choice) -> list[tuple[Kind, Resource]]:
    labels = label_selector(choice.selector)
    fields: Callable[[Resource], bool] = field_selector(choice.field_selector, _resource(kind), kind.name)
    found = listing(session, kind, namespace=None if choice.all_namespaces else session.namespace)
    return [(kind, item) for item in matching(found, labels) if fields(item)]


def _resource(kind: Kind) -> str:
    return f"{kind.api_version}, Resource={kind.plural}" if kind.group else f"/{kind.version}, Resource={kind.plural}"

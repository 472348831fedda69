"""`kubectl describe`: everything about objects, with what belongs to them.

Rules
1. A name that is not there is taken as the beginning of names.
2. Between two objects stand two empty lines.
"""

from collections.abc import Sequence
from typing import Final

from attrs import evolve

from reconcile.kubectl.events import event_objects
from reconcile.kubectl.failures import Failure, Refused
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.objects import NO_TYPE, Choice, Chosen, choose, listing, parse, warned
from reconcile.kubectl.session import Session
from reconcile.kubectl.targets import from_manifests
from reconcile.model.kinds import BY_NAME, Kind
from reconcile.model.resource import Resource
from reconcile.tables.describe import Around
from reconcile.tables.describe import describe as description
from reconcile.tables.text import nothing_found

_AROUND: Final = {"pods": "Pod", "replica_sets": "ReplicaSet", "endpoints": "Endpoints", "slices": "EndpointSlice"}


def describe(
    session: Session, choice: Choice, *, show_events: bool = True, manifests: Sequence[Manifest] = ()
) -> Session:
    """Print the descriptions of the objects that *choice* or *manifests* name."""
    if not manifests and not choice.words:
        raise Refused(NO_TYPE)
    chosen = from_manifests(session, manifests, choice) if manifests else _found(session, choice)
    session = warned(session, chosen)
    if not chosen.items and not chosen.failures:
        return session.warn(nothing_found(None if choice.all_namespaces else session.namespace))
    around = _around(session, show_events=show_events)
    texts = [description(kind.plural, item.raw, around) for kind, item in chosen.items]
    return session.write("\n\n".join(texts)).fail(*chosen.failures)


def _found(session: Session, choice: Choice) -> Chosen:
    named = parse(choice.words)
    if any(part.name is None for part in named):
        return choose(session, choice)
    items: list[tuple[Kind, Resource]] = []
    failures: list[Failure] = []
    for part in named:
        assert part.name is not None
        exact = choose(session, evolve(choice, words=(f"{part.kind.resource}/{part.name}",)))
        longer = [] if exact.items else _beginning(session, part.kind, part.name)
        items += exact.items or [(part.kind, item) for item in longer]
        failures += exact.failures if not longer else ()
    return Chosen(tuple(items), tuple(failures), tuple(dict.fromkeys(part.kind for part in named)))


def _beginning(session: Session, kind: Kind, prefix: str) -> list[Resource]:
    return [item for item in listing(session, kind, namespace=session.namespace) if item.name.startswith(prefix)]


def _around(session: Session, *, show_events: bool) -> Around:
    cluster = session.cluster
    others = {name: [item.raw for item in cluster.all(BY_NAME[kind].name)] for name, kind in _AROUND.items()}
    events = [event.raw for event in event_objects(cluster)] if show_events else []
    return Around(now=cluster.now, events=events, **others)

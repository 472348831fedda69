"""`kubectl get --watch`: what is there, then every change while the cluster is played forward.

Rules
1. Playing ends when the cluster is at rest, or after the time that is given; kubectl would go on until it is stopped.
2. A change is a row of the object as it is then; one that is gone is shown as it was last.
"""

from collections.abc import Iterator

from attrs import evolve

from reconcile.cluster import Cluster
from reconcile.engine.run import NotSettled
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.objects import Choice, Chosen, choose
from reconcile.kubectl.printing import Form, documents_text
from reconcile.kubectl.session import Session
from reconcile.model.clock import Instant, between, later
from reconcile.model.kinds import Kind
from reconcile.model.resource import Resource
from reconcile.tables.columns import tabulate
from reconcile.tables.text import Shape, get_text

Seen = tuple[Kind, Resource, Instant]
"""An object as it was at an instant."""


def watch(
    session: Session, choice: Choice, *, form: Form, shape: Shape, only: bool = False, within: float = 60.0
) -> Session:
    """Print the objects of *choice*, and then what becomes of them."""
    chosen = choose(session, choice)
    if len(chosen.kinds) != 1:
        raise Refused("you may only specify a single resource type")
    if chosen.failures:
        return session.fail(*chosen.failures)
    seen = [] if only else [(kind, item, session.cluster.now) for kind, item in chosen.items]
    for cluster in _moments(session.cluster, later(session.cluster.now, within)):
        session = session.on(cluster)
        after = choose(session, evolve(choice, ignore_missing=True))
        seen += [(kind, item, cluster.now) for kind, item in _changed(chosen, after)]
        chosen = after
    return _print(session, seen, form, shape)


def _moments(cluster: Cluster, end: Instant) -> Iterator[Cluster]:
    """Yield the cluster after every write until it is at rest or *end* has come; the last one is where it came to."""
    while True:
        before = cluster.world.store
        try:
            cluster = cluster.run_until(lambda c: c.world.store is not before, within=between(cluster.now, end))  # noqa: B023
        except NotSettled as stopped:
            at_rest = stopped.world.queue.next_due() is None
            yield evolve(cluster, world=stopped.world) if at_rest else cluster.advance(between(cluster.now, end))
            return
        yield cluster


def _changed(before: Chosen, after: Chosen) -> list[tuple[Kind, Resource]]:
    old = {item.key: item for _, item in before.items}
    new = {item.key for _, item in after.items}
    changed = [(kind, item) for kind, item in after.items if old.get(item.key) is not item]
    return changed + [(kind, item) for kind, item in before.items if item.key not in new]


def _print(session: Session, seen: list[Seen], form: Form, shape: Shape) -> Session:
    if not form.tabular:
        return session.write("".join(documents_text(form, [item], single=True) for _, item, _ in seen))
    tables = [tabulate(kind.plural, [item.raw], now) for kind, item, now in seen]
    if not tables:
        return session
    together = evolve(tables[0], rows=tuple(row for table in tables for row in table.rows))
    return session.write(get_text([together], shape=shape))

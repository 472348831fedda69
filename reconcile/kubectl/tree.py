"""`reconcile tree`: an object and all that it owns, down to the containers."""

from collections.abc import Iterator

from reconcile.kubectl.objects import Choice
from reconcile.kubectl.session import Session
from reconcile.kubectl.targets import targets
from reconcile.model.kinds import BY_NAME
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.tables.columns import columns
from reconcile.tables.text import named

_SHOWN = ("Ready", "Status", "Desired", "Current", "Completions")
"""The columns of an object's table that say how it is."""


def tree(session: Session, choice: Choice) -> Session:
    """Print the objects that *choice* names, each with what it owns below it."""
    chosen = targets(session, choice)
    for _, item in chosen.items:
        session = session.write("".join(f"{line}\n" for line in _lines(session, item)))
    return session.fail(*chosen.failures)


def _lines(session: Session, item: Resource) -> Iterator[str]:
    yield _label(session, item)
    owned = [child for child in session.cluster.world.store.dependents(item.uid) if _owns(item, child)]
    below = [list(_lines(session, child)) for child in owned] or [[name] for name in _containers(item)]
    for number, lines in enumerate(below):
        last = number == len(below) - 1
        yield f"{'└─' if last else '├─'} {lines[0]}"
        yield from (f"{'  ' if last else '│ '} {line}" for line in lines[1:])


def _owns(item: Resource, child: Resource) -> bool:
    return any(owner.uid == item.uid for owner in child.meta.owners)


def _containers(item: Resource) -> list[str]:
    if not isinstance(item, Pod):
        return []
    return [f"container {entry['name']} ({entry.get('image', '')})" for entry in item.spec.get("containers") or ()]


def _label(session: Session, item: Resource) -> str:
    kind = BY_NAME.get(item.kind)
    cells = [
        f"{column.name.lower()} {column.cell(item.raw, session.cluster.now)}"
        for column in (columns(kind.plural) if kind is not None else ())
        if column.name in _SHOWN
    ]
    return f"{named(item.raw)}" + (f"   {', '.join(cells)}" if cells else "")

"""`kubectl events`: what controllers told, in the order in which it happened."""

from reconcile.kubectl.events import event_objects
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.objects import parse
from reconcile.kubectl.printing import documents_text, parse_form
from reconcile.kubectl.session import Session
from reconcile.model.resource import Resource
from reconcile.tables.aligned import aligned
from reconcile.tables.cluster_cells import last_seen, occurrences


def events(
    session: Session,
    *,
    about: str = "",
    types: str = "",
    all_namespaces: bool = False,
    output: str = "",
    headers: bool = True,
) -> Session:
    """Print the events of the namespace, or of one object (*about*, TYPE/NAME)."""
    found = event_objects(session.cluster, None if all_namespaces else session.namespace)
    found = _about(found, about) if about else found
    wanted = {word.strip().capitalize() for word in types.split(",") if word.strip()}
    found = [event for event in found if not wanted or event.raw["type"] in wanted]
    form = parse_form(output)
    if not form.tabular:
        return session.write(documents_text(form, found))
    if not found:
        return session.warn(
            "No events found." if all_namespaces else f"No events found in {session.namespace} namespace."
        )
    head = ["LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE"] if headers else []
    lines = [_line(session, event) for event in found]
    if all_namespaces:
        head = [f"NAMESPACE\t{line}" for line in head]
        lines = [f"{event.namespace}\t{line}" for event, line in zip(found, lines, strict=True)]
    return session.write(aligned([*head, *lines]))


def _about(found: list[Resource], about: str) -> list[Resource]:
    named = parse([about])
    if len(named) != 1 or named[0].name is None:
        raise Refused("--for must be in resource/name form")
    kind, name = named[0].kind.name, named[0].name
    return [e for e in found if (e.look("involvedObject", "kind"), e.look("involvedObject", "name")) == (kind, name)]


def _line(session: Session, event: Resource) -> str:
    raw, now = event.raw, session.cluster.now
    seen, times = last_seen(raw, now), occurrences(raw)
    age = f"{seen} (x{times})" if times > 1 else seen
    place = f"{raw['involvedObject']['kind']}/{raw['involvedObject']['name']}"
    return f"{age}\t{raw['type']}\t{raw['reason']}\t{place}\t{raw['message'].strip()}"

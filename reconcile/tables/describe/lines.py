"""What all descriptions are made of: titled lines, labels, annotations, times, conditions and events.

Rules
1. A description is a list of lines with tabs in them; they are aligned at the end, all at once (`finished`).
2. A map takes a line an entry, sorted, the title before the first one only.
3. What kubectl keeps for itself in annotations is not shown.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from attrs import frozen

from reconcile.model.clock import Instant, parse
from reconcile.model.json import NOTHING, Json, look
from reconcile.model.selector import Selector
from reconcile.tables.aligned import aligned, escaped
from reconcile.tables.cluster_cells import occurrences
from reconcile.tables.durations import since
from reconcile.tables.table import NONE

Lines = list[str]


@frozen
class Around:
    """What a description shows besides the object itself; what does not belong to the object is passed over."""

    now: Instant
    events: Sequence[Json] = ()
    pods: Sequence[Json] = ()
    replica_sets: Sequence[Json] = ()
    endpoints: Sequence[Json] = ()
    """Endpoints objects; looked at if there are no slices."""
    slices: Sequence[Json] = ()


_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)
_HIDDEN: Final = frozenset({"kubectl.kubernetes.io/last-applied-configuration"})
_WIDEST: Final = 140


def finished(lines: Iterable[str]) -> str:
    """Return *lines*, aligned, as text."""
    return aligned("\n".join(map(escaped, lines)).split("\n"), minimum=0, padding=2)


def date(text: str | None) -> str:
    """Return the timestamp *text* as mail writes it; no timestamp is the beginning of Go's time.

    >>> date("2026-01-02T03:04:05Z")
    'Fri, 02 Jan 2026 03:04:05 +0000'
    """
    at = parse(text or None) or _NEVER
    day = f"{_DAYS[at.weekday()]}, {at.day:02} {_MONTHS[at.month - 1]} {at.year:04}"
    return f"{day} {at.hour:02}:{at.minute:02}:{at.second:02} +0000"


def given(title: str, value: Json, *, unit: str = "") -> Lines:
    """Return the line of *value*; nothing if there is none.

    >>> given("Suspend", False), given("Active Deadline Seconds", 30, unit="s"), given("Reason", None)
    (['Suspend:\\tfalse'], ['Active Deadline Seconds:\\t30s'], [])
    """
    if value is None or value == "":
        return []
    return [f"{title}:\t{spelt(value)}{unit}"]


def spelt(value: Json) -> str:
    """Return *value* with booleans as Go writes them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def titled(title: str, entries: Sequence[str]) -> Lines:
    """Return *entries* one below the other, the title before the first.

    >>> titled("Labels", ["a=1", "b=2"]), titled("Labels", [])
    (['Labels:\\ta=1', '\\tb=2'], ['Labels:\\t<none>'])
    """
    first, *rest = entries or [NONE]
    return [f"{title}:\t{first}", *(f"\t{entry}" for entry in rest)]


def labels(title: str, values: Json) -> Lines:
    """Return the lines of a map of labels."""
    return titled(title, [f"{key}={value}" for key, value in sorted((values or {}).items())])


def annotations(title: str, values: Json) -> Lines:
    """Return the lines of a map of annotations; long values stand below their key, cut."""
    entries: list[str] = []
    for key, raw in sorted((values or {}).items()):
        value = str(raw).removesuffix("\n")
        if key in _HIDDEN:
            continue
        if len(value) + len(key) + 2 > _WIDEST or "\n" in value:
            entries += [f"{key}:", *(f"  {_cut(line, _WIDEST - 2)}" for line in value.split("\n"))]
        else:
            entries.append(f"{key}: {value}")
    return titled(title, entries)


def _cut(text: str, limit: int) -> str:
    return f"{text[:limit]}..." if len(text) > limit else text


def header(item: Json) -> Lines:
    """Return name and, for objects that are in one, namespace."""
    return [
        f"Name:\t{look(item, 'metadata', 'name', default='')}",
        *given("Namespace", look(item, "metadata", "namespace")),
    ]


def tags(item: Json) -> Lines:
    """Return labels and annotations."""
    return [
        *labels("Labels", look(item, "metadata", "labels")),
        *annotations("Annotations", look(item, "metadata", "annotations")),
    ]


def created(item: Json) -> str:
    """Return the line that says when *item* was created."""
    return f"CreationTimestamp:\t{date(look(item, 'metadata', 'creationTimestamp'))}"


def selector(value: Json, *, empty: str = NONE) -> str:
    """Return the line of a label selector."""
    return f"Selector:\t{str(Selector.parse(value)) or empty}"


def owner(item: Json) -> Json:
    """Return the reference to the controller of *item*; None if it has none."""
    owners = look(item, "metadata", "ownerReferences", default=NOTHING)
    return next((reference for reference in owners if reference.get("controller")), None)


def controlled_by(item: Json) -> Lines:
    """Return the line that names the controller of *item*, if it has one."""
    reference = owner(item)
    return [f"Controlled By:\t{reference['kind']}/{reference['name']}"] if reference else []


def owned(item: Json, others: Iterable[Json]) -> list[Json]:
    """Return those of *others* that *item* controls and selects, by name."""
    uid, wanted = look(item, "metadata", "uid"), Selector.parse(look(item, "spec", "selector"))
    mine = [
        other
        for other in others
        if (owner(other) or {}).get("uid") == uid and wanted.matches(look(other, "metadata", "labels", default={}))
    ]
    return sorted(mine, key=lambda other: str(look(other, "metadata", "name", default="")))


def conditions(item: Json) -> Lines:
    """Return the conditions of a workload, if it has any."""
    found = look(item, "status", "conditions", default=NOTHING)
    rows = [f"  {one['type']} \t{one['status']}\t{one.get('reason', '')}" for one in found]
    return ["Conditions:", "  Type\tStatus\tReason", "  ----\t------\t------", *rows] if rows else []


def events(item: Json, around: Around) -> Lines:
    """Return the events that are about *item*, in the order in which they happened."""
    mine = [event for event in around.events if _about(event.get("involvedObject") or {}, item)]
    rows = [_event(event, around.now) for event in sorted(mine, key=lambda event: event.get("lastTimestamp") or "")]
    if not rows:
        return [f"Events:\t{NONE}"]
    return ["Events:", "  Type\tReason\tAge\tFrom\tMessage", "  ----\t------\t----\t----\t-------", *rows]


def _about(reference: Json, item: Json) -> bool:
    metadata = item.get("metadata") or {}
    if reference.get("uid") and metadata.get("uid"):
        return bool(reference["uid"] == metadata["uid"])
    ours = (item.get("kind"), metadata.get("namespace") or "", metadata.get("name"))
    return ours == (reference.get("kind"), reference.get("namespace") or "", reference.get("name"))


def _event(event: Json, now: Instant) -> str:
    first = since(event.get("eventTime") or event.get("firstTimestamp"), now)
    series, many = event.get("series"), occurrences(event)
    last = series.get("lastObservedTime") if series else event.get("lastTimestamp")
    age = f"{since(last, now)} (x{many} over {first})" if series or many > 1 else first
    source = look(event, "source", "component") or event.get("reportingComponent") or ""
    message = str(event.get("message") or "").strip()
    return f"  {event.get('type', '')}\t{event.get('reason', '')}\t{age}\t{source}\t{message}"

"""`reconcile trace`: who did what to which object, why, and how it went."""

from collections.abc import Iterable

from attrs import frozen

from reconcile.engine.world import Row
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.objects import kind_named
from reconcile.kubectl.session import Session
from reconcile.model.clock import between
from reconcile.tables.aligned import aligned, escaped
from reconcile.tables.documents import compact_json


@frozen
class Wanted:
    """Which rows."""

    namespace: str = ""
    """Only those about objects of this namespace; empty for all."""
    words: tuple[str, ...] = ()
    """Only those about these objects, `TYPE` or `TYPE/NAME`."""
    controller: str = ""
    since: float | None = None
    """Only those of the last so many seconds."""
    refused: bool = False
    tail: int = -1
    """Only the newest so many; negative for all."""


def trace(session: Session, wanted: Wanted, *, output: str = "") -> Session:
    """Print the rows of the trace that are *wanted*."""
    if output not in ("", "wide", "json"):
        raise Refused(f'unknown output format "{output}" for a trace; expected json or wide')
    rows = _chosen(session, wanted)
    if output == "json":
        return session.write("".join(f"{compact_json(_document(row))}\n" for row in rows))
    if not rows:
        return session.warn("Nothing was done.")
    head = ["TIME", "WHO", "OBJECT", "ACTION", "RESULT", "WHY"]
    return session.write(aligned(["\t".join(head), *("\t".join(_cells(row)) for row in rows)]))


def _chosen(session: Session, wanted: Wanted) -> list[Row]:
    tests = [_named(word) for word in wanted.words]
    now = session.cluster.now
    rows = [
        row
        for row in session.cluster.trace
        if (not wanted.namespace or _parts(row)[1] == wanted.namespace)
        and (not wanted.controller or row.actor == wanted.controller)
        and (wanted.since is None or between(row.at, now) <= wanted.since)
        and (row.refused or not wanted.refused)
        and (not tests or any(_is(row, kind, name) for kind, name in tests))
    ]
    return rows if wanted.tail < 0 else rows[max(len(rows) - wanted.tail, 0) :]


def _named(word: str) -> tuple[str, str]:
    kind, _, name = word.partition("/")
    return kind_named(kind).name, name


def _parts(row: Row) -> tuple[str, str, str]:
    kind, *rest = row.subject.split("/")
    return (kind, "", rest[0] if rest else "") if len(rest) < 2 else (kind, rest[0], rest[1])


def _is(row: Row, kind: str, name: str) -> bool:
    subject = _parts(row)
    looked_at = subject[0] == kind and name in ("", subject[2])
    return looked_at or (f" {kind}/{name}" in f" {row.what}" if name else f" {kind}/" in f" {row.what}")


def _cells(row: Row) -> Iterable[str]:
    at = row.at.strftime("%H:%M:%S") + (f".{row.at.microsecond // 1000:03}" if row.at.microsecond else "")
    return (at, row.actor, row.subject, row.what, row.result, escaped(row.why.replace("\n", " ").replace("\t", " ")))


def _document(row: Row) -> dict[str, str]:
    names = ("actor", "subject", "what", "why", "result")
    return {"at": row.at.isoformat(), **{name: getattr(row, name) for name in names}}

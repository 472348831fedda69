"""Recorded requests: what is stored, or why nothing is (contract api 12).

A row is a request to a real server. The server drew uids, addresses, names and times; the recording put fixed words
in their place, and so does the comparison: `<allocated>` and `<now>` stand for any value.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from reconcile.admission.admit import (
    STATUS_CODES,
    admit_create,
    admit_scale,
    admit_status,
    admit_update,
    scale_of,
)
from reconcile.model.json import FrozenMap, freeze, put, thaw
from reconcile.model.kinds import BY_PLURAL
from reconcile.outcome import Rejected
from reconcile.testing.vectors import read_rows

ROWS: Final = Path(__file__).parent.parent / "vectors" / "admission.jsonl.gz"
NAMESPACE: Final = "oracle-api"
UID: Final = "11111111-2222-4333-8444-555555555555"
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
VERSION: Final = "123456789"
UNSERVED: Final = ("v1beta1", "v1beta2", "extensions")
DRAWN: Final = ("uid", "creationTimestamp", "resourceVersion", "managedFields")
ADMIT: Final = {None: admit_update, "status": admit_status, "scale": admit_scale}

SKIPPED: Final = {
    "admission-1-1477": "the recording server forbids privileged containers by a flag; stock clusters allow them",
}

Answer = FrozenMap | Rejected | int
"""What is stored, why nothing is, or - where the store alone decides - the bare status code."""


def answer(request: dict[str, Any]) -> Answer:
    """Answer *request* as a server does whose store holds nothing but the row's `old`."""
    if any(version in request.get("path", "") for version in UNSERVED):
        return 404
    kind, old, strict = BY_PLURAL[request["resource"]].name, request["old"], bool(request.get("strict"))
    if request["verb"] == "create":
        return 409 if old else create(kind, request["object"], strict=strict)
    if old is None:
        # contract api 1: an update may create a Service, and nothing else
        return create(kind, request["object"], strict=strict) if kind == "Service" else 404
    stored = put(put(freeze(old), ("metadata", "resourceVersion"), VERSION), ("metadata", "uid"), UID)
    subresource = request.get("subresource")
    new = ADMIT[subresource](kind, as_sent(request), stored, strict=strict)
    return scale_of(new) if subresource == "scale" and not isinstance(new, Rejected) else new


def create(kind: str, obj: Any, *, strict: bool) -> FrozenMap | Rejected:
    """Create *obj*."""
    return admit_create(kind, obj, namespace=NAMESPACE, uid=UID, now=NOW, suffix="xxxxx", strict=strict)


def as_sent(request: dict[str, Any]) -> Any:
    """Return the body with the resourceVersion that was stripped from the recording."""
    current = request.get("resourceVersion") == "current"
    return put(request["object"], ("metadata", "resourceVersion"), VERSION) if current else request["object"]


def outcome(request: dict[str, Any], given: Answer) -> tuple[int, set[tuple[str, str]], Any]:
    """Return the status code, the causes and the stored object of an answer."""
    if isinstance(given, int):
        return given, set(), None
    if isinstance(given, Rejected):
        return STATUS_CODES[given.reason], {(cause.reason, cause.field) for cause in given.causes}, None
    stored = thaw(given)
    stored["metadata"] = {key: item for key, item in stored["metadata"].items() if key not in DRAWN}
    return 201 if request["verb"] == "create" or request["old"] is None else 200, set(), stored


def same(expected: Any, actual: Any) -> bool:
    """Return whether two documents are equal, type by type, up to what the server draws."""
    if isinstance(expected, str) and ("<allocated>" in expected or expected == "<now>"):
        return actual not in (None, "")
    if type(expected) is not type(actual):
        return False
    if isinstance(expected, dict):
        return expected.keys() == actual.keys() and all(same(expected[key], actual[key]) for key in expected)
    if isinstance(expected, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    return bool(expected == actual)


def test_every_recorded_request_is_answered_alike() -> None:
    """Status code, causes as a set of reason and field, and the stored object agree with the recording."""
    wrong = []
    for row in read_rows(ROWS):
        if row["id"] in SKIPPED:
            continue
        code, causes, stored = outcome(row["request"], answer(row["request"]))
        expected = {(cause["reason"], cause["field"]) for cause in row["causes"] or ()}
        if (code, causes) != (row["status"], expected):
            wrong.append((row["id"], row["status"], code, sorted(expected ^ causes)))
        elif row["stored"] is not None and not same(row["stored"], stored):
            wrong.append((row["id"], row["status"], code, [("stored", str(stored))]))

    assert [] == wrong[:5], f"{len(wrong)} rows differ"


def test_frozen_bodies_are_answered_like_plain_ones() -> None:
    """What is remembered about frozen objects does not change any answer, the second time either."""
    wrong = []
    for row in read_rows(ROWS):
        request = row["request"]
        frozen = {**request, "object": freeze(request["object"])}
        first, second = answer(frozen), answer(frozen)
        if not answer(request) == first == second:
            wrong.append(row["id"])

    assert [] == wrong

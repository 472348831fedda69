"""Recorded syncs: comparing what a controller does with what was recorded.

A row is a snapshot (`reconcile.sync`) with what the real controller did on it. Two results are equal if requests,
events, requeueAfter, error and memory agree; forgiven is only what carries no meaning:

1. in the body of a status update everything but `status`; `kind` and `apiVersion` of a body;
2. free text (`message`), the order of keys and of conditions, absent against null, "", [] and {};
3. the order among neighbouring requests with the same verb, resource and subresource, which are issued side by side.
"""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file of JSON Lines, gzipped or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def differences(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> list[str]:
    """Return in words how *actual* differs from *expected*; empty if they are equal.

    >>> differences({"requests": [], "events": []}, {"requests": [], "events": [], "error": True})
    ['error: expected False, got True']
    """
    found = []
    for name, form in _PARTS.items():
        want, got = form(expected), form(actual)
        if want != got:
            found.append(
                f"{name}: expected {want!r}, got {got!r}" if not isinstance(want, list) else _unlike(name, want, got)
            )
    return found


def disagreements(
    rows: Iterable[Mapping[str, Any]], answer: Callable[[Mapping[str, Any]], Mapping[str, Any]]
) -> Iterator[tuple[str, list[str]]]:
    """Yield, as they are found, the ids of the *rows* to which *answer* gives another one, with the differences.

    >>> [*disagreements([{"id": "a", "requests": []}], lambda row: {"requests": [], "error": True})]
    [('a', ['error: expected False, got True'])]
    """
    for row in rows:
        found = differences(row, answer(row))
        if found:
            yield row["id"], found


def _unlike(name: str, want: list[Any], got: list[Any]) -> str:
    missing = [item for item in want if item not in got]
    extra = [item for item in got if item not in want]
    if not missing and not extra:
        return f"{name}: same ones, other order or number: expected {len(want)}, got {len(got)}"
    return "\n  ".join(
        [
            f"{name}:",
            *(f"missing  {_text(item)}" for item in missing),
            *(f"surplus  {_text(item)}" for item in extra),
        ]
    )


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


_NOTHING: list[Any] = [None, "", [], {}]
"""What stands for nothing; False and 0 are something, and equal none of these."""


def prune(value: Any) -> Any:
    """Return *value* without free text, and without what stands for nothing."""
    if isinstance(value, Mapping):
        items = ((key, _ordered(key, prune(item))) for key, item in value.items() if key != "message")
        return {key: item for key, item in items if item not in _NOTHING}
    if isinstance(value, list | tuple):
        return [prune(item) for item in value]
    return value


def _ordered(key: str, value: Any) -> Any:
    return sorted(value, key=_text) if key == "conditions" and isinstance(value, list) else value


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    body = prune(request.get("body"))
    if isinstance(body, dict):
        body = {key: item for key, item in body.items() if key not in ("kind", "apiVersion")}
        if request.get("verb") == "update" and request.get("subresource") == "status":
            body = {"status": body.get("status", {})}
    return {**prune(request), "body": body}


def _place(request: Mapping[str, Any]) -> tuple[Any, ...]:
    return (request.get("verb"), request.get("resource"), request.get("subresource"))


def requests(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the requests of *row* in comparable form: neighbours without an order are sorted."""
    forms = [_request(request) for request in row.get("requests") or ()]
    runs = [sorted(run, key=_text) for _, run in groupby(forms, key=_place)]
    result = [request for run in runs for request in run]
    return _once(result) if row.get("controller") == "daemonset" else result


def _once(forms: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Drop claim patches that are sent again unchanged: a DaemonSet claims anew in several steps of one sync."""
    seen: list[dict[str, Any]] = []
    for form in forms:
        if form["verb"] != "patch" or form not in seen:
            seen.append(form)
    return seen


def _events(row: Mapping[str, Any]) -> list[str]:
    return sorted(_text(prune(event)) for event in row.get("events") or ())


def _seconds(row: Mapping[str, Any]) -> "_About | None":
    value = row.get("requeueAfter")
    return None if value is None else _About(value)


class _About(float):
    """A number of seconds, equal to another within one second."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, float) and abs(self - other) <= 1.0

    def __ne__(self, other: object) -> bool:
        return not self == other


_PARTS: dict[str, Any] = {
    "requests": requests,
    "events": _events,
    "requeueAfter": _seconds,
    "error": lambda row: bool(row.get("error")),
    "memoryAfter": lambda row: prune(row.get("memoryAfter")),
}

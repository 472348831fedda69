"""`sync` on snapshots that nobody recorded: recorded ones, with parts of them changed, moved, doubled or taken out."""

import json
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.snapshot import BadSnapshot
from reconcile.sync import sync
from reconcile.testing.vectors import read_rows

VECTORS = Path(__file__).parent / "vectors"
FILES = (
    *("replicaset", "deployment", "statefulset"),
    *("job", "job_reject", "job_orphan", "cronjob", "cronjob_reject", "ttlafterfinished"),
)
ASKED = ("controller", "now", "parent", "observed", "memory", "liveParent", "liveOnly", "reject")
STRANGE: tuple[Any, ...] = (
    *(None, "", 0, -1, 1, 2**31, 1.5, True, "x", "007", "-5", [], {}, [None]),
    *("2026-06-25T00:00:00Z", "0001-01-01T00:00:00Z", "Succeeded", "Failed", "True", "Complete"),
)


@cache
def rows(file: str) -> list[str]:
    """Return some of the questions of a file of vectors, as text."""
    some = islice(read_rows(VECTORS / f"{file}.jsonl.gz"), 0, 400, 4)
    return [json.dumps({key: row[key] for key in ASKED if row.get(key) is not None}) for row in some]


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every map or list in *value* with each of its keys or positions."""
    if not isinstance(value, dict | list):
        return []
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


@st.composite
def questions(draw: st.DrawFn) -> str:
    """Recorded snapshots with one to five changes."""
    question = json.loads(draw(st.sampled_from(rows(draw(st.sampled_from(FILES))))))
    for _ in range(draw(st.integers(1, 5))):
        found = [place for place in places(question) if place[0] is not question]
        if not found:
            break
        holder, key = found[draw(st.integers(0, len(found) - 1))]
        change = draw(st.sampled_from(["drop", "copy", "strange"]))
        if change == "drop":
            del holder[key]
        elif change == "strange":
            holder[key] = draw(st.sampled_from(STRANGE))
        elif isinstance(holder, list):
            holder.insert(0, json.loads(json.dumps(holder[key])))
        else:
            other, there = found[draw(st.integers(0, len(found) - 1))]
            holder[key] = json.loads(json.dumps(other[there]))
    return json.dumps(question)


def answer(question: str) -> str:
    """Return what `sync` answers, or why it does not."""
    asked = json.loads(question)
    try:
        answered = json.dumps(sync(asked))
    except BadSnapshot as refused:
        return f"refused: {refused}"
    assert question == json.dumps(asked)
    return answered


@given(questions())
@settings(max_examples=150)
def test_any_snapshot_is_answered_or_refused(question: str) -> None:
    """Nothing but a refusal that names the place is ever raised, the same question gets the same answer, and the
    question is left as it was."""
    assert answer(question) == answer(question)


@pytest.mark.slow
@given(questions())
@settings(max_examples=5_000)
def test_many_snapshots_are_answered_or_refused(question: str) -> None:
    """The same, for longer."""
    assert answer(question) == answer(question)

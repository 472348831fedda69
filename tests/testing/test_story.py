"""Stories: our controllers together end where the real ones end."""

import json
from pathlib import Path
from typing import Any

import pytest

from reconcile.testing.story import replay
from reconcile.testing.vectors import read_rows

STORIES = Path(__file__).parent.parent / "vectors" / "stories.jsonl.gz"


def comparable(summary: dict[str, Any]) -> dict[str, Any]:
    """A summary with absent numbers and texts read as zero and empty, as the format says."""
    objects = {
        name: {**item, "status": {key: value for key, value in item["status"].items() if value not in (0, "")}}
        for name, item in summary["objects"].items()
    }
    return json.loads(json.dumps({**summary, "objects": objects}))  # type: ignore[no-any-return]


def first_difference(story: dict[str, Any]) -> str | None:
    for index, (step, ours) in enumerate(zip(story["steps"], replay(story), strict=True)):
        expected, found = comparable(step["then"]), comparable(ours)
        if expected.get("events") is None:
            expected.pop("events", None)
            found.pop("events", None)
        wrong = [key for key in {**expected, **found} if expected.get(key) != found.get(key)]
        if wrong:
            return f"{story['id']} step {index}: {wrong[0]}: {expected.get(wrong[0])} != {found.get(wrong[0])}"
    return None


@pytest.mark.parametrize("kind", ["replicaset", "deployment", "statefulset", "daemonset", "job"])
def test_recorded_stories_agree(kind: str) -> None:
    """After every step of every recorded story the summary is the recorded one."""
    found = [first_difference(story) for story in read_rows(STORIES) if story["kind"] == kind]

    assert [] == [difference for difference in found if difference is not None]


def test_an_unknown_action_is_an_error() -> None:
    """A step that is no action of a story says which ones there are."""
    story = {"terminates": "instantly", "nodes": [], "steps": [{"at": 0, "do": {"dance": 1}}]}

    with pytest.raises(ValueError, match="unknown action 'dance'; expected one of apply"):
        replay(story)

"""The data and the names of ControllerRevisions."""

import gzip
import json
from pathlib import Path
from typing import Any

from reconcile.model.json import freeze
from reconcile.model.revision_data import (
    canonical_json,
    restored_template,
    revision_data,
    revision_hash,
    revision_name,
    revision_patch,
)
from reconcile.model.template_hash import pod_template_hash

TESTS = Path(__file__).parents[1]


def examples() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((TESTS / "data" / "controller-revision-examples.json").read_text())
    return rows


def created(controller: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return the workload and the body of each revision created in the recording of *controller*."""
    with gzip.open(TESTS / "vectors" / f"{controller}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        (row["parent"], request["body"])
        for row in rows
        for request in row["requests"]
        if (request["verb"], request["resource"]) == ("create", "controllerrevisions")
    ]


def test_bytes_and_names_agree_with_the_examples() -> None:
    """The data of every worked example comes out byte for byte, and so do hash and name."""
    expected = [(row["data"], row["hash"], row["revisionName"]) for row in examples()]
    actual = []
    for row in examples():
        data = revision_data(row["template"])
        suffix = revision_hash(data, row["collisionCount"])
        actual.append((data, suffix, revision_name(row["setName"], suffix)))

    assert expected == actual


def test_data_of_recorded_revisions() -> None:
    """Every revision recorded for a StatefulSet or a DaemonSet holds the patch of its template."""
    bodies = created("statefulset") + created("daemonset")
    different = [
        body["metadata"]["name"]
        for parent, body in bodies
        if body["data"] != revision_patch(freeze(parent["spec"]["template"]))
    ]

    assert len(bodies) > 400
    assert different == []


def test_names_of_recorded_revisions() -> None:
    """The recorded names come out; the name of a retry carries a later collision count."""
    sets = [
        body["metadata"]["name"]
        for parent, body in created("statefulset")
        if body["metadata"]["name"]
        not in {
            revision_name(
                parent["metadata"]["name"],
                revision_hash(revision_data(parent["spec"]["template"]), start + retry),
            )
            for start in [parent.get("status", {}).get("collisionCount") or 0]
            for retry in range(5)
        }
    ]
    daemons = [
        body["metadata"]["name"]
        for parent, body in created("daemonset")
        if body["metadata"]["name"]
        != "-".join(
            (
                parent["metadata"]["name"],
                pod_template_hash(parent["spec"]["template"], parent.get("status", {}).get("collisionCount")),
            )
        )
    ]

    assert sets == []
    assert daemons == []


def test_a_revision_gives_back_its_template() -> None:
    """What was stored can be restored, without the mark of the patch."""
    for row in examples():
        stored = json.loads(row["data"])
        restored = restored_template(stored)

        assert "$patch" not in restored
        assert revision_data(restored) == row["data"]


def test_numbers_lose_their_last_digits() -> None:
    """Numbers beyond 53 bits come out as the shortest digits of their double, filled up with zeros."""
    template = {"spec": {"containers": [], "activeDeadlineSeconds": 2**63 - 1}}

    assert '"activeDeadlineSeconds":9223372036854776000' in revision_data(template)


def test_strings_are_escaped_like_upstream() -> None:
    """Control characters are escaped, short where there is a short form; a slash and DEL are not."""
    actual = canonical_json('\b\f\n\r\t\x00\x1f"\\/\x7fé<>&\u2028\u2029')

    assert actual == (r'"\b\f\n\r\t\u0000\u001f\"\\/' + "\x7fé" + r'\u003c\u003e\u0026\u2028\u2029"')

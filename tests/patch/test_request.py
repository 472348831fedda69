"""A PATCH request: which algorithm, and what no patch may change."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from reconcile.actions import JSON_PATCH, MERGE, STRATEGIC_MERGE
from reconcile.model.json import freeze
from reconcile.model.kinds import BY_PLURAL
from reconcile.patch.errors import BadPatch
from reconcile.patch.request import patched, same_object

VECTORS = Path(__file__).parent.parent / "vectors"
STORED = freeze({"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "d", "namespace": "n"}})


def code(patch_type: str, body: Any) -> int:
    """Return the code of the answer to *body*, a patch of `STORED`."""
    try:
        same_object(patched("Deployment", patch_type, STORED, body), STORED)
    except BadPatch as refused:
        return refused.code
    return 200


IDENTITIES = [
    (200, STRATEGIC_MERGE, {"kind": "X", "apiVersion": None}),
    (200, MERGE, {"kind": None, "apiVersion": "apps/v1beta1"}),
    (422, MERGE, {"kind": "Pod"}),
    (422, MERGE, {"apiVersion": "v9"}),
    (400, MERGE, {"apiVersion": None}),
    (422, JSON_PATCH, [{"op": "replace", "path": "/kind", "value": "Pod"}]),
    (400, MERGE, {"metadata": {"name": "other"}}),
    (400, MERGE, {"metadata": {"namespace": "other"}}),
    (400, STRATEGIC_MERGE, {"metadata": {"name": None}}),
    (400, STRATEGIC_MERGE, {"$patch": "delete"}),
    (415, "application/json", {}),
]


@pytest.mark.parametrize(("answer", "patch_type", "body"), IDENTITIES)
def test_identity(answer: int, patch_type: str, body: Any) -> None:
    """Kind, apiVersion, name and namespace are not for a patch to change."""

    assert code(patch_type, body) == answer


@pytest.mark.parametrize("name", ["patch", "patch-b"])
def test_refuses_as_recorded(name: str) -> None:
    """Every refusal before validation has the recorded code and cause; the store's own refusals are left out."""
    with gzip.open(VECTORS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    differing = []
    for row in rows:
        if not row["before"] or row.get("patchText") or row["subresource"] == "scale" or "abc" in str(row["patch"]):
            continue
        stored = freeze(row["before"])
        try:
            patch_type = row.get("contentType") or row["patchType"]
            same_object(patched(BY_PLURAL[row["resource"]].name, patch_type, stored, row["patch"]), stored)
        except BadPatch as refused:
            causes = [cause["field"] for cause in row["causes"] or ()]
            if row["status"] != refused.code or (refused.code == 422 and causes != [refused.field] * len(causes)):
                differing.append((row["id"], refused.code))
        else:
            if row["status"] not in (200, 409, 422):
                differing.append((row["id"], 200))

    assert differing == []

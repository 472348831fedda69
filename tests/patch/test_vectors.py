"""Recorded patches: what the algorithms make of a stored object, before the API decodes, defaults and validates it."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconcile.model.kinds import BY_PLURAL
from reconcile.model.quantity import Quantity
from reconcile.patch.errors import BadPatch
from reconcile.patch.jsonpatch import json_patch
from reconcile.patch.merge import merge_patch
from reconcile.patch.strategic import strategic_merge_patch

VECTORS = Path(__file__).parent.parent / "vectors"
FILES = ["patch", "patch-b"]

# Members that the server does not store as the patch has them: unknown ones, and those that are its own.
NOT_STORED = {"$retainKeys", "nope", "unknown", "unknownSpec", "unknownTop", "Replicas", "imagex", "nosuch"}
ITS_OWN = {
    *("apiVersion", "creationTimestamp", "generation", "resourceVersion", "observedGeneration"),
    *("deprecated.daemonset.template.generation", "batch.kubernetes.io/controller-uid"),
}
# Members of a Service that go when its type does not use them (contract patch-algorithms A.9).
BY_TYPE = {
    *("clusterIP", "clusterIPs", "externalTrafficPolicy", "internalTrafficPolicy", "ipFamilies", "ipFamilyPolicy"),
    *("nodePort", "sessionAffinityConfig"),
}
QUANTITIES = {"cpu", "memory", "storage", "sizeLimit"}
# Members at a wrong place (0708, b-1028, b-1078); contract patch-algorithms A.3 (numbers) and A.9 (podIPs); the labels
# of a Deployment in a status write.
STORED_OTHERWISE = {
    *("patch-0110", "patch-0114", "patch-b-0204", "patch-b-0619"),
    *("patch-0708", "patch-b-1028", "patch-b-1078", "patch-1296", "patch-1076", "patch-b-1151"),
}


def rows(name: str) -> Iterator[dict[str, Any]]:
    """Return the rows of a file whose patch is a JSON value sent to an object that exists."""
    with gzip.open(VECTORS / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["before"] and not row.get("patchText") and row["subresource"] != "scale" and row["status"] != 415:
                yield row


def patched(row: dict[str, Any]) -> Any:
    """Return what the algorithm makes of *row*: an object or the code of the refusal."""
    try:
        match row["patchType"].partition(";")[0]:
            case "application/strategic-merge-patch+json":
                return strategic_merge_patch(BY_PLURAL[row["resource"]].name, row["before"], row["patch"])
            case "application/merge-patch+json":
                return merge_patch(row["before"], row["patch"])
            case "application/json-patch+json":
                return json_patch(row["before"], row["patch"])
    except BadPatch as refused:
        return refused.code


def losses(merged: Any, stored: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Return where *merged* has something that *stored* has otherwise; what only *stored* has was defaulted."""
    if name in NOT_STORED | ITS_OWN | BY_TYPE or name.startswith("$") or empty(merged):
        return
    if isinstance(merged, dict) and isinstance(stored, dict):
        for key, value in merged.items():
            yield from losses(value, stored.get(key), key)
    elif isinstance(merged, list) and isinstance(stored, list) and fits(name, merged, stored):
        for mine, its in zip(merged, stored, strict=False):
            yield from losses(mine, its)
    elif merged != stored and not (name in QUANTITIES and str(Quantity.read(merged)) == stored):
        yield name, merged, stored


def fits(name: str, merged: list[Any], stored: list[Any]) -> bool:
    """Whether *stored* has as many items as *merged*; a pod gets tolerations of its own behind those it names."""
    return len(merged) == len(stored) or (name == "tolerations" and len(merged) < len(stored))


def empty(value: Any) -> bool:
    """Whether *value* is left out when an object is stored."""
    if isinstance(value, dict):
        return all(empty(item) for item in value.values())
    return value in (None, "", [], 0, False)


def part(row: dict[str, Any], value: Any) -> Any:
    """Return what the request of *row* may write: everything but the status, or the status and metadata only."""
    ignored = "spec" if row["subresource"] == "status" else "status"
    return {key: item for key, item in value.items() if key != ignored}


@pytest.mark.parametrize("name", FILES)
def test_merges_as_recorded(name: str) -> None:
    """Whatever an accepted patch leaves in the object is stored, lists in the same order."""
    accepted = [row for row in rows(name) if row["status"] == 200]
    differing: list[tuple[str, Any]] = []
    for row in accepted:
        merged = patched(row)
        if isinstance(merged, int):
            differing.append((row["id"], merged))
        elif found := [] if row["id"] in STORED_OTHERWISE else [*losses(part(row, merged), part(row, row["after"]))]:
            differing.append((row["id"], found[:2]))

    assert len(accepted) > 300
    assert differing == []


@pytest.mark.parametrize("name", FILES)
def test_refuses_as_recorded(name: str) -> None:
    """A failure of the algorithm has the recorded code, and every recorded 500 is a failure of the algorithm.

    The exception is a resourceVersion that is no number: it fails when it is compared.
    """
    refused = [row for row in rows(name) if row["status"] != 200]
    codes = [(row, patched(row)) for row in refused]
    differing = [
        (row["id"], row["status"], code if isinstance(code, int) else "merged")
        for row, code in codes
        if (code != row["status"] if isinstance(code, int) else row["status"] == 500)
        and '"resourceVersion": "abc"' not in json.dumps(row["patch"])
    ]

    assert sum(isinstance(code, int) for _, code in codes) > 15
    assert differing == []


def test_applies_as_recorded() -> None:
    """The patch of every recorded kubectl apply that the server took leaves what it says in the object."""
    differing = []
    with gzip.open(VECTORS / "apply.jsonl.gz", "rt", encoding="utf-8") as lines:
        accepted = [row for row in map(json.loads, lines) if row["exit"] == 0]
    for row in accepted:
        merged = strategic_merge_patch(row["live"]["kind"], row["live"], row["patch"])
        main = {**row, "subresource": None}
        if found := [*losses(part(main, merged), part(main, row["after"]))]:
            differing.append((row["id"], found[:2]))

    assert len(accepted) > 100
    assert differing == []

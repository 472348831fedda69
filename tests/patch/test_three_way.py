"""What kubectl apply sends: recorded patches, and the law that a patch does what it says."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.model.kinds import BY_NAME
from reconcile.patch.errors import BadPatch
from reconcile.patch.strategic import strategic_merge_patch
from reconcile.patch.three_way import LAST_APPLIED, annotated, apply_patch, last_applied, three_way_patch

VECTORS = Path(__file__).parent.parent / "vectors"


def recorded() -> list[dict[str, Any]]:
    """Return the recorded runs of kubectl apply."""
    with gzip.open(VECTORS / "apply.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def line(row: dict[str, Any], patch: Any) -> str:
    """Return what kubectl prints about a patch that the server takes."""
    verb = "configured" if patch else "unchanged"
    return f"{BY_NAME[row['live']['kind']].qualified}/{row['live']['metadata']['name']} {verb}\n"


def test_patches_as_recorded() -> None:
    """The patch of every recorded apply is the recorded one to the byte, members sorted; an empty one is not sent."""
    differing = []
    for row in recorded():
        patch = apply_patch(row["live"]["kind"], row["live"], row["manifest"], namespace="default")
        printed = line(row, patch) if row["exit"] == 0 else ""
        if json.dumps(patch, sort_keys=True) != json.dumps(row["patch"], sort_keys=True) or printed != row["stdout"]:
            differing.append(row["id"])

    assert len(recorded()) > 100
    assert differing == []


def test_creates_with_the_manifest_in_the_annotation() -> None:
    """A created object has its namespace, and remembers itself without the annotation that its manifest may carry."""
    manifest = {"kind": "Pod", "metadata": {"name": "p", "annotations": {"a": "<b>", LAST_APPLIED: "old"}}, "x": None}
    text = '{"kind":"Pod","metadata":{"annotations":{"a":"\\u003cb\\u003e"},"name":"p","namespace":"n"},"x":null}\n'

    assert annotated(manifest, namespace="n") == {
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "n", "annotations": {"a": "<b>", LAST_APPLIED: text}},
        "x": None,
    }
    assert last_applied(annotated(manifest, namespace="n")) == json.loads(text)


def test_keeps_the_namespace_of_the_manifest() -> None:
    """A namespace that the manifest names stays."""

    assert annotated({"metadata": {"namespace": "own"}}, namespace="n")["metadata"]["namespace"] == "own"


@pytest.mark.parametrize("text", ["{", "[]"])
def test_refuses_a_broken_annotation(text: str) -> None:
    """An annotation that is no JSON object is an error."""
    with pytest.raises(BadPatch):
        last_applied({"metadata": {"annotations": {LAST_APPLIED: text}}})


def test_drops_what_was_applied_before() -> None:
    """A field that the manifest lost becomes null even if the live object lacks it; others' fields are left alone."""
    live = annotated({"metadata": {"name": "p"}, "spec": {"nodeName": "n", "hostname": "h"}})
    spec = {"hostname": "h", "priority": 1}
    patch = apply_patch("Pod", {**live, "spec": spec}, {"metadata": {"name": "p"}, "spec": {"hostname": "h"}})

    assert patch["spec"] == {"nodeName": None}


def lists(key: str, **members: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return lists of items with distinct values of *key*."""
    item = st.fixed_dictionaries({key: st.sampled_from("abcde")}, optional=members)
    return st.lists(item, max_size=4, unique_by=lambda entry: entry[key])


WORDS = st.sampled_from(["v", "w"])
CONTAINERS = lists("name", image=WORDS, env=lists("name", value=WORDS), args=st.lists(WORDS, max_size=2))
VOLUMES = lists("name", emptyDir=st.just({}), hostPath=st.fixed_dictionaries({"path": WORDS}))
# In alphabetical order: kubectl does not notice that an order changed to or from another one (C.3).
FINALIZERS = st.lists(st.sampled_from("xyz"), max_size=3, unique=True).map(sorted)
META = st.fixed_dictionaries(
    {},
    optional={
        "labels": st.dictionaries(WORDS, WORDS),
        "finalizers": FINALIZERS,
    },
)
SPEC = st.fixed_dictionaries({}, optional={"containers": CONTAINERS, "volumes": VOLUMES, "priority": st.integers(0, 2)})
PODS = st.fixed_dictionaries({}, optional={"metadata": META, "spec": SPEC})


@settings(max_examples=100, deadline=None, derandomize=True)
@given(PODS, PODS)
def test_a_patch_leads_to_the_manifest(old: Any, new: Any) -> None:
    """What nobody else touched becomes the new manifest, lists in its order."""
    patch = three_way_patch("Pod", old, new, old)

    assert strategic_merge_patch("Pod", old, patch) == new


def decoded(value: Any) -> Any:
    """Return *value* without what decoding drops: nulls, and directives that met nothing in the live object."""
    if isinstance(value, dict):
        kept = {name: item for name, item in value.items() if item is not None and not name.startswith("$")}
        return {name: decoded(item) for name, item in kept.items()}
    return [decoded(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=100, deadline=None, derandomize=True)
@given(PODS, PODS)
def test_applying_again_changes_nothing(live: Any, manifest: Any) -> None:
    """Once the manifest was applied, the next patch for it may say something, but it changes nothing."""
    seen = []
    for _ in range(2):
        live = decoded(strategic_merge_patch("Pod", live, three_way_patch("Pod", manifest, manifest, live)))
        seen.append(live)

    assert seen[0] == seen[1]

"""The hash of a pod template, and the text it is taken from."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from reconcile.model.json import freeze
from reconcile.model.template_hash import dump_quantity, dump_template, pod_template_hash

TESTS = Path(__file__).parents[1]


def examples() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((TESTS / "data" / "pod-template-hash-examples.json").read_text())
    return rows


def recorded() -> list[dict[str, Any]]:
    with gzip.open(TESTS / "vectors" / "hash.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def first_difference(expected: str, actual: str) -> tuple[str, str]:
    at = next((n for n, pair in enumerate(zip(expected, actual, strict=False)) if len(set(pair)) > 1), 0)
    return expected[max(0, at - 60) : at + 60], actual[max(0, at - 60) : at + 60]


@pytest.mark.parametrize("rows", [examples(), recorded()], ids=["examples", "recorded"])
def test_texts_agree_with_the_recording(rows: list[dict[str, Any]]) -> None:
    """The text that is hashed is upstream's, byte for byte."""
    pairs = [(row["dump"], dump_template(row["template"])) for row in rows]
    different = [first_difference(*pair) for pair in pairs if pair[0] != pair[1]]

    assert different[:3] == []


@pytest.mark.parametrize("rows", [examples(), recorded()], ids=["examples", "recorded"])
def test_hashes_agree_with_the_recording(rows: list[dict[str, Any]]) -> None:
    """The suffix of every recorded ReplicaSet comes out, for plain and for frozen templates."""
    different = [
        row["hash"]
        for row in rows
        for template in (row["template"], freeze(row["template"]))
        if row["hash"] != pod_template_hash(template, row["collisionCount"])
    ]

    assert different == []


def test_zero_collisions_differ_from_none() -> None:
    """A collision count of 0 that is present is hashed; an absent one is not."""
    template = freeze({"metadata": {"labels": {"app": "web"}}})
    hashes = {pod_template_hash(template, count) for count in (None, 0, 1)}

    assert len(hashes) == 3


def test_the_order_of_keys_does_not_matter() -> None:
    """Maps are hashed in the order of their keys, objects in that of their declaration."""
    forward = {"metadata": {"labels": {"a": "1", "b": "2"}}, "spec": {"nodeName": "n", "hostname": "h"}}
    backward = {"spec": {"hostname": "h", "nodeName": "n"}, "metadata": {"labels": {"b": "2", "a": "1"}}}

    assert dump_template(forward) == dump_template(backward)


def test_an_empty_list_is_hashed_like_an_absent_one_but_an_empty_object_is_not() -> None:
    """`volumes: []` is nothing; `securityContext: {}` is a struct of zeros."""
    nothing = pod_template_hash({"spec": {}})

    assert nothing == pod_template_hash({"spec": {"volumes": [], "nodeSelector": {}}})
    assert nothing != pod_template_hash({"spec": {"securityContext": {}}})


def test_quantities_agree_with_the_recording() -> None:
    """Every recorded quantity gives upstream's text, from what was given and from what was stored."""
    rows = json.loads((TESTS / "data" / "quantity-dump-examples.json").read_text())
    expected = [(row["dumpOfStored"],) * 2 for row in rows]
    dumps = [(dump_quantity(row["input"]), dump_quantity(row["stored"])) for row in rows]
    actual = [tuple(f"(resource.Quantity){text}" for text in pair) for pair in dumps]

    assert expected == actual


def test_negative_big_quantities_keep_their_sign_apart() -> None:
    """The size of a big number is unsigned; the sign stands beside it."""
    positive, negative = dump_quantity("9Pi"), dump_quantity("-9Pi")

    assert positive.replace("neg:(bool)false", "neg:(bool)true") == negative

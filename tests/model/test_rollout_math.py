"""Fenceposts and proportions of a rolling Deployment."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from reconcile.model.rollout_math import annotated_count, clamped_fenceposts, proportion, resolve_fenceposts

VECTORS = Path(__file__).parents[1] / "vectors"


def rows(name: str) -> list[dict[str, Any]]:
    with gzip.open(VECTORS / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def fenceposts_of(row: dict[str, Any]) -> tuple[int | None, int | None, int, int]:
    case = (row["desired"], row["maxSurge"], row["maxUnavailable"])
    try:
        pair: tuple[int | None, int | None] = resolve_fenceposts(*case)
    except ValueError:
        pair = (None, None)
    return (*pair, *clamped_fenceposts(*case))


def test_fenceposts_agree_with_the_recording() -> None:
    """Every recorded pair comes out, as the rollout sees it and as the clamped helpers give it."""
    columns = ("surge", "unavailable", "MaxSurge()", "MaxUnavailable()")
    recorded = rows("fenceposts.jsonl.gz")
    different = [row for row in recorded if fenceposts_of(row) != tuple(row[column] for column in columns)]

    assert len(recorded) > 800
    assert different[:5] == []


def proportion_of(row: dict[str, Any]) -> int:
    surge, _ = clamped_fenceposts(row["desired"], row["maxSurge"], row["maxUnavailable"])
    return proportion(
        size=row["rsReplicas"],
        base=annotated_count(row["maxReplicasAnnotation"]) or row["deploymentStatusReplicas"],
        desired=row["desired"],
        surge=surge,
        to_add=row["replicasToAdd"],
        added=row["replicasAdded"],
    )


def test_proportions_agree_with_the_recording() -> None:
    """Every recorded share comes out, those that overflow 32 bits included."""
    recorded = rows("proportion.jsonl.gz")
    different = [(row, proportion_of(row)) for row in recorded if row["proportion"] != proportion_of(row)]

    assert len(recorded) > 800
    assert different[:5] == []


def test_one_malformed_value_spoils_both_fenceposts() -> None:
    """A bad maxUnavailable makes the pair an error, and the clamped pair (0, 0) without promotion to 1."""
    with pytest.raises(ValueError, match="'5'"):
        resolve_fenceposts(10, 3, "5")

    assert clamped_fenceposts(10, 3, "5") == (0, 0)


def test_the_product_of_sizes_wraps_around_at_32_bits() -> None:
    """65536 * 65536 is 0 in 32 bits, so the ReplicaSet appears to lose everything."""
    actual = proportion(size=65536, base=65536, desired=65536, surge=0, to_add=-100000, added=0)

    assert actual == -65536


@pytest.mark.parametrize(("size", "base", "desired", "expected"), [(1, 2, 3, 1), (3, 2, 3, 2), (1, 4, 2, 0)])
def test_halves_are_rounded_away_from_zero(size: int, base: int, desired: int, expected: int) -> None:
    """1.5 becomes 2, 4.5 becomes 5 and 0.5 becomes 1."""
    actual = proportion(size=size, base=base, desired=desired, surge=0, to_add=100, added=0)

    assert expected == actual


def test_a_product_that_wrapped_below_zero_is_rounded_away_from_zero_too() -> None:
    """40000 * 60000 is -1894967296 in 32 bits; a seventh of that rounds down to -270709614."""
    actual = proportion(size=40000, base=7, desired=60000, surge=0, to_add=-(2**31) + 1, added=0)

    assert actual == -270709614 - 40000

"""A sample of the recorded syncs, to be run before all of them: most mutants do not survive it."""

from itertools import islice
from pathlib import Path

import pytest

from reconcile.sync import sync
from reconcile.testing.vectors import disagreements, read_rows

VECTORS = Path(__file__).parents[1] / "vectors"
EVERY = 16

FILES = ("replicaset", "deployment", "statefulset", "daemonset", "job", "cronjob")


@pytest.mark.parametrize("file", FILES)
def test_some_recorded_syncs(file: str) -> None:
    """Every sixteenth recorded sync comes out as recorded."""
    lines = islice(read_rows(VECTORS / f"{file}.jsonl.gz"), 5, None, EVERY)

    assert None is next(disagreements(lines, sync), None)

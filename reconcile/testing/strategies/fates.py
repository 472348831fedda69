"""Fates of pods: tables of behaviours that the kubelets go by.

Rules
1. Image `app:1` always gets ready, after a while; `app:ok` ends well. So every history can be put right.
2. `bad` cannot be pulled, `slow` takes its time, `crash` ends with an error again and again, `flaky` never gets ready,
   `fail` ends with an error, `retry` does so at first. Any other tag fares like `1`, with delays of its own.
"""

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from reconcile.nodes.behaviour import Behaviour


def delays(*, maximum: float = 10.0) -> SearchStrategy[float]:
    """Return seconds, whole and halves, up to *maximum*; they shrink to none."""
    return st.integers(0, int(maximum * 2)).map(lambda halves: halves / 2)


def fates(*, maximum: float = 10.0) -> SearchStrategy[tuple[Behaviour, ...]]:
    """Return tables in which each stage of a pod takes up to *maximum* seconds; they shrink to everything at once."""
    return st.builds(_table, delays(maximum=maximum), delays(maximum=maximum), delays(maximum=maximum), st.booleans())


def _table(start: float, ready: float, terminates: float, jitter: bool) -> tuple[Behaviour, ...]:
    spread = 3.0 if jitter else 0.0
    rows = (
        Behaviour(image="*:bad", pull=False),
        Behaviour(image="*:slow", start=start + 5, ready=ready + 20, ready_jitter=spread),
        Behaviour(image="*:crash", start=start, exit_code=1, runs=ready + 2),
        Behaviour(image="*:flaky", start=start, becomes_ready=False),
        Behaviour(image="*:ok", start=start, exit_code=0, runs=ready + 1, runs_jitter=spread),
        Behaviour(image="*:fail", start=start, exit_code=1, runs=ready + 1, runs_jitter=spread),
        Behaviour(image="*:retry", start=start, exit_codes=(1, 0), runs=ready + 1),
        Behaviour(owner="Job", start=start, exit_code=0, runs=ready + 1),
        Behaviour(start=start, start_jitter=spread, ready=ready, ready_jitter=spread),
    )
    return tuple(evolve(row, terminates=terminates, terminates_jitter=spread) for row in rows)

"""Whole histories."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from reconcile.testing.histories import History
from reconcile.testing.moves import Move
from reconcile.testing.strategies.fates import fates
from reconcile.testing.strategies.moves import any_moves, applies
from reconcile.testing.strategies.workloads import BY_KIND


def histories(
    *,
    kinds: tuple[str, ...] = tuple(BY_KIND),
    max_size: int = 20,
    max_nodes: int = 4,
    max_replicas: int = 5,
    faults: bool = True,
    protected: bool = True,
) -> SearchStrategy[History]:
    """Return histories of a cluster with workloads of *kinds*, of up to *max_size* moves.

    Args:
        kinds: of the workloads; a first one is applied at the start.
        max_size: how many moves there are at most.
        max_nodes: how many nodes there are at most in the beginning.
        max_replicas: how many pods a workload asks for at most.
        faults: whether requests, caches and controllers fail; nodes and pods always may.
        protected: whether controllers wait until their caches show their own writes, as they do in 1.36.
    """
    first = applies(kinds=kinds, max_replicas=max_replicas)
    rest = st.lists(any_moves(kinds=kinds, faults=faults, max_replicas=max_replicas), max_size=max_size - 1)

    def together(head: Move, tail: list[Move]) -> tuple[Move, ...]:
        return (head, *tail)

    return st.builds(
        History,
        moves=st.builds(together, first, rest),
        nodes=st.integers(1, max_nodes),
        seed=st.integers(0, 3),
        fates=st.just(History().fates) | fates(),
        protected=st.just(protected),
    )

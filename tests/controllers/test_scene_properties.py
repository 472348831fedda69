"""What must be true of one sync, whatever a controller finds: states that no history leads to, too.

A scene is drawn, the controller looks at it once, and everything it did is held against the invariants of decisions.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.actions import WRITES, Delete
from reconcile.engine.queue import Slot
from reconcile.engine.step import sync
from reconcile.outcome import Reason
from reconcile.testing import invariants
from reconcile.testing.invariants.protocol import of_states, rows
from reconcile.testing.strategies.states import states
from tests.controllers.seen import CLUSTER, Seen, look

KINDS = ("ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob")

NOT_OF_ONE_SYNC = {
    # Pods that are adopted and removed in one sync are counted, but the invariant knows those only that it had before.
    ("Job", "counted_once"),
    # contract cronjob 6: the status is sent after a Job was deleted, whether it lists that Job or not.
    ("CronJob", "no_idle_status"),
}
"""What holds of what histories lead to, and not of all that can be drawn."""


def broken(kind: str, seen: Seen) -> str | None:
    """Return the first invariant that does not hold of a sync."""
    chosen = [
        check for name, check in invariants.ALL.items() if not of_states(check) and (kind, name) not in NOT_OF_ONE_SYNC
    ]
    found = invariants.check(seen.before, seen.after, chosen)
    return str(found) if found is not None else None


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=60)
def test_one_sync_of_anything_keeps_every_promise(kind: str, data: st.DataObject) -> None:
    """Whatever there is, all that one sync decides is allowed."""
    scene = data.draw(states(kind, max_children=6))

    assert None is broken(kind, look(kind.lower(), scene))


FORGIVEN = {
    "ReplicaSet": {("Delete", Reason.NOT_FOUND), ("Create", Reason.NAMESPACE_TERMINATING)},
    "StatefulSet": {("Delete", Reason.NOT_FOUND)},
    "DaemonSet": {("Delete", Reason.NOT_FOUND), ("Create", Reason.NAMESPACE_TERMINATING)},
}
"""Refusals of pods that say that there is nothing left to do."""
REASONS = (Reason.INTERNAL_ERROR, Reason.FORBIDDEN, Reason.TIMEOUT, Reason.NOT_FOUND, Reason.NAMESPACE_TERMINATING)


@pytest.mark.parametrize("kind", FORGIVEN)
@given(data=st.data(), number=st.integers(0, 3), reason=st.sampled_from(REASONS))
@settings(max_examples=60)
def test_a_refused_pod_fails_the_sync(kind: str, data: st.DataObject, number: int, reason: Reason) -> None:
    """A pod that cannot be made or removed fails the sync, which is tried again; but for refusals that say that there
    is nothing left to do. What it did in spite of it is allowed, too."""
    scene = data.draw(states(kind, max_children=6))
    seen = look(kind.lower(), scene, refusals={number: reason})
    asked = [row for row in seen.rows if isinstance(row.action, WRITES)]
    subject = asked[number].what.split()[:2] if number < len(asked) else []

    # Who is told that a pod to release or adopt is gone counts without it, though it is still among what was seen.
    if subject[:1] != ["patch"] or reason is not Reason.NOT_FOUND:
        assert None is broken(kind, seen)
    if subject and subject[1].startswith("Pod/") and subject[0] in ("create", "delete"):
        forgiven = (subject[0].capitalize(), reason) in FORGIVEN[kind]
        assert seen.failed != forgiven, [f"{row.what}: {row.result}" for row in seen.rows]


@pytest.mark.parametrize("kind", ["ReplicaSet", "StatefulSet", "DaemonSet", "Job"])
@given(data=st.data())
@settings(max_examples=20)
def test_who_has_written_waits_until_it_sees_it(kind: str, data: st.DataObject) -> None:
    """Looking again with a cache as old as before, it does nothing at all: it would do the same twice (KEP-5647)."""
    scene = data.draw(states(kind, max_children=3))
    first, slot = look(kind.lower(), scene, live=scene.store()).after, Slot(kind.lower(), *scene.desired.key)

    assert slot not in first.unseen or [] == rows(first, sync(CLUSTER.engine, first, slot))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=20)
def test_what_was_refused_is_told(kind: str, data: st.DataObject) -> None:
    """A sync all of whose requests are refused asks to be tried again, unless all it wanted was to remove things."""
    scene = data.draw(states(kind, max_children=3))
    seen = look(kind.lower(), scene, refusals=dict.fromkeys(range(50), Reason.INTERNAL_ERROR))
    asked = [row for row in seen.rows if isinstance(row.action, WRITES) and not isinstance(row.action, Delete)]

    assert seen.failed or not asked or kind == "Job", [f"{row.what}: {row.result}" for row in seen.rows]

"""Everything that may happen in a small world, and whether it is all right.

    from reconcile.testing.explore import Scope, explore
    report = explore(make)            # make() returns a Scope
    print(report.text())

Every order in which controllers sync, everything that may become of pods, every moment at which users may do what they
do: all states that are reached, those that differ in names and ages only being one. In each of them all invariants are
checked, and that the goal is within reach.
"""

from reconcile.nodes.fates import FATES, Fate, fates
from reconcile.testing.explore.edits import delete, pause, resume, scale, set_image, undo
from reconcile.testing.explore.report import FIGHT, STUCK, Finding, Report
from reconcile.testing.explore.scope import Edit, Scope, reached
from reconcile.testing.explore.search import explore
from reconcile.testing.explore.tell import Story, tell
from reconcile.testing.explore.walk import UNSETTLED, Walks, wander

__all__ = [
    "FATES",
    "FIGHT",
    "STUCK",
    "UNSETTLED",
    "Edit",
    "Fate",
    "Finding",
    "Report",
    "Scope",
    "Story",
    "Walks",
    "delete",
    "explore",
    "fates",
    "pause",
    "reached",
    "resume",
    "scale",
    "set_image",
    "tell",
    "undo",
    "wander",
]

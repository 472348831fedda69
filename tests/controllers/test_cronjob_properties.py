"""What must be true of a CronJob whatever happens: to its Jobs, to its controller, to the cache that it reads.

A random CronJob lives through some hours in which its Jobs succeed, fail or run on past the next slot; it is suspended,
resumed and edited; its controller crashes, is refused, and reads a cache that lags. Each step is checked against the
invariants of CronJobs (`reconcile.testing.invariants`), which speak of the Jobs that it lists as active. Without faults
more is true, and is checked here of all Jobs there are.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.cluster import Cluster
from reconcile.engine.world import World
from reconcile.model.clock import Instant, parse
from reconcile.model.resource import Resource
from reconcile.model.schedule import next_activations
from reconcile.nodes.behaviour import Behaviour
from reconcile.testing import goals, invariants
from reconcile.testing.invariants.cronjobs import outcome_of
from reconcile.testing.invariants.protocol import owned
from reconcile.testing.moves import Move
from reconcile.testing.stage import Stage
from reconcile.testing.strategies.moves import fault_moves, move

FAULTY: Final = ("cronjob", "job", "garbage-collector")
"""Whose caches lag and whose processes are started anew."""
SCHEDULES: Final = ("* * * * *", "*/2 * * * *", "*/5 * * * *", "1-59/7 * * * *", "@hourly", "@every 90s")
LIMITS: Final = (("Complete", "successfulJobsHistoryLimit"), ("Failed", "failedJobsHistoryLimit"))


def cronjob(**spec: Any) -> dict[str, Any]:
    pods = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 3, "containers": [{"name": "c", "image": "a:1"}]}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "tick"},
        "spec": {"jobTemplate": {"spec": {"backoffLimit": 0, "template": {"spec": pods}}}, **spec},
    }


class Life:
    """A CronJob on a stage, and the slots of all Jobs that it ever had."""

    def __init__(self, manifest: dict[str, Any], fates: Sequence[Behaviour], *, faultless: bool) -> None:
        self.slots: dict[str, Instant] = {}
        self.started: dict[str, Instant] = {}
        self.faultless = faultless
        checks = (*invariants.OBJECTS, *invariants.JOBS, *invariants.CRONJOBS, self.note)
        self.stage = Stage(Cluster.new(nodes=2, behaviours=fates), checks=checks)
        self.stage.world = self.stage.cluster.create(manifest).world

    def note(self, before: World | None, after: World) -> str | None:
        """Note the Jobs that are new; without faults, how many run at a time and are kept is checked."""
        jobs = owned(after.store, "Job", self.cronjob)
        for job in jobs:
            slot = parse(job.meta.annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"])
            assert slot is not None
            if job.uid not in self.slots and slot in self.slots.values():
                return f"{job} runs a slot that was run already"
            self.slots[job.uid] = slot
            self.started.setdefault(job.uid, after.now)
        return self.overlap(jobs) if self.faultless else None

    def overlap(self, jobs: Sequence[Resource]) -> str | None:
        running = [job for job in jobs if outcome_of(job) == "" and not job.meta.deleting]
        alone = self.cronjob.spec["concurrencyPolicy"] in ("Forbid", "Replace")
        return f"{len(running)} Jobs run at a time" if alone and len(running) > 1 else None

    @property
    def cronjob(self) -> Resource:
        return self.stage.cluster.get("cronjob", "tick")

    def live(self, moves: Sequence[Move]) -> "Life":
        """Play *moves*, and take the faults away."""
        for each in moves:
            self.stage.do(each)
        self.stage.heal()
        return self

    def kept(self) -> dict[str, int]:
        """Return how many ended Jobs there are, by how they ended."""
        ends = [outcome_of(job) for job in owned(self.stage.world.store, "Job", self.cronjob)]
        return {end: ends.count(end) for end, _ in LIMITS}


# --- what is drawn -----------------------------------------------------------------------------------------------


@st.composite
def cronjobs(draw: st.DrawFn, policy: str | None = None) -> tuple[dict[str, Any], list[Behaviour]]:
    """CronJobs with short intervals, and how their pods fare: some run on past the next slot, some fail."""
    spec = {
        "schedule": draw(st.sampled_from(SCHEDULES)),
        "concurrencyPolicy": policy or draw(st.sampled_from(["Allow", "Forbid", "Replace"])),
        "successfulJobsHistoryLimit": draw(st.integers(0, 3)),
        "failedJobsHistoryLimit": draw(st.integers(0, 2)),
        **draw(st.sampled_from([{}, {"startingDeadlineSeconds": 30}, {"timeZone": "Asia/Seoul"}])),
    }
    runs = draw(st.sampled_from([0.0, 30.0, 200.0]))
    return cronjob(**spec), [Behaviour(exit_code=draw(st.sampled_from([0, 1])), runs=runs, runs_jitter=runs)]


WAITS: Final = st.sampled_from([1.0, 30.0, 60.0, 200.0, 900.0]).map(lambda seconds: Move("wait", {"seconds": seconds}))
SUSPENDS: Final = move("suspend", target=st.just(0), on=st.booleans())
ENDS: Final = move("end_pod", pod=st.integers(0, 5), phase=st.sampled_from(["Failed", "Succeeded"]))


def edit(**spec: Any) -> Move:
    return Move("patch", {"kind": "CronJob", "target": 0, "body": {"spec": spec}})


EDITS: Final = st.one_of(
    st.sampled_from(SCHEDULES).map(lambda text: edit(schedule=text)),
    st.integers(0, 3).map(lambda limit: edit(successfulJobsHistoryLimit=limit)),
)
DELETES: Final = st.just(Move("delete", {"kind": "Job", "target": 0, "propagation": "Background"}))
"""One of its Jobs."""


def histories(*more: st.SearchStrategy[Move], size: int = 8) -> st.SearchStrategy[list[Move]]:
    return st.lists(st.one_of(WAITS, SUSPENDS, ENDS, *more), max_size=size)


# --- the properties ----------------------------------------------------------------------------------------------


def keeps_its_promises(drawn: tuple[dict[str, Any], list[Behaviour]], moves: list[Move]) -> None:
    life = Life(*drawn, faultless=True).live([*moves, Move("wait", {"seconds": 400.0})])
    spec = life.cronjob.spec
    life.stage.wait(0)

    assert [] == [lack for lack in goals.unreported(life.stage.world) if lack.startswith("CronJob")]
    assert all(life.kept()[end] <= spec[limit] for end, limit in LIMITS)


@pytest.mark.parametrize("policy", ["Allow", "Forbid", "Replace"])
@given(data=st.data())
@settings(max_examples=25)
def test_policies_and_limits_hold(policy: str, data: st.DataObject) -> None:
    """Forbid never overlaps, Replace leaves at most one active, no slot runs twice, and history keeps to its limits."""
    keeps_its_promises(data.draw(cronjobs(policy)), data.draw(histories(EDITS, DELETES)))


@given(cronjobs("Allow"), st.lists(WAITS, min_size=1, max_size=4))
@settings(max_examples=25)
def test_every_slot_runs_in_its_moment(drawn: tuple[dict[str, Any], list[Behaviour]], moves: list[Move]) -> None:
    """A CronJob that nobody disturbs runs each activation of its schedule, a tenth of a second late."""
    life = Life(*drawn, faultless=True)
    start = life.stage.world.now
    life.live(moves)
    spec, now = life.cronjob.spec, life.stage.world.now
    wanted = next_activations(spec["schedule"], spec.get("timeZone"), start, 2_000)

    assert [slot for slot in wanted if slot + timedelta(seconds=0.1) <= now] == sorted(life.slots.values())
    assert {0.1} >= {(life.started[uid] - slot).total_seconds() for uid, slot in life.slots.items()}


@given(cronjobs(), histories(EDITS, DELETES, fault_moves(controllers=FAULTY), size=10))
@settings(max_examples=40)
def test_invariants_hold_under_faults(drawn: tuple[dict[str, Any], list[Behaviour]], moves: list[Move]) -> None:
    """Whatever happens to the controller: no slot runs twice, what it lists never overlaps, and after a while without
    faults its history is within its limits and its list is right."""
    life = Life(*drawn, faultless=False).live([*moves, Move("wait", {"seconds": 4_000.0})])
    life.stage.do(edit(suspend=True))
    life.stage.wait(1_000)

    assert [] == [lack for lack in goals.unreported(life.stage.world) if lack.startswith("CronJob")]
    assert all(life.kept()[end] <= life.cronjob.spec[limit] for end, limit in LIMITS)

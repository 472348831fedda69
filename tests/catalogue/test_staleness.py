"""The catalogue, staleness: what an old cache and lost memory do, with and without what 1.36 does against it."""

from typing import Any

import pytest
from attrs import evolve
from pyrsistent import pmap

from reconcile import Cluster
from reconcile.engine import faults
from reconcile.engine.queue import Slot
from reconcile.engine.step import sync
from reconcile.engine.world import Engine, World
from reconcile.testing import invariants
from tests.checked import checked, daemonset, job, replicaset, statefulset

OWNERS: list[tuple[str, dict[str, Any]]] = [
    ("replicaset", replicaset(replicas=2)),
    ("statefulset", statefulset(replicas=2)),
    ("daemonset", daemonset()),
    ("job", job(image="app:runs", parallelism=2, completions=2)),
]
"""The four controllers that own pods, and an object for each."""


def twice(engine: Engine, world: World, slot: Slot, *, forgets: bool) -> tuple[World, World]:
    """The worlds after one and after two syncs of a controller whose cache stands still."""
    first = sync(engine, faults.hold(world, slot.controller), slot)
    known = evolve(first, unseen=pmap()) if forgets else first
    return first, sync(engine, faults.again(known, slot), slot)


def pods(world: World) -> int:
    return len(world.store.all("Pod"))


@pytest.mark.parametrize(("name", "item"), OWNERS, ids=[name for name, _ in OWNERS])
def test_kep_5647_a_controller_waits_until_it_sees_its_own_writes(name: str, item: dict[str, Any]) -> None:
    """KEP-5647: with StaleControllerConsistency, on in 1.36 for the four controllers that own pods, a sync on a cache
    that does not show the last one's writes does nothing; when the cache has caught up it goes on."""
    cluster, slot = checked().apply(item), Slot(name, item["kind"], "default", item["metadata"]["name"])
    first, second = twice(cluster.engine, cluster.world, slot, forgets=False)

    assert 0 < pods(first) == pods(second)
    assert first.store is second.store
    caught_up = faults.catch_up(cluster.engine, second, name)
    settled = evolve(cluster, world=caught_up).settle()
    assert [] == [note for note in settled.events() if note.type == "Warning"]


@pytest.mark.parametrize(
    ("name", "item", "rule"),
    [
        ("replicaset", replicaset(replicas=2), "replicaset_creates_no_more"),
        ("daemonset", daemonset(), "one_pod_per_node"),
        ("job", job(image="app:runs", parallelism=2, completions=2), "parallelism_holds"),
    ],
    ids=["replicaset", "daemonset", "job"],
)
def test_kep_5647_without_it_pods_are_made_twice(name: str, item: dict[str, Any], rule: str) -> None:
    """KEP-5647: with the gate off, a controller that lost what it expects (a restart on an old cache) makes its pods
    twice; the invariant says so. A StatefulSet does not: its pods have names, and the second request is refused."""
    cluster: Cluster = checked(excepting=[rule]).apply(item)
    slot = Slot(name, item["kind"], "default", item["metadata"]["name"])
    first, second = twice(faults.unprotected(cluster.engine), cluster.world, slot, forgets=True)

    assert 2 * pods(first) == pods(second)
    assert invariants.ALL[rule](first, second) is not None


def test_kep_5647_names_guard_a_statefulset() -> None:
    """KEP-5647: with the gate off and its memory lost, a StatefulSet asks for the same pod again and is refused."""
    cluster, slot = checked().apply(statefulset(replicas=2)), Slot("statefulset", "StatefulSet", "default", "web")
    first, second = twice(faults.unprotected(cluster.engine), cluster.world, slot, forgets=True)

    assert 1 == pods(first) == pods(second)
    assert "AlreadyExists" in [row.result for row in second.trace]

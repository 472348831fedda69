"""Worlds as JSON: what goes on after a restart is what would have gone on without one."""

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from reconcile.cluster import Cluster
from reconcile.engine.saved import SavedError, restore, save
from reconcile.engine.world import World
from reconcile.nodes.behaviour import Behaviour, read_behaviours

SLOW = (Behaviour(image="*bad*", pull=False), Behaviour(start_jitter=3.0, ready=1.5, terminates=2.0))
CRASHING = (*read_behaviours([{"owner": "ReplicaSet", "exitCodes": [1, 0, 1], "runs": 4}]), *SLOW)


def workload(kind: str, name: str, replicas: int, image: str = "nginx") -> dict[str, Any]:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": image}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def again(cluster: Cluster) -> Cluster:
    """Return *cluster* after its world went through a text."""
    text = json.dumps(save(cluster.world))
    return evolve(cluster, world=restore(json.loads(text)))


def told(world: World) -> list[tuple[str, ...]]:
    return [(row.at.isoformat(), row.actor, row.subject, row.what, row.why, row.result) for row in world.trace]


def assert_same(one: Cluster, other: Cluster) -> None:
    assert told(one.world) == told(other.world)
    assert save(one.world) == save(other.world)


@pytest.mark.parametrize("behaviours", [SLOW, CRASHING], ids=["late", "crashing"])
def test_the_future_is_the_same(behaviours: tuple[Behaviour, ...]) -> None:
    """A rollout that is interrupted at any second by a restart makes the same pods at the same times."""
    begun = Cluster.new(seed=7, behaviours=behaviours).apply(workload("Deployment", "web", 5)).advance(4)
    begun = begun.apply(workload("Deployment", "web", 5, "nginx:2"))
    for seconds in (0, 1, 2.5, 7, 30):
        before = begun.advance(seconds)

        assert_same(before.advance(60), again(before).advance(60))


STEPS = st.lists(
    st.one_of(
        st.builds(lambda n: ("scale", n), st.integers(0, 4)),
        st.builds(lambda s: ("advance", s), st.sampled_from([0, 0.5, 3, 20])),
        st.builds(lambda i: ("image", i), st.sampled_from(["a", "b", "x:bad"])),
    ),
    min_size=1,
    max_size=6,
)


@given(STEPS, st.integers(0, 5))
def test_any_history_can_be_saved(steps: list[tuple[str, Any]], seed: int) -> None:
    """Whatever a user does, a restart after each step changes nothing."""
    kept = Cluster.new(nodes=2, seed=seed, behaviours=SLOW).apply(workload("Deployment", "web", 2)).settle()
    restarted = again(kept)
    for what, value in steps:
        kept, restarted = (_do(cluster, what, value) for cluster in (kept, again(restarted)))

    assert_same(kept, restarted)


def _do(cluster: Cluster, what: str, value: Any) -> Cluster:
    if what == "advance":
        return cluster.advance(value)
    if what == "scale":
        return cluster.scale("Deployment", "web", value).settle()
    return cluster.apply(workload("Deployment", "web", 2, value)).settle()


def test_the_newest_rows_are_kept() -> None:
    """Of the trace as many rows are saved as are asked for, the newest ones."""
    cluster = Cluster.new(nodes=1).apply(workload("ReplicaSet", "web", 3)).settle()

    saved = restore(save(cluster.world, rows=5), trace_limit=5)

    assert told(cluster.world)[-5:] == told(saved)


def test_indexes_are_rebuilt() -> None:
    """A restored store answers by owner and node as the one that was saved."""
    cluster = Cluster.new(nodes=1).apply(workload("ReplicaSet", "web", 3)).settle()
    uid = cluster.get("ReplicaSet", "web").uid

    store = again(cluster).world.store

    assert [pod.name for pod in cluster.world.store.owned("Pod", uid)] == [p.name for p in store.owned("Pod", uid)]
    assert cluster.world.store.used("node-0") == store.used("node-0")


@pytest.mark.parametrize(
    "change",
    [
        lambda saved: saved.pop("store"),
        lambda saved: saved.update(now="yesterday"),
        lambda saved: saved.update(now=None),
        lambda saved: saved.update(queue={"serial": 0, "slots": [["2026-01-01T00:00:00+00:00", 1, "a"]]}),
        lambda saved: saved.update(store={"version": 1, "serial": 1, "seed": 0, "objects": [3]}),
        lambda saved: saved.update(store={"version": 1, "serial": 1, "seed": 0, "objects": [{"kind": "Pod"}]}),
        lambda saved: saved.update(steps="many"),
        lambda saved: saved.update(memory=[[1, 2, 3, 4, 5]]),
        lambda saved: saved.update(trace=[["2026-01-01T00:00:00Z"]]),
        lambda saved: saved.update(notes=[{}]),
    ],
)
def test_damage_is_refused(change: Any) -> None:
    """What is no saved world is a SavedError, whatever is wrong with it."""
    saved = save(Cluster.new(nodes=1).world)
    change(saved)

    with pytest.raises(SavedError):
        restore(saved)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_no_document_does_anything_else(document: Any) -> None:
    """Any JSON at all is either a world or a SavedError."""
    with pytest.raises(SavedError):
        restore(document)

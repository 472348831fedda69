"""A world that is moved by hand: a run moves the clock, and nobody acts."""

import pytest

from reconcile import Cluster, NotSettled
from reconcile.engine.run import advance, run, settle
from reconcile.engine.world import START
from reconcile.model.clock import later
from tests.checked import replicaset

CLUSTER = Cluster.new(nodes=1, by_hand=True).create(replicaset("web", replicas=1))
ENGINE, WORLD = CLUSTER.engine, CLUSTER.world


def test_only_time_passes() -> None:
    """What is due stays due, and the clock stands where it was told to."""
    after = advance(ENGINE, WORLD, 3600)

    assert later(START, 3600) == after.now
    assert WORLD.store is after.store
    assert WORLD.queue is after.queue
    assert settle(ENGINE, WORLD) == WORLD == run(ENGINE, WORLD)


def test_the_clock_never_goes_back() -> None:
    """An end that has passed is no end."""
    after = advance(ENGINE, WORLD, 60)

    assert after == run(ENGINE, after, until=later(START, 30))


def test_waiting() -> None:
    """Who waits for what is there goes on; who waits for what nobody brings about is told so at once."""
    assert WORLD == run(ENGINE, WORLD, stop=lambda world: bool(world.store.all("ReplicaSet")))
    assert WORLD == run(ENGINE, WORLD, until=later(START, 30), stop=lambda world: True)

    with pytest.raises(NotSettled, match="nobody acts in a world that is moved by hand") as caught:
        run(ENGINE, WORLD, stop=lambda world: bool(world.store.all("Pod")))

    assert WORLD == caught.value.world


def test_a_new_cluster_has_its_scenery() -> None:
    """Namespaces, nodes and the API's Service are there, though nobody acts."""
    assert ["node-0"] == [item.name for item in CLUSTER.all("Node")]
    assert 4 == len(CLUSTER.all("Namespace"))

"""Laws of a controller at work: said of its life in a cluster, with and without something going wrong.

Rules
1. A life is some moves of a user's, with time between them, and then whatever follows of itself. The pods fare well, so
   that what goes wrong is the controller's doing.
2. Where something goes wrong it does so after the last move, at one of the controller's own syncs, and the life is
   compared with the same one without it: it must end the same way, and nothing may be created twice.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from attrs import evolve, frozen

from reconcile.actions import MERGE, WRITES, Create, Patch
from reconcile.cluster import Cluster
from reconcile.engine import faults
from reconcile.engine.queue import Slot
from reconcile.engine.run import Policy, fifo, shuffled
from reconcile.engine.step import sync
from reconcile.engine.world import Row, World
from reconcile.model.clock import Instant, later
from reconcile.model.json import freeze, thaw
from reconcile.model.resource import Resource
from reconcile.store.seed import NAMESPACES, namespace, node
from reconcile.testing import goals
from reconcile.testing.compact import compact_yaml
from reconcile.testing.invariants.protocol import Step, changed_kinds, rows
from reconcile.testing.laws.subject import Subject, serves
from reconcile.testing.moves import Move, read_moves
from reconcile.testing.stage import Broken, Stage
from reconcile.yaml_json import read_documents

LIVED: Final = 150.0
"""How many seconds a life goes on after the last move before what repeats for ever is suspended."""
REST: Final = 2 * 3600.0
"""How many seconds it may then take to come to rest."""
MAX_STEPS: Final = 300
"""How many steps that write a life may take; few take fifty."""
NODES: Final = 2
_DAY: Final = 86_400.0


@frozen(repr=False)
class Life:
    """What is done to a controller."""

    moves: tuple[Move, ...] = ()
    strike: int = 0
    """At which of its syncs after the last move that send requests something goes wrong, counted around."""
    request: int = 0
    """Before which of that sync's requests, counted around, or how often; or the seed of another order."""

    def document(self) -> dict[str, Any]:
        """Return the life as plain JSON."""
        struck = {name: value for name, value in (("strike", self.strike), ("request", self.request)) if value}
        return {"moves": [thaw(move.document()) for move in self.moves], **struck}

    def text(self) -> str:
        """Return the life in YAML."""
        return compact_yaml(self.document())


def read_life(text: str) -> Life:
    """Return the life that *text* is, in YAML.

    >>> read_life("{moves: [{wait: {seconds: 5}}], strike: 2}").strike
    2
    """
    (document,) = read_documents(text)
    return Life(read_moves(document["moves"]), document.get("strike", 0), document.get("request", 0))


# --- living --------------------------------------------------------------------------------------------------------


def begin(subject: Subject) -> Stage:
    """Return an empty cluster in which the controller runs beside the built-in ones."""
    cluster = Cluster(subject.engine, subject.engine.begin())
    for item in (*map(namespace, NAMESPACES), *(node(f"node-{index}", cluster.now) for index in range(NODES))):
        cluster = cluster.create(item)
    return Stage(cluster, checks=subject.checks, max_steps=MAX_STEPS)


def live(subject: Subject, life: Life) -> Stage:
    """Return the stage after the moves of *life*."""
    stage = begin(subject)
    for move in life.moves:
        stage.do(move)
    return stage


def end(stage: Stage, since: Instant | None = None, policy: Policy = fifo) -> None:
    """Let *stage* come to rest; CronJobs, which never do, are suspended a while after *since*, by default now.

    Raises Broken if it does not.
    """
    until = later(stage.world.now if since is None else since, LIVED)
    stage.wait(max((until - stage.world.now).total_seconds(), 0.0), policy=policy)
    for item in stage.cluster.all("CronJob"):
        body = freeze({"spec": {"suspend": True}})
        stage.request(Patch(*item.key, body, "the user suspends it", patch_type=MERGE))
    stage.wait(REST, policy=policy)


def own(subject: Subject, world: World) -> list[Slot]:
    """Return the slots of the controller's objects."""
    return [Slot(subject.name, *item.key) for item in world.store.all(subject.kind)]


def _wrote(subject: Subject, before: World, after: World) -> Row | None:
    """Return the first request of the controller's between two worlds."""
    found = (row for row in rows(before, after) if row.actor == subject.name and isinstance(row.action, WRITES))
    return next(found, None)


def settles(subject: Subject, life: Life) -> str | None:
    """It comes to rest, does not fail for ever, and, if it is a built-in one, has what its objects ask for."""
    stage = live(subject, life)
    end(stage)
    return _ailing(subject, stage)


def _ailing(subject: Subject, stage: Stage) -> str | None:
    """Return what is wrong with a cluster at rest: what fails for ever, or lacks something that a built-in controller
    should have made."""
    for slot in own(subject, stage.world):
        if stage.world.failures.get(slot):
            return f"it fails for ever: {_last_error(stage, slot)}"
    for slot in own(subject, stage.world) if subject.checks else ():
        item = stage.world.store.get(*slot[1:])
        lacking = goals.lacks(stage.world, item) if item is not None and not item.meta.deleting else []
        if lacking:
            return f"it is at rest, but {item} lacks something: {lacking[0]}"
    return None


def _last_error(stage: Stage, slot: Slot) -> str:
    refused = [
        f"{row.what} ({row.result})" for row in stage.world.trace if row.actor == slot.controller and row.refused
    ]
    return refused[-1] if refused else str(slot)


def quiet_at_goal(subject: Subject, life: Life) -> str | None:
    """Once it is at rest, looking at its objects again, as after a restart, makes it request nothing."""
    stage = live(subject, life)
    end(stage)
    return next(_awake(subject, stage.world, [stage.world.now], own(subject, stage.world)), None)


def _awake(subject: Subject, world: World, times: list[Any], slots: list[Slot]) -> Iterator[str]:
    """Yield what the controller requests when it looks at *slots* at any of *times*."""
    for moment in times:
        for slot in slots:
            then = evolve(world, now=moment)
            row = _wrote(subject, then, sync(subject.engine, then, slot))
            if row is not None:
                yield f"at {moment:%H:%M:%S} nothing was left to do, but it wants to {row.what}: {row.why}"


def wakes_itself(subject: Subject, life: Life) -> str | None:
    """What it will have to do when time has passed, it asks to be woken for: if it has nothing queued, looking at its
    objects at any later moment before the next event makes it request nothing."""
    stage = live(subject, life)
    last = later(stage.world.now, LIVED)
    for _ in range(MAX_STEPS):
        world = stage.world
        if not world.queue.ready(world.now):
            due = world.queue.next_due()
            until = min(due, later(world.now, _DAY)) if due is not None else later(world.now, _DAY)
            asleep = [slot for slot in own(subject, world) if slot not in world.queue.places]
            found = next(_awake(subject, world, [later(until, -0.001)], asleep), None)
            if found is not None:
                return f"{found}; it had not asked to be woken"
            if due is None or due > last:
                return None
        stage.sync()
    return None


def keeps_what_it_makes(subject: Subject, life: Life) -> str | None:
    """What it made after the user's last move it does not take away again while that serves: it made no more than it
    wanted."""
    stage = live(subject, life)
    last, made = later(stage.world.now, LIVED), set[str]()
    for _ in range(MAX_STEPS):
        slot, before = stage.due(), stage.world
        if slot is None or stage.world.now > last:
            break
        stage.sync()
        if slot.controller != subject.name:
            continue
        step = Step(before, stage.world)
        kinds = changed_kinds(before, stage.world)
        for item in (item for kind in kinds for item in step.removed(kind)):
            if item.uid in made and serves(item):
                return f"it deletes {item}, which it has just made: {step.rows[-1].why}"
        made |= {item.uid for kind in kinds for item in step.created(kind)}
    return None


def any_order(subject: Subject, life: Life) -> str | None:
    """In whatever order the work that is due is done, by it and by others, it ends with the same children."""
    stage = live(subject, life)
    other = Stage(stage.cluster, checks=subject.checks, max_steps=MAX_STEPS)
    end(stage)
    end(other, policy=shuffled(life.request))
    usual, left = _shape(subject, stage.world), _shape(subject, other.world)
    return None if usual == left else f"in another order it ends with {_told(left)} instead of {_told(usual)}"


# --- something goes wrong ------------------------------------------------------------------------------------------


Strike = Callable[[Stage, Slot, int], None]
"""Lets something go wrong with the next sync, which would send so many requests."""


def interrupted(subject: Subject, life: Life) -> str | None:
    """Cut off between any two requests of a sync, and started again without its memory, it ends where it would have
    ended, and creates nothing twice."""

    def strike(stage: Stage, slot: Slot, requests: int) -> None:
        stage.become(faults.crash(stage.engine, stage.world, slot, life.request % (requests + 1)))

    return _compare(subject, life, strike, "after a crash between two requests")


def stale(subject: Subject, life: Life) -> str | None:
    """Shown its objects, or only its children, as they were before its last sync, it does no harm: it ends where it
    would have ended, and creates nothing twice."""

    def strike(stage: Stage, slot: Slot, requests: int) -> None:
        stage.become(faults.hold(stage.world, slot.controller))
        stage.become(sync(stage.engine, stage.world, slot))
        if life.request // 2 % 2:
            stage.become(_shows_itself(stage.world, slot))
        for _ in range(1 + life.request % 2):
            stage.become(sync(stage.engine, faults.again(stage.world, slot), slot))
        stage.become(faults.catch_up(stage.engine, stage.world, slot.controller))

    return _compare(subject, life, strike, "under a stale view")


def _shows_itself(world: World, slot: Slot) -> World:
    """Let a cache that lags show the object itself as it is, and only the others as they were: each kind is watched on
    its own."""
    item, cache = world.store.get(*slot[1:]), world.caches[slot.controller]
    return world if item is None else evolve(world, caches=world.caches.set(slot.controller, cache.put(item)))


def _compare(subject: Subject, life: Life, strike: Strike, when: str) -> str | None:
    stage = live(subject, life)
    start = stage.world
    struck = Stage(stage.cluster, checks=subject.checks, max_steps=MAX_STEPS)
    writing = _writing_syncs(subject, stage)
    if not writing:
        return None
    end(stage)
    number, requests = writing[life.strike % len(writing)]
    slot = _until_own_sync(subject, struck, number)
    try:
        strike(struck, slot, requests)
        end(struck, start.now)
    except Broken as broken:
        return f"{when}: {broken.what}"
    ailing = _ailing(subject, struck)
    if ailing is not None and _ailing(subject, stage) is None:
        return f"{when} {ailing}"
    return next(_differences(subject, start, stage.world, struck.world, when), None)


def _writing_syncs(subject: Subject, stage: Stage) -> list[tuple[int, int]]:
    """Return which of the controller's syncs from here on send requests, and how many; played in a twin of *stage*."""
    twin = Stage(stage.cluster, checks=(), max_steps=MAX_STEPS)
    last, count = later(twin.world.now, LIVED), 0
    found = []
    for _ in range(MAX_STEPS):
        slot, before = twin.due(), twin.world
        if slot is None or twin.world.now > last:
            break
        twin.sync()
        if slot.controller == subject.name:
            sent = sum(isinstance(row.action, WRITES) for row in rows(before, twin.world))
            found += [(count, sent)] if sent else []
            count += 1
    return found


def _until_own_sync(subject: Subject, stage: Stage, number: int) -> Slot:
    """Play on until the controller's sync of that *number*, from 0, is the next step; return its slot."""
    while True:
        slot = stage.due()
        assert slot is not None, "the twin had that sync"
        if slot.controller == subject.name:
            if number == 0:
                return slot
            number -= 1
        stage.sync()


def _differences(subject: Subject, start: World, usual: World, struck: World, when: str) -> Iterator[str]:
    expected, actual = _creations(subject, start, usual), _creations(subject, start, struck)
    for kind in sorted(actual):
        if actual[kind] > expected[kind]:
            yield f"{when} it creates {actual[kind]} {kind}s where {expected[kind]} are enough"
    there, left = _shape(subject, usual), _shape(subject, struck)
    if there != left:
        yield f"{when} it ends with {_told(left)} instead of {_told(there)}"


def _creations(subject: Subject, before: World, after: World) -> Counter[str]:
    """Count what the controller created, by kind; not what it keeps by the way."""
    made = (row.action for row in rows(before, after) if row.actor == subject.name and not row.refused)
    created = (action.kind for action in made if isinstance(action, Create))
    return Counter(kind for kind in created if kind not in subject.aside)


def _shape(subject: Subject, world: World) -> Counter[str]:
    """Count the children that are there for somebody, by owner and kind."""
    owners: dict[str, Resource] = {item.uid: item for item in world.store.all(subject.kind)}
    found: Counter[str] = Counter()
    for owner in owners.values():
        for child in world.store.dependents(owner.uid):
            if serves(child):
                found[f"{child.kind} of {owner}"] += 1
    return found


def _told(shape: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(shape.items())) or "nothing"


LIVED_LAWS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        law.__name__: law
        for law in (settles, quiet_at_goal, wakes_itself, keeps_what_it_makes, any_order, interrupted, stale)
    }
)
"""The laws of a controller at work, by name."""

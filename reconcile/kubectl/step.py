"""One step of one controller, or of one pod: what drives a cluster by hand.

Rules
1. A controller looks at the object whether or not it is due for it. What it is queued for later stays queued.
2. Its process may be ended before one of its requests; it then starts again and lists everything.
3. A pod fares as it is told (`reconcile.nodes.fates`), if that is possible for it just then.
"""

from collections.abc import Iterable
from typing import Final

from attrs import evolve

from reconcile.cluster import kind_of
from reconcile.engine import faults
from reconcile.engine.queue import Slot
from reconcile.engine.step import submit, sync
from reconcile.engine.world import World
from reconcile.kubectl.failures import Failure, Refused, refusal
from reconcile.kubectl.session import Session
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.nodes.fates import Fate
from reconcile.outcome import Rejected
from reconcile.store.apply import not_found

KUBELET: Final = "kubelet"


def step(session: Session, controller: str, target: str, *, crash_before: int = -1) -> Session:
    """Let *controller* look at *target* (`TYPE/NAME`) once; with *crash_before* its process ends before that request,
    counted from 1."""
    engine, world = session.cluster.engine, session.cluster.world
    if controller not in engine.by_name:
        raise Refused(f'there is no controller "{controller}"; expected one of {", ".join(sorted(engine.by_name))}')
    item = _find(session, target)
    if isinstance(item, Failure):
        return session.fail(item)
    # What was done before is put aside: a trace that keeps so many rows does not show by its length what was added.
    slot, blank = Slot(controller, *item.key), evolve(world, trace=World().trace)
    after = sync(engine, blank, slot) if crash_before < 1 else faults.crash(engine, blank, slot, crash_before - 1)
    trace = world.trace
    for row in after.trace:
        session = session.say(f"{row.what}: {row.why}" + (f" [{row.result}]" if row.refused else ""))
        trace = trace.append(row)
    if crash_before > 0:
        session = session.say(f"{controller} starts again")
    return session.on(evolve(session.cluster, world=evolve(after, trace=trace)))


def fare(session: Session, target: str, name: str, fates: Iterable[Fate]) -> Session:
    """Let what the fate called *name* is become of the pod *target* (`pod/NAME`)."""
    known = {fate.name: fate for fate in fates}
    if name not in known:
        raise Refused(f'unknown fate "{name}"; expected one of {", ".join(known)}')
    pod = _find(session, target)
    if isinstance(pod, Failure):
        return session.fail(pod)
    if not isinstance(pod, Pod) or not known[name].possible(pod):
        return session.fail(Failure(f'error: "{name}" is not possible for {pod} now'))
    cluster = session.cluster
    world = cluster.world
    for action in known[name].writes(pod, cluster.now):
        world, outcome = submit(cluster.engine, world, action, actor=KUBELET)
        if isinstance(outcome, Rejected):
            return session.fail(refusal(outcome, "Pod", pod.name))
    return session.on(evolve(cluster, world=world)).say(f"{pod} {name}")


def _find(session: Session, target: str) -> Resource | Failure:
    word, slash, name = target.partition("/")
    if not slash or not name:
        raise Refused(f'expected TYPE/NAME, got "{target}"')
    kind = kind_of(word)
    item = session.cluster.find(kind.name, name, session.namespace)
    return item if item is not None else refusal(not_found(kind.name, name), kind.name, name)

"""Nodes: adding and removing them, and what an operator does to them.

Rules
1. `cordon` keeps new pods away, `drain` also evicts those that are there, `taint` does what taints do.
2. `down` stops a node's kubelet: nothing happens on it any more, and after a while its pods are lost; `up` starts it.
3. A node that is removed is gone at once; the pods that were on it go with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from reconcile.actions import MERGE, Create, Delete, Patch
from reconcile.kubectl.failures import Failure, Refused, refusal
from reconcile.kubectl.label import Manner, label, split
from reconcile.kubectl.objects import Choice, choose
from reconcile.kubectl.session import Session
from reconcile.model.clock import stamp
from reconcile.model.json import FrozenMap, Json, freeze
from reconcile.model.node import STOPPED, Node
from reconcile.model.resource import Resource
from reconcile.outcome import Rejected
from reconcile.store.seed import node

EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")


def nodes_of(
    session: Session, words: Sequence[str], *, selector: str = "", every: bool = False
) -> tuple[list[Node], Session]:
    """Return the nodes that *words* or flags name, and the session with those that are missing noted."""
    chosen = choose(session, _choice(words, selector, every=every))
    return [item for _, item in chosen.items if isinstance(item, Node)], session.fail(*chosen.failures)


def _choice(words: Sequence[str], selector: str, *, every: bool) -> Choice:
    if not words and not selector and not every:
        raise Refused("no node was named: give names, --selector or --all")
    names = tuple(f"node/{word.rpartition('/')[2]}" for word in words)
    return Choice(names or ("nodes",), selector=selector, every=every and not names)


def add(
    session: Session,
    names: Sequence[str],
    *,
    labels: Mapping[str, str] | None = None,
    taints: Iterable[Mapping[str, str]] = (),
    capacity: Mapping[str, str] | None = None,
) -> Session:
    """Add nodes that are ready."""
    if not names:
        raise Refused("no name was given for the new node")
    taint_list = list(taints)
    for name in names:
        body = node(name, session.cluster.now, labels=labels, taints=taint_list, capacity=capacity)
        session, outcome = session.send(Create("Node", "", body, "the user adds a node"))
        if isinstance(outcome, Rejected):
            session = session.fail(refusal(outcome, "Node", name))
        else:
            session = session.say(f"node/{name} created")
    return session


def remove(session: Session, names: Sequence[str], *, selector: str = "", every: bool = False) -> Session:
    """Remove nodes, with the pods on them."""
    found, session = nodes_of(session, names, selector=selector, every=every)
    for item in found:
        for pod in session.cluster.world.store.on_node(item.name):
            gone = Delete(*pod.key, f"its node {item.name} is removed", grace_period_seconds=0, uid=pod.uid)
            session, _ = session.send(gone)
        session, outcome = session.send(Delete(*item.key, "the user removes the node"))
        if isinstance(outcome, Rejected):
            session = session.fail(refusal(outcome, "Node", item.name))
        else:
            session = session.say(f'node "{item.name}" deleted')
    return session


def _changed(session: Session, item: Resource, body: Json, told: str) -> Session:
    action = Patch(*item.key, freeze(body), f"the user wants it {told}", patch_type=MERGE)
    session, outcome = session.send(action)
    if isinstance(outcome, Rejected):
        return session.fail(refusal(outcome, "Node", item.name))
    return session.say(f"node/{item.name} {told}")


# --- cordon ------------------------------------------------------------------------------------------------------


def cordon(session: Session, names: Sequence[str], *, selector: str = "", every: bool = False) -> Session:
    """Keep new pods away from nodes."""
    return _mark(session, names, selector, every=every, to=True)


def uncordon(session: Session, names: Sequence[str], *, selector: str = "", every: bool = False) -> Session:
    """Let new pods onto nodes again."""
    return _mark(session, names, selector, every=every, to=False)


def _mark(session: Session, names: Sequence[str], selector: str, *, every: bool, to: bool) -> Session:
    told = "cordoned" if to else "uncordoned"
    found, session = nodes_of(session, names, selector=selector, every=every)
    for item in found:
        if item.unschedulable is to:
            session = session.say(f"node/{item.name} already {told}")
        else:
            session = _changed(session, item, {"spec": {"unschedulable": to or None}}, told)
    return session


# --- labels ------------------------------------------------------------------------------------------------------


def relabel(
    session: Session, words: Sequence[str], *, overwrite: bool = False, selector: str = "", every: bool = False
) -> Session:
    """Change labels: names, then `key=value` to set and `key-` to remove."""
    names, changes = split(words, "label")
    return label(session, _choice(names, selector, every=every), changes, manner=Manner(overwrite=overwrite))


# --- taints ------------------------------------------------------------------------------------------------------


def parse_taint(text: str) -> FrozenMap:
    """Return the taint that *text* is: `key=value:Effect`, `key:Effect`.

    >>> parse_taint("gpu=yes:NoSchedule")
    {'key': 'gpu', 'value': 'yes', 'effect': 'NoSchedule'}
    """
    pair, colon, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    if not colon or not key:
        raise Refused(f"invalid taint spec: {text}; expected key=value:effect")
    if effect not in EFFECTS:
        raise Refused(f"invalid taint effect: {effect}, unsupported taint effect")
    return FrozenMap(key=key, **({"value": value} if value else {}), effect=effect)


def taint(
    session: Session, words: Sequence[str], *, overwrite: bool = False, selector: str = "", every: bool = False
) -> Session:
    """Add and remove taints: names, then `key=value:Effect` to set and `key[:Effect]-` to remove."""
    changes = [word for word in words if ":" in word or word.endswith("-")]
    names = [word for word in words if word not in changes and word not in ("node", "nodes", "no")]
    added = [parse_taint(word) for word in changes if not word.endswith("-")]
    removed = [word[:-1].partition(":") for word in changes if word.endswith("-")]
    if not changes:
        raise Refused("at least one taint update is required")
    found, session = nodes_of(session, names, selector=selector, every=every)
    for item in found:
        session = _tainted(session, item, added, [(key, effect) for key, _, effect in removed], overwrite=overwrite)
    return session


def _tainted(
    session: Session,
    item: Node,
    added: Sequence[FrozenMap],
    removed: Sequence[tuple[str, str]],
    *,
    overwrite: bool,
) -> Session:
    old = {(entry["key"], entry.get("effect", "")): entry for entry in item.taints}
    for entry in added:
        place = (entry["key"], entry["effect"])
        if place in old and old[place] != entry and not overwrite:
            text = f"node {item.name} already has {place[0]} taint(s) with same effect(s) and --overwrite is false"
            return session.fail(Failure(text))
    gone = {place for place in old for key, effect in removed if place[0] == key and effect in ("", place[1])}
    missing = [key for key, effect in removed if not any(k == key and effect in ("", e) for k, e in old)]
    if missing:
        return session.fail(Failure(f'taint "{missing[0]}" not found'))
    kept = {place: entry for place, entry in old.items() if place not in gone}
    new = kept | {(entry["key"], entry["effect"]): entry for entry in added}
    told = "untainted" if not added else "modified" if removed or set(new) == set(old) else "tainted"
    return _changed(session, item, {"spec": {"taints": list(new.values()) or None}}, told)


# --- down and up -------------------------------------------------------------------------------------------------


def down(session: Session, names: Sequence[str], *, selector: str = "", every: bool = False) -> Session:
    """Stop the kubelets of nodes."""
    return _power(session, names, selector, every=every, to=False)


def up(session: Session, names: Sequence[str], *, selector: str = "", every: bool = False) -> Session:
    """Start the kubelets of nodes again."""
    return _power(session, names, selector, every=every, to=True)


def _power(session: Session, names: Sequence[str], selector: str, *, every: bool, to: bool) -> Session:
    found, session = nodes_of(session, names, selector=selector, every=every)
    for item in found:
        now = stamp(session.cluster.now)
        if (item.stopped is None) is to:
            session = session.say(f"node/{item.name} already {'up' if to else 'down'}")
            continue
        body = {"metadata": {"annotations": {STOPPED: None if to else now}}}
        session = _changed(session, item, body, "up" if to else "down")
    return session

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
from reconcile.model.names import label_value, qualified_name
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
    taint = _taint(text)
    if "effect" not in taint:
        raise Refused(f"invalid taint spec: {text}")
    return taint


def _taint(text: str) -> FrozenMap:
    """Return the taint that *text* is, perhaps without an effect, as far as it is to be removed."""
    pair, *effects = text.split(":")
    key, *values = pair.split("=")
    if len(effects) > 1 or len(values) > 1 or (values and not effects):
        raise Refused(f"invalid taint spec: {text}")
    if effects and effects[0] not in EFFECTS:
        raise Refused(f"invalid taint effect: {effects[0]}, unsupported taint effect")
    for why in [*qualified_name(key), *(why for value in values for why in label_value(value))]:
        raise Refused(f"invalid taint spec: {text}, {why}")
    parts = {"key": key, "value": "".join(values), "effect": "".join(effects)}
    return FrozenMap({name: part for name, part in parts.items() if part})


def taint(
    session: Session, words: Sequence[str], *, overwrite: bool = False, selector: str = "", every: bool = False
) -> Session:
    """Add and remove taints: names, then `key=value:Effect` to set and `key[:Effect]-` to remove."""
    first = next((index for index, word in enumerate(words) if _changes(word)), len(words))
    stray = [word for word in words[first:] if not _changes(word)]
    if stray:
        raise Refused(f"all resources must be specified before taint changes: {stray[0]}")
    if first == len(words):
        raise Refused("at least one taint update is required")
    names = [word for word in words[:first] if word not in ("node", "nodes", "no")]
    added = [parse_taint(word) for word in words[first:] if not word.endswith("-")]
    removed = [_taint(word[:-1]) for word in words[first:] if word.endswith("-")]
    twice = [entry["key"] for index, entry in enumerate(added) if _place(entry) in map(_place, added[:index])]
    if twice:
        raise Refused(f"duplicated taints with the same key and effect: {twice[0]}")
    found, session = nodes_of(session, names, selector=selector, every=every)
    for item in found:
        session = _tainted(session, item, added, removed, overwrite=overwrite)
    return session


def _changes(word: str) -> bool:
    return "=" in word or ":" in word or word.endswith("-")


def _place(taint: Mapping[str, str]) -> tuple[str, str]:
    """Return what tells one taint from another: a value may change."""
    return taint["key"], taint.get("effect", "")


def _tainted(
    session: Session, item: Node, added: Sequence[FrozenMap], removed: Sequence[FrozenMap], *, overwrite: bool
) -> Session:
    places = {_place(entry) for entry in item.taints}
    there = [entry["key"] for entry in added if _place(entry) in places]
    if there and not overwrite:
        text = f"node {item.name} already has {','.join(there)} taint(s) with same effect(s) and --overwrite is false"
        return session.fail(Failure(text))
    fresh = {_place(entry): entry for entry in added}
    entries = [*added, *(entry for entry in item.taints if _place(entry) not in fresh)]
    missing = [one for one in removed if not any(_meant(one, entry) for entry in entries)]
    if missing:
        return session.fail(*(Failure(f'taint "{":".join(filter(None, _place(one)))}" not found') for one in missing))
    kept = [entry for entry in entries if not any(_meant(one, entry) for one in removed)]
    grown = len(entries) != len(item.taints)
    told = "modified" if overwrite or (grown and removed) else "tainted" if grown else "untainted"
    return _changed(session, item, {"spec": {"taints": kept or None}}, told)


def _meant(removed: Mapping[str, str], taint: Mapping[str, str]) -> bool:
    return removed["key"] == taint["key"] and removed.get("effect", "") in ("", taint.get("effect", ""))


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

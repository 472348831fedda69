"""Scenes that a controller has made itself: what it creates for an earlier wish, met again under a later one.

What a user's controller keeps is not known beforehand: pods, ConfigMaps, Deployments, objects of kinds of its own. So
it is asked. It plans for a first manifest; what it would create is put beside the object, which then has a second one.

Rules
1. Each child is there, gone, on its way out, nobody's, somebody else's; or it is there and somebody else has one that
   is called almost like it. Pods are in any state.
2. Pods have the spec that they were created with, as drawn ones do: with what admission adds, its tolerations and a
   priority, three of them fill a screen. In lives they have that.
3. What cannot be planned or is refused by the API is left out: other laws speak of that.
"""

from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from reconcile.actions import Create
from reconcile.controller import Controller
from reconcile.model.clock import stamp
from reconcile.model.json import freeze, put
from reconcile.model.pod import Pod, controller_reference
from reconcile.model.resource import Resource
from reconcile.testing.pod_states import STATES, pod_status
from reconcile.testing.scenes import Scene, admitted
from reconcile.testing.strategies.labels import choices
from reconcile.testing.strategies.objects import NODES, NOW, USUAL, ago

ROUNDS: Final = 2
"""How often the controller is asked: what it does may take a second look."""
MOST: Final = 8
"""How many children are kept at most."""


def children(controller: Controller, item: Resource) -> list[Resource]:
    """Return what *controller* creates for *item* in an empty cluster."""
    found: dict[tuple[str, str, str], Resource] = {}
    for _ in range(ROUNDS):
        try:
            scene = Scene(item, tuple(found.values()), NOW)
            plan = list(controller.reconcile(scene.desired, scene.observed()))
        except Exception:
            break  # the law `total` speaks of it
        for action in plan:
            child = _born(action, len(found)) if isinstance(action, Create) and not action.subresource else None
            if child is not None:
                found.setdefault(child.key, child)
    return list(found.values())[:MOST]


def _born(action: Create, number: int) -> Resource | None:
    meta = action.body.get("metadata") or {}
    name = meta.get("name") or f"{meta.get('generateName', '')}{number}"
    body = put(action.body, ("metadata",), {**meta, "name": name})
    try:
        child = admitted(body, uid=f"uid-{name}", namespace=action.namespace, now=NOW)
    except ValueError:
        return None
    return child.put(("spec",), body["spec"]) if isinstance(child, Pod) else child


FATES: Final = ("there", "there", "there", "gone", "terminating", "orphan", "foreign", "double")


@st.composite
def grown(draw: DrawFn, controller: Controller, desired: Any) -> Scene:
    """Return scenes around an object drawn from *desired* with what *controller* made when it was another one."""
    first = admitted(draw(desired), uid="uid-desired", now=NOW)
    later = admitted(draw(desired), uid="uid-desired", now=NOW)
    item = later.put(("metadata",), first.raw["metadata"])
    if draw(choices(False, False, False, True)):
        leaving = {"deletionTimestamp": stamp(NOW), "finalizers": ["foregroundDeletion"]}
        item = item.put(("metadata",), {**item.raw["metadata"], **leaving})
    others: list[Resource] = []
    for child in children(controller, first):
        there = _lived(draw, child) if isinstance(child, Pod) else child
        others += _fated(there, draw(choices(*FATES)))
    return Scene(item, tuple({other.key: other for other in others}.values()), NOW)


def _lived(draw: DrawFn, pod: Pod) -> Resource:
    """Return *pod* in any state."""
    state = draw(choices(*USUAL))
    bound = STATES[state][0] in ("Running", "Succeeded", "Failed")
    placed = pod.put(("spec", "nodeName"), draw(choices(*NODES))) if bound else pod
    return placed.put(("status",), pod_status(state, draw(ago(maximum=30))))


def _fated(child: Resource, fate: str) -> list[Resource]:
    """Return what has become of *child*."""
    other = {"uid": "uid-other", "name": "other"}
    stranger = freeze({"metadata": {"ownerReferences": [{**_reference(child), **other}]}})
    foreign = child.put(("metadata", "ownerReferences"), stranger["metadata"]["ownerReferences"])
    name = f"{child.name}-x"
    double = foreign.put(("metadata", "name"), name).put(("metadata", "uid"), f"uid-{name}")
    leaving = child.put(("metadata", "deletionTimestamp"), stamp(NOW)).put(("metadata", "finalizers"), ["x.io/held"])
    found: dict[str, list[Resource]] = {
        "there": [child],
        "gone": [],
        "terminating": [leaving],
        "orphan": [child.put(("metadata", "ownerReferences"), [])],
        "foreign": [foreign],
        "double": [child, double],
    }
    return found[fate]


def _reference(child: Resource) -> Any:
    owner = child.meta.controller
    if owner is None:
        return controller_reference(child)
    return {"apiVersion": owner.api_version, "kind": owner.kind, "controller": True}

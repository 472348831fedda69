"""Stories: whole lives of workloads under a scripted user and a hand-driven kubelet.

A story is a list of steps; a step is one action of a user or a kubelet (`do`), and a summary of the state in which all
controllers came to rest after it (`then`). `replay` plays the steps on an embedded cluster and returns its summaries.

Rules
1. There is no scheduler and no kubelet: a pod stays pending and unbound until a step acts on it. In a story that
   `terminates: instantly` a pod that is deleted is gone as soon as the kubelets hear of it.
2. A step begins at its own time (`at`, in seconds from the first one). After it the controllers come to rest, and the
   clock moves on to just before the next step, with everything that falls due on the way.

Format: contract stories.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from attrs import evolve

from reconcile.actions import MERGE, Action, Create, Delete, Patch
from reconcile.cluster import Cluster, kind_of
from reconcile.controller import Change, Controller
from reconcile.controllers.builtin import BUILTIN
from reconcile.controllers.claims import VOLUME_BINDER
from reconcile.engine.run import run
from reconcile.engine.world import START, Engine
from reconcile.kubectl.rollback import Skipped, undo
from reconcile.model.clock import later
from reconcile.model.json import FrozenMap, freeze
from reconcile.model.pod import Pod
from reconcile.outcome import Rejected
from reconcile.store.admitted import ADMITTED
from reconcile.store.apply import Rules
from reconcile.store.seed import namespace, node
from reconcile.testing.story_pods import become, select
from reconcile.testing.summary import summarise, told
from reconcile.view import Observed, Reader

NAMESPACE: Final = "default"
_BEFORE_NEXT: Final = 0.01
_AFTER_LAST: Final = 2.0
_WHY: Final = "the story says so"


def replay(story: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Play *story* and return the summary after each step, in the form of its `then`.

    Raises ValueError if a step is not one of the known actions, selects no pod, or is refused by the API.
    """
    cluster = _begin(story)
    steps = story["steps"]
    summaries = []
    for index, step in enumerate(steps):
        seen = len(cluster.world.trace)
        cluster = _clock(cluster, step["at"])
        for action in _actions(cluster, step["do"], story):
            # Requests take time: the controllers act between the pods of one step, as they do on a real cluster.
            cluster = _send(cluster, action).settle()
        cluster = cluster.settle()
        wait = step["do"].get("wait", 0)
        end = steps[index + 1]["at"] - _BEFORE_NEXT if index + 1 < len(steps) else step["at"] + _AFTER_LAST + wait
        cluster = evolve(cluster, world=run(cluster.engine, cluster.world, until=later(START, end)))
        summaries.append({**summarise(cluster, story, NAMESPACE), "events": told(cluster, seen)})
    return summaries


def _begin(story: Mapping[str, Any]) -> Cluster:
    everybody = [controller for controller in BUILTIN if controller is not VOLUME_BINDER]
    if story["terminates"] == "instantly":
        everybody.append(_REAPER)
    engine = Engine(tuple(everybody), Rules(gate=ADMITTED))
    cluster = Cluster(engine, engine.begin()).create(namespace(NAMESPACE))
    for entry in story["nodes"]:
        cluster = cluster.create(_node(entry))
    return cluster


def _node(entry: Mapping[str, Any]) -> FrozenMap:
    return node(entry["name"], START, labels=entry.get("labels") or {}, taints=entry.get("taints") or ())


def _clock(cluster: Cluster, at: float) -> Cluster:
    return evolve(cluster, world=evolve(cluster.world, now=later(START, at)))


def _send(cluster: Cluster, action: Action) -> Cluster:
    after, outcome = cluster.send(action)
    if isinstance(outcome, Rejected):
        raise ValueError(f"{action.why}: refused: {outcome}")
    return after


def _reap(pod: Pod, observed: Observed) -> list[Action]:
    if not pod.meta.deleting or not pod.look("metadata", "deletionGracePeriodSeconds", default=0):
        return []
    return [Delete(*pod.key, "the kubelet removes it", grace_period_seconds=0, uid=pod.uid)]


def _deleting(change: Change, _: Reader) -> bool:
    return change[1] is not None and change[1].meta.deleting


_REAPER: Final = Controller("kubelet", "Pod", _reap, interest=_deleting)


# --- what a step does --------------------------------------------------------------------------------------------


def _actions(cluster: Cluster, do: Mapping[str, Any], story: Mapping[str, Any]) -> Iterable[Action]:
    [(word, what)] = do.items()
    if word not in _STEPS:
        raise ValueError(f"do: unknown action {word!r}; expected one of {', '.join(sorted(_STEPS))}")
    return _STEPS[word](cluster, what, story)


def _apply(cluster: Cluster, manifest: Mapping[str, Any], _: Mapping[str, Any]) -> list[Action]:
    kind, name = manifest["kind"], manifest["metadata"]["name"]
    body: FrozenMap = freeze(dict(manifest))
    if cluster.find(kind, name, NAMESPACE) is None:
        return [Create(kind, NAMESPACE, body, _WHY)]
    return [Patch(kind, NAMESPACE, name, body, _WHY, patch_type=MERGE)]


def _scale(cluster: Cluster, what: Mapping[str, Any], _: Mapping[str, Any]) -> list[Action]:
    body = freeze({"spec": {"replicas": what["replicas"]}})
    return [Patch(what["kind"], NAMESPACE, what["name"], body, _WHY, patch_type=MERGE, subresource="scale")]


def _patch(cluster: Cluster, what: Mapping[str, Any], _: Mapping[str, Any]) -> list[Action]:
    return [Patch(what["kind"], NAMESPACE, what["name"], freeze(what["patch"]), _WHY, patch_type=MERGE)]


def _rollback(cluster: Cluster, what: Mapping[str, Any], _: Mapping[str, Any]) -> list[Action]:
    workload = cluster.get(kind_of(what["kind"]).name, what["name"], NAMESPACE)
    action = undo(workload, cluster.world.store, what["toRevision"])
    return [] if isinstance(action, Skipped) else [action]


def _delete(cluster: Cluster, what: Mapping[str, Any], _: Mapping[str, Any]) -> list[Action]:
    return [Delete(what["kind"], NAMESPACE, what["name"], _WHY, propagation=what["propagation"])]


def _pods(cluster: Cluster, what: Mapping[str, Any], story: Mapping[str, Any]) -> list[Action]:
    first = story["nodes"][0]["name"] if story["nodes"] else ""
    found = select(cluster, what["select"], NAMESPACE)
    return [action for pod in found for action in become(pod, what["become"], cluster.now, first)]


def _change_node(cluster: Cluster, what: Mapping[str, Any], _: Mapping[str, Any]) -> list[Action]:
    [(word, entry)] = what.items()
    return [_NODES[word](entry)]


def _node_patch(name: str, body: Mapping[str, Any]) -> Patch:
    return Patch("Node", "", name, freeze(dict(body)), _WHY, patch_type=MERGE)


_NODES: Final[dict[str, Callable[[Any], Action]]] = {
    "add": lambda entry: Create("Node", "", _node(entry), _WHY),
    "remove": lambda name: Delete("Node", "", name, _WHY),
    "label": lambda entry: _node_patch(entry["name"], {"metadata": {"labels": entry["labels"]}}),
    "taint": lambda entry: _node_patch(entry["name"], {"spec": {"taints": entry["taints"]}}),
    "cordon": lambda name: _node_patch(name, {"spec": {"unschedulable": True}}),
    "uncordon": lambda name: _node_patch(name, {"spec": {"unschedulable": None}}),
}

_STEPS: Final[dict[str, Callable[[Cluster, Any, Mapping[str, Any]], Iterable[Action]]]] = {
    "apply": _apply,
    "scale": _scale,
    "patch": _patch,
    "rollback": _rollback,
    "delete": _delete,
    "pods": _pods,
    "node": _change_node,
    "wait": lambda cluster, seconds, story: [],
}

"""What one sync of a DaemonSet does, and what it reports, worked out anew from contract daemonset 3 to 8.

And its scenes: nodes that take a pod, only keep one, must not have one, or are gone, with pods of all sorts on them.
"""

from collections import Counter
from datetime import timedelta
from functools import cached_property
from typing import Any, Final

from attrs import field, frozen
from hypothesis.strategies import SearchStrategy

from reconcile.model.clock import instant, stamp
from reconcile.model.json import thaw
from reconcile.model.node import Node
from reconcile.model.objects import read
from reconcile.model.pod import Pod, controller_reference
from reconcile.model.resource import Resource
from reconcile.model.revision_data import revision_patch
from reconcile.store.seed import node
from reconcile.testing.invariants.daemonsets import share, target
from reconcile.testing.invariants.protocol import available, ready
from reconcile.testing.pod_states import pod_status
from reconcile.testing.scenes import Scene, admitted
from reconcile.testing.strategies.objects import NOW, head
from tests.controllers.dice import Dice, thrown

HASH: Final = "controller-revision-hash"
GENERATION: Final = "deprecated.daemonset.template.generation"
LABELS: Final = {"app": "agent"}
NODES: Final = ("n0", "n1", "n2", "n3", "n4")
TAINTS: Final = {"takes": "PreferNoSchedule", "keeps": "NoSchedule", "drops": "NoExecute"}
"""What a node does with a pod, and the effect of its taint."""


def template(image: str) -> dict[str, Any]:
    return {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "main", "image": image}]}}


def daemon_set(image: str = "agent:2", **spec: Any) -> Resource:
    body = {"selector": {"matchLabels": LABELS}, "template": template(image), **spec}
    manifest = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "agent"}, "spec": body}
    return admitted(manifest, uid="uid-agent", now=NOW - timedelta(hours=2))


def revision(ds: Resource, name: str, number: int, image: str, *, owned: bool = True, label: str = "") -> Resource:
    """Return a revision of *ds* that holds the template with *image*."""
    marks = {**LABELS, HASH: label or name}
    owner = {"ownerReferences": [controller_reference(ds)]} if owned else {}
    meta = head(name, marks, NOW) | owner
    body = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": meta, "revision": number}
    return read({**body, "data": revision_patch(daemon_set(image).spec["template"])})


def there(name: str, how: str = "takes") -> Resource:
    """Return a node that treats pods as *how* says."""
    return read(node(name, NOW, taints=[{"key": "team", "value": "a", "effect": TAINTS[how]}]))


def pin(name: str) -> dict[str, Any]:
    """Return the affinity of a pod that is meant for the node *name*."""
    terms = [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": [name]}]}]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}


def member(ds: Resource, name: str, place: str, state: str = "running and ready", label: str = "r2", **how: Any) -> Pod:
    """Return a pod of *ds* for the node *place*; *how* says since when it is ready, how old it is, and the like."""
    marks = LABELS | {HASH: label} | how.get("marks", {})
    meta = head(name, marks, NOW - timedelta(seconds=how.get("age", 600)))
    meta["ownerReferences"] = [controller_reference(ds)]
    if how.get("deleting"):
        meta |= {"deletionTimestamp": stamp(NOW), "deletionGracePeriodSeconds": 30}
    where = {"nodeName": place} if how.get("bound", True) else {"affinity": pin(place)}
    status = pod_status(state, NOW - timedelta(seconds=how.get("since", 300)))
    spec = {**template("agent:1")["spec"], **where}
    return Pod({"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status})


# --- scenes --------------------------------------------------------------------------------------------------------

BOUNDS: Final[list[dict[str, Any]]] = [
    {"maxUnavailable": 1},
    {"maxUnavailable": 2},
    {"maxUnavailable": "34%"},
    {"maxUnavailable": "50%"},
    {"maxUnavailable": 0, "maxSurge": 1},
    {"maxUnavailable": 0, "maxSurge": 2},
    {"maxUnavailable": 0, "maxSurge": "34%"},
    {"maxUnavailable": 0, "maxSurge": 0},
]
"""The last one the API refuses, and objects that were stored before it did so still have it."""
USUAL: Final = ["running and ready"] * 8 + ["running", "pending"]
BUSY: Final = ["running and ready"] * 4 + ["running", "running", "failed", "failed", "succeeded"]


def scenes() -> SearchStrategy[Scene]:
    """Return DaemonSets half-way between the revisions r1 and r2."""
    return thrown(scene)


def scene(dice: Dice) -> Scene:
    """Return a DaemonSet with up to five nodes; a busy one has all sorts of pods on them."""
    way = {"type": "OnDelete" if dice.rarely() else "RollingUpdate", "rollingUpdate": dice.one(*BOUNDS)}
    ds = daemon_set(minReadySeconds=dice.one(0, 10)).put(("spec", "updateStrategy"), way)
    if dice.rarely():
        ds = ds.put(("metadata", "annotations"), {GENERATION: "7"})
    ds = ds.put(("status",), {**ds.status, "observedGeneration": dice.one(0, 1, 1)})
    others: list[Resource] = [revision(ds, "r1", 1, "agent:1"), revision(ds, "r2", 2, "agent:2")]
    busy = dice.one(False, True)
    for name in NODES[: dice.one(1, 2, 3, 4, 5)]:
        how = dice.one("takes", "takes", "takes", "takes", "keeps", "gone" if not busy or dice.rarely() else "drops")
        others += [there(name, how)] if how != "gone" else []
        count = dice.one(0, 1, 1, 2, 2, 3) if busy else 1 + (how == "gone" and dice.one(False, True, True))
        others += [pod(dice, ds, f"agent-{name}-{index}", name, busy=busy) for index in range(count)]
    since = stamp(NOW - timedelta(seconds=20))
    waits = {
        f"{ds.uid}/{dice.one(0, 1, 1)}/{name}": {"seconds": dice.one(4, 20, 32, 64), "since": since}
        for name in sorted(dice.some(NODES, len(NODES)))
    }
    return Scene(ds, tuple(others), NOW, {"failedPods": waits} if waits else None)


def rollouts() -> SearchStrategy[Scene]:
    """Return DaemonSets whose nodes have an old pod, a new one, or a new one beside an old one."""
    return thrown(rollout)


def rollout(dice: Dice) -> Scene:
    """Return a DaemonSet whose rollout is under way, and little else."""
    bounds = dice.one(*BOUNDS)
    ds = daemon_set(minReadySeconds=dice.one(0, 10))
    ds = ds.put(("spec", "updateStrategy"), {"type": "RollingUpdate", "rollingUpdate": bounds})
    others: list[Resource] = [revision(ds, "r1", 1, "agent:1"), revision(ds, "r2", 2, "agent:2")]
    ways = ["keeps"] if dice.rarely() else ["takes", "takes", "takes", "keeps"]
    for name in NODES[: dice.one(1, 3, 4, 5)]:
        labels = dice.one(["r1"], ["r1"], ["r1"], ["r2"], ["r1", "r2"] if bounds.get("maxSurge") else ["r1"])
        state, since = dice.one(*USUAL), dice.one(300, 5)
        pods = [member(ds, f"agent-{name}-{label}", name, state, label, since=since) for label in labels]
        others += [there(name, dice.one(*ways)), *pods]
    return Scene(ds, tuple(others), NOW)


def pod(dice: Dice, ds: Resource, name: str, place: str, *, busy: bool) -> Pod:
    """Return some pod of *ds* on the node *place*."""
    label, since = dice.one("r1", "r1", "r2"), dice.one(300, 300, 5, 10)
    if not busy:
        return member(ds, name, place, dice.one(*USUAL), label, since=since)
    how: dict[str, Any] = {"since": since, "age": dice.one(600, 601, 602), "deleting": dice.rarely()}
    how |= {"bound": not dice.rarely(), "marks": dice.one({}, {"pod-template-generation": "7"})}
    return member(ds, name, place, dice.one(*BUSY), label, **how)


# --- what is due ---------------------------------------------------------------------------------------------------


@frozen(slots=False)
class Due:
    """What one sync has to do in a scene."""

    scene: Scene
    creates: list[str] = field(factory=list)
    """The nodes that get a pod."""
    deletes: list[str] = field(factory=list)
    """The pods that go."""
    held: list[float] = field(factory=list)
    """The waits of failed pods that stay for now."""
    waits: dict[str, float] = field(factory=dict)
    """The waits that begin, by node."""

    @cached_property
    def ds(self) -> Resource:
        return self.scene.desired

    @cached_property
    def here(self) -> dict[str, list[Pod]]:
        """The pods by node, the senior one first."""
        found: dict[str, list[Pod]] = {}
        for pod in self.scene.others:
            if isinstance(pod, Pod) and not (pod.finished and pod.meta.deleting):
                found.setdefault(target(pod), []).append(pod)
        return {
            name: sorted(pods, key=lambda pod: (not pod.node, pod.meta.created, pod.name))
            for name, pods in found.items()
        }

    @cached_property
    def nodes(self) -> dict[str, str]:
        """How each node that is there treats pods."""
        effects = {effect: how for how, effect in TAINTS.items()}
        return {item.name: effects[item.taints[0]["effect"]] for item in self.scene.others if isinstance(item, Node)}

    @cached_property
    def desired(self) -> int:
        return sum(how == "takes" for how in self.nodes.values())

    def bound(self, name: str, total: int) -> int:
        """Return how many of *total* nodes a bound of the rollout is."""
        way = thaw(self.ds.spec["updateStrategy"])
        return share(way["rollingUpdate"].get(name) or 0, total) if way["type"] == "RollingUpdate" else 0

    @property
    def surges(self) -> bool:
        return self.bound("maxSurge", 1) > 0

    def updated(self, pod: Pod) -> bool:
        generation = self.ds.meta.annotations.get(GENERATION)
        labels = pod.meta.labels
        return labels[HASH] == "r2" or (generation is not None and labels.get("pod-template-generation") == generation)

    def available(self, pod: Pod) -> bool:
        return available(pod, int(self.ds.spec.get("minReadySeconds") or 0), self.scene.now)

    # --- contract 6

    def manage(self) -> None:
        """Note what nodes need whatever the revision of their pods."""
        for name, how in sorted(self.nodes.items()):
            pods = self.here.get(name, [])
            staying = [pod for pod in pods if not pod.meta.deleting]
            if how == "takes" and not pods:
                self.creates.append(name)
            elif how == "drops":
                self.deletes.extend(pod.name for pod in staying)
            else:
                for pod in sorted((pod for pod in staying if pod.finished), key=lambda pod: pod.name):
                    self._end(name, pod)
                self._crowd(name, how, [pod for pod in staying if not pod.finished])
        lost = [pod for name, pods in self.here.items() if name not in self.nodes for pod in pods]
        self.deletes.extend(pod.name for pod in lost if not pod.node)

    def _end(self, name: str, pod: Pod) -> None:
        if pod.phase == "Failed":
            key = f"{self.ds.uid}/{self.ds.status.get('observedGeneration', 0)}/{name}"
            entry = ((self.scene.memory or {}).get("failedPods") or {}).get(key)
            last = float(entry["seconds"]) if entry else 0.0
            over = entry is None or (self.scene.now - instant(entry["since"])).total_seconds() >= last
            if name in self.waits or not over:
                self.held.append(self.waits.get(name, last))
                return
            self.waits[name] = 2 * last or 1.0
        self.deletes.append(pod.name)

    def _crowd(self, name: str, how: str, running: list[Pod]) -> None:
        if not self.surges:
            self.deletes.extend(pod.name for pod in running[1:])
            return
        if not running and how == "takes":
            self.creates.append(name)
        new = [pod for pod in running if pod.meta.labels[HASH] == "r2"]
        old = [pod for pod in running if pod.meta.labels[HASH] != "r2"]
        self.deletes.extend(pod.name for pod in new[1:] + old[1:])
        if new and old and (not ready(old[0]) or self.available(new[0])):
            self.deletes.append(old[0].name)

    # --- contract 7

    def roll(self) -> bool:
        """Note what the rollout does; return False if it cannot be told, because a node is gone."""
        names = sorted({*self.here, *(name for name, how in self.nodes.items() if how == "takes")})
        entries: list[tuple[str, list[Pod], list[Pod]]] = []
        for name in names:
            pods = [pod for pod in self.here.get(name, []) if not pod.meta.deleting]
            new = [pod for pod in pods if self.updated(pod)]
            entries.append((name, new, [pod for pod in pods if pod not in new]))
        if self.bound("maxSurge", self.desired):
            return self._surge(entries)
        self._replace(entries)
        return True

    def _replace(self, entries: list[tuple[str, list[Pod], list[Pod]]]) -> None:
        limit = self.bound("maxUnavailable", self.desired) or min(self.desired, 1)
        without = 0
        candidates: list[str] = []
        for _, new, old in entries:
            alone = (new + old)[0] if len(new) + len(old) == 1 else None
            serves = alone is not None and self.available(alone)
            without += not serves
            if alone is not None and old:
                (candidates if serves else self.deletes).append(alone.name)
        self.deletes.extend(candidates[: max(limit - without, 0)])

    def _surge(self, entries: list[tuple[str, list[Pod], list[Pod]]]) -> bool:
        busy = serving = 0
        broken: list[str] = []
        sound: list[str] = []
        spare: list[str] = []
        for name, new, old in entries:
            if max(len(new), len(old)) > 1:
                busy += 1
                continue
            serving += any(self.available(pod) for pod in (old or new))
            if old and new:
                busy += not self.available(new[0])
                self.deletes.extend(pod.name for pod in old if self.available(new[0]))
            elif old and name not in self.nodes:
                return False
            elif old and self.nodes[name] == "takes":
                (sound if self.available(old[0]) else broken).append(name)
            elif old:
                (spare if self.available(old[0]) else self.deletes).append(old[0].name)
        self.deletes.extend(spare[: max(serving - self.desired, 0)])
        self.creates.extend(broken + sound[: max(self.bound("maxSurge", self.desired) - busy, 0)])
        return True

    # --- contract 8

    def status(self) -> dict[str, int]:
        """Return the numbers that are reported."""
        total: Counter[str] = Counter()
        for name, how in self.nodes.items():
            pods = self.here.get(name, [])
            if how != "takes":
                total["numberMisscheduled"] += bool(pods)
                continue
            total["desiredNumberScheduled"] += 1
            for pod in pods[:1]:
                total["currentNumberScheduled"] += 1
                total["numberReady"] += ready(pod)
                total["numberAvailable"] += self.available(pod)
                total["updatedNumberScheduled"] += self.updated(pod)
        total["numberUnavailable"] = total["desiredNumberScheduled"] - total["numberAvailable"]
        return {name: total[name] for name in NUMBERS}


NUMBERS: Final = (
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
)


def due(scene: Scene) -> tuple[Due, bool]:
    """Return what one sync has to do, and whether it fails."""
    found = Due(scene)
    found.manage()
    if found.creates or found.deletes or scene.desired.spec["updateStrategy"]["type"] == "OnDelete":
        return found, False
    rolled = Due(scene, held=found.held, waits=found.waits)
    if rolled.roll():
        return rolled, False
    return found, True

"""Small worlds to explore, each a function that other processes can import, and controllers that have a fault."""

from collections.abc import Sequence

from attrs import evolve

from reconcile import Action, Controller, Create, Delete, Observed, Patch, Remember, Resource, WakeAt, owned
from reconcile.controllers.deployment.plan import DEPLOYMENT
from reconcile.controllers.garbage import GARBAGE_COLLECTOR
from reconcile.controllers.job.plan import JOB
from reconcile.controllers.replicaset import REPLICASET
from reconcile.model.clock import later
from reconcile.model.pod import Pod, controller_reference
from reconcile.nodes.behaviour import Behaviour
from reconcile.nodes.fates import fates
from reconcile.script import scripted
from reconcile.testing.explore import Scope, delete, scale
from tests.checked import deployment, job, replicaset

PROMPT = fates(gradual=False)
"""Pods that run and are ready at once."""


def pair() -> Scope:
    """A ReplicaSet of two, one of whose pods may fail."""
    return Scope(
        controllers=(REPLICASET,), manifests=(replicaset("web", replicas=2),), fates=PROMPT, budget={"fail": 1}
    )


def resized() -> Scope:
    """A ReplicaSet of two that a user scales down and up again."""
    return Scope(
        controllers=(REPLICASET,),
        manifests=(replicaset("web", replicas=2),),
        users=((scale("rs/web", 1), scale("rs/web", 2)),),
        fates=PROMPT,
    )


def rollout() -> Scope:
    """A Deployment of one, with its ReplicaSet."""
    return Scope(controllers=(DEPLOYMENT, REPLICASET), manifests=(deployment("web", replicas=1),), fates=PROMPT)


def dismissed() -> Scope:
    """A ReplicaSet of one that a user deletes while nobody collects garbage."""
    return Scope(
        controllers=(REPLICASET,),
        manifests=(replicaset("web", replicas=1),),
        users=((delete("rs/web"),),),
        fates=PROMPT,
    )


# --- controllers with a fault ------------------------------------------------------------------------------------


def _one_too_many(rs: Resource, observed: Observed) -> object:
    """The ReplicaSet controller, which makes one pod more than is wanted if one of its pods has failed."""
    failed = any(pod.phase == "Failed" for pod in observed.owned("Pod", rs).of(Pod))
    more = rs.put(("spec", "replicas"), (rs.spec.get("replicas") or 0) + failed)
    return REPLICASET.reconcile.script(more, observed)  # type: ignore[attr-defined]


GREEDY = evolve(REPLICASET, reconcile=scripted(_one_too_many))  # type: ignore[arg-type]


def greedy() -> Scope:
    """The pair, looked after by a controller that makes too many after a failure."""
    return evolve(pair(), controllers=(GREEDY,))


def _painter(colour: str) -> Controller:
    def paint(rs: Resource, observed: Observed) -> Sequence[Action]:
        if rs.meta.annotations.get("colour") == colour:
            return []
        return [Patch(*rs.key, {"metadata": {"annotations": {"colour": colour}}}, f"it should be {colour}")]

    return Controller(colour, "ReplicaSet", paint)


def painted() -> Scope:
    """An object that two controllers want in different colours."""
    return Scope(
        controllers=(_painter("blue"), _painter("red")),
        manifests=(replicaset("wall", replicas=0),),
        goal=lambda world: True,
        invariants=(),
    )


def _count(widget: Resource, observed: Observed) -> Sequence[Action]:
    """Makes one pod, and keeps in its memory that it did."""
    if observed.memory is not None:
        return []
    meta = {"generateName": f"{widget.name}-", "ownerReferences": [controller_reference(widget)]}
    pod = {"metadata": meta, "spec": {"containers": [{"name": "app", "image": "app:1"}]}}
    return [Create("Pod", widget.namespace, pod, "it was not made"), Remember({"made": 1}, "it was made")]


COUNTER = Controller("counter", "Widget", _count)
WIDGET = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "one"}, "spec": {}}


def counted() -> Scope:
    """A controller that keeps a count in memory, whose process may end once."""
    return Scope(
        controllers=(COUNTER,),
        manifests=(WIDGET,),
        fates=PROMPT,
        crashes=("counter",),
        budget={"crash": 1},
        goal=lambda world: len(world.store.all("Pod")) == 1,
        invariants=(),
    )


# --- time --------------------------------------------------------------------------------------------------------


def _sleep(widget: Resource, observed: Observed) -> Sequence[Action]:
    """Marks an object ten seconds after it has seen it first."""
    if observed.memory is None:
        return [Remember({"seen": True}, "it begins"), WakeAt(later(observed.now, 10.0), "it waits")]
    if "done" in widget.meta.annotations:
        return []
    return [Patch(*widget.key, {"metadata": {"annotations": {"done": "yes"}}}, "it has waited")]


SLEEPER = Controller("sleeper", "Widget", _sleep)


def slept() -> Scope:
    """A controller that asks to be woken, in a world in which time passes."""
    return Scope(
        controllers=(SLEEPER,),
        manifests=(WIDGET,),
        goal=lambda world: all("done" in widget.meta.annotations for widget in world.store.all("Widget")),
        invariants=(),
        time=True,
    )


# --- a kind of the user's ----------------------------------------------------------------------------------------


def _keep(site: Resource, observed: Observed) -> Sequence[Action]:
    """Keeps one pod for each site; if its image is another one, it goes first."""
    pods = observed.owned("Pod", site).of(Pod)
    old = [pod for pod in pods if pod.spec["containers"][0]["image"] != site.spec["image"] and not pod.meta.deleting]
    if pods:
        return [Delete("Pod", pod.namespace, pod.name, "it runs another image") for pod in old]
    meta = {"generateName": f"{site.name}-", "ownerReferences": [controller_reference(site)]}
    spec = {"containers": [{"name": "app", "image": site.spec["image"]}]}
    return [Create("Pod", site.namespace, {"metadata": meta, "spec": spec}, "the site has none")]


SITE = Controller("site", "Site", _keep, watches=(owned("Pod", "Site"),))


# --- worlds with much in them ------------------------------------------------------------------------------------


def batch() -> Scope:
    """A Job of two whose controller may end between two requests: then its status names pods by their uids."""
    return Scope(
        controllers=(JOB, GARBAGE_COLLECTOR),
        manifests=(job("pi", completions=2, parallelism=2, backoffLimit=1),),
        fates=fates([Behaviour(exit_code=0, runs=1.0)], gradual=False),
        crashes=("job",),
        budget={"crash": 1},
        time=True,
    )


# --- controllers of objects without names of their own -----------------------------------------------------------


def collected() -> Scope:
    """A ReplicaSet of two that a user deletes, with a garbage collector, whose process may end once."""
    return Scope(
        controllers=(REPLICASET, GARBAGE_COLLECTOR),
        manifests=(replicaset("web", replicas=2),),
        users=((delete("rs/web"),),),
        fates=PROMPT,
        crashes=(GARBAGE_COLLECTOR.name,),
        budget={"crash": 1},
    )


def _label(pod: Resource, observed: Observed) -> Sequence[Action]:
    if "seen" in pod.meta.labels or pod.meta.deleting:
        return []
    return [Patch("Pod", pod.namespace, pod.name, {"metadata": {"labels": {"seen": "yes"}}}, "it is new")]


def labelled() -> Scope:
    """Two pods, each of which a controller of pods labels."""
    return Scope(
        controllers=(REPLICASET, Controller("labeller", "Pod", _label)),
        manifests=(replicaset("web", replicas=2),),
        fates=(),
        goal=lambda world: all("seen" in pod.meta.labels for pod in world.store.all("Pod")),
        invariants=(),
    )

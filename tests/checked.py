"""A cluster that checks every invariant after every step, and the manifests that scenarios are told with.

    cluster = checked().apply(deployment("web", replicas=3)).settle()

It is used like any other `Cluster`; a step after which something does not hold that must raises AssertionError with the
name of what was violated. A scenario in which Kubernetes itself breaks a rule names that rule as *excepting*, so that
the exception is told beside the scenario.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from attrs import evolve, frozen

from reconcile import Behaviour, Cluster, NotSettled
from reconcile.actions import MERGE, Action, Patch
from reconcile.controller import Controller
from reconcile.engine.run import MAX_STEPS, Policy, fifo, step
from reconcile.engine.world import World
from reconcile.model.clock import later
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.nodes.behaviour import PREFIX
from reconcile.outcome import Outcome
from reconcile.testing import invariants
from reconcile.testing.invariants import Invariant

FATES: Final = (
    Behaviour(image="*:bad*", pull=False),
    Behaviour(image="*:unready", becomes_ready=False),
    Behaviour(image="*:slow", ready=10.0),
    Behaviour(image="*:lingers", terminates=20.0),
    Behaviour(image="*:fails", exit_code=1, runs=1.0),
    Behaviour(image="*:runs", exit_code=None),
    Behaviour(owner="Job", exit_code=0, runs=1.0),
    Behaviour(),
)
"""How pods fare, by the tags of their images; any other image starts and gets ready at once."""


@frozen
class Checked(Cluster):
    """A cluster whose steps are checked."""

    checks: tuple[Invariant, ...] = ()

    def send(self, action: Action) -> tuple[Cluster, Outcome]:
        """Send one request, and check what came of it."""
        after, outcome = super().send(action)
        self._check(self.world, after.world)
        return after, outcome

    def advance(self, seconds: float, *, policy: Policy = fifo, max_steps: int | None = None) -> Cluster:
        """Let *seconds* pass, step by step."""
        return self._run(until=later(self.now, seconds), policy=policy, max_steps=max_steps or MAX_STEPS)

    def _run(self, **how: Any) -> Cluster:
        stop: Callable[[World], bool] = how.get("stop") or (lambda world: False)
        until, left = how.get("until"), how["max_steps"]
        world = self.world
        while not stop(world):
            after = step(self.engine, world, policy=how["policy"])
            if after is not None:
                self._check(world, after)
                world, left = after, left - 1
                if left < 0:
                    raise NotSettled("the cluster did not settle", world)
                continue
            due = world.queue.next_due()
            if due is None or (until is not None and due > until):
                if how.get("stop"):
                    raise NotSettled("what was waited for did not happen", world)
                world = evolve(world, now=until or world.now)
                break
            world = evolve(world, now=due)
        return evolve(self, world=world)

    def _check(self, before: World, after: World) -> None:
        violation = invariants.check(before, after, self.checks)
        told = [f"{row.at:%H:%M:%S} {row.actor}: {row.what}" for row in list(after.trace)[-8:]]
        assert violation is None, "\n".join([str(violation), *told])


def checked(
    *,
    nodes: int | Iterable[dict[str, Any]] = 3,
    fates: Sequence[Behaviour] = FATES,
    instead: Sequence[Controller] = (),
    excepting: Iterable[str] = (),
    seed: int = 0,
) -> Cluster:
    """Return a fresh cluster under check.

    *instead* takes the place of the built-in controllers of the same names; invariants named in *excepting* are not
    checked.
    """
    left_out = set(excepting)
    checks = tuple(invariant for name, invariant in invariants.ALL.items() if name not in left_out)
    cluster = Cluster.new(nodes=nodes, behaviours=fates, seed=seed)
    named = {controller.name: controller for controller in instead}
    controllers = tuple(named.get(controller.name, controller) for controller in cluster.engine.controllers)
    return Checked(evolve(cluster.engine, controllers=controllers), cluster.world, checks)


# --- manifests ---------------------------------------------------------------------------------------------------


def template(image: str = "app:1", *, labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """Return a pod template with one container called `app`."""
    return {
        "metadata": {"labels": labels or {"app": "web"}},
        "spec": {"containers": [{"name": "app", "image": image}], **spec},
    }


def workload(kind: str, name: str, image: str, spec: dict[str, Any]) -> dict[str, Any]:
    """Return a workload whose pods carry the label `app: NAME`."""
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": labels},
        "spec": {"selector": {"matchLabels": labels}, "template": template(image, labels=labels), **spec},
    }


def replicaset(name: str = "web", image: str = "app:1", **spec: Any) -> dict[str, Any]:
    """Return a ReplicaSet."""
    return workload("ReplicaSet", name, image, spec)


def deployment(name: str = "web", image: str = "app:1", **spec: Any) -> dict[str, Any]:
    """Return a Deployment."""
    return workload("Deployment", name, image, spec)


def rolling(surge: Any, unavailable: Any) -> dict[str, Any]:
    """Return the strategy of a Deployment."""
    return {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}


def statefulset(name: str = "web", image: str = "app:1", **spec: Any) -> dict[str, Any]:
    """Return a StatefulSet."""
    return workload("StatefulSet", name, image, {"serviceName": name, **spec})


def daemonset(name: str = "web", image: str = "app:1", **spec: Any) -> dict[str, Any]:
    """Return a DaemonSet."""
    return workload("DaemonSet", name, image, spec)


def job(name: str = "pi", image: str = "app:1", *, restart: str = "Never", **spec: Any) -> dict[str, Any]:
    """Return a Job."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"template": template(image, labels={"app": name}, restartPolicy=restart), **spec},
    }


def cronjob(name: str = "tick", schedule: str = "* * * * *", image: str = "app:1", **spec: Any) -> dict[str, Any]:
    """Return a CronJob."""
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"schedule": schedule, "jobTemplate": {"spec": job(image=image)["spec"]}, **spec},
    }


# --- looking and touching ----------------------------------------------------------------------------------------


def with_image(cluster: Cluster, kind: str, name: str, image: str) -> Cluster:
    """Return the cluster after the user set the image of a workload's container, as `kubectl set image` does."""
    body = {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": image}]}}}}
    return cluster.patch(kind, name, body)


def pods(cluster: Cluster) -> list[Pod]:
    """Return all pods, by name."""
    return [pod for pod in cluster.all("Pod") if isinstance(pod, Pod)]


def names(items: Iterable[Resource]) -> list[str]:
    """Return the names of *items*."""
    return [item.name for item in items]


def images(cluster: Cluster) -> list[str]:
    """Return the tags of the images of all pods, in the order of the pods' names."""
    return [pod.spec["containers"][0]["image"].partition(":")[2] for pod in pods(cluster)]


def sizes(cluster: Cluster) -> list[int]:
    """Return how many replicas each ReplicaSet asks for, oldest first."""
    return [rs.spec["replicas"] for rs in by_age(cluster.all("ReplicaSet"))]


def by_age(items: Iterable[Resource]) -> list[Resource]:
    """Return *items*, oldest first; uids are given in the order of creation."""
    return sorted(items, key=lambda item: (item.meta.created, int(item.uid.rpartition("-")[2], 16)))


def condition(item: Resource, kind: str) -> dict[str, Any]:
    """Return a condition of *item*; {} if it has none of that type."""
    return next((dict(entry) for entry in item.status.get("conditions") or () if entry["type"] == kind), {})


def status(cluster: Cluster, kind: str, name: str, body: dict[str, Any]) -> Cluster:
    """Return the cluster after somebody patched the status of an object."""
    item = cluster.get(kind, name)
    patch = Patch(*item.key, {"status": body}, "somebody patches its status", patch_type=MERGE, subresource="status")
    return cluster.done(patch)


def sick(cluster: Cluster, name: str) -> Cluster:
    """Return the cluster after a pod became unready, and stays so until it is `well`."""
    marked = cluster.patch("pod", name, {"metadata": {"annotations": {f"{PREFIX}becomes-ready": "false"}}})
    return status(marked, "Pod", name, {"conditions": [{"type": "Ready", "status": "False"}]})


def well(cluster: Cluster, name: str) -> Cluster:
    """Return the cluster after a pod that was `sick` may become ready again."""
    return cluster.patch("pod", name, {"metadata": {"annotations": {f"{PREFIX}becomes-ready": None}}})


def reasons(cluster: Cluster, kind: str, name: str) -> list[str]:
    """Return the reasons of what was told about an object in the last hour, each once, sorted."""
    return sorted({note.reason for note in cluster.events(cluster.get(kind, name))})


def deeds(cluster: Cluster, actor: str, verb: str) -> list[str]:
    """Return what *actor* did that begins with *verb*, oldest first."""
    return [row.what for row in cluster.trace if row.actor == actor and row.what.startswith(verb)]

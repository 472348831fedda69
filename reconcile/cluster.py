"""An embedded cluster: the one value that most users hold.

    cluster = Cluster.new().apply(load("web.yaml")).settle()
    cluster.get("ReplicaSet", "web").status

Every method that changes something returns a new cluster; the old one stays what it was. Keep it to fork, to compare,
to go back.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from attrs import evolve, frozen

from reconcile.actions import MERGE, STRATEGIC_MERGE, Action, Create, Delete, Patch, Update
from reconcile.controller import Controller
from reconcile.controllers.builtin import BUILTIN
from reconcile.engine.run import MAX_STEPS, Policy, advance, fifo, run
from reconcile.engine.step import submit
from reconcile.engine.world import START, Engine, Note, Row, World
from reconcile.model.clock import Instant, later, stamp
from reconcile.model.json import FrozenMap, Json, freeze, put
from reconcile.model.kinds import BY_NAME, KINDS, Kind, find
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.nodes.behaviour import DEFAULT_BEHAVIOURS, Behaviour
from reconcile.nodes.kubelet import kubelet
from reconcile.nodes.lifecycle import NODE_LIFECYCLE, POD_EVICTION
from reconcile.nodes.scheduler import SCHEDULER
from reconcile.outcome import Outcome, Rejected
from reconcile.patch.three_way import annotated, apply_patch
from reconcile.store.admitted import ADMITTED
from reconcile.store.apply import Rules, not_found
from reconcile.store.seed import NAMESPACES, api_service, namespace, node

DEFAULT_NAMESPACE: Final = "default"
DEFAULT_NODES: Final = 5
"""How many nodes a new cluster has, unless it is told otherwise: as many as the recorded tutorial's."""


Manifest = Resource | Mapping[str, Any]
"""An object as its user writes it: loaded from a file, or as plain JSON."""


class ApiError(Exception):
    """The API refused a request of the user's; `outcome` says why."""

    def __init__(self, outcome: Rejected) -> None:
        super().__init__(outcome.message or str(outcome.reason))
        self.outcome = outcome


@frozen(repr=False)
class Cluster:
    """A cluster at one instant, with those who act in it."""

    engine: Engine
    world: World

    def __repr__(self) -> str:
        count = sum(map(len, self.world.store.objects.values()))
        return f"<Cluster at {stamp(self.now)}: {count} objects, {self.world.steps} syncs>"

    @classmethod
    def new(
        cls,
        *,
        nodes: int | Iterable[Mapping[str, Any]] = DEFAULT_NODES,
        controllers: Sequence[Controller] = (),
        builtin: Sequence[Controller] = BUILTIN,
        behaviours: Sequence[Behaviour] = DEFAULT_BEHAVIOURS,
        seed: int = 0,
        now: Instant = START,
        trace_limit: int | None = None,
        by_hand: bool = False,
    ) -> "Cluster":
        """Return a fresh cluster: the usual namespaces, the API's Service, and nodes.

        *controllers* run beside the built-in ones; *behaviours* say how pods fare; names and draws follow from *seed*.
        With *by_hand* nobody acts unless told to (`reconcile.engine.step.sync`).

        >>> [item.name for item in Cluster.new(nodes=2).all("Node")]
        ['node-0', 'node-1']
        """
        engine = standard_engine(controllers, builtin, behaviours, seed=seed, trace_limit=trace_limit, by_hand=by_hand)
        cluster = cls(engine, engine.begin(seed=seed, now=now))
        named = [node(f"node-{index}", now) for index in range(nodes)] if isinstance(nodes, int) else nodes
        for item in (*map(namespace, NAMESPACES), api_service(), *named):
            cluster = cluster.create(item)
        return cluster

    # --- looking -------------------------------------------------------------------------------------------------

    @property
    def now(self) -> Instant:
        """The cluster's time."""
        return self.world.now

    @property
    def trace(self) -> list[Row]:
        """What was done, oldest first."""
        return list(self.world.trace)

    def events(self, about: Resource | None = None) -> list[Note]:
        """Return the events of the last hour, oldest first."""
        return self.world.told(about)

    def find(self, kind: str, name: str, namespace: str = DEFAULT_NAMESPACE) -> Resource | None:
        """Return one object; None if there is none. *kind* may be a short name, as in kubectl."""
        known = kind_of(kind)
        return self.world.store.get(known.name, namespace if known.namespaced else "", name)

    def get(self, kind: str, name: str, namespace: str = DEFAULT_NAMESPACE) -> Resource:
        """Return one object; raise ApiError if there is none."""
        found = self.find(kind, name, namespace)
        if found is None:
            raise ApiError(not_found(kind_of(kind).name, name))
        return found

    def all(self, kind: str, namespace: str | None = None) -> list[Resource]:
        """Return all objects of *kind*, of one namespace if it is given, sorted by name."""
        return self.world.store.all(kind_of(kind).name, namespace)

    # --- changing ------------------------------------------------------------------------------------------------

    def send(self, action: Action) -> tuple["Cluster", Outcome]:
        """Send one request to the API; the answer is a value."""
        world, outcome = submit(self.engine, self.world, action)
        return evolve(self, world=world), outcome

    def done(self, action: Action) -> "Cluster":
        """Send one request to the API; raise ApiError if it is refused."""
        cluster, outcome = self.send(action)
        if isinstance(outcome, Rejected):
            raise ApiError(outcome)
        return cluster

    def create(self, manifest: Manifest, *, namespace: str = DEFAULT_NAMESPACE) -> "Cluster":
        """Create an object from its manifest."""
        body, place = _placed(manifest, namespace)
        return self.done(Create(body["kind"], place, body, "the user creates it"))

    def apply(self, manifests: Manifest | Iterable[Manifest], *, namespace: str = DEFAULT_NAMESPACE) -> "Cluster":
        """Create each object, or change it to what its manifest says, as `kubectl apply` does."""
        cluster = self
        if isinstance(manifests, str):
            raise TypeError("expected manifests, not text: read it with loads(), or a file with load()")
        for manifest in [manifests] if isinstance(manifests, Mapping | Resource) else manifests:
            cluster = cluster._apply_one(manifest, namespace)
        return cluster

    def _apply_one(self, manifest: Manifest, namespace: str) -> "Cluster":
        body, place = _placed(manifest, namespace)
        kind, name = body["kind"], (body.get("metadata") or {}).get("name", "")
        live = self.world.store.get(kind, place, name)
        if live is None:
            return self.done(Create(kind, place, annotated(body, namespace=place), "the user applies it"))
        patch = apply_patch(kind, live.raw, body, namespace=place)
        if not patch:
            return self
        patch_type = STRATEGIC_MERGE if kind in BY_NAME else MERGE
        return self.done(Patch(kind, place, name, patch, "the user applies it", patch_type=patch_type))

    def update(self, item: Manifest, *, namespace: str = DEFAULT_NAMESPACE) -> "Cluster":
        """Replace an object."""
        body, place = _placed(item, namespace)
        named = put(body, ("metadata", "namespace"), place) if place else body
        return self.done(Update(read(named), "the user replaces it"))

    def patch(
        self, kind: str, name: str, body: Json, *, namespace: str = DEFAULT_NAMESPACE, patch_type: str = MERGE
    ) -> "Cluster":
        """Change part of an object; by default *body* is a JSON merge patch."""
        known, place = self._place(kind, namespace)
        return self.done(Patch(known, place, name, freeze(body), "the user patches it", patch_type=patch_type))

    def scale(self, kind: str, name: str, replicas: int, *, namespace: str = DEFAULT_NAMESPACE) -> "Cluster":
        """Ask for another number of replicas."""
        known, place = self._place(kind, namespace)
        body = FrozenMap(spec=FrozenMap(replicas=replicas))
        action = Patch(known, place, name, body, "the user scales it", patch_type=MERGE, subresource="scale")
        return self.done(action)

    def delete(
        self,
        kind: str,
        name: str,
        *,
        namespace: str = DEFAULT_NAMESPACE,
        propagation: str = "Background",
        grace_period_seconds: int | None = None,
    ) -> "Cluster":
        """Delete an object; *propagation* (Background, Foreground, Orphan) says what becomes of its dependents."""
        known, place = self._place(kind, namespace)
        why = "the user deletes it"
        return self.done(
            Delete(known, place, name, why, propagation=propagation, grace_period_seconds=grace_period_seconds)
        )

    def _place(self, kind: str, namespace: str) -> tuple[str, str]:
        known = kind_of(kind)
        return known.name, namespace if known.namespaced else ""

    # --- letting time pass ---------------------------------------------------------------------------------------

    def settle(self, *, policy: Policy = fifo, max_steps: int = MAX_STEPS) -> "Cluster":
        """Let the controllers work until nothing is left to do at this instant; the clock stands still."""
        return self._run(until=self.now, policy=policy, max_steps=max_steps)

    def advance(self, seconds: float, *, policy: Policy = fifo, max_steps: int | None = None) -> "Cluster":
        """Let *seconds* pass, with everything that falls due in them; a year may be played in one go.

        What is played is noted in the trace. To play for long in little memory, give `Cluster.new` a *trace_limit*.
        Raises NotSettled after *max_steps* syncs, by default after a million on any one day, and ValueError if time is
        to pass backwards: an older cluster is a value that you may have kept.
        """
        if not seconds >= 0:
            raise ValueError(f"time passes forward, not by {seconds} seconds")
        return evolve(self, world=advance(self.engine, self.world, seconds, policy=policy, max_steps=max_steps))

    def run(self, *, policy: Policy = fifo, max_steps: int = MAX_STEPS) -> "Cluster":
        """Jump from wake-up to wake-up until there is none left; raise NotSettled if there always is one."""
        return self._run(policy=policy, max_steps=max_steps)

    def run_until(
        self,
        stop: Callable[["Cluster"], bool],
        *,
        within: float | None = None,
        policy: Policy = fifo,
        max_steps: int = MAX_STEPS,
    ) -> "Cluster":
        """Play on until *stop* is true of the cluster; raise NotSettled if it cannot become so (*within* seconds)."""
        until = None if within is None else later(self.now, within)
        return self._run(
            stop=lambda world: stop(evolve(self, world=world)), until=until, policy=policy, max_steps=max_steps
        )

    def _run(self, **how: Any) -> "Cluster":
        return evolve(self, world=run(self.engine, self.world, **how))


def standard_engine(
    controllers: Sequence[Controller] = (),
    builtin: Sequence[Controller] = BUILTIN,
    behaviours: Sequence[Behaviour] = DEFAULT_BEHAVIOURS,
    *,
    seed: int = 0,
    trace_limit: int | None = None,
    by_hand: bool = False,
) -> Engine:
    """Return the engine of an embedded cluster: built-in controllers, the user's, scheduler and kubelets."""
    everybody = (*builtin, *controllers, NODE_LIFECYCLE, POD_EVICTION, SCHEDULER, kubelet(behaviours, seed=seed))
    names = [controller.name for controller in everybody]
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"two controllers have the same name: {', '.join(twice)}")
    return Engine(everybody, Rules(gate=ADMITTED), trace_limit, by_hand=by_hand)


def kind_of(word: str) -> Kind:
    """Return the kind that kubectl would take *word* for; kinds of the user's own are taken as they are.

    >>> kind_of("deploy").name
    'Deployment'
    """
    return find(word, KINDS) or Kind(word, "", "v1", f"{word.lower()}s")


def _placed(manifest: Manifest, namespace: str) -> tuple[FrozenMap, str]:
    """Return the manifest, frozen, and the namespace that it goes to."""
    body: FrozenMap = manifest.raw if isinstance(manifest, Resource) else freeze(dict(manifest))
    if not body.get("kind"):
        raise ValueError("a manifest names its kind")
    known = kind_of(body["kind"])
    own = (body.get("metadata") or {}).get("namespace")
    return body, (own or namespace) if known.namespaced else ""

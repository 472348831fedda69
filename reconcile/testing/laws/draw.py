"""What laws are tried on: scenes and lives, drawn for the kind of a controller or from what the user passes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from reconcile.controller import Controller
from reconcile.controllers.builtin import BUILTIN
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.store.namespaces import terminating
from reconcile.testing.laws.kin import grown
from reconcile.testing.laws.lived import Life
from reconcile.testing.laws.subject import Subject
from reconcile.testing.moves import Move
from reconcile.testing.scenes import Scene, admitted
from reconcile.testing.strategies.labels import choices
from reconcile.testing.strategies.objects import NOW, PLAIN_TEMPLATE, claims, pod_lists, pods, services
from reconcile.testing.strategies.states import states, template_of, widgets
from reconcile.testing.strategies.workloads import BY_KIND

Desired = SearchStrategy[Any]
"""Manifests or objects of the controller's kind."""
Others = SearchStrategy[Any] | Callable[[Resource], SearchStrategy[Any]]
"""What else there is: lists of manifests or objects; or a function from the object to what draws them."""

HEALTHY: Final = ("1", "2")
"""Tags of images whose pods get ready, so that what goes wrong in a life is the controller's doing."""
ENDING: Final = ("ok", "retry")
"""Tags of images whose containers succeed, at once or the second time."""

SLOTS: Final = 3
"""How many moves there are at most between the first one of a life and its end."""

_PODS: Final = {"metadata": {"name": "alone"}, "spec": {"containers": [{"name": "app", "image": "app:1"}]}}


def _plain_manifests(kind: str) -> Desired:
    return BY_KIND[kind](tags=ENDING if kind in ("Job", "CronJob") else HEALTHY) if kind in BY_KIND else widgets(kind)


_HOME: Final = "apps"
"""The namespace of lives of namespaces; it comes first in the order of names."""

_OTHER_KINDS: Final[Mapping[str, Desired]] = {
    "Namespace": st.just({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _HOME}}),
    "Service": services(),
    "Pod": st.just({"apiVersion": "v1", "kind": "Pod", **_PODS}),
    "PersistentVolumeClaim": claims(),
}


def known(kind: str) -> bool:
    """Return whether it is known what objects of *kind* look like."""
    return kind in _OTHER_KINDS or kind in BY_KIND


def desired_of(kind: str) -> Desired:
    """Return what draws manifests of *kind* whose pods fare well."""
    return _OTHER_KINDS[kind] if kind in _OTHER_KINDS else _plain_manifests(kind)


def scenes(controller: Controller, desired: Desired | None, others: Others | None) -> SearchStrategy[Scene]:
    """Return scenes around an object of the controller's kind: any, and those that a user's controller has made."""
    kind = controller.kind
    wanted = desired_of(kind) if desired is None else desired
    if others is not None:
        return _scenes(wanted, others)
    plain = _SCENES[kind]() if desired is None and kind in _SCENES else states(kind, desired=desired)
    return plain if controller in BUILTIN else plain | grown(controller, wanted) | _scenes(wanted, _crowds)


def _crowds(item: Resource) -> SearchStrategy[Any]:
    """Pods of *item*'s own, and nobody else's: often more than it wants."""
    return pod_lists(prefix=item.name, owner=item, template=template_of(item), strangers=False, max_size=6)


@st.composite
def _scenes(draw: DrawFn, desired: Desired, others: Others) -> Scene:
    item = admitted(draw(desired), uid="uid-desired")
    drawn = draw(others(item) if callable(others) else others)
    return Scene(item, tuple(_objects(drawn)), NOW)


def _objects(items: Iterable[Any]) -> list[Resource]:
    return [admitted(item, uid=f"uid-other-{index}") for index, item in enumerate(items)]


def _pod_scenes() -> SearchStrategy[Scene]:
    return pods(name="alone").map(lambda pod: Scene(pod, (), NOW))


def _claim_scenes() -> SearchStrategy[Scene]:
    return claims().map(lambda claim: Scene(claim, (), NOW))


def _service_scenes() -> SearchStrategy[Scene]:
    return st.builds(
        lambda manifest, found: Scene(admitted(manifest, uid="uid-desired"), tuple(found), NOW),
        services(),
        pod_lists(prefix="web", template=PLAIN_TEMPLATE, max_size=3),
    )


@st.composite
def _namespace_scenes(draw: DrawFn) -> Scene:
    """A namespace that is to go, more often than not, with pods in every state and other things in it."""
    namespace = admitted({"kind": "Namespace", "metadata": {"name": "default"}}, uid="uid-desired")
    if draw(choices(True, True, False)):
        namespace = read(terminating(namespace.raw, NOW))
    found = draw(pod_lists(prefix="web", template=PLAIN_TEMPLATE, max_size=3))
    others = draw(st.tuples() | st.tuples(services()) | st.tuples(services(), claims()))
    return Scene(namespace, (*found, *_objects(others)), NOW)


_SCENES: Final = {
    "Namespace": _namespace_scenes,
    "Service": _service_scenes,
    "Pod": _pod_scenes,
    "PersistentVolumeClaim": _claim_scenes,
}


def _at_home(manifest: Any) -> dict[str, Any]:
    cleaned = clean(manifest)
    return {**cleaned, "metadata": {**cleaned["metadata"], "namespace": _HOME}}


_INSIDE: Final[Mapping[str, Desired]] = {
    "Namespace": (BY_KIND["Deployment"](tags=HEALTHY) | services() | claims() | _OTHER_KINDS["Pod"]).map(_at_home)
}
"""What is applied later in a life, for kinds whose objects hold others."""


# --- lives ---------------------------------------------------------------------------------------------------------


def lives(subject: Subject, desired: Desired | None, others: Others | None) -> SearchStrategy[Life]:
    """Return lives of objects of the subject's kind: applied, perhaps changed or deleted, their children deleted, their
    pods failing, time passing."""
    kind, spared = subject.kind, {"but": sorted(subject.aside)} if subject.aside else {}
    applied = (desired_of(kind) if desired is None else desired).map(_applied)
    later = _INSIDE[kind].map(_applied) if desired is None and kind in _INSIDE else applied
    index = st.integers(0, 3)
    wait = st.integers(1, 20).map(lambda seconds: Move("wait", {"seconds": float(seconds)}))
    work = st.integers(1, 8).map(lambda steps: Move("work", {"steps": steps}))
    # Slots that may be empty give longer lives than a list does, and are made smaller one by one. First there is time,
    # so that there is something to edit when one edits.
    slot = st.one_of(
        st.none(),
        wait,
        later,
        index.map(lambda number: Move("delete_child", {"kind": kind, "child": number, **spared})),
        work,
        index.map(lambda number: Move("delete_pod", {"pod": number})),
        index.map(lambda number: Move("end_pod", {"pod": number, "phase": "Failed"})),
    )
    end = choices(None, None, None, "Background", "Foreground").map(
        lambda how: how and Move("delete", {"kind": kind, "target": 0, "propagation": how})
    )
    rest = st.just(()) | st.tuples(wait | work, *[slot] * SLOTS, end) | st.tuples(wait | work, *[slot] * SLOTS)
    there = st.just([]) if others is None or callable(others) else others.map(_loose)
    return st.builds(_life, there, applied, rest, st.integers(0, 5), st.integers(0, 3))


def _applied(drawn: Any) -> Move:
    return Move("apply", {"manifest": clean(drawn)})


def _life(there: list[Move], first: Move, rest: tuple[Move | None, ...], strike: int, request: int) -> Life:
    return Life((*there, first, *(move for move in rest if move is not None)), strike, request)


def _loose(items: Iterable[Any]) -> list[Move]:
    """Return the moves that apply those of *items* that nobody owns."""
    moves = map(_applied, items)
    return [move for move in moves if "ownerReferences" not in move.args["manifest"]["metadata"]]


_SERVERS: Final = ("uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "managedFields")


def clean(item: Any) -> dict[str, Any]:
    """Return *item*, a manifest or an object, as a manifest: without what the server writes."""
    raw: Mapping[str, Any] = item.raw if isinstance(item, Resource) else item
    meta = {key: value for key, value in raw["metadata"].items() if key not in _SERVERS}
    return {**{key: value for key, value in raw.items() if key != "status"}, "metadata": meta}

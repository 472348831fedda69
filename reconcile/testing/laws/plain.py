"""Laws of a controller's function alone: said of one call on one scene.

Each takes a subject and a scene and returns what is wrong in words, or None.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import count
from types import MappingProxyType
from typing import Any, Final, get_args

from attrs import evolve

from reconcile.actions import Action, Create, Delete, Patch, UpdateStatus, WakeAt
from reconcile.engine.perform import perform
from reconcile.model.json import thaw
from reconcile.model.resource import Resource
from reconcile.outcome import Outcome, Reason, Rejected
from reconcile.render import describe
from reconcile.script import assume
from reconcile.testing.laws.subject import Subject, owner_uids, serves, target, writes
from reconcile.testing.scenes import Scene, of_document

ACTIONS: Final = get_args(Action)
_REFUSALS: Final = (Reason.CONFLICT, Reason.NOT_FOUND, Reason.ALREADY_EXISTS, Reason.INTERNAL_ERROR)
_TRIED: Final = 6
"""How many requests of a plan are refused, one at a time."""


def total(subject: Subject, scene: Scene) -> str | None:
    """It answers every state with a finite plan of actions, also if any one of its requests is refused."""
    strange = [item for item in subject.plan(scene.desired, scene.observed()) if not isinstance(item, ACTIONS)]
    if strange:
        return f"its plan holds {strange[0]!r}, which is no action"
    for refused in range(min(len(writes(subject.plan(scene.desired, scene.observed()))), _TRIED)):
        _play(subject, scene, refused)
    return None


def _play(subject: Subject, scene: Scene, refused: int) -> list[Any]:
    """Carry out one sync in which every request is taken to succeed but the one numbered *refused*."""

    def send(count: int, action: Action) -> tuple[int, Outcome]:
        if not writes([action]):
            return count, assume(action)
        if count == refused:
            return count + 1, Rejected(_REFUSALS[refused % len(_REFUSALS)], "a law refuses it")
        return count + 1, assume(action)

    return perform(subject.controller, scene.desired, scene.observed, 0, send)[1]


def pure(subject: Subject, scene: Scene) -> str | None:
    """The same state gives the same plan, however often and whatever is asked in between; and it changes nothing."""
    scene = _never_seen(scene)
    before = scene.document(whole=True)
    first = subject.plan(scene.desired, scene.observed())
    subject.plan(scene.desired.put(("metadata", "name"), "another"), scene.observed())
    again = subject.plan(scene.desired, scene.observed())
    if first != again:
        return f"asked twice it answers differently: {_difference(first, again)}"
    if scene.document(whole=True) != before:
        return "it changed what it was shown"
    return None


_NUMBERS: Final = count()


def _never_seen(scene: Scene) -> Scene:
    """Return *scene* with an object of another uid, so that a controller that keeps something by the uid, and should
    not, has nothing about this one, however many scenes it has been shown."""
    new = f"{scene.desired.uid}-{next(_NUMBERS)}"
    told = json.dumps(scene.document(whole=True)).replace(json.dumps(scene.desired.uid), json.dumps(new))
    return evolve(of_document(json.loads(told)), now=scene.now)


def order_blind(subject: Subject, scene: Scene) -> str | None:
    """The order in which objects came into the cluster makes no difference to the plan."""
    forwards = subject.plan(scene.desired, scene.observed())
    backwards = subject.plan(scene.desired, scene.observed(backwards=True))
    if forwards != backwards:
        return f"with the objects in the opposite order it wants something else: {_difference(forwards, backwards)}"
    return None


def _difference(one: list[Action], other: list[Action]) -> str:
    for left, right in zip(one, other, strict=False):
        if left != right:
            return f"{describe(left)} - {describe(right)}"
    return f"{len(one)} actions - {len(other)} actions"


def guarantee(subject: Subject, scene: Scene) -> str | None:
    """It writes its object, its children, and orphans that it adopts, and nothing else; what it creates is its
    child."""
    return next(_trespasses(subject, scene), None)


def _trespasses(subject: Subject, scene: Scene) -> Iterator[str]:
    store, desired = scene.store(), scene.desired
    adopted = set()
    for action in writes(subject.plan(desired, scene.observed())):
        item = store.get(*target(action))
        if item is not None and _adopts(scene, action, item):
            adopted.add(item.key)
        if isinstance(action, Create) and not action.subresource:
            if item is None and not _fathers(scene, action) and not subject.touches(desired, _new(action)):
                yield f"{describe(action)}: it would not be the owner of what it creates"
        elif item is not None and item.key not in adopted and not _may_write(subject, scene, item):
            yield f"{describe(action)}: {item} is not its own"


def _fathers(scene: Scene, action: Create) -> bool:
    return scene.desired.uid in owner_uids(action.body)


def _may_write(subject: Subject, scene: Scene, item: Resource) -> bool:
    return subject.owns(scene.desired, item) or subject.touches(scene.desired, item)


def _adopts(scene: Scene, action: Any, item: Resource) -> bool:
    """Whether *action* makes *item*, which has no controller, a child of the scene's object."""
    orphan = isinstance(action, Patch) and item.meta.controller is None
    return orphan and scene.desired.uid in owner_uids(action.body)


def _new(action: Create) -> Any:
    return assume(action).object  # type: ignore[union-attr]


def lets_go(subject: Subject, scene: Scene) -> str | None:
    """Once its object is on its way out it creates nothing more for it."""
    if not scene.desired.meta.deleting:
        return None
    plan = writes(subject.plan(scene.desired, scene.observed()))
    created = [action for action in plan if isinstance(action, Create) and not action.subresource]
    made = [action for action in created if action.kind not in subject.aside]
    return f"{scene.desired} is being deleted, and it wants to {describe(made[0])}: {made[0].why}" if made else None


def future_wakes(subject: Subject, scene: Scene) -> str | None:
    """An instant at which it wants to be woken lies in the future."""
    for action in subject.plan(scene.desired, scene.observed()):
        if isinstance(action, WakeAt) and action.at is not None and action.at <= scene.now:
            return f"at {scene.now} it asks to be woken at {action.at}: {action.why}"
    return None


def no_idle_status(subject: Subject, scene: Scene) -> str | None:
    """It writes the status of its object only if that changes something."""
    for seen, then in ((scene, ""), *((seen, "asked again, ") for seen in _written(subject, scene))):
        own = _own_statuses(subject, seen)
        if own and all(_told(item) == _told(seen.desired) for item in own):
            return f"{then}it writes the status as it is: {thaw(own[0].status)}"
    return None


def _written(subject: Subject, scene: Scene) -> Iterator[Scene]:
    """Yield *scene* with the status that the controller last gives its object there: it has no more to say."""
    for item in _own_statuses(subject, scene)[-1:]:
        yield evolve(scene, desired=scene.desired.put(("status",), item.status))


def _own_statuses(subject: Subject, scene: Scene) -> list[Resource]:
    plan = subject.plan(scene.desired, scene.observed())
    return [
        action.object for action in plan if isinstance(action, UpdateStatus) and action.object.key == scene.desired.key
    ]


def _told(item: Any) -> tuple[Any, Any]:
    """What a status write carries; the controllers of Deployments keep revisions in annotations."""
    return item.status, item.meta.annotations


def make_before_break(subject: Subject, scene: Scene) -> str | None:
    """A plan that both creates and deletes children of one kind creates first: cut short, it never leaves fewer than it
    began with or would end with."""
    balance: Counter[str] = Counter()
    lowest: Counter[str] = Counter()
    for kind, change in _changes(subject, scene):
        balance[kind] += change
        lowest[kind] = min(lowest[kind], balance[kind])
    for kind in sorted(balance):
        if lowest[kind] < min(0, balance[kind]):
            return f"it deletes before it creates: cut short, there are {-lowest[kind]} {kind}s less"
    return None


def _changes(subject: Subject, scene: Scene) -> Iterator[tuple[str, int]]:
    """Yield the kind of each child that the plan makes or takes, with 1 or -1."""
    store = scene.store()
    for action in writes(subject.plan(scene.desired, scene.observed())):
        item = store.get(*target(action))
        if isinstance(action, Create) and not action.subresource and _fathers(scene, action):
            yield action.kind, 1
        elif isinstance(action, Delete) and item is not None and _loses(subject, scene, item):
            yield item.kind, -1


def _loses(subject: Subject, scene: Scene, item: Resource) -> bool:
    """Whether the scene's object is without a useful child once *item* is gone."""
    return item.key != scene.desired.key and subject.owns(scene.desired, item) and serves(item)


PLAIN: Final[Mapping[str, Any]] = MappingProxyType(
    {
        law.__name__: law
        for law in (
            total,
            pure,
            order_blind,
            guarantee,
            lets_go,
            future_wakes,
            no_idle_status,
            make_before_break,
        )
    }
)
"""The laws of a controller's function, by name."""

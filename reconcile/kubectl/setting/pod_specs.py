"""What every `kubectl set` does: change the pod spec inside of objects.

Rules
1. All objects that are named must be there, or none is changed.
2. A change is one strategic merge patch, with the record of the command in it. An object that comes out as it was is
   not sent, and nothing is printed about it.
3. What is wrong with one object keeps none of the others from being changed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from attrs import evolve, frozen

from reconcile.actions import STRATEGIC_MERGE, Patch
from reconcile.kubectl.failures import Failure, Refused, refusal
from reconcile.kubectl.manifests import Manifest, sendable
from reconcile.kubectl.objects import Choice, Chosen
from reconcile.kubectl.printing import did
from reconcile.kubectl.record import CHANGE_CAUSE, change_cause
from reconcile.kubectl.session import Session
from reconcile.kubectl.targets import targets
from reconcile.model.json import NOTHING, FrozenMap, Json, drop, freeze, look, put
from reconcile.model.kinds import Kind
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.outcome import Rejected
from reconcile.patch.three_way import three_way_patch

_TEMPLATE: Final = ("spec", "template", "spec")
POD_SPECS: Final[Mapping[str, tuple[str, ...]]] = {
    "Pod": ("spec",),
    **dict.fromkeys(("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"), _TEMPLATE),
    "CronJob": ("spec", "jobTemplate", *_TEMPLATE),
}
"""Where the pod spec of each kind is that has one."""
CONTAINERS: Final = ("containers", "initContainers")


@frozen
class Edited:
    """What became of a pod spec."""

    spec: FrozenMap
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()


@frozen
class Setting:
    """One of the things that can be set."""

    told: str
    """What is printed of an object that was changed, such as `image updated`."""
    refused: str
    """How a refusal of the server begins."""
    edit: Callable[[Resource, FrozenMap], Edited]
    """From an object and its pod spec to the new one."""


@frozen
class How:
    """The flags that all of `kubectl set` has."""

    output: str = ""
    record: bool = False
    manifests: Sequence[Manifest] = ()
    local: bool = False
    """Whether the manifests themselves are changed and printed, whatever the cluster has."""


_ONLY_MANIFESTS: Final = (
    "you must specify resources by --filename when --local is set.\n"
    "Example resource specifications include:\n"
    "   '-f rsrc.yaml'\n"
    "   '--filename=rsrc.json'"
)


def chosen(session: Session, choice: Choice, how: How) -> Chosen:
    """Return the objects that are meant; raise Refused if none is named."""
    if choice.every and choice.selector:
        raise Refused("cannot set --all and --selector at the same time")
    if how.local and choice.words:
        raise Refused(_ONLY_MANIFESTS)
    if how.local and how.manifests:
        return _as_written(session, how.manifests)
    return targets(session, choice, how.manifests)


def _as_written(session: Session, manifests: Sequence[Manifest]) -> Chosen:
    """Return the objects that *manifests* are, which need not be in the cluster."""
    found: list[tuple[Kind, Resource]] = []
    failures: list[Failure] = []
    for manifest in manifests:
        for one in sendable(session, [manifest], doing="reading"):
            if isinstance(one, Failure):
                failures.append(one)
            else:
                found.append((one.kind, read(_at_home(one.body, manifest))))
    return Chosen(tuple(found), tuple(failures), tuple(dict.fromkeys(kind for kind, _ in found)))


def _at_home(body: FrozenMap, manifest: Manifest) -> Json:
    """Return *body* without the namespace of the session, which the manifest leaves open."""
    return body if look(manifest.raw, "metadata", "namespace") else drop(body, ("metadata", "namespace"))


def set_in(session: Session, found: Chosen, setting: Setting, how: How) -> Session:
    """Change the pod specs of the objects that were *found* as *setting* says."""
    if found.failures:
        return session.fail(*found.failures)
    for kind, item in found.items:
        session = _one(session, kind, item, setting, how)
    return session


def _one(session: Session, kind: Kind, item: Resource, setting: Setting, how: How) -> Session:
    path = POD_SPECS.get(kind.name)
    if path is None:
        what = f"the object is not a pod or does not have a pod template: *{kind.version}.{kind.name}"
        return session.fail(about(kind, item, what))
    edited = setting.edit(item, look(item.raw, *path))
    for warning in edited.warnings:
        session = session.warn(warning)
    session = _send(session, kind, item, put(item.raw, path, edited.spec), setting, how)
    return session.fail(*edited.failures)


def _send(session: Session, kind: Kind, item: Resource, new: FrozenMap, setting: Setting, how: How) -> Session:
    if new == item.raw:
        return session
    if how.record:
        new = put(new, ("metadata", "annotations", CHANGE_CAUSE), change_cause(session))
    if how.local:
        return did(session, read(new), setting.told, output=how.output)
    body = three_way_patch(kind.name, item.raw, new, item.raw)
    session, outcome = session.send(Patch(*item.key, body, f"the user: {setting.told}", patch_type=STRATEGIC_MERGE))
    if isinstance(outcome, Rejected):
        return session.fail(Failure(f"{setting.refused} {refusal(outcome, kind.name, item.name).message}"))
    return did(session, outcome.object or item, setting.told, output=how.output)


def about(kind: Kind, item: Resource, what: str) -> Failure:
    """Return the failure that kubectl tells of one object among others."""
    return Failure(f"error: {kind.plural}/{item.name} {what}")


# --- containers --------------------------------------------------------------------------------------------------


def change_containers(
    spec: FrozenMap, fits: Callable[[str], bool], change: Callable[[FrozenMap], Json]
) -> tuple[FrozenMap, int]:
    """Return *spec* with *change* done to the containers whose names *fits* accepts, and how many those are.

    >>> spec = freeze({"containers": [{"name": "web"}, {"name": "log"}]})
    >>> change_containers(spec, matcher("w*"), lambda container: {**container, "image": "x"})
    ({'containers': [{'name': 'web', 'image': 'x'}, {'name': 'log'}]}, 1)
    """
    count = 0
    for member in CONTAINERS:
        old = spec.get(member) or NOTHING
        count += sum(1 for container in old if fits(container["name"]))
        new = freeze([change(container) if fits(container["name"]) else container for container in old])
        spec = put(spec, (member,), new) if new != old else spec
    return spec, count


def matcher(pattern: str) -> Callable[[str], bool]:
    """Return the test that *pattern*, a name in which `*` stands for any text, is for names."""
    form = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
    return lambda name: form.fullmatch(name) is not None


def named_like(choice: Choice, words: Sequence[str]) -> Choice:
    """Return *choice* with the objects that *words* name."""
    return evolve(choice, words=tuple(words))

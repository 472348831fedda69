"""The revisions of a workload: what its pods were made from, by number.

Rules
1. A Deployment's revisions are its ReplicaSets, numbered by an annotation; one whose number cannot be read is left out.
2. Those of a StatefulSet or DaemonSet are its ControllerRevisions; each is a patch that restores a template.
3. Why there is a revision is in the annotation in which `--record` notes the command.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from attrs import frozen

from reconcile.controllers.deployment.annotations import revision
from reconcile.kubectl.record import CHANGE_CAUSE
from reconcile.model.json import EMPTY, FrozenMap, look, put
from reconcile.model.replicaset import ReplicaSet
from reconcile.model.resource import Resource
from reconcile.model.revision import ControllerRevision
from reconcile.model.selector import Selector
from reconcile.patch.strategic import strategic_merge_patch
from reconcile.view import Reader

R = TypeVar("R", bound=Resource)


@frozen
class Revision:
    """One revision."""

    number: int
    template: FrozenMap
    """The pod template, with the cause in its annotations."""
    object: Resource
    """What `-o` shows: the ReplicaSet, or the workload as it was."""
    cause: str = ""
    data: FrozenMap = EMPTY
    """The patch that restores the template, if it is stored as one."""


def revisions_of(workload: Resource, reader: Reader) -> dict[int, Revision]:
    """Return the revisions of a Deployment, StatefulSet or DaemonSet by their numbers, the lowest first."""
    found = _REVISIONS[workload.kind](workload, reader)
    return {number: found[number] for number in sorted(found)}


def _of_deployment(workload: Resource, reader: Reader) -> dict[int, Revision]:
    found: dict[int, Revision] = {}
    for rs in _selected(workload, reader, ReplicaSet):
        number = revision(rs)
        if number is not None:
            cause = rs.meta.annotations.get(CHANGE_CAUSE, "")
            template = look(rs.raw, "spec", "template", default=EMPTY)
            noted = put(template, ("metadata", "annotations", CHANGE_CAUSE), cause) if cause else template
            found[number] = Revision(number, noted, rs, cause)
    return found


def _of_history(workload: Resource, reader: Reader) -> dict[int, Revision]:
    found: dict[int, Revision] = {}
    for stored in _selected(workload, reader, ControllerRevision):
        data = stored.data or EMPTY
        restored = strategic_merge_patch(workload.kind, workload.raw, data)
        template = look(restored, "spec", "template", default=EMPTY)
        cause = stored.meta.annotations.get(CHANGE_CAUSE, "")
        found[stored.revision] = Revision(stored.revision, template, Resource(restored), cause, data)
    return found


def _selected(workload: Resource, reader: Reader, kind: type[R]) -> list[R]:
    wanted = Selector.parse(workload.spec.get("selector"))
    return [item for item in reader.owned(kind.__name__, workload.uid).of(kind) if wanted.matches(item.meta.labels)]


_REVISIONS: Final[Mapping[str, Callable[[Resource, Reader], dict[int, Revision]]]] = {
    "Deployment": _of_deployment,
    "StatefulSet": _of_history,
    "DaemonSet": _of_history,
}
HAVE_REVISIONS: Final = tuple(_REVISIONS)
"""The kinds whose revisions are kept."""

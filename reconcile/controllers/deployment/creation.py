"""The new ReplicaSet, when there is none with the Deployment's template.

Rules (contract deployment 4.2)
1. Its name is the Deployment's with the hash of the template, which also becomes a label of the ReplicaSet, of its
   selector and of its pods: ReplicaSets of one Deployment never select each other's pods.
2. It starts with as many pods as the surge leaves room for; with Recreate all at once.
3. A name in use is either our own ReplicaSet with our template, which the cache did not show among ours, or a
   collision: then the count of collisions is raised, and the next sync comes to another name.
"""

from typing import Final, cast

from reconcile.actions import Create, Event, UpdateStatus
from reconcile.controllers.deployment.annotations import REVISION, foreign, next_revision, sizes_of
from reconcile.controllers.deployment.answers import SyncFailed, write_status
from reconcile.controllers.deployment.conditions import CREATE_ERROR, CREATED, PROGRESSING, condition, set_condition
from reconcile.controllers.deployment.replicasets import Sets, sync_revision, total, with_revision_of
from reconcile.controllers.deployment.sizes import new_size, room, scaled_event
from reconcile.model.deployment import Deployment
from reconcile.model.json import EMPTY, FrozenMap, compact, put
from reconcile.model.pod import controller_reference
from reconcile.model.replicaset import ReplicaSet
from reconcile.model.template_form import HASH_LABEL, same_template
from reconcile.model.template_hash import pod_template_hash
from reconcile.outcome import Reason, Rejected
from reconcile.script import Steps
from reconcile.view import Observed

NAME_LENGTH: Final = 253
"""How long a ReplicaSet's name may be."""


def ensure_new(
    d: Deployment, claimed: tuple[ReplicaSet, ...], observed: Observed
) -> Steps[tuple[Deployment, ReplicaSet, Sets]]:
    """Tell new from old, creating the new ReplicaSet if there is none; return *d* as it is then, the new one, all."""
    d, sets = yield from sync_revision(d, claimed, observed)
    if sets.new is not None:
        return d, sets.new, sets
    d, new = yield from _create(d, sets.old, observed)
    return d, new, Sets(new, sets.old)


def _create(d: Deployment, old: tuple[ReplicaSet, ...], observed: Observed) -> Steps[tuple[Deployment, ReplicaSet]]:
    number = next_revision(old)
    size = new_size(d, existing=total(old), size=0)
    body = new_replicaset(d, number, size)
    name = body["metadata"]["name"]
    why = f"revision {number} has no ReplicaSet yet; it starts with {size} of {d.replicas} pods: {room(d, total(old))}"
    answer = yield Create("ReplicaSet", d.namespace, body, why, awaits=True)
    if isinstance(answer, Rejected):
        new = yield from _refused(d, name, answer, observed)
        noted = with_revision_of(d, str(number))
    else:
        new = cast(ReplicaSet, answer.object)
        if size > 0:
            yield scaled_event(d, new, 0, size)
        noted = _created(d, new, number, observed)
    if noted is not d or (d.progress_deadline is not None and not isinstance(answer, Rejected)):
        yield from write_status(noted, f"{new} is the ReplicaSet of revision {number}")
    return noted, new


def _created(d: Deployment, new: ReplicaSet, number: int, observed: Observed) -> Deployment:
    noted = with_revision_of(d, str(number))
    if d.progress_deadline is None:
        return noted
    message = f'Created new replica set "{new.name}"'
    return set_condition(noted, condition(PROGRESSING, "True", CREATED, message, observed.now))


def new_replicaset(d: Deployment, number: int, size: int) -> FrozenMap:
    """Return the ReplicaSet for the template of *d*, as revision *number* with *size* pods."""
    suffix = pod_template_hash(d.template.raw, d.collision_count)
    template = put(d.template.raw, ("metadata", "labels", HASH_LABEL), suffix)
    annotations = {**foreign(d), **sizes_of(d)}
    if number > 0:
        # A number that has wrapped around is not above the 0 of a ReplicaSet without revision, so it is not written.
        annotations[REVISION] = str(number)
    spec = compact(
        {
            "replicas": size,
            "minReadySeconds": d.min_ready_seconds or None,
            "selector": put(d.selector or EMPTY, ("matchLabels", HASH_LABEL), suffix),
            "template": template,
        }
    )
    metadata = compact(
        {
            "name": f"{d.name[: NAME_LENGTH - 1 - len(suffix)]}-{suffix}",
            "namespace": d.namespace,
            "labels": template["metadata"]["labels"],
            "annotations": annotations,
            "ownerReferences": [controller_reference(d)],
        }
    )
    return FrozenMap(
        apiVersion=d.api_version, kind="ReplicaSet", metadata=metadata, spec=spec, status=FrozenMap(replicas=0)
    )


# --- refusals ----------------------------------------------------------------------------------------------------


def _refused(d: Deployment, name: str, answer: Rejected, observed: Observed) -> Steps[ReplicaSet]:
    """Return the ReplicaSet that has the *name* if it is the one that we wanted; otherwise end the sync."""
    if answer.reason is Reason.ALREADY_EXISTS:
        return (yield from _taken(d, name, answer, observed))
    if answer.reason is not Reason.NAMESPACE_TERMINATING:
        message = f'Failed to create new replica set "{name}": {answer}'
        if d.progress_deadline is not None:
            failed = set_condition(d, condition(PROGRESSING, "False", CREATE_ERROR, message, observed.now))
            yield UpdateStatus(failed, message)
        yield Event("Warning", CREATE_ERROR, d, message)
    raise SyncFailed(str(answer))


def _taken(d: Deployment, name: str, answer: Rejected, observed: Observed) -> Steps[ReplicaSet]:
    there = observed.get(ReplicaSet, d.namespace, name)
    if there is None:
        raise SyncFailed(f"ReplicaSet/{name} exists, but was not found")
    controller = there.meta.controller
    ours = controller is not None and controller.uid == d.uid
    if ours and same_template(there.template.raw, d.template.raw):
        return there
    counted = d.put(("status", "collisionCount"), (d.collision_count or 0) + 1)
    yield UpdateStatus(counted, f"the name {name} is taken by another ReplicaSet: the next sync comes to another name")
    raise SyncFailed(str(answer))

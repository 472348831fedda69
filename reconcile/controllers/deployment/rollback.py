"""The old way back: an annotation that names the revision to return to (0: the one before).

Rules (contract deployment 9)
1. The template of that revision becomes the Deployment's own, with the annotations that its ReplicaSet carries; the
   rollout is then like any other.
2. Whatever comes of it, the annotation goes, so it is tried once.

`kubectl rollout undo` does not use it: it patches the template itself.
"""

from collections.abc import Sequence

from reconcile.actions import Event
from reconcile.controllers.deployment.annotations import OWN, ROLLBACK_TO, foreign, revision
from reconcile.controllers.deployment.answers import update
from reconcile.controllers.deployment.creation import ensure_new
from reconcile.model.deployment import Deployment
from reconcile.model.intstr import int64
from reconcile.model.json import FrozenMap, drop
from reconcile.model.replicaset import ReplicaSet
from reconcile.model.template_form import HASH_LABEL, same_template
from reconcile.script import Script
from reconcile.view import Observed


def rollback_target(d: Deployment) -> int | None:
    """Return the revision that *d* is to go back to; None if it is not."""
    return int64(d.meta.annotations.get(ROLLBACK_TO) or "")


def roll_back(d: Deployment, claimed: tuple[ReplicaSet, ...], observed: Observed) -> Script:
    """Go back to the revision that the annotation of *d* names."""
    wanted = rollback_target(d)
    d, _, sets = yield from ensure_new(d, claimed, observed)
    target = wanted or last_revision(sets.all)
    found = next((rs for rs in sets.all if revision(rs) == target), None) if target else None
    if found is None:
        name = f"revision {wanted}" if wanted else "the last revision"
        yield Event("Warning", "DeploymentRollbackRevisionNotFound", d, f"Unable to find {name} to roll back to.")
        yield from update(_cleared(d), f"{name} was not found: the rollback is given up")
    elif same_template(found.template.raw, d.template.raw):
        message = f"The template of revision {target} is the one that {d} has."
        yield Event("Warning", "DeploymentRollbackTemplateUnchanged", d, message)
        yield from update(_cleared(d), f"{message} The rollback is done.")
    else:
        yield from update(_cleared(returned(d, found)), f"back to revision {target}, the template of {found}")
        yield Event("Normal", "DeploymentRollback", d, f'Rolled back deployment "{d.name}" to revision {target}')


def last_revision(sets: Sequence[ReplicaSet]) -> int:
    """Return the second highest revision among *sets*; 0 if there is none."""
    highest = second = 0
    for number in map(revision, sets):
        if number is None:
            continue
        if number >= highest:
            second, highest = highest, number
        elif number > second:
            second = number
    return second


def returned(d: Deployment, rs: ReplicaSet) -> Deployment:
    """Return *d* with the template of *rs* and the annotations that came with it."""
    template = drop(rs.template.raw, ("metadata", "labels", HASH_LABEL))
    kept = {key: value for key, value in d.meta.annotations.items() if key in OWN}
    annotations = FrozenMap({**kept, **foreign(rs)})
    return d.put(("spec", "template"), template).put(("metadata", "annotations"), annotations)


def _cleared(d: Deployment) -> Deployment:
    return d.drop(("metadata", "annotations", ROLLBACK_TO))

"""The claims of a pod: their names, the volumes that mount them, and making those that are missing.

Rules (contract statefulset 4 and 5)
1. Every pod has one claim for each claim template, named `<template>-<set>-<ordinal>`; it outlives the pod.
2. A pod mounts its claims under the names of the templates; volumes of its own template with such a name give way.
3. A claim that is being deleted stands in the way: the pod has to wait until it is gone.
"""

from collections.abc import Iterable
from copy import copy
from typing import Final

from reconcile.actions import Create, Event
from reconcile.model.json import EMPTY, FrozenMap, Json, freeze
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.model.statefulset import StatefulSet
from reconcile.outcome import Reason, Rejected
from reconcile.script import Steps
from reconcile.view import Observed

KIND: Final = "PersistentVolumeClaim"


class Claims:
    """The claims of one sync: what the cache shows, and what the sync wrote itself."""

    def __init__(self, sts: StatefulSet, observed: Observed) -> None:
        self._namespace = sts.namespace
        self._observed = observed
        self._written: dict[str, Resource] = {}
        self._late = False

    def get(self, name: str) -> Resource | None:
        """Return the claim called *name*: at first without what this sync wrote (contract statefulset 1)."""
        if not self._late:
            return self._observed.cache.get(KIND, self._namespace, name)
        if name in self._written:
            return self._written[name]
        found = self._observed.live.get(KIND, self._namespace, name)
        return None if isinstance(found, Rejected) else found

    def wrote(self, claim: Resource | None) -> None:
        """Take note that *claim* is now in the store."""
        if claim is not None:
            self._written[claim.name] = claim

    def later(self) -> "Claims":
        """Return the same claims as they are once the cache has caught up: what a retry looks at."""
        twin = copy(self)
        twin._late = True
        return twin


def template_name(template: FrozenMap) -> str:
    """Return the name of a claim template."""
    name: str = (template.get("metadata") or EMPTY).get("name") or ""
    return name


def claim_name(sts: StatefulSet, template: FrozenMap, ordinal: int) -> str:
    """Return the name of the claim that the pod with *ordinal* has for *template*."""
    return f"{template_name(template)}-{sts.name}-{ordinal}"


def claim_names(sts: StatefulSet, ordinal: int) -> dict[str, str]:
    """Return the claims of the pod with *ordinal*: from the names of their templates to their own."""
    return {template_name(template): claim_name(sts, template, ordinal) for template in sts.claim_templates}


def claim_volumes(sts: StatefulSet, ordinal: int, volumes: Iterable[Json] | None) -> list[Json]:
    """Return *volumes* with those that mount the claims of the pod with *ordinal* before them."""
    claims = claim_names(sts, ordinal)
    mounted = [freeze({"name": name, "persistentVolumeClaim": {"claimName": claim}}) for name, claim in claims.items()]
    return mounted + [volume for volume in volumes or () if volume.get("name") not in claims]


def mounts_claims(sts: StatefulSet, pod: Pod, ordinal: int) -> bool:
    """Return whether *pod* mounts the claims that belong to *ordinal*."""
    if not sts.claim_templates:
        return True
    mounted = {volume.get("name"): volume.get("persistentVolumeClaim") for volume in pod.spec.get("volumes") or ()}
    return all(
        (mounted.get(name) or EMPTY).get("claimName") == claim for name, claim in claim_names(sts, ordinal).items()
    )


def _body(sts: StatefulSet, template: FrozenMap, name: str) -> FrozenMap:
    meta = template.get("metadata") or EMPTY
    labels = {**(meta.get("labels") or EMPTY), **((sts.selector or EMPTY).get("matchLabels") or EMPTY)}
    own = {"name": name, "namespace": sts.namespace} | ({"labels": labels} if labels else {})
    body: FrozenMap = freeze({"apiVersion": "v1", "kind": KIND, **template, "metadata": {**meta, **own}})
    return body


def create_missing(sts: StatefulSet, pod: Pod, ordinal: int, claims: Claims) -> Steps[str | None]:
    """Make the claims that *pod* lacks; return what stood in the way, if anything did. All are tried."""
    templates = {template_name(template): template for template in sts.claim_templates}
    errors = []
    for template in templates.values():
        name = claim_name(sts, template, ordinal)
        known = claims.get(name)
        if known is None:
            error = yield from _create(sts, pod, _body(sts, template, name), claims)
            errors += [error] if error is not None else []
        elif known.meta.deleting:
            errors.append(f"claim {name} is being deleted")
    return "; ".join(errors) or None


def _create(sts: StatefulSet, pod: Pod, body: FrozenMap, claims: Claims) -> Steps[str | None]:
    name = body["metadata"]["name"]
    answer = yield Create(KIND, sts.namespace, body, f"{pod.name} mounts claim {name}, which is not there")
    if not isinstance(answer, Rejected):
        claims.wrote(answer.object)
        yield Event("Normal", "SuccessfulCreate", sts, f"Created claim {name} of pod {pod.name}")
        return None
    if answer.reason is not Reason.ALREADY_EXISTS:
        yield Event("Warning", "FailedCreate", sts, f"Error creating claim {name} of pod {pod.name}: {answer}")
    return f"claim {name} could not be created: {answer}"

"""Making and removing the pods that a step names (contract daemonset 6, "carrying out").

Rules
1. At most 250 pods are made and at most 250 removed in one step, the first ones of each list.
2. Pods are made in batches of 1, 2, 4 ...; a batch with a failure is the last one. Then pods are removed, all of them.
3. A pod is pinned to its node by the one required term of its node affinity, which replaces the template's own; the
   scheduler binds it.
4. A pod that is gone already is no failure. Nobody is told that nothing can be made in a namespace that is being
   deleted.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from attrs import frozen

from reconcile.actions import Delete, Event
from reconcile.controllers._pods import create_pod, pod_from_template, slow_start
from reconcile.model.daemonset import GENERATION_LABEL, DaemonSet, pinned_to
from reconcile.model.json import FrozenMap, put
from reconcile.model.pod import Pod
from reconcile.model.revision import POD_LABEL
from reconcile.outcome import Reason, Rejected
from reconcile.script import Steps

BURST: Final = 250
"""How many pods one step makes, and how many it removes, at most."""


@frozen
class Doomed:
    """A pod that has to go."""

    pod: Pod
    why: str


@frozen
class Work:
    """What a step wants done."""

    creates: Sequence[str] = ()
    """The nodes that get a pod."""
    deletes: Iterable[Doomed] = ()


@frozen
class Done:
    """What a step did."""

    acted: bool = False
    """Whether a pod was made or removed, so that the next step has to wait until that can be seen."""
    error: str | None = None


def carry_out(ds: DaemonSet, digest: str, work: Work, why: str) -> Steps[Done]:
    """Make and remove pods; *digest* is the revision of new ones, and *why* the reason for them."""
    made = yield from _create(ds, digest, work.creates[:BURST], why)
    removed = yield from _delete(ds, list(islice(work.deletes, BURST)))
    return Done(made.acted or removed.acted, made.error or removed.error)


def _create(ds: DaemonSet, digest: str, nodes: Sequence[str], why: str) -> Steps[Done]:
    if not nodes:
        return Done()
    body = pod_body(ds, digest)
    acted, error = False, None
    for batch in slow_start(nodes):
        for node in batch:
            pod = put(body, ("spec",), pinned_to(body["spec"], node))
            answer = yield create_pod(ds, pod, f"{node} {why}")
            if not isinstance(answer, Rejected):
                acted = True
                name = answer.object.name if answer.object is not None else ""
                yield Event("Normal", "SuccessfulCreate", ds, f"Created pod: {name or ds.name + '-*'}")
            elif answer.reason is Reason.NAMESPACE_TERMINATING:
                # It is expected all the same, upstream: what follows waits for a pod that never comes.
                acted = True
            else:
                error = error or str(answer)
                yield Event("Warning", "FailedCreate", ds, f"Error creating: {answer}")
        if error is not None:
            break
    return Done(acted, error)


def pod_body(ds: DaemonSet, digest: str) -> FrozenMap:
    """Return a pod of *ds*, but for its node."""
    body = pod_from_template(ds, ds.template)
    own = {} if ds.template_generation is None else {GENERATION_LABEL: str(ds.template_generation)}
    own |= {POD_LABEL: digest} if digest else {}
    labels = {**ds.template.labels, **own}
    labelled = put(body, ("metadata", "labels"), labels) if labels else body
    return put(labelled, ("spec",), ds.pod_spec)


def _delete(ds: DaemonSet, doomed: Sequence[Doomed]) -> Steps[Done]:
    acted, error = False, None
    for each in doomed:
        pod = each.pod
        answer = yield Delete("Pod", pod.namespace, pod.name, each.why)
        if not isinstance(answer, Rejected):
            acted = True
            yield Event("Normal", "SuccessfulDelete", ds, f"Deleted pod: {pod.name}")
        elif answer.reason is not Reason.NOT_FOUND:
            error = error or f"unable to delete {pod.name}: {answer}"
            yield Event("Warning", "FailedDelete", ds, f"Error deleting: {answer}")
    return Done(acted, error)

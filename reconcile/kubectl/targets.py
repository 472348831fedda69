"""The objects that a change is about: named by arguments, or by manifests.

Rules
1. Manifests name what is in the cluster; what else they say does not matter here, but their labels to a selector.
   Manifests and arguments do not go together.
2. Whoever changes objects must name them, or say by a flag that all of a type are meant.
"""

from collections.abc import Sequence
from typing import Final

from reconcile.kubectl.failures import Failure, Refused, refusal
from reconcile.kubectl.manifests import Manifest, sendable
from reconcile.kubectl.objects import Choice, Chosen, choose
from reconcile.kubectl.selecting import label_selector
from reconcile.kubectl.session import Session
from reconcile.model.json import EMPTY, look
from reconcile.model.kinds import Kind
from reconcile.model.resource import Resource
from reconcile.store.apply import not_found

UNNAMED: Final = "resource(s) were provided, but no name was specified"
NOTHING_GIVEN: Final = "one or more resources must be specified as <resource> <name> or <resource>/<name>"

BOTH_GIVEN: Final = "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well"


def targets(session: Session, choice: Choice, manifests: Sequence[Manifest] = ()) -> Chosen:
    """Return the objects to change; raise Refused if nothing, or nothing in particular, is named."""
    if manifests:
        return from_manifests(session, manifests, choice)
    if not choice.words:
        raise Refused(NOTHING_GIVEN)
    if len(choice.words) == 1 and "/" not in choice.words[0] and not choice.selective:
        raise Refused(UNNAMED)
    return choose(session, choice)


def from_manifests(session: Session, manifests: Sequence[Manifest], choice: Choice) -> Chosen:
    """Return the objects that *manifests* name as they are in the cluster, and what is wrong or missing.

    Of *choice* its selector counts, for the labels in the manifests; raise Refused if it names objects itself.
    """
    if choice.words:
        raise Refused(BOTH_GIVEN)
    labels = label_selector(choice.selector)
    found: list[tuple[Kind, Resource]] = []
    failures: list[Failure] = []
    for sent in sendable(session, manifests, doing="reading"):
        if isinstance(sent, Failure):
            failures.append(sent)
            continue
        if not labels.matches(look(sent.body, "metadata", "labels", default=EMPTY)):
            continue
        item = session.cluster.find(sent.kind.name, sent.name, sent.namespace)
        if item is not None:
            found.append((sent.kind, item))
        elif not choice.ignore_missing:
            failures.append(refusal(not_found(sent.kind.name, sent.name), sent.kind.name, sent.name))
    kinds = tuple(dict.fromkeys(kind for kind, _ in found))
    return Chosen(tuple(found), tuple(failures), kinds, single=len(manifests) == 1)

"""`kubectl rollout history`: the revisions of workloads, and the pod template of one of them."""

from collections.abc import Sequence
from typing import Final

from reconcile.kubectl.failures import Failure
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.printing import documents_text, parse_form
from reconcile.kubectl.rollout.chosen import checked_revision, for_each, implemented
from reconcile.kubectl.rollout.revisions import HAVE_REVISIONS, Revision, revisions_of
from reconcile.kubectl.session import Session
from reconcile.model.kinds import Kind
from reconcile.model.resource import Resource
from reconcile.tables.aligned import aligned
from reconcile.tables.describe.template import pod_template_lines
from reconcile.tables.table import NONE
from reconcile.tables.text import named

_TABLE: Final = dict.fromkeys(HAVE_REVISIONS, revisions_of)


def history(
    session: Session,
    choice: Choice,
    *,
    revision: int = 0,
    output: str = "",
    manifests: Sequence[Manifest] = (),
) -> Session:
    """Print the revisions of the workloads that *choice* or *manifests* name, or one *revision* in detail."""
    checked_revision(revision)

    def act(session: Session, kind: Kind, item: Resource) -> Session:
        view = implemented(_TABLE, kind, "history viewer", "history")
        if isinstance(view, Failure):
            return session.fail(view)
        found = view(item, session.cluster.world.store)
        if revision and found and revision not in found:
            return session.fail(Failure("unable to find the specified revision"))
        wanted = [found[revision]] if revision and found else list(found.values())
        if output:
            return _documents(session, wanted, output)
        text = _template(wanted[0]) if revision and found else _overview(wanted)
        title = f"with revision #{revision}" if revision else ""
        return session.say(f"{named(item.raw)} {title}\n{text}")

    return for_each(session, choice, manifests, act)


def _documents(session: Session, wanted: Sequence[Revision], output: str) -> Session:
    form = parse_form(output)
    texts = [documents_text(form, [one.object], single=True) for one in wanted]
    return session.write(("---\n" if form.name == "yaml" else "").join(texts))


def _template(revision: Revision) -> str:
    return "".join(f"{line}\n" for line in pod_template_lines(revision.template))


def _overview(revisions: Sequence[Revision]) -> str:
    if not revisions:
        return "No rollout history found."
    rows = [f"{revision.number}\t{revision.cause or NONE}" for revision in revisions]
    return aligned(["REVISION\tCHANGE-CAUSE", *rows], minimum=0, padding=2)

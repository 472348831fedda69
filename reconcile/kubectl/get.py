"""`kubectl get`: tables and documents of what is there (contract api 11.2)."""

from collections.abc import Sequence
from itertools import groupby

from attrs import evolve

from reconcile.kubectl.failures import Refused
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.objects import NO_TYPE, Choice, Chosen, choose, warned
from reconcile.kubectl.printing import Form, documents_text
from reconcile.kubectl.session import Session
from reconcile.kubectl.targets import from_manifests
from reconcile.model.kinds import Kind
from reconcile.model.resource import Resource
from reconcile.tables.columns import tabulate
from reconcile.tables.custom import sorted_by
from reconcile.tables.text import Shape, get_text, nothing_found


def get(
    session: Session,
    choice: Choice,
    *,
    form: Form = Form(),  # noqa: B008 - a frozen value
    shape: Shape = Shape(),  # noqa: B008 - a frozen value
    sort_by: str = "",
    manifests: Sequence[Manifest] = (),
) -> Session:
    """Print the objects that *choice* or *manifests* name."""
    chosen = _chosen(session, choice, manifests)
    session = warned(session, chosen)
    chosen = _sorted(chosen, sort_by) if sort_by else chosen
    if form.tabular:
        return _table(session, chosen, choice, shape).fail(*chosen.failures)
    if not chosen.items and (chosen.failures or (chosen.single and choice.ignore_missing)):
        return session.fail(*chosen.failures)
    items = [item for _, item in chosen.items]
    return session.write(documents_text(form, items, single=chosen.single)).fail(*chosen.failures)


def _chosen(session: Session, choice: Choice, manifests: Sequence[Manifest]) -> Chosen:
    if manifests:
        return from_manifests(session, manifests, choice)
    if not choice.words:
        raise Refused(NO_TYPE)
    return choose(session, choice)


def _sorted(chosen: Chosen, path: str) -> Chosen:
    by_raw = {id(item.raw): (kind, item) for kind, item in chosen.items}
    try:
        order = sorted_by([item.raw for _, item in chosen.items], path)
    except ValueError as error:
        raise Refused(str(error)) from None
    return evolve(chosen, items=tuple(by_raw[id(raw)] for raw in order))


def _table(session: Session, chosen: Chosen, choice: Choice, shape: Shape) -> Session:
    if not chosen.items:
        if chosen.failures or choice.ignore_missing:
            return session
        everywhere = choice.all_namespaces or not any(kind.namespaced for kind in chosen.kinds)
        return session.warn(nothing_found(None if everywhere else session.namespace))
    return session.write(table_text(session, chosen.items, shape, kinds=len(chosen.kinds) > 1))


def table_text(session: Session, items: Sequence[tuple[Kind, Resource]], shape: Shape, *, kinds: bool = False) -> str:
    """Return the tables of *items*, one for each run of objects of one kind."""
    shape = evolve(shape, kinds=shape.kinds or kinds)
    tables = [
        tabulate(kind.plural, [item.raw for _, item in run], session.cluster.now)
        for kind, run in groupby(items, key=lambda pair: pair[0])
    ]
    return get_text(tables, shape=shape)

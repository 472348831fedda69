"""`-o`: objects as the user wants to see them.

Rules
1. One table says which forms there are; a form is a function from objects to text.
2. Whoever changes objects prints `kind.group/name did` for each, or the object in the form that `-o` names.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from attrs import frozen

from reconcile.kubectl.failures import Refused
from reconcile.kubectl.session import Session
from reconcile.model.json import Json
from reconcile.model.resource import Resource
from reconcile.tables.custom import custom_text, parse_columns
from reconcile.tables.documents import json_text, list_of, shown, yaml_text
from reconcile.tables.jsonpath import jsonpath_text
from reconcile.tables.text import named, names_text


@frozen
class Form:
    """A value of `-o`: the name, and what follows its equals sign."""

    name: str = ""
    spec: str = ""
    headers: bool = True
    managed_fields: bool = False

    @property
    def tabular(self) -> bool:
        """Whether this is a table of the server's."""
        return self.name in ("", "wide")


def parse_form(output: str, *, template: str = "", headers: bool = True, managed_fields: bool = False) -> Form:
    """Return the form that `-o` *output* names; raise Refused for one that we do not have.

    >>> parse_form("jsonpath={.metadata.name}").spec
    '{.metadata.name}'
    """
    name, equals, spec = output.partition("=")
    if name not in ("", "wide") and name not in FORMS:
        allowed = ",".join(sorted((*FORMS, "wide")))
        raise Refused(
            f'unable to match a printer suitable for the output format "{output}", allowed formats are: {allowed}'
        )
    if not equals and template:
        spec = template
    if name in _NEED_SPEC and not spec:
        raise Refused(_NEED_SPEC[name])
    return Form(name, spec, headers, managed_fields)


_NEED_SPEC: Final[Mapping[str, str]] = {
    "jsonpath": "template format specified but no template given",
    "jsonpath-as-json": "template format specified but no template given",
    "custom-columns": "custom-columns format specified but no custom columns given",
}


def documents_text(form: Form, items: Sequence[Resource], *, single: bool = False) -> str:
    """Return *items* in a form that is no table; raise Refused if the form's own text is malformed."""
    raws = [shown(item.raw, managed_fields=form.managed_fields) for item in items]
    try:
        return FORMS[form.name](form, raws, single)
    except ValueError as error:
        raise Refused(f"error parsing {form.name} {form.spec}, {error}" if form.spec else str(error)) from None


def _document(raws: Sequence[Json], single: bool) -> Json:
    return raws[0] if single and len(raws) == 1 else list_of(raws)


FORMS: Final[Mapping[str, Callable[[Form, Sequence[Json], bool], str]]] = {
    "json": lambda form, raws, single: json_text(_document(raws, single)),
    "yaml": lambda form, raws, single: yaml_text(_document(raws, single)),
    "name": lambda form, raws, single: names_text(raws),
    "jsonpath": lambda form, raws, single: jsonpath_text(form.spec, _document(raws, single)),
    "jsonpath-as-json": lambda form, raws, single: jsonpath_text(form.spec, _document(raws, single), as_json=True),
    "custom-columns": lambda form, raws, single: custom_text(raws, parse_columns(form.spec), headers=form.headers),
}


def did(session: Session, item: Resource, what: str, *, output: str = "") -> Session:
    """Return the session after it was told that *what* was done to *item*."""
    if not output:
        return session.say(f"{named(item.raw)} {what}{session.dry}")
    form = parse_form(output)
    return session.write(documents_text(Form("json") if form.tabular else form, [item], single=True))

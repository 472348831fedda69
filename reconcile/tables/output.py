"""`-o`: the formats in which kubectl prints objects rather than tables. One row a format.

Rules
1. One object that was asked for by name is printed as itself; anything else as a `List`, also of none.
2. `-o wide` and no `-o` at all are tables: see `reconcile.tables.text`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from attrs import frozen

from reconcile.model.json import Json
from reconcile.tables.custom import custom_text, parse_columns
from reconcile.tables.documents import json_text, list_of, shown, yaml_text
from reconcile.tables.jsonpath import jsonpath_text
from reconcile.tables.text import names_text


@frozen
class Shown:
    """What is to be printed, and how."""

    items: Sequence[Json]
    single: bool = False
    """Whether this is the one object that was asked for by name."""
    headers: bool = True
    managed_fields: bool = False

    @property
    def document(self) -> Json:
        """The one document that stands for all items."""
        items = [shown(item, managed_fields=self.managed_fields) for item in self.items]
        return items[0] if self.single and len(items) == 1 else list_of(items)


_FORMATS: Final[Mapping[str, Callable[[str, Shown], str]]] = {
    "json": lambda _, what: json_text(what.document),
    "yaml": lambda _, what: yaml_text(what.document),
    "name": lambda _, what: names_text(what.items),
    "jsonpath": lambda template, what: jsonpath_text(template, what.document),
    "jsonpath-as-json": lambda template, what: jsonpath_text(template, what.document, as_json=True),
    "custom-columns": lambda spec, what: custom_text(what.items, parse_columns(spec), headers=what.headers),
}


def output_text(output: str, what: Shown) -> str:
    """Return *what* in the format *output*, such as `yaml` or `jsonpath={.metadata.name}`.

    Raise ValueError if there is no such format, or if its argument does not parse.

    >>> output_text("jsonpath={.items[*].kind}", Shown([{"kind": "Pod"}, {"kind": "Job"}]))
    'Pod Job'
    """
    name, _, argument = output.partition("=")
    if name not in _FORMATS:
        formats = ",".join(sorted([*_FORMATS, "wide"]))
        raise ValueError(
            f'unable to match a printer suitable for the output format "{output}", allowed formats are: {formats}'
        )
    return _FORMATS[name](argument, what)

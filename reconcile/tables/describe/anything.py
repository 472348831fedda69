"""What `kubectl describe` says about kinds that have no description of their own: all of the object.

Rules
1. Field names become titles: `creationTimestamp` is `Creation Timestamp`, `uid` is `UID`.
2. Title words begin at capitals, with kubectl's own idea of where: `podIPs` is `Pod I Ps`.
3. Fields stand in alphabetical order; entries of a list of maps follow each other without marks.
"""

import re
from typing import Final

from reconcile.model.json import EMPTY, Json
from reconcile.tables.custom import go_text
from reconcile.tables.describe.lines import Around, Lines, annotations, events, header, labels

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z]+")
_ABBREVIATIONS: Final = frozenset({"api", "guid", "osb", "uid", "url"})
_HIDDEN: Final = frozenset({"managedFields", "name", "namespace", "labels", "annotations"})


def anything(item: Json, around: Around) -> Lines:
    """Return the description of an object of any kind."""
    metadata = item.get("metadata") or EMPTY
    rest = {key: value for key, value in item.items() if key not in ("apiVersion", "kind", "metadata")}
    meta = {key: value for key, value in metadata.items() if key not in _HIDDEN}
    return [
        *header(item),
        *labels("Labels", metadata.get("labels")),
        *annotations("Annotations", metadata.get("annotations")),
        f"API Version:\t{item.get('apiVersion', '')}",
        f"Kind:\t{item.get('kind', '')}",
        *_fields({"metadata": meta, **rest}, ""),
        *events(item, around),
    ]


def smart_title(field: str) -> str:
    """Return *field* as words.

    >>> smart_title("creationTimestamp"), smart_title("uid"), smart_title("podIP")
    ('Creation Timestamp', 'UID', 'Pod IP')
    """
    words = _WORD.findall(field)
    return " ".join(word.upper() if word.lower() in _ABBREVIATIONS else word[:1].upper() + word[1:] for word in words)


def _fields(values: Json, indent: str) -> Lines:
    lines: Lines = []
    for key in sorted(values):
        lines += _field(smart_title(key), values[key], indent)
    return lines


def _field(title: str, value: Json, indent: str) -> Lines:
    if isinstance(value, dict):
        return [f"{indent}{title}:", *_fields(value, indent + "  ")]
    if isinstance(value, list):
        return [f"{indent}{title}:", *(line for entry in value for line in _entry(entry, indent + "  "))]
    return [f"{indent}{title}:\t{go_text(value)}"]


def _entry(entry: Json, indent: str) -> Lines:
    return _fields(entry, indent) if isinstance(entry, dict) else [f"{indent}{go_text(entry)}"]

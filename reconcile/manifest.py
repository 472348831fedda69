"""Manifests: YAML and JSON files, folders and streams to objects.

Rules
1. A text may hold several documents, and a document may be a `List`; the objects come in the order in which they stand.
2. A folder is read as kubectl reads it: its `.yaml`, `.yml` and `.json` files by name, not its sub-folders.
3. Every object is decoded strictly, by the schema of its kind: an unknown field, a wrong type or an unknown kind is one
   error with the file, the document and the path of the field. The object itself is kept as it was written.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from reconcile.model.json import FrozenMap, Json
from reconcile.model.kinds import BY_NAME, KINDS, Kind
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.yaml_json import TextError, read_documents

_SUFFIXES: Final = (".yaml", ".yml", ".json")
STDIN: Final = "-"


class ManifestError(ValueError):
    """A manifest that cannot be used; the text names the place and what was expected there."""


def load(*sources: str | Path, kinds: Iterable[Kind] = KINDS) -> list[Resource]:
    """Return the objects of files and folders; `-` stands for the standard input.

    Raises ManifestError.
    """
    return [
        item for source in sources for path in _files(source) for item in loads(_text(path), str(path), kinds=kinds)
    ]


def loads(text: str, name: str = "manifest", *, kinds: Iterable[Kind] = KINDS) -> list[Resource]:
    """Return the objects of a text; *name* stands for it in errors.

    >>> [str(item) for item in loads("{kind: Pod, apiVersion: v1, metadata: {name: a}}")]
    ['Pod/a']

    Raises ManifestError.
    """
    try:
        documents = read_documents(text)
    except TextError as error:
        raise ManifestError(f"{name}: {error}") from None
    known = {(kind.name, kind.api_version) for kind in kinds}
    places = [(f"{name}: document {i + 1}" if len(documents) > 1 else name, doc) for i, doc in enumerate(documents)]
    return [_object(item, place, known) for where, doc in places for place, item in items(doc, where)]


def _files(source: str | Path) -> Iterator[Path]:
    path = Path(source)
    if str(source) != STDIN and path.is_dir():
        found = sorted(item for item in path.iterdir() if item.suffix in _SUFFIXES and item.is_file())
        if not found:
            raise ManifestError(f"{path}: no .yaml, .yml or .json file in this folder")
        yield from found
    else:
        yield path


def _text(path: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(path) == STDIN else path.read_bytes()
    except OSError as error:
        raise ManifestError(f"{path}: {error.strerror or error}") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ManifestError(f"{path}: byte {error.start + 1} is no UTF-8 text") from None


def items(document: Json, place: str) -> Iterator[tuple[str, Json]]:
    """Yield the objects of one document with their places: those of a `List`, or the document itself."""
    if isinstance(document, dict) and document.get("kind") == "List" and isinstance(document.get("items"), list):
        for index, item in enumerate(document["items"]):
            yield from items(item, f"{place}: items[{index}]")
    else:
        yield place, document


def _object(document: Json, place: str, known: set[tuple[str, str]]) -> Resource:
    if not isinstance(document, FrozenMap):
        raise ManifestError(f"{place}: expected an object, got {_named(document)}")
    kind, version = document.get("kind"), document.get("apiVersion")
    for field, value in (("apiVersion", version), ("kind", kind)):
        if not isinstance(value, str) or not value:
            raise ManifestError(f"{place}: {field}: expected text, got {_named(value)}")
    assert isinstance(kind, str)
    if (kind, version) not in known:
        raise ManifestError(f'{place}: no matches for kind "{kind}" in version "{version}"')
    if kind in BY_NAME:
        _check(kind, document, place)
    return read(document)


def _check(kind: str, document: FrozenMap, place: str) -> None:
    from reconcile.admission.decode import decode

    try:
        decode(kind, document)
    except ValueError as error:
        raise ManifestError(f"{place}: {error}") from None


def _named(value: Any) -> str:
    names = {dict: "a map", list: "a list", str: "text", bool: "a boolean", int: "a number", float: "a number"}
    return next((name for kind, name in names.items() if isinstance(value, kind)), "nothing")

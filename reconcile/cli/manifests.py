"""`-f`: files, folders and the standard input to manifests.

Rules
1. Several `-f`, or names joined by commas; a folder is its `.json`, `.yaml` and `.yml` files by name, with `-R` also
   those of its sub-folders. A name that is no file may be a pattern, which the shell left alone because it was quoted.
2. A text that does not parse refuses the whole command, before anything is done.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from glob import glob
from pathlib import Path
from typing import Final

from reconcile.cli.host import Host, decoded
from reconcile.kubectl.failures import Refused
from reconcile.kubectl.manifests import Manifest
from reconcile.manifest import items
from reconcile.yaml_json import TextError, read_documents

_WILD: Final = frozenset("*?[")
_SUFFIXES: Final = (".json", ".yaml", ".yml")


def load(host: Host, names: Iterable[str], *, recursive: bool = False, verb: str = "apply") -> tuple[Manifest, ...]:
    """Return the manifests of *names*; raise Refused if one cannot be read or holds none."""
    given = [file for name in names for part in name.split(",") if part for file in _expanded(host, part)]
    if not given:
        return ()
    found = tuple(m for name in given for file in _files(host, name, recursive=recursive) for m in _read(host, file))
    if not found:
        raise Refused(f"no objects passed to {verb}")
    return found


def _expanded(host: Host, name: str) -> Sequence[str]:
    """Return the files that *name* is a pattern of, if it is no file itself; else the name."""
    if not _WILD.intersection(name) or os.path.exists(host.path(name)):  # noqa: PTH110 - pathlib raises, as below
        return [name]
    matches = (_matches(name, folder) for folder in host.folders)
    return next((found for found in matches if found), [name])


def _matches(name: str, folder: Path) -> list[str]:
    return sorted(glob(name, root_dir=folder, include_hidden=True))  # noqa: PTH207 - the name may be absolute


def _files(host: Host, name: str, *, recursive: bool) -> Sequence[str]:
    if name.startswith(("http://", "https://")):
        raise Refused(f"cannot read {name}: only files, folders and the standard input are read")
    folder = host.path(name)
    if name == "-" or not os.path.isdir(folder):  # noqa: PTH112 - pathlib raises where no file can have such a name
        return [name]
    try:
        inside = sorted(folder.rglob("*") if recursive else folder.iterdir())
    except OSError as error:
        raise Refused(f'cannot read "{name}": {error.strerror or error}') from None
    found = [
        str(Path(name) / path.relative_to(folder)) for path in inside if path.suffix in _SUFFIXES and path.is_file()
    ]
    if not found:
        raise Refused(f"error reading [{name}]: recognized file extensions are [{' '.join(_SUFFIXES)}]")
    return found


def _read(host: Host, name: str) -> Iterator[Manifest]:
    shown = "STDIN" if name == "-" else name
    text = decoded(host.file(name), shown)
    try:
        documents = read_documents(text)
    except TextError as error:
        raise Refused(f"error parsing {shown}: {error}") from None
    for number, document in enumerate(documents, 1):
        for place, item in items(document, f"document {number}"):
            yield Manifest(shown, item, place if len(documents) > 1 or item is not document else "")

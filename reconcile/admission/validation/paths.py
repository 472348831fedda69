"""Paths of files inside volumes and file modes (contract api 5.3)."""

from typing import Final

from reconcile.admission.causes import Causes, invalid

_LARGEST_MODE: Final = 0o777


def no_backsteps(field: str, path: str) -> Causes:
    """Yield a cause if one of the parts of *path* is `..`.

    >>> [str(cause.reason) for cause in no_backsteps("subPath", "a/../b")], list(no_backsteps("subPath", "a/..b"))
    (['FieldValueInvalid'], [])
    """
    if ".." in path.split("/"):
        yield invalid(field, path, "must not contain '..'")


def descending_path(field: str, path: str) -> Causes:
    """Yield what keeps *path* from being relative and inside."""
    if path.startswith("/"):
        yield invalid(field, path, "must be a relative path")
    yield from no_backsteps(field, path)


def file_path(field: str, path: str) -> Causes:
    """Yield what keeps *path* from naming a file of a volume; names that start with `..` are the kubelet's own."""
    yield from descending_path(field, path)
    if path.startswith("..") and ".." not in path.split("/"):
        yield invalid(field, path, "must not start with '..'")


def mode(field: str, value: int | None) -> Causes:
    """Yield a cause if *value* is no mode of a file."""
    if value is not None and not 0 <= value <= _LARGEST_MODE:
        yield invalid(field, value, "must be a number between 0 and 0777 (octal), both inclusive")

"""What others use to test their controllers, and we ours.

    from reconcile.testing import replay

What is public is named here; each name is imported when it is first used, so that nothing but the strategies and
machines needs Hypothesis.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from reconcile.testing import invariants as invariants
    from reconcile.testing.story import replay as replay

_MODULES: Final = ("invariants",)
"""What is public as a module of its own."""

_HOMES: Final = {
    "reconcile.testing.story": ("replay",),
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted([*_HOME_OF, *_MODULES])  # noqa: PLE0605 - the tables above are the one list of names


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'reconcile.testing' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__doc__", "__name__"]

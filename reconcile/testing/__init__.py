"""What others use to test their controllers, and we ours.

    from reconcile.testing import laws, strategies, invariants, explore
    from reconcile.testing.machine import machine

What is public is named here; each name is imported when it is first used, so that nothing but the strategies, laws and
machines needs Hypothesis.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from reconcile.engine import faults as faults
    from reconcile.testing import explore as explore
    from reconcile.testing import goals as goals
    from reconcile.testing import invariants as invariants
    from reconcile.testing import laws as laws
    from reconcile.testing import strategies as strategies
    from reconcile.testing.histories import History as History
    from reconcile.testing.histories import play as play
    from reconcile.testing.machine import ClusterMachine as ClusterMachine
    from reconcile.testing.moves import Move as Move
    from reconcile.testing.scenes import Scene as Scene
    from reconcile.testing.stage import Broken as Broken
    from reconcile.testing.stage import Stage as Stage
    from reconcile.testing.story import replay as replay

_MODULES: Final = {
    "explore": "reconcile.testing.explore",
    "faults": "reconcile.engine.faults",
    "goals": "reconcile.testing.goals",
    "invariants": "reconcile.testing.invariants",
    "laws": "reconcile.testing.laws",
    "strategies": "reconcile.testing.strategies",
}
"""What is public as a module of its own."""

_HOMES: Final = {
    "reconcile.testing.histories": ("History", "play"),
    "reconcile.testing.machine": ("ClusterMachine",),
    "reconcile.testing.moves": ("Move",),
    "reconcile.testing.scenes": ("Scene",),
    "reconcile.testing.stage": ("Broken", "Stage"),
    "reconcile.testing.story": ("replay",),
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted([*_HOME_OF, *_MODULES])  # noqa: PLE0605 - the tables above are the one list of names


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(_MODULES[name])
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module 'reconcile.testing' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__doc__", "__name__"]

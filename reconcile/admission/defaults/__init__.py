"""Defaults: what a field holds that nobody set (contract api 5.1, 6 and 7).

Rules
1. Constants are a table: type, field, value. A field that is absent gets the value.
2. What depends on other fields is a small function of the type, which fills in the fields of one struct while it is
   being read; children are finished before their parents.
3. A type that occurs in two places has the same defaults in both. So what only Pods get and templates do not, hangs
   on the type Pod, and job templates get no Job defaults by themselves.
4. Fields behind feature gates that are off are dropped: `GATED_OFF`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from reconcile.admission.defaults.constants import CONSTANTS, POINTED
from reconcile.admission.defaults.core import CORE
from reconcile.admission.defaults.pods import PODS
from reconcile.admission.defaults.workloads import WORKLOADS
from reconcile.model.json import Json
from reconcile.model.pod_defaults import COMPUTED

Finish = Callable[[dict[str, Json]], None]
"""Fills in the fields of a struct that is being read."""

_RULES: Final[Mapping[str, Finish]] = {**COMPUTED, **PODS, **WORKLOADS, **CORE}

GATED_OFF: Final[Mapping[str, tuple[str, ...]]] = {
    "v1.Lifecycle": ("stopSignal",),
    "v1.RollingUpdateStatefulSetStrategy": ("maxUnavailable",),
}
"""Fields that are dropped without a word."""

VANISHING: Final = frozenset({"v1.Lifecycle"})
"""Structs that are dropped too, if nothing is left of them."""


def _finish(unset: tuple[tuple[str, Any], ...], absent: tuple[tuple[str, Any], ...], rule: Finish | None) -> Finish:
    def finish(out: dict[str, Json]) -> None:
        for name, value in unset:
            if not out.get(name):
                out[name] = value
        for name, value in absent:
            if out.get(name) is None:
                out[name] = value
        if rule is not None:
            rule(out)

    return finish


FINISH: Final[Mapping[str, Finish]] = {
    name: _finish(tuple(CONSTANTS.get(name, {}).items()), tuple(POINTED.get(name, {}).items()), _RULES.get(name))
    for name in sorted({*CONSTANTS, *POINTED, *_RULES})
}
"""What is done to a struct of a type once its fields are read."""

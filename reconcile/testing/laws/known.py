"""Where built-in controllers break a law because upstream does: what is catalogued, and why."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from reconcile.model.resource import Resource
from reconcile.testing.laws.subject import Touches

WAIVED: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "job": {"keeps_what_it_makes": "a Job that has ended deletes the pods that still run (contract 6)"},
        "cronjob": {
            "make_before_break": "concurrencyPolicy Replace deletes the running Job before it creates the next one",
            "no_idle_status": "after a deletion from the history the status is written, changed or not (contract 3)",
        },
    }
)
"""Which laws built-in controllers break because upstream does, and why."""


def _claims(sts: Resource, item: Resource) -> bool:
    return item.kind == "PersistentVolumeClaim"


def _called_as_owner(cronjob: Resource, item: Resource) -> bool:
    # contract cronjob 1: children are told by the name in the reference, not by its uid
    return item.meta.controller is not None and item.meta.controller.name == cronjob.name


def _volumes(claim: Resource, item: Resource) -> bool:
    return item.kind == "PersistentVolume"


def _contents(namespace: Resource, item: Resource) -> bool:
    return item.namespace == namespace.name


TOUCHED: Final[Mapping[str, Touches]] = MappingProxyType(
    {"statefulset": _claims, "cronjob": _called_as_owner, "volume-binder": _volumes, "namespace": _contents}
)
"""What built-in controllers write that they do not own, because upstream does."""

ASIDE: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "statefulset": {
            "ControllerRevision": "a set that is being deleted still notes its revision (contract 2), and no watch "
            "tells it that one was deleted"
        },
    }
)
"""Which kinds of children built-in controllers keep by the way: made also while their object is being deleted, and not
missed when they are gone."""

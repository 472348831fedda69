"""The kinds that a cluster knows: one row a kind.

Rules
1. Everything that says "which kinds are there" iterates `KINDS`; a new kind is a new row.
2. Names are found as kubectl finds them: kind, plural, singular or short name in any case, with or without the group.
"""

from collections.abc import Iterable
from typing import Final

from attrs import frozen


@frozen
class Kind:
    """What names a kind of object and where the API serves it."""

    name: str
    """The kind, e.g. `ReplicaSet`."""
    group: str
    """The API group, empty for the core group."""
    version: str
    plural: str
    """The resource, e.g. `replicasets`."""
    shorts: tuple[str, ...] = ()
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """The apiVersion of a manifest of this kind."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def singular(self) -> str:
        """The name kubectl prints before a slash, without the group."""
        return self.name.lower()

    @property
    def qualified(self) -> str:
        """The name kubectl prints before a slash: `replicaset.apps`, `pod`."""
        return f"{self.singular}.{self.group}" if self.group else self.singular

    @property
    def resource(self) -> str:
        """The plural with its group, as error texts name it: `replicasets.apps`, `pods`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


KINDS: Final[tuple[Kind, ...]] = (
    Kind("Pod", "", "v1", "pods", ("po",)),
    Kind("Service", "", "v1", "services", ("svc",)),
    Kind("Endpoints", "", "v1", "endpoints", ("ep",)),
    Kind("PersistentVolumeClaim", "", "v1", "persistentvolumeclaims", ("pvc",)),
    Kind("PersistentVolume", "", "v1", "persistentvolumes", ("pv",), namespaced=False),
    Kind("Event", "", "v1", "events", ("ev",)),
    Kind("Node", "", "v1", "nodes", ("no",), namespaced=False),
    Kind("Namespace", "", "v1", "namespaces", ("ns",), namespaced=False),
    Kind("EndpointSlice", "discovery.k8s.io", "v1", "endpointslices"),
    Kind("ReplicaSet", "apps", "v1", "replicasets", ("rs",)),
    Kind("Deployment", "apps", "v1", "deployments", ("deploy",)),
    Kind("StatefulSet", "apps", "v1", "statefulsets", ("sts",)),
    Kind("DaemonSet", "apps", "v1", "daemonsets", ("ds",)),
    Kind("ControllerRevision", "apps", "v1", "controllerrevisions"),
    Kind("Job", "batch", "v1", "jobs"),
    Kind("CronJob", "batch", "v1", "cronjobs", ("cj",)),
    Kind("PodDisruptionBudget", "policy", "v1", "poddisruptionbudgets", ("pdb",)),
)

BY_NAME: Final = {kind.name: kind for kind in KINDS}
BY_PLURAL: Final = {kind.plural: kind for kind in KINDS}


def resource(kind: str) -> str:
    """Return the resource with its group, as error texts name it; kinds of the user's own are named by adding an s.

    >>> resource("Deployment"), resource("Widget")
    ('deployments.apps', 'widgets')
    """
    known = BY_NAME.get(kind)
    return known.resource if known is not None else f"{kind.lower()}s"


def find(word: str, kinds: Iterable[Kind] = KINDS) -> Kind | None:
    """Return the kind that kubectl would take *word* for; None if there is none.

    >>> find("deploy").name, find("RS").name, find("jobs.batch").name, find("widgets")
    ('Deployment', 'ReplicaSet', 'Job', None)
    """
    wanted, _, group = word.lower().partition(".")
    for kind in kinds:
        if wanted in (kind.singular, kind.plural, *kind.shorts) and group in (
            "",
            kind.group,
            f"{kind.version}.{kind.group}",
        ):
            return kind
    return None

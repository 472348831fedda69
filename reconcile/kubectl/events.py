"""Events as objects of the API: what controllers told, in the form in which kubectl reads it.

Rules
1. An embedded cluster keeps events beside its objects, each with how often and when; here they become `Event` objects.
2. An event is named after its object and a digest of what it says, so it keeps its name while it is counted up.
3. Events go with their namespace.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from reconcile.cluster import Cluster
from reconcile.engine.world import Note
from reconcile.model.clock import parse, stamp
from reconcile.model.json import compact, freeze
from reconcile.model.objects import read
from reconcile.model.resource import Resource

COMPONENTS: Final[Mapping[str, str]] = {
    **{
        name: f"{name}-controller"
        for name in ("replicaset", "deployment", "statefulset", "daemonset", "job", "cronjob")
    },
    "scheduler": "default-scheduler",
}
"""What a real cluster calls those who tell events; others are called as they are."""


def event_objects(cluster: Cluster, namespace: str | None = None) -> list[Resource]:
    """Return the events of the last hour, oldest first; None stands for all namespaces."""
    found = (event_object(note) for note in cluster.events())
    return [event for event in found if namespace in (None, event.namespace) and _housed(cluster, event)]


def _housed(cluster: Cluster, event: Resource) -> bool:
    """Return whether the namespace that *event* came into is still there, and not another one of its name."""
    home, last = cluster.find("ns", event.namespace), parse(event.look("lastTimestamp"))
    return home is not None and (home.meta.created is None or last is None or home.meta.created <= last)


def event_object(note: Note) -> Resource:
    """Return *note* as an Event."""
    about, component = note.about, COMPONENTS.get(note.source, note.source)
    text = f"{about.uid}/{note.type}/{note.reason}/{note.message}/{note.source}"
    name = f"{about.name}.{blake2b(text.encode(), digest_size=8).hexdigest()}"
    namespace = about.namespace or "default"
    involved = {
        "kind": about.kind,
        "apiVersion": about.api_version,
        "namespace": about.namespace,
        "name": about.name,
        "uid": about.uid,
    }
    return read(
        freeze(
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"name": name, "namespace": namespace, "creationTimestamp": stamp(note.first)},
                "involvedObject": compact(involved),
                "reason": note.reason,
                "message": note.message,
                "type": note.type,
                "source": {"component": component},
                "reportingComponent": component,
                "firstTimestamp": stamp(note.first),
                "lastTimestamp": stamp(note.last),
                "count": note.count,
            }
        )
    )

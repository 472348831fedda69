"""What `kubectl describe` says about volume claims."""

from reconcile.model.json import EMPTY, NOTHING, Json, look
from reconcile.tables.custom import go_text
from reconcile.tables.describe.lines import Around, Lines, date, events, given, header, tags, titled
from reconcile.tables.durations import since
from reconcile.tables.storage_cells import bound_capacity, bound_modes, storage_class


def claim(item: Json, around: Around) -> Lines:
    """Return the description of a PersistentVolumeClaim."""
    spec = item.get("spec") or EMPTY
    deleted = look(item, "metadata", "deletionTimestamp")
    phase = look(item, "status", "phase", default="")
    return [
        *header(item),
        f"StorageClass:\t{storage_class(item)}",
        f"Status:\t{f'Terminating (lasts {since(deleted, around.now)})' if deleted else phase}",
        f"Volume:\t{spec.get('volumeName') or ''}",
        *tags(item),
        f"Finalizers:\t{go_text(list(look(item, 'metadata', 'finalizers', default=NOTHING)))}",
        f"Capacity:\t{bound_capacity(item)}",
        f"Access Modes:\t{bound_modes(item)}",
        *given("VolumeMode", spec.get("volumeMode")),
        *_source(spec.get("dataSource")),
        *titled("Used By", sorted(_users(item, around))),
        *_conditions(item),
        *events(item, around),
    ]


def _source(source: Json) -> Lines:
    if source is None:
        return []
    return [
        "DataSource:",
        *given("  APIGroup", source.get("apiGroup")),
        f"  Kind:\t{source.get('kind', '')}",
        f"  Name:\t{source.get('name', '')}",
    ]


def _users(item: Json, around: Around) -> list[str]:
    """Return the names of the pods that mount the claim, or own it."""
    owners = {
        owner["uid"] for owner in look(item, "metadata", "ownerReferences", default=NOTHING) if owner["kind"] == "Pod"
    }
    place = look(item, "metadata", "namespace")
    nearby = [pod for pod in around.pods if look(pod, "metadata", "namespace") == place]
    return [
        str(look(pod, "metadata", "name"))
        for pod in nearby
        if look(item, "metadata", "name") in _mounted(pod) or look(pod, "metadata", "uid") in owners
    ]


def _mounted(pod: Json) -> list[str]:
    volumes = look(pod, "spec", "volumes", default=NOTHING)
    return [look(volume, "persistentVolumeClaim", "claimName", default="") for volume in volumes]


def _conditions(item: Json) -> Lines:
    rows = [
        f"  {one['type']} \t{one['status']} \t{date(one.get('lastProbeTime'))} \t"
        f"{date(one.get('lastTransitionTime'))} \t{one.get('reason', '')} \t{one.get('message', '')}"
        for one in look(item, "status", "conditions", default=NOTHING)
    ]
    titles = ("Type", "Status", "LastProbeTime", "LastTransitionTime", "Reason", "Message")
    dashes = ("----", "------", "-----------------", "------------------", "------", "-------")
    return ["Conditions:", "  " + "\t".join(titles), "  " + "\t".join(dashes), *rows] if rows else []

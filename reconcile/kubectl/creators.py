"""`kubectl create deployment`, `job`, `cronjob` and `namespace`: objects made from a few flags.

Rules
1. The object is the one kubectl builds, no more: what the server adds by default is left to the server.
2. A job made from a cron job is that cron job's own, and says in an annotation that it was made by hand.
3. A client's dry run prints what would be sent.
"""

from collections.abc import Sequence
from typing import Any, Final

from reconcile.actions import Create
from reconcile.admission.decode import decode
from reconcile.kubectl.failures import Failure, Refused, refusal
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.printing import did
from reconcile.kubectl.session import CLIENT, Session
from reconcile.kubectl.targets import targets
from reconcile.model.json import FrozenMap, freeze, look, put
from reconcile.model.kinds import BY_NAME
from reconcile.model.objects import read
from reconcile.model.resource import Resource
from reconcile.outcome import Rejected
from reconcile.patch.three_way import annotated

INSTANTIATE: Final = "cronjob.kubernetes.io/instantiate"


def made(session: Session, body: FrozenMap, *, output: str = "", save_config: bool = False) -> Session:
    """Create the object *body*."""
    kind = BY_NAME[body["kind"]]
    namespace = session.namespace if kind.namespaced else ""
    if namespace and session.enforced:
        body = put(body, ("metadata", "namespace"), namespace)
    body = annotated(body) if save_config else body
    if session.dry == CLIENT:
        return did(session, read(decode(kind.name, body)), "created", output=output)
    session, outcome = session.send(Create(kind.name, namespace, body, "the user creates it"))
    if isinstance(outcome, Rejected):
        why = refusal(outcome, kind.name, body["metadata"]["name"]).message
        return session.fail(Failure(f"failed to create {kind.singular}: {why}"))
    assert outcome.object is not None
    return did(session, outcome.object, "created", output=output)


def deployment(
    session: Session,
    name: str,
    *,
    images: Sequence[str],
    command: Sequence[str] = (),
    port: int = -1,
    replicas: int = 1,
) -> FrozenMap:
    """Return the Deployment that runs *images*."""
    if len(images) > 1 and command:
        raise Refused("cannot specify multiple --image options and command")
    _, suffix = session.cluster.world.store.next_suffix()
    containers = [_container(container_name(image, suffix), image, command) for image in images]
    if port >= 0:
        containers[0]["ports"] = [{"containerPort": port}]
    labels = {"app": name}
    spec = {
        "replicas": replicas,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
    }
    return _object("Deployment", {"name": name, "labels": labels}, spec)


def job(name: str, *, image: str, command: Sequence[str] = ()) -> FrozenMap:
    """Return the Job that runs *image* once."""
    return _object("Job", {"name": name}, {"template": _template(name, image, command, restart="Never")})


def cron_job(name: str, *, image: str, schedule: str, command: Sequence[str] = (), restart: str = "") -> FrozenMap:
    """Return the CronJob that runs *image* whenever *schedule* says so.

    >>> cron_job("hello", image="busybox", schedule="@daily")["spec"]["schedule"]
    '@daily'
    """
    template = _template(name, image, command, restart=restart or "OnFailure")
    job_template = {"metadata": {"name": name}, "spec": {"template": template}}
    return _object("CronJob", {"name": name}, {"schedule": schedule, "jobTemplate": job_template})


def namespace(name: str) -> FrozenMap:
    """Return the Namespace."""
    return freeze({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})  # type: ignore[no-any-return]


def job_from(session: Session, name: str, source: str) -> FrozenMap:
    """Return the Job that the CronJob *source*, such as `cronjob/hello`, would start; raise Refused if it is none."""
    found = targets(session, Choice((source,)))
    if found.failures:
        raise Refused(found.failures[0])
    [(kind, parent)] = found.items
    if kind.name != "CronJob":
        raise Refused(f"unknown object type *{kind.version}.{kind.name}")
    template = parent.look("spec", "jobTemplate")
    metadata = {
        "name": name,
        "annotations": {INSTANTIATE: "manual", **look(template, "metadata", "annotations", default={})},
        "ownerReferences": [_owned_by(parent)],
    }
    labels = look(template, "metadata", "labels")
    return _object("Job", {**metadata, "labels": labels} if labels else metadata, template["spec"])


def _owned_by(parent: Resource) -> dict[str, Any]:
    # Without blockOwnerDeletion: that would need a right of its own.
    return {"apiVersion": "batch/v1", "kind": "CronJob", "name": parent.name, "uid": parent.uid, "controller": True}


def container_name(image: str, suffix: str) -> str:
    """Return the name of the container that runs *image*; *suffix* completes one that cannot be taken as it is.

    >>> container_name("registry:5000/library/nginx:1.25", "abcde"), container_name("my_app@sha256:1", "abcde")
    ('nginx', 'my-app-abcde')
    """
    name = image.rsplit("/", maxsplit=1)[-1].split(":", maxsplit=1)[0].split("@", maxsplit=1)[0]
    plain = name.replace("_", "-").replace(".", "-")
    return name if plain == name else f"{plain}-{suffix}"


def _object(kind: str, metadata: dict[str, Any], spec: Any) -> FrozenMap:
    body = {"apiVersion": BY_NAME[kind].api_version, "kind": kind, "metadata": metadata, "spec": spec}
    return freeze(body)  # type: ignore[no-any-return]


def _template(name: str, image: str, command: Sequence[str], *, restart: str) -> dict[str, Any]:
    return {"spec": {"containers": [_container(name, image, command)], "restartPolicy": restart}}


def _container(name: str, image: str, command: Sequence[str]) -> dict[str, Any]:
    container: dict[str, Any] = {"name": name, "image": image}
    return {**container, "command": list(command)} if command else container

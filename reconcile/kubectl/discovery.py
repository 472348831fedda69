"""`kubectl api-resources` and `kubectl version`."""

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version

from reconcile.kubectl.failures import Refused
from reconcile.kubectl.session import Session
from reconcile.model.kinds import KINDS
from reconcile.store.seed import VERSION
from reconcile.tables.aligned import aligned
from reconcile.tables.documents import json_text, yaml_text


def api_resources(session: Session, *, output: str = "", headers: bool = True) -> Session:
    """Print the kinds that the cluster knows."""
    if output not in ("", "wide", "name"):
        raise Refused(f"--output {output} is not available")
    kinds = sorted(KINDS, key=lambda kind: (kind.group, kind.plural))
    if output == "name":
        return session.write("".join(f"{kind.resource}\n" for kind in kinds))
    head = ["NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND"] if headers else []
    rows = [
        f"{kind.plural}\t{','.join(kind.shorts)}\t{kind.api_version}\t{str(kind.namespaced).lower()}\t{kind.name}"
        for kind in kinds
    ]
    return session.write(aligned([*head, *rows]))


def own_version() -> str:
    """Return this package's version."""
    try:
        return package_version("reconcile")
    except PackageNotFoundError:
        return "0.0.0"


def version(session: Session, *, output: str = "", client: bool = False) -> Session:
    """Print the version of this program and of the Kubernetes that it behaves like."""
    told = {"clientVersion": {"gitVersion": f"v{own_version()}"}}
    told |= {} if client else {"serverVersion": {"gitVersion": VERSION}}
    if output in ("json", "yaml"):
        return session.write(json_text(told) if output == "json" else yaml_text(told))
    session = session.say(f"Client Version: v{own_version()}")
    return session if client else session.say(f"Server Version: {VERSION}")

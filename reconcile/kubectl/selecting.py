"""`-l` and `--field-selector`: selectors as users write them.

Rules
1. A label selector is a list of requirements, all of which hold: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`,
   `a`, `!a`.
2. A field selector compares a few fields that the server can compare; which ones is a table by kind.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from reconcile.kubectl.failures import Failure, Refused
from reconcile.model.json import Json, look
from reconcile.model.names import label_value, qualified_name
from reconcile.model.resource import Resource
from reconcile.model.selector import Requirement, Selector
from reconcile.outcome import Reason

_PART: Final = re.compile(
    r"""\s*(?:
        (?P<set>[^\s,=!()]+)\s+(?P<operator>in|notin)\s*\((?P<values>[^()]*)\)
      | (?P<key>[^\s,=!()]+)\s*(?P<sign>==|=|!=)\s*(?P<value>[^\s,=!()]*)
      | (?P<absent>!)\s*(?P<gone>[^\s,=!()]+)
      | (?P<there>[^\s,=!()]+)
    )\s*(?:,|$)""",
    re.VERBOSE,
)


def label_selector(text: str) -> Selector:
    """Return the selector that *text* is; raise Refused if it is none.

    >>> str(label_selector("app=web,tier notin (a, b),!old"))
    'app=web,!old,tier notin (a,b)'
    """
    found: list[Requirement] = []
    place = 0
    while place < len(text.rstrip()):
        part = _PART.match(text, place)
        if part is None:
            raise Refused(
                f'unable to parse requirement: found "{text[place:].strip()}", '
                "expected: identifier, !, in, notin, =, ==, or !="
            )
        found.append(_checked(_requirement(part)))
        place = part.end()
    return Selector(tuple(sorted(found, key=lambda requirement: requirement.key)))


def _requirement(part: re.Match[str]) -> Requirement:
    if part["set"]:
        values = tuple(sorted({value.strip() for value in part["values"].split(",")}))
        return Requirement(part["set"], "In" if part["operator"] == "in" else "NotIn", values)
    if part["key"]:
        return Requirement(part["key"], "NotIn" if part["sign"] == "!=" else "=", (part["value"],))
    return Requirement(part["gone"] or part["there"], "DoesNotExist" if part["absent"] else "Exists")


def _checked(requirement: Requirement) -> Requirement:
    for fault in qualified_name(requirement.key):
        raise Refused(f'unable to parse requirement: key: Invalid value: "{requirement.key}": {fault}')
    for value in requirement.values:
        for fault in label_value(value):
            raise Refused(f'unable to parse requirement: values: Invalid value: "{value}": {fault}')
    return requirement


# --- fields ------------------------------------------------------------------------------------------------------

_EVERY: Final = ("metadata.name", "metadata.namespace")
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Pod": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "Node": ("spec.unschedulable",),
    "Job": ("status.successful",),
    "Namespace": ("status.phase",),
    "ReplicaSet": ("status.replicas",),
    "Event": (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    "Service": ("spec.clusterIP", "spec.type"),
}
"""The fields besides name and namespace that the server compares, by kind."""
_SPECIAL: Final[Mapping[str, Callable[[Json], Json]]] = {
    "status.successful": lambda raw: look(raw, "status", "succeeded", default=0),
    "source": lambda raw: look(raw, "source", "component", default=""),
}
_TERM: Final = re.compile(r"([^=!]+?)(==|=|!=)(.*)")


def field_selector(text: str, resource: str, kind: str) -> Callable[[Resource], bool]:
    """Return the test that *text* is for objects of *kind*; raise Refused if the server would not take it.

    >>> field_selector("metadata.name!=a", "pods", "Pod")(Resource({"metadata": {"name": "b"}}))
    True
    """
    terms = [_term(part, text, resource, kind) for part in text.split(",") if part]
    return lambda item: all((_field(item, path) == value) is wanted for path, wanted, value in terms)


def _term(part: str, text: str, resource: str, kind: str) -> tuple[str, bool, str]:
    found = _TERM.fullmatch(part.strip())
    if found is None:
        raise Refused(f"invalid field selector: {text}; can't understand '{part}'")
    path, sign, value = found.groups()
    if path not in (*_EVERY, *_FIELDS.get(kind, ())):
        raise Refused(
            Failure(
                f'Unable to find "{resource}" that match label selector "", field selector "{text}": '
                f"field label not supported: {path}",
                Reason.BAD_REQUEST,
            )
        )
    return path, sign != "!=", value


def _field(item: Resource, path: str) -> str:
    special = _SPECIAL.get(path)
    value = special(item.raw) if special is not None else look(item.raw, *path.split("."), default="")
    return str(value).lower() if isinstance(value, bool) else str(value)


def matching(items: Iterable[Resource], labels: Selector) -> list[Resource]:
    """Return those of *items* whose labels *labels* accepts."""
    return [item for item in items if labels.matches(item.meta.labels)]

"""`kubectl wait`: play the cluster forward until something is true of objects.

Rules
1. What is waited for is a condition, a value found by JSONPath, that an object is there, or that it is gone.
2. The timeout is the cluster's time, for all objects together; a condition that cannot come true any more is still
   waited for until then, as a user before a terminal would.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from reconcile.cluster import Cluster
from reconcile.engine.run import NotSettled
from reconcile.kubectl.failures import Failure, Refused
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.objects import Choice, Chosen, parse
from reconcile.kubectl.printing import did
from reconcile.kubectl.session import Session
from reconcile.kubectl.targets import targets
from reconcile.model.clock import Instant, between, later
from reconcile.model.kinds import BY_NAME
from reconcile.model.resource import Resource
from reconcile.outcome import Reason
from reconcile.tables.jsonpath import find

Test = Callable[[Resource | None], bool]
"""Whether what is waited for is true of an object; None stands for one that is not there."""
_WEEK: Final = 7 * 86400.0
_WORDS: Final = ("create", "delete")
"""What may be written in any case."""


def wait(
    session: Session,
    choice: Choice,
    *,
    condition_text: str,
    timeout: float = 30.0,
    output: str = "",
    manifests: Sequence[Manifest] = (),
) -> Session:
    """Wait until *condition_text*, such as `condition=Ready`, is true of each object that is named."""
    condition_text = condition_text.lower() if condition_text.lower() in _WORDS else condition_text
    test = parse_condition(condition_text)
    end = later(session.cluster.now, timeout if timeout >= 0 else _WEEK)
    if condition_text == "create":
        session, there = _until_created(session, choice, end)
        if not there:
            return session.fail(Failure("timed out waiting for the condition"))
    chosen = targets(session, choice, manifests)
    if condition_text == "delete" and not chosen.items:
        return session.fail(*(failure for failure in chosen.failures if failure.reason is not Reason.NOT_FOUND))
    if not chosen.items and not chosen.failures:
        raise Refused("no matching resources found")
    return _each(session, chosen, test, end, output=output, once=timeout == 0).fail(*chosen.failures)


def _each(session: Session, chosen: Chosen, test: Test, end: Instant, *, output: str, once: bool) -> Session:
    for _, item in chosen.items:
        session, met = _until(session, item, test, end)
        if met:
            now = session.cluster.world.store.get(*item.key)
            session = did(session, now or item, "condition met", output=output)
        else:
            place = f"{BY_NAME[item.kind].plural}/{item.name}"
            told = "condition not met for" if once else "timed out waiting for the condition on"
            session = session.fail(Failure(f"{told} {place}"))
    return session


def _until(session: Session, item: Resource, test: Test, end: Instant) -> tuple[Session, bool]:
    def met(cluster: Cluster) -> bool:
        return test(_same(cluster, item))

    return play_until(session, met, end)


def play_until(session: Session, met: Callable[[Cluster], bool], end: Instant) -> tuple[Session, bool]:
    """Play the cluster until *met*, or to *end*; return whether it was met."""
    left = max(between(session.cluster.now, end), 0.0)
    try:
        return session.on(session.cluster.run_until(met, within=left)), True
    except NotSettled:
        after = session.cluster.advance(left)
        return session.on(after), met(after)


def _same(cluster: Cluster, item: Resource) -> Resource | None:
    found = cluster.world.store.get(*item.key)
    return found if found is not None and found.uid == item.uid else None


def _until_created(session: Session, choice: Choice, end: Instant) -> tuple[Session, bool]:
    named = [part for part in parse(choice.words) if part.name is not None]

    def there(cluster: Cluster) -> bool:
        return all(cluster.find(part.kind.name, part.name or "", session.namespace) is not None for part in named)

    return play_until(session, there, end)


# --- what can be waited for --------------------------------------------------------------------------------------


def parse_condition(text: str) -> Test:
    """Return the test that a value of `--for` is; raise Refused if it is none.

    >>> parse_condition("delete")(None)
    True
    """
    name, _, rest = text.partition("=")
    if text == "delete":
        return lambda item: item is None
    if text == "create":
        return lambda item: item is not None
    if name == "condition" and rest:
        return _condition(rest)
    if name == "jsonpath" and rest:
        return _jsonpath(rest)
    raise Refused(f'unrecognized condition: "{text}"')


def _condition(text: str) -> Test:
    wanted, _, status = text.partition("=")
    value = (status or "true").lower()

    def test(item: Resource | None) -> bool:
        if item is None:
            return False
        for entry in item.status.get("conditions") or ():
            if str(entry.get("type", "")).lower() == wanted.lower():
                seen = entry.get("observedGeneration", item.status.get("observedGeneration"))
                fresh = seen is None or seen >= item.meta.generation
                return fresh and str(entry.get("status", "")).lower() == value
        return False

    return test


def _jsonpath(text: str) -> Test:
    path, value = _split(text)
    if path.count("{") != 1 or not path.startswith("{") or not path.endswith("}"):
        raise Refused(f"jsonpath wait expression error: {text!r} is no path in braces")
    _found(path, Resource({}))

    def test(item: Resource | None) -> bool:
        found = _found(path, item) if item is not None else []
        if len(found) > 1:
            raise Refused("given jsonpath expression matches more than one value")
        if value is None or not found:
            return bool(found)
        if isinstance(found[0], Mapping | Sequence) and not isinstance(found[0], str):
            raise Refused("jsonpath leads to a nested object or list which is not supported")
        return _shown(found[0]).strip() == value.strip()

    return test


def _split(text: str) -> tuple[str, str | None]:
    end = text.rfind("}")
    path, rest = text[: end + 1], text[end + 1 :]
    if not rest:
        return path, None
    if not rest.startswith("=") or len(rest) == 1:
        raise Refused("jsonpath wait has to have a value after the equals sign")
    return path, rest[1:].strip("'\"")


def _found(path: str, item: Resource) -> list[object]:
    try:
        return list(find(path, item.raw))
    except ValueError as error:
        raise Refused(f"jsonpath wait expression error: {error}") from None


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

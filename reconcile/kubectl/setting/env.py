"""`kubectl set env`: environment variables of containers, `NAME=value` to set and `NAME-` to remove.

Rules
1. A variable that is there keeps its place; new ones come behind, in the order in which they are given. A `-` stands
   for those that the standard input lists.
2. `--list` prints the variables as they would be, and changes nothing.
3. Without `--overwrite` an object in which a variable has another value is left alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from attrs import frozen

from reconcile.kubectl.failures import Refused
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.session import Session
from reconcile.kubectl.setting.pod_specs import (
    CONTAINERS,
    POD_SPECS,
    Edited,
    How,
    Setting,
    about,
    change_containers,
    chosen,
    matcher,
    named_like,
    set_in,
)
from reconcile.model.json import NOTHING, FrozenMap, Json, look, put
from reconcile.model.kinds import BY_NAME
from reconcile.model.names import env_name
from reconcile.model.resource import Resource


@frozen
class Variables:
    """What is to be set, in order, and what is to be removed."""

    set: Mapping[str, str]
    remove: tuple[str, ...] = ()


@frozen
class Manner:
    """The flags of its own that `set env` has."""

    containers: str = "*"
    """The names of the containers that are meant."""
    env: Sequence[str] = ()
    """What `--env` gives, besides the arguments."""
    overwrite: bool = True
    listing: bool = False
    prefix: str = ""
    """What is put before the name of every variable that is set."""
    given: str | None = None
    """What the standard input says, if it was read."""


def set_env(
    session: Session,
    choice: Choice,
    *,
    manner: Manner = Manner(),
    how: How = How(),  # noqa: B008 - a frozen value
) -> Session:
    """Set, remove or list variables: the words of *choice* are objects, and then changes."""
    words, changes = split(choice.words)
    if manner.listing and how.output:
        raise Refused("--list and --output may not be specified together")
    wanted = parse(with_given([*manner.env, *changes], manner.given), prefix=manner.prefix)
    found = chosen(session, named_like(choice, words), how)
    if manner.listing:
        lines = [line for _, item in found.items for line in _listed(item, wanted, manner)]
        return session.write("".join(f"{line}\n" for line in lines)).fail(*found.failures)
    if not wanted.set and not wanted.remove:
        raise Refused("at least one environment variable must be provided")
    setting = Setting(
        "env updated",
        "failed to patch env update to pod template:",
        lambda item, spec: _edit(item, spec, wanted, manner),
    )
    return set_in(session, found, setting, how)


def split(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the arguments that name objects, and the changes that follow them; raise Refused if they are mixed up.

    >>> split(["deploy/web", "A=1", "B-"])
    (('deploy/web',), ('A=1', 'B-'))
    """
    first = next((index for index, word in enumerate(words) if _is_change(word)), len(words))
    if not all(map(_is_change, words[first:])):
        raise Refused(f"all resources must be specified before environment changes: {' '.join(words)}")
    return tuple(words[:first]), tuple(words[first:])


def _is_change(word: str) -> bool:
    return "=" in word[1:] or word.endswith("-")


def with_given(texts: Iterable[str], given: str | None) -> Iterator[str]:
    """Yield *texts*, and for `-` the variables that the lines *given* set; what follows a `#` is a comment.

    >>> list(with_given(["A=1", "-"], "B=2  # two\\n\\nno variable"))
    ['A=1', 'B=2  ']
    """
    for text in texts:
        if text == "-" and given is not None:
            yield from (line for line in (one.partition("#")[0] for one in given.splitlines()) if "=" in line)
        else:
            yield text


def parse(texts: Iterable[str], *, prefix: str = "") -> Variables:
    """Return the variables that *texts* set and remove; raise Refused for what is neither.

    >>> parse(["A=1", "B-"])
    Variables(set={'A': '1'}, remove=('B',))
    """
    found: dict[str, str] = {}
    removed: list[str] = []
    for text in texts:
        name, equals, value = text.partition("=")
        if equals:
            wrong = env_name(name)
            if wrong:
                raise Refused(f'"{name}" is not a valid key name: {";".join(wrong)}')
            found[f"{prefix}{name}"] = value
        elif text == "-":
            raise Refused("when '-' is used, STDIN must be open")
        elif text.endswith("-"):
            removed.append(text[:-1])
        else:
            raise Refused(f"unknown environment variable: {text}")
    if set(found) & set(removed):
        raise Refused("can not both modify and remove the same environment variable in the same command")
    return Variables(found, tuple(removed))


def updated(old: Json, wanted: Variables) -> list[Json]:
    """Return the variables *old* of a container with those that are *wanted*.

    >>> updated([{"name": "A", "value": "1"}, {"name": "B"}], Variables({"C": "3", "A": "2"}, ("B",)))
    [{'name': 'A', 'value': '2'}, {'name': 'C', 'value': '3'}]
    """
    new = {name: FrozenMap({"name": name, "value": value}) for name, value in wanted.set.items()}
    kept = [new.pop(one["name"], one) for one in old if one["name"] not in wanted.remove]
    return [*kept, *new.values()]


def _edit(item: Resource, spec: FrozenMap, wanted: Variables, manner: Manner) -> Edited:
    if not manner.overwrite:
        for container in _containers(spec, manner.containers):
            for one in container.get("env") or NOTHING:
                if wanted.set.get(one["name"], one.get("value", "")) != one.get("value", ""):
                    taken = f"'{one['name']}' already has a value ({one.get('value', '')}), and --overwrite is false"
                    return Edited(spec, (about(BY_NAME[item.kind], item, taken),))
    new, count = change_containers(spec, matcher(manner.containers), lambda container: _with_env(container, wanted))
    if not count:
        warning = f'warning: {item.kind}/{item.name} does not have any containers matching "{manner.containers}"'
        return Edited(new, warnings=(warning,))
    return Edited(new)


def _with_env(container: FrozenMap, wanted: Variables) -> FrozenMap:
    old = container.get("env") or NOTHING
    new = updated(old, wanted)
    return container if new == old else put(container, ("env",), new)


# --- listing -----------------------------------------------------------------------------------------------------


def _containers(spec: FrozenMap, pattern: str) -> Iterator[FrozenMap]:
    fits = matcher(pattern)
    for member in CONTAINERS:
        yield from (container for container in spec.get(member) or NOTHING if fits(container["name"]))


def _listed(item: Resource, wanted: Variables, manner: Manner) -> Iterator[str]:
    spec = look(item.raw, *POD_SPECS.get(item.kind, ("-",)), default=FrozenMap())
    for container in _containers(spec, manner.containers):
        yield f"# {item.kind} {item.name}, container {container['name']}"
        for one in updated(container.get("env") or NOTHING, wanted):
            source = one.get("valueFrom")
            yield f"# {one['name']} from {reference(source)}" if source else f"{one['name']}={one.get('value', '')}"


_REFERENCES: Final[Mapping[str, Callable[[Json], str]]] = {
    "configMapKeyRef": lambda ref: f"configmap {ref.get('name', '')}, key {ref.get('key', '')}",
    "secretKeyRef": lambda ref: f"secret {ref.get('name', '')}, key {ref.get('key', '')}",
    "fieldRef": lambda ref: f"field path {ref.get('fieldPath', '')}",
    "resourceFieldRef": lambda ref: (
        f"resource field {ref['containerName'] + '/' if ref.get('containerName') else ''}{ref.get('resource', '')}"
    ),
}


def reference(source: Json) -> str:
    """Return where the value of a variable comes from, in words.

    >>> reference({"fieldRef": {"fieldPath": "metadata.name"}})
    'field path metadata.name'
    """
    for member, text in _REFERENCES.items():
        if source.get(member):
            return text(source[member])
    return "invalid valueFrom"

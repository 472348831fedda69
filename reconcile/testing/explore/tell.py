"""A way through the states, told: as a trace to read, and as a page that `reconcile play` plays.

Rules
1. The way is gone once more, in a cluster like those of the command line, moved by hand (`reconcile step`): the trace
   is what is printed on the way, and the page is the same with its commands.
2. After each step the cluster must be the state that the exploration came to. Which of several objects that are alike
   goes first depends on their names, and these on the seed: the first seed is taken with which it is.
3. A way that no seed leads along is told as far as the last one did, and says so.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from attrs import evolve, frozen

from reconcile.cluster import DEFAULT_NAMESPACE, Cluster
from reconcile.controllers.builtin import BUILTIN
from reconcile.kubectl.advance import advance
from reconcile.kubectl.create import create
from reconcile.kubectl.get import get
from reconcile.kubectl.manifests import Manifest
from reconcile.kubectl.objects import Choice
from reconcile.kubectl.session import Session
from reconcile.kubectl.step import KUBELET, fare, step
from reconcile.model.json import Json, thaw
from reconcile.model.kinds import BY_NAME
from reconcile.model.pod import Pod
from reconcile.model.resource import Resource
from reconcile.nodes.fates import USUAL
from reconcile.tables.documents import yaml_text
from reconcile.testing.explore.atoms import State, Thing, Vocabulary
from reconcile.testing.explore.canon import Canon, Clock, ordered
from reconcile.testing.explore.expand import Label, Workshop, label_of
from reconcile.testing.explore.forms import form, nameless
from reconcile.testing.explore.memo import Outcome
from reconcile.testing.explore.report import STUCK, Finding
from reconcile.testing.explore.scope import Scope
from reconcile.testing.explore.steps import Step

SEEDS: Final = 64
"""How many seeds are tried."""
PAUSE: Final = 1.0
"""How many seconds `reconcile play` lets pass after a command."""
FILE: Final = "world.yaml"
"""What the file is called that holds what the world begins with."""
_SCENERY: Final = frozenset({"Namespace", "Node", "Service", "Endpoints", "EndpointSlice"})
"""Kinds that a whole cluster has of its own accord."""


@frozen
class Line:
    """A command and what it prints, or a comment."""

    text: str
    output: tuple[str, ...] = ()
    is_command: bool = True


@frozen
class Story:
    """A way, told."""

    finding: Finding
    manifests: str
    """What the world begins with, as YAML."""
    lines: tuple[Line, ...]
    seed: int
    exact: bool
    """Whether it leads along the states that were found."""
    strangers: tuple[str, ...] = ()
    """What the command line does not have: controllers, and fates of pods."""

    def trace(self) -> str:
        """Return the way as text: the steps, and below each of them what was done and why."""
        number, told = 0, [str(self.finding)]
        for line in self.lines:
            number += line.is_command
            told.append(f"{number:>3}  {_short(line.text)}" if line.is_command else f"     {line.text}")
            told += [f"       {text}" for text in line.output]
        return "".join(f"{text}\n" for text in told)

    def page(self) -> str:
        """Return the way as a Markdown page; `reconcile play --check` plays it and finds what it says."""
        told = [f"# {self.finding.name}\n", f"{self.finding.message[:1].upper()}{self.finding.message[1:]}.\n"]
        if self.strangers:
            told.append(f"It takes what `reconcile` does not have: {', '.join(self.strangers)}.\n")
        if not self.exact:
            told.append("The last steps depend on names in a way that no seed brought about.\n")
        told += [f"<!-- options: --by-hand --nodes 1 --seed {self.seed} -->", f"<!-- file: {FILE} -->", "", "```yaml"]
        told += [self.manifests.rstrip("\n"), "```", "", "```console"]
        for line in self.lines:
            told.append(f"$ {line.text}" if line.is_command else f"# {line.text}")
            told += [f"\\{text}" if text.startswith(("$ ", "#", "\\")) else text for text in line.output]
        return "".join(f"{text}\n" for text in (*told, "```"))


def _short(command: str) -> str:
    return command.removeprefix("kubectl ").removeprefix("reconcile ")


def tell(scope: Scope, finding: Finding) -> Story:
    """Return the way to *finding*, which an exploration of *scope* came to."""
    shop = Workshop(scope)
    ways = list(_ways(shop, [*shop.prelude, *finding.path, *finding.rest]))
    stories = (_told(scope, shop, finding, ways, seed) for seed in range(SEEDS))
    story = next(stories)
    while not story.exact:
        following = next(stories, None)
        if following is None:
            break
        story = following
    return story


@frozen
class _Way:
    """One step of the way."""

    step: Step
    outcome: Outcome
    after: State


def _ways(shop: Workshop, labels: Iterable[Label]) -> Iterator[_Way]:
    state = shop.origin
    for label in labels:
        step, mishap, _, outcome = next(each for each in shop.steps(state, {}) if label_of(each[0], each[2]) == label)
        state = shop.after(state, step, mishap, outcome)
        yield _Way(step, outcome, state)


# --- going it once more ------------------------------------------------------------------------------------------


def _told(scope: Scope, shop: Workshop, finding: Finding, ways: Sequence[_Way], seed: int) -> Story:
    going = _Going(scope, _cluster(scope, seed))
    documents, lines = going.begin()
    said = _said(shop, finding)
    exact = True
    for number, way in enumerate(ways):
        lines += said.get(number, ())
        lines.append(going.take(way))
        exact = exact and going.is_at(way.after)
        if not exact:
            break
    else:
        lines += said.get(len(ways), ())
    lines.append(going.run("kubectl get pods", lambda at: get(at, Choice(("pods",)))))
    text = "---\n".join(yaml_text(document) for document in documents)
    return Story(finding, text, tuple(lines), seed, exact, (*_strangers(scope), *sorted(going.strange)))


def _said(shop: Workshop, finding: Finding) -> dict[int, tuple[Line, ...]]:
    """Return the comments on the way, by how many steps there are before them."""
    rest, end = len(shop.prelude), len(shop.prelude) + len(finding.path)
    said: dict[int, tuple[Line, ...]] = {}
    if rest:
        said[rest] = (Line("all is at rest", is_command=False),)
    if finding.name == STUCK:
        said[end] = (*said.get(end, ()), Line("from here on, no steps lead to the goal", is_command=False))
    return said


def _strangers(scope: Scope) -> tuple[str, ...]:
    own = {controller.name: controller for controller in BUILTIN}
    return tuple(f"the controller {each.name}" for each in scope.controllers if own.get(each.name) is not each)


def _document(item: Resource | Json) -> Json:
    return thaw(item.raw if isinstance(item, Resource) else item)


def _cluster(scope: Scope, seed: int) -> Cluster:
    own = {controller.name for controller in scope.controllers}
    builtin = [controller for controller in BUILTIN if controller.name not in own]
    return Cluster.new(nodes=1, builtin=[*builtin, *scope.controllers], seed=seed, by_hand=True)


class _Going:
    """A cluster on its way."""

    def __init__(self, scope: Scope, cluster: Cluster) -> None:
        self.scope = scope
        self.cluster = cluster
        self._uids: dict[str, str] = {}
        """The canonical uids of all objects that there were and that have names."""
        self.strange: set[str] = set()
        """The fates that the command line does not have."""

    def begin(self) -> tuple[list[Json], list[Line]]:
        """Create what the world begins with; return it, and what there is to tell. Of kinds that are not known kubectl
        creates nothing."""
        documents = [_document(item) for item in self.scope.manifests]
        known = [Manifest(FILE, document) for document in documents if document["kind"] in BY_NAME]
        lines = [self.run(f"kubectl create -f {FILE}", lambda at: create(at, known))] if known else []
        for document in documents:
            if document["kind"] not in BY_NAME:
                self.cluster = self.cluster.create(document)
                lines.append(Line(f"{document['kind']}/{document['metadata']['name']} is there", is_command=False))
        return documents, lines

    def run(self, command: str, act: Callable[[Session], Session], *, pause: float = PAUSE) -> Line:
        """Run one command."""
        session = act(Session(self.cluster))
        self.cluster = session.cluster.advance(pause)
        text = "".join(piece.text for piece in session.pieces)
        return Line(command, tuple(text.removesuffix("\n").split("\n")) if text else ())

    def take(self, way: _Way) -> Line:
        """Take one step."""
        return _COMMANDS[way.step[0]](self, way)

    def is_at(self, state: State) -> bool:
        """Return whether the cluster is the same as *state*, as far as the scope goes."""
        things = {thing.kind for thing in state.things}
        found = [thing for thing, _ in self.things() if thing.kind in things - _SCENERY]
        wanted = [_blurred(thing) for thing in state.things if thing.kind not in _SCENERY]
        return [thing.digest for thing in ordered(found)] == [thing.digest for thing in ordered(wanted)]

    def things(self) -> list[tuple[Thing, Resource]]:
        """Return what there is as atoms, and as it is."""
        world = self.cluster.world
        # Here every command takes its time, so ages are none of those that were found.
        clock = Clock({}, self.scope.soon, self.scope.time, world.now)
        names = {controller.name for controller in self.scope.controllers}
        marks: dict[tuple[str, str, str], tuple[str, ...]] = {}
        for slot in sorted(world.queue.places):
            item = world.store.get(*slot[1:])
            if slot.controller in names and item is not None and nameless(item.raw):
                marks[item.key] = (*marks.get(item.key, ()), slot.controller)
        pairs, called = Canon(clock, Vocabulary()).paired(world, marks, self._uids)
        self._uids |= {item.uid: called[item.uid] for _, item in pairs if item.uid in called and not nameless(item.raw)}
        return pairs

    def called(self, thing: Thing) -> Resource:
        """Return an object of the form that *thing* has."""
        digest = _blurred(thing).digest
        found = [item for other, item in self.things() if other.digest == digest]
        return min(found, key=lambda item: item.key)


def _blurred(thing: Thing) -> Thing:
    """Return *thing* without ages."""
    return Thing(form(thing.raw), thing.marks, thing.mentions)


# --- commands ----------------------------------------------------------------------------------------------------


def _target(going: _Going, step_: Step) -> tuple[str, Resource]:
    """Return the controller and the object of a sync."""
    if len(step_) > 2:
        return step_[1], going.called(step_[2])
    slot = step_[1]
    item = going.cluster.world.store.get(*slot[1:])
    assert item is not None
    return slot.controller, item


def _placed(item: Resource) -> str:
    """Return how *item* is named in a command."""
    namespace = "" if item.namespace in ("", DEFAULT_NAMESPACE) else f" -n {item.namespace}"
    return f"{item.kind.lower()}/{item.name}{namespace}"


def _sync(going: _Going, way: _Way) -> Line:
    controller, item = _target(going, way.step)
    before = f" --crash-before {way.outcome.crash}" if way.outcome.crash else ""
    command = f"reconcile step {controller} {_placed(item)}{before}"
    return going.run(command, lambda at: step(*_on(at, item, controller), crash_before=way.outcome.crash))


def _on(session: Session, item: Resource, controller: str) -> tuple[Session, str, str]:
    return evolve(session, namespace=item.namespace or DEFAULT_NAMESPACE), controller, f"{item.kind}/{item.name}"


def _fate(going: _Going, way: _Way) -> Line:
    _, name, thing = way.step
    pod = going.called(thing)
    usual = USUAL.get(name)
    if usual is None or not isinstance(pod, Pod) or not usual.possible(pod):
        going.strange.add(f'the fate "{name}"')
    command = f'reconcile step {KUBELET} {_placed(pod)} --fate "{name}"'

    def act(session: Session) -> Session:
        there, _, target = _on(session, pod, KUBELET)
        return fare(there, target, name, going.scope.fates)

    return going.run(command, act)


def _edit(going: _Going, way: _Way) -> Line:
    edit = going.scope.users[way.step[1]][way.step[2]]
    return going.run(edit.command, edit.act)


def _time(going: _Going, way: _Way) -> Line:
    seconds = way.step[1]
    return going.run(f"reconcile advance {seconds:g}s", lambda at: advance(at, seconds), pause=0.0)


_COMMANDS: Final[dict[str, Callable[[_Going, _Way], Line]]] = {
    "sync": _sync,
    "crash": _sync,
    "fate": _fate,
    "edit": _edit,
    "time": _time,
}

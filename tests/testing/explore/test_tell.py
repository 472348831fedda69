"""Counterexamples told: a trace to read, and a page that plays, in every word."""

import os
from pathlib import Path

import pytest
from attrs import evolve

from reconcile.cli.main import main
from reconcile.controllers.statefulset.plan import STATEFULSET
from reconcile.kubectl.session import Session
from reconcile.nodes.behaviour import Behaviour
from reconcile.nodes.fates import fates
from reconcile.testing.explore import STUCK, Edit, Finding, Scope, Story, explore, set_image, tell
from reconcile.testing.explore.scopes import wedge
from tests.checked import statefulset
from tests.testing.explore import worlds


def story(scope: Scope, name: str = STUCK) -> Story:
    finding = explore(lambda: scope).find(name)
    assert finding is not None
    return tell(scope, finding)


WEDGE = story(wedge())


def played(page: str, folder: Path) -> int:
    """What `reconcile play --check` says of a page."""
    path = folder / "page.md"
    path.write_text(page, encoding="utf-8")
    return main(["play", "--check", os.fspath(path)])


def test_the_wedge_in_words() -> None:
    """The trace says what was done, by whom and why, and where hope ends."""
    lines = WEDGE.trace().splitlines()

    assert WEDGE.exact
    assert () == WEDGE.strangers
    assert lines[0] == "stuck: from 14 of 92 states no steps lead to the goal, however many are taken (after 4 steps)"
    told = [line.strip() for line in lines]
    assert (
        told.index("all is at rest")
        < told.index("22  set image statefulset/web web=nginx:bad")
        < told.index("from here on, no steps lead to the goal")
        < told.index('26  step kubelet pod/web-2 --fate "cannot pull its image"')
        < told.index("27  set image statefulset/web web=nginx:1.26")
    )
    assert ["web-2   0/1     ImagePullBackOff   0          5s"] == [line for line in told if line.startswith("web-2  ")]


def test_the_page_plays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is a scenario that `reconcile play --check` finds to be as written."""
    monkeypatch.chdir(tmp_path)

    assert 0 == played(WEDGE.page(), tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("delete Pod/web-2:", "delete Pod/web-1:"),
        ("web=nginx:bad", "web=nginx:1.26"),
        ('$ reconcile step kubelet pod/web-2 --fate "is gone"\n', ""),
        ("ImagePullBackOff", "Running         "),
        ("--by-hand ", ""),
        ("replicas: 3", "replicas: 2"),
    ],
)
def test_an_altered_page_does_not_play(
    old: str, new: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is altered, a command or what it prints, is noticed."""
    monkeypatch.chdir(tmp_path)
    page = WEDGE.page()
    assert old in page

    assert 0 != played(page.replace(old, new), tmp_path)
    capsys.readouterr()


def test_a_crash_is_told_and_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a process between two requests is a flag of the command."""
    monkeypatch.chdir(tmp_path)
    scope = Scope(
        controllers=(STATEFULSET,),
        manifests=(statefulset("web", replicas=1),),
        crashes=("statefulset",),
        budget={"crash": 1},
    )
    crash = ("crash", "statefulset/StatefulSet/default/web", "0")

    found = tell(scope, Finding("crashed", "the process ended", (crash,)))

    assert found.exact
    assert "step statefulset statefulset/web --crash-before 1" in found.trace()
    assert 0 == played(found.page(), tmp_path)


def test_controllers_of_ones_own_are_strangers(tmp_path: Path) -> None:
    """The page says that it takes controllers that the command line does not have; the trace is there all the same."""
    greedy = story(worlds.greedy(), "replicaset_creates_no_more")

    assert greedy.exact
    assert ("the controller replicaset",) == greedy.strangers
    assert "It takes what `reconcile` does not have: the controller replicaset.\n" in greedy.page()
    assert "create Pod/web-*: 2 of 3 pods are missing" in greedy.trace()


def test_fates_of_ones_own_are_strangers() -> None:
    """So are fates of a table of one's own."""
    found = story(evolve(worlds.pair(), fates=fates([Behaviour(pull=False)], gradual=False), budget={}))

    assert ('the fate "cannot pull its image"',) == found.strangers


def test_kinds_of_ones_own() -> None:
    """An object of a kind that kubectl does not know is not created by a command, but it is there."""
    found = story(worlds.counted())

    assert found.exact
    assert "     Widget/one is there" == found.trace().splitlines()[1]
    assert "kind: Widget" in found.page()


def test_owners_that_are_gone() -> None:
    """A pod that mentions an owner that is gone is the same pod here and there."""
    assert story(worlds.dismissed(), "no_orphan_after_cascade").exact


def test_time_is_told() -> None:
    """Time that passes is a command like any other."""
    never = evolve(worlds.slept(), goal=lambda world: False)
    found = story(never)

    assert "reconcile advance 10s" in found.page()
    assert "advance 10s" in found.trace()


def test_a_way_that_no_seed_leads_along() -> None:
    """A way that cannot be gone is told as far as it goes, and says so."""

    usual, calls = set_image("rs/web", "app=app:2"), []

    def fickle(session: Session) -> Session:
        calls.append("one more")
        return usual.act(session) if len(calls) == 1 else session

    scope = evolve(worlds.pair(), users=((Edit("touch it", fickle),),), budget={})

    found = tell(scope, Finding("fickle", "it does something else each time", (("edit", "0", "0", "0"),)))

    assert not found.exact
    assert "The last steps depend on names in a way that no seed brought about.\n" in found.page()


def test_lines_that_look_like_commands() -> None:
    """Output that begins like a command or a comment is marked, so that it is read as output."""
    marked = evolve(WEDGE, lines=(evolve(WEDGE.lines[0], output=("$ no command", "# none either", "\\ no mark")),))

    assert ["\\$ no command", "\\# none either", "\\\\ no mark", "```"] == marked.page().splitlines()[-4:]

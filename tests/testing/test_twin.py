"""The second process: where it finds a controller, what it says if it does not, and what it answers."""

import io
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from reconcile import Action, Controller, Delete, Observed, Resource
from reconcile.testing import laws
from reconcile.testing.scenes import Scene, admitted, read_scene
from reconcile.testing.twin import Place, Unreachable, answer, is_second, place_of, serve, twin

SCENE = read_scene("{now: '2026-01-01T00:00:00Z', parent: {kind: Widget, metadata: {name: web}}}")


def deletes(widget: Resource, observed: Observed) -> list[Action]:
    return [Delete("Widget", widget.namespace, widget.name, "enough")]


def stumbles(widget: Resource, observed: Observed) -> list[Action]:
    raise KeyError("spec")


DELETES = Controller("deletes", "Widget", deletes)
STUMBLES = Controller("stumbles", "Widget", stumbles)


def test_plans_are_compared_as_texts() -> None:
    """An answer tells each action to a person, and whole; an exception is an answer, too."""
    ((told, whole),) = answer(DELETES, SCENE)

    assert "delete Widget/web" == told
    assert "enough" == json.loads(whole)["why"]
    assert [["raises KeyError: 'spec'", ""]] == answer(STUMBLES, SCENE)


def test_a_module_is_preferred_to_the_script_that_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A controller that stands in the running script as well is looked for in the module that defines it."""
    script = ModuleType("__main__")
    script.__file__ = "script.py"
    script.mine = DELETES  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "__main__", script)

    place = place_of(DELETES)
    assert place is not None
    assert ("DELETES", Path(__file__).name) == (place.attribute, Path(place.file).name)
    alone = Controller("alone", "Widget", deletes)
    script.alone = alone  # type: ignore[attr-defined]
    assert Place("__main__", "script.py", "alone") == place_of(alone)
    assert None is place_of(Controller("nowhere", "Widget", deletes))


def served(place: Place, *scenes: Scene) -> list[object]:
    asked = io.StringIO("".join(json.dumps(scene.document(whole=True)) + "\n" for scene in scenes))
    told = io.StringIO()
    serve(place.module, place.file, place.attribute, asked, told)
    return [json.loads(line) for line in told.getvalue().splitlines()]


@pytest.mark.parametrize("module", ["__main__", "no_such_module", "no.such.module", "tests.testing.test_twin"])
def test_the_second_process_answers_a_line_each(module: str) -> None:
    """First whether it can, then plan after plan; a file is enough to find the controller."""
    here = Place(module, __file__, "DELETES")

    assert ["", answer(DELETES, SCENE), answer(DELETES, SCENE)] == served(here, SCENE, SCENE)


def test_modules_that_can_be_imported_are(tmp_path: Path) -> None:
    """A module of an installed package is imported by its name."""
    assert [""] == served(
        Place("reconcile.controllers.ttl", str(sys.modules["reconcile.controllers.ttl"].__file__), "TTL")
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [("raise SystemExit(3)", "SystemExit: 3"), ("import nothing_of_that_name", "ModuleNotFoundError"), ("", "MINE")],
)
def test_what_cannot_be_imported_is_said(tmp_path: Path, text: str, said: str) -> None:
    """A script that exits, one that cannot be imported, one without the attribute."""
    file = tmp_path / "mine.py"
    file.write_text(text, encoding="utf-8")

    (trouble,) = served(Place("__main__", str(file), "MINE"), SCENE)

    assert said in str(trouble)
    with pytest.raises(Unreachable, match="cannot import MINE of __main__"), twin(Place("__main__", str(file), "MINE")):
        pass


def test_a_process_that_ends_is_no_answer(tmp_path: Path) -> None:
    """Whoever asks a process that has ended is told so."""
    file = tmp_path / "mine.py"
    lines = (
        "import os", "from reconcile import Controller",
        "MINE = Controller('mine', 'Widget', lambda widget, observed: os._exit(0))",
    )  # fmt: skip
    file.write_text("\n".join(lines), encoding="utf-8")

    with twin(Place("__main__", str(file), "MINE")) as other:
        for _ in range(2):
            with pytest.raises(Unreachable, match="has ended"):
                other.plan(Scene(admitted({"kind": "Widget", "metadata": {"name": "web"}}, uid="u")))


def test_no_law_is_tried_in_a_second_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that runs its tests when it is imported does not run them once more there."""
    assert not is_second()
    monkeypatch.setenv("RECONCILE_SECOND_PROCESS", "1")

    with pytest.raises(Exception, match="the second process of another test"):
        laws.check(DELETES)("test_total").debug()

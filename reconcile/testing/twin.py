"""A second process with another hash seed, which is asked for the same plans.

Sets, and maps that hash their keys, are iterated in an order that depends on PYTHONHASHSEED. A controller that lets
such an order through gives other plans, or other names, in another process. Nothing in this process can show that, so
there is a second one: it imports the controller by the file that defines it and answers scenes with plans, a line
each. Like the processes of `multiprocessing` it imports a script that is run as `__main__` once more, so what such a
script does at once must stand under `if __name__ == "__main__"`; no law is tried in a second process.
"""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TextIO

from attrs import fields, frozen

from reconcile.controller import Controller
from reconcile.model.resource import Resource
from reconcile.render import describe
from reconcile.testing.scenes import Scene, of_document

_MAIN: Final = "import sys; from reconcile.testing.twin import serve; serve(*sys.argv[1:])"
_SECOND: Final = "RECONCILE_SECOND_PROCESS"


class Unreachable(RuntimeError):  # noqa: N818 - it says what is the case
    """Another process cannot import the controller; the text says why."""


def is_second() -> bool:
    """Return whether this process is the second one."""
    return _SECOND in os.environ


def canonical(value: Any) -> Any:
    """Return *value*, an action or part of one, as JSON in which equal values are equal texts."""
    if isinstance(value, Resource):
        return canonical(value.raw)
    if isinstance(value, dict):
        return {str(key): canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    if hasattr(type(value), "__attrs_attrs__"):
        named = {field.name: canonical(getattr(value, field.name)) for field in fields(type(value))}
        return {"": type(value).__name__, **named}
    return value if isinstance(value, str | int | float | bool | None) else str(value)


Answer = list[list[str]]
"""A plan as texts: each action described to a person, and whole as JSON."""


def answer(controller: Controller, scene: Scene) -> Answer:
    """Return the plan of *controller* for *scene*; an exception is a plan of its own."""
    try:
        plan = list(controller.reconcile(scene.desired, scene.observed()))
        return [[describe(action), json.dumps(canonical(action), sort_keys=True)] for action in plan]
    except Exception as error:
        return [[f"raises {type(error).__name__}: {error}", ""]]


# --- finding the controller ----------------------------------------------------------------------------------------


@frozen
class Place:
    """Where a controller can be found: a module, its file, and the name of the attribute."""

    module: str
    file: str
    attribute: str


def place_of(controller: Controller) -> Place | None:
    """Return where *controller* is an attribute of a module that has a file; None if it is nowhere.

    Last of all it is looked for in `__main__`, which often enough only runs what another module defines.
    """
    for name in sorted(sys.modules, key=lambda name: (name == "__main__", name)):
        module = sys.modules[name]
        file = getattr(module, "__file__", None)
        if isinstance(module, ModuleType) and file and file.endswith(".py"):
            for attribute, value in list(vars(module).items()):
                if value is controller:
                    return Place(name, file, attribute)
    return None


def _load(place: Place) -> Controller:
    if place.module != "__main__" and _is(place):
        module = importlib.import_module(place.module)
    else:
        spec = importlib.util.spec_from_file_location("_twin", place.file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["_twin"] = module
        spec.loader.exec_module(module)
    found: Controller = getattr(module, place.attribute)
    return found


def _is(place: Place) -> bool:
    """Whether importing the module by its name gives that file."""
    try:
        spec = importlib.util.find_spec(place.module)
    except (ImportError, ValueError):
        return False
    return spec is not None and spec.origin is not None and Path(spec.origin).samefile(place.file)


# --- the second process --------------------------------------------------------------------------------------------


class Twin:
    """A second process that plans for the same controller."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, question: str) -> Any:
        """Send a line and return what is answered to it. Raises Unreachable if the process has ended."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(question + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Unreachable("the other process has ended") from None
        return self.hear()

    def hear(self) -> Any:
        """Return what the process says next."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Unreachable("the other process has ended")
        return json.loads(line)

    def plan(self, scene: Scene) -> Answer:
        """Return what `answer` gives there."""
        found: Answer = self.ask(json.dumps(scene.document(whole=True)))
        return found


@contextmanager
def twin(place: Place) -> Iterator[Twin]:
    """Start a second process for the controller at *place*, with a hash seed that this one does not have.

    Raises Unreachable if it cannot import the controller.
    """
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    path = os.pathsep.join([entry for entry in sys.path if entry])
    process = subprocess.Popen(  # noqa: S603 - this interpreter, our own code
        [sys.executable, "-c", _MAIN, place.module, place.file, place.attribute],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path, _SECOND: "1"},
    )
    try:
        with process:
            found = Twin(process)
            trouble = found.hear()
            if trouble:
                raise Unreachable(f"another process cannot import {place.attribute} of {place.module}: {trouble}")
            yield found
            assert process.stdin is not None
            with suppress(BrokenPipeError):  # it may have ended already
                process.stdin.close()
    finally:
        process.kill()


def serve(module: str, file: str, attribute: str, asked: TextIO | None = None, told: TextIO | None = None) -> None:
    """Say whether the controller can be imported, then answer scenes, a line each, with plans, until there are no more:
    what the second process does."""
    source, sink = asked or sys.stdin, told or sys.stdout
    controller, trouble = _loaded(Place(module, file, attribute))
    print(json.dumps(trouble), file=sink, flush=True)
    for line in source if controller is not None else ():
        assert controller is not None
        print(json.dumps(answer(controller, of_document(json.loads(line)))), file=sink, flush=True)


def _loaded(place: Place) -> tuple[Controller | None, str]:
    """Return the controller at *place*, or None and why it cannot be had; a script may even exit."""
    try:
        with redirect_stdout(sys.stderr):
            return _load(place), ""
    except (Exception, SystemExit) as error:
        return None, f"{type(error).__name__}: {error}"

"""A second process with another hash seed, which is asked for the same plans.

Sets, and maps that hash their keys, are iterated in an order that depends on PYTHONHASHSEED. A controller that lets
such an order through gives other plans, or other names, in another process. Nothing in this process can show that, so
there is a second one: it imports the controller by the file that defines it and answers scenes with plans, a line
each.
"""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TextIO

from attrs import fields, frozen

from reconcile.controller import Controller
from reconcile.model.resource import Resource
from reconcile.testing.scenes import Scene, read_scene

_MAIN: Final = "import sys; from reconcile.testing.twin import serve; serve(*sys.argv[1:])"


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


def answer(controller: Controller, scene: Scene) -> str:
    """Return the plan of *controller* for *scene* as one line."""
    plan = controller.reconcile(scene.desired, scene.observed())
    return json.dumps([canonical(action) for action in plan], sort_keys=True)


# --- finding the controller ----------------------------------------------------------------------------------------


@frozen
class Place:
    """Where a controller can be found: a module, its file, and the name of the attribute."""

    module: str
    file: str
    attribute: str


def place_of(controller: Controller) -> Place | None:
    """Return where *controller* is an attribute of a module that has a file; None if it is nowhere."""
    for name in sorted(sys.modules):
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

    def plan(self, scene: Scene) -> str:
        """Return what `answer` gives there. Raises RuntimeError if the process has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(json.dumps(scene.document(whole=True))) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError("another process cannot import the controller; what it said stands above")
        return str(json.loads(line))


@contextmanager
def twin(place: Place) -> Iterator[Twin]:
    """Start a second process for the controller at *place*, with a hash seed that this one does not have."""
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    path = os.pathsep.join([entry for entry in sys.path if entry])
    process = subprocess.Popen(  # noqa: S603 - this interpreter, our own code
        [sys.executable, "-c", _MAIN, place.module, place.file, place.attribute],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
    )
    try:
        with process:
            yield Twin(process)
            assert process.stdin is not None
            process.stdin.close()
    finally:
        process.kill()


def serve(module: str, file: str, attribute: str, asked: TextIO | None = None, told: TextIO | None = None) -> None:
    """Answer scenes, a line each, with plans, until there are no more: what the second process does."""
    source, sink = asked or sys.stdin, told or sys.stdout
    with redirect_stdout(sys.stderr):
        controller = _load(Place(module, file, attribute))
    for line in source:
        sink.write(json.dumps(answer(controller, read_scene(json.loads(line)))) + "\n")
        sink.flush()

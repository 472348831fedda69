"""The architecture, held by its imports: which layer may see which, and what is pure."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "reconcile"

LAYERS = (
    ("model",),
    ("outcome", "actions", "children", "daemons", "view", "script", "controller", "render"),
    ("controllers", "nodes"),
    ("admission", "patch"),
    ("store",),
    ("engine", "strict_json", "yaml_json"),
    ("manifest", "snapshot", "sync", "cluster"),
    ("tables", "kubectl", "testing"),
    ("cli", "__main__"),
)
"""From the bottom to the top; a module imports its own layer and those below it."""

SEEN_BY_CONTROLLERS = frozenset(
    {"model", "actions", "children", "daemons", "view", "script", "controller", "outcome", "controllers", "nodes"}
)
"""What controllers and nodes may import of the package: models, actions and views."""

IMPURE_PARTS = frozenset({"__init__", "__main__", "manifest", "yaml_json", "testing", "cli"})
"""What reads files, streams or the environment, and the façade, which imports when it is asked to."""

FOR_CONTROLLERS = frozenset(
    {
        *("attrs", "bisect", "collections", "copy", "datetime", "decimal", "enum", "fnmatch", "functools", "hashlib"),
        *("heapq", "itertools", "json", "math", "operator", "re", "typing"),
    }
)
"""Modules by which nothing can reach beyond its arguments."""

FOR_PURE = FOR_CONTROLLERS | {
    *(
        "calendar",
        "croniter",
        "importlib.metadata",
        "importlib.resources",
        "ipaddress",
        "pyrsistent",
        "urllib.parse",
        "yaml",
    ),
    "zoneinfo",
}
"""And those that compute, or read what is packaged with the program."""

REACHING = frozenset(
    {
        *("__import__", "breakpoint", "compile", "delattr", "eval", "exec", "globals", "input", "locals", "open"),
        *("print", "setattr", "vars"),
    }
)
"""Built-in functions by which a function could."""

CLOCKS = frozenset({"now", "utcnow", "today"})
"""What reads the clock when it is called on `datetime` or `date`."""

ONLY_IN = {
    "hypothesis": {"testing"},
    "yaml": {"yaml_json", "tables", "cli"},
    "click": {"cli"},
    "filelock": {"cli"},
    "platformdirs": {"cli"},
    "pyrsistent": {"children", "daemons", "store", "engine"},
}


def modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def part_of(path: Path) -> str:
    """The top-level module or package that a file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@cache
def imports(path: Path) -> tuple[tuple[str, bool], ...]:
    """Every module that a file imports, and whether it does so only for the type checker."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[tuple[str, bool]]:
    typing_only = {
        inner
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            # What is imported from a package may be one of its modules.
            module = "." * node.level + (node.module or "")
            yield from ((f"{module}.{alias.name}", node in typing_only) for alias in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node in typing_only


def level(part: str) -> int:
    """Which layer a part of the package is in; its façade, and what that offers, stand above all."""
    return next((index for index, layer in enumerate(LAYERS) if part in layer), len(LAYERS))


def own(path: Path) -> Iterator[str]:
    """The parts of the package that a file imports."""
    for name, _ in imports(path):
        head, *rest = name.split(".")
        if head == "reconcile":
            yield rest[0] if rest else "__init__"


def test_imports_go_down() -> None:
    """No module imports a layer above its own; the façade stands outside the layers."""
    wrong = [
        f"{path.relative_to(ROOT)} imports reconcile.{part}"
        for path in modules()
        if part_of(path) != "__init__"
        for part in own(path)
        if level(part) > level(part_of(path))
    ]

    assert [] == wrong


def dotted(path: Path) -> str:
    """The name by which a file is imported."""
    return ".".join(("reconcile", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")


def test_no_imports_run_in_a_circle() -> None:
    """Of what modules import at any time, inside functions too, nothing leads back to where it started."""
    names = {dotted(path) for path in modules()}
    graph = {
        dotted(path): {name if name in names else name.rpartition(".")[0] for name, _ in imports(path)} & names
        for path in modules()
    }

    assert len(names) == len(list(TopologicalSorter(graph).static_order()))


def reaches_out(path: Path, allowed: frozenset[str]) -> list[str]:
    """By what a file could reach beyond the arguments of its functions: modules, built-in functions, clocks."""
    found = [name for name, _ in imports(path) if not name.startswith("reconcile.") and not allows(allowed, name)]
    names = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Name)]
    found += sorted(REACHING & {node.id for node in names} - {n.id for n in names if isinstance(n.ctx, ast.Store)})
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Global | ast.Nonlocal):
            found.append(f"{type(node).__name__.lower()} {', '.join(node.names)}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
            found.append(f".{node.func.attr}()")
    return found


def allows(allowed: frozenset[str], name: str) -> bool:
    """Whether *name*, a module or what is in one, is allowed, or what it lies in is."""
    return name in allowed or ("." in name and allows(allowed, name.rpartition(".")[0]))


def forbidden(path: Path) -> list[str]:
    """What a controller must not use but *path* does."""
    seen = [f"reconcile.{part}" for part in own(path) if part not in SEEN_BY_CONTROLLERS]
    return seen + reaches_out(path, FOR_CONTROLLERS)


def test_controllers_see_models_actions_and_views_only() -> None:
    """Nothing under controllers/ or nodes/ uses the store, the interpreter, a clock, randomness or logging."""
    wrong = {str(path): forbidden(path) for path in modules() if part_of(path) in ("controllers", "nodes")}

    assert {} == {path: names for path, names in wrong.items() if names}


@pytest.mark.parametrize(
    "line",
    [
        "import time",
        "from random import choice",
        "import logging",
        "from reconcile.store.store import Store",
        "from reconcile import store",
        "from reconcile import Cluster",
        "import reconcile",
        "from . import _claim",
        "import os",
        "from datetime import datetime; datetime.now()",
        "import datetime; datetime.date.today()",
        "import importlib; importlib.import_module('time')",
        "__import__('time')",
        "import builtins",
        "exec('import time')",
        "open('/tmp/x')",
        "print('x')",
        "import pyrsistent",
        "def f():\n    global x\n    x = 1",
        "def f():\n    import threading",
    ],
)
def test_an_impure_controller_is_found(tmp_path: Path, line: str) -> None:
    """The check above fails for a controller that uses a clock, randomness, logging, the store, or a way round."""
    file = tmp_path / "widget.py"
    file.write_text(line)

    assert forbidden(file)


def test_a_pure_controller_passes(tmp_path: Path) -> None:
    """It does not fail for what controllers need."""
    file = tmp_path / "widget.py"
    file.write_text(
        "import re\nfrom datetime import datetime\nfrom collections.abc import Mapping\n"
        "from reconcile.model.clock import later\nfrom reconcile.view import Observed\n"
        "def f(observed):\n    return later(observed.now, 1)\n"
    )

    assert [] == forbidden(file)


def test_pure_layers_reach_for_nothing() -> None:
    """Below the command line, but for what reads manifests, nothing can reach beyond its arguments."""
    wrong = {
        str(path.relative_to(ROOT)): reaches_out(path, FOR_PURE)
        for path in modules()
        if part_of(path) not in IMPURE_PARTS
    }

    assert {} == {path: names for path, names in wrong.items() if names}


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_library_stays_in_its_place(library: str) -> None:
    """Optional and heavy libraries are imported only by the part that needs them."""
    places = {part_of(path) for path in modules() for name, _ in imports(path) if name.partition(".")[0] == library}

    assert places <= ONLY_IN[library]


def test_no_relative_imports() -> None:
    """Every import names its module in full."""
    wrong = [
        str(path)
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert [] == wrong

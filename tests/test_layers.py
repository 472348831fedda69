"""The architecture, held by its imports: which layer may see which, and what is pure."""

import ast
from collections.abc import Iterator
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
    ("cli",),
)
"""From the bottom to the top; a module imports its own layer and those below it."""

SEEN_BY_CONTROLLERS = frozenset(
    {"model", "actions", "children", "daemons", "view", "script", "controller", "outcome", "controllers", "nodes"}
)
"""What controllers and nodes may import of the package: models, actions and views."""

PURE = ("model", "controllers", "nodes", "admission", "patch", "store", "engine", "tables", "kubectl")
IMPURE = frozenset(
    {
        *("asyncio", "concurrent", "http", "io", "logging", "multiprocessing", "os", "random", "secrets", "select"),
        *(
            "shutil",
            "signal",
            "socket",
            "subprocess",
            "sys",
            "tempfile",
            "threading",
            "time",
            "urllib",
            "uuid",
            "warnings",
        ),
    }
)
"""Modules by which a function could reach beyond its arguments."""

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


def part_of(path: Path) -> str:
    """The top-level module or package that a file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every module that a file imports, and whether it does so only for the type checker."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node in typing_only
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node in typing_only


def level(part: str) -> int:
    return next(index for index, layer in enumerate(LAYERS) if part in layer)


def own(path: Path) -> Iterator[str]:
    """The parts of the package that a file imports."""
    for name, _ in imports(path):
        head, *rest = name.split(".")
        if head == "reconcile" and rest:
            yield rest[0]


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


def reaches_out(name: str) -> bool:
    """Whether a function could reach beyond its arguments by module *name*; taking texts apart is no reach."""
    return name.partition(".")[0] in IMPURE and name != "urllib.parse"


def forbidden(path: Path) -> list[str]:
    """What a controller must not import but *path* does."""
    seen = [f"reconcile.{part}" for part in own(path) if part not in SEEN_BY_CONTROLLERS]
    return seen + [name for name, _ in imports(path) if reaches_out(name)]


def test_controllers_see_models_actions_and_views_only() -> None:
    """Nothing under controllers/ or nodes/ imports the store, the interpreter, a clock, randomness or logging."""
    wrong = {str(path): forbidden(path) for path in modules() if part_of(path) in ("controllers", "nodes")}

    assert {} == {path: names for path, names in wrong.items() if names}


@pytest.mark.parametrize(
    "line", ["import time", "from random import choice", "import logging", "from reconcile.store.store import Store"]
)
def test_an_impure_controller_is_found(tmp_path: Path, line: str) -> None:
    """The check above fails for a controller that imports a clock, randomness, logging or the store."""
    file = tmp_path / "widget.py"
    file.write_text(line)

    assert forbidden(file)


def test_pure_layers_reach_for_nothing() -> None:
    """Below the command line nothing imports a module by which it could reach beyond its arguments."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules()
        if part_of(path) in PURE
        for name, _ in imports(path)
        if reaches_out(name)
    ]

    assert [] == wrong


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
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert [] == wrong

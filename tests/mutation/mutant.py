"""A pytest plugin that puts one mutated module in the place of the real one: `pytest -p tests.mutation.mutant`.

Which module, and its text, come from the JSON file that RECONCILE_MUTANT names. No file of the project is touched, so
many runs go side by side.
"""

import json
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

VARIABLE: Final = "RECONCILE_MUTANT"


class _Loader(SourceFileLoader):
    """Loads one module from another text."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self._text = text

    def get_code(self, fullname: str) -> CodeType:
        """Compile the text, past every cache."""
        code = compile(self._text, self.path, "exec", dont_inherit=True)
        assert isinstance(code, CodeType)
        return code


class _Finder(MetaPathFinder):
    """Finds the one module."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the module is, with the loader that knows the other text."""
        if fullname != self._name:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin, self._text)
        return spec


def install(name: str, text: str) -> None:
    """Load the module *name* from *text* when it is imported next."""
    assert name not in sys.modules, f"{name} was imported before it could be replaced"
    sys.meta_path.insert(0, _Finder(name, text))


if VARIABLE in os.environ:
    install(**json.loads(Path(os.environ[VARIABLE]).read_text(encoding="utf-8")))

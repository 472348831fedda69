"""Puts the code of a mutant into a module that is imported already.

Rules
1. That works for what stands inside of functions: a function keeps its identity, so whoever has got hold of it, by
   import, in a table or under a decorator, runs the new code.
2. A mutant that changes anything else, a constant or a table, has to be there before the module is imported.
"""

import gc
import sys
from collections.abc import Iterator
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

Pair = tuple[CodeType, CodeType]
"""The code of a function as it is and as it is to be."""


def swap(name: str, text: str) -> bool:
    """Give the functions of the module *name* the code that they have in *text*; return whether that was all.

    If it was not, nothing has been changed.
    """
    module = sys.modules.get(name)
    if module is None or module.__file__ is None:
        return False
    before = compile(Path(module.__file__).read_text(encoding="utf-8"), module.__file__, "exec", dont_inherit=True)
    after = compile(text, module.__file__, "exec", dont_inherit=True)
    pairs = list(_pairs(before, after))
    if None in pairs:
        return False
    functions = [item for item in gc.get_objects() if isinstance(item, FunctionType) and item.__module__ == name]
    found = [
        (item, new) for item in functions for pair in pairs if pair and item.__code__ == pair[0] for new in pair[1:]
    ]
    if {old for pair in pairs if pair for old in pair[:1]} - {item.__code__ for item, _ in found}:
        return False
    if any(item.__code__.co_freevars != new.co_freevars for item, new in found):
        return False
    for item, new in found:
        item.__code__ = new
    return True


def _pairs(before: CodeType, after: CodeType) -> Iterator[Pair | None]:
    """Yield the functions that differ between two bodies of a module or class; None for anything else that does."""
    if _frame(before) != _frame(after):
        yield None
        return
    for old, new in zip(before.co_consts, after.co_consts, strict=True):
        if not isinstance(old, CodeType):
            continue
        if not old.co_flags & CO_OPTIMIZED:
            yield from _pairs(old, new)
        elif _shape(old) != _shape(new):
            yield old, new


def _frame(code: CodeType) -> Any:
    """Return what runs when a module or class is made, without what stands inside of its functions."""
    consts = [item.co_qualname if isinstance(item, CodeType) else (type(item), item) for item in code.co_consts]
    return code.co_code, code.co_names, consts


def _shape(code: CodeType) -> Any:
    """Return all that *code* does, but not on which lines."""
    consts = [_shape(item) if isinstance(item, CodeType) else (type(item), item) for item in code.co_consts]
    return code.co_code, code.co_names, code.co_varnames, code.co_freevars, consts

"""`-o jsonpath=...`: kubectl's JSONPath templates.

Rules
1. Text outside braces is printed as it is; `{...}` is a path, a quoted text, or `range ... end`.
2. A path finds any number of values; they are printed with a blank between them, lists and maps as JSON.
3. `$`, `@` and a leading dot all mean the current object: the document, or what `range` or a filter looks at.
4. A name that is not there finds nothing; an index that is not there is an error.

A path is compiled to a list of steps; a step is a function from one value to the values it leads to.
"""

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any, Final

from attrs import frozen

from reconcile.model.json import Json
from reconcile.tables.documents import compact_json, json_text

Step = Callable[[Json], Iterable[Json]]
Path = tuple[Step, ...]


class JsonPathError(ValueError):
    """A template that does not parse, or an index that does not exist."""


@frozen
class _Text:
    text: str


@frozen
class _Find:
    path: Path


@frozen
class _Range:
    path: Path
    body: tuple["_Part", ...]


_Part = _Text | _Find | _Range


def jsonpath_text(template: str, document: Json, *, as_json: bool = False) -> str:
    """Return what `-o jsonpath=<template>` prints for *document*.

    >>> jsonpath_text('{range .items[*]}{.name}{"\\\\n"}{end}', {"items": [{"name": "a"}, {"name": "b"}]})
    'a\\nb\\n'
    """
    return "".join(_print(part, document, as_json=as_json) for part in _template(template))


def find(expression: str, document: Json) -> list[Json]:
    """Return what a relaxed path, such as `.metadata.name` or `{.metadata.name}`, finds in *document*.

    >>> find(".a[*].b", {"a": [{"b": 1}, {"b": 2}]})
    [1, 2]
    """
    return _walk(_relaxed(expression), document)


def _print(part: _Part, current: Json, *, as_json: bool) -> str:
    match part:
        case _Text(text):
            return text
        case _Find(path):
            found = _walk(path, current)
            return json_text(found) if as_json else " ".join(map(_printed, found))
        case _Range(path, body):
            return "".join(_print(inner, item, as_json=as_json) for item in _walk(path, current) for inner in body)


_SCALARS: Final = {None: "null", True: "true", False: "false"}


def _printed(value: Json) -> str:
    if isinstance(value, dict | list):
        return compact_json(value)
    return _SCALARS[value] if value is None or isinstance(value, bool) else str(value)


def _walk(path: Path, value: Json) -> list[Json]:
    found = [value]
    for step in path:
        found = [item for one in found for item in step(one)]
    return found


# Steps


def _field(name: str, value: Json) -> Iterator[Json]:
    if isinstance(value, dict) and name in value:
        yield value[name]


def _every(value: Json) -> Iterator[Json]:
    if isinstance(value, dict):
        yield from (value[key] for key in sorted(value))
    elif isinstance(value, list):
        yield from value


def _below(value: Json) -> Iterator[Json]:
    """Yield *value* and everything under it that holds something, the upper first."""
    inner = list(_every(value))
    if inner:
        yield value
        for item in inner:
            yield from _below(item)


def _slice(start: int | None, stop: int | None, step: int, value: Json) -> Iterator[Json]:
    if value is None:
        return
    if not isinstance(value, list):
        raise JsonPathError(f"{_printed(value)} is not array or slice")
    size = len(value)
    first = 0 if start is None else start + size if start < 0 else start
    last = size if stop is None else stop + size if stop < 0 else stop
    if first == last:
        return
    if not 0 <= first < size or not 0 <= last <= size:
        bad = first if not 0 <= first < size else last - 1
        raise JsonPathError(f"array index out of bounds: index {bad}, length {size}")
    yield from value[first:last:step]


def _index(index: int, value: Json) -> Iterator[Json]:
    size = len(value) if isinstance(value, list) else 0
    if isinstance(value, list) and not -size <= index < size:
        raise JsonPathError(f"array index out of bounds: index {index}, length {size}")
    yield from _slice(index, index + 1 or None, 1, value)


def _union(steps: tuple[Step, ...], value: Json) -> Iterator[Json]:
    for step in steps:
        yield from step(value)


_COMPARE: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


def _filter(left: Path, compare: Callable[[Any, Any], bool], right: Path, value: Json) -> Iterator[Json]:
    for item in _every(value):
        ours, theirs = _walk(left, item), _walk(right, item)
        if len(ours) > 1 or len(theirs) > 1:
            raise JsonPathError("can only compare one element at a time")
        if ours and theirs and _compared(compare, ours[0], theirs[0]):
            yield item


def _compared(compare: Callable[[Any, Any], bool], left: Json, right: Json) -> bool:
    try:
        return compare(left, right)
    except TypeError:
        raise JsonPathError("incompatible types for comparison") from None


def _exists(path: Path, value: Json) -> Iterator[Json]:
    yield from (item for item in _every(value) if _walk(path, item))


def _constant(constant: Json, _: Json) -> Iterator[Json]:
    yield constant


# Parsing

_QUOTED: Final = r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'"
_BRACES: Final = re.compile(rf"\{{((?:{_QUOTED}|[^{{}}\"'])*)\}}")
_NAME: Final = re.compile(r"(?:\\.|[^\s.,\[\]$@{}()\\=!<>])+")
_BRACKET: Final = re.compile(rf"\[((?:{_QUOTED}|\[(?:{_QUOTED}|[^\[\]])*\]|[^\[\]\"'])*)\]")
_COMPARISON: Final = re.compile(rf"((?:{_QUOTED}|[^\"'=!<>])*)(?:(==|!=|<=|>=|<|>)(.*))?", re.DOTALL)
_PARTS: Final = re.compile(rf"(?:{_QUOTED}|[^,\"'])+")
_SLICE: Final = re.compile(r"(-?\d*)(?::(-?\d*)(?::(-?\d*))?)?")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_CONTROL: Final = {"n": "\n", "t": "\t", "r": "\r"}


@lru_cache(maxsize=256)
def _template(template: str) -> tuple[_Part, ...]:
    stack: list[list[_Part]] = [[]]
    paths: list[Path] = []
    for literal, action in _split(template):
        stack[-1].extend([_Text(literal)] if literal else [])
        word = action.strip()
        if word.split(maxsplit=1)[:1] == ["range"]:
            paths.append(_path(word.removeprefix("range").strip()))
            stack.append([])
        elif word == "end":
            if not paths:
                raise JsonPathError("not in range, nothing to end")
            body = tuple(stack.pop())
            stack[-1].append(_Range(paths.pop(), body))
        else:
            stack[-1].extend(_action(word))
    if paths:
        raise JsonPathError("unterminated range")
    return tuple(stack[0])


def _split(template: str) -> Iterator[tuple[str, str]]:
    """Yield the text before each action, and the action; the last action is empty."""
    place = 0
    for found in _BRACES.finditer(template):
        yield _literal(template[place : found.start()]), found[1]
        place = found.end()
    yield _literal(template[place:]), ""


def _literal(text: str) -> str:
    if "{" in text:
        raise JsonPathError("unclosed action")
    return text


def _action(text: str) -> Iterator[_Part]:
    """Yield what one pair of braces asks for: texts and paths, one after the other."""
    while text := text.strip():
        found = re.match(_QUOTED, text)
        if found:
            yield _Text(_unquote(found[0]))
            text = text[found.end() :]
        else:
            steps, text = _steps(text)
            yield _Find(tuple(steps))


def _path(text: str) -> Path:
    steps, rest = _steps(text)
    if rest.strip():
        raise JsonPathError(f"unrecognized character in action: {rest[:1]!r}")
    return tuple(steps)


@lru_cache(maxsize=256)
def _relaxed(expression: str) -> Path:
    """Return the path of an expression that may lack its braces and its first dot."""
    inner = expression[1:-1] if expression[:1] == "{" and expression[-1:] == "}" else expression
    if not inner or "{" in inner or "}" in inner:
        raise JsonPathError(f"unexpected path string, expected a 'name1.name2' or '.name1.name2', got '{expression}'")
    return _path(inner if inner[0] in ".[$@" else f".{inner}")


def _steps(text: str) -> tuple[list[Step], str]:
    """Return the steps at the start of *text*, and what follows them."""
    steps: list[Step] = []
    while text and not text[0].isspace():
        step, text = _step(text)
        steps.extend(step)
        if text[:1] in ("'", '"'):
            break
    return steps, text


def _step(text: str) -> tuple[list[Step], str]:
    if text[0] in "$@":
        return [], text[1:]
    if text[0] == "[":
        found = _BRACKET.match(text)
        if found is None:
            raise JsonPathError("unterminated array")
        return [_bracket(found[1].strip())], text[found.end() :]
    if text.startswith(".."):
        rest = text[2:]
        return [_below], rest if rest[:1] == "[" else f".{rest}"
    if text[0] != ".":
        raise JsonPathError(f"unrecognized character in action: {text[0]!r}")
    found = _NAME.match(text, 1)
    if found is None:
        return [], text[1:]
    name = _ESCAPE.sub(r"\1", found[0])
    return [_every if name == "*" else partial(_field, name)], text[found.end() :]


def _bracket(text: str) -> Step:
    """Return the step between brackets: a filter, names, indexes or a slice."""
    if text.startswith("?(") and text.endswith(")"):
        return _filtered(text[2:-1].strip())
    if text in ("*", ":"):
        return partial(_slice, None, None, 1)
    parts = [part.strip() for part in _PARTS.findall(text)]
    if len(parts) > 1:
        return partial(_union, tuple(map(_bracket, parts)))
    if text[:1] in ("'", '"'):
        return partial(_field, _unquote(text))
    found = _SLICE.fullmatch(text)
    if found is None or not text:
        raise JsonPathError(f"invalid array index {text}")
    start, stop, step = (int(number) if number else None for number in found.groups())
    if start is not None and ":" not in text:
        return partial(_index, start)
    if step is not None and step <= 0:
        raise JsonPathError("step must be > 0")
    return partial(_slice, start, stop, step or 1)


def _filtered(text: str) -> Step:
    found = _COMPARISON.fullmatch(text)
    if found is None:
        raise JsonPathError(f"unrecognized filter {text}")
    left, sign, right = found.groups()
    if sign is None:
        return partial(_exists, _operand(left))
    return partial(_filter, _operand(left), _COMPARE[sign], _operand(right))


_WORDS: Final[Mapping[str, Json]] = {"true": True, "false": False}


def _operand(text: str) -> Path:
    text = text.strip()
    if text[:1] in ("'", '"'):
        return (partial(_constant, _unquote(text)),)
    if text in _WORDS:
        return (partial(_constant, _WORDS[text]),)
    if re.fullmatch(r"[-+]?\d+(\.\d+)?", text):
        return (partial(_constant, float(text) if "." in text else int(text)),)
    return _path(text)


def _unquote(text: str) -> str:
    """Return a quoted text without its quotes and escapes."""
    return _ESCAPE.sub(lambda found: _CONTROL.get(found[1], found[1]), text[1:-1])

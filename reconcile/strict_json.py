"""JSON text to frozen JSON, strictly: what YAML's stricter sister leaves open is an error, with its place.

Rules
1. A text may hold several values, one after the other, as `kubectl` takes them.
2. A key that occurs twice, NaN, infinity, a number out of range, half of a surrogate pair and too deep a nesting are
   errors with line and column.
3. The parser is the standard library's, at C speed. It does not say where it was when a hook refuses something, so the
   place is looked for afterwards, token by token, in the rare text that is refused.
"""

import json
import re
from typing import Any, Final, NoReturn

from attrs import define, field

from reconcile.model.json import Json, freeze

MAX_DEPTH: Final = 100
"""How deep a document may nest; no object of the API comes near it."""
MAX_DIGITS: Final = 400
"""How long a number may be: longer than any that is one."""
MAX_DOCUMENTS: Final = 20_000
"""How many documents one text may hold."""

_CONSTANTS: Final = ("NaN", "Infinity", "-Infinity")
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_SOLID: Final = re.compile(r"[^ \t\n\r]")
_TOO_DEEP: Final = f"nested too deep; at most {MAX_DEPTH} levels are taken"


class TextError(ValueError):
    """A text that is no YAML or JSON that we take; says where and why."""


class _Fault(Exception):  # noqa: N818 - a signal to look for the place
    """Something that JSON's grammar allows and we do not."""


def read_json(text: str) -> list[Json] | None:
    """Return the values of *text*, frozen; None if it is no JSON at all.

    >>> read_json('{"a": [1]} {"b": 1e3}')
    [{'a': [1]}, {'b': 1000}]

    Raises TextError.
    """
    try:
        return _values(text)
    except json.JSONDecodeError:
        return None
    except (_Fault, RecursionError):
        raise TextError(_Search(text).fault()) from None


def _values(text: str) -> list[Json]:
    found: list[Json] = []
    position = _skip(text, 0)
    while position < len(text):
        value, position = _DECODER.raw_decode(text, position)
        if _depth(value) > MAX_DEPTH:
            raise _Fault
        found.append(freeze(value))
        if len(found) > MAX_DOCUMENTS:
            raise TextError(f"{place(text, position)}: more than {MAX_DOCUMENTS} documents")
        position = _skip(text, position)
    if "\\ud" in text.lower() and not _has_only_characters(found):
        raise _Fault
    return found


def _skip(text: str, position: int) -> int:
    match = _SOLID.search(text, position)
    return match.start() if match else len(text)


def _depth(value: Json) -> int:
    level, depth = [value], 0
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [
            item
            for outer in level
            if isinstance(outer, dict | list)
            for item in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth


def _has_only_characters(value: Json) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


# --- what the parser asks ----------------------------------------------------------------------------------------


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Fault
    return found


def _no_constant(_: str) -> NoReturn:
    raise _Fault


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise _Fault
    return int(text)


def _float(text: str) -> int | float:
    try:
        return number(text)
    except OverflowError:
        raise _Fault from None


def number(text: str) -> int | float:
    """Return the number that *text* is: a whole one is an integer, however it is written, as kubectl sends it.

    >>> number("2.50"), number("1e3")
    (2.5, 1000)

    Raises OverflowError for one that is out of range.
    """
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise OverflowError(f"{text[:40]} is out of range")
    # Up to here Go writes a floating-point number without an exponent, so that it can be read as an integer.
    return int(value) if value.is_integer() and abs(value) < 1e21 else value


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_integer, parse_float=_float
)


# --- where it was ------------------------------------------------------------------------------------------------


@define
class _Search:
    """Looks for the first fault of a text that is JSON up to there."""

    text: str
    open: list[set[str] | None] = field(factory=list)
    """The collections that a token is in: the keys of a map so far; None for a list."""
    is_key: bool = False

    def fault(self) -> str:
        problems = ((match.start(), self.step(match[0])) for match in _TOKEN.finditer(self.text))
        faults = (f"{place(self.text, position)}: {problem}" for position, problem in problems if problem)
        return next(faults, _TOO_DEEP)  # without a fault it was the stack that had no room left

    def step(self, word: str) -> str:
        match word[0]:
            case "{" | "[":
                self.open.append(set() if word == "{" else None)
                self.is_key = word == "{"
                return _TOO_DEEP if len(self.open) > MAX_DEPTH else ""
            case "}" | "]":
                self.open.pop()
            case ",":
                self.is_key = self.open[-1] is not None
            case ":":
                self.is_key = False
            case '"':
                return self.string(json.loads(word))
            case _:
                return _of_word(word)
        return ""

    def string(self, text: str) -> str:
        if not _has_only_characters(text):
            return "half of a surrogate pair is no character"
        keys = self.open[-1] if self.open and self.is_key else None
        if keys is None:
            return ""
        if text in keys:
            return f"duplicate key {json.dumps(text, ensure_ascii=False)}"
        keys.add(text)
        return ""


def _of_word(word: str) -> str:
    if word in _CONSTANTS:
        return f"{word} is no JSON number"
    if word in ("true", "false", "null"):
        return ""
    if len(word) > MAX_DIGITS:
        return "a number is too long"
    try:
        number(word)
    except OverflowError as error:
        return str(error)
    return ""


def place(text: str, position: int) -> str:
    """Return *position* as a person finds it.

    >>> place("ab\\ncd", 4)
    'line 2, column 2'
    """
    before = text[:position]
    return f"line {before.count(chr(10)) + 1}, column {position - before.rfind(chr(10))}"

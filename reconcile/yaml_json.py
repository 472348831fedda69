"""YAML and JSON text to frozen JSON, strictly: what kubectl reads, and nothing that could mean two things.

Rules
1. YAML 1.1 as kubectl reads it: `yes` and `on` are true, 0644 is octal, dates stay text, keys become text. Base-sixty
   numbers are text, for nobody means them.
2. A key that occurs twice, NaN, infinity, binary data and unknown tags are errors with line and column.
3. The text is read as a stream of events, never by recursion: depth, size and the size after aliases are expanded are
   bounded, so a bomb is an error and not a full memory.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn

import yaml
from attrs import define, field

from reconcile.model.json import FrozenList, FrozenMap, Json
from reconcile.strict_json import MAX_DEPTH, MAX_DIGITS, MAX_DOCUMENTS, TextError, number, place, read_json

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_DOCUMENTS", "TextError", "read_documents"]

MAX_BYTES: Final = 3 * 1024 * 1024
"""How long one document may be, as it is written and once its aliases are expanded: what the API server takes."""

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BREAK: Final = re.compile(r"\n---(?=\s|\Z)")
"""Where another document begins. It starts with a literal, and so is found at C speed."""


def read_documents(text: str) -> list[Json]:
    """Return the documents of *text*, frozen; empty ones are left out.

    >>> read_documents("a: 1\\n---\\nb: [yes, '1']")
    [{'a': 1}, {'b': [True, '1']}]

    Raises TextError.
    """
    _measure(text)
    if text.lstrip()[:1] in ("{", "["):
        found = read_json(text)
        if found is not None:
            return found  # else it is YAML in flow style, or a mistake that the YAML reader tells
    return _read_yaml(text)


def _measure(text: str) -> None:
    """Refuse a text that would take too long to read."""
    begin = 0
    for count, mark in enumerate(_BREAK.finditer(text), 2):
        if count > MAX_DOCUMENTS:
            raise TextError(f"{place(text, mark.start() + 1)}: more than {MAX_DOCUMENTS} documents")
        _measure_one(text, begin, mark.start())
        begin = mark.start() + 1
    _measure_one(text, begin, len(text))


def _measure_one(text: str, begin: int, end: int) -> None:
    if end - begin > MAX_BYTES:
        where, size = place(text, begin), end - begin
        raise TextError(f"{where}: a document of {size} characters; the API server takes at most {MAX_BYTES}")


# --- YAML --------------------------------------------------------------------------------------------------------


@define
class _Open:
    """A collection that is being read."""

    anchor: str | None
    where: Any
    is_map: bool
    items: list[Any] = field(factory=list)
    pairs: dict[str, Any] = field(factory=dict)
    merged: dict[str, Any] = field(factory=dict)
    key: str | None = None
    size: int = 1
    """How long it is once its aliases are expanded: a character for each value, and those of the scalars."""

    def close(self) -> Json:
        return FrozenMap({**self.merged, **self.pairs}) if self.is_map else FrozenList(self.items)


class _Reader:
    """Builds documents from the parser's events."""

    def __init__(self) -> None:
        self.documents: list[Json] = []
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Json, int]] = {}

    def event(self, event: Any) -> None:
        handler = _EVENTS.get(type(event))
        if handler is not None:
            handler(self, event)

    def start(self, event: Any) -> None:
        if len(self.stack) >= MAX_DEPTH:
            _fail(event, f"nested too deep; at most {MAX_DEPTH} levels are taken")
        _plain_tag(event)
        self.stack.append(_Open(event.anchor, event, isinstance(event, yaml.MappingStartEvent)))

    def end(self, event: Any) -> None:
        closed = self.stack.pop()
        self.add(closed.close(), closed.size, closed.anchor, closed.where)

    def scalar(self, event: Any) -> None:
        value = event.value if not event.implicit[0] and event.tag is None else _scalar(event)
        self.add(value, 1 + len(event.value), event.anchor, event)

    def alias(self, event: Any) -> None:
        if event.anchor not in self.anchors:
            _fail(event, f"unknown alias *{event.anchor}")
        value, size = self.anchors[event.anchor]
        self.add(value, size, None, event)

    def document(self, event: Any) -> None:
        self.anchors = {}

    def add(self, value: Json, size: int, anchor: str | None, where: Any) -> None:
        if anchor is not None:
            self.anchors[anchor] = (value, size)
        if not self.stack:
            if value is not None:
                self.documents.append(value)
            return
        top = self.stack[-1]
        top.size += size
        if top.size > MAX_BYTES:
            _fail(where, f"aliases expand too far; the API server takes at most {MAX_BYTES} characters")
        if not top.is_map:
            top.items.append(value)
        elif top.key is None:
            top.key = _key(value, where)
        else:
            _pair(top, value, where)


def _pair(top: _Open, value: Json, where: Any) -> None:
    key, top.key = top.key, None
    assert key is not None
    if key == "<<":
        for source in value if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                _fail(where, "a merge key needs a map")
            for name, item in source.items():
                top.merged.setdefault(name, item)  # the first source that has a key counts
    elif key in top.pairs:
        _fail(where, f'duplicate key "{key}"')
    else:
        top.pairs[key] = value


def _key(value: Json, where: Any) -> str:
    if isinstance(value, dict | list):
        _fail(where, "a key must be text")
    if isinstance(value, str):
        return value
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


_EVENTS: Final[dict[type[Any], Callable[[_Reader, Any], None]]] = {
    yaml.DocumentStartEvent: _Reader.document,
    yaml.MappingStartEvent: _Reader.start,
    yaml.SequenceStartEvent: _Reader.start,
    yaml.MappingEndEvent: _Reader.end,
    yaml.SequenceEndEvent: _Reader.end,
    yaml.ScalarEvent: _Reader.scalar,
    yaml.AliasEvent: _Reader.alias,
}


def _read_yaml(text: str) -> list[Json]:
    reader = _Reader()
    try:
        for event in _parse(text):
            reader.event(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
        raise TextError(f"{where}{error.problem or error.context or 'no YAML'}") from None
    except UnicodeEncodeError as error:
        raise TextError(f"{place(text, error.start)}: half of a surrogate pair is no character") from None
    except yaml.reader.ReaderError as error:
        raise TextError(f"{place(text, error.position)}: control characters are not allowed") from None
    return reader.documents


def _parse(text: str) -> Iterator[Any]:
    return iter(yaml.parse(text, Loader=_LOADER))


def _fail(event: Any, problem: str) -> NoReturn:
    mark = event.start_mark
    raise TextError(f"line {mark.line + 1}, column {mark.column + 1}: {problem}")


_PREFIX: Final = "tag:yaml.org,2002:"
_PLAIN: Final = frozenset({None, "!", _PREFIX + "map", _PREFIX + "seq"})


def _plain_tag(event: Any) -> None:
    if event.tag not in _PLAIN:
        _fail(event, f"unknown tag {event.tag}")


_INTEGER: Final = re.compile(r"[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)\Z")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NOT_FINITE: Final = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z")
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **{form(word): True for word in ("true", "yes", "on", "y") for form in (str.lower, str.title, str.upper)},
    **{form(word): False for word in ("false", "no", "off", "n") for form in (str.lower, str.title, str.upper)},
}


def _resolve(event: Any) -> Json:
    """Return what a plain scalar stands for."""
    text = event.value
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return _integer(text, event)
    if _FLOAT.match(text):
        return _float(text, event)
    if _NOT_FINITE.match(text):
        _fail(event, f"{text} is no JSON number")
    return text


def _integer(text: str, event: Any) -> Json:
    digits = text.lstrip("+-").replace("_", "")
    if len(digits) > MAX_DIGITS:
        _fail(event, "a number is too long")
    sign = -1 if text.startswith("-") else 1
    octal = len(digits) > 1 and digits[0] == "0" and digits[1] in "01234567"
    try:
        return sign * int(f"0o{digits[1:]}" if octal else digits, 0)
    except ValueError:  # what only looks like one: 089, 0x_
        return _float(text, event) if _FLOAT.match(text) else text


def _float(text: str, event: Any) -> int | float:
    try:
        return number(text.replace("_", ""))
    except OverflowError as error:
        _fail(event, str(error))


_TAGS: Final[dict[str, Callable[[Any], Json]]] = {
    _PREFIX + "str": lambda event: event.value,
    _PREFIX + "int": _resolve,
    _PREFIX + "float": _resolve,
    _PREFIX + "bool": _resolve,
    _PREFIX + "null": lambda event: None,
    _PREFIX + "timestamp": lambda event: event.value,
    "!": lambda event: event.value,
}


def _scalar(event: Any) -> Json:
    if event.tag is None:
        return _resolve(event)
    if event.tag not in _TAGS:
        _fail(event, f"unknown tag {event.tag}")
    return _TAGS[event.tag](event)

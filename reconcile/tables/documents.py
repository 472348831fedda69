"""`-o json` and `-o yaml`: objects as documents.

Rules
1. Keys are sorted and JSON is indented by four; `<`, `>` and `&` are written as escapes, as Go's encoder does.
2. Several objects are the items of one `List`.
3. YAML is go-yaml's: sequences stand under their key without indent, texts of several lines are literal blocks, and a
   text that would be read as something else - `true`, `1`, `2026-01-01`, an empty one - is in double quotes.
4. `metadata.managedFields` is left out unless asked for.
"""

import json
import re
from collections.abc import Iterable
from functools import cmp_to_key
from typing import Any, Final

import yaml

from reconcile.model.json import FrozenList, FrozenMap, Json, drop, freeze

_ESCAPES: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def shown(item: Json, *, managed_fields: bool = False) -> Json:
    """Return *item* as it is shown."""
    return item if managed_fields else drop(item, ("metadata", "managedFields"))


def list_of(items: Iterable[Json]) -> FrozenMap:
    """Return the one document that several objects make.

    >>> list_of([])
    {'apiVersion': 'v1', 'items': [], 'kind': 'List', 'metadata': {'resourceVersion': ''}}
    """
    return FrozenMap(apiVersion="v1", items=freeze(list(items)), kind="List", metadata=FrozenMap(resourceVersion=""))


def json_text(value: Json) -> str:
    """Return *value* as kubectl writes JSON.

    >>> print(json_text({"b": [1], "a": "<x>"}), end="")
    {
        "a": "\\u003cx\\u003e",
        "b": [
            1
        ]
    }
    """
    return json.dumps(value, indent=4, sort_keys=True, ensure_ascii=False).translate(_ESCAPES) + "\n"


def compact_json(value: Json) -> str:
    """Return *value* as JSON on one line."""
    text = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return text.translate(_ESCAPES)


def yaml_text(value: Json) -> str:
    """Return *value* as kubectl writes YAML.

    >>> print(yaml_text({"b": ["1", "x"], "a": {}}), end="")
    a: {}
    b:
    - "1"
    - x
    """
    return yaml.dump(value, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, sort_keys=False, width=80)


# What go-yaml reads as something other than a text. (`=` is our addition: PyYAML cannot read it plain.)
_WORDS: Final = (
    frozenset(
        form
        for word in ("y", "yes", "true", "on", "n", "no", "false", "off", "null", "~", "", "<<", "=")
        for form in (word, word.capitalize(), word.upper())
    )
    | {sign + form for sign in ("", "+", "-") for form in (".inf", ".Inf", ".INF")}
    | {".nan", ".NaN", ".NAN"}
)
_NUMBER: Final = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[0-9]+|(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
)
_SEXAGESIMAL: Final = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_TIMESTAMP: Final = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"(?:[Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]*)?(?:Z|[-+][0-9]{2}:[0-9]{2})"
    r"| [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]*)?)?"
)


def misread(text: str) -> bool:
    """Return whether *text*, written plainly, would be read as something else.

    >>> [misread(text) for text in ("true", "0x1F", "1e3", "12:30", "2026-01-01", "1.2.3", "web")]
    [True, True, True, True, True, False, False]
    """
    forms = (_NUMBER.fullmatch(text.replace("_", "")), _SEXAGESIMAL.fullmatch(text), _TIMESTAMP.fullmatch(text))
    # An underscore may part digits, but a word that begins with one is a word.
    return text in _WORDS or (text[:1] != "_" and any(forms))


class _Dumper(yaml.SafeDumper):
    """PyYAML's emitter with go-yaml's choice of styles."""

    # Every scalar is emitted as it is spelt by the representers below; nothing is resolved again.
    yaml_implicit_resolvers: Any = {}  # noqa: RUF012 - PyYAML's own name

    def ignore_aliases(self, data: Any) -> bool:
        """Write a value that occurs twice twice."""
        return True


_RARE_BREAK: Final = re.compile("[\r\x85\u2028\u2029]")
_TEXT: Final = "tag:yaml.org,2002:str"
_PLAIN: Final[dict[bool | None, str]] = {None: "null", True: "true", False: "false"}


def _style(text: str) -> str | None:
    if "\n" in text:
        return "|"
    # The rarer ends of lines would be folded into blanks in any other style.
    return '"' if misread(text) or _RARE_BREAK.search(text) else None


def _write_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(_TEXT, text, style=_style(text))


def _write_plain(dumper: _Dumper, value: bool | None) -> yaml.ScalarNode:
    return dumper.represent_scalar(_TEXT, _PLAIN[value])


def _write_number(dumper: _Dumper, value: float) -> yaml.ScalarNode:
    whole = isinstance(value, int) or value.is_integer()
    return dumper.represent_scalar(_TEXT, str(int(value)) if whole else repr(value))


def _write_map(dumper: _Dumper, value: dict[str, Any]) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", [(key, value[key]) for key in sorted(value, key=_BY_KEY)])


def _write_list(dumper: _Dumper, value: list[Any]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value)


_Dumper.add_representer(str, _write_text)
_Dumper.add_representer(bool, _write_plain)
_Dumper.add_representer(type(None), _write_plain)
_Dumper.add_representer(int, _write_number)
_Dumper.add_representer(float, _write_number)
# Frozen or plain: PyYAML looks for the exact type.
_Dumper.add_representer(dict, _write_map)
_Dumper.add_representer(FrozenMap, _write_map)
_Dumper.add_representer(list, _write_list)
_Dumper.add_representer(FrozenList, _write_list)

_DIGITS: Final = re.compile(r"[0-9]*")


def _before(left: str, right: str) -> int:
    """Return whether *left* stands before (-1) or after (1) *right* in go-yaml: numbers by value, letters last."""
    place = next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), None)
    if place is None:
        return len(left) - len(right)
    one, other = left[place], right[place]
    if one.isalpha() != other.isalpha():
        return 1 if one.isalpha() else -1
    if not one.isalpha():
        numbers = [_DIGITS.match(text, place) for text in (left, right)]
        ours, theirs = (int(found.group() or 0) if found else 0 for found in numbers)
        if ours != theirs:
            return -1 if ours < theirs else 1
    return -1 if one < other else 1


_BY_KEY: Final = cmp_to_key(_before)

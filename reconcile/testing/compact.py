"""YAML that fits on a screen: whatever fits on one line stands on one line.

Counterexamples are read by people, and read back by `reconcile.yaml_json`. Block style spends a line on every field of
every pod; here a map or list is written in flow style as soon as it fits the width.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

WIDTH: Final = 118

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*", re.ASCII)
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def compact_yaml(value: Any, *, width: int = WIDTH) -> str:
    """Return *value* in YAML, with lines up to *width* where possible.

    >>> print(compact_yaml({"a": [1, 2], "b": {"c": "x", "d": "5", "e": None}}, width=20), end="")
    a: [1, 2]
    b:
      c: x
      d: "5"
      e: null
    """
    return "".join(f"{line}\n" for line in _lines(value, width))


def flow(value: Any) -> str:
    """Return *value* in flow style, on one line.

    >>> flow({"image": "app:1", "on": True, "none": {}})
    '{image: "app:1", "on": true, none: {}}'
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(str(key))}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def _lines(value: Any, width: int) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _entry(f"{flow(str(key))}:", item, width)
    elif isinstance(value, list | tuple) and value:
        for item in value:
            yield from _entry("-", item, width)
    else:
        yield flow(value)


def _entry(head: str, item: Any, width: int) -> Iterator[str]:
    line = f"{head} {flow(item)}"
    if len(line) <= width or not isinstance(item, Mapping | list | tuple) or not item:
        yield line
        return
    inner = list(_lines(item, width - 2))
    if head == "-":
        yield f"- {inner[0]}"
        yield from (f"  {line}" for line in inner[1:])
    else:
        yield head
        indent = "  " if isinstance(item, Mapping) else ""
        yield from (f"{indent}{line}" for line in inner)

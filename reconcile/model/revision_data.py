"""What a ControllerRevision stores of a pod template, and the name it gets for it.

Rules (contract statefulset 3)
1. The data is a patch that replaces the template: `{"spec":{"template":{"$patch":"replace", ...}}}`, nothing else.
2. Its bytes are canonical: no white space, keys in byte order, `<` `>` `&` and the two Unicode line separators
   escaped in strings. Numbers went through double precision, so large ones lose digits.
3. The name of a StatefulSet's revision is the set's name, cut to leave room, and a hash of those bytes and the number
   of collisions (none counts as 0). A DaemonSet hashes the template itself: `reconcile.model.template_hash`.

Whether a stored revision holds a template is asked of the JSON, `stored == revision_patch(template)`: a null that an
older release wrote makes a difference, as it does upstream.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from reconcile.model.fnv import fnv1_32, spell
from reconcile.model.json import EMPTY, FrozenMap, Json, drop, freeze, look
from reconcile.model.template_form import serialised

NAME_ROOM: Final = 223
"""How many bytes of the owner's name a revision's name keeps."""

_MARK: Final = "$patch"
_ESCAPES: Final = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
_EXACT: Final = 2**53


def revision_patch(template: Mapping[str, Any]) -> FrozenMap:
    """Return the data of the revision that holds *template*, as JSON.

    >>> revision_patch({"metadata": {"labels": {"a": "b"}}})["spec"]["template"]["$patch"]
    'replace'
    """
    return _patch(serialised(template))


def revision_data(template: Mapping[str, Any]) -> str:
    """Return the data of the revision that holds *template*, byte for byte.

    >>> revision_data({"metadata": {"labels": {"a": "<b>"}}, "spec": {"containers": []}})
    '{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"a":"\\\\u003cb\\\\u003e"}},"spec":{"containers":[]}}}}'
    """
    return _data(serialised(template))


def revision_hash(data: str, collision_count: int | None) -> str:
    """Return the hash of a StatefulSet's revision with the bytes *data*.

    >>> revision_hash("{}", None) == revision_hash("{}", 0) != revision_hash("{}", 1)
    True
    """
    return spell(fnv1_32(f"{data}{collision_count or 0}".encode()))


def revision_name(owner: str, suffix: str) -> str:
    """Return the name of a revision of the StatefulSet *owner* with the hash *suffix*.

    >>> revision_name("web", "f747455d6")
    'web-f747455d6'
    """
    return f"{owner.encode()[:NAME_ROOM].decode(errors='ignore')}-{suffix}"


def restored_template(data: Json) -> FrozenMap:
    """Return the template that a revision's *data* holds; an empty one if it holds none.

    Raise ValueError if what it holds is no template: anybody may have written it.

    >>> restored_template(revision_patch({"metadata": {"labels": {"a": "b"}}}))["metadata"]
    {'labels': {'a': 'b'}}
    """
    return serialised(drop(freeze(look(data, "spec", "template", default=EMPTY)), (_MARK,)))


def canonical_json(value: Json) -> str:
    """Return *value* as upstream's library writes JSON it knows no type of.

    >>> canonical_json({"b": "a&b", "a": [1, None]})
    '{"a":[1,null],"b":"a\\\\u0026b"}'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    # All five occur inside of strings only, so the whole text can be treated at once.
    return text.translate(_ESCAPES)


@lru_cache(maxsize=1024)
def _patch(template: FrozenMap) -> FrozenMap:
    return FrozenMap(spec=FrozenMap(template=FrozenMap({_MARK: "replace", **_through_doubles(template)})))


@lru_cache(maxsize=1024)
def _data(template: FrozenMap) -> str:
    return canonical_json(_patch(template))


def _through_doubles(value: Json) -> Json:
    """Return *value* with its numbers as they are after passing through double precision."""
    if isinstance(value, dict):
        return freeze({key: _through_doubles(item) for key, item in value.items()})
    if isinstance(value, list):
        return freeze([_through_doubles(item) for item in value])
    if isinstance(value, int) and abs(value) > _EXACT:
        # The shortest digits that name the double, then zeros: 2**63 - 1 becomes 9223372036854776000.
        return int(Decimal(repr(float(value))))
    return value

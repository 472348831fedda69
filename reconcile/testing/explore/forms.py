"""What an object is, apart from what it happens to be called and when it happened to be made: its form.

Rules
1. Two objects with one form are treated alike by everybody. A form keeps no resourceVersion, and of a generation only
   whether the status has seen it.
2. All times are relative to one instant, `NOW`, at which everything happens. A time that has passed is that instant,
   unless the kind has a horizon: then the last so many seconds are told apart, and what is older is as old as that.
   Times to come stay what they are.
3. The order of creation is kept where names are given and may be compared: the objects of a kind are a second apart.
   Pods, and whatever has a generated name, are all of one age.
4. The order of conditions in a status is dropped, and all pods have one address.
5. An object whose name the server made up (`generateName` and some letters) is *nameless*: its form has no name and no
   uid. All other objects keep their name, and their uid follows from it.
"""

import re
from datetime import timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

from reconcile.engine.world import START
from reconcile.model.clock import Instant, between, instant, later, stamp
from reconcile.model.json import FrozenList, FrozenMap, freeze
from reconcile.store.store import SUFFIX_LETTERS

NOW: Final[Instant] = START
"""When everything happens."""
NAMELESS_UID: Final = "ffffffff-"
"""What the uids of nameless objects begin with."""

_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_SUFFIX: Final = re.compile(f"[{SUFFIX_LETTERS}]{{5,}}")
_MARK: Final = "zz"
_CALLED: Final = re.compile(f"{_MARK}[{SUFFIX_LETTERS}]{{12}}")
_FIRST: Final = later(NOW, -86400)
"""When the first object of a kind was made."""
_ADDRESS: Final = "10.0.0.1"
_TEXT: Final = stamp(NOW)


def nameless(raw: FrozenMap) -> bool:
    """Return whether the name of an object was made up by the server.

    >>> nameless(freeze({"metadata": {"generateName": "web-", "name": "web-x7b2k"}}))
    True
    >>> nameless(freeze({"metadata": {"generateName": "web-", "name": "web-0"}}))
    False
    """
    meta = raw["metadata"]
    prefix = meta.get("generateName")
    return bool(prefix) and _SUFFIX.fullmatch(meta["name"].removeprefix(prefix)) is not None


def form(raw: FrozenMap, horizon: float = 0.0, now: Instant = NOW) -> FrozenMap:
    """Return the form that the object *raw* has at *now*; times that are older than *horizon* seconds are as old as
    that."""
    meta = dict(raw["metadata"])
    status = raw.get("status")
    anonymous = nameless(raw)
    meta["resourceVersion"] = "1"
    if "creationTimestamp" in meta and (anonymous or raw.get("kind") == "Pod"):
        meta["creationTimestamp"] = _TEXT
    if "deletionTimestamp" in meta:
        # When it ends is for its fate to say; that it has time to end is what counts.
        meta["deletionTimestamp"] = stamp(later(NOW, meta.get("deletionGracePeriodSeconds") or 0))
    if anonymous:
        meta |= {"name": meta["generateName"], "uid": ""}
    if status:
        status = _relative(_ageless(status, horizon, now), meta.get("generation"))
        if "podIP" in status:
            status = FrozenMap({**status, "podIP": _ADDRESS, "podIPs": freeze([{"ip": _ADDRESS}])})
    if "generation" in meta:
        meta["generation"] = 2
    return FrozenMap({**raw, "metadata": FrozenMap(meta), **({} if status is None else {"status": status})})


def _relative(status: FrozenMap, generation: int | None) -> FrozenMap:
    """Return *status* with the generation that it has seen as 2 if that is the newest, otherwise as 1."""
    seen = status.get("observedGeneration")
    if seen is None or generation is None:
        return status
    return FrozenMap({**status, "observedGeneration": 2 if seen >= generation else 1})


def _ageless(value: Any, horizon: float, now: Instant) -> Any:
    kind = type(value)
    if kind is FrozenMap:
        return FrozenMap({key: _ageless(item, horizon, now) for key, item in value.items()})
    if kind is FrozenList:
        items = [_ageless(item, horizon, now) for item in value]
        if items and type(items[0]) is FrozenMap and "type" in items[0]:
            items.sort(key=lambda item: str(item.get("type")))
        return FrozenList(items)
    return _time(value, horizon, now) if kind is str and _STAMP.fullmatch(value) else value


def _time(text: str, horizon: float, now: Instant) -> str:
    if text == _TEXT and now is NOW:
        return text
    age = between(instant(text), now)
    return stamp(later(NOW, -min(age, horizon)))


def ageless(value: Any, horizon: float = 0.0) -> Any:
    """Return JSON with its times as a form has them: what a controller remembers."""
    return _ageless(freeze(value), horizon, NOW)


def shifted(value: Any, seconds: float, horizon: float) -> Any:
    """Return JSON whose times are told apart for *horizon* seconds as it is after *seconds* have passed."""
    return _ageless(_moved(value, timedelta(seconds=seconds)), horizon, NOW)


def _moved(value: Any, by: timedelta) -> Any:
    kind = type(value)
    if kind is FrozenMap:
        return FrozenMap({key: _moved(item, by) for key, item in value.items()})
    if kind is FrozenList:
        return FrozenList([_moved(item, by) for item in value])
    return stamp(instant(value) - by) if kind is str and _STAMP.fullmatch(value) else value


# --- names and ages ----------------------------------------------------------------------------------------------


def created(rank: int) -> str:
    """Return when the object of that *rank*, the first one being 0, was made."""
    return stamp(later(_FIRST, rank))


@lru_cache(maxsize=65536)
def uid(kind: str, namespace: str, name: str, epoch: int = 0) -> str:
    """Return the uid of the object of that name; *epoch* counts those before it whom somebody still mentions."""
    digits = blake2b(f"{kind}/{namespace}/{name}/{epoch}".encode(), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def identity(digest: bytes, index: int) -> tuple[str, str]:
    """Return the letters that complete the name of a nameless object, and its uid.

    They follow from its form, whose *digest* this is, and from how many of that form were called before it.
    """
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(10):
        number, rest = divmod(number, len(SUFFIX_LETTERS))
        letters.append(SUFFIX_LETTERS[rest])
    high, low = divmod(index, len(SUFFIX_LETTERS))
    name = f"{_MARK}{''.join(letters)}{SUFFIX_LETTERS[high]}{SUFFIX_LETTERS[low]}"
    digits = digest.hex()
    return name, f"{NAMELESS_UID}{digits[:4]}-4{digits[4:7]}-8{digits[7:10]}-{digits[10:16]}{index:06x}"


def mentions_nameless(text: str) -> bool:
    """Return whether *text* is the name or uid of a nameless object."""
    return text.startswith(NAMELESS_UID) or _CALLED.fullmatch(text.rpartition("-")[2]) is not None

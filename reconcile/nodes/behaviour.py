"""How pods fare: a table that scripts the kubelet, first matching row wins.

Rules
1. A row matches a pod by the images of its containers (shell patterns), by labels, by annotations and by the kind of
   its controller; what a row does not name matches everything.
2. A pod's own annotations override single fields of its row: `kubelet.reconcile/exit-code: "3"`.
3. A jitter adds up to that many seconds, drawn from the seed and the pod's uid: the same seed, the same fate.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

from attrs import evolve, field, fields, frozen

from reconcile.model.clock import duration
from reconcile.model.json import EMPTY, FrozenMap, freeze
from reconcile.model.pod import Pod

PREFIX: Final = "kubelet.reconcile/"


def _numbers(codes: Iterable[int]) -> tuple[int, ...]:
    return tuple(codes)


@frozen
class Behaviour:
    """One row: which pods it is about, and what becomes of them. Times are in seconds."""

    image: str = "*"
    """A shell pattern that the image of some container matches."""
    labels: FrozenMap = field(default=EMPTY, converter=freeze)
    """Labels that the pod has."""
    annotations: FrozenMap = field(default=EMPTY, converter=freeze)
    """Annotations that the pod has."""
    owner: str = ""
    """The kind of the pod's controller."""
    start: float = 0.0
    """From being bound to running."""
    start_jitter: float = 0.0
    ready: float = 0.0
    """From running to ready."""
    ready_jitter: float = 0.0
    pull: bool = True
    """Whether the image can be pulled."""
    becomes_ready: bool = True
    exit_code: int | None = None
    """With which code the containers end; None if they run for ever."""
    exit_codes: Sequence[int] = field(default=(), converter=_numbers)
    """Exit codes by attempt, the last one for all later attempts; goes before `exit_code`."""
    index_codes: FrozenMap = field(default=EMPTY, converter=freeze)
    """Exit codes by completion index (as text), for pods of an Indexed Job; goes before both."""
    runs: float = 0.0
    """How long the containers run before they end."""
    runs_jitter: float = 0.0
    terminates: float = 0.0
    """From being deleted to being gone."""
    terminates_jitter: float = 0.0
    disrupted: float | None = None
    """After how long the pod is disrupted (DisruptionTarget), if ever."""


DEFAULT_BEHAVIOURS: Final = (
    Behaviour(image="*:*bad*", pull=False),
    Behaviour(owner="Job", exit_code=0, runs=1.0),
    Behaviour(),
)
"""Pods start at once; an image whose tag has `bad` in it cannot be pulled; pods of Jobs succeed after a second."""


def matches(row: Behaviour, pod: Pod) -> bool:
    """Return whether *row* is about *pod*."""
    controller = pod.meta.controller
    if row.owner and (controller is None or controller.kind != row.owner):
        return False
    if any(pod.meta.labels.get(key) != value for key, value in row.labels.items()):
        return False
    if any(pod.meta.annotations.get(key) != value for key, value in row.annotations.items()):
        return False
    return row.image == "*" or any(fnmatchcase(image, row.image) for image in _images(pod))


def _images(pod: Pod) -> list[str]:
    return [entry.get("image", "") for entry in pod.spec.get("containers") or ()]


def choose(rows: Iterable[Behaviour], pod: Pod) -> Behaviour:
    """Return the behaviour of *pod*: the first row that matches, with the pod's own overrides."""
    row = next((row for row in rows if matches(row, pod)), Behaviour())
    own = {key: value for key, value in pod.meta.annotations.items() if key.startswith(PREFIX)}
    return evolve(row, **_overrides(freeze(own))) if own else row


@lru_cache(maxsize=256)
def _overrides(own: FrozenMap) -> Mapping[str, Any]:
    named = {key.removeprefix(PREFIX).replace("-", "_"): value for key, value in own.items()}
    return {name: _READERS[name](value) for name, value in sorted(named.items()) if name in _READERS}


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _seconds(value: Any) -> float:
    seconds = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else duration(str(value))
    if seconds < 0:
        raise ValueError(f"{value} is before it begins")
    return seconds


def _codes(value: Any) -> tuple[int, ...]:
    return tuple(int(code) for code in (value.split(",") if isinstance(value, str) else value))


_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(("start", "ready", "runs", "terminates", "disrupted"), _seconds),
    **{f"{name}_jitter": _seconds for name in ("start", "ready", "runs", "terminates")},
    "pull": lambda value: value if isinstance(value, bool) else _flag(str(value)),
    "becomes_ready": lambda value: value if isinstance(value, bool) else _flag(str(value)),
    "exit_code": int,
    "exit_codes": _codes,
}
_MATCHERS: Final = {"image": str, "owner": str, "labels": dict, "annotations": dict, "index_codes": dict}


def read_behaviours(rows: Any) -> tuple[Behaviour, ...]:
    """Return the table that *rows*, a list of maps as read from a file, describes; its keys are the fields in
    camelCase.

    Raises ValueError, with the place, for anything else.

    >>> read_behaviours([{"image": "*:slow", "start": "3s"}])[0].start
    3.0
    """
    if not isinstance(rows, list):
        raise ValueError(f"behaviours: expected a list of rows, got {type(rows).__name__}")
    return tuple(_row(row, f"behaviours[{index}]") for index, row in enumerate(rows))


def _row(row: Any, path: str) -> Behaviour:
    if not isinstance(row, dict):
        raise ValueError(f"{path}: expected a map, got {type(row).__name__}")
    known = {_camel(attribute.name): attribute.name for attribute in fields(Behaviour)}
    values = {}
    for key, value in row.items():
        if key not in known:
            raise ValueError(f"{path}.{key}: unknown field; expected one of {', '.join(sorted(known))}")
        try:
            values[known[key]] = (_READERS | _MATCHERS)[known[key]](value)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}.{key}: {error}") from None
    return Behaviour(**values)


def write_behaviours(rows: Iterable[Behaviour]) -> list[dict[str, Any]]:
    """Return *rows* as `read_behaviours` reads them, without the fields that say nothing.

    >>> write_behaviours([Behaviour(image="*:slow", start=3)])
    [{'image': '*:slow', 'start': 3}]
    """
    usual = Behaviour()
    return [
        {
            _camel(attribute.name): _plain(getattr(row, attribute.name))
            for attribute in fields(Behaviour)
            if getattr(row, attribute.name) != getattr(usual, attribute.name)
        }
        for row in rows
    ]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def draw(seed: int, uid: str, what: str, limit: float) -> float:
    """Return a number from 0 up to *limit*, the same for the same seed, uid and purpose.

    >>> draw(1, "uid", "start", 10) == draw(1, "uid", "start", 10) != draw(2, "uid", "start", 10)
    True
    """
    if not limit:
        return 0.0
    digest = blake2b(f"{seed}/{uid}/{what}".encode(), digest_size=8).digest()
    return limit * int.from_bytes(digest, "big") / 2**64

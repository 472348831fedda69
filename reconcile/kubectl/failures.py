"""What went wrong, in kubectl's words.

Rules
1. A verb goes on with its other objects when one fails; what failed is told at the end, all at once.
2. One failure alone: an invalid object is told cause by cause, a refusal of the server after `Error from server`, and
   everything else after `error:`. Several: a line each, without `error:`.
3. A mistake in the command itself ends it at once, so it is raised: `Refused`.
4. Nobody's text moves the cursor of a terminal or begins a line of its own: control characters are told as escapes.
"""

import re
from collections.abc import Sequence
from typing import Final

from attrs import frozen

from reconcile.model.kinds import BY_NAME
from reconcile.outcome import Cause, Reason, Rejected


@frozen
class Failure:
    """One thing that went wrong."""

    message: str
    reason: Reason | None = None
    """Why the server refused; None if kubectl itself found the fault."""
    kind: str = ""
    """The kind of the object that is invalid."""
    name: str = ""
    causes: tuple[Cause, ...] = ()
    aggregate: bool = False
    """Whether kubectl tells it as one of several even if it is the only one."""


class Refused(Exception):  # noqa: N818 - the command is refused; the program is fine
    """The command cannot be carried out at all."""

    def __init__(self, failure: Failure | str) -> None:
        self.failure = Failure(failure) if isinstance(failure, str) else failure
        super().__init__(self.failure.message)


_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LONGEST: Final = 1000
"""How much of somebody else's text is told: no name that the API would take is nearly as long."""
_SHORT: Final = {"\a": r"\a", "\b": r"\b", "\t": r"\t", "\n": r"\n", "\v": r"\v", "\f": r"\f", "\r": r"\r"}
_OURS: Final = ("\n", "\t")
"""What our own words have of control characters."""


def visible(text: str) -> str:
    """Return somebody else's *text* as it is told: on one line, not without end, control characters as Go writes them.

    >>> print(visible("a\\n\\x1b[31m"))
    a\\n\\x1b[31m
    """
    return _CONTROL.sub(_escaped, text if len(text) <= LONGEST else f"{text[:LONGEST]}...")


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\u{code:04x}" if code > 0x7F else f"\\x{code:02x}")


def refusal(outcome: Rejected, kind: str, name: str, *, doing: str = "") -> Failure:
    """Return the failure that an answer of the API is; *doing* says at what, as in `error when creating "x.yaml"`."""
    message = outcome.message or str(outcome.reason)
    known = BY_NAME.get(kind)
    if outcome.reason is Reason.INVALID and outcome.causes:
        qualified = f"{kind}.{known.group}" if known is not None and known.group else kind
        message = f'{qualified} "{visible(name)}" is invalid: {_joined(outcome.causes)}'
    text = f"error when {doing}: {message}" if doing else message
    return Failure(text, _shown(outcome.reason), kind, name, outcome.causes)


def _shown(reason: Reason) -> Reason:
    return Reason.FORBIDDEN if reason is Reason.NAMESPACE_TERMINATING else reason


def _joined(causes: Sequence[Cause]) -> str:
    texts = [_cause(cause) for cause in causes]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _cause(cause: Cause) -> str:
    return f"{cause.field}: {cause.message or cause.reason}"


def error_text(failures: Sequence[Failure]) -> str:
    """Return what kubectl prints on stderr for *failures*; empty if there are none.

    >>> print(error_text([Failure("no objects passed to apply")]), end="")
    error: no objects passed to apply
    >>> print(error_text([Failure('pods "x" not found', Reason.NOT_FOUND)]), end="")
    Error from server (NotFound): pods "x" not found
    """
    text = _text(failures)
    return _CONTROL.sub(lambda match: match[0] if match[0] in _OURS else _escaped(match), text)


def _text(failures: Sequence[Failure]) -> str:
    if not failures:
        return ""
    if len(failures) > 1 or failures[0].aggregate:
        return "".join(f"{_line(failure)}\n" for failure in failures)
    failure = failures[0]
    if failure.reason is Reason.INVALID:
        return _invalid(failure)
    line = _line(failure)
    prefixed = line if failure.reason is not None or line.startswith("error: ") else f"error: {line}"
    return f"{prefixed}\n"


def _line(failure: Failure) -> str:
    return failure.message if failure.reason is None else f"Error from server ({failure.reason}): {failure.message}"


def _invalid(failure: Failure) -> str:
    head = f'The {failure.kind} "{visible(failure.name)}" is invalid'
    texts = list(dict.fromkeys(map(_cause, failure.causes)))
    if not texts:
        return f"{head}: {failure.message}\n"
    if len(texts) == 1:
        return f"{head}: {texts[0]}\n"
    return f"{head}: \n" + "".join(f"* {text}\n" for text in texts)

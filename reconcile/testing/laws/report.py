"""Reports on broken laws: what is wrong, the smallest state in which it is, and Python that shows it again.

Rules
1. A report fits on a screen, and what follows its first paragraph can be pasted as it is: it imports the controller
   from where the user keeps it.
"""

from pathlib import Path
from typing import Final

from reconcile.testing.laws.known import TOUCHED
from reconcile.testing.laws.lived import Life
from reconcile.testing.laws.subject import Subject, nothing_else
from reconcile.testing.scenes import Scene
from reconcile.testing.twin import place_of

_KNOWN: Final = (nothing_else, *TOUCHED.values())


class LawBroken(AssertionError):  # noqa: N818 - it says what happened
    """A controller breaks a law; the text is the counterexample."""


def report(subject: Subject, law: str, what: str, case: Scene | Life) -> str:
    """Return the counterexample: what is wrong, the state, and how to see it again."""
    called, source = _source(subject)
    text = case.text().rstrip("\n")
    raw = "r" if "\\" in text else ""
    touches = "" if subject.touches in _KNOWN else ", touches=..."
    told = ["from reconcile.testing import laws", source]
    if touches:
        told.append("# touches: what `laws.check` was given")
    told.append(f'laws.replay({called}, "{law}", {raw}"""\n{text}\n"""{touches})')
    return "\n".join([f"{subject.name} breaks the law `{law}`: {what}", "", "To see it again:", "", *told])


def _source(subject: Subject) -> tuple[str, str]:
    """Return what the controller is called, and the line that imports it, or that says that none can."""
    place = place_of(subject.controller)
    if place is None:
        called = subject.name.upper().replace("-", "_")
        return called, f"# {called}: the controller called {subject.name!r}, which is no attribute of a module"
    module = Path(place.file).stem if place.module == "__main__" else place.module
    return place.attribute, f"from {module} import {place.attribute}"

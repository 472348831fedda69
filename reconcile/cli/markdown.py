"""Markdown pages as scenarios: their console sessions, with the files that they show.

Rules
1. What stands in a fence of `console` is read as in a scenario; everything else is left as it is.
2. `<!-- options: ... -->` says which cluster the page is about, as `# options: ...` does in a scenario.
3. `<!-- file: web.yaml -->` names the next fence: commands find a file of this name, with what is shown.
"""

import re
from typing import Final

from attrs import define, field

from reconcile.cli.scenario import Scenario, Step, options_of, steps_of, trimmed
from reconcile.kubectl.failures import Refused

_FENCE: Final = re.compile(r"(`{3,}|~{3,})\s*([\w-]*)")
_OPTIONS: Final = re.compile(r"<!--\s*options:(.*)-->\s*\Z")
_FILE: Final = re.compile(r"<!--\s*file:\s*(\S+)\s*-->\s*\Z")
_SESSION: Final = "console"


@define
class _Page:
    """A page, read up to some line."""

    steps: list[Step] = field(factory=list)
    files: dict[str, str] = field(factory=dict)
    fence: str = ""
    """What closes the fence that we are in, if we are in one."""
    begun: int = 0
    inside: list[str] = field(factory=list)
    is_session: bool = False
    name: str = ""
    """What the next fence is called."""

    def line(self, number: int, line: str) -> None:
        if self.fence and line.rstrip() == self.fence:
            self.close()
        elif self.fence:
            self.inside.append(line)
            return
        else:
            self.open(number, line)
        self.steps.append(Step(number, line, is_command=False))

    def open(self, number: int, line: str) -> None:
        file, fence = _FILE.match(line), _FENCE.match(line)
        if file is not None:
            self.name = file[1]
        elif fence is not None:
            self.fence, self.is_session = fence[1], fence[2] == _SESSION
            self.begun, self.inside = number + 1, []

    def close(self) -> None:
        if self.name:
            self.files[self.name] = "".join(f"{line}\n" for line in self.inside)
        if self.is_session:
            self.steps += trimmed(steps_of(self.inside, first=self.begun))
        else:
            self.steps += [Step(self.begun + n, line, is_command=False) for n, line in enumerate(self.inside)]
        self.fence = self.name = ""


def read_page(text: str) -> Scenario:
    """Return the scenario that the page *text* is; raise Refused, with the line, if a session of it is none.

    >>> page = read_page("Look:\\n```console\\n$ kubectl get pod\\nNo resources found\\n```\\n")
    >>> [step.text for step in page.steps]
    ['Look:', '```console', 'kubectl get pod', '```']
    """
    page = _Page()
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else [], 1):
        page.line(number, line)
    if page.fence:
        raise Refused(f"line {page.begun - 1}: this fence is not closed")
    return Scenario(tuple(page.steps), options_of(page.steps, _OPTIONS), page.files)

"""Scenarios as text: what a file says, and how one is written.

Rules
1. `$ command` is a command; the lines below it are what it prints, standard output and error as a terminal shows them.
2. `# text` between commands is a comment. `# options: --seed 3 --nodes 5` before the first command says which cluster.
3. Empty lines at the end of an output do not count; they stay as they are when the file is rewritten.
4. A line of output that begins with `$ `, `#` or a backslash is written with a backslash before it.
"""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from attrs import evolve, field, frozen

from reconcile.kubectl.failures import Refused

_OPTIONS: Final = re.compile(r"#\s*options:(.*)")
_MARKED: Final = ("$ ", "#", "\\")


@frozen
class Step:
    """One command with what it prints, or one line of comment (`command` is None)."""

    line: int
    """Where it stands, counted from 1."""
    text: str
    """The command, or the comment as it is written."""
    is_command: bool = True
    output: tuple[str, ...] = ()
    blank: int = 0
    """How many empty lines follow."""


@frozen
class Scenario:
    """A file."""

    steps: tuple[Step, ...]
    options: tuple[str, ...] = ()
    files: Mapping[str, str] = field(factory=dict)
    """What it brings along: names of files, and what is in them."""


def read(text: str) -> Scenario:
    """Return the scenario that *text* is; raise Refused, with the line, if it is none.

    >>> [step.text for step in read("# a pod\\n$ kubectl get pod\\nNo resources found\\n").steps]
    ['# a pod', 'kubectl get pod']
    """
    steps = steps_of(text.removesuffix("\n").split("\n") if text else [])
    return Scenario(tuple(trimmed(steps)), options_of(steps, _OPTIONS))


def steps_of(lines: Iterable[str], *, first: int = 1) -> list[Step]:
    """Return the steps that *lines* are, the first of which stands at line *first*."""
    steps: list[Step] = []
    for number, line in enumerate(lines, first):
        if line.startswith("$ "):
            steps.append(Step(number, line[2:].strip()))
        elif line.startswith("#"):
            steps.append(Step(number, line, is_command=False))
        else:
            _continue(steps, number, line)
    return steps


def _continue(steps: list[Step], number: int, line: str) -> None:
    if steps and steps[-1].is_command:
        last = steps.pop()
        steps.append(evolve(last, output=(*last.output, _unmarked(line))))
    elif not line.strip():
        if steps:
            last = steps.pop()
            steps.append(evolve(last, blank=last.blank + 1))
    else:
        raise Refused(f"line {number}: expected `$ command` or `# comment`, got {line[:60]!r}")


def _unmarked(line: str) -> str:
    return line.removeprefix("\\")


def trimmed(steps: Iterable[Step]) -> list[Step]:
    """Return *steps* with the empty lines at the ends of their outputs counted as what follows them."""
    return [_trimmed(step) for step in steps]


def _trimmed(step: Step) -> Step:
    output = list(step.output)
    while output and not output[-1].strip():
        output.pop()
    return evolve(step, output=tuple(output), blank=step.blank + len(step.output) - len(output))


def options_of(steps: Iterable[Step], form: re.Pattern[str]) -> tuple[str, ...]:
    """Return the options in those comments before the first command that have the *form*."""
    found: list[str] = []
    for step in steps:
        if step.is_command:
            break
        match = form.match(step.text)
        if match:
            try:
                found += shlex.split(match[1])
            except ValueError as error:
                raise Refused(f"line {step.line}: {error}") from None
    return tuple(found)


def written(steps: Sequence[Step]) -> str:
    """Return *steps* as the text of a file.

    >>> written([Step(1, "kubectl get pod", output=("$ 5",), blank=1)])
    '$ kubectl get pod\\n\\\\$ 5\\n\\n'
    """
    lines: list[str] = []
    for step in steps:
        lines.append(f"$ {step.text}" if step.is_command else step.text)
        lines += [f"\\{line}" if line.startswith(_MARKED) else line for line in step.output]
        lines += [""] * step.blank
    return "".join(f"{line}\n" for line in lines)
